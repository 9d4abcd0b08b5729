"""Our policy: as many pods as their price and the risk of being over capacity say, for the moment when pods ordered now are ready.

For each tick two forecasts are asked for: demand when a pod that is ordered now serves (order for it), and demand until then (keep
for it). The number of pods is the one with the least ``pods + price x chance of being over``; it is changed only when that is worth
more than ``change_price``. The price of risk moves slowly so that the seconds over capacity come to the stated share (the idea of
adaptive conformal inference, Gibbs and Candes 2021, https://arxiv.org/abs/2106.00170, on the price instead of the level).
"""

from collections import deque
from math import exp, log
from typing import TYPE_CHECKING

import msgspec

from skywright.topics.scaling.density import STEP, Densities
from skywright.topics.scaling.signals import FLOOR_SHARE, contexts, levels
from skywright.topics.scaling.simulate import Fleet, Setup

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK_S = 3600
FIRST_PRICE = 0.3
"""Price of risk before anything was seen: this times the mean number of pods, over the stated risk."""
GAIN = 0.05
PRICE_RANGE = log(50.0)
SAMPLE_S = 5


class Foresight(msgspec.Struct, frozen=True):
    """``risk``: the share of seconds that may be over capacity (0.01 is 1 %). ``change_price``: what a change has to save, in
    pod-seconds."""

    risk: float = 0.01
    change_price: float = 240.0

    @property
    def name(self) -> str:
        """``Foresight 1 %``."""
        return f"Foresight {self.risk:.2%}"

    def board(self, demand: "NDArray[np.float64]", setup: Setup) -> "ForesightPilot":
        """Prepare both forecasts; they learn as the ticks go by."""
        return ForesightPilot(self, demand, setup)


class _Choice(msgspec.Struct, frozen=True):
    """For each tick of a block: the best number of pods, and the least and most that are hardly worse."""

    least: "NDArray[np.int64]"
    best: "NDArray[np.int64]"
    most: "NDArray[np.int64]"


class ForesightPilot:
    """Decides an hour of ticks at a time, with what was known before the hour and each tick's own context."""

    def __init__(self, policy: Foresight, demand: "NDArray[np.float64]", setup: Setup) -> None:
        import numpy as np

        self.policy, self.demand, self.setup = policy, demand, setup
        at = levels(demand, setup)
        self.day = at.day
        self.low = int(np.floor(log(max(float(at.day[at.day > 0].min(initial=1.0)) * FLOOR_SHARE, 1e-3)) / STEP))
        high = int(np.ceil(log(max(float(demand.max()) * 1.5, 1.0)) / STEP))
        edges = np.exp(np.arange(self.low, high + 1) * STEP)
        self.pods = np.ceil(edges / setup.pod_capacity - 1e-9).astype(np.int64)
        bins = np.maximum(np.ceil(np.log(np.maximum(demand, edges[0])) / STEP - 1e-9).astype(np.int64), self.low)
        lead = setup.start_delay_s
        ways = contexts(at, setup)
        self.order = Densities(ways, bins, self.low, np.arange(lead, lead + setup.sync_s), setup.sync_s)
        self.keep = Densities(ways, bins, self.low, np.arange(0, lead + setup.sync_s, SAMPLE_S), setup.sync_s)
        self.block = max(BLOCK_S // setup.sync_s, 1)
        self.over_s = 0.0
        self.steps = 0.0
        self.served: deque[int] = deque()
        self.choices: list[tuple[int, int, int]] = []

    def wanted(self, tick: int, fleet: Fleet) -> int:
        """How many pods should run now."""
        place = tick % self.block
        if place == 0:
            self._next_block(tick)
        self._look_back(tick, fleet)
        least, best, most = self.choices[place]
        return fleet.running if least <= fleet.running <= most else best

    def _look_back(self, tick: int, fleet: Fleet) -> None:
        """Count the seconds over capacity of the newest tick that metrics tell of."""
        sync = self.setup.sync_s
        self.served.append(fleet.ready)
        past = tick - len(self.served) + 1
        if (past + 1) * sync <= tick * sync - self.setup.metrics_delay_s:
            capacity = self.served.popleft() * self.setup.pod_capacity
            self.over_s += float((self.demand[past * sync : (past + 1) * sync] > capacity).sum())

    def _next_block(self, tick: int) -> None:
        import numpy as np

        known = tick * self.setup.sync_s - self.setup.metrics_delay_s
        if tick:
            missed = self.over_s / (self.block * self.setup.sync_s) / self.policy.risk
            self.steps = min(max(self.steps + GAIN * min(missed - 1.0, 10.0), -PRICE_RANGE), PRICE_RANGE)
            self.over_s = 0.0
        ticks = np.arange(tick, min(tick + self.block, len(self.day)))
        order, keep = (self._choose(one, ticks, known) for one in (self.order, self.keep))
        self.choices = list(
            zip(
                np.maximum(order.least, keep.least).tolist(),
                np.maximum(order.best, keep.best).tolist(),
                np.maximum(order.most, keep.most).tolist(),
                strict=True,
            )
        )

    def _choose(self, forecast: Densities, ticks: "NDArray[np.int64]", known: int) -> _Choice:
        """Least cost a tick: pods plus the price of the chance to be over."""
        import numpy as np

        forecast.learn(known)
        pods_mean = max(float(self.day[ticks[0]]) / self.setup.pod_capacity, 1.0)
        price = FIRST_PRICE * pods_mean / self.policy.risk * exp(self.steps)
        cost = self.pods + price * forecast.above(ticks, len(self.pods))
        at = np.argmin(cost, axis=1)
        fine = cost <= cost[np.arange(len(ticks)), at][:, None] + self.policy.change_price / self.setup.sync_s
        last = len(self.pods) - 1 - np.argmax(fine[:, ::-1], axis=1)
        return _Choice(self.pods[np.argmax(fine, axis=1)], self.pods[at], self.pods[last])
