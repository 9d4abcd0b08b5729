"""10,000 proposals into one plan: two for each of 4,000 resources that join (some delete what others use), 2,000 that conflict."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from bench.measure import measured
from skywright.loop.plan import Means, World, make_plan
from skywright.model.estate import Relation, Snapshot, Verb
from skywright.model.kinds.base import resource_id
from skywright.model.kinds.compute import Instance
from skywright.model.kinds.storage import Volume
from skywright.model.money import Money
from skywright.model.plan import Action, Proposal, Reversibility, Risk
from skywright.model.settings import WaveSettings

PAIRS = 2_000
NOW = datetime(2026, 8, 1)


def run() -> dict[str, Any]:
    """Settle, order, price and number."""
    world = _world()
    proposals = list(_proposals(world))
    means = Means(lambda *_: Reversibility.FULL, lambda overlay, ids: dict.fromkeys(ids, Money(Decimal(1 if overlay else 2))))
    with measured() as figures:
        plan = make_plan(proposals, world, means, WaveSettings(), NOW)
    waves = max(change.wave for change in plan.changes)
    return {**figures, "proposals": len(proposals), "changes": len(plan.changes), "rejected": len(plan.rejected), "waves": waves}


def _world() -> World:
    rows: dict[str, Instance | Volume] = {}
    relations = []
    for index in range(PAIRS):
        place: Any = {"cloud": "aws", "account": "1", "region": "us-east-1"}
        machine = resource_id("aws", "1", "us-east-1", Instance.KIND, f"i-{index}")
        disk = resource_id("aws", "1", "us-east-1", Volume.KIND, f"vol-{index}")
        rows[machine] = Instance(id=machine, native_id=f"i-{index}", type="m5.large", tags={}, state="running", **place)
        rows[disk] = Volume(id=disk, native_id=f"vol-{index}", type="gp2", size_gib=10, tags={"owner": "x"}, **place)
        relations.append(Relation(machine, Verb.USES, disk))
    return World(Snapshot(id="bench", taken_at=NOW), rows, relations)


def _proposals(world: World) -> Iterator[Proposal]:
    for index, (target, row) in enumerate(world.rows.items()):
        machine = isinstance(row, Instance)
        gone = not machine and index % 20 == 1
        yield _proposal("size", target, index, {} if gone else {"type": "m5.medium" if machine else "gp3"}, 200)
        yield _proposal("tags", target, index, {} if gone else {"tags": {"environment": "dev"}}, 100)
        if machine:
            yield _proposal("other", target, index, {"type": "t3.large"}, 50)


def _proposal(name: str, target: str, index: int, values: dict[str, Any], precedence: int) -> Proposal:
    return Proposal(
        proposer=name,
        target=target,
        action=Action.UPDATE if values else Action.DELETE,
        set=values,
        why=f"it is better so ({name})",
        reasons=(f"{name}-{index}",),
        precedence=precedence,
        risk=Risk.LOW,
    )
