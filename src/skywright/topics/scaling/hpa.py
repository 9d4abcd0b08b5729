"""Kubernetes' horizontal pod autoscaler, as its documentation and its replica calculator describe it, on a trace.

https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ (algorithm details, stabilisation window, default
behaviour). Demand is shared evenly by the ready pods; the metric is requests a second and pod over one pod's capacity.
"""

from collections import deque
from math import ceil
from typing import TYPE_CHECKING

import msgspec

from skywright.topics.scaling.simulate import Fleet, Setup, recent_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOLERANCE = 0.1
DOWN_WINDOW_S = 300
UP_PODS, UP_FACTOR, UP_PERIOD_S = 4, 2.0, 15
METRIC_WINDOW_S = 15


class Hpa(msgspec.Struct, frozen=True):
    """The autoscaler with its defaults and a target utilisation (0.7 is 70 %)."""

    target: float

    @property
    def name(self) -> str:
        """``HPA 70 %``."""
        return f"HPA {self.target:.0%}"

    def board(self, demand: "NDArray[np.float64]", setup: Setup) -> "HpaPilot":
        """Take the metric at every tick from demand before it."""
        return HpaPilot(self.target, recent_mean(demand, setup, METRIC_WINDOW_S).tolist(), setup)


class HpaPilot:
    """One autoscaler at work: remembers its recommendations of five minutes and its orders of the last 15 seconds."""

    def __init__(self, target: float, demand: list[float], setup: Setup) -> None:
        self.target = target
        self.demand = demand
        self.setup = setup
        self.recommended: deque[tuple[int, int]] = deque()
        self.ordered: deque[tuple[int, int]] = deque()

    def wanted(self, tick: int, fleet: Fleet) -> int:
        """The replica count that the autoscaler sets."""
        second = tick * self.setup.sync_s
        raw = min(max(self._raw(tick, fleet), self.setup.replicas_min), self.setup.replicas_max)
        steady = max(self._highest(second, raw), raw) if raw < fleet.running else raw
        self._remember(second, raw)
        wanted = min(steady, fleet.running) if raw < fleet.running else min(raw, self._up_limit(second, fleet))
        if wanted > fleet.running:
            self.ordered.append((second, wanted - fleet.running))
        return wanted

    def _raw(self, tick: int, fleet: Fleet) -> int:
        """The formula: ceil(pods with a metric x usage over target), unready pods counted as idle when it would scale up."""
        if not fleet.ready:
            return fleet.running
        load = self.demand[tick] / (self.setup.pod_capacity * self.target)
        ratio = load / fleet.ready
        if not (fleet.starting and ratio > 1.0):
            return fleet.running if abs(ratio - 1.0) <= TOLERANCE else ceil(load - 1e-9)
        again = load / fleet.running
        if abs(again - 1.0) <= TOLERANCE or again < 1.0:
            return fleet.running
        return max(ceil(load - 1e-9), fleet.running)

    def _highest(self, second: int, raw: int) -> int:
        while self.recommended and self.recommended[0][0] <= second - DOWN_WINDOW_S:
            self.recommended.popleft()
        return self.recommended[0][1] if self.recommended else raw

    def _remember(self, second: int, raw: int) -> None:
        """Keep a falling staircase, so that its first step is the highest of the window."""
        while self.recommended and self.recommended[-1][1] <= raw:
            self.recommended.pop()
        self.recommended.append((second, raw))

    def _up_limit(self, second: int, fleet: Fleet) -> int:
        while self.ordered and self.ordered[0][0] <= second - UP_PERIOD_S:
            self.ordered.popleft()
        before = fleet.running - sum(count for _, count in self.ordered)
        return max(before + UP_PODS, ceil(before * UP_FACTOR))
