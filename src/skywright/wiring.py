"""The only place that knows every room: configuration in, objects out. Everything is made when first asked for."""

import os
from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skywright.model.errors import BadInput
from skywright.model.settings import Settings
from skywright.model.words import t
from skywright.neighbours import Neighbour

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from skywright.adapters.engines.duckdb import Estate
    from skywright.adapters.stores.sql import SqlStore
    from skywright.loop.analyse.drift import Drift
    from skywright.loop.audit import Choice as Findings
    from skywright.loop.audit import FindingsBook
    from skywright.loop.execute import Executor, Fault, LogBook
    from skywright.loop.gather import Choice
    from skywright.loop.plan import Choice as PlanChoice
    from skywright.model.estate import Snapshot
    from skywright.model.finding import Finding, Insight
    from skywright.model.kinds import Resource
    from skywright.model.money import Money
    from skywright.model.plan import Change, Plan, Proposal, Reversibility, SignedPlan
    from skywright.model.rule import Rule
    from skywright.model.run import Run
    from skywright.model.verdict import Verdict
    from skywright.ports.cloud import Cloud, Progress, Step
    from skywright.ports.engine import Computed, Derived, Engine, Overlay, Session, Shelf
    from skywright.ports.other import Clock, PriceBook, Signer, Workflow
    from skywright.treasury import Treasury
    from skywright.workshop import Role, Workshop

PACKAGE = Path(__file__).parent


CLOUDS = {
    "aws": Neighbour("AWS"),
    "azure": Neighbour("Azure"),
    "gcp": Neighbour("Google Cloud"),
    "openstack": Neighbour("OpenStack"),
    "swarm": Neighbour("Docker"),
    "kubernetes": Neighbour("Kubernetes"),
    "hosts": Neighbour("Own hosts"),
}
"""One line a cloud."""

TOPICS = ("security", "compliance", "reliability", "cost")


