"""Demand second by second and a policy -> what it would have cost and how often demand would have been over capacity."""

from collections import deque
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Seconds = NDArray[np.float64]

SECONDS_AN_HOUR = 3600


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What is scaled. ``pod_capacity``: requests that one ready pod serves a second. A pod is billed from its order and ready
    ``start_delay_s`` later. Policies are asked every ``sync_s`` seconds and then know demand up to ``metrics_delay_s`` before."""

    pod_capacity: float
    start_delay_s: int
    sync_s: int = 15
    metrics_delay_s: int = 15
    replicas_min: int = 1
    replicas_max: int = 10_000

    def __post_init__(self) -> None:
        if not (self.pod_capacity > 0 and self.start_delay_s >= 0 and self.sync_s > 0 and self.metrics_delay_s >= 0):
            raise ValueError("a capacity and a sync period above nothing, and delays of nothing or more, are needed")
        if not 0 <= self.replicas_min <= self.replicas_max:
            raise ValueError(f"from {self.replicas_min} to {self.replicas_max} replicas is no range")


class Fleet(msgspec.Struct, frozen=True):
    """Pods at the moment of a decision: those that serve, and those that start."""

    ready: int
    starting: int

    @property
    def running(self) -> int:
        """All pods that are paid for."""
        return self.ready + self.starting


class Pilot(Protocol):
    """A policy that was told what it may know of one trace. Asked once a tick, in order."""

    def wanted(self, tick: int, fleet: Fleet) -> int:
        """How many pods should run from second ``tick * sync_s`` on; may look at demand before that, less the metrics' delay."""


class Policy(Protocol):
    """A way to scale; ``name`` is how it is shown."""

    @property
    def name(self) -> str:
        """For people."""

    def board(self, demand: "Seconds", setup: Setup) -> Pilot:
        """Demand (requests in each second) -> one who decides. What it decides at a tick must not depend on demand after it."""


class Flight(msgspec.Struct, frozen=True):
    """What came of it: pods ready in every second, pods that run in every tick, and whether their number was changed."""

    ready: "Seconds"
    running: "Seconds"
    changed: "Seconds"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one policy over the scored seconds. ``requests_over_pct`` is the share of requests beyond what was ready."""

    policy: str
    pod_hours: float
    seconds_over_pct: float
    requests_over_pct: float
    changes: int
    pods_mean: float
    pods_peak: int


class _Pods:
    """Pods that serve and pods that start; the last ordered are the first to go."""

    def __init__(self, ready: int) -> None:
        self.ready = ready
        self.starting = 0
        self.orders: deque[tuple[int, int]] = deque()

    def come_ready(self, second: int, changes: "Seconds") -> None:
        while self.orders and self.orders[0][0] <= second:
            when, count = self.orders.popleft()
            changes[when] += count
            self.ready += count
            self.starting -= count

    def order(self, count: int, when: int) -> None:
        self.orders.append((when, count))
        self.starting += count

    def remove(self, count: int) -> int:
        """Take pods away, those that start first; how many of them were ready."""
        while count and self.orders:
            when, last = self.orders.pop()
            gone = min(last, count)
            if last > gone:
                self.orders.append((when, last - gone))
            self.starting -= gone
            count -= gone
        self.ready -= count
        return count


def fly(policy: Policy, demand: "Seconds", setup: Setup) -> Flight:
    """A policy and demand -> every pod from its order to its end. Begins with the least number of pods, all ready."""
    import numpy as np

    pilot = policy.board(demand, setup)
    ticks = -(-len(demand) // setup.sync_s)
    pods = _Pods(setup.replicas_min)
    changes = np.zeros(len(demand) + setup.start_delay_s + setup.sync_s + 1)
    changes[0] = pods.ready
    running, changed = np.zeros(ticks), np.zeros(ticks)
    for tick in range(ticks):
        second = tick * setup.sync_s
        pods.come_ready(second, changes)
        now = pods.ready + pods.starting
        wanted = min(max(pilot.wanted(tick, Fleet(pods.ready, pods.starting)), setup.replicas_min), setup.replicas_max)
        if wanted > now:
            pods.order(wanted - now, second + setup.start_delay_s)
            pods.come_ready(second, changes)
        elif wanted < now:
            changes[second] -= pods.remove(now - wanted)
        running[tick], changed[tick] = wanted, wanted != now
    pods.come_ready(len(demand) + setup.start_delay_s, changes)
    return Flight(np.cumsum(changes)[: len(demand)], running, changed)


def outcome(name: str, flight: Flight, demand: "Seconds", setup: Setup, since: int = 0) -> Outcome:
    """A flight -> its figures from second ``since`` (a multiple of the sync period) to the end of the trace."""
    import numpy as np

    tick = since // setup.sync_s
    capacity = flight.ready[since:] * setup.pod_capacity
    asked = demand[since:]
    over = np.maximum(asked - capacity, 0.0)
    seconds = np.full(len(flight.running) - tick, float(setup.sync_s))
    seconds[-1] = len(demand) - (len(flight.running) - 1) * setup.sync_s
    pod_seconds = float(flight.running[tick:] @ seconds)
    return Outcome(
        policy=name,
        pod_hours=pod_seconds / SECONDS_AN_HOUR,
        seconds_over_pct=100.0 * float(np.mean(over > 0)),
        requests_over_pct=100.0 * float(over.sum() / max(asked.sum(), 1.0)),
        changes=int(flight.changed[tick:].sum()),
        pods_mean=pod_seconds / max(len(asked), 1),
        pods_peak=int(flight.running[tick:].max()),
    )


def recent_mean(demand: "Seconds", setup: Setup, window_s: int) -> "Seconds":
    """Mean demand in the last ``window_s`` seconds that are known at each tick; zero where nothing is known yet."""
    import numpy as np

    total = np.concatenate(([0.0], np.cumsum(demand)))
    ends = np.clip(np.arange(0, len(demand), setup.sync_s) - setup.metrics_delay_s, 0, None)
    begins = np.clip(ends - window_s, 0, None)
    means: Seconds = (total[ends] - total[begins]) / np.maximum(ends - begins, 1)
    return means
