"""A demand file's columns -> for each what it costs on demand, at best, and under policies that do not know the future."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from skywright.topics.commitments.online import online
from skywright.topics.commitments.optimum import certified, cost_of, in_force, optimum
from skywright.topics.commitments.terms import Terms
from skywright.topics.commitments.thresholds import break_even

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

TOLERANCE = 1e-9


class Buy(msgspec.Struct, frozen=True):
    """Commit to so many units in an hour (counted from 0)."""

    hour: int
    units: float


class Purchases(msgspec.Struct, frozen=True, kw_only=True):
    """What a way of buying costs, over the optimum, and what it buys. ``utilisation``: of the committed hours that lie within the
    demand, those that are used (None without any); ``left``: unit hours that stay on demand. ``guarantee``: never more than this
    times the optimum."""

    cost: float
    ratio: float
    buys: tuple[Buy, ...]
    utilisation: float | None
    left: float
    guarantee: float | None = None


class Steady(msgspec.Struct, frozen=True):
    """Were the demand to come again and again, for good: the units to hold all the time, and the share of the on-demand cost that
    they save (a newsvendor's quantile: those that are used in more of the hours than break-even asks)."""

    units: float
    saved: float


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """One column. Costs are in on-demand prices of one unit for one hour. ``bound``: no purchases cost less; ``gap``: the optimum
    over it, less one; ``prices``: the certificate behind it."""

    name: str
    hours: int
    mean: float
    peak: float
    on_demand: float
    bound: float
    gap: float
    optimum: Purchases
    steady: Steady
    break_even: Purchases | None = None
    online: Purchases | None = None
    prices: tuple[float, ...] = ()


Policy = Callable[["Numbers", Terms], "Numbers"]


def study(name: str, demand: Sequence[float], terms: Terms, policies: Mapping[str, Policy] | None = None) -> Study:
    """One column -> what it costs in every way. ``policies``: field of Study -> a way of buying without knowing the future."""
    import numpy as np

    units = np.asarray(demand, dtype=float)
    best = optimum(units, terms)
    found = {field: _told(units, policy(units, terms), terms, best.cost) for field, policy in (policies or {}).items()}
    return Study(
        name=name,
        hours=len(units),
        mean=float(units.mean()),
        peak=float(units.max()),
        on_demand=float(units.sum()),
        bound=best.bound,
        gap=best.gap,
        optimum=_told(units, np.asarray(best.buy), terms, best.cost, promised=False),
        steady=steady(units, terms),
        prices=best.prices,
        **found,
    )


def steady(demand: "Numbers", terms: Terms) -> Steady:
    """The level to hold for good, if the demand comes again and again."""
    import numpy as np

    ordered = np.sort(demand)[::-1]
    unused = int(len(ordered) * terms.break_even / terms.term + TOLERANCE)
    level = float(ordered[unused]) if unused < len(ordered) else 0.0
    served = np.minimum(demand, level)
    cost = terms.fee / terms.term * level * len(demand) + terms.alpha * served.sum() + (demand - served).sum()
    total = float(demand.sum())
    return Steady(level, float(1 - cost / total) if total else 0.0)


def check(demand: Sequence[float], found: Study, terms: Terms) -> list[str]:
    """What is wrong with a study, found without the solver: empty when every cost adds up and the certificate holds."""
    import numpy as np

    units, prices = np.asarray(demand, dtype=float), np.asarray(found.prices)
    ways = [way for way in (found.optimum, found.break_even, found.online) if way is not None]
    off = [way.cost for way in ways if abs(_cost(units, way.buys, terms) - way.cost) > TOLERANCE * max(1.0, way.cost)]
    wrong = [f"cost {cost} does not add up" for cost in off]
    if len(prices) and (prices.min() < 0 or not np.allclose(certified(prices, terms), prices, rtol=TOLERANCE)):
        wrong.append("the certificate does not hold")
    if found.optimum.cost < found.bound * (1 - TOLERANCE) - TOLERANCE:
        wrong.append("the optimum is below its bound")
    return wrong


def _cost(units: "Numbers", buys: Sequence[Buy], terms: Terms) -> float:
    import numpy as np

    buy = np.zeros(len(units))
    for one in buys:
        buy[one.hour] += one.units
    return cost_of(units, buy, terms)


def _told(units: "Numbers", buy: "Numbers", terms: Terms, least: float, *, promised: bool = True) -> Purchases:
    import numpy as np

    cost, held = cost_of(units, buy, terms), in_force(buy, terms.term)
    served = float(np.minimum(units, held).sum())
    buys = tuple(Buy(int(hour), float(buy[hour])) for hour in buy.nonzero()[0])
    ratio = cost / least if least else 1.0
    return Purchases(
        cost=cost,
        ratio=ratio,
        buys=buys,
        utilisation=served / float(held.sum()) if held.any() else None,
        left=float(units.sum()) - served,
        guarantee=terms.guarantee if promised else None,
    )


POLICIES: Mapping[str, Policy] = {"online": online, "break_even": break_even}
