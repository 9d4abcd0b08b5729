"""What is the habit of a series at a time of day: a job that runs every night surprises nobody."""

from datetime import datetime

import msgspec

DAYS = 5
_LEAST_HOURS = 4
_HOURS = 24


class Habit(msgspec.Struct):
    """The strongest surprise of each hour on the last ``DAYS`` days, and of today (None: no point in that hour)."""

    days: list[list[float]] = []
    today: list[float | None] = msgspec.field(default_factory=lambda: [None] * _HOURS)
    day: int = 0

    def strongest(self, at: datetime) -> float:
        """The second strongest of the days' strongest surprises within an hour of this time: once is no habit."""
        self._settle(at.toordinal())
        near = sorted(max(day[hour % _HOURS] for hour in range(at.hour - 1, at.hour + 2)) for day in self.days)
        return near[-2] if len(near) > 1 else 0.0

    def learn(self, at: datetime, strength: float) -> None:
        """Remember a surprise of today."""
        self._settle(at.toordinal())
        self.today[at.hour] = max(self.today[at.hour] or 0.0, strength)

    def _settle(self, day: int) -> None:
        """Put a day that is over with the others, unless it has too few hours to tell any time of day from another."""
        if day == self.day:
            return
        if sum(hour is not None for hour in self.today) >= _LEAST_HOURS:
            self.days = [[hour or 0.0 for hour in self.today], *self.days][:DAYS]
        self.today, self.day = [None] * _HOURS, day
