"""Words for a time -> the days they mean, and the time to compare with."""

import calendar
import re
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t


class Grain(StrEnum):
    """What a period is made of: whole billing months, or days of use."""

    MONTH = "month"
    DAY = "day"


class Period(msgspec.Struct, frozen=True):
    """From the first day to the day after the last. Whole months mean what was billed for them; days mean charges of those days."""

    start: date
    end: date
    grain: Grain

    @property
    def column(self) -> str:
        """The column of the ledger that says whether a row belongs to it."""
        return "BillingPeriodStart" if self.grain is Grain.MONTH else "ChargePeriodStart"

    @property
    def ends(self) -> tuple[datetime, datetime]:
        """Its ends as times in UTC."""
        return datetime.combine(self.start, time.min), datetime.combine(self.end, time.min)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    def __str__(self) -> str:
        if self.grain is Grain.MONTH:
            last = add_months(self.end, -1)
            return f"{self.start:%Y-%m}" if last == self.start else f"{self.start:%Y-%m}..{last:%Y-%m}"
        last = self.end - timedelta(days=1)
        return f"{self.start}" if last == self.start else f"{self.start}..{last}"

    def previous(self) -> "Period":
        """As long a time, just before."""
        if self.grain is Grain.MONTH:
            return Period(add_months(self.start, -months_between(self.start, self.end)), self.start, self.grain)
        return Period(self.start - (self.end - self.start), self.start, self.grain)

    def year_before(self) -> "Period":
        """The same time of the year before."""
        return Period(add_months(self.start, -12), add_months(self.end, -12), self.grain)

    def back(self, count: int) -> "Period":
        """The ``count`` months (or days) that end with it."""
        start = add_months(self.end, -count) if self.grain is Grain.MONTH else self.end - timedelta(days=count)
        return Period(min(start, self.start), self.end, self.grain)

    def steps(self, grain: Grain) -> list[date]:
        """The first day of each month, or each day, in it."""
        if grain is Grain.DAY:
            return [self.start + timedelta(days=day) for day in range(self.days)]
        first = self.start.replace(day=1)
        return [add_months(first, month) for month in range(months_between(first, self.end - timedelta(days=1)) + 1)]


def add_months(day: date, months: int) -> date:
    """The same day of another month; its last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_between(start: date, end: date) -> int:
    """Whole months from the month of ``start`` to that of ``end``."""
    return (end.year - start.year) * 12 + end.month - start.month


_MONTH, _DAY = re.compile(r"(\d{4})-(\d{2})"), re.compile(r"\d{4}-\d{2}-\d{2}")
_QUARTER, _LAST = re.compile(r"(\d{4})-?[qQ]([1-4])"), re.compile(r"(\d{1,4})([dm])")


def parse_period(text: str, today: date) -> Period:
    """``2026-09``, ``2026-09..2026-11``, ``2026-Q3``, ``2026``, ``2026-09-01..2026-09-15``, ``30d``, ``6m``, or this-month,
    last-month, quarter, last-quarter, year, last-year. Raises BadInput for anything else, and for a time that ends before it
    begins."""
    if ".." in text:
        first, last = (_one(part, today, text) for part in text.split("..", 1))
        grain = Grain.MONTH if first.grain is last.grain is Grain.MONTH else Grain.DAY
        if first.start >= last.end:
            raise BadInput(
                t("{text!r} ends before it begins.", text=text), where="--period", next_step=t("Put the earlier time first.")
            )
        return Period(first.start, last.end, grain)
    return _one(text, today, text)


def _one(text: str, today: date, whole: str) -> Period:
    word = text.strip().lower()
    try:
        found = _named(word, today) or _written(word) or _ago(word, today)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise BadInput(
            t("{text!r} is not a period.", text=whole),
            where="--period",
            next_step=t(
                "Write 2026-09, 2026-09..2026-11, 2026-Q3, 2026, 2026-09-01..2026-09-15, 30d, last-month, quarter or year."
            ),
        )
    return found


def _named(word: str, today: date) -> Period | None:
    month = today.replace(day=1)
    quarter = add_months(month, -((month.month - 1) % 3))
    year = date(today.year, 1, 1)
    match word.replace("_", "-"):
        case "month" | "this-month":
            return Period(month, add_months(month, 1), Grain.MONTH)
        case "last-month":
            return Period(add_months(month, -1), month, Grain.MONTH)
        case "quarter" | "this-quarter":
            return Period(quarter, add_months(quarter, 3), Grain.MONTH)
        case "last-quarter":
            return Period(add_months(quarter, -3), quarter, Grain.MONTH)
        case "year" | "this-year":
            return Period(year, add_months(year, 12), Grain.MONTH)
        case "last-year":
            return Period(add_months(year, -12), year, Grain.MONTH)
        case "today":
            return Period(today, today + timedelta(days=1), Grain.DAY)
        case "yesterday":
            return Period(today - timedelta(days=1), today, Grain.DAY)
        case _:
            return None


def _written(word: str) -> Period | None:
    if found := _MONTH.fullmatch(word):
        start = date(int(found[1]), int(found[2]), 1)
        return Period(start, add_months(start, 1), Grain.MONTH)
    if found := _QUARTER.fullmatch(word):
        start = date(int(found[1]), int(found[2]) * 3 - 2, 1)
        return Period(start, add_months(start, 3), Grain.MONTH)
    if re.fullmatch(r"\d{4}", word):
        return Period(date(int(word), 1, 1), date(int(word) + 1, 1, 1), Grain.MONTH)
    if _DAY.fullmatch(word):
        start = date.fromisoformat(word)
        return Period(start, start + timedelta(days=1), Grain.DAY)
    return None


def _ago(word: str, today: date) -> Period | None:
    found = _LAST.fullmatch(word)
    if not found or int(found[1]) == 0:
        return None
    if found[2] == "d":
        return Period(today - timedelta(days=int(found[1])), today, Grain.DAY)
    month = today.replace(day=1)
    return Period(add_months(month, -int(found[1])), month, Grain.MONTH)
