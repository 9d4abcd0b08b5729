"""The ledger -> leaves: daily costs of each key, what is judged apart kept apart."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from skywright.ports.engine import Session
from skywright.topics.cost.anomalies.nouns import Key, Leaf, Sort
from skywright.topics.cost.books.dimensions import Book
from skywright.topics.cost.books.exact import ZERO, total

HISTORY_DAYS = 120
NONE = "(none)"
"""How a dimension that a row has no value of is called."""
_SORT = """CASE WHEN ChargeClass = 'Correction' THEN 'correction' WHEN ChargeCategory = 'Credit' THEN 'credit'
  WHEN ChargeCategory = 'Tax' THEN 'tax' WHEN ChargeCategory = 'Adjustment' THEN 'adjustment'
  WHEN ChargeCategory = 'Purchase' OR ChargePeriodEnd > ChargePeriodStart + INTERVAL 25 HOUR THEN 'fee' ELSE 'usage' END"""
"""Usage that a bill tells by longer than a day says nothing of a day: it counts as a fee."""
_COST = "CASE WHEN ChargeCategory = 'Usage' THEN EffectiveCost ELSE BilledCost END"
"""Usage as it is amortised, so that what was paid ahead is no surprise; everything else as it was billed."""


def read_leaves(session: Session, book: Book, by: Sequence[str], since: date, until: date) -> list[Leaf]:
    """Costs of charges from ``since`` until before ``until`` by sort, currency and key. A quantity is there where the rows of a key
    are counted in one unit."""
    keys = ", ".join(f"coalesce({book.sql(name)}, '{NONE}') AS k{index}" for index, name in enumerate(by))
    sql = (
        f"SELECT {_SORT} AS sort, BillingCurrency AS currency, {keys}, CAST(ChargePeriodStart AS DATE) AS day,"
        f" sum({_COST}) AS cost, sum(ConsumedQuantity) AS quantity, min(ConsumedUnit) AS unit, max(ConsumedUnit) AS other"
        f" FROM cost_and_usage WHERE {_WITHIN} GROUP BY ALL ORDER BY ALL"
    )
    costs: dict[tuple[str, str, Key], dict[date, Decimal]] = {}
    quantities: dict[tuple[str, str, Key], dict[date, Decimal]] = {}
    units: dict[tuple[str, str, Key], set[str]] = {}
    for sort, currency, *key, day, cost, quantity, unit, other in session.query(sql, _span(since, until)).rows:
        name = (sort, currency, tuple(key))
        costs.setdefault(name, {})[day] = cost or ZERO
        if unit is not None and quantity is not None:
            quantities.setdefault(name, {})[day] = quantity
            units.setdefault(name, set()).update((unit, other))
    return [
        Leaf(Sort(sort), currency, key, days, quantities[name] if len(units.get(name, ())) == 1 else {})
        for name, days in costs.items()
        for sort, currency, key in [name]
    ]


_WITHIN = "ChargePeriodStart >= $since AND ChargePeriodStart < $until"


def _span(since: date, until: date) -> dict[str, datetime]:
    return {"since": datetime.combine(since, datetime.min.time()), "until": datetime.combine(until, datetime.min.time())}


def held_days(session: Session) -> tuple[date, date] | None:
    """The first and the last day that usage is held of; None where there is none."""
    first, last = session.query(
        "SELECT min(ChargePeriodStart), max(ChargePeriodStart) FROM cost_and_usage WHERE ChargeCategory = 'Usage'"
    ).rows[0]
    return (first.date(), last.date()) if first is not None else None


def values_of(session: Session, book: Book, within: str, dimension: str, days: tuple[date, date]) -> dict[str, dict[date, Decimal]]:
    """A dimension's values -> day -> cost, of the rows that the condition ``within`` holds for."""
    sql = (
        f"SELECT coalesce({book.sql(dimension)}, '{NONE}') AS value, CAST(ChargePeriodStart AS DATE) AS day, sum({_COST}) AS cost"
        f" FROM cost_and_usage WHERE {_WITHIN} AND {within} GROUP BY ALL ORDER BY ALL"
    )
    found: dict[str, dict[date, Decimal]] = {}
    for value, day, cost in session.query(sql, _span(*days)).rows:
        found.setdefault(value, {})[day] = cost or ZERO
    return found


def hours_of(session: Session, within: str, days: tuple[date, date]) -> dict[datetime, Decimal]:
    """Hour -> cost of the rows that ``within`` holds for, where the bill tells hours."""
    sql = (
        f"SELECT ChargePeriodStart AS hour, sum({_COST}) AS cost FROM cost_and_usage"
        f" WHERE {_WITHIN} AND {within} AND ChargePeriodEnd <= ChargePeriodStart + INTERVAL 1 HOUR GROUP BY ALL ORDER BY ALL"
    )
    return {hour: cost or ZERO for hour, cost in session.query(sql, _span(*days)).rows}


def within_sql(book: Book, by: Sequence[str], key: Key, sort: Sort, currency: str) -> str:
    """The rows of a branch, as a condition."""
    parts = [f"{_SORT} = '{sort.value}'", f"BillingCurrency = {_quoted(currency)}"]
    parts += [f"coalesce({book.sql(name)}, '{NONE}') = {_quoted(value)}" for name, value in zip(by, key, strict=False)]
    return " AND ".join(parts)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def summed(leaves: Sequence[Leaf]) -> dict[date, Decimal]:
    """Day -> the sum over leaves."""
    days: dict[date, list[Decimal]] = {}
    for leaf in leaves:
        for day, cost in leaf.costs.items():
            days.setdefault(day, []).append(cost)
    return {day: total(costs) for day, costs in days.items()}
