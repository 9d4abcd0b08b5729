"""What a day of a cost should be, from the days before it alone: level, weekday, trend and fees of certain days of the month."""

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

import msgspec

LEVEL_DAYS, LEARN_DAYS = 14, 14
"""Days that make the level; days that must have been seen before anything is judged."""
_ERRORS, _WEEKS, _TREND_DAYS = 42, 8, 28
_NOISE_LEAST = 0.02
_SPREAD = 1.4826  # a median absolute deviation times this is a standard deviation where errors are normal
_NINE_OF_TEN, _MANY = 1.645, 20  # nine of ten normal errors are within 1.645 standard deviations; asked of so many errors
_ODD_AT_FIRST = 4.0
_FEES, _ALIKE = 3, 0.25
_REST = 0.05  # a weekday that costs less than this part of its week says nothing of the level
_NEW_NORMAL_DAYS = 7


class Expected(msgspec.Struct, frozen=True):
    """A day's expectation: the value, one usual deviation around it, the value without any fee, and the values with what else came
    on this day of the month before: those are fine too."""

    value: float
    spread: float
    usual: float
    others: tuple[float, ...] = ()

    def nearest(self, actual: float) -> float:
        """The expectation that a value is held against."""
        return min((self.value, *self.others), key=lambda one: abs(actual - one))


class Course(msgspec.Struct):
    """A cost, day by day. ``clean`` is what is learnt from: without fees, and with what was expected in place of what was odd,
    until a week of odd days on end is the new normal."""

    first: date
    holidays: frozenset[date] = frozenset()
    clean: list[float] = []
    kinds: list[int] = []
    raw: list[float] = []
    errors: list[float] = []
    fees: dict[int, list[float]] = {}
    weekdays: list[list[float]] = msgspec.field(default_factory=lambda: [[] for _ in range(7)])
    parts: list[float] = msgspec.field(default_factory=lambda: [1.0] * 7)
    odd_days: int = 0

    def expect(self) -> Expected | None:
        """The next day; None while fewer than ``LEARN_DAYS`` days were seen."""
        if len(self.clean) < LEARN_DAYS:
            return None
        usual = self._usual()
        spread = self._spread(usual)
        fees = self.fees.get(_slot(self._next()), [])
        regular = _regular(fees, spread)
        others = [usual + fee for fee in fees]
        if self._next() in self.holidays:
            others.append(self._usual(self._next().weekday()))  # not everything rests
        return Expected(usual + regular, spread, usual, tuple(others))

    def learn(self, value: float, expected: Expected | None, *, odd: bool) -> None:
        """Take the day in: as it was, or as it should have been if it was ``odd``."""
        self.raw = [*self.raw[1 - _NEW_NORMAL_DAYS :], value]
        if expected is None:
            self._add(value)
            if len(self.clean) == LEARN_DAYS:
                self._first_fees()
            return
        usual = expected.usual
        fee = expected.nearest(value) - usual
        slot = _slot(self._next())
        if odd or slot in self.fees:
            self.fees[slot] = [*self.fees.get(slot, [])[1 - _FEES :], value - usual]
        if not (odd and self.odd_days):  # an episode counts once
            self.errors = [*self.errors[1 - _ERRORS :], abs(value - usual - fee)]
        self.odd_days = self.odd_days + 1 if odd else 0
        self._add(usual if odd else value - fee)
        if self.odd_days >= _NEW_NORMAL_DAYS:
            self._renew()

    def _next(self) -> date:
        return self.first + timedelta(days=len(self.clean))

    def _kind(self, index: int) -> int:
        """Monday is 0; holidays count as Sundays."""
        day = self.first + timedelta(days=index)
        return 6 if day in self.holidays else day.weekday()

    def _add(self, value: float) -> None:
        """Remember a day; the middle of the week that it completes says how its weekday differs."""
        self.kinds.append(self._kind(len(self.clean)))
        self.clean.append(value)
        middle = len(self.clean) - 4
        if middle >= 3:
            week = median(self.clean[-7:])
            of_kind = self.weekdays[self.kinds[middle]]
            of_kind.append(max(0.0, self.clean[middle] / week) if week > 0 else 1.0)
            del of_kind[:-_WEEKS]
            self.parts[self.kinds[middle]] = median(of_kind)

    def _usual(self, weekday: int | None = None) -> float:
        """Level, trend and weekday of the next day."""
        parts = self.parts
        count = len(self.clean)
        kinds = self.kinds[-_TREND_DAYS:]
        recent = self.clean[-len(kinds) :]
        flat = [value / parts[kind] if parts[kind] > _REST else None for value, kind in zip(recent, kinds, strict=True)]
        level = [value for value in flat[-LEVEL_DAYS:] if value is not None]
        part = parts[self._kind(count) if weekday is None else weekday]
        return (median(level) + _trend(flat)) * part if level else 0.0

    def _spread(self, usual: float) -> float:
        errors = self.errors or [abs(later - earlier) for earlier, later in pairwise(self.clean)]
        wide = sorted(errors)[int(0.9 * len(errors))] / _NINE_OF_TEN if len(errors) >= _MANY else 0.0
        return max(_SPREAD * median(errors), wide, _NOISE_LEAST * abs(usual), 1e-9)

    def _renew(self) -> None:
        """A week of odd days is the new normal: the days before are lifted (or lowered) to it."""
        week = self.raw[-_NEW_NORMAL_DAYS:]
        before = self.clean[-_NEW_NORMAL_DAYS:]
        lift = median(after - was for after, was in zip(week, before, strict=True))
        self.clean = [value + lift for value in self.clean]
        self.clean[-_NEW_NORMAL_DAYS:] = week
        self.odd_days = 0

    def _first_fees(self) -> None:
        """Lumps in the first days may be fees of their day of the month."""
        level = median(self.clean)
        spread = max(_SPREAD * median(abs(value - level) for value in self.clean), _NOISE_LEAST * abs(level), 1e-9)
        for index, value in enumerate(self.clean):
            if abs(value - level) > _ODD_AT_FIRST * spread:
                slot = _slot(self.first + timedelta(days=index))
                if slot in (1, -1):
                    self.fees[slot] = [value - level]
                    self.clean[index] = level


def _regular(fees: Sequence[float], spread: float) -> float:
    """What comes every month: the last two of the same day of the month that are alike; nothing where there are none."""
    for one, other in ((-1, -2), (-1, -3), (-2, -3)):
        if len(fees) >= -other and abs(fees[one]) > spread and abs(fees[one] - fees[other]) <= _ALIKE * abs(fees[one]) + spread:
            return fees[one]
    return 0.0


def _slot(day: date) -> int:
    """The day of the month; -1 for its last one, however long the month is."""
    return -1 if day.day == calendar.monthrange(day.year, day.month)[1] else day.day


def _trend(flat: Sequence[float | None]) -> float:
    """How far the level has moved on since the middle of its days: by the middle one of three steps between four weeks, so that one
    jump is no trend."""
    weeks = [[value for value in flat[7 * week : 7 * week + 7] if value is not None] for week in range(len(flat) // 7)]
    if len(weeks) < _TREND_DAYS // 7 or not all(weeks):
        return 0.0
    step = median(later - earlier for earlier, later in pairwise(map(median, weeks)))
    return step * (LEVEL_DAYS + 1) / 2 / 7
