"""Fees, credits, taxes, adjustments and corrections: a month of them against the months before."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from statistics import median

from skywright.topics.cost.anomalies.nouns import Leaf, Shape, Sort
from skywright.topics.cost.anomalies.tree import Odd, Terms
from skywright.topics.cost.books.exact import ZERO, total

_MONTHS = 3
_OFF_LEAST = 0.5
"""A month of lumps is odd when it is off by half of what was expected."""


def lumps(leaf: Leaf, span: tuple[date, date], terms: Terms) -> Iterator[Odd]:
    """The odd months of one leaf of lumps, each dated by its largest lump. The first month that is held is not judged, nor is it
    said that something is missing from the last. A correction is never expected."""
    first, last = span
    months = _months(leaf.costs)
    held = [month for month in _every_month(first, last) if month != (first.year, first.month)]
    for month in held:
        before = [one for one in _every_month(first, last) if one < month][-_MONTHS:]
        expected = ZERO if leaf.sort is Sort.CORRECTION else median([months.get(one, ZERO) for one in before])
        actual = months.get(month, ZERO)
        off = float(actual) - float(expected)
        if abs(off) < terms.least or abs(off) < _OFF_LEAST * abs(float(expected)):
            continue
        less = abs(actual) < abs(expected)
        if less and month == (last.year, last.month):
            continue
        yield Odd(leaf.key, _day(leaf, month, last), float(expected), float(actual), 0.0, _shape(expected, actual, off))


def _shape(expected: Decimal, actual: Decimal, off: float) -> Shape:
    if not expected:
        return Shape.NEW
    if not actual:
        return Shape.GONE
    return Shape.RISE if off > 0 else Shape.DROP


def _day(leaf: Leaf, month: tuple[int, int], last: date) -> date:
    """The day of the largest lump; the last of the month where there was none."""
    days = [day for day in leaf.costs if (day.year, day.month) == month]
    if days:
        return max(days, key=lambda day: (abs(leaf.costs[day]), day))
    ends = date(month[0] + month[1] // 12, month[1] % 12 + 1, 1)
    return min(last, date.fromordinal(ends.toordinal() - 1))


def _months(costs: Mapping[date, Decimal]) -> dict[tuple[int, int], Decimal]:
    found: dict[tuple[int, int], list[Decimal]] = {}
    for day, cost in costs.items():
        found.setdefault((day.year, day.month), []).append(cost)
    return {month: total(some) for month, some in found.items()}


def _every_month(first: date, last: date) -> list[tuple[int, int]]:
    count = (last.year - first.year) * 12 + last.month - first.month
    return [(first.year + (first.month - 1 + ahead) // 12, (first.month - 1 + ahead) % 12 + 1) for ahead in range(count + 1)]
