"""A metric's numbers -> one number a month or day, with the days that it is of: a part of a month is never taken for all of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.ports.engine import Session
from skywright.topics.cost.books.exact import decimal_of, sums
from skywright.topics.cost.books.period import Grain, Period, add_months

MONTH_LONG = 28  # numbers so far apart are of months
DAILY_MIN = 7  # days with usage from which a bill's month counts as told day by day
DAY = timedelta(days=1)


class Combine(StrEnum):
    """How a metric's numbers of several days become one: what flows (requests) is added, a level (users) is a mean."""

    SUM = "sum"
    MEAN = "mean"


class Told(msgspec.Struct, frozen=True):
    """A number of the days from ``start`` until before ``end``."""

    start: date
    end: date
    value: Decimal


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A metric over a month or day. ``value`` is of ``known`` days, of the ``days`` that the bill holds; ``missing``: the others,
    as first and last day of each gap. ``share``: which part of the cost it is to be divided into; a mean stands for all days.
    ``later``: days with numbers that the bill does not hold yet, and that were left out. ``as_given``: a month's number as it
    stands, though the bill does not hold the whole month."""

    value: Decimal
    known: int
    days: int
    missing: tuple[tuple[date, date], ...] = ()
    share: Fraction = Fraction(1)
    later: int = 0
    as_given: bool = False


def told(readings: Iterable[tuple[date, Decimal, bool]]) -> list[Told]:
    """Day, number, whether it was written as a month -> numbers with the days that they are of. Numbers at least 28 days apart
    are of months; at equal distances (7 days, say) each is of the days up to the next; all others are of their day alone."""
    given = list(readings)
    by_day = sums((day, value) for day, value, _ in given)
    months = {day for day, _, whole in given if whole}
    apart = [(after - before).days for before, after in pairwise(sorted(by_day))]
    monthly = min(apart) >= MONTH_LONG if apart else all(day.day == 1 for day in by_day)
    rhythm = apart[0] if len(apart) > 1 and len(set(apart)) == 1 else 1
    return [_told(day, value, rhythm, monthly=monthly or day in months) for day, value in sorted(by_day.items())]


def _told(day: date, value: Decimal, rhythm: int, *, monthly: bool) -> Told:
    if monthly:
        first = day.replace(day=1)
        return Told(first, add_months(first, 1), value)
    return Told(day, day + timedelta(days=rhythm), value)


class Asked(msgspec.Struct, frozen=True):
    """A period by month or day, and how numbers of several days become one. ``until``: the day before which the bill ends, in its
    newest month."""

    period: Period
    grain: Grain
    combine: Combine
    until: date | None = None

    def days(self, step: date) -> tuple[date, date]:
        """The days of a step that the period and the bill hold: the first, and the day after the last."""
        end = min(self.period.end, add_months(step, 1) if self.grain is Grain.MONTH else step + DAY)
        return max(step, self.period.start), self.until if self.until is not None and step < self.until < end else end


def measured(numbers: Sequence[Told], asked: Asked) -> dict[date, Measured]:
    """Numbers by month or day. Raises BadInput where days are asked for and the numbers are of longer times."""
    grain, combine = asked.grain, asked.combine
    if grain is Grain.DAY and (longer := next((one for one in numbers if one.end - one.start > DAY), None)):
        raise BadInput(
            t("The metric has one number for {start} to {last}, none for each day.", start=longer.start, last=longer.end - DAY),
            next_step=t("Ask by month (--per month), or give it by day."),
        )
    by_day: dict[date, Fraction] = {}
    for one in numbers:
        length = (one.end - one.start).days
        for far in range(length):
            flows = Fraction(one.value) / (length if combine is Combine.SUM else 1)
            by_day[one.start + far * DAY] = by_day.get(one.start + far * DAY, Fraction(0)) + flows
    whole = {one.start: one.value for one in numbers if one.start.day == 1 and one.end == add_months(one.start, 1)}
    found = {step: _measured(step, by_day, whole, asked) for step in asked.period.steps(grain)}
    return {step: one for step, one in found.items() if one is not None}


def _measured(step: date, by_day: Mapping[date, Fraction], whole: Mapping[date, Decimal], asked: Asked) -> Measured | None:
    first, end = asked.days(step)
    days = [first + far * DAY for far in range((end - first).days)]
    month = add_months(step, 1)
    if asked.grain is Grain.MONTH and step in whole and first == step and asked.period.end >= month:
        return Measured(value=whole[step], known=len(days), days=len(days), as_given=end < month)
    known = [by_day[day] for day in days if day in by_day]
    if not known:
        return None
    if asked.combine is Combine.MEAN:
        value, share = sum(known, Fraction(0)) / len(known), Fraction(1)
    else:
        value, share = sum(known, Fraction(0)), Fraction(len(known), len(days))
    later = sum(end <= day < min(month, asked.period.end) for day in by_day) if asked.grain is Grain.MONTH else 0
    gaps = _gaps([day for day in days if day not in by_day])
    return Measured(value=decimal_of(value), known=len(known), days=len(days), missing=gaps, share=share, later=later)


def _gaps(days: Sequence[date]) -> tuple[tuple[date, date], ...]:
    firsts = [day for day in days if day - DAY not in days]
    lasts = [day for day in days if day + DAY not in days]
    return tuple(zip(firsts, lasts, strict=True))


def billed_until(session: Session) -> date | None:
    """The day after the last that the newest billing month holds usage of, where it is told day by day and has not come to its end;
    None where every month is whole, as far as the ledger can tell."""
    sql = """
        WITH newest AS (SELECT max(BillingPeriodStart) AS month FROM cost_and_usage)
        SELECT month, count(DISTINCT ChargePeriodStart::DATE), max(ChargePeriodStart)::DATE FROM cost_and_usage, newest
        WHERE BillingPeriodStart = month AND ChargePeriodStart >= month AND ChargeCategory = 'Usage'
          AND ChargePeriodEnd <= ChargePeriodStart + INTERVAL 1 DAY GROUP BY month"""
    rows = session.query(sql).rows
    if not rows or rows[0][1] < DAILY_MIN:
        return None
    month, _, last = rows[0]
    return last + DAY if last + DAY < add_months(month.date(), 1) else None
