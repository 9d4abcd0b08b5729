"""The ledger and the shares -> what each cost centre bears: direct, shared, unallocated; together exactly the bill."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

import msgspec

from skywright.model.cost_shares import Method, Share
from skywright.ports.engine import Session
from skywright.topics.cost.books.dimensions import Book, Condition, quoted
from skywright.topics.cost.books.exact import sums, total
from skywright.topics.cost.books.period import Grain, Period, add_months
from skywright.topics.cost.books.question import BILLED, Measure, held, nothing
from skywright.topics.cost.books.rates import Rates
from skywright.topics.cost.sharing.metrics import Reading, by_center
from skywright.topics.cost.sharing.split import Kept, Passed, Spread, spread

CENTER = "cost_center"


class Own(msgspec.Struct, frozen=True):
    """What a cost centre (None: nobody) or a share costs directly, by service. ``shared``: the name is a share's."""

    name: str | None
    service: str
    amount: Decimal
    shared: bool


class Month(msgspec.Struct, frozen=True):
    """One month (or the whole time, where it is made of days) in one currency."""

    period: Period
    currency: str
    own: tuple[Own, ...]
    spread: Spread

    @property
    def total(self) -> Decimal:
        """The bill."""
        return total(one.amount for one in self.own)


class Allocation(msgspec.Struct, frozen=True):
    """Who bears what of a period's bill, month by month and currency by currency."""

    period: Period
    measure: Measure
    months: tuple[Month, ...]

    @property
    def centers(self) -> list[str]:
        """Every cost centre that bears something, by name."""
        names = {name for month in self.months for name in month.spread.direct if name is not None}
        names |= {one.target for month in self.months for one in month.spread.passed}
        return sorted(names.difference(*(month.spread.shares for month in self.months)))


def own_sql(book: Book, shares: Sequence[Share]) -> str:
    """Whose a row is, as an expression: the first share's that takes it, prefixed, else the cost centre's."""
    cases = " ".join(f"WHEN {_taken(book, share)} THEN {quoted(f'share:{share.name}')}" for share in shares)
    center = f"'center:' || {book.sql(CENTER)}"
    return f"CASE {cases} ELSE {center} END" if cases else center


def _taken(book: Book, share: Share) -> str:
    where: Mapping[str, str | list[str]] = share.where or {CENTER: share.name}
    conditions = [Condition(name, (value,) if isinstance(value, str) else tuple(value)) for name, value in where.items()]
    return " AND ".join(book.holds(one) for one in conditions)


def allocate(
    session: Session,
    book: Book,
    shares: Sequence[Share],
    asked: tuple[Period, Measure],
    rates: Rates,
    readings: Callable[[str], list[Reading]],
) -> Allocation:
    """Ask the ledger once, then split month by month, so that the statements of a quarter are those of its months added up.
    ``readings`` reads a metric by its name. Raises BadInput when nothing was billed."""
    period, measure = asked
    rows = _asked(session, book, shares, period, measure, rates)
    if not rows:
        raise nothing(period, held(session))
    metrics = {share.name: readings(share.metric) for share in shares if share.metric}
    usage = _usage(session, book, shares, period)
    months = []
    for (start, currency), own in _grouped(rows).items():
        inside = Period(start, add_months(start, 1), Grain.MONTH) if period.grain is Grain.MONTH else period
        weigh = {name: _fractions(by_center(found, inside)) for name, found in metrics.items()}
        weigh |= {share.name: usage.get((start, share.usage), {}) for share in shares if share.usage}
        months.append(Month(inside, currency, tuple(own), spread(_direct(own), shares, weigh)))
    return Allocation(period, measure, tuple(months))


def _asked(
    session: Session, book: Book, shares: Sequence[Share], period: Period, measure: Measure, rates: Rates
) -> list[tuple[date, str, Own]]:
    day = f"CASE WHEN BillingCurrency <> {quoted(rates.target)} THEN ChargePeriodStart::DATE END" if rates else "NULL::DATE"
    sql = (
        f"SELECT {_month(period)} AS month, {own_sql(book, shares)} AS own, ServiceName AS service, BillingCurrency AS currency,"
        f" {day} AS day, coalesce(sum({measure.column}), 0) AS amount FROM cost_and_usage"
        f" WHERE {period.column} >= $since AND {period.column} < $until AND {BILLED} GROUP BY ALL ORDER BY ALL"
    )
    since, until = period.ends
    found = []
    for month, own, service, currency, day_, amount in session.query(sql, {"since": since, "until": until}).rows:
        converted, into = rates.convert(amount, currency, day_)
        kind, _, name = (own or "").partition(":")
        found.append((month or period.start, into, Own(name if own else None, service, converted, kind == "share")))
    return found


def _month(period: Period) -> str:
    return "date_trunc('month', BillingPeriodStart)::DATE" if period.grain is Grain.MONTH else "NULL::DATE"


