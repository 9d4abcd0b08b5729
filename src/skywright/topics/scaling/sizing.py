"""Usage of machines or containers -> sizes that are exceeded in a stated share of samples, with the least capacity in all.

What a machine used is a histogram in which recent days weigh more. To it come some pseudo-samples in the shape of machines like it
(about as busy), and one sample yet unseen beyond its largest ones, so that short histories are not believed too much.
One price of being over is found for the whole fleet: each size is the one with the least ``size + price x chance of being over``,
and the price is such that the fleet as a whole is over as often as asked. No machine is over more than ``EACH_MAX`` times as often.
Constants were chosen on the first two of PlanetLab's five days (docs/accuracy.md).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

EACH_MAX = 5.0
HALF_LIFE_SAMPLES = 576
PRIOR = 60.0
RATIO = 1.02
SMALLEST = 1 / 2000
"""The first bin's width, as a share of the largest usage when it was set."""
HEADROOM = 2.0
"""Sizes up to this times the largest usage are thought of."""
SEARCH_STEPS = 30


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """A size in the usage's unit; ``over_chance`` is the share of samples that is expected above it."""

    series: str
    size: float
    over_chance: float
    used_mean: float
    used_most: float
    samples: int


class Fleet:
    """Histograms of many series on one scale, and the sizes that follow. Feed it blocks of samples in order of time."""

    def __init__(self, count: int) -> None:
        import numpy as np

        self.edges: Floats = np.zeros(0)
        self.counts = np.zeros((count, 0))
        self.most_in_bin = np.zeros((count, 0))
        self.weight = np.zeros(count)
        self.samples = np.zeros(count, dtype=np.int64)

    def learn(self, block: "Floats") -> None:
        """Take in a block of samples (series x time; nan where there is none); what is older fades."""
        import numpy as np

        rows, columns = np.nonzero(np.isfinite(block))
        values = block[rows, columns]
        self._reach(float(values.max(initial=0.0)))
        bins = np.minimum(np.searchsorted(self.edges, values * (1 - 1e-12)), len(self.edges) - 1)
        here = np.bincount(rows, minlength=len(self.weight))
        fade = np.where(here > 0, 0.5 ** (block.shape[1] / HALF_LIFE_SAMPLES), 1.0)
        self.counts *= fade[:, None]
        np.add.at(self.counts, (rows, bins), 1.0)
        np.maximum.at(self.most_in_bin, (rows, bins), values)
        self.weight = self.weight * fade + here
        self.samples += here

    def _reach(self, largest: float) -> None:
        """Have bins up to twice ``largest``; the first one decides how fine they are."""
        import numpy as np

        first = float(self.edges[0]) if len(self.edges) else max(largest, 1e-9) * SMALLEST
        bins = int(np.ceil(np.log(HEADROOM * largest / first * (RATIO - 1.0) + 1.0) / np.log(RATIO)))
        more = max(bins, 2) - len(self.edges)
        if more > 0:
            steps = np.arange(1, len(self.edges) + more + 1)
            self.edges = np.asarray(first * (RATIO**steps - 1.0) / (RATIO - 1.0), dtype=np.float64)
            self.counts, self.most_in_bin = (np.pad(one, ((0, 0), (0, more))) for one in (self.counts, self.most_in_bin))

    def chances(self) -> "Floats":
        """The chance that the next samples of each series lie above each edge."""
        import numpy as np

        mean = self.means()
        like = self._like_it(mean)
        own = np.cumsum(self.counts, axis=1)
        over = np.maximum(self.weight[:, None] - own, 0.0) + PRIOR * like + self._unseen(mean)
        return np.clip(over / (self.weight + PRIOR + 1.0)[:, None], 0.0, 1.0)

    def means(self) -> "Floats":
        """The mean of each series, as its histogram has it."""
        import numpy as np

        middles = self.edges - np.diff(self.edges, prepend=0.0) / 2
        found: Floats = (self.counts @ middles) / np.maximum(self.weight, 1e-9)
        return found

    def _unseen(self, mean: "Floats") -> "Floats":
        """One sample's worth of chance, falling off by how far the series' upper tenth lies above its mean."""
        import numpy as np

        own = np.cumsum(self.counts, axis=1) / np.maximum(self.weight, 1e-9)[:, None]
        high = self.edges[np.argmax(own >= 0.9 - 1e-9, axis=1)]
        spread = np.maximum(high - mean, self.edges[0])
        found: Floats = np.exp(-np.maximum(self.edges[None, :] - high[:, None], 0.0) / spread[:, None])
        return found

    def _like_it(self, mean: "Floats") -> "Floats":
        """How series of the same kind exceed each edge: their usage over their mean, laid over this series' mean."""
        import numpy as np

        floor = self.edges[-1] / HEADROOM / 100
        busy = np.clip(np.log2(mean / floor + 1.0).astype(np.int64), 0, 7)
        bounds = np.linspace(-5.0, 6.0, 221)
        found = np.zeros_like(self.counts)
        for kind in np.unique(busy[self.weight > 0]):
            members = np.flatnonzero((busy == kind) & (self.weight > 0))
            scale = mean[members][:, None] + floor
            ratios = np.clip(np.digitize(np.log((self.edges[None, :] + floor) / scale), bounds), 0, len(bounds))
            pool = np.bincount(ratios.ravel(), self.counts[members].ravel(), minlength=len(bounds) + 1)
            below = np.cumsum(pool) / pool.sum()
            places = np.concatenate((bounds, bounds[-1:] + 0.05))
            found[members] = 1.0 - np.interp(np.log((self.edges[None, :] + floor) / scale), places, below)
        return found

    def sizes(self, risk: float, active: "NDArray[np.bool_] | None" = None) -> tuple["Floats", "Floats"]:
        """Sizes and their chances of being over, for the whole fleet to be over in ``risk`` of its samples. ``active`` marks the
        series that count towards it (all by default); a series without history has the size nan."""
        import numpy as np

        known = self.weight > 0
        counted = known if active is None else known & active
        chances = self.chances()
        one = counted.sum() <= 1
        picked = np.argmax(_within(chances, risk), axis=1) if one else self._at_one_price(chances, counted, risk)
        sizes = np.where(known, self._down_to_seen(picked), np.nan)
        return sizes, np.take_along_axis(chances, picked[:, None], axis=1)[:, 0]

    def _at_one_price(self, chances: "Floats", counted: "NDArray[np.bool_]", risk: float) -> "Ints":
        """The bins with the least size plus price times chance, at the least price at which ``risk`` is not passed."""
        import numpy as np

        allowed = np.where(_within(chances, EACH_MAX * risk), self.edges[None, :], np.inf)

        def pick(price: float) -> "Ints":
            found: Ints = np.argmin(allowed + np.exp(price) * self.edges[0] * chances, axis=1)
            return found

        low, high = 0.0, float(np.log(self.edges[-1] / self.edges[0] / risk * 1e4))
        for _ in range(SEARCH_STEPS):
            middle = (low + high) / 2
            over = float(np.mean(np.take_along_axis(chances, pick(middle)[:, None], axis=1)[counted]))
            low, high = (middle, high) if over > risk else (low, middle)
        return pick(high)

    def _down_to_seen(self, picked: "Ints") -> "Floats":
        """The edge of a bin, or the largest usage seen in it: nothing is gained above that."""
        import numpy as np

        seen = np.take_along_axis(self.most_in_bin, picked[:, None], axis=1)[:, 0]
        found: Floats = np.where(seen > 0, seen, self.edges[picked])
        return found


