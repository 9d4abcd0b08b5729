"""Usage by pool and offers -> the portfolio of commitments of least cost, over scenarios, with a bound.

A linear program over hours (a sample of them where there are many): how much an hour to commit to each offer, and what each offer
serves of each pool in each hour. An offer serves only pools that it is used for; what nothing serves is on demand, or on spot as
far as it may be. The hours that were seen stand for those to come, once in each scenario, by its weight.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from skywright.model.commitment import Basis, Offer, Usage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

SLOTS_MAX = 336  # hours in the program; more are sampled evenly
POOLS_MAX = 40  # pools in the program: the dearest
MONTH_H = 730.0


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """``budget``: all upfront payments together; ``utilisation``: of each commitment, at least; ``capital``: what a year of money
    costs; ``spot_share`` of every pool may be interrupted and costs ``spot_ratio`` there; terms up to ``months``."""

    budget: float | None = None
    utilisation: float = 0.0
    capital: float = 0.08
    spot_share: float = 0.0
    spot_ratio: float = 0.4
    months: int = 36


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """What may come: every pool's usage times ``factor``; the dearest pool's usage ``moves`` to where no offer serves it."""

    name: str
    weight: float
    factor: float = 1.0
    moves: bool = False


SCENARIOS = (
    Scenario(name="as it was", weight=0.5),
    Scenario(name="30 % less", weight=0.25, factor=0.7),
    Scenario(name="20 % more", weight=0.15, factor=1.2),
    Scenario(name="the dearest pool moves", weight=0.1, moves=True),
)
AS_IT_WAS = SCENARIOS[:1]


class Case(msgspec.Struct, frozen=True):
    """What is decided on: ``left[pool, hour]``: usage that no commitment in force serves, in on-demand prices; ``serves[offer]``:
    the pools of each offer, with the committed price over what on demand costs there; ``dearest``: the pool with most usage;
    ``unweighed``: offers that would serve some pool of which only the best case is known."""

    usage: tuple[Usage, ...]
    offers: tuple[Offer, ...]
    left: "Numbers"
    serves: tuple[Mapping[int, float], ...]
    dearest: int
    unweighed: tuple[Offer, ...] = ()


def case(usage: Sequence[Usage], offers: Sequence[Offer], limits: Limits) -> Case:
    """Pools and the offers that serve any of them."""
    import numpy as np

    pools = tuple(sorted(usage, key=lambda one: -sum(one.hourly))[:POOLS_MAX])
    left = np.array([np.clip(np.array(one.hourly) - np.array(one.covered), 0.0, None) for one in pools])
    pairs: list[tuple[Offer, dict[int, float]]] = []
    for offer in offers:
        ratios = {
            index: float(offer.ratio) / one.paid
            for index, one in enumerate(pools)
            if offer.serves(one.provider, one.region, one.type, one.system)
        }
        served = {index: ratio for index, ratio in ratios.items() if ratio < 1}
        if served and offer.term_months <= limits.months:
            pairs.append((offer, served))
    dearest = int(left.sum(axis=1).argmax()) if len(left) else 0
    pairs = _nearest(pairs)
    weighed = _planned(_weighed(pairs))
    known = {(offer.product, pool) for offer, served in weighed for pool in served}
    unweighed = tuple(
        offer
        for offer, served in pairs
        if offer.basis is Basis.UP_TO and any((offer.product, pool) not in known for pool in served)
    )
    return Case(pools, tuple(offer for offer, _ in weighed), left, tuple(served for _, served in weighed), dearest, unweighed)


def _weighed(pairs: "Sequence[tuple[Offer, dict[int, float]]]") -> "list[tuple[Offer, dict[int, float]]]":
    """Offers with the pools that each serves: what rests on a sibling gives way where the same product and term has a rate."""
    firm = {
        (offer.product, offer.term_months, pool)
        for offer, served in pairs
        if offer.basis not in (Basis.SIBLING, Basis.UP_TO)
        for pool in served
    }

    def left_to(offer: Offer, served: dict[int, float]) -> dict[int, float]:
        if offer.basis is not Basis.SIBLING:
            return served
        return {pool: ratio for pool, ratio in served.items() if (offer.product, offer.term_months, pool) not in firm}

    found = [(offer, left_to(offer, served)) for offer, served in pairs if offer.basis is not Basis.UP_TO]
    return [(offer, served) for offer, served in found if served]


def _nearest(pairs: "Sequence[tuple[Offer, dict[int, float]]]") -> "list[tuple[Offer, dict[int, float]]]":
    """Offers with the pools of which no offer of a higher layer speaks, by the same product, term and payment."""
    highest: dict[tuple[object, ...], int] = {}
    for offer, served in pairs:
        for pool in served:
            key = (offer.product, offer.term_months, offer.payment, pool)
            highest[key] = max(offer.layer, highest.get(key, 0))

    def left_to(offer: Offer, served: dict[int, float]) -> dict[int, float]:
        about = (offer.product, offer.term_months, offer.payment)
        return {pool: ratio for pool, ratio in served.items() if highest[*about, pool] == offer.layer}

    found = [(offer, left_to(offer, served)) for offer, served in pairs]
    return [(offer, served) for offer, served in found if served]


def _planned(pairs: "Sequence[tuple[Offer, dict[int, float]]]") -> "list[tuple[Offer, dict[int, float]]]":
    """Rates of one plan as one offer that serves all of their pools; its ``ratio`` is the dearest of them, its date the oldest."""
    plans: dict[object, list[tuple[Offer, dict[int, float]]]] = {}
    for index, (offer, served) in enumerate(pairs):
        key = (offer.product, offer.provider, offer.term_months, offer.payment, offer.plan) if offer.plan else index
        plans.setdefault(key, []).append((offer, served))
    return [_as_one(rates) if rates[0][0].plan else rates[0] for rates in plans.values()]


def _as_one(rates: "Sequence[tuple[Offer, dict[int, float]]]") -> "tuple[Offer, dict[int, float]]":
    offers = [offer for offer, _ in rates]
    region, match = offers[0].plan.split()
    served: dict[int, float] = {}
    for _, ratios in rates:
        served |= {pool: min(ratio, served.get(pool, ratio)) for pool, ratio in ratios.items()}
    nearly = [offer for offer in offers if offer.basis is Basis.SIBLING]
    whole = msgspec.structs.replace(
        (nearly or offers)[0],
        region=region,
        match=match,
        ratio=max(offer.ratio for offer in offers),
        source="; ".join(dict.fromkeys(offer.source for offer in offers)),
        dated=min(offer.dated for offer in offers),
    )
    return whole, served


def shifted(given: Case, scenario: Scenario) -> "tuple[Numbers, Numbers]":
    """A scenario's usage by pool and hour, and usage that moved to where no offer reaches it."""
    import numpy as np

    left = given.left * scenario.factor
    moved = np.zeros(left.shape[1])
    if scenario.moves and len(left):
        moved = left[given.dearest].copy()
        left[given.dearest] = 0.0
    return left, moved


