"""What is known of the future: fees that come again, commitments that end, and the rate of taxes."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from math import hypot

import msgspec

from skywright.model.words import t
from skywright.topics.cost.books.exact import ZERO, minus, total
from skywright.topics.cost.books.period import add_months
from skywright.topics.cost.outlook.course import Charge, Course, Part
from skywright.topics.cost.outlook.nouns import Known
from skywright.topics.cost.outlook.recurring import Again, coming, worth

RECENT_DAYS = 28
TAX_MONTHS = 3


class Fixed(msgspec.Struct, frozen=True):
    """Amounts by day that come for certain, and what taxes are of the rest."""

    known: tuple[Known, ...]
    tax_rate: float

    def amount(self, start: date, end: date) -> Decimal:
        """What comes from one day until before another."""
        return total(one.amount for one in self.known if start <= one.day < end)

    def off(self, start: date, end: date) -> float:
        """How far that may be off: half a 95 % interval. A thing that is dearer than expected once is so again; things are not dear
        together."""
        by_thing: defaultdict[str, float] = defaultdict(float)
        for one in self.known:
            if start <= one.day < end:
                by_thing[one.what] += one.off
        return hypot(*by_thing.values())


def fixed_of(charges: Sequence[Charge], course: Course, months: Sequence[date]) -> Fixed:
    """Charges of one line -> what is known of these months (the first is the one that runs)."""
    rate = _tax_rate(charges, months[0])
    known = [*_fees(charges, course, months), *_ends(charges, course, months), *(_taxes(charges, months) if rate is None else ())]
    return Fixed(tuple(sorted(known, key=lambda one: (one.day, one.what))), rate or 0.0)


def _fees(charges: Sequence[Charge], course: Course, months: Sequence[date]) -> Iterator[Known]:
    """What came on its day of the month or year comes again on it, unless that has passed without it or its commitment ends."""
    found: defaultdict[tuple[str, str], dict[date, Decimal]] = defaultdict(dict)
    called: dict[tuple[str, str], Again] = {}
    for one in charges:
        if one.part is Part.FEE and one.again:
            thing = one.again.item, one.commitment
            found[thing][one.day] = total((found[thing].get(one.day, ZERO), one.amount))
            called[thing] = one.again
    until = add_months(max(months), 1)
    for (item, commitment), seen in found.items():
        amount, off = worth(seen)
        again = called[item, commitment]
        for due in coming(seen, again, course.through, until):
            if commitment in course.ends and due >= course.ends[commitment]:
                break
            yield Known(day=due, amount=amount, what=_named(again, commitment), off=off)


def _named(again: Again, commitment: str) -> str:
    if commitment:
        return t("fee of commitment {name}", name=commitment)
    if again.name:
        return again.name
    match again.months:
        case 1:
            return t("monthly fee")
        case 12:
            return t("yearly fee")
        case months:
            return t("fee every {months} months", months=months)


def _ends(charges: Sequence[Charge], course: Course, months: Sequence[date]) -> Iterator[Known]:
    """When a commitment ends, what it covered costs what was agreed without it; day by day, from its end on."""
    since, last = course.through - timedelta(days=RECENT_DAYS), add_months(max(months), 1)
    for commitment, end in sorted(course.ends.items()):
        first = max(end, course.through + timedelta(days=1))
        if first >= last or end <= since:
            continue
        mine = [
            one for one in charges if one.commitment == commitment and one.part is Part.USE and since < one.day <= course.through
        ]
        more = minus(total(one.uncovered for one in mine), total(one.amount for one in mine))
        a_day = more / RECENT_DAYS
        if a_day == 0:
            continue
        for day in range((last - first).days):
            what = t("without commitment {name}", name=commitment)
            yield Known(day=first + timedelta(days=day), amount=a_day.quantize(Decimal("0.000001")), what=what)


def _taxes(charges: Sequence[Charge], months: Sequence[date]) -> Iterator[Known]:
    """A line of nothing but taxes: their mean over the last months comes again, on the day of the last."""
    running = months[0]
    since = add_months(running, -TAX_MONTHS)
    mine = [one for one in charges if one.part is Part.TAX and since <= one.day < running]
    amount = total(one.amount for one in mine) / max(1, len({one.day.replace(day=1) for one in mine}))
    there = any(one.part is Part.TAX and one.day >= running for one in charges)
    for month in dict.fromkeys(months):
        if mine and not (month == running and there):
            day = month.replace(day=min(28, max(one.day for one in mine).day))
            yield Known(day=day, amount=amount.quantize(Decimal("0.01")), what=t("taxes"))


def _tax_rate(charges: Sequence[Charge], running: date) -> float | None:
    """Taxes over everything else in the last whole months; None where there is nothing else."""
    mine = [one for one in charges if add_months(running, -TAX_MONTHS) <= one.day < running and one.part is not Part.ONCE]
    taxes = float(total(one.amount for one in mine if one.part is Part.TAX))
    rest = float(total(one.amount for one in mine if one.part is not Part.TAX))
    return max(0.0, taxes / rest) if rest > 0 else None
