"""A failure injected at every call, before and after its effect: the world ends in before or in after, and nothing between."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sim.office import Office, delete, instance, update, volume

from skywright.lab.fake import Crash
from skywright.model.plan import Change
from skywright.model.run import ChangeState, RunState

CHANGES: dict[str, Change] = {
    "resize": update(instance("a"), type="m5.large", tags={"owner": "search", "size": "right"}),
    "set": update(volume("v"), type="gp3"),
    "delete after copy": delete(volume("w")),
}
CALLS = 14  # more than any of them makes; later ones change nothing


def cases() -> Iterator[tuple[str, int, str, str]]:
    for name in CHANGES:
        for call in range(CALLS):
            for when in ("before", "after"):
                for error in ("TryAgain", "AskHuman", "PlanAgain"):
                    yield name, call, when, error


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, instance("a"), volume("v"), volume("w"))


@pytest.mark.parametrize("name", CHANGES)
def test_each_ends_in_before_or_after(tmp_path: Path, name: str) -> None:
    before = Office(tmp_path, instance("a"), volume("v"), volume("w"))
    ends = {False: before.rows(), True: after_of(tmp_path / "whole", name)}
    for _, call, when, error in (case for case in cases() if case[0] == name):
        office = fresh(tmp_path / f"{call}-{when}-{error}")
        office.faults.fail_nth(call, when, error)
        run = office.execute(CHANGES[name])
        applied = run.results[0].state in (ChangeState.VERIFIED, ChangeState.APPLIED)
        assert run.state in (RunState.DONE, RunState.ROLLED_BACK, RunState.PARTIAL), (call, when, error, run.reason)
        assert office.rows() == ends[applied], (call, when, error, run.reason)
        assert len(office.copies()) == (1 if applied and name.startswith("delete") else 0)
        assert twice(office) == []
        assert mirrored(office, applied=applied), (call, when, error)
        office.store.close()


@pytest.mark.parametrize("name", CHANGES)
def test_each_that_dies_at_any_step_ends_in_after(tmp_path: Path, name: str) -> None:
    for step in range(4):
        for when in ("before", "after"):
            office = fresh(tmp_path / f"{step}-{when}")
            office.fault = Dying(step, when)
            try:
                office.execute(CHANGES[name])
            except Crash:
                office.fault = Dying(-1, "")
                office.executor().resume([office.store.runs.get("run-1")])
            run = office.store.runs.get("run-1")
            assert run.state is RunState.DONE
            assert run.resumed == (1 if office.fault.step == -1 else 0)
            assert twice(office) == []
            assert office.rows() == after_of(tmp_path / "whole", name)
            office.store.close()


def fresh(folder: Path) -> Office:
    folder.mkdir(exist_ok=True)
    return Office(folder, instance("a"), volume("v"), volume("w"))


def after_of(folder: Path, name: str):
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
    office = fresh(folder)
    office.execute(CHANGES[name])
    office.store.close()
    return office.rows()


def twice(office: Office) -> list[tuple[str, str]]:
    """Effects that happened more than once."""
    effects = [effect for effect in office.world.effects() if not effect[0].startswith("undo")]
    return [effect for effect in effects if effects.count(effect) > 1]


def mirrored(office: Office, *, applied: bool) -> bool:
    """Undone in the reverse of the order of doing, and all of it; or nothing undone."""
    done = [what for what, _ in office.world.effects() if not what.startswith("undo")]
    undone = [what.removeprefix("undo ") for what, _ in office.world.effects() if what.startswith("undo")]
    return undone == ([] if applied else done[::-1])


class Dying:
    """The process dies at one step."""

    def __init__(self, step: int, when: str) -> None:
        self.step, self.when = step, when

    def at(self, change: int, step: int, when: str) -> None:
        if (step, when) == (self.step, self.when):
            raise Crash
