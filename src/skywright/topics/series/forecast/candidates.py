"""Series -> what every method foretells: after their end, and at the places of the past where it can be checked."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from skywright.topics.series.forecast import pooled, simple
from skywright.topics.series.forecast.plan import Plan
from skywright.topics.series.forecast.shape import Array, Shape

WEAK_BESIDE_SEASONS = ("last value", "mean", "damped trend and seasons")  # left out where a regression knows the seasons


class Told(msgspec.Struct, frozen=True):
    """One method's word: ``ahead`` (series, horizon) and ``tried`` (series, origins, tested)."""

    name: str
    ahead: Array
    tried: Array


def ask(values: Sequence[Array], plan: Plan, horizon: int) -> list[Told]:
    """Ask every method that this much history allows. Series that were never negative are not foretold to be."""
    found = [*_simple(values, plan, horizon), *_pooled(values, plan, horizon)]
    if any(one.name.startswith("pooled") for one in found) and plan.seasons:
        found = [one for one in found if one.name not in WEAK_BESIDE_SEASONS]
    least = np.array([0.0 if one.min() >= 0 else -np.inf for one in values])
    return [Told(one.name, np.maximum(one.ahead, least[:, None]), np.maximum(one.tried, least[:, None, None])) for one in found]


def came(values: Sequence[Array], plan: Plan) -> Array:
    """What then came, where methods were tried: (series, origins, tested)."""
    return np.stack([np.stack([one[at : at + plan.tested] for at in _places(one, plan)]) for one in values])


def _places(one: Array, plan: Plan) -> list[int]:
    return [len(one) - plan.span + plan.stride * k for k in range(plan.origins)]


def _simple(values: Sequence[Array], plan: Plan, horizon: int) -> Iterator[Told]:
    for name, method in simple.methods(plan.seasons).items():
        ahead = np.stack([method(one, horizon) for one in values])
        tried = np.stack([np.stack([method(one[:at], plan.tested) for at in _places(one, plan)]) for one in values])
        yield Told(name, ahead, tried)


def _pooled(values: Sequence[Array], plan: Plan, horizon: int) -> Iterator[Told]:
    if not plan.pooled:
        return
    ends = [len(one) for one in values]
    for recipe in pooled.RECIPES:
        if recipe.log and not any(one.min() >= 0 for one in values):
            continue
        earlier = [end - plan.span for end in ends]
        tried = pooled.predict(values, earlier, Shape(plan.tested, plan.seasons), recipe, plan.origins, plan.stride)
        ahead = pooled.predict(values, ends, Shape(plan.tested, plan.seasons), recipe, 1, 1)
        if tried is not None and ahead is not None:
            yield Told(recipe.name, _held(ahead[:, 0], horizon, plan), tried)


def _held(ahead: Array, horizon: int, plan: Plan) -> Array:
    """As far as it was tried; from there on its last season again. A regression that is fed with its own word for long may run
    away, and nothing of the past would have told."""
    season = max((one for one in plan.seasons if one <= plan.tested), default=1)
    again = plan.tested - season + np.arange(max(0, horizon - plan.tested)) % season
    return np.concatenate([ahead, ahead[:, again]], axis=1)
