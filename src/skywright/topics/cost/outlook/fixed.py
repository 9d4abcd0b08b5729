"""What is known of the future: fees that come again, commitments that end, and the rate of taxes."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from skywright.model.words import t
from skywright.topics.cost.books.exact import ZERO, minus, total
from skywright.topics.cost.books.period import add_months
from skywright.topics.cost.outlook.course import Charge, Course, Part
from skywright.topics.cost.outlook.nouns import Known

RECENT_DAYS = 28
TAX_MONTHS = 3


class Fixed(msgspec.Struct, frozen=True):
    """Amounts by day that come for certain, and what taxes are of the rest."""

    known: tuple[Known, ...]
    tax_rate: float

    def amount(self, start: date, end: date) -> Decimal:
        """What comes from one day until before another."""
        return total(one.amount for one in self.known if start <= one.day < end)


def fixed_of(charges: Sequence[Charge], course: Course, months: Sequence[date]) -> Fixed:
    """Charges of one line -> what is known of these months (the first is the one that runs)."""
    rate = _tax_rate(charges, months[0])
    known = [*_fees(charges, course, months), *_ends(charges, course, months), *(_taxes(charges, months) if rate is None else ())]
    return Fixed(tuple(sorted(known, key=lambda one: (one.day, one.what))), rate or 0.0)


def _fees(charges: Sequence[Charge], course: Course, months: Sequence[date]) -> Iterator[Known]:
    """A fee of the running or the last month comes again on its day, unless that has passed without it or its commitment ends."""
    running, before = months[0], add_months(months[0], -1)
    found: defaultdict[tuple[str, int], dict[date, Decimal]] = defaultdict(dict)
    for one in charges:
        if one.part is Part.FEE and one.day >= before:
            month = one.day.replace(day=1)
            seen = found[one.commitment, one.day.day]
            seen[month] = total((seen.get(month, ZERO), one.amount))
    for (commitment, day), seen in found.items():
        if running not in seen and add_months(running, 0).replace(day=min(day, 28)) <= course.through:
            continue  # its day has passed without it
        amount = seen.get(running, seen.get(before, ZERO))
        for month in dict.fromkeys(months):
            due = min(month + timedelta(days=day - 1), add_months(month, 1) - timedelta(days=1))
            over = commitment in course.ends and due >= course.ends[commitment]
            if not over and not (month == running and running in seen):
                what = t("fee of commitment {name}", name=commitment) if commitment else t("monthly fee")
                yield Known(day=due, amount=amount, what=what)


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