def price_of(offer: Offer, limits: Limits) -> float:
    """What one committed unit of money costs with the cost of capital: what is paid upfront is out for half the term on average."""
    return 1.0 + float(offer.upfront) * limits.capital * offer.term_months / 12 / 2


class Portfolio(msgspec.Struct, frozen=True):
    """``hourly[offer]``: money an hour to commit to; ``cost``: an hour, expected over scenarios, as the program has it; ``bound``:
    no portfolio costs less, by the program's dual."""

    hourly: tuple[float, ...]
    cost: float
    bound: float


def portfolio(
    given: Case, limits: Limits, scenarios: Sequence[Scenario] = SCENARIOS, only: frozenset[int] | None = None
) -> Portfolio:
    """The portfolio of least expected cost. ``only``: these offers alone (by default all that no other makes needless)."""
    if not given.offers or not given.left.any():
        usage = sum(one.weight * sum(float(part.sum()) for part in shifted(given, one)) for one in scenarios)
        flat = usage / (given.left.shape[-1] or 1) / sum(one.weight for one in scenarios)
        return Portfolio((0.0,) * len(given.offers), flat, flat)
    program = _Program(given, limits, scenarios, needed(given, limits) if only is None else only)
    return program.solve()


def needed(given: Case, limits: Limits) -> frozenset[int]:
    """The offers without those that another makes needless: it serves all of their pools at no higher price, and asks for no more
    upfront. Of two that are alike the first stays. The least cost is the same, and found much sooner."""

    def beats(other: int, index: int) -> bool:
        mine, theirs = given.offers[index], given.offers[other]
        costs = [(price_of(one, limits), float(one.upfront) * one.term_months) for one in (theirs, mine)]
        better = all(given.serves[other].get(pool, math.inf) <= ratio for pool, ratio in given.serves[index].items())
        alike = given.serves[other] == given.serves[index] and costs[0] == costs[1]
        return better and costs[0][0] <= costs[1][0] and costs[0][1] <= costs[1][1] and (not alike or other < index)

    every = range(len(given.offers))
    return frozenset(index for index in every if not any(beats(other, index) for other in every if other != index))


