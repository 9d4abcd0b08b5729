"""Work that many machines share: the store's leases and queues, what workers can do, and how a command lets them do it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from skywright.model.errors import AskHuman
from skywright.model.settings import Settings
from skywright.model.words import t

if TYPE_CHECKING:
    from skywright.adapters.stores.sql import SqlStore
    from skywright.adapters.workflows.dbos import DbosCrew, DbosWorker
    from skywright.loop.audit import FindingsBook
    from skywright.loop.gather import Choice
    from skywright.loop.plan import Choice as PlanChoice
    from skywright.model.estate import Snapshot
    from skywright.model.finding import Finding
    from skywright.model.plan import SignedPlan
    from skywright.model.rule import Rule
    from skywright.model.run import Run
    from skywright.ports.cloud import Cloud, Progress
    from skywright.ports.engine import Shelf
    from skywright.ports.other import Clock, Leases, Meter, Steps, Workflow

Role = Literal["command", "local", "worker"]
"""A command lets workers work, when there can be any; a local one does it itself; a worker works."""

TURN = "turn"


class Rooms(Protocol):
    """What of the house is shared with workers."""

    settings: Settings
    role: Role

    @property
    def store(self) -> "SqlStore":
        """Control data."""

    @property
    def shelf(self) -> "Shelf":
        """Parquet files."""

    @property
    def clock(self) -> "Clock":
        """Time."""

    @property
    def clouds(self) -> "dict[str, Cloud]":
        """The clouds in scope."""

    @property
    def rules(self) -> "Sequence[Rule]":
        """Every rule."""

    @property
    def book(self) -> "FindingsBook":
        """The findings."""

    def folder(self, name: str = "") -> Path:
        """A folder under the data folder."""

    def audit(self, snapshot: "Snapshot") -> "Sequence[Finding]":
        """Ask every rule."""

    def plan(self, choice: "PlanChoice") -> "SignedPlan":
        """A signed plan on the newest snapshot."""


class Workshop:
    """Leases, queues and bodies of one house. Made when first needed."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._seen: dict[str, Run] = {}
        self.tell: Callable[[Run, str], None] = lambda _run, _text: None

    @property
    def asks(self) -> bool:
        """Whether this process leaves work to workers."""
        return self._rooms.role == "command" and self._rooms.store.shared

    @cached_property
    def leases(self) -> "Leases":
        """Who is alive among the processes that share the store."""
        return self._rooms.store.leases(self._rooms.settings.workers.lease_s)

    @cached_property
    def crew(self) -> "DbosCrew":
        """Asks workers for work. Raises AskHuman when the store is one machine's own."""
        from skywright.adapters.workflows.dbos import DbosCrew

        if not self._rooms.store.shared:
            raise AskHuman(
                t("Workers share a PostgreSQL database, and the store is SQLite in the data folder."),
                next_step=t("Set `store: postgresql://user@host/database` in skywright.yaml."),
            )
        return DbosCrew(self._rooms.store.url, self.leases)

    @cached_property
    def workflow(self) -> "Workflow":
        """Durable execution: here, or by workers."""
        from skywright.adapters.workflows.dbos import AskingWorkflow, DbosWorkflow

        if self.asks:
            return AskingWorkflow(self.crew, watch=self._watch)
        if not self._rooms.store.shared:
            return DbosWorkflow(self._rooms.folder() / "workflow.db")
        queues = self._queues() if self._rooms.role == "worker" else {}
        return DbosWorkflow(self._rooms.store.url, self.leases, queues)

    def worker(self, tell: Callable[[str], None]) -> "DbosWorker":
        """A worker in this process that knows every body. ``tell`` hears of what it does."""
        from skywright.adapters.workflows.dbos import DbosWorker, DbosWorkflow

        crew, workflow = self.crew, self.workflow
        assert isinstance(workflow, DbosWorkflow)
        for name, body in {**self._gathering.bodies(), **self._auditing.bodies(), TURN: self._turn}.items():
            workflow.register(name, body)
        facts = self._rooms.store.facts
        return DbosWorker(workflow, crew, self.leases, facts, self._rooms.settings.schedules, tell)

    def gather(self, progress: "Progress", choice: "Choice | None") -> "Snapshot":
        """Let the workers gather, follow how far they are, and give the snapshot."""
        import msgspec

        from skywright.loop.gather import Choice
        from skywright.loop.gather.shared import GATHER, TURNS, progress_key

        identifier = _named(GATHER, self._rooms.clock.now())

        def watch(_run: str) -> None:
            if said := self._rooms.store.facts.get(progress_key(identifier)):
                progress(*msgspec.json.decode(said, type=tuple[str, int, int]))

        name = self._done(TURNS, GATHER, identifier, watch, identifier, msgspec.to_builtins(choice or Choice()))
        snapshot = self._rooms.store.snapshots.get(name)
        assert snapshot is not None
        return snapshot

    def audit(self, snapshot: "Snapshot") -> None:
        """Let the workers audit a snapshot."""
        from skywright.loop.audit.shared import AUDIT
        from skywright.loop.gather.shared import TURNS

        identifier = _named(AUDIT, self._rooms.clock.now())
        self._done(TURNS, AUDIT, identifier, lambda _run: None, identifier, snapshot.id)

    def close(self) -> None:
        """Let go of the queues."""
        if "crew" in vars(self):
            self.crew.close()

    def _done(self, queue: str, name: str, identifier: str, watch: Callable[[str], None], *args: Any) -> Any:
        from skywright.adapters.workflows.dbos import AskingWorkflow
        from skywright.model.outcome import opened

        return opened(AskingWorkflow(self.crew, queue, watch).start(name, identifier, *args))

    def _turn(self, steps: "Steps", identifier: str) -> dict[str, Any]:
        """One turn of the loop without anybody asking: gather, audit, plan. The plan is kept; nothing is changed."""
        from skywright.model.outcome import opened, sealed

        gathered = self._gathering.whole(steps, f"{identifier}:gather", {})

        def act() -> dict[str, Any]:
            from skywright.loop.plan import Choice

            snapshot = self._rooms.store.snapshots.get(opened(gathered))
            assert snapshot is not None
            findings = self._rooms.audit(snapshot)
            plan = self._rooms.plan(Choice())
            self._rooms.store.runs.keep_plan(plan)
            return {"snapshot": snapshot.id, "findings": len(findings), "plan": plan.hash, "changes": len(plan.plan.changes)}

        outcome: dict[str, Any] = steps.run("audit and plan", lambda: sealed(TURN, act))
        return outcome

    @cached_property
    def meter(self) -> "Meter | None":
        """Who keeps what containers used, where the settings name a server."""
        from skywright.adapters.meters.kept import PrometheusMeter
        from skywright.adapters.settings import read_secret

        servers = self._rooms.settings.usage_history
        return PrometheusMeter(servers, read_secret) if servers else None

    @cached_property
    def _gathering(self) -> Any:
        from skywright.loop.gather.measuring import Watch
        from skywright.loop.gather.shared import Desk, SharedGathering

        rooms = self._rooms
        return SharedGathering(
            Desk(
                clouds=lambda: rooms.clouds,
                shelf=rooms.shelf,
                snapshots=rooms.store.snapshots,
                facts=rooms.store.facts,
                crew=self.crew,
                clock=rooms.clock,
                watch=Watch(self.meter, rooms.settings.usage_days),
            )
        )

    @cached_property
    def _auditing(self) -> Any:
        from skywright.loop.audit.shared import Bench, SharedAudit

        rooms = self._rooms
        return SharedAudit(
            Bench(rules=lambda: rooms.rules, book=lambda: rooms.book, snapshots=rooms.store.snapshots, crew=self.crew)
        )

    def _queues(self) -> Mapping[str, int]:
        workers = self._rooms.settings.workers
        return {"turns": workers.turns, "scopes": workers.scopes, "rules": workers.rules, "runs": workers.runs}

    def _watch(self, run: str) -> None:
        """Tell whoever watches what a worker has done to a run since the last time."""
        now = self._rooms.store.runs.get(run)
        if now is None:
            return
        before = self._seen.get(run)
        self._seen[run] = now
        was = {result.change: result.state for result in before.results} if before else {}
        for result in now.results:
            if result.state is not was.get(result.change) and (before or result.state.stands):
                said = t("{change} is {state}.", change=result.change, state=t(result.state.value))
                self.tell(now, result.reason or said)


def _named(what: str, at: datetime) -> str:
    """An id that sorts by time and that no two commands share."""
    from uuid import uuid4

    return f"{what}-{at:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
