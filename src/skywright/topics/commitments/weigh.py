"""A portfolio -> what it costs hour by hour as providers apply it, found without the solver; purchases to approve; what-if."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from skywright.model.commitment import Basis, Offer
from skywright.topics.commitments.portfolio import (
    AS_IT_WAS,
    MONTH_H,
    SCENARIOS,
    Case,
    Limits,
    Portfolio,
    Scenario,
    portfolio,
    price_of,
    shifted,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

STEP = 1000  # commitments are made in thousandths of money an hour
SAMPLES = 400
BLOCK = 24


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """One line to approve; nothing is bought here. Money an hour, a month, and in all; savings with the ends of a 95 % interval."""

    offer: str
    provider: str
    product: str
    region: str
    match: str
    term_months: int
    payment: str
    hourly: float
    covers_hourly: float  # in on-demand prices
    upfront: float
    monthly: float
    in_all: float
    break_even_months: float | None
    savings_monthly: float
    savings_low: float
    savings_high: float
    utilisation: float
    source: str
    dated: str
    basis: Basis


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """One pool a month, in on-demand prices: all that is used, what commitments in force serve, what the list serves of the rest,
    and what stays on demand."""

    name: str
    monthly: float
    covered: float
    served: float
    left: float


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the list costs a month in one scenario, what the best list for that scenario would, and how much of it is used."""

    scenario: str
    monthly: float
    best_monthly: float
    regret: float
    utilisation: float


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """The list, what it changes, how far from the best at most, each product alone, and what if. ``monthly`` is the cost if all is
    as it was (savings with the ends of a 95 % interval); ``expected_monthly`` is that over all scenarios, and no list has less than
    ``bound_monthly`` there. ``unweighed``: see Case."""

    purchases: tuple[Purchase, ...]
    pools: tuple[Pool, ...]
    on_demand_monthly: float
    monthly: float
    savings_low: float
    savings_high: float
    expected_monthly: float
    bound_monthly: float
    gap: float
    coverage_before: float
    coverage_after: float
    alone: dict[str, float]
    scenarios: tuple[Outcome, ...]
    unweighed: tuple[Offer, ...] = ()


def advise(given: Case, limits: Limits, scenarios: Sequence[Scenario] = SCENARIOS) -> Advice:
    """The purchases of least expected cost over the scenarios."""
    import numpy as np

    best = portfolio(given, limits, scenarios)
    hourly = tuple(int(amount * STEP) / STEP for amount in best.hourly)
    total = sum(one.weight for one in scenarios)
    expected = sum(one.weight / total * float(cost_by_hour(given, hourly, limits, one).mean()) for one in scenarios)
    usage = float(sum(np.sum(one.hourly) for one in given.usage)) or 1.0
    covered = float(sum(np.sum(one.covered) for one in given.usage))
    found = applied(given, hourly, AS_IT_WAS[0])
    costs = cost_by_hour(given, hourly, limits, AS_IT_WAS[0])
    low, high = _interval(given.left.sum(axis=0) - costs) if given.usage else (0.0, 0.0)
    return Advice(
        purchases=tuple(
            sorted(
                (_purchase(given, hourly, index, limits) for index, amount in enumerate(hourly) if amount > 0),
                key=lambda one: (one.provider, -one.savings_monthly),
            )
        ),
        pools=_pools(given, found),
        on_demand_monthly=float(given.left.sum(axis=0).mean()) * MONTH_H,
        monthly=float(costs.mean()) * MONTH_H,
        savings_low=low * MONTH_H,
        savings_high=high * MONTH_H,
        expected_monthly=expected * MONTH_H,
        bound_monthly=best.bound * MONTH_H,
        gap=max(0.0, expected / best.bound - 1) if best.bound > 0 else 0.0,
        coverage_before=covered / usage,
        coverage_after=(covered + float(sum(part.sum() for part in found.served))) / usage,
        alone=_alone(given, limits, scenarios),
        scenarios=tuple(_outcome(given, hourly, limits, one) for one in scenarios),
        unweighed=given.unweighed,
    )


def _pools(given: Case, found: "Applied") -> tuple[Pool, ...]:
    """Every pool, the dearest first."""
    import numpy as np

    return tuple(
        Pool(
            name=one.name,
            monthly=float(np.mean(one.hourly)) * MONTH_H,
            covered=float(np.mean(one.hourly) - left.mean()) * MONTH_H,
            served=float(left.mean() - rest.mean()) * MONTH_H,
            left=float(rest.mean()) * MONTH_H,
        )
        for one, left, rest in zip(given.usage, given.left, found.left, strict=True)
    )


class Applied(msgspec.Struct, frozen=True):
    """What each offer does in each hour: ``served`` in on-demand prices, ``used`` of the money that is committed; ``left`` of each
    pool on demand."""

    served: "list[Numbers]"
    used: "list[Numbers]"
    left: "Numbers"


