"""Nouns of series: numbers at equal steps of time, what is expected of them, and where they surprise."""

from datetime import datetime, timedelta

import msgspec


class Series(msgspec.Struct, frozen=True):
    """Numbers at equal steps of time; ``start`` is the time of the first. Money becomes a float here, and only here: what is
    computed from it is an estimate and says so."""

    name: str
    start: datetime
    step: timedelta
    values: tuple[float, ...]

    def time(self, index: int) -> datetime:
        """When a value was, or will be."""
        return self.start + index * self.step


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What is expected of a series after its end: one point and the ends of one interval a step. ``coverage`` is what the interval
    is meant to hold (0.95); ``error`` is the mean absolute error of the same method when it was asked about the past
    (``error_windows`` times, ``error_steps`` steps ahead at most), in the series' unit, and ``error_share`` the same over the mean
    of what then came."""

    points: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    coverage: float
    method: str
    error: float | None = None
    error_share: float | None = None
    error_windows: int = 0
    error_steps: int = 0


class Surprise(msgspec.Struct, frozen=True, kw_only=True):
    """A point that was not to be expected from those before it. ``score`` is in 0..1; ``expected`` with its ends; ``since`` is when
    it began."""

    series: str
    at: datetime
    since: datetime
    value: float
    expected: float
    low: float
    high: float
    score: float
