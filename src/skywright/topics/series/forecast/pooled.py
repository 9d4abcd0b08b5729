"""Many series -> forecasts by one linear model that all of them share, and a correction of each one's own.

A direct model: one ridge regression per step ahead, over the last values and the values around the same place in earlier seasons,
of all series together (each taken relative to its level and scale). Weighted again and again towards the least absolute error
(IRLS: Holland and Welsch, 1977). What is left over is then explained, series by series, by a second ridge on that one's windows:
an empirical-Bayes estimate whose prior is the shared model.
"""

import math
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from skywright.topics.series.forecast.shape import Array, Places, Shape, forward, inverse

ROWS_A_SERIES = 90  # windows of one series among many: its own correction costs their cube
ROWS_FEW = 2_000  # windows of all together where series are few, if they have as many
ROWS_MAX = 40_000  # windows of all: memory is bounded
RIDGE = 1e-3  # of the shared model, a row
RIDGE_OWN = 30.0  # of a series' own correction
ROUNDS = 2  # of weighting anew
NEAR = 0.1  # errors below this (in scales) count as squares, above it as absolute


class Recipe(msgspec.Struct, frozen=True):
    """A variant of the model: on logarithms or plain values; relative to the spread of the whole series or of the last season."""

    log: bool
    local_scale: bool

    @property
    def name(self) -> str:
        """As it is told."""
        return f"pooled regression ({'log' if self.log else 'plain'}, {'recent' if self.local_scale else 'whole'} scale)"


RECIPES = tuple(Recipe(log, local) for log in (True, False) for local in (False, True))


class _Rows(msgspec.Struct, frozen=True):
    """Windows of past values (rows, lags) and what came (rows, steps), both relative; and where each series' rows begin."""

    past: Array
    came: Array
    starts: Places


class _Model(msgspec.Struct, frozen=True):
    """One step ahead: the columns it looks at, the shared coefficients, and each series' own (series, columns), if any."""

    columns: Places
    shared: Array
    own: Array | None


def predict(values: Sequence[Array], ends: Sequence[int], shape: Shape, recipe: Recipe, origins: int, stride: int) -> Array | None:
    """Fit on ``values[i][:ends[i]]`` and forecast from ``origins`` places a series: ``ends[i]`` and each ``stride`` further on.

    Gives (series, origins, horizon), or None where there is too little to fit on. What stands after an origin is not looked at.
    """
    changed = [forward(one, end, log=recipe.log) for one, end in zip(values, ends, strict=True)]
    rows = _rows([one[:end] for one, end in zip(changed, ends, strict=True)], shape, recipe)
    if rows is None:
        return None
    models = [_fit(rows, shape, step) for step in range(shape.block)]
    starts = [[end + stride * k for k in range(origins)] for end in ends]
    past = np.stack([np.stack([one[at - shape.lags : at] for at in places]) for one, places in zip(changed, starts, strict=True)])
    scales = np.array([_spread(one[:end], shape) for one, end in zip(changed, ends, strict=True)])
    ahead = np.empty((*past.shape[:2], 0))
    while ahead.shape[2] < shape.horizon:
        step = _apply(models, past, scales, shape, recipe)
        ahead = np.concatenate([ahead, step], axis=2)
        past = np.concatenate([past, step], axis=2)[:, :, -shape.lags :]
    ahead = ahead[:, :, : shape.horizon]
    return np.stack([inverse(ahead[i], one, end, log=recipe.log) for i, (one, end) in enumerate(zip(values, ends, strict=True))])


def _rows(values: Sequence[Array], shape: Shape, recipe: Recipe) -> _Rows | None:
    windows = [max(0, len(one) - shape.lags - shape.block + 1) for one in values]
    if sum(windows) < 3 * len(shape.columns(0)):
        return None
    each = min(max(ROWS_A_SERIES, ROWS_FEW // len(values)), ROWS_MAX // len(values))
    past, came = [], []
    for one, count in zip(values, windows, strict=True):
        ends = np.arange(len(one) - shape.block, shape.lags - 1, -max(1, math.ceil(count / each)))
        window = one[ends[:, None] - shape.lags + np.arange(shape.lags)]
        level, scale = _level(window, shape), _scale(window, _spread(one, shape), shape, recipe)
        past.append((window - level) / scale)
        came.append((one[ends[:, None] + np.arange(shape.block)] - level) / scale)
    starts = np.cumsum([0, *map(len, past)])
    return _Rows(np.concatenate(past), np.concatenate(came), starts)


def _fit(rows: _Rows, shape: Shape, step: int) -> _Model:
    columns = shape.columns(step)
    seen = _design(rows.past, columns)
    came = rows.came[:, step]
    weights = np.ones(len(came))
    ridge = RIDGE * len(came) * np.eye(seen.shape[1])
    for turn in range(ROUNDS + 1):
        shared = np.linalg.solve((seen * weights[:, None]).T @ seen + ridge, seen.T @ (weights * came))
        left = came - seen @ shared
        if turn < ROUNDS:
            weights = 1 / np.maximum(np.abs(left), NEAR)
            weights /= weights.mean()
    own = np.stack(list(_own(rows, seen, left, np.sqrt(weights)))) if len(rows.starts) > 2 else None
    return _Model(columns, np.asarray(shared, dtype=float), own)


def _own(rows: _Rows, seen: Array, left: Array, roots: Array) -> Iterator[Array]:
    """Each series' correction, solved in the space of its windows (they are fewer than the columns)."""
    for first, last in zip(rows.starts[:-1], rows.starts[1:], strict=True):
        mine = seen[first:last] * roots[first:last, None]
        inner = mine @ mine.T + RIDGE_OWN * np.eye(last - first)
        yield mine.T @ np.linalg.solve(inner, left[first:last] * roots[first:last])


def _apply(models: Sequence[_Model], past: Array, scales: Array, shape: Shape, recipe: Recipe) -> Array:
    flat = past.reshape(-1, shape.lags)
    level = _level(flat, shape)
    scale = _scale(flat, np.repeat(scales, past.shape[1])[:, None], shape, recipe)
    relative = (flat - level) / scale
    ahead = np.empty((len(flat), len(models)))
    for step, model in enumerate(models):
        seen = _design(relative, model.columns)
        ahead[:, step] = seen @ model.shared
        if model.own is not None:
            ahead[:, step] += np.einsum("rc,rc->r", seen, np.repeat(model.own, past.shape[1], axis=0))
    return (ahead * scale + level).reshape(*past.shape[:2], len(models))


def _design(past: Array, columns: Places) -> Array:
    return np.concatenate([past[:, columns], np.ones((len(past), 1))], axis=1)


def _level(window: Array, shape: Shape) -> Array:
    level: Array = window[:, -shape.settled :].mean(axis=1, keepdims=True)
    return level


def _spread(one: Array, shape: Shape) -> float:
    """The mean absolute change over the shortest season: what the seasonal naive forecast errs by."""
    season = shape.shortest
    change = float(np.abs(one[season:] - one[:-season]).mean()) if len(one) > season else 0.0
    return max(change, 1e-6 * float(np.abs(one).mean()), 1e-12)


def _scale(window: Array, spread: Array | float, shape: Shape, recipe: Recipe) -> Array | float:
    if not recipe.local_scale:
        return spread
    recent = window[:, -shape.settled :]
    around: Array = np.abs(recent - recent.mean(axis=1, keepdims=True)).mean(axis=1, keepdims=True)
    return np.maximum(around, 0.1 * spread)
