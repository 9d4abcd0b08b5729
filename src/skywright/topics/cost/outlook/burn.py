"""Course -> how an amount is used up: day by day what is spent, and what is expected to be by each day until a period's end."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from skywright.topics.cost.books.exact import ZERO, total
from skywright.topics.cost.books.period import add_months, months_between
from skywright.topics.cost.outlook.course import Charge, Course
from skywright.topics.cost.outlook.fixed import fixed_of
from skywright.topics.cost.outlook.look import Pile, ahead, counts, days_of
from skywright.topics.cost.outlook.nouns import Ahead, Foretell
from skywright.topics.cost.outlook.use import Span, uses


class Burn(msgspec.Struct, frozen=True, kw_only=True):
    """``spent``: what all charges of the period came to by the end of each whole day; ``ahead``: by the end of each day after that,
    all told, with the ends of the interval; both cumulative from the period's start."""

    start: date
    end: date
    through: date
    spent: tuple[Decimal, ...]
    ahead: tuple[tuple[date, Ahead], ...]
    method: str
    error_share: float | None
    error_windows: int


def burn(course: Course, start: date, end: date, foretell: Foretell) -> Burn:
    """A period from ``start`` until before ``end``. One currency: the caller leaves other charges out."""
    first = course.through + timedelta(days=1)
    pile = Pile((), (), "", list(course.charges))
    days = [max(start, first) + timedelta(days=place) for place in range((end - max(start, first)).days)]
    offset = max(0, (start - first).days)
    spans = [Span(start, day + timedelta(days=1), (offset, (day - first).days + 1)) for day in days]
    if not spans:
        return Burn(start=start, end=end, through=course.through, spent=_spent(course, start, end), ahead=(), method="",
                    error_share=None, error_windows=0)  # fmt: skip
    use = uses([days_of(pile, course)], course.through, spans, foretell)[0]
    running = first.replace(day=1)
    fixed = fixed_of(pile.charges, course, [add_months(running, month) for month in range(months_between(running, end) + 1)])
    told = tuple(
        (day, ahead(span, place, pile, course, fixed, use)) for place, (day, span) in enumerate(zip(days, spans, strict=True))
    )
    return Burn(
        start=start, end=end, through=course.through, spent=_spent(course, start, end), ahead=told, method=use.method,
        error_share=use.error_share, error_windows=use.error_windows,
    )  # fmt: skip


def _spent(course: Course, start: date, end: date) -> tuple[Decimal, ...]:
    by_day: defaultdict[date, list[Charge]] = defaultdict(list)
    for one in course.charges:
        if start <= one.day < end and counts(one, course.through):
            by_day[min(one.day, max(course.through, start))].append(one)
    spent, so_far = [], ZERO
    for place in range(max(0, (min(course.through + timedelta(days=1), end) - start).days)):
        so_far = total((so_far, *(one.amount for one in by_day[start + timedelta(days=place)])))
        spent.append(so_far)
    return tuple(spent)
