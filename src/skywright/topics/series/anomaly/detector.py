"""The detector: time and value in, one score in 0..1 out, nothing of the future in it.

Several views of the same series each say how rare their deviation is against its own past (``tail.Tail``, in decimal orders of
magnitude); the orders are added, so that what several views find odd at once outweighs what one of them does. An episode speaks
once: a point is weighed only when its strength clearly tops that of every point of the refractory time before it (5 % of what was
seen, within bounds). What is weighed is little (``Evidence``), and by a logistic regression (``tools/anomaly_weights.py``).
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import exp, log1p

import msgspec

from skywright.topics.series.anomaly.habit import Habit
from skywright.topics.series.anomaly.tail import Tail
from skywright.topics.series.anomaly.views import Clock, Flurry, Novelty, Rough, Step

TOGETHER = {"clock": 0.5, "pressure": 0.5, "beyond": 1.25, "drift": 0.5, "step": 0.5, "flurry": 0.5, "novelty": 1.0}
"""Views whose orders are added, with their weights."""
ALONE = {"rough": 2.0, "bias": 2.5}
"""Views that may speak alone: slow ones, which see what no single point shows."""
REFRACTORY_SHARE, REFRACTORY_MIN, REFRACTORY_MAX = 0.05, 40, 200
LEAST = 2.0
"""Orders of magnitude, over all views, below which a point is not weighed."""
_SMOOTH, _SLOW = 2.0 / 25, 2.0 / 97
_PRESSURE = 0.2
_WARM, _SETTLED = 40, 60
_YOUNG, _YOUNG_DAYS, _OLD_ENOUGH = 200, 2.0, 2000
_OLD = 1000
_CLEARLY = 1.1  # by how much a point must top the others of its episode to speak again


class Evidence(msgspec.Struct, frozen=True):
    """What speaks for a surprise: its ``strength`` (ln of 1 + the orders of all views), the orders of the view that finds it second
    most odd (one view alone is often wrong), how much stronger it is than what is the habit at this time of day (ln), how far its
    value is from the second nearest ever seen (1: as far as from the middle), and the series' age (1: a thousand points or more; a
    longer past makes rarer things possible)."""

    strength: float
    second: float
    unusual: float
    unseen: float
    age: float


WEIGHTS = Evidence(strength=3.18, second=0.82, unusual=1.87, unseen=3.22, age=-2.56)
BIAS = -8.03
"""Log-odds: 0 (a score of 0.5) is where a false alarm costs as much as NAB's standard profile says, a seventeenth of a miss."""


def weighed(evidence: Evidence) -> float:
    """Evidence -> its score in 0..1 (logistic)."""
    pairs = zip(msgspec.structs.astuple(WEIGHTS), msgspec.structs.astuple(evidence), strict=True)
    return 1.0 / (1.0 + exp(-BIAS - sum(weight * size for weight, size in pairs)))


def _strength(orders: dict[str, float]) -> float:
    """What the views say, in orders of magnitude over all of them."""
    together = sum(orders.get(name, 0.0) * weight for name, weight in TOGETHER.items())
    return max(together, *(orders.get(name, 0.0) * weight for name, weight in ALONE.items()))


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
    begun: datetime | None = None
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
    habit: Habit = msgspec.field(default_factory=Habit)

    def judge(self, at: datetime, value: float) -> Judged:
        """The next point -> its score, from what was before it; then it is learnt."""
        expected = self.clock.expect(at)
        evidence = self.evidence(at, value, expected)
        score = 0.0 if evidence is None else weighed(evidence)
        return Judged(at=at, value=value, score=score, expected=expected, usual=self._usual())

    def evidence(self, at: datetime, value: float, expected: float | None) -> Evidence | None:
        """The next point -> what speaks for a surprise, None where nothing worth weighing does; then it is learnt."""
        unseen = self._unseen(value)
        orders = self.orders(at, value, expected)
        strength = _strength(orders)
        habit = self.habit.strongest(at)
        self.habit.learn(at, strength)
        tops, counted = self._tops(strength), strength * self._grown(at)
        age, self.seen = self.seen, self.seen + 1
        if not tops or counted <= LEAST or age < _SETTLED:
            return None
        second = sorted(orders.values())[-2]
        return Evidence(log1p(counted), second, log1p(counted) - log1p(habit), unseen, min(1.0, age / _OLD))

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

    def _tops(self, strength: float) -> bool:
        """Whether no point of the refractory time had nearly the same strength; remember this one's."""
        since = self.seen - min(REFRACTORY_MAX, max(REFRACTORY_MIN, REFRACTORY_SHARE * self.seen))
        peaks = self.peaks
        while peaks and peaks[0][0] < since:
            peaks.pop(0)
        tops = not peaks or strength > _CLEARLY * peaks[0][1]
        while peaks and peaks[-1][1] <= strength:
            peaks.pop()
        peaks.append((self.seen, strength))
        return tops

    def _grown(self, at: datetime) -> float:
        """How much of a strength counts yet, 0..1: all of it from 200 points on, over two days or 2,000 points."""
        self.begun = self.begun or at
        days = max(0.0, (at - self.begun) / timedelta(days=_YOUNG_DAYS))
        return min(1.0, self.seen / _YOUNG, max(days, self.seen / _OLD_ENOUGH) ** 2)

    def _unseen(self, value: float) -> float:
        """The distance to the second nearest value seen before, in parts of the distance from the middle (0..1)."""
        ranked = self.values.ranked
        away = abs(value - ranked[len(ranked) // 2]) if len(ranked) >= _SETTLED else 0.0
        if not away:
            return 0.0
        place = bisect_left(ranked, value)
        return min(1.0, sorted(abs(other - value) for other in ranked[max(0, place - 2) : place + 2])[1] / away)
