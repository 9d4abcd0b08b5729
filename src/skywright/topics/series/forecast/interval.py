"""Errors of the past -> an interval around a forecast (split conformal prediction, scaled by series and step).

An error is measured against what errors of that series at that step are like (from the other origins, so that nothing vouches for
itself); the quantiles of these ratios, over all series together, say how many times that the interval reaches down and up. Where no
value is negative, errors are ratios (differences of logarithms). Vovk et al., Algorithmic Learning in a Random World, 2005; Lei et
al., Distribution-Free Predictive Inference for Regression, JASA 2018 (locally weighted).
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import msgspec
import numpy as np

from skywright.topics.series.forecast.plan import Plan
from skywright.topics.series.forecast.shape import Array, Places, offset_of

STEPS_AROUND = 2  # errors this many steps before and after count for a step too
OWN_SHARE = 0.5  # of a step's own errors in its scale; the rest is the series' mean error along the profile of all
APART = 2  # origins nearer than this overlap, and do not vouch for each other
ORIGINS_NEEDED = 2 * APART
RATIOS_NEEDED = 60  # of series and origins, for quantiles of their own; with fewer the tails are those of Student's distribution
WILD = 0.3  # a mean error in logarithms from which few of them say nothing about ratios
FREEDOM_LEAST = 3.0  # with less, Student's tails would say nothing at all
MEAN_ERROR = 1.2533  # standard deviations in a mean absolute error, of a normal distribution
LEAST = 1e-3  # of the mean: what a ratio is taken of at least


class Past(msgspec.Struct, frozen=True):
    """What was foretold and what came (series, origins, tested columns); for each column asked for, the one whose errors it is
    taken to have, and how many times as large."""

    tried: Array
    real: Array
    source: Places
    factor: Array


def ends(values: Sequence[Array], ahead: Array, past: Past, plan: Plan, coverage: float) -> tuple[Array, Array]:
    """Points (series, columns) and the past of such points -> lower and upper ends."""
    logs = [offset_of(one) for one in values]
    errors = _seen(past.real, logs, values) - _seen(past.tried, logs, values)
    if _few(errors, plan):  # tails are guessed: of ratios as wild as these the guess would be absurd
        logs = [None if np.abs(mine).mean() > WILD else offset for mine, offset in zip(errors, logs, strict=True)]
        errors = _seen(past.real, logs, values) - _seen(past.tried, logs, values)
    scale = _scale(np.abs(errors))[:, past.source] * past.factor
    down, up = _reach(errors, plan, coverage)
    middle = _seen(ahead, logs, values)
    most = [100 * max(float(np.abs(one).max()), float(np.abs(row).max())) for one, row in zip(values, ahead, strict=True)]
    low, high = _back(middle + down * scale, logs, most), _back(middle + up * scale, logs, most)
    floor = np.array([0.0 if one.min() >= 0 else -np.inf for one in values])[:, None]
    return np.maximum(np.minimum(low, ahead), floor), np.maximum(high, ahead)


def blind(values: Array, horizon: int) -> Array:
    """How far an interval reaches where nothing could be tried: the largest change seen (or half the largest value), growing with
    the root of the steps."""
    widest = float(np.abs(np.diff(values)).max()) if len(values) > 1 else 0.0
    reach: Array = max(widest, 0.5 * float(np.abs(values).max())) * np.sqrt(np.arange(1.0, horizon + 1.0))
    return _normal(0.95, 1) * reach


def _reach(errors: Array, plan: Plan, coverage: float) -> tuple[float, float]:
    """How many scales an error lies below and above, at the ends of the coverage."""
    sizes = np.abs(errors)
    if _few(errors, plan):
        wide = _normal(coverage, max(FREEDOM_LEAST, plan.apart)) * MEAN_ERROR
        widest = max(wide, float(np.quantile(sizes / _scale(sizes)[:, None], coverage)))
        return -widest, widest
    ratios = []
    for origin in range(plan.origins):
        others = [other for other in range(plan.origins) if abs(other - origin) >= APART]
        ratios.append(errors[:, origin] / _scale(sizes[:, others]))
    tail = (1 - coverage) / 2
    down, up = np.quantile(np.stack(ratios), [tail, 1 - tail])
    return min(float(down), 0.0), max(float(up), 0.0)


def _few(errors: Array, plan: Plan) -> bool:
    """Whether there are too few errors for quantiles of their own."""
    return len(errors) * plan.origins < RATIOS_NEEDED or plan.origins < ORIGINS_NEEDED


def _normal(coverage: float, freedom: float) -> float:
    """How many standard deviations reach to the ends of the coverage when they were told from few errors: Student's distribution,
    by its expansion (Abramowitz and Stegun, 26.7.5)."""
    z = NormalDist().inv_cdf((1 + coverage) / 2)
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def _scale(sizes: Array) -> Array:
    """Sizes of errors (series, origins, steps) -> what is usual (series, steps)."""
    by_step = sizes.mean(axis=1)
    usual = np.maximum(by_step.mean(axis=1, keepdims=True), 1e-12)
    profile = _smooth((by_step / usual).mean(axis=0, keepdims=True), 2 * STEPS_AROUND)
    mixed: Array = OWN_SHARE * _smooth(by_step, STEPS_AROUND) + (1 - OWN_SHARE) * usual * profile
    return np.asarray(np.maximum(mixed, 0.05 * usual))


def _smooth(rows: Array, around: int) -> Array:
    around_each = (rows[:, max(0, step - around) : step + around + 1] for step in range(rows.shape[1]))
    smooth: Array = np.stack([some.mean(axis=1) for some in around_each], axis=1)
    return smooth


def _seen(some: Array, logs: Sequence[float | None], values: Sequence[Array]) -> Array:
    rows = []
    for row, offset, one in zip(some, logs, values, strict=True):
        rows.append(row if offset is None else np.log(np.maximum(row + offset, LEAST * float(one.mean()))))
    return np.stack(rows)


def _back(seen: Array, logs: Sequence[float | None], most: Sequence[float]) -> Array:
    rows = []
    for row, offset, limit in zip(seen, logs, most, strict=True):
        rows.append(row if offset is None else np.maximum(np.exp(np.minimum(row, math.log(limit))) - offset, 0.0))
    return np.stack(rows)