def _usage(session: Session, book: Book, shares: Sequence[Share], period: Period) -> dict[tuple[date, str], dict[str, Fraction]]:
    """(Month, unit) -> cost centre -> the quantity that its own rows consumed."""
    units = {share.usage for share in shares if share.usage}
    if not units:
        return {}
    sql = (
        f"SELECT {_month(period)} AS month, ConsumedUnit AS unit, {own_sql(book, shares)} AS own, sum(ConsumedQuantity) AS used"
        f" FROM cost_and_usage WHERE {period.column} >= $since AND {period.column} < $until AND {BILLED}"
        f" AND ConsumedUnit IN ({', '.join(map(quoted, sorted(units)))}) GROUP BY ALL ORDER BY ALL"
    )
    since, until = period.ends
    found: dict[tuple[date, str], dict[str, Fraction]] = {}
    for month, unit, own, used in session.query(sql, {"since": since, "until": until}).rows:
        if own and used and used > 0:
            found.setdefault((month or period.start, unit), {})[own.partition(":")[2]] = Fraction(used)
    return found


def _grouped(rows: Sequence[tuple[date, str, Own]]) -> dict[tuple[date, str], list[Own]]:
    found: dict[tuple[date, str], list[Own]] = {}
    for month, currency, own in rows:
        found.setdefault((month, currency), []).append(own)
    return found


def _direct(own: Sequence[Own]) -> dict[str | None, Decimal]:
    """By name; a cost centre that is named like a share without being taken by it is that share's."""
    return sums((one.name, one.amount) for one in own)


def _fractions(values: Mapping[str, Decimal]) -> dict[str, Fraction]:
    return {name: Fraction(value) for name, value in values.items()}


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What one cost centre bears in one currency: ``direct`` by service, ``shared`` by share (amount, and its ratio of the whole),
    largest first. ``center`` None: what nobody bears, with the reasons for what could not be shared."""

    center: str | None
    currency: str
    direct: tuple[tuple[str, Decimal], ...]
    shared: tuple["SharedLine", ...] = ()
    kept: tuple[Kept, ...] = ()

    @property
    def own(self) -> Decimal:
        """Direct costs."""
        return total(amount for _, amount in self.direct)

    @property
    def passed(self) -> Decimal:
        """Shared costs."""
        return total(one.amount for one in self.shared)

    @property
    def total(self) -> Decimal:
        """All that it bears."""
        return total([self.own, self.passed, *(one.amount for one in self.kept)])


class SharedLine(msgspec.Struct, frozen=True):
    """A part of a share: ``amount`` of ``whole``."""

    share: str
    method: Method
    amount: Decimal
    whole: Decimal


def statements(allocation: Allocation) -> list[Statement]:
    """One statement a cost centre and currency, and the last of each currency for what nobody bears. Raises AssertionError if they
    do not add up to the bill, which would be our fault."""
    found = []
    for currency in sorted({month.currency for month in allocation.months}):
        months = [month for month in allocation.months if month.currency == currency]
        own = _by_name((one.name, one) for month in months for one in month.own if not _is_share(month, one))
        passed = _by_name((one.target, one) for month in months for one in month.spread.passed)
        kept = tuple(one for month in months for one in month.spread.kept)
        made = [_statement(name, currency, own.get(name, []), passed.get(name, []), ()) for name in allocation.centers]
        made.append(_statement(None, currency, own.get(None, []), [], kept))
        bill, borne = total(month.total for month in months), total(one.total for one in made)
        if bill != borne:
            raise AssertionError(f"the statements add up to {borne} {currency}, the bill to {bill}")
        found += [one for one in made if one.center is None or one.direct or one.shared]
    return found


Thing = TypeVar("Thing")


def _by_name(pairs: Iterable[tuple[str | None, Thing]]) -> dict[str | None, list[Thing]]:
    found: dict[str | None, list[Thing]] = {}
    for name, one in pairs:
        found.setdefault(name, []).append(one)
    return found


def _statement(
    center: str | None, currency: str, own: Sequence[Own], passed: Sequence[Passed], kept: tuple[Kept, ...]
) -> Statement:
    services = sums((one.service, one.amount) for one in own)
    methods = {one.share: one.method for one in passed}
    wholes, amounts = sums((one.share, one.whole) for one in passed), sums((one.share, one.amount) for one in passed)
    shared = [SharedLine(name, method, amounts[name], wholes[name]) for name, method in methods.items()]
    return Statement(
        center=center, currency=currency, direct=tuple(sorted(services.items(), key=lambda item: -item[1])),
        shared=tuple(sorted(shared, key=lambda one: -one.amount)), kept=kept,
    )  # fmt: skip


def _is_share(month: Month, own: Own) -> bool:
    """Rows of a share are passed on, or kept with a reason."""
    return own.shared or own.name in month.spread.shares
