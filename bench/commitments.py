"""Commitments: the optimum against its certificate and another program; buying online beside the break-even rule.

Scored: terms of 24 hours at 0.6 and at 0.5 of the on-demand price, on every trace (the shortest holds five such terms). Longer
terms are told beside it, where a trace holds at least four of them. The policy's constants were chosen on M4 hourly series.
"""

import numpy as np

from bench._demand import demands
from bench.data import missing
from bench.measure import measured

KEYS = ("offline_gap", "online_ratio_max")
SCORED = ((24, 0.6), (24, 0.5))
BESIDE = ((72, 0.6), (168, 0.6))
TERMS_MIN = 4
SMALL = 300  # hours on which the independent program is solved too


def run() -> dict[str, object]:
    """offline_gap and online_ratio_max over the scored terms; ratios by trace; break-even's."""
    if gone := missing("commitments", "web-traces"):
        return dict(gone)
    with measured() as figures:
        scored = {_name(name, *price): _one(demand, *price) for name, demand in demands().items() for price in SCORED}
    beside = {
        _name(name, *price): _one(demand, *price)
        for name, demand in demands().items()
        for price in BESIDE
        if len(demand) >= TERMS_MIN * price[0]
    }
    return {
        "offline_gap": max(one["gap"] for one in (*scored.values(), *beside.values())),
        "online_ratio_max": max(one["online"] for one in scored.values()),
        "break_even_ratio_max": max(one["break_even"] for one in scored.values()),
        "break_even_ratio_min": min(one["break_even"] for one in scored.values()),
        "guarantee": 2.0,
        **figures,
        "scored": scored,
        "longer_terms": beside,
    }


def _name(trace: str, term: int, ratio: float) -> str:
    return f"{trace}, {term} h at {ratio}"


def _one(demand: np.ndarray, term: int, ratio: float) -> dict[str, float]:
    from skywright.topics.commitments.online import online
    from skywright.topics.commitments.optimum import cost_of, optimum
    from skywright.topics.commitments.terms import Terms
    from skywright.topics.commitments.thresholds import break_even

    terms = Terms(term, ratio)
    best = optimum(demand, terms)
    part = demand[:SMALL]
    apart = abs(optimum(part, terms).cost / independent(part, terms) - 1)
    return {
        "gap": max(best.gap, apart),
        "online": round(cost_of(demand, online(demand, terms), terms) / best.cost, 4),
        "break_even": round(cost_of(demand, break_even(demand, terms), terms) / best.cost, 4),
        "on_demand": round(float(demand.sum()) / best.cost, 4),
    }


def independent(demand: np.ndarray, terms) -> float:
    """The optimum by another program (one row an hour over all purchases that reach it) and another of the solver's methods."""
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("solver", "ipm")
    buy = [solver.addVariable(lb=0, obj=terms.fee) for _ in demand]
    rest = [solver.addVariable(lb=0, obj=terms.saved) for _ in demand]
    for hour, amount in enumerate(demand):
        reach = buy[max(0, hour - terms.term + 1) : hour + 1]
        solver.addConstr(sum(reach, start=rest[hour] * 1.0) >= float(amount))
    solver.run()
    return float(solver.getInfo().objective_function_value) + terms.alpha * float(demand.sum())
