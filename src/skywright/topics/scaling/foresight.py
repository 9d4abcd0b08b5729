"""Our policy: as many pods as their price and the risk of being over capacity say, for the moment when pods ordered now are ready.

For each tick two forecasts are asked for: demand when a pod that is ordered now serves (order for it), and demand until then (keep
for it). The number of pods is the one with the least ``pods + price x chance of being over``. It is changed when what the present
number has cost beyond the best one adds up to the price of a change (rent until renting has cost as much as buying: Karlin,
Manasse, Rudolph and Sleator 1988): soon where more are needed, late where fewer would do. The price of risk moves slowly so that
the seconds over capacity come to the stated share (adaptive conformal inference, Gibbs and Candes 2021,
https://arxiv.org/abs/2106.00170, on the price instead of the level). Constants were chosen on the first 60 % of one trace
(docs/accuracy.md).
"""

from collections import deque
from math import exp, log, sqrt
from typing import TYPE_CHECKING

import msgspec

from skywright.topics.scaling.density import STEP, Densities
from skywright.topics.scaling.signals import FLOOR_PODS, contexts, levels
from skywright.topics.scaling.simulate import Fleet, Setup

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK_S = 3600
HEADROOM = 3.0
"""Up to this times the highest demand until now is thought of."""
FIRST_PRICE = 0.3
"""Price of risk before anything was seen: this times the mean number of pods, over the stated risk."""
GAIN, GAIN_FIRST = 0.05, 0.3
"""Step of the price's logarithm an hour; the first one, which falls off with the root of the hours."""
STEP_MAX = 0.5
CHANCE_MAX = 0.5
"""To be over is never planned for with more than even odds, however cheap risk has become."""
GIVING_UP = 10.0
PRICE_RANGE = log(50.0)
SAMPLES = 5
"""Seconds that are looked at of those that a decision is for."""


class Foresight(msgspec.Struct, frozen=True):
    """``risk``: the share of seconds that may be over capacity (0.01 is 1 %). ``up_price_s`` and ``down_price_s``: what is lost
    before the number of pods is raised or lowered, in seconds of the mean fleet."""

    risk: float = 0.01
    up_price_s: float = 10.0
    down_price_s: float = 90.0

    @property
    def name(self) -> str:
        """``Foresight 1 %``."""
        return f"Foresight {self.risk:.2%}"

    def board(self, demand: "NDArray[np.float64]", setup: Setup) -> "ForesightPilot":
        """Prepare both forecasts; they learn as the ticks go by."""
        return ForesightPilot(self, demand, setup)


class _View(msgspec.Struct, frozen=True):
    """One forecast for the ticks of a block: what each number of pods costs (tick x bin of demand), and the best of each tick."""

    cost: "NDArray[np.float64]"
    best: list[int]
    least: list[float]


