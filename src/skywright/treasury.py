"""The rooms about money, wired by hand: the ledger and what is asked of it. Everything is made when first asked for."""

from datetime import timedelta
from decimal import Decimal
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from skywright.model.errors import BadInput
from skywright.model.settings import Settings
from skywright.model.words import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from skywright.adapters.bills.ledger import FileLedger
    from skywright.adapters.sketches import Where
    from skywright.adapters.stores.sql import SqlStore
    from skywright.model.commitment import Held
    from skywright.model.estate import Snapshot
    from skywright.model.plan import SignedPlan
    from skywright.model.run import Run
    from skywright.model.verdict import Verdict
    from skywright.ports.cloud import Cloud
    from skywright.ports.engine import Engine, Overlay
    from skywright.ports.notify import Notifier
    from skywright.ports.other import Clock, PriceBook
    from skywright.topics.carbon.energy import Place
    from skywright.topics.carbon.report import Carbon
    from skywright.topics.commitments.market import Market, Told
    from skywright.topics.commitments.room import Commitments
    from skywright.topics.consolidate.bound import Packed, Packer
    from skywright.topics.consolidate.room import Consolidation
    from skywright.topics.cost.anomalies.find import Search
    from skywright.topics.cost.anomalies.nouns import Report as Surprises
    from skywright.topics.cost.books import Books
    from skywright.topics.cost.books.dimensions import Condition
    from skywright.topics.cost.books.period import Period
    from skywright.topics.cost.books.question import Measure
    from skywright.topics.cost.budgets import BudgetRoom
    from skywright.topics.cost.budgets.alerts import Alert, Sent
    from skywright.topics.cost.estimate import Estimate, Priced, Usage
    from skywright.topics.cost.matching.room import Beside, Matching
    from skywright.topics.cost.outlook import Outlook
    from skywright.topics.cost.realised import Settled
    from skywright.topics.cost.sharing.room import Sharing
    from skywright.topics.cost.workloads.room import Workloads
    from skywright.topics.focus.verdicts import Report
    from skywright.topics.scaling.requests.room import Requests


class Rooms(Protocol):
    """What of the house is needed here."""

    settings: Settings
    config_file: Path | None

    @property
    def store(self) -> "SqlStore":
        """Control data."""

    @property
    def engine(self) -> "Engine":
        """SQL over snapshots."""

    @property
    def prices(self) -> "PriceBook":
        """List prices with the user's discounts."""

    @property
    def clock(self) -> "Clock":
        """Time."""

    @property
    def clouds(self) -> "Mapping[str, Cloud]":
        """The clouds that are configured."""

    def folder(self, name: str = "") -> Path:
        """A folder under the data folder."""


