"""Random worlds and plans, by seed; and what must hold of them whatever happens."""

import random
from collections import Counter
from collections.abc import Mapping

from tests.sim.office import delete, instance, update, volume

from skywright.lab.fake import World
from skywright.model.kinds import Resource
from skywright.model.plan import Change
from skywright.model.run import ChangeState, Run, RunState


def world_of(seed: int, size: int = 8) -> tuple[list[Resource], list[Change]]:
    """Resources, and a change for each: resized, retagged, retyped or deleted, in waves, some leaning on others."""
    chance = random.Random(seed)
    rows: list[Resource] = []
    changes: list[Change] = []
    wave = 0
    for number in range(size):
        wave += chance.random() < 0.4
        leans = (chance.choice(changes).id,) if changes and chance.random() < 0.2 else ()
        if chance.random() < 0.5:
            row = instance(f"i{number}")
            after = {"type": "m5.large"} if chance.random() < 0.6 else {"tags": {"owner": "search", "size": "right"}}
            change = update(row, wave=wave, depends_on=leans, **after)
        else:
            row = volume(f"v{number}")
            after = {"type": "gp3"} if chance.random() < 0.5 else {"type": "gp3", "size_gib": 200}
            gone = chance.random() < 0.3
            change = delete(row, wave=wave, depends_on=leans) if gone else update(row, wave=wave, depends_on=leans, **after)
        rows.append(row)
        changes.append(change)
    return rows, changes


def broken(run: Run, changes: list[Change], rows: Mapping[str, Resource], world: World) -> list[str]:
    """What does not hold, in words. Every change is in force or as if it had never been; nothing was done twice or got lost."""
    now = {one.id: one for one in world.all() if ".copy-" not in one.id}
    found = [*_between(run, changes, rows, now), *_twice(world), *_copies(run, changes, world), *_order(run, changes)]
    stuck = any(result.state is ChangeState.STUCK for result in run.results)
    if stuck != (run.state is RunState.FAILED):
        found.append(f"stuck is {stuck} and the run is {run.state}")
    return found


def _between(run: Run, changes: list[Change], rows: Mapping[str, Resource], now: Mapping[str, Resource]) -> list[str]:
    import msgspec

    found = []
    for change, result in zip(changes, run.results, strict=True):
        before = rows[change.target]
        after = None if change.after is None else msgspec.structs.replace(before, **change.after)
        expected = after if result.state.stands else before
        if result.state is not ChangeState.STUCK and now.get(change.target) != expected:
            found.append(f"{change.id} is {result.state}, and the world shows {now.get(change.target)}")
    return found


def _twice(world: World) -> list[str]:
    """A deed and its undo take turns, beginning with the deed: anything else is an effect that happened twice, or from nothing."""
    balance: Counter[tuple[str, str]] = Counter()
    found = []
    for what, target in world.effects():
        undo = what.startswith("undo ")
        balance[(what.removeprefix("undo "), target)] += -1 if undo else 1
        if balance[(what.removeprefix("undo "), target)] not in (0, 1):
            found.append(f"{what} {target} happened twice")
    return found


def _copies(run: Run, changes: list[Change], world: World) -> list[str]:
    wanted = sum(result.state.stands and change.after is None for change, result in zip(changes, run.results, strict=True))
    copies = sum(".copy-" in one.id for one in world.all())
    stuck = any(result.state is ChangeState.STUCK for result in run.results)
    return [] if stuck or copies == wanted else [f"{copies} copies, and {wanted} wanted"]


def _order(run: Run, changes: list[Change]) -> list[str]:
    """Nothing is in force that leans on what is not."""
    states = {result.change: result.state for result in run.results}
    return [
        f"{change.id} is in force without {other}"
        for change in changes
        for other in change.depends_on
        if states[change.id].stands and not states[other].stands
    ]
