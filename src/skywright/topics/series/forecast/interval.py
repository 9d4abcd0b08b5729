"""Errors of the past -> an interval around a forecast (split conformal prediction, scaled by series and step).

An error is measured against what errors of that series at that step are like (from the other origins, so that nothing vouches for
itself); the quantiles of these ratios, over all series together, say how many times that the interval reaches down and up. Where no
value is negative, errors are ratios (differences of logarithms). Vovk et al., Algorithmic Learning in a Random World, 2005; Lei et
al., Distribution-Free Predictive Inference for Regression, JASA 2018 (locally weighted).
"""

import math
from collections.abc import Sequence

import numpy as np

from skywright.topics.series.forecast.plan import Plan
from skywright.topics.series.forecast.shape import Array, offset_of

STEPS_AROUND = 2  # errors this many steps before and after count for a step too
OWN_SHARE = 0.5  # of a step's own errors in its scale; the rest is the series' mean error along the profile of all
APART = 2  # origins nearer than this overlap, and do not vouch for each other
ORIGINS_NEEDED = 2 * APART
NORMAL_REACH = 1.9600 * 1.2533  # two-sided 95 % in mean absolute errors, of a normal distribution
FEW = 2.0  # added reach, over the square root of the number of errors
LEAST = 1e-3  # of the mean: what a ratio is taken of at least


def ends(values: Sequence[Array], ahead: Array, tried: Array, real: Array, plan: Plan, coverage: float) -> tuple[Array, Array]:
    """Points (series, horizon), and what was foretold and came (series, origins, tested) -> lower and upper ends."""
    logs = [offset_of(one) for one in values]
    errors = _seen(real, logs, values) - _seen(tried, logs, values)
    scale = _stretched(_scale(np.abs(errors)), ahead.shape[1])
    down, up = _reach(errors, plan, coverage)
    middle = _seen(ahead, logs, values)
    low, high = _back(middle + down * scale, logs, values), _back(middle + up * scale, logs, values)
    return np.minimum(low, ahead), np.maximum(high, ahead)


def blind(values: Array, horizon: int) -> Array:
    """How far an interval reaches where nothing could be tried: the largest change seen (or half the largest value), growing with
    the root of the steps."""
    widest = float(np.abs(np.diff(values)).max()) if len(values) > 1 else 0.0
    reach: Array = max(widest, 0.5 * float(np.abs(values).max())) * np.sqrt(np.arange(1.0, horizon + 1.0))
    return NORMAL_REACH * reach


def _reach(errors: Array, plan: Plan, coverage: float) -> tuple[float, float]:
    """How many scales an error lies below and above, at the ends of the coverage."""
    if plan.origins < ORIGINS_NEEDED:
        wide = NORMAL_REACH * (1 + FEW / math.sqrt(errors[0].size))
        return -wide, wide
    sizes = np.abs(errors)
    ratios = []
    for origin in range(plan.origins):
        others = [other for other in range(plan.origins) if abs(other - origin) >= APART]
        ratios.append(errors[:, origin] / _scale(sizes[:, others]))
    tail = (1 - coverage) / 2
    down, up = np.quantile(np.stack(ratios), [tail, 1 - tail])
    return min(float(down), 0.0), max(float(up), 0.0)


def _scale(sizes: Array) -> Array:
    """Sizes of errors (series, origins, steps) -> what is usual (series, steps)."""
    by_step = sizes.mean(axis=1)
    usual = np.maximum(by_step.mean(axis=1, keepdims=True), 1e-12)
    profile = _smooth((by_step / usual).mean(axis=0, keepdims=True), 2 * STEPS_AROUND)
    mixed: Array = OWN_SHARE * _smooth(by_step, STEPS_AROUND) + (1 - OWN_SHARE) * usual * profile
    return np.maximum(mixed, 0.05 * usual)


def _smooth(rows: Array, around: int) -> Array:
    around_each = (rows[:, max(0, step - around) : step + around + 1] for step in range(rows.shape[1]))
    smooth: Array = np.stack([some.mean(axis=1) for some in around_each], axis=1)
    return smooth


def _stretched(scale: Array, horizon: int) -> Array:
    """Beyond what was tried errors grow with the root of the steps."""
    tested = scale.shape[1]
    if horizon <= tested:
        return scale[:, :horizon]
    beyond = scale.mean(axis=1, keepdims=True) * np.sqrt(np.arange(tested + 1, horizon + 1) / tested)
    return np.concatenate([scale, np.maximum(beyond, scale[:, -1:])], axis=1)


def _seen(some: Array, logs: Sequence[float | None], values: Sequence[Array]) -> Array:
    rows = []
    for row, offset, one in zip(some, logs, values, strict=True):
        rows.append(row if offset is None else np.log(np.maximum(row + offset, LEAST * float(one.mean()))))
    return np.stack(rows)


def _back(seen: Array, logs: Sequence[float | None], values: Sequence[Array]) -> Array:
    rows = []
    for row, offset, one in zip(seen, logs, values, strict=True):
        most = math.log(100 * float(np.abs(one).max()) + 1e-300) if offset is not None else 0.0
        rows.append(row if offset is None else np.maximum(np.exp(np.minimum(row, most)) - offset, 0.0))
    return np.stack(rows)