class Treasury:
    """What the house knows about money."""

    def __init__(self, house: Rooms) -> None:
        self.house = house
        self.settings = house.settings.cost

    @cached_property
    def ledger(self) -> "FileLedger":
        """Bills, in the data folder."""
        from skywright.adapters.bills.ledger import FileLedger

        return FileLedger(self.house.folder("ledger"), self.house.clock.now, self.settings.closed_after_months)

    @cached_property
    def books(self) -> "Books":
        """Reading the ledger: where every cent went."""
        from skywright.adapters.settings import load_file
        from skywright.topics.cost.books import Books

        return Books(self.ledger, self.settings, load_file, lambda: self.beside.pair)

    @cached_property
    def beside(self) -> "Beside":
        """The estate's keys, by which rows of the bill meet their resources."""
        from skywright.topics.cost.matching.room import Estate

        return Estate(self.house.engine, self.house.store.snapshots.all, lambda: self.house.folder("keys")).beside()

    @cached_property
    def matching(self) -> "Matching":
        """How much of a bill is known in the estate."""
        from skywright.topics.cost.matching.room import Matching

        return Matching(self.books)

    @cached_property
    def workloads(self) -> "Workloads":
        """Machines of clusters: who bears them."""
        from skywright.topics.cost.workloads.room import Workloads

        return Workloads(self.books, self.house.engine, self.house.store.snapshots.all)

    @cached_property
    def sharing(self) -> "Sharing":
        """Shared costs: who bears what of the bill."""
        from skywright.adapters.meters.prometheus import read_days
        from skywright.topics.cost.sharing.room import Sharing

        return Sharing(self.books, read_days, self.workloads.borne)

    @cached_property
    def commitments(self) -> "Commitments":
        """What to commit to."""
        from skywright.adapters.prices.commitments import offers
        from skywright.adapters.prices.sustained import full_month
        from skywright.topics.commitments.room import Commitments

        kept = self.house.folder() / "offers.csv"
        return Commitments(self.ledger.open, self.settings.currency, self._commitments_known, offers, full_month, kept)

    def market(self, told: "Told") -> "Market":
        """What providers say today may be committed to for the ledger's machines."""
        from skywright.ports.cloud import Merchant

        merchants = {name: cloud for name, cloud in self.house.clouds.items() if isinstance(cloud, Merchant)}
        return self.commitments.market(merchants, self.house.clock.now().date(), told)

    def _commitments_known(self) -> "list[Held]":
        """Commitments that the newest snapshot of the estate holds, with when they end."""
        from skywright.model.commitment import Held

        snapshot = self.house.store.snapshots.latest()
        if snapshot is None:
            return []
        sql = "SELECT native_id, coalesce(type, '') AS kind, ends_at FROM finance_commitment WHERE ends_at IS NOT NULL"
        with self.house.engine.open(snapshot) as session:
            return [Held(id=name, kind=kind, hourly=None, ends=ends) for name, kind, ends in session.query(sql).rows]

    def last_days(self, count: int) -> "date":
        """The first of the last ``count`` days that the ledger holds usage of; today where it is empty."""
        from skywright.topics.cost.anomalies.read import held_days

        with self.ledger.open() as session:
            held = held_days(session)
        return held[1] - timedelta(days=count - 1) if held else self.house.clock.now().date()

    def anomalies(self, search: "Search", *, who: bool) -> "tuple[Surprises | None, list[str]]":
        """What the bill did that was not to be expected, with what happened at that time; and the trails that could not be read."""
        from skywright.loop.analyse.history import asked
        from skywright.topics.cost.anomalies.find import find
        from skywright.topics.cost.anomalies.happened import Sources, happened

        with self.books.open(search.by) as session:
            report = find(session, self.books.book, search)
        if report is None:
            return None, []
        store = self.house.store
        trails = partial(asked, self.house.clouds) if who else None
        return happened(report, Sources(store.runs, store.snapshots, self.house.engine.compare, self.ledger.receipts, trails))

    def outlook(self, by: "Sequence[str]", measure: "Measure", where: "Iterable[Condition]" = ()) -> "Outlook":
        """What the running month and the twelve after it will cost. Raises BadInput when the ledger holds nothing of it."""
        from skywright.topics.cost.outlook.room import outlook
        from skywright.topics.series.forecast import forecast_sums

        return outlook(self.books, (tuple(by), measure, tuple(where)), forecast_sums, self.house.clock.now().date())

    @cached_property
    def budgets(self) -> "BudgetRoom":
        """Budgets: where they stand."""
        from skywright.topics.cost.budgets import BudgetRoom
        from skywright.topics.series.forecast import forecast_sums

        return BudgetRoom(self.books, self.settings.budgets, forecast_sums)

    @cached_property
    def notifiers(self) -> "Mapping[str, Notifier]":
        """Who can be told, by name. Raises BadInput for a section that is wrong, and a budget that names nobody there is."""
        from skywright.adapters.notify import open_notifier
        from skywright.adapters.settings import decode_section, read_secret
        from skywright.topics.cost.budgets.alerts import check_names

        house = self.house
        check_names(self.settings.budgets, house.settings.notify)
        return {
            name: open_notifier(name, raw, house.clock, read_secret, decode_section, house.config_file)
            for name, raw in house.settings.notify.items()
        }

    def alerts(self) -> "Sequence[Alert]":
        """What must be told of budgets now and was not."""
        from skywright.topics.cost.budgets.alerts import due

        self.notifiers  # noqa: B018 - a wrong section is found before anything is told
        facts = self.house.store.facts
        return tuple(due(self.budgets.to_tell(self.house.clock.now().date(), facts), self.settings.budgets, facts))

    def tell(self, alerts: "Sequence[Alert]") -> "Sent":
        """Tell it, and keep what was told; what did not arrive is due again."""
        from skywright.topics.cost.budgets.alerts import send

        sent = send(alerts, self.notifiers, self.house.store.facts, self.house.clock.now)
        self.budgets.keep_watched(self.house.clock.now().date(), self.house.store.facts)
        return sent

    def held_to_budgets(self, signed: "SignedPlan", snapshot: "Snapshot", verdict: "Verdict") -> "Verdict":
        """A verdict, with the objections of the budgets that plans are held to."""
        from skywright.topics.cost.budgets.guard import RAIL, dearer, held_to, with_objections

        names = held_to(self.settings.budgets)
        if not names or RAIL in self.house.settings.rails.disabled:
            return verdict
        from skywright.loop.validate import overlay_of, read_rows

        targets = [change.target for change in signed.plan.changes]
        with self.house.engine.open(snapshot) as session:
            rows = read_rows(session, targets)
        before, after = (self._priced(snapshot, overlay, targets) for overlay in (None, overlay_of(signed.plan, rows)))
        today = self.house.clock.now().date()
        standings = [one for name in names for one in self.budgets.standings(today, name)]
        return with_objections(verdict, standings, self.settings.budgets, dearer(signed.plan.changes, rows, before, after), today)

    def estimate(self, path: Path, where: "Where", usage: "Usage | None" = None) -> "Estimate":
        """What a Terraform plan or Kubernetes manifests would cost a month, by the price book. Raises BadInput for others."""
        from skywright.adapters.sketches import read_sketch
        from skywright.model.estate import Snapshot
        from skywright.ports.engine import Overlay
        from skywright.topics.cost.estimate import estimate, rows_of, with_usage

        sketch = read_sketch(path, where, self.house.prices.offers)
        sketch = with_usage(sketch, usage) if usage else sketch
        nothing = Snapshot(id="sketch", taken_at=self.house.clock.now())
        return estimate(sketch, self._priced(nothing, Overlay(rows_of(sketch))))

    def estimate_plan(self, signed: "SignedPlan", source: str) -> "Estimate":
        """What a plan of ours costs, target by target, on the snapshot that it was made on and its twin. Raises BadInput when that
        snapshot is gone."""
        from skywright.loop.validate import overlay_of, read_rows
        from skywright.topics.cost.estimate import estimate_changes

        snapshot = self.house.store.snapshots.get(signed.plan.snapshot)
        if snapshot is None:
            raise BadInput(t("The snapshot that the plan was made on is gone."), where=source, next_step=t("Make the plan again."))
        targets = [change.target for change in signed.plan.changes]
        with self.house.engine.open(snapshot) as session:
            rows = read_rows(session, targets)
        sides = (self._priced(snapshot, overlay, targets) for overlay in (None, overlay_of(signed.plan, rows)))
        return estimate_changes(source, signed.plan.changes, *sides)

    def settled(self, runs: "Sequence[Run]") -> "list[Settled]":
        """What the bill says of every change of these runs that stands, the newest first."""
        from skywright.topics.cost.realised import Kept, judge
        from skywright.topics.cost.realised.read import read_daily

        kept: list[Kept] = []
        for run in runs:
            plan = self.house.store.runs.plan(run.plan_hash)
            proposers = {change.id: (change.reasons or ("",))[0].rpartition("-")[0] for change in plan.plan.changes} if plan else {}
            done = {record.change: record.at for record in self.house.store.runs.records(run.id) if not record.undo}
            kept += [
                Kept(
                    run=run.id,
                    change=result.change,
                    target=result.target,
                    proposer=proposers.get(result.change, ""),
                    done_at=done.get(result.change) or run.ended_at or run.started_at,
                    promised=result.promised_monthly,
                    by_prices=result.realised_monthly,
                )
                for result in run.results
                if result.state.stands
            ]
        with self.ledger.open() as session:
            daily = read_daily(session, kept)
        return [judge(one, daily.get(one.target)) for one in sorted(kept, key=lambda one: one.done_at, reverse=True)]

    def _priced(self, snapshot: "Snapshot", overlay: "Overlay | None", ids: "Sequence[str] | None" = None) -> "dict[str, Priced]":
        from skywright.topics.cost.estimate import Priced

        wanted = "" if ids is None else " WHERE resource IN (SELECT unnest($ids))"
        sql = f"SELECT resource, monthly, currency, source, dated, note FROM cost{wanted}"  # noqa: S608 - no text from outside
        with self.house.engine.open(snapshot, overlay) as session:
            rows = session.query(sql, {} if ids is None else {"ids": list(ids)}).dicts()
        return {row.pop("resource"): Priced(**row) for row in rows}

    def validate_focus(self, source: str, version: str, dataset: str, supports: "Iterable[str]") -> "Report":
        """FOCUS's rules on a bill as it was delivered. Raises BadInput for what cannot be read."""
        from msgspec.structs import replace

        from skywright.adapters.bills.raw import open_raw
        from skywright.topics.focus.validate import validate
        from skywright.topics.focus.verdicts import Bill

        with open_raw(source, to_the_letter=True) as raw:
            if raw.rejects and not raw.rows:
                raise BadInput(raw.rejects[0].why, where=raw.rejects[0].where, next_step=t("None of its lines is a row."))
            report = validate(Bill(raw.query, raw.columns, name=source), version, dataset, supports)
            return replace(report, unread=raw.rejects)

    def carbon(self, period: "Period", by: "Sequence[str]", busy_pct: float | None) -> "Carbon":
        """Energy and emissions of a period's usage, by dimensions. Raises BadInput when the ledger has no usage of it."""
        from skywright.topics.carbon.report import Known, of_bill
        from skywright.topics.cost.books.absent import without_usage
        from skywright.topics.cost.books.question import Question, scope

        book, question = self.books.book, Question(by=tuple(by), period=period)
        since, until = period.ends
        with self.books.open(by) as session:
            keys, rows = {name: book.sql(name) for name in by}, (scope(book, question), {"since": since, "until": until})
            answer = of_bill(session, str(period), keys, rows, Known(busy_pct, self._shape))
            if not answer.rows:
                raise without_usage(session, book, question)
        return answer

    def _shape(self, place: "Place", type_: str) -> tuple[float, float] | None:
        """A machine's vCPUs and GiB, where the price lists know its type."""
        offer = self.house.prices.offers(place.cloud, place.region).get(type_)
        return (float(offer.vcpus), offer.memory_mib / 1024) if offer else None

    def carbon_of_estate(self, snapshot: "Snapshot", by: "Sequence[str]") -> "Carbon":
        """Energy and emissions of a month of what a snapshot holds: running machines and volumes."""
        from skywright.topics.carbon.report import of_estate

        with self.house.engine.open(snapshot) as session:
            return of_estate(session, snapshot.id, by)

    @cached_property
    def requests(self) -> "Requests":
        """What workloads of clusters should ask for."""
        from skywright.topics.cost.requests import unit_rates
        from skywright.topics.scaling.requests.room import Requests

        return Requests(self.house.engine, unit_rates)

    @cached_property
    def consolidation(self) -> "Consolidation":
        """Nodes that clusters can do without."""
        from skywright.topics.consolidate.room import Consolidation

        return Consolidation(self.house.engine, self.house.prices.offers, _packer)


def _packer(seconds: float) -> "Packer":
    """The packer, for topics that do not know it. It finds nothing where the solver is not installed, or in no time."""

    def packed(
        kinds: "Sequence[tuple[str, tuple[int, ...], Decimal, int | None]]", items: "Sequence[tuple[int, ...]]"
    ) -> "Packed | None":
        from skywright.topics.consolidate.bound import Packed
        from skywright.topics.packing.pack import pack
        from skywright.topics.packing.problem import Bin, Item, problem

        bins = [Bin(name, tuple(map(Decimal, sizes)), price, count) for name, sizes, price, count in kinds]
        try:
            found = pack(problem([Item("pod", tuple(map(Decimal, sizes))) for sizes in items], bins), seconds)
        except (BadInput, ImportError):
            return None
        return Packed(found.bins, Decimal(str(round(found.cost, 6))), Decimal(str(found.bound)))

    return packed