class ForesightPilot:
    """Decides with what was known before the hour, in each tick's own context."""

    def __init__(self, policy: Foresight, demand: "NDArray[np.float64]", setup: Setup) -> None:
        import numpy as np

        self.policy, self.demand, self.setup = policy, demand, setup
        at = levels(demand, setup)
        self.day = at.day
        low = int(np.floor(log(setup.pod_capacity * FLOOR_PODS) / STEP))
        high = int(np.ceil(log(setup.pod_capacity * max(setup.replicas_max, 1)) / STEP)) + 1
        self.edges = np.exp(np.arange(low, high + 1) * STEP)
        self.pods = np.ceil(self.edges / setup.pod_capacity - 1e-9).astype(np.int64)
        bins = np.clip(np.ceil(np.log(np.maximum(demand, self.edges[0])) / STEP - 1e-9).astype(np.int64), low, high)
        lead, ways = setup.start_delay_s, contexts(at, setup)
        self.order = Densities(ways, bins, low, np.arange(lead, lead + setup.sync_s, _apart(setup.sync_s)), setup.sync_s)
        self.keep = Densities(ways, bins, low, np.arange(0, lead + setup.sync_s, _apart(lead + setup.sync_s)), setup.sync_s)
        self.block = max(BLOCK_S // setup.sync_s, 1)
        self.steer = _Steer(policy.risk, demand, setup)
        self.fleet_mean = 1.0
        self.most = 0.0
        self.lost_up = self.lost_down = 0.0
        self.views: tuple[_View, _View]

    def wanted(self, tick: int, fleet: Fleet) -> int:
        """How many pods should run now."""
        place = tick % self.block
        if place == 0:
            self._next_block(tick)
        self.steer.look_back(tick, fleet)
        best, lost = self._regret(place, fleet.running)
        more = lost if best > fleet.running else -lost
        self.lost_up, self.lost_down = max(self.lost_up + more, 0.0), max(self.lost_down - more, 0.0)
        a_second = self.fleet_mean / self.setup.sync_s
        if self.lost_up > self.policy.up_price_s * a_second or self.lost_down > self.policy.down_price_s * a_second:
            self.lost_up = self.lost_down = 0.0
            return best
        return fleet.running

    def _regret(self, place: int, running: int) -> tuple[int, float]:
        """The best number of pods (enough for both forecasts), and what the present one costs more in this tick."""
        order, keep = self.views
        at = self.bin_of[min(running, len(self.bin_of) - 1)]
        best = max(order.best[place], keep.best[place])
        lost = max(
            view.cost[place, at] - view.least[place]
            for view in self.views
            if running < view.best[place] or view.best[place] == best
        )
        return best, float(lost)

    def _next_block(self, tick: int) -> None:
        import numpy as np

        self.steer.adjust()
        ticks = np.arange(tick, min(tick + self.block, len(self.day)))
        known = tick * self.setup.sync_s - self.setup.metrics_delay_s
        begin = max(known - BLOCK_S, 0)
        self.most = max(self.most, float(self.demand[begin : max(known, 0)].max(initial=self.setup.pod_capacity)))
        count = min(int(np.searchsorted(self.edges, self.most * HEADROOM)) + 1, len(self.edges))
        pods = self.pods[:count]
        self.bin_of = np.searchsorted(pods, np.arange(pods[-1] + 1), side="right").clip(1) - 1
        self.fleet_mean = max(float(self.day[tick]) / self.setup.pod_capacity, 1.0)
        price = FIRST_PRICE * self.fleet_mean / self.policy.risk * exp(self.steer.steps)
        self.views = (_view(self.order, ticks, known, price, pods), _view(self.keep, ticks, known, price, pods))


def _apart(seconds: int) -> int:
    return max(seconds // SAMPLES, 1)


def _view(forecast: Densities, ticks: "NDArray[np.int64]", known: int, price: float, pods: "NDArray[np.int64]") -> _View:
    import numpy as np

    forecast.learn(known)
    over = forecast.above(ticks, len(pods))
    cost = pods + price * over + np.where(over > CHANCE_MAX, GIVING_UP * pods[-1], 0.0)
    at = np.argmin(cost, axis=1)
    return _View(cost, pods[at].tolist(), cost[np.arange(len(ticks)), at].tolist())


class _Steer:
    """The logarithm of the price of risk, moved hour by hour by the share of seconds that were over."""

    def __init__(self, risk: float, demand: "NDArray[np.float64]", setup: Setup) -> None:
        import numpy as np

        self.risk, self.demand, self.setup = risk, demand, setup
        self.served: deque[int] = deque()
        self.over_s = self.seen_s = self.hours = 0
        self.requested = False
        self.steps = 0.0
        self.highest: list[float] = np.maximum.reduceat(demand, np.arange(0, len(demand), setup.sync_s)).tolist()

    def look_back(self, tick: int, fleet: Fleet) -> None:
        """Count the seconds over capacity of the newest tick that metrics tell of."""
        sync = self.setup.sync_s
        self.served.append(fleet.ready)
        past = tick - len(self.served) + 1
        if (past + 1) * sync <= tick * sync - self.setup.metrics_delay_s:
            capacity = self.served.popleft() * self.setup.pod_capacity
            highest = self.highest[past]
            if highest > capacity:
                self.over_s += int((self.demand[past * sync : (past + 1) * sync] > capacity).sum())
            self.seen_s += sync
            self.requested |= highest > 0

    def adjust(self) -> None:
        """One step, up where more seconds were over than stated. An hour without a request teaches nothing."""
        if self.seen_s and self.requested:
            missed = self.over_s / self.seen_s / self.risk
            self.hours += 1
            gain = max(GAIN, GAIN_FIRST / sqrt(self.hours))
            self.steps = min(max(self.steps + min(gain * (missed - 1.0), STEP_MAX), -PRICE_RANGE), PRICE_RANGE)
        self.over_s = self.seen_s = 0
        self.requested = False
