"""The detector: time and value in, one score in 0..1 out, nothing of the future in it.

Several views of the same series each say how rare their deviation is against its own past (``tail.Tail``, in decimal orders of
magnitude); the orders are added, so that what several views find odd at once outweighs what one of them does. An episode speaks
once: a point keeps its score only when it clearly tops every point of the refractory time before it (5 % of what was seen, within
bounds).
"""

from collections.abc import Iterator
from datetime import datetime
from math import exp

import msgspec

from skywright.topics.series.anomaly.tail import Tail
from skywright.topics.series.anomaly.views import Clock, Flurry, Novelty, Rough, Step

TOGETHER = {"clock": 0.5, "pressure": 0.5, "beyond": 1.25, "drift": 0.5, "step": 0.5, "flurry": 0.5, "novelty": 1.0}
"""Views whose orders are added, with their weights."""
ALONE = {"rough": 2.0, "bias": 2.5}
"""Views that may speak alone: slow ones, which see what no single point shows."""
REFRACTORY_SHARE, REFRACTORY_MIN, REFRACTORY_MAX = 0.05, 40, 200
ODD = 8.0
"""Orders of magnitude, over all views, that are worth a score of 0.5: above it a person should look."""
_SMOOTH, _SLOW = 2.0 / 25, 2.0 / 97
_PRESSURE = 0.2
_WARM = 40
_YOUNG = 200
_CUSTOM, _FADING = 0.2, exp(-1 / 1000)  # a fifth of the largest surprise so far, which fades over a thousand points
_CLEARLY = 1.1  # by how much a point must top the others of its episode to speak again


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A point with its score; ``expected`` None before anything could be expected. ``usual``: nine of ten points so far were no
    further from what was expected."""

    at: datetime
    value: float
    score: float
    expected: float | None
    usual: float


class Detector(msgspec.Struct):
    """All that is remembered of a series: plain lists and numbers, so that it can be written down and go on tomorrow."""

    seen: int = 0
    clock: Clock = msgspec.field(default_factory=Clock)
    values: Tail = msgspec.field(default_factory=Tail)
    smooth: float = 0.0
    smooths: Tail = msgspec.field(default_factory=Tail)
    step: Step = msgspec.field(default_factory=lambda: Step(40))
    rough: Rough = msgspec.field(default_factory=Rough)
    flurry: Flurry = msgspec.field(default_factory=Flurry)
    novelty: Novelty = msgspec.field(default_factory=Novelty)
    pressure: float = 0.0
    bias: float = 0.0
    tails: dict[str, Tail] = msgspec.field(default_factory=dict)
    peaks: list[tuple[int, float]] = []
    custom: float = 0.0

    def judge(self, at: datetime, value: float) -> Judged:
        """The next point -> its score, from what was before it; then it is learnt."""
        expected = self.clock.expect(at)
        orders = self.orders(at, value, expected)
        together = sum(orders.get(name, 0.0) * weight for name, weight in TOGETHER.items())
        alone = max(orders.get(name, 0.0) * weight for name, weight in ALONE.items())
        kept = self._fresh(max(together, alone) * min(1.0, self.seen / _YOUNG))
        self.seen += 1
        return Judged(at=at, value=value, score=kept / (kept + ODD), expected=expected, usual=self._usual())

    def orders(self, at: datetime, value: float, expected: float | None) -> dict[str, float]:
        """What each view says of the next point, in orders of magnitude; and learn it."""
        said = {name: self._rare(name, size) for name, size in self._sizes(value, expected)}
        self.clock.learn(at, value)
        self.values.learn(value)
        return said

    def _sizes(self, value: float, expected: float | None) -> Iterator[tuple[str, float]]:
        """Each view's deviation."""
        if expected is not None:
            yield "clock", abs(value - expected)
            self.pressure += _PRESSURE * (self.tails["clock"].last - self.pressure)
            yield "pressure", self.pressure
            self.bias += _SLOW * (value - expected - self.bias)
            if self.seen > _WARM:
                yield "bias", abs(self.bias)
        ranked = self.values.ranked
        if len(ranked) > _WARM:
            yield "beyond", max(0.0, value - ranked[-1], ranked[0] - value)
        self.smooth = value if not self.seen else self.smooth + _SMOOTH * (value - self.smooth)
        if len(self.smooths.ranked) > _WARM:
            yield "drift", abs(self.smooth - self.smooths.ranked[len(self.smooths.ranked) // 2])
        self.smooths.learn(self.smooth)
        step = self.step.size(value)
        if step is not None:
            yield "step", step
        flurry = self.flurry.size(value)
        if flurry is not None:
            yield "flurry", flurry
        novelty = self.novelty.size(value)
        if novelty is not None:
            yield "novelty", novelty
        rough = self.rough.size(value)
        if rough is not None:
            yield "rough", rough

    def _usual(self) -> float:
        ranked = self.tails["clock"].ranked if "clock" in self.tails else []
        return ranked[int(0.9 * len(ranked))] if ranked else 0.0

    def _rare(self, name: str, size: float) -> float:
        tail = self.tails.get(name)
        if tail is None:
            tail = self.tails[name] = Tail()
        tail.last = tail.rarity(size)
        tail.learn(size)
        return tail.last

    def _fresh(self, orders: float) -> float:
        """The orders, or nothing where a point of the same episode had nearly as many; less where surprises are the custom."""
        since = self.seen - min(REFRACTORY_MAX, max(REFRACTORY_MIN, REFRACTORY_SHARE * self.seen))
        peaks = self.peaks
        while peaks and peaks[0][0] < since:
            peaks.pop(0)
        self.custom *= _FADING
        kept = max(0.0, orders - _CUSTOM * self.custom) if not peaks or orders > _CLEARLY * peaks[0][1] else 0.0
        self.custom = max(self.custom, orders)
        while peaks and peaks[-1][1] <= orders:
            peaks.pop()
        peaks.append((self.seen, orders))
        return kept
