"""A small office around the executor: a fake cloud, a store, a workflow in memory, a clock that jumps. Shared by the tests."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from skywright.adapters.stores.sql import SqlStore
from skywright.lab.fake import FakeCloud, Faults, MemoryWorkflow, World
from skywright.loop.execute import Checks, Executor, Fault, NoFault, Order, Rooms
from skywright.loop.verify import prove, worse
from skywright.model.canonical import digest, row_hash
from skywright.model.kinds import KIND_BY_NAME, Resource, resource_id
from skywright.model.money import Money
from skywright.model.plan import Action, Change, Plan, Reversibility, Risk, Signature, SignedPlan
from skywright.model.run import ChangeState, Run

NOON = datetime(2026, 3, 1, 12)


class JumpingClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = NOON
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


def resource(kind: str, native: str, **columns: Any) -> Resource:
    identifier = resource_id("fake", "1111", "eu-west-1", kind, native)
    return KIND_BY_NAME[kind](id=identifier, cloud="fake", account="1111", region="eu-west-1", native_id=native, **columns)


def instance(native: str, **columns: Any) -> Resource:
    return resource(
        "compute.instance", native, **{"type": "m5.2xlarge", "state": "running", "tags": {"owner": "search"}, **columns}
    )


def volume(native: str, **columns: Any) -> Resource:
    return resource("storage.volume", native, **{"type": "gp2", "size_gib": 100, "state": "available", "tags": {}, **columns})


def update(row: Resource, *, wave: int = 0, depends_on: tuple[str, ...] = (), **after: Any) -> Change:
    before = {column: msgspec.to_builtins(getattr(row, column)) for column in after}
    return _change(row, Action.UPDATE, before, after, Reversibility.FULL, wave, depends_on)


def delete(row: Resource, *, wave: int = 0, copy: bool = True, depends_on: tuple[str, ...] = ()) -> Change:
    way = Reversibility.SAFETY_COPY if copy else Reversibility.NONE
    return _change(row, Action.DELETE, {"state": row.state}, None, way, wave, depends_on)


def _change(row, action, before, after, reversibility, wave, depends_on) -> Change:
    return Change(
        id=f"c-{row.native_id}",
        target=row.id,
        kind=row.KIND,
        action=action,
        before=before,
        after=after,
        why="because",
        reasons=("f1",),
        risk=Risk.LOW,
        reversibility=reversibility,
        observed=row_hash(row),
        wave=wave,
        depends_on=depends_on,
        saving_monthly=Money(Decimal(10)),
    )


def signed(*changes: Change) -> SignedPlan:
    plan = Plan(id="plan-1", created_at=NOON, snapshot="s1", changes=changes)
    return SignedPlan(plan, digest(plan), Signature(key="k", value="v"))


def moved(plan: Plan, changes: Sequence[Change], fresh: Mapping[str, Resource | None]) -> dict[str, str]:
    """Stands for validation's recheck: compares row hashes."""
    return {one.id: f"{one.target} has moved." for one in changes if _hash(fresh.get(one.target)) != one.observed}


def _hash(row: Resource | None) -> str:
    return row_hash(row) if row is not None else "gone"


class Office:
    """One data folder and one world, through any number of processes."""

    def __init__(self, folder: Path, *rows: Resource) -> None:
        self.folder = folder
        self.world = World()
        for row in rows:
            self.world.put(row)
        self.faults = Faults()
        self.cloud = FakeCloud(self.world, self.faults)
        self.clock = JumpingClock()
        self.store = SqlStore(f"sqlite:///{folder / 'control.db'}", self.clock.now)
        self.memory: dict[str, Any] = {}
        self.lines: list[tuple[str, str, str, dict[str, Any]]] = []
        self.told: list[str] = []
        self.fault: Fault = NoFault()

    def executor(self) -> Executor:
        """The executor of a new process."""
        return Executor(self.rooms(), MemoryWorkflow(self.memory, self.clock.sleep))

    def rooms(self) -> Rooms:
        checks = Checks(recheck=moved, prove=prove, worse=worse, price=lambda plan, changes, fresh: {})
        return Rooms(
            runs=self.store.runs,
            clouds={"fake": self.cloud},
            clock=self.clock,
            note=self._note,
            checks=checks,
            tell=lambda run, text: self.told.append(text),
            fault=self.fault,
        )

    def order(self, plan: SignedPlan, run: str = "run-1", **options: Any) -> Order:
        given = {"by": "someone", "started_at": NOON, "attempts": 3, **options}
        return Order(run=run, plan_hash=plan.hash, plan_id=plan.plan.id, **given)

    def execute(self, *changes: Change, run: str = "run-1", **options: Any) -> Run:
        plan = signed(*changes)
        return self.executor().execute(plan, self.order(plan, run, **options))

    def rollback(self, run: Run, name: str = "run-2") -> Run:
        order = Order(run=name, plan_hash=run.plan_hash, plan_id=run.plan_id, by="someone", started_at=NOON, attempts=3)
        return self.executor().rollback(run, order)

    def rows(self) -> dict[str, Resource]:
        """The world, without safety copies."""
        return {one.id: one for one in self.world.all() if ".copy-" not in one.id}

    def copies(self) -> list[str]:
        return [one.id for one in self.world.all() if ".copy-" in one.id]

    def _note(self, what: str, *, target: str = "", why: str = "", plan_hash: str = "", details: dict[str, Any]) -> None:
        self.lines.append((what, target, why, details))


def states(run: Run) -> dict[str, ChangeState]:
    return {result.change: result.state for result in run.results}