def _within(chances: "Floats", most: float) -> "NDArray[np.bool_]":
    """The edges that are not over too often; the last one is, for want of a larger one."""
    found: NDArray[np.bool_] = chances <= most
    found[:, -1] = True
    return found


def recommend(values: Sequence[float], risk: float, *, name: str = "") -> Recommendation:
    """Usage samples of one series, oldest first (nan where there is none) -> the size that ``risk`` of the next samples exceed.
    Raises ValueError where there is no sample or no such risk."""
    return recommend_all({name: values}, risk)[0]


def recommend_all(usage: dict[str, Sequence[float]], risk: float) -> list[Recommendation]:
    """Usage of many series in one unit -> their sizes: ``risk`` of all their next samples exceed them, none more than five times as
    often, and the sum of sizes is the least."""
    import numpy as np

    if not 0 < risk < 1:
        raise ValueError(f"a risk of {risk} is no share between 0 and 1")
    longest = max(map(len, usage.values()), default=0)
    table = np.full((len(usage), longest), np.nan)
    for row, values in enumerate(usage.values()):
        table[row, longest - len(values) :] = values
    if not np.isfinite(table).any(axis=1).all():
        raise ValueError("a series without a sample has no size")
    fleet = Fleet(len(table))
    for begin in range(0, longest, 72):
        fleet.learn(table[:, begin : begin + 72])
    sizes, chances = fleet.sizes(risk)
    rows = zip(
        usage, sizes.tolist(), chances.tolist(), np.nanmean(table, axis=1), np.nanmax(table, axis=1), fleet.samples, strict=True
    )
    return [
        Recommendation(series=name, size=size, over_chance=chance, used_mean=float(mean), used_most=float(most), samples=int(count))
        for name, size, chance, mean, most, count in rows
    ]
