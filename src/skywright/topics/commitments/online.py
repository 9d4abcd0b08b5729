"""Buying hour by hour without knowing what comes: never more than 2 - alpha times the optimum, and on ordinary demand far less.

Three parts. A **base** that needs no forecast: break-even rules with different thresholds side by side, each for a share of the
demand, as a randomised policy would draw them; what that costs in expectation, this costs for sure: about (e - alpha) / (e - 1)
times the optimum at most. A **forecast** (what was, comes again) that says what the break-even rule would buy if it
came true. A **guard** that lets the forecast spend no more than the guarantee leaves; docs/concepts/commitments.md has the proof.
"""

import math
from typing import TYPE_CHECKING

import msgspec

from skywright.topics.commitments.guard import Guard
from skywright.topics.commitments.terms import Terms
from skywright.topics.commitments.thresholds import Thresholds, whole_hours

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Hours = NDArray[np.int64]

RULES_MAX = 64  # rules side by side; more thresholds are gathered into so many


class Forecast(msgspec.Struct, frozen=True):
    """How the past is taken for the future: the last ``season`` hours come again and again, once ``least`` hours are known.

    To wait costs little and a term that is bought too early cannot be taken back: a purchase must be used more than break-even
    asks, by the share ``caution`` of what lies between that and the whole term; by less where terms are shorter than ``sure``
    hours, as a short guess is a good one. Chosen on series of the M4 competition (docs/accuracy.md)."""

    season: int = 168
    caution: float = 0.75
    sure: int = 72
    least: int = 12


def online(demand: "Numbers", terms: Terms, forecast: Forecast | None = None) -> "Numbers":
    """What the policy buys in each hour, seeing the demand of that hour and those before."""
    import numpy as np

    policy = Policy(terms, len(demand), forecast or Forecast())
    return np.array([policy.hour(float(amount)) for amount in demand])


class Policy:
    """The policy, fed one hour at a time."""

    def __init__(self, terms: Terms, horizon: int, forecast: Forecast) -> None:
        import numpy as np

        self.terms = terms
        self.forecast = forecast
        self.demand = np.zeros(horizon)
        self.held = np.zeros(horizon + terms.term + 1)  # units in force in each hour, as far as they are bought
        self.now = 0
        self.hours, self.shares = mixture(terms)
        self.guard = Guard(terms, horizon, promised(terms))
        self._fresh()

    def _fresh(self) -> None:
        """A new epoch: the base begins again on what the units in force leave over."""
        self.base = Thresholds(self.hours, self.terms.term, len(self.demand))
        self.given = self.held.copy()
        self.owed: dict[int, float] = {}  # by hour: what the base bought and we did not yet, as nothing lacked

    def hour(self, demand: float) -> float:
        """The next hour's demand -> what is bought in it, in force from this hour on."""
        now = self.now
        self.demand[now] = demand
        left = max(0.0, demand - self.given[now])
        self.guard.see(demand, left)
        self.guard.cancel(self.owed.pop(now - self.terms.term, 0.0))
        self.owed[now] = float(self.shares @ self.base.hour(left))
        bought = self._worth_buying()
        on_demand = demand - self.held[now]
        due = min(max(0.0, on_demand), sum(self.owed.values()))
        base = self._base_on_demand()
        if now + 1 >= self.forecast.least:
            due = self.guard.decline(due, on_demand, base)
        self._buy(due)
        self._settle(due)
        self.guard.force(due)
        self.guard.pay(demand=demand, on_demand=max(0.0, demand - self.held[now]), base_on_demand=base)
        if self.guard.renew(self.held[now + 1 : now + self.terms.term + 1]):
            self._fresh()
        self.now += 1
        return float(bought + due)

    def _worth_buying(self) -> float:
        """Buy what the forecast finds worth it: first what the base would hold by now, then what the guarantee leaves room for."""
        wanted = self._wanted()
        due = min(wanted, sum(self.owed.values()))
        self._buy(due)
        self._settle(due)
        self.guard.force(due)
        more = self.guard.allow(wanted - due, self.held[self.now : self.now + self.terms.term], self.demand[self.now])
        self._buy(more)
        return due + more

    def _settle(self, units: float) -> None:
        """Units that the base bought earlier are bought now: the oldest first."""
        for since in sorted(self.owed):
            part = min(units, self.owed[since])
            self.owed[since] -= part
            units -= part

    def _base_on_demand(self) -> float:
        """What the base alone has on demand in this hour, its own purchases of this hour counted."""
        import numpy as np

        left = np.clip(self.base.excess[:, self.base.now - 1], 0.0, None)
        return float(self.shares @ left)

    def _buy(self, units: float) -> None:
        self.held[self.now : self.now + self.terms.term] += units

    def _wanted(self) -> float:
        """What the break-even rule would buy now if the last season came again; no more than this hour lacks."""
        import numpy as np

        now, term = self.now, self.terms.term
        lacking = self.demand[now] - self.held[now]
        if lacking <= 0 or now + 1 < self.forecast.least:
            return 0.0
        season = min(self.forecast.season, now + 1)
        past = self.demand[now - season + 1 : now + 1]
        coming = np.roll(past, 1)[np.arange(term) % season]
        excess = coming - self.held[now : now + term]
        even = self.terms.break_even
        rank = whole_hours(even + self.forecast.caution * min(1.0, term / self.forecast.sure) * (term - even))
        if rank >= term:
            return 0.0
        return float(min(lacking, max(0.0, np.partition(excess, term - 1 - rank)[term - 1 - rank])))


def mixture(terms: Terms) -> "tuple[Hours, Numbers]":
    """Thresholds in hours, and the share of the demand that each has: the density in proportion to e^z for z (in hours over the
    break-even hours) from 0 to 1, which makes the cost of demand that stops after any number of hours the same multiple of the
    best. Thresholds that are gathered wait for the last of them."""
    import numpy as np

    most = whole_hours(terms.break_even)
    edges = np.linspace(0, most + 1, min(RULES_MAX, most + 1) + 1)
    below = (np.exp(np.minimum(edges / terms.break_even, 1.0)) - 1) / (math.e - 1)
    below[-1] = 1.0
    return np.ceil(edges[1:]).astype(np.int64) - 1, np.diff(below)


def promised(terms: Terms) -> float:
    """What the base costs at most, over the optimum: (e - a) / (e - 1), or what demand that stops after some hour of its first term
    makes it cost, where whole and gathered hours make that more."""
    import numpy as np

    hours, shares = mixture(terms)
    stop = np.arange(1, terms.term + 1)[:, None]
    paid = shares * (terms.saved * np.minimum(stop, hours) + terms.fee * (stop > hours))
    cost = terms.alpha * stop[:, 0] + paid.sum(axis=1)
    best = np.minimum(stop[:, 0], terms.fee + terms.alpha * stop[:, 0])
    return max((math.e - terms.alpha) / (math.e - 1), float((cost / best).max()))