def applied(given: Case, hourly: Sequence[float], scenario: Scenario) -> Applied:
    """What each offer serves in each hour: in the providers' order, deeper discounts first among equals, of offers as of what one
    serves; each as much as its pools use and its commitment holds."""
    import numpy as np

    left, _ = shifted(given, scenario)
    left = left.copy()
    hours = left.shape[1]
    served = [np.zeros(hours) for _ in given.offers]
    used = [np.zeros(hours) for _ in given.offers]
    for index in sorted(range(len(given.offers)), key=lambda index: (given.offers[index].order, given.offers[index].ratio)):
        for pool, ratio in sorted(given.serves[index].items(), key=lambda one: one[1]):
            part = np.minimum(left[pool], np.clip(hourly[index] - used[index], 0.0, None) / ratio)
            left[pool] -= part
            served[index] += part
            used[index] += part * ratio
    return Applied(served, used, left)


def cost_by_hour(given: Case, hourly: Sequence[float], limits: Limits, scenario: Scenario) -> "Numbers":
    """What every hour costs: commitments whether used or not, the rest on demand, or on spot as far as it may be."""
    import numpy as np

    left, moved = shifted(given, scenario)
    fixed = sum(amount * price_of(offer, limits) for amount, offer in zip(hourly, given.offers, strict=True))
    served = applied(given, hourly, scenario).served
    rest = left.sum(axis=0) - sum(served, np.zeros(left.shape[1]))
    spot = np.minimum(rest, left.sum(axis=0) * limits.spot_share)
    cost: Numbers = fixed + rest - spot * (1 - limits.spot_ratio) + moved
    return cost


def _purchase(given: Case, hourly: Sequence[float], index: int, limits: Limits) -> Purchase:
    offer, amount = given.offers[index], hourly[index]
    without = [0.0 if other == index else value for other, value in enumerate(hourly)]
    saved = cost_by_hour(given, without, limits, AS_IT_WAS[0]) - cost_by_hour(given, hourly, limits, AS_IT_WAS[0])
    low, high = _interval(saved)
    found = applied(given, hourly, AS_IT_WAS[0])
    served, used = float(found.served[index].mean()), float(found.used[index].mean())
    in_all = amount * offer.term_months * MONTH_H
    avoided = (float(saved.mean()) + amount * price_of(offer, limits)) * MONTH_H
    return Purchase(
        offer=offer.name,
        provider=given.usage[min(given.serves[index])].provider,
        product=offer.product,
        region=offer.region,
        match=offer.match,
        term_months=offer.term_months,
        payment=offer.payment,
        hourly=amount,
        covers_hourly=amount * served / used if used else amount / float(offer.ratio),
        upfront=round(in_all * float(offer.upfront), 2),
        monthly=round(amount * MONTH_H * (1 - float(offer.upfront)), 2),
        in_all=round(in_all, 2),
        break_even_months=round(in_all / avoided, 1) if avoided > 0 else None,
        savings_monthly=round(float(saved.mean()) * MONTH_H, 2),
        savings_low=round(low * MONTH_H, 2),
        savings_high=round(high * MONTH_H, 2),
        utilisation=round(used / amount, 4),
        source=offer.source,
        dated=offer.dated,
        basis=offer.basis,
    )


def _interval(values: "Numbers") -> tuple[float, float]:
    """The ends between which the mean lies in 95 of 100 resamples of whole days."""
    import numpy as np

    days = max(1, len(values) // BLOCK)
    means = np.array([part.mean() for part in np.array_split(values, days)])
    draws = np.random.default_rng(0).integers(0, days, (SAMPLES, days))
    low, high = np.quantile(means[draws].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def _alone(given: Case, limits: Limits, scenarios: Sequence[Scenario]) -> dict[str, float]:
    """Each product and term alone, a month, expected over the scenarios: what one optimiser a product would come to."""
    kinds = sorted({(offer.product, offer.term_months) for offer in given.offers})
    return {
        f"{product}, {months // 12} y": portfolio(given, limits, scenarios, _only(given, product, months)).cost * MONTH_H
        for product, months in kinds
    }


def _only(given: Case, product: str, months: int) -> frozenset[int]:
    return frozenset(index for index, offer in enumerate(given.offers) if (offer.product, offer.term_months) == (product, months))


def _outcome(given: Case, hourly: Sequence[float], limits: Limits, scenario: Scenario) -> Outcome:
    cost = float(cost_by_hour(given, hourly, limits, scenario).mean()) * MONTH_H
    best: Portfolio = portfolio(given, limits, (scenario,))
    bought = sum(hourly)
    used = sum(float(part.mean()) for part in applied(given, hourly, scenario).used)
    return Outcome(
        scenario=scenario.name,
        monthly=cost,
        best_monthly=best.cost * MONTH_H,
        regret=cost - best.cost * MONTH_H,
        utilisation=used / bought if bought else 1.0,
    )