class House:
    """Every room, wired by hand. Holds no open file until a room is entered."""

    def __init__(self, settings: Settings, data: Path, config_file: Path | None = None) -> None:
        self.settings = settings
        self.data = data
        self.config_file = config_file
        self.role: Role = "command"

    @cached_property
    def clock(self) -> "Clock":
        """Real time."""
        from skywright.adapters.clock import SystemClock

        return SystemClock()

    @cached_property
    def store(self) -> "SqlStore":
        """Control data: in the data folder, or in the PostgreSQL database of the settings."""
        from skywright.adapters.settings import read_secret
        from skywright.adapters.stores.sql import SqlStore

        place = self.settings.store if isinstance(self.settings.store, str) else read_secret(self.settings.store)
        return SqlStore(place or f"sqlite:///{self.folder() / 'control.db'}")

    @cached_property
    def workshop(self) -> "Workshop":
        """What is shared with workers, and what they can do."""
        from skywright.workshop import Workshop

        return Workshop(self)

    @cached_property
    def treasury(self) -> "Treasury":
        """What is about money: the ledger, and what is asked of it."""
        from skywright.treasury import Treasury

        return Treasury(self)

    @cached_property
    def estate(self) -> "Estate":
        """Where the estate's files are: the data folder, another folder, or an object store with the data folder as its cache."""
        from skywright.adapters.engines.duckdb import open_estate
        from skywright.topics.graph.links import ACROSS_CLOUDS
        from skywright.topics.reach.table import reach_rows

        made: dict[str, Computed | Derived] = {"reach": reach_rows, "relation": ACROSS_CLOUDS}
        return open_estate(self.settings.estate, self.folder("estate"), self.prices, made)

    @property
    def shelf(self) -> "Shelf":
        """Parquet files of the estate."""
        return self.estate.shelf

    @cached_property
    def engine(self) -> "Engine":
        """SQL over snapshots: in this process, or on a cluster."""
        if self.settings.engine == "duckdb":
            return self.estate.engine
        from skywright.adapters.engines.spark import SparkEngine

        return SparkEngine(self.estate.engine, self.settings.spark)

    @cached_property
    def prices(self) -> "PriceBook":
        """List prices with the user's discounts on top."""
        from skywright.adapters.prices import BookPrices

        return BookPrices(self.settings.prices.discounts, files=[Path(file) for file in self.settings.prices.files])

    @cached_property
    def signer(self) -> "Signer":
        """Our key, and the keys that are trusted here."""
        from skywright.adapters.identity import KeySigner

        return KeySigner(self.folder("keys"), self.settings.trusted_keys)

    @property
    def workflow(self) -> "Workflow":
        """Durable execution: here, or by workers when the store is shared."""
        return self.workshop.workflow

    @cached_property
    def clouds(self) -> "dict[str, Cloud]":
        """The clouds in scope, by name. Without a section in the configuration: AWS as the environment says. With a shared store
        their calls come out of budgets that all processes share."""
        from skywright.adapters.clouds.kit.limits import share

        share(self.store.budgets() if self.store.shared else None)
        from skywright.neighbours import wired

        return dict(wired(CLOUDS, self.settings.clouds or {"aws": {}}, self.config_file, self.clock))

    @cached_property
    def rules(self) -> "tuple[Rule, ...]":
        """Every rule of the shipped packs and of the user's, compiled and checked."""
        from skywright.adapters.packs import load_packs
        from skywright.neighbours import fitted

        folders = [PACKAGE / "topics" / topic / "rules" for topic in TOPICS]
        rules = load_packs([*folders, *map(Path, self.settings.rules.packs)], self.settings.rules)
        return fitted(rules, [name for name in self.settings.clouds if name in CLOUDS])

    def gather(self, progress: "Progress", choice: "Choice | None" = None) -> "Snapshot":
        """Read every cloud into a new snapshot and keep it. Raises AskHuman when nothing could be read."""
        from skywright.adapters.memory import thrifty
        from skywright.loop.gather import gather

        if self.workshop.asks:
            return self.workshop.gather(progress, choice)
        days, facts = self.settings.usage_days, self.store.facts
        ports = (self.clouds, self.shelf, self.store.snapshots.latest(), self.clock)
        with thrifty():
            snapshot = gather(*ports, usage_days=days, progress=progress, choice=choice, facts=facts, meter=self.workshop.meter)
        self.store.snapshots.add(snapshot)
        return snapshot

    def audit(self, snapshot: "Snapshot") -> "Sequence[Finding]":
        """Run every rule over a snapshot, keep the findings, and give the open ones."""
        self.judge(snapshot)
        return self.book.findings(snapshot, today=self.clock.now())

    def judge(self, snapshot: "Snapshot") -> None:
        """Run every rule over a snapshot and keep the findings; workers do it when there can be any."""
        if self.workshop.asks:
            self.workshop.audit(snapshot)
        else:
            self.book.audit(snapshot, self.rules)

    def insights(self, snapshot: "Snapshot") -> "tuple[Insight, ...]":
        """What could be smaller, off or gone in a snapshot; the largest saving first."""
        from skywright.loop.analyse import analyse
        from skywright.topics.cost.measure import MEASURES

        with self.engine.open(snapshot) as session:
            return analyse(session, MEASURES, self.settings.insights)

    def plan(self, choice: "PlanChoice") -> "SignedPlan":
        """A signed plan of what ``choice`` takes, on the newest snapshot. Raises BadInput when there is none."""
        snapshot = self._newest()
        with self.engine.open(snapshot) as session:
            proposals = [one for one in self._proposals(session, snapshot, insights=choice.insights) if choice.takes(one)]
        return self.plan_of(proposals, note=choice.note)

    def plan_of(self, proposals: "Sequence[Proposal]", note: str = "") -> "SignedPlan":
        """A signed plan of these proposals, on the newest snapshot. Raises BadInput when there is none."""
        from skywright.loop.plan import Means, make_plan, see_world, sign_plan

        snapshot = self._newest()
        with self.engine.open(snapshot) as session:
            world = see_world(session, snapshot, (one.target for one in proposals))
        means = Means(self._can, partial(self.costs, snapshot), irreversible=self.settings.rails.irreversible_allowed)
        plan = make_plan(proposals, world, means, self.settings.waves, self.clock.now(), note)
        return sign_plan(plan, self.signer)

    def drift_since(self, earlier: "Snapshot | None" = None, *, who: bool = True) -> "tuple[tuple[Drift, ...], list[str]]":
        """What changed between an earlier snapshot (default: the last but one) and the newest, but not by our runs, with who did it
        where ``who`` is asked; and the trails that could not be read. Raises BadInput when there is nothing to compare with."""
        from skywright.loop.analyse.drift import foreign, told
        from skywright.loop.analyse.history import asked, before, standing
        from skywright.topics.reliability.drift import ALIVE

        newest = self._newest()
        earlier = earlier or before(newest, self.store.snapshots)
        rows = self.engine.compare(earlier, newest).dicts()
        found = tuple(foreign(rows, standing(self.store.runs, earlier.taken_at), ALIVE))
        if not who:
            return found, []
        deeds, failures = asked(self.clouds, [one.resource for one in found], earlier.taken_at, newest.taken_at)
        return told(found, deeds), failures

    def costs(self, snapshot: "Snapshot", overlay: "Overlay | None", ids: "Sequence[str]") -> "Mapping[str, Money]":
        """What resources cost a month, in a snapshot or its twin; those of unknown cost are missing."""
        from skywright.model.money import Money

        sql = "SELECT resource, monthly, currency FROM cost WHERE monthly IS NOT NULL AND resource IN (SELECT unnest($ids))"
        with self.engine.open(snapshot, overlay) as session:
            return {target: Money(monthly, currency) for target, monthly, currency in session.query(sql, {"ids": list(ids)}).rows}

    def steps(self, change: "Change") -> "Sequence[Step]":
        """The steps of a change, as explain shows and execute runs them. Raises BadInput for a cloud that is not in scope."""
        from skywright.model.kinds import parse_id

        name = parse_id(change.target).cloud
        if name not in self.clouds:
            raise BadInput(t("{target} is in {cloud}, which is not configured.", target=change.target, cloud=name))
        return self.clouds[name].steps(change)

    def _can(self, cloud: str, kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> "Reversibility | None":
        return self.clouds[cloud].can(kind, before, after) if cloud in self.clouds else None

    def _proposals(self, session: "Session", snapshot: "Snapshot", *, insights: bool) -> "Iterator[Proposal]":
        """Every proposer, one after another."""
        from skywright.loop.analyse import analyse
        from skywright.loop.plan import compute_fixes, from_findings
        from skywright.topics.cost.measure import MEASURES
        from skywright.topics.cost.propose import from_insights

        findings = self._findings_of(snapshot)
        yield from from_findings(findings, self.rules, compute_fixes(session, snapshot, findings, self.rules))
        if insights:
            yield from from_insights(analyse(session, MEASURES, self.settings.insights))

    def _findings_of(self, snapshot: "Snapshot") -> "Sequence[Finding]":
        """The open findings of a snapshot, which is audited first if it was not; without those that could not be seen again."""
        if not self.book.audited(snapshot):
            self.book.audit(snapshot, self.rules)
        found = self.book.findings(snapshot, today=self.clock.now())
        return [finding for finding in found if finding.last_seen == snapshot.taken_at]

    @cached_property
    def book(self) -> "FindingsBook":
        """The findings of every audited snapshot."""
        from skywright.loop.audit import FindingsBook

        return FindingsBook(
            self.engine, self.store.snapshots, self.store.waivers, self.estate.folder / "findings", self.estate.files
        )

    def findings(self, at: "datetime | None" = None, choice: "Findings | None" = None) -> "Sequence[Finding]":
        """The findings of the newest snapshot (not after ``at``), by default the open ones; none when it was not audited."""
        from skywright.loop.audit import Choice as Findings

        snapshot = self.store.snapshots.latest(at)
        return self.book.findings(snapshot, choice or Findings(), today=self.clock.now()) if snapshot else []

    def _newest(self) -> "Snapshot":
        snapshot = self.store.snapshots.latest()
        if snapshot is None:
            raise BadInput(t("There is no snapshot yet."), next_step=t("Run `skywright gather`."))
        return snapshot

    def validate(self, signed: "SignedPlan", approvals: "Sequence[str]" = ()) -> "Verdict":
        """The verdict on a plan, on the newest snapshot and its twin. Raises BadInput when there is no snapshot."""
        from skywright.loop.audit.evaluate import evaluate
        from skywright.loop.validate import Opinions, Rooms, validate
        from skywright.topics.reliability.rails import CAPACITY, DEPENDENTS, MEMBERS
        from skywright.topics.security.rails import EXPOSED

        snapshot = self._newest()
        opinions = Opinions(exposed=EXPOSED, capacity=CAPACITY, dependents=DEPENDENTS, members=MEMBERS)
        rooms = Rooms(lambda overlay: self.engine.open(snapshot, overlay), evaluate, self.rules, opinions, self.store.waivers.all())
        verdict = validate(signed, snapshot, rooms, self.settings.rails, self.clock.now(), approvals)
        return self.treasury.held_to_budgets(signed, snapshot, verdict)

    @cached_property
    def logbook(self) -> "LogBook":
        """The audit log, written in the name of whoever runs this process ($SKYWRIGHT_USER, or the user of the system)."""
        from skywright.adapters.identity.who import who
        from skywright.adapters.stores.head import HeadFile
        from skywright.loop.execute import LogBook

        return LogBook(self.store.log, HeadFile(self.folder() / "log.head"), self.signer, self.clock, who())

    def log_event(
        self, what: str, target: str = "", why: str = "", plan_hash: str = "", details: dict[str, Any] | None = None
    ) -> None:
        """Keep one line in the audit log: ``what`` is ``noun.verb``. Secrets are taken out."""
        self.logbook.note(what, target=target, why=why, plan_hash=plan_hash, details=details)

    def executor(self, tell: "Callable[[Run, str], None]" = lambda _run, _text: None) -> "Executor":
        """What carries plans out. ``tell`` hears of every step forward or back."""
        from skywright.loop.execute import Checks, Executor, Rooms
        from skywright.loop.verify import prove, worse

        self.workshop.tell = tell
        checks = Checks(recheck=self._recheck, prove=prove, worse=worse, price=self._realised)
        rooms = Rooms(
            runs=self.store.runs,
            clouds=self.clouds,
            clock=self.clock,
            note=self.logbook.note,
            checks=checks,
            tell=tell,
            fault=_fault(),
        )
        return Executor(rooms, self.workflow)

    def realised(self, run: "Run") -> "dict[str, Money]":
        """Change id -> what the changes of a run that stand save a month, as their targets are now."""
        plan = self.store.runs.plan(run.plan_hash)
        standing = {result.change for result in run.results if result.state.stands}
        changes = [change for change in plan.plan.changes if change.id in standing] if plan else []
        fresh: dict[str, Resource | None] = {}
        for name, cloud in self.clouds.items():
            fresh.update(cloud.refresh([one.target for one in changes if one.target.startswith(f"{name}:")]))
        return self._realised(plan.plan, changes, fresh) if plan else {}

    def _recheck(self, plan: "Plan", changes: "Sequence[Change]", fresh: "Mapping[str, Resource | None]") -> dict[str, str]:
        from skywright.loop.validate import read_rows, recheck

        snapshot = self.store.snapshots.get(plan.snapshot)
        planned_on = {}
        if snapshot is not None:
            with self.engine.open(snapshot) as session:
                planned_on = read_rows(session, [change.target for change in changes])
        return {said.change: f"{said.reason} {said.next_step}" for said in recheck(changes, fresh, planned_on)}

    def _realised(self, plan: "Plan", changes: "Sequence[Change]", fresh: "Mapping[str, Resource | None]") -> "dict[str, Money]":
        from skywright.loop.verify import realised

        snapshot = self.store.snapshots.get(plan.snapshot)
        if snapshot is None:
            return {}
        return realised(changes, fresh, partial(self.costs, snapshot))

    def close(self) -> None:
        """Let go of what was opened."""
        if "store" in vars(self):
            self.workshop.close()
            self.store.close()

    def folder(self, name: str = "") -> Path:
        """A folder under the data folder, made when needed."""
        path = self.data / name if name else self.data
        path.mkdir(parents=True, exist_ok=True)
        return path


def _fault() -> "Fault":
    from skywright.loop.execute import NoFault

    text = os.environ.get("SKYWRIGHT_CRASH_AT")  # a test aid: see lab.fake.crash
    if not text:
        return NoFault()
    from skywright.lab.fake.crash import CrashAt

    return CrashAt(text)


def open_house(config_file: Path | None = None, data: Path | None = None) -> House:
    """Read the configuration (``skywright.yaml`` if it is there) and wire the house. Raises BadInput with file and line."""
    from skywright.adapters.settings import load_settings

    settings = load_settings(config_file)
    return House(settings, data or Path(settings.data), config_file)


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of ``skywright.yaml``, the clouds' own sections included."""
    from skywright.neighbours import schema

    return schema(CLOUDS)
