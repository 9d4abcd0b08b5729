"""What is looked at in a series: each view turns the next value into how far it is from what that view expects."""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SLOW = 0.02
_WEEKLY_GAIN = 0.8
_ERROR_RATE = 0.01
_ERROR_CLIP = 8.0
_NEVER = 1e-12
COURSE, COURSES, _COURSES_LEAST = 8, 1500, 60
"""How many values make a course; how many courses are remembered."""
_FAST, _USUAL, _SOME = 2.0 / 9, 2.0 / 81, 60


class Slot(msgspec.Struct):
    """The mean of an hour (of the day, or of the week), with what came today held back until the day is over."""

    mean: float
    count: int = 0
    day: int = 0
    held: float = 0.0
    held_count: int = 0

    def settle(self, day: int) -> None:
        """Let what was held back count, once its day is over."""
        if day != self.day and self.held_count:
            share = 1.0 if not self.count else max(0.25, 1.0 / (self.count + 1))
            self.mean += share * (self.held / self.held_count - self.mean)
            self.count += 1
            self.held, self.held_count = 0.0, 0
        self.day = day

    def hold(self, value: float) -> None:
        """Keep a value of today."""
        self.held += value
        self.held_count += 1


class Clock(msgspec.Struct):
    """What the hour of the day lets expect, or the hour of the week where that was clearly nearer to what came."""

    hours: dict[int, list[float]] = {}
    week: dict[int, Slot] = {}
    hour_error: float = -1.0
    week_error: float = -1.0

    def expect(self, at: datetime) -> float | None:
        """The value expected at a time, None before this hour was seen."""
        slot = self.week.get(at.weekday() * 24 + at.hour)
        if slot is not None:
            slot.settle(at.toordinal())
            if slot.count and 0 <= self.week_error < _WEEKLY_GAIN * self.hour_error:
                return slot.mean
        seen = self.hours.get(at.hour)
        return None if seen is None else seen[0]

    def learn(self, at: datetime, value: float) -> None:
        """Let a value count for its hours, and both errors for the choice between them."""
        key, day = at.weekday() * 24 + at.hour, at.toordinal()
        slot = self.week.get(key)
        if slot is None:
            slot = self.week[key] = Slot(value, day=day)
        hour = self.hours.setdefault(at.hour, [value, 0.0])
        if slot.count and hour[1]:
            self.week_error = _smoothed(self.week_error, abs(value - slot.mean))
            self.hour_error = _smoothed(self.hour_error, abs(value - hour[0]))
        slot.hold(value)
        hour[1] += 1
        hour[0] += max(_SLOW, 1.0 / hour[1]) * (value - hour[0])


def _smoothed(error: float, new: float) -> float:
    return new if error < 0 else error + _ERROR_RATE * (min(new, _ERROR_CLIP * error) - error)


class Step(msgspec.Struct):
    """The mean of the last ``width`` values against that of the four times as many before."""

    width: int
    recent: list[float] = []
    at: int = 0
    near: float = 0.0
    far: float = 0.0

    def size(self, value: float) -> float | None:
        """How far the two means are apart with this value; None until there are enough."""
        width, span = self.width, 5 * self.width
        if len(self.recent) < span:
            self.recent.append(value)
            if len(self.recent) == span:
                self._resum()
            return None
        leaving, crossing = self.recent[self.at], self.recent[(self.at - width) % span]
        self.recent[self.at] = value
        self.at = (self.at + 1) % span
        self.near += value - crossing
        self.far += crossing - leaving
        if self.at == 0:
            self._resum()
        return abs(self.near / width - self.far / (span - width))

    def _resum(self) -> None:
        """Add up afresh, so that rounding never piles up."""
        self.near, self.far = sum(self.recent[-self.width :]), sum(self.recent[: -self.width])


class Rough(msgspec.Struct):
    """How much more the last values jump than the five times as many before."""

    width: int = 20
    last: float | None = None
    jumps: list[float] = []
    at: int = 0
    near: float = 0.0
    far: float = 0.0

    def size(self, value: float) -> float | None:
        """By which factor, less one, the mean jump has grown with this value (0: it has not); None until there are enough."""
        jump = 0.0 if self.last is None else abs(value - self.last)
        self.last = value
        width, span = self.width, 6 * self.width
        if len(self.jumps) < span:
            self.jumps.append(jump)
            return None
        crossing = self.jumps[(self.at - width) % span]
        self.near += jump - crossing
        self.far += crossing - self.jumps[self.at]
        self.jumps[self.at] = jump
        self.at = (self.at + 1) % span
        if self.at in (0, 1):
            ordered = [*self.jumps[self.at :], *self.jumps[: self.at]]
            self.near, self.far = sum(ordered[-width:]), sum(ordered[:-width])
        before = max(self.far, 0.0) / (span - width)
        return max(0.0, (max(self.near, 0.0) / width + _NEVER) / (before + _NEVER) - 1.0)


class Flurry(msgspec.Struct):
    """How much more a few values jump than they used to: a fast mean of jumps over a slow one."""

    seen: int = 0
    last: float = 0.0
    fast: float = 0.0
    slow: float = 0.0

    def size(self, value: float) -> float | None:
        """By which factor, less one, jumps have grown (0: they have not); None until there are enough."""
        jump = abs(value - self.last) if self.seen else 0.0
        self.last = value
        self.fast += _FAST * (jump - self.fast)
        self.slow += _USUAL * (jump - self.slow)
        self.seen += 1
        return max(0.0, (self.fast + _NEVER) / (self.slow + _NEVER) - 1.0) if self.seen > _SOME else None


class Novelty(msgspec.Struct):
    """How unlike anything remembered the last few values are: the distance of their course to the nearest courses before it
    (nearest neighbours among sliding windows)."""

    values: list[float] = []

    def size(self, value: float) -> float | None:
        """The root mean squared distance to the three nearest courses that ended at least two widths ago; None until there are
        enough of them."""
        import numpy as np

        self.values.append(value)
        if len(self.values) > 2 * COURSES:
            del self.values[: -COURSES - 3 * COURSE]
        known = len(self.values) - 3 * COURSE
        if known < _COURSES_LEAST:
            return None
        recent: NDArray[np.float64] = np.array(self.values[-COURSES - 3 * COURSE :])
        windows = np.lib.stride_tricks.sliding_window_view(recent, COURSE)
        away = windows[: len(windows) - 2 * COURSE] - windows[-1]
        squared = np.einsum("ij,ij->i", away, away)
        return float(np.sqrt(np.partition(squared, 2)[:3].mean()))
