"""One series -> forecasts by methods that need little history: the last value, the last season, a level with seasons around it."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from skywright.topics.series.forecast.shape import Array

Method = Callable[[Array, int], Array]
"""Values so far and a horizon -> what comes."""

SMOOTHING = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
DAMPING = 0.95  # of the trend, a step (Gardner and McKenzie, 1985)
SEASON_WEIGHT = 0.3  # of the newest season in a seasonal profile
LEVEL_MAX = 1500  # values that a level is told from: older ones have no weight left, and cost time
TREND = 0.1  # of the newest change in the trend


def methods(seasons: Sequence[int]) -> dict[str, Method]:
    """Every simple method that fits these seasons, by the name that it is told by."""
    found: dict[str, Method] = {"last value": last_value, "mean": mean}
    for season in seasons:
        found[f"last season of {season}"] = partial(last_season, season=season)
    found["level and seasons" if seasons else "level"] = partial(level_and_seasons, seasons=tuple(seasons), trend=False)
    found["damped trend and seasons" if seasons else "damped trend"] = partial(
        level_and_seasons, seasons=tuple(seasons), trend=True
    )
    return found


def last_value(values: Array, horizon: int) -> Array:
    """The last value goes on."""
    return np.full(horizon, values[-1])


def mean(values: Array, horizon: int) -> Array:
    """The mean of all values goes on."""
    return np.full(horizon, values.mean())


def last_season(values: Array, horizon: int, season: int) -> Array:
    """The last season comes again; the last value where there is no whole season yet."""
    if len(values) < season:
        return last_value(values, horizon)
    return np.resize(values[-season:], horizon)


def level_and_seasons(values: Array, horizon: int, seasons: tuple[int, ...], *, trend: bool) -> Array:
    """A smoothed level (and damped trend), and one profile a season around it, newer seasons counting more.

    Seasons are taken out one after another, shortest first; one that has not been seen twice is left out.
    """
    left, ahead = values.copy(), np.zeros(horizon)
    for season in seasons:
        if len(values) >= 2 * season:
            profile = _profile(left, season)
            left = left - profile[np.arange(len(left)) % season]
            ahead += profile[(len(values) + np.arange(horizon)) % season]
    recent = left[-LEVEL_MAX:]
    return ahead + (_holt(recent, horizon) if trend else _smoothed(recent, horizon))


def _profile(values: Array, season: int) -> Array:
    """The mean deviation from its own season's mean at each place of a season; sums to zero. Counted from the first value."""
    whole = len(values) // season
    cut = values[len(values) - whole * season :].reshape(whole, season)
    weights = (1 - SEASON_WEIGHT) ** np.arange(whole)[::-1]
    deviations = np.average(cut - cut.mean(axis=1, keepdims=True), axis=0, weights=weights)
    return np.roll(deviations, len(values) % season)


def _smoothed(values: Array, horizon: int) -> Array:
    """Simple exponential smoothing; its weight is the one of least squared error one step ahead (after the first tenth)."""
    levels = np.full(len(SMOOTHING), float(values[: max(1, len(values) // 10)].mean()))
    errors = np.zeros(len(SMOOTHING))
    weights = np.array(SMOOTHING)
    for value in values:
        off = value - levels
        errors += off * off
        levels = levels + weights * off
    return np.full(horizon, levels[int(errors.argmin())])


def _holt(values: Array, horizon: int) -> Array:
    """Holt's method with a damped trend."""
    start = float(values[: max(1, len(values) // 10)].mean())
    weights = np.array(SMOOTHING)
    levels, trends, errors = np.full(len(weights), start), np.zeros(len(weights)), np.zeros(len(weights))
    for value in values:
        expected = levels + DAMPING * trends
        off = value - expected
        errors += off * off
        levels_new = expected + weights * off
        trends = (1 - TREND) * DAMPING * trends + TREND * (levels_new - levels)
        levels = levels_new
    best = int(errors.argmin())
    ahead: Array = levels[best] + trends[best] * np.cumsum(DAMPING ** np.arange(1.0, horizon + 1.0))
    return ahead
