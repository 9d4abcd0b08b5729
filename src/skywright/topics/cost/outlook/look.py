"""Course -> Outlook: daily use is forecast, fees come again, commitments end, taxes follow; parts add up to the whole."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from math import hypot

import msgspec

from skywright.model.words import t
from skywright.topics.cost.books.exact import ZERO, sums, total
from skywright.topics.cost.outlook.course import Charge, Course, Key, Part
from skywright.topics.cost.outlook.fixed import Fixed, fixed_of
from skywright.topics.cost.outlook.nouns import Ahead, Foretell, Line, Outlook
from skywright.topics.cost.outlook.use import RUN_RATE_DAYS, Span, Use, reconciled, spans_of, uses

LINES_MAX = 100
RECENT_DAYS = 60
MONTHS = 12
OTHER = "(other)"


class Pile(msgspec.Struct):
    """The charges of one line."""

    key: Key
    labels: tuple[str, ...]
    currency: str
    charges: list[Charge]


def look(course: Course, by: Sequence[str], measure: str, foretell: Foretell) -> Outlook:
    """What is expected of the month after the last whole day and the twelve after it, key by key."""
    spans = spans_of(course.through + timedelta(days=1), MONTHS)
    lines: list[Line] = []
    totals: list[Line] = []
    for currency in sorted({one.currency for one in course.charges}):
        piles = _piles(course, by, currency)
        whole = Pile((), (), currency, [charge for pile in piles for charge in pile.charges])
        used = uses([days_of(pile, course) for pile in (whole, *piles)], course.through, spans, foretell)
        first, *rest = reconciled(used)
        mine = [_line(pile, course, spans, use) for pile, use in zip(piles, rest, strict=True)]
        lines += sorted(mine, key=lambda line: -line.months[0].expected)
        totals.append(_total(_line(whole, course, spans, first), mine))
    return Outlook(
        by=tuple(by), measure=measure, through=course.through, lines=tuple(lines), totals=tuple(totals),
        remarks=tuple(_remarks(course, totals)),
    )  # fmt: skip


def _piles(course: Course, by: Sequence[str], currency: str) -> list[Pile]:
    """The charges by key, the dearest of the last days first; beyond the most that are told apart, one for all others."""
    found: dict[Key, Pile] = {}
    for one in course.charges:
        if one.currency == currency:
            pile = found.setdefault(one.key, Pile(one.key, one.labels, currency, []))
            pile.charges.append(one)
    since = course.through - timedelta(days=RECENT_DAYS)
    ordered = sorted(found.values(), key=lambda pile: -total(one.amount for one in pile.charges if one.day > since))
    kept, others = ordered[:LINES_MAX], ordered[LINES_MAX:]
    if others:
        kept.append(Pile((OTHER,) * len(by), ("",) * len(by), currency, [one for pile in others for one in pile.charges]))
    return kept


def days_of(pile: Pile, course: Course) -> dict[date, float]:
    """Daily use, from where the ledger holds it without a gap, up to the last whole day."""
    days: defaultdict[date, float] = defaultdict(float)
    for one in pile.charges:
        if one.part is Part.USE and course.since <= one.day <= course.through:
            days[one.day] += float(one.amount)
    return days


def _line(pile: Pile, course: Course, spans: Sequence[Span], use: Use) -> Line:
    fixed = fixed_of(pile.charges, course, [span.month for span in spans])
    months = [ahead(span, place, pile, course, fixed, use) for place, span in enumerate(spans)]
    return Line(
        key=pile.key, labels=pile.labels, currency=pile.currency, months=tuple(months[:-1]), year=within(months[-1], months[1:-1]),
        days=use.past, method=use.method, error_share=use.error_share, error_windows=use.error_windows, error_days=use.error_steps,
        known=fixed.known,
    )  # fmt: skip


def ahead(span: Span, place: int, pile: Pile, course: Course, fixed: Fixed, use: Use) -> Ahead:
    """One month (or the year after this month)."""
    spent = [one for one in pile.charges if span.month <= one.day < span.end and counts(one, course.through)]
    actual, taxed = total(one.amount for one in spent), total(one.amount for one in spent if one.part is Part.TAX)
    known = fixed.amount(span.month, span.end)

    def all_told(expected: float) -> Decimal:
        rest = total((actual, -taxed, known, cents(expected)))
        return total((rest, max(taxed, cents(float(rest) * fixed.tax_rate))))

    middle, off = use.points[place], fixed.off(span.month, span.end)
    point = all_told(middle)
    low = min(point, all_told(middle - hypot(middle - use.low[place], off)))
    high = max(point, all_told(middle + hypot(use.high[place] - middle, off)))
    return Ahead(month=span.month, actual=actual, known=known, expected=point, low=low, high=high)


def counts(one: Charge, through: date) -> bool:
    """Whether a charge is spent: what came by the day only up to the last whole day, other charges as they stand."""
    return one.part is not Part.USE or one.day <= through


def _total(whole: Line, lines: Sequence[Line]) -> Line:
    """The total: the exact sum of the lines; its interval is that of the sum's own course, moved along."""
    months = tuple(_sum(month, [line.months[place] for line in lines]) for place, month in enumerate(whole.months))
    year = within(_sum(whole.year, [line.year for line in lines]), months[1:])
    return msgspec.structs.replace(whole, months=months, year=year)


def within(year: Ahead, months: Sequence[Ahead]) -> Ahead:
    """A year whose interval reaches no further than those of its months would if all were missed on the same side together."""
    low = min(year.expected, max(year.low, total(month.low for month in months)))
    high = max(year.expected, min(year.high, total(month.high for month in months)))
    return msgspec.structs.replace(year, low=low, high=high)


def _sum(whole: Ahead, parts: Sequence[Ahead]) -> Ahead:
    expected = total(part.expected for part in parts)
    moved = expected - whole.expected
    actual, known = total(part.actual for part in parts), total(part.known for part in parts)
    low, high = whole.low + moved, whole.high + moved
    return Ahead(month=whole.month, actual=actual, known=known, expected=expected, low=low, high=high)


def cents(value: float) -> Decimal:
    """An estimate as an amount: to the cent, for more would be a pretence."""
    return Decimal(f"{value:.2f}")


def _remarks(course: Course, totals: Sequence[Line]) -> Iterator[str]:
    yield from course.late
    for line in totals:
        if line.error_share is None and line.days:
            text = "{currency}: under {days} days of use: this is the run rate, and its interval a guess."
            yield t(text, currency=line.currency, days=RUN_RATE_DAYS)
        if not line.days:
            yield t("{currency}: the bills hold no charges by the day: last month's fees come again.", currency=line.currency)
    once = sums(
        (one.currency, one.amount) for one in course.charges if one.part is Part.ONCE and one.day >= course.through.replace(day=1)
    )
    for currency, amount in sorted(once.items()):
        if amount != ZERO:
            text = "{amount} {currency} of this month are single purchases, credits and corrections, which are not expected again."
            yield t(text, amount=f"{amount:,.2f}", currency=currency)
