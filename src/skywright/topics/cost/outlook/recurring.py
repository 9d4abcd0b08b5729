"""What is charged on single days -> what comes again on its day of the month or year, and what came once.

Bills write a month of support, a domain name or a subscription as a charge of one day. Spread over the days it would count as daily
use, be expected in halves, and widen every interval.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from math import sqrt
from statistics import fmean, stdev

import msgspec

from skywright.topics.cost.books.exact import ZERO
from skywright.topics.cost.books.period import add_months

CADENCES = {1: (26, 36), 3: (85, 97), 6: (175, 190), 12: (355, 376)}
"""Months from one charge to the next, and the days that may lie between them: a fee is charged some days sooner or later."""
GRACE_DAYS = 5
"""So many days after its day a charge may still come, but for those of whole months, which are dated by their month."""
ALIKE = 0.25
"""So far may the second of two amounts be from the first, if they are to be the same thing again."""
STEADY = 0.01
RECENT = 3
_T_95 = (12.706, 4.303, 3.182)
"""Student's t, two-sided 95 %, with 1, 2 and 3 degrees of freedom."""


class Again(msgspec.Struct, frozen=True):
    """What a charge is a coming of: a thing of the bill, how many months lie between its comings, and what it is called. ``exact``:
    its period says so itself."""

    item: str
    months: int
    name: str = ""
    exact: bool = False


class Seen(msgspec.Struct, frozen=True):
    """A thing that was charged on few days. ``purchase`` and ``recurring``: what the bill calls it."""

    days: Mapping[date, Decimal]
    purchase: bool
    recurring: bool


def cadence(seen: Seen) -> int | None:
    """Months between the comings of a thing; 0: it came once, and is not expected again; None: it is use like other use.

    Use must have come three times at equal distances before it counts as a fee, a purchase twice, with like amounts; what the bill
    itself calls recurring comes again after a month until it is seen to come otherwise. Single purchases are over, three or more
    at odd times are use.
    """
    days = sorted(seen.days)
    if len(days) == 1:
        return (1 if seen.recurring else 0) if seen.purchase else None
    apart = [(after - before).days for before, after in pairwise(days)]
    found = next((months for months, (least, most) in CADENCES.items() if all(least <= gap <= most for gap in apart)), None)
    if len(days) > RECENT - 1:
        return found
    if not seen.purchase:
        return None
    first, second = (float(seen.days[day]) for day in days)
    return found if found and (seen.recurring or abs(second - first) <= ALIKE * abs(first)) else 0


def coming(days: Mapping[date, Decimal], again: Again, through: date, until: date) -> Iterator[date]:
    """The days after ``through`` and before ``until`` on which a thing comes again; none where its day has passed without it."""
    last = max(days)
    anchor = max(day.day for day in days) if (last + timedelta(days=1)).day == 1 else last.day
    grace = 0 if again.exact else GRACE_DAYS
    due = _after(last, again.months, anchor)
    if due + timedelta(days=grace) <= through:
        return
    while due < until:
        yield max(due, through + timedelta(days=1))
        due = _after(due, again.months, anchor)


def _after(day: date, months: int, anchor: int) -> date:
    month = add_months(day.replace(day=1), months)
    return min(month + timedelta(days=anchor - 1), add_months(month, 1) - timedelta(days=1))


def worth(days: Mapping[date, Decimal]) -> tuple[Decimal, float]:
    """What a thing costs when it comes again, and half the 95 % interval of that: the last amount where amounts are steady, else
    the mean of the last three, which one more draw of them may miss."""
    amounts = [days[day] for day in sorted(days)][-RECENT:]
    last = amounts[-1]
    if len(amounts) == 1 or max(abs(float(one - last)) for one in amounts) <= STEADY * abs(float(last)):
        return last, 0.0
    mean = sum(amounts, ZERO) / len(amounts)
    freedom = len(amounts) - 1
    reach = _T_95[freedom - 1] * stdev(map(float, amounts)) * sqrt(1 + 1 / len(amounts))
    return mean.quantize(Decimal("0.01")), min(reach, _far(amounts))


def _far(amounts: Sequence[Decimal]) -> float:
    """Of two amounts Student's tail would reach absurdly far: no further than the mean itself."""
    return abs(fmean(map(float, amounts)))
