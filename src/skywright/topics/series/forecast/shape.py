"""What a forecast is asked for, and what of the past it looks at."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

RECENT_SEASONS = 2  # of the shortest season, value by value
AROUND = 2  # values before and after the same place in an earlier season
FLOOR = 0.05  # what is added before logarithms where there are zeros, of the mean


class Shape:
    """``horizon`` steps ahead of series with these ``seasons`` (in steps; shortest first). ``lags``: how far back a window looks;
    ``block``: how many steps are foretold directly (those beyond, from what was foretold); ``settled``: how many values a level is
    the mean of."""

    def __init__(self, horizon: int, seasons: tuple[int, ...]) -> None:
        self.horizon = horizon
        self.seasons = seasons or (1,)
        self.shortest = self.seasons[0]
        self.longest = self.seasons[-1]
        self.settled = max(self.longest, 8)
        self.lags = max(2 * self.longest, 4 * self.shortest, 8)
        self.block = min(horizon, self.settled)
        self._columns: dict[int, Places] = {}

    def columns(self, step: int) -> Places:
        """Which of the window's values the model for ``step`` (0 is the next) looks at."""
        if step not in self._columns:
            self._columns[step] = self._looked_at(step)
        return self._columns[step]

    def _looked_at(self, step: int) -> Places:
        wanted = set(range(self.lags - max(RECENT_SEASONS * self.shortest, 8), self.lags))
        for season in self.seasons:
            for same in range(self.lags + step - season, -1, -season):
                wanted.update(range(same - AROUND, same + AROUND + 1))
        return np.array(sorted(one for one in wanted if 0 <= one < self.lags))


def forward(values: Array, end: int, *, log: bool) -> Array:
    """Values as a model sees them; their logarithms where that is asked for and none of the first ``end`` is negative."""
    offset = offset_of(values[:end]) if log else None
    return values if offset is None else np.log(np.maximum(values, 0) + offset)


def inverse(seen: Array, values: Array, end: int, *, log: bool) -> Array:
    """Back from ``forward``. What is foretold stays within reach of what was: at most ten times the largest value."""
    offset = offset_of(values[:end]) if log else None
    if offset is None:
        return seen
    most = np.log(10 * float(values[:end].max()) + offset)
    return np.exp(np.minimum(seen, most)) - offset


def offset_of(values: Array) -> float | None:
    """What is added before logarithms: nothing where all values are positive, a share of the mean where some are zero, None where
    there can be no logarithm."""
    least = float(values.min())
    if least > 0:
        return 0.0
    if least < 0 or not values.any():
        return None
    return FLOOR * float(values.mean())
