"""The room where costs are shared: the ledger's books and the user's shares in, statements and FOCUS rows out."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from skywright.model.cost_shares import Share
from skywright.topics.cost.books import Books
from skywright.topics.cost.books.dimensions import Book, quoted
from skywright.topics.cost.books.metric import Asked, Combine, billed_until, measured, told
from skywright.topics.cost.books.period import Grain, Period
from skywright.topics.cost.books.question import BILLED, Measure, Question, dated
from skywright.topics.cost.books.rates import Rates
from skywright.topics.cost.books.units import Course, unit_costs
from skywright.topics.cost.sharing.metrics import Ask, Reading, owned, readings
from skywright.topics.cost.sharing.rows import Row, allocated
from skywright.topics.cost.sharing.statements import CENTER, Allocation, Month, allocate, own_sql

WORKLOADS = "workloads:"
"""``metric: workloads:label:team`` splits by what the workloads of each team bear of clusters' machines (Workloads.borne)."""


class Sharing:
    """Who bears what of the bill."""

    def __init__(self, books: Books, ask: Ask, borne: Callable[[str, Period, Measure], list[Reading]] | None = None) -> None:
        self.books = books
        self.settings = books.settings
        self._ask = ask
        self._borne = borne

    def allocation(self, period: Period, measure: Measure, rates: Rates | None = None) -> Allocation:
        """Split the bill of a period. Raises BadInput when nothing was billed, or for a metric that cannot be read."""
        rates = self.books.rates() if rates is None else rates
        with self.books.open(self._names) as session:
            owned = partial(self._owned, period, measure)
            return allocate(session, self.books.book, self.settings.shares, (period, measure), rates, owned)

    def rows(self, period: Period, measure: Measure) -> Iterator[dict[str, Any]]:
        """The rows that stand in place of those that are shared, in FOCUS's columns; in the currencies of the bill. ``measure``: of
        which cost proportional splits are."""
        allocation = self.allocation(period, measure, Rates(self.settings.currency))
        with self.books.open(self._names) as session:
            for month in allocation.months:
                found = session.query(_rows_sql(self.books.book, self.settings.shares, month), _ends(month.period))
                by_share: dict[str, list[Row]] = {}
                for row in found.dicts():
                    by_share.setdefault(row.pop("own").partition(":")[2], []).append(row)
                yield from allocated(by_share, month.spread.passed, self.settings.shares)

    def unit_costs(self, question: Question, grain: Grain, metric: str, combine: Combine) -> list[Course]:
        """See topics.cost.books.units. ``metric``: a CSV file, or a name in cost.metrics. Raises BadInput."""
        _, found = readings(metric, self.settings.metrics, question.period, self._ask)
        numbers = told((one.day, one.value, one.month) for one in found)
        rates = self.books.rates()
        with self.books.open((*question.by, *(one.dimension for one in question.where))) as session:
            units = measured(numbers, Asked(question.period, grain, combine, billed_until(session)))
            return unit_costs(session, self.books.book, dated(question, rates), grain, units, rates)

    @property
    def _names(self) -> tuple[str, ...]:
        """The dimensions that decide whose a row is."""
        return (CENTER, *(name for share in self.settings.shares for name in share.where))

    def _owned(self, period: Period, measure: Measure, name: str) -> list[Reading]:
        if self._borne is not None and name.startswith(WORKLOADS):
            return self._borne(name.removeprefix(WORKLOADS), period, measure)
        return owned(*readings(name, self.settings.metrics, period, self._ask))


def _ends(period: Period) -> dict[str, object]:
    since, until = period.ends
    return {"since": since, "until": until}


def _rows_sql(book: Book, shares: list[Share], month: Month) -> str:
    """The rows of all shares."""
    names = ", ".join(quoted(f"{kind}:{share.name}") for share in shares for kind in ("share", "center")) or "NULL"
    column = month.period.column
    return (
        f"SELECT * FROM (SELECT {own_sql(book, shares)} AS own, * FROM cost_and_usage"
        f" WHERE {column} >= $since AND {column} < $until AND BillingCurrency = {quoted(month.currency)} AND {BILLED})"
        f" WHERE own IN ({names}) ORDER BY ALL"
    )