class _Program:
    """Variables: money an hour for each offer, then what each serves in each slot; columns are added in that order."""

    def __init__(self, given: Case, limits: Limits, scenarios: Sequence[Scenario], only: frozenset[int]) -> None:
        self.given = given
        self.limits = limits
        self.only = only
        self.cost: list[float] = []
        self.upper: list[float] = []
        self.rows: list[tuple[list[int], list[float], float]] = []  # columns, values, at most
        self.constant = 0.0
        self.used: list[dict[int, float]] = [{} for _ in given.offers]
        for index, offer in enumerate(given.offers):
            self._column(price_of(offer, limits), _ENDLESS if index in only else 0.0)
        total = sum(one.weight for one in scenarios)
        for scenario in scenarios:
            self._scenario(scenario, scenario.weight / total)
        self._limits()

    def _column(self, cost: float, upper: float) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        return len(self.cost) - 1

    def _scenario(self, scenario: Scenario, weight: float) -> None:
        import numpy as np

        left, moved = shifted(self.given, scenario)
        slots = sampled(left.shape[1])
        self.constant += weight * float(left[:, slots].sum() + moved[slots].sum()) / len(slots)
        alike = Counter(left[:, slot].tobytes() for slot in slots)  # a bill by the day has the same hour 24 times
        for hour, count in alike.items():
            self._slot(np.frombuffer(hour), weight * count / len(slots))

    def _slot(self, left: "Numbers", weight: float) -> None:
        """What serves each pool in one hour: each offer no more than it holds, each pool no more than it uses."""
        by_pool: list[list[int]] = [[] for _ in left]
        for index, ratios in enumerate(self.given.serves):
            columns = {}
            for pool, ratio in ratios.items():
                if left[pool] > 0 and index in self.only:
                    column = self._column(-weight, float(left[pool]))
                    columns[column] = ratio
                    by_pool[pool].append(column)
                    self.used[index][column] = ratio * weight
            if columns:
                self.rows.append(([*columns, index], [*columns.values(), -1.0], 0.0))
        for pool, served in enumerate(by_pool):
            if self.limits.spot_share > 0 and left[pool] > 0:
                gain = weight * (1 - self.limits.spot_ratio)
                served.append(self._column(-gain, float(left[pool]) * self.limits.spot_share))
            if len(served) > 1:
                self.rows.append((served, [1.0] * len(served), float(left[pool])))

    def _limits(self) -> None:
        """Upfront payments within the budget; every commitment used as much as it must be."""
        if self.limits.budget is not None:
            paid = {
                index: float(offer.upfront) * offer.term_months * MONTH_H
                for index, offer in enumerate(self.given.offers)
                if offer.upfront
            }
            if paid:
                self.rows.append((list(paid), list(paid.values()), self.limits.budget))
        if self.limits.utilisation > 0:
            for index, used in enumerate(self.used):
                columns = [index, *used]
                self.rows.append((columns, [self.limits.utilisation, *(-value for value in used.values())], 0.0))

    def solve(self) -> Portfolio:
        import highspy
        import numpy as np

        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.cost), len(self.rows)
        model.col_cost_, model.col_upper_ = np.array(self.cost), np.array(self.upper)
        model.col_lower_ = np.zeros(len(self.cost))
        model.row_upper_ = np.array([most for _, _, most in self.rows])
        model.row_lower_ = np.full(len(self.rows), -highspy.kHighsInf)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.concatenate([[0], np.cumsum([len(columns) for columns, _, _ in self.rows])]).astype(np.int32)
        model.a_matrix_.index_ = np.concatenate([[], *(columns for columns, _, _ in self.rows)]).astype(np.int32)
        model.a_matrix_.value_ = np.concatenate([[], *(values for _, values, _ in self.rows)]).astype(float)
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # its constructor has no types
        for option, value in (("output_flag", False), ("threads", 1)):
            solver.setOptionValue(option, value)
        solver.passModel(model)
        solver.run()
        info, values = solver.getInfo(), solver.getSolution().col_value
        cost = self.constant + float(info.objective_function_value)
        hourly = tuple(max(0.0, float(value)) for value in values[: len(self.given.offers)])
        return Portfolio(hourly, cost, self.constant + self._bound(solver, model))

    def _bound(self, solver: Any, model: Any) -> float:
        """What the rows' duals prove, without the solver's word for it: they are clipped to their sign, and every column's reduced
        cost counts at the end that is worst."""
        import numpy as np

        duals = np.minimum(0.0, np.array(solver.getSolution().row_dual))
        row = np.repeat(np.arange(len(self.rows)), np.diff(model.a_matrix_.start_))
        reduced = np.array(self.cost)
        np.subtract.at(reduced, model.a_matrix_.index_, duals[row] * model.a_matrix_.value_)
        upper = np.minimum(np.array(self.upper), self._most())
        return float(duals @ model.row_upper_ + (np.minimum(0.0, reduced) * upper).sum())

    def _most(self) -> float:
        """More than this an hour nobody commits to: all that is used."""
        return float(self.given.left.sum(axis=0).max()) * 1.5


_ENDLESS = float("inf")


def sampled(hours: int) -> list[int]:
    """The hours that stand for all: every one, or an even sample whose step is no part of a day."""
    if hours <= SLOTS_MAX:
        return list(range(hours))
    return [int(index * hours / SLOTS_MAX) for index in range(SLOTS_MAX)]
