"""The room where machines' costs are split among what ran on them: the ledger, the estate's snapshots and settings in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from fractions import Fraction

from skywright.model.errors import BadInput
from skywright.model.estate import Snapshot
from skywright.model.words import t
from skywright.ports.engine import Engine
from skywright.topics.cost.books import Books
from skywright.topics.cost.books.period import Grain, Period, add_months
from skywright.topics.cost.books.question import Measure, Question, held, nothing
from skywright.topics.cost.books.rates import Rates
from skywright.topics.cost.matching.match import cost_of
from skywright.topics.cost.matching.room import thinned
from skywright.topics.cost.sharing.metrics import Reading
from skywright.topics.cost.workloads.allocate import Bearer, Bill, charges, days_to_snapshots, grouped, share_out
from skywright.topics.cost.workloads.seen import nodes, volumes
from skywright.topics.cost.workloads.split import Node, Worth

MACHINES = ("compute.instance", "compute.host", "storage.volume")
"""What is split: machines that are nodes, and volumes that a cluster has claimed."""
NAMES = ("cluster", "node", "namespace", "workload", "pod")
LABEL = "label:"


class Workloads:
    """Who bears the machines of clusters."""

    def __init__(self, books: Books, engine: Engine, snapshots: Callable[[], Sequence[Snapshot]]) -> None:
        self.books = books
        self._engine = engine
        self._snapshots = snapshots
        self._seen: dict[str, Mapping[str, Node]] = {}

    def bill(self, period: Period, measure: Measure) -> Bill:
        """The machines' bill of a period, split. Raises BadInput when nothing was billed, no snapshot holds a node whose machine is
        known, or none of those machines was billed."""
        chosen = thinned(sorted(self._snapshots(), key=lambda one: one.taken_at, reverse=True))
        by_id = {one.id: one for one in chosen}
        costs = self._costs(period, measure)
        order = days_to_snapshots({day for _, day, _, _ in costs}, [(one.id, one.taken_at.date()) for one in chosen])
        settings = self.books.settings.workloads
        worth = Worth(Fraction(settings.cpu_hour), Fraction(settings.memory_gib_hour), Fraction(settings.gpu_hour))
        found = charges(costs, order, lambda name: self._nodes(by_id[name]))
        if not found:
            raise BadInput(
                t("None of the machines billed for {period} is known to be a node of a cluster.", period=period),
                next_step=t("Gather the cluster and its machines; `skywright cost match` shows what of the bill is known."),
            )
        return share_out(found, lambda name: self._nodes(by_id[name]), worth, self._is_system)

    def borne(self, by: str, period: Period, measure: Measure) -> list[Reading]:
        """What the workloads of each namespace, label's value, ... bear, month by month, as a metric to split by: what is idle
        falls on them in proportion. In the currency of most of it."""
        (name,) = parse_names(by)
        found: list[Reading] = []
        for start in period.steps(Grain.MONTH):
            month = Period(start, add_months(start, 1), Grain.MONTH) if period.grain is Grain.MONTH else period
            bill = self.bill(month, measure)
            currency = max(bill.billed, key=lambda one: abs(bill.billed[one]))
            rows = [row for row in grouped(bill, (name,)) if row.bearer is Bearer.WORKLOAD and row.currency == currency]
            day = max(start, period.start)
            found += [Reading(day, max(row.amount, Decimal(0)), row.key[0] or t("(no {name})", name=name)) for row in rows]
            if period.grain is Grain.DAY:
                break
        return found

    def beside(self, period: Period, measure: Measure, by: str) -> dict[str, Decimal]:
        """What OpenCost, if its allocation was imported, says of namespaces, workloads, nodes, ... by name."""
        dimension = f"tag:kubernetes:{'controller' if by == 'workload' else by.removeprefix(LABEL)}"
        sql = (
            f"SELECT coalesce({self.books.book.sql(dimension)}, ''), coalesce(sum({measure.column}), 0) FROM cost_and_usage"
            f" WHERE AllocatedMethodId = 'opencost' AND {period.column} >= $since AND {period.column} < $until GROUP BY ALL"
        )
        since, until = period.ends
        with self.books.open() as session:
            return dict(session.query(sql, {"since": since, "until": until}).rows)

    def _costs(self, period: Period, measure: Measure) -> list[tuple[str, date, str, Decimal]]:
        """Machine, day, currency, amount: in the currency of the settings where rates lead there."""
        rates: Rates = self.books.rates()
        question = Question(by=(), period=period, measure=measure)
        with self.books.open(("estate",)) as session:
            found = cost_of(session, question, MACHINES)
            if not found and held(session) is None:
                raise nothing(period, None)
        return [(machine, day, *_turned(rates.convert(amount, currency, day))) for machine, day, currency, amount in found]

    def _nodes(self, snapshot: Snapshot) -> Mapping[str, Node]:
        if snapshot.id not in self._seen:
            with self._engine.open(snapshot) as session:
                self._seen[snapshot.id] = {**nodes(session), **volumes(session)}
        return self._seen[snapshot.id]

    def _is_system(self, namespace: str) -> bool:
        return any(fnmatchcase(namespace, pattern) for pattern in self.books.settings.workloads.system)


def _turned(pair: tuple[Decimal, str]) -> tuple[str, Decimal]:
    return pair[1], pair[0]


def parse_names(text: str) -> tuple[str, ...]:
    """``namespace,workload`` -> names. Raises BadInput for one that is none."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name not in NAMES and not (name.startswith(LABEL) and name != LABEL):
            raise BadInput(
                t("Clusters are not told apart by {name}.", name=name), where="--by",
                next_step=t("There are {names} and label:KEY.", names=", ".join(NAMES)),
            )  # fmt: skip
    return names
