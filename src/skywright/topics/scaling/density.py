"""Contexts and what came after each tick -> how demand is distributed a while after a tick like this one.

Histograms of log(demand / level), one for each cell of each context, with recent days weighing more. A context has a say in a cell
in proportion to how much better than the plainest context it has foretold there (the likelihood that it gave to what came); a cell
that was never visited has next to none.
"""

from typing import TYPE_CHECKING

from skywright.topics.scaling.signals import Context

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

STEP = 0.0125
"""Width of a bin, in logarithm: 1.25 %."""
REACH = 320
"""Bins to each side of the level: from 1/55 of it to 55 times."""
PRIOR = 3.0
"""Visits that the context's distribution over all cells is worth in a cell."""
DOUBT = 8.0
"""How much likelihood (in logarithm) a context has to win in a cell to be heard as much as the plainest."""
HEARD_MIN = 0.005
HALF_LIFE_S = 14 * 86_400


class Densities:
    """Forecasts of demand in the seconds ``offsets`` after a tick."""

    def __init__(self, contexts: list[Context], bins: "Ints", low: int, offsets: "Ints", sync_s: int) -> None:
        import numpy as np

        sizes = [int(one.cells.max()) + 1 for one in contexts]
        begins = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        self.rows = np.stack([one.cells + begin for one, begin in zip(contexts, begins, strict=True)], axis=1)
        self.levels = np.stack([np.round(one.against / STEP).astype(np.int64) for one in contexts], axis=1)
        self.bins, self.low, self.offsets, self.sync_s = bins, low, offsets, sync_s
        self.counts = np.zeros((sum(sizes), 2 * REACH + 1), np.float32)
        self.visits = np.zeros(sum(sizes))
        self.won = np.zeros(sum(sizes))
        shape = np.exp(-0.5 * ((np.arange(2 * REACH + 1) - REACH) * STEP / 0.5) ** 2)
        self.whole = np.tile(5.0 * shape / shape.sum(), (len(contexts), 1))
        self.weight = 1.0
        self.learned = 0

    def learn(self, until_second: int) -> None:
        """Take in every tick whose seconds are all before ``until_second``."""
        import numpy as np

        end = min((until_second - int(self.offsets[-1]) - 1) // self.sync_s + 1, len(self.rows))
        if end <= self.learned:
            return
        ticks = np.arange(self.learned, end)
        came = self.bins[(ticks * self.sync_s)[:, None] + self.offsets]
        self.weight *= 2.0 ** (len(ticks) * self.sync_s / HALF_LIFE_S)
        self._judge(ticks, came)
        self._count(ticks, came)
        self.learned = end

    def _judge(self, ticks: "Ints", came: "Ints") -> None:
        """How likely each context held what came, against the plainest."""
        import numpy as np

        likely = np.zeros((len(ticks), self.rows.shape[1]))
        prior = PRIOR * self.weight
        for context in range(self.rows.shape[1]):
            rows = self.rows[ticks, context]
            away = np.clip(came - self.levels[ticks, context][:, None] + REACH, 0, 2 * REACH)
            whole = self.whole[context] / self.whole[context].sum()
            share = (self.counts[rows[:, None], away] + prior * whole[away]) / (self.visits[rows] + prior)[:, None]
            likely[:, context] = np.log(np.maximum(share, 1e-9)).mean(axis=1)
        np.add.at(self.won, self.rows[ticks], likely - likely[:, :1])

    def _count(self, ticks: "Ints", came: "Ints") -> None:
        import numpy as np

        width = self.counts.shape[1]
        flat = self.counts.reshape(-1)
        share = self.weight / came.shape[1]
        for context in range(self.rows.shape[1]):
            away = np.clip(came - self.levels[ticks, context][:, None] + REACH, 0, width - 1)
            np.add.at(flat, ((self.rows[ticks, context] * width)[:, None] + away).ravel(), np.float32(share))
            self.whole[context] += np.bincount(away.ravel(), minlength=width) * share
        np.add.at(self.visits, self.rows[ticks], self.weight)

    def above(self, ticks: "Ints", count: int) -> "Floats":
        """The chance that demand is above the upper edge of each of ``count`` bins, a row a tick."""
        import numpy as np

        say = self.won[self.rows[ticks]]
        say[:, 1:] -= DOUBT
        say = np.exp(say - say.max(axis=1, keepdims=True))
        say[say < HEARD_MIN * say.sum(axis=1, keepdims=True)] = 0.0
        say /= say.sum(axis=1, keepdims=True)
        below = np.zeros((len(ticks), count))
        wholes = self.whole / self.whole.sum(axis=1, keepdims=True)
        prior = PRIOR * self.weight
        for context in range(say.shape[1]):
            heard = np.flatnonzero(say[:, context])
            if not len(heard):
                continue
            rows, unique = np.unique(self.rows[ticks[heard], context], return_inverse=True)
            shares = (self.counts[rows] + prior * wholes[context]) / (self.visits[rows] + prior)[:, None]
            summed = np.concatenate((np.zeros((len(rows), 1)), np.cumsum(shares, axis=1)), axis=1)
            first = self.low - self.levels[ticks[heard], context] + REACH + 1
            places = np.clip(first[:, None] + np.arange(count), 0, 2 * REACH + 1)
            below[heard] += say[heard, context][:, None] * summed[unique[:, None], places]
        return np.clip(1.0 - below, 0.0, 1.0)
