"""The fill of one bin that is worth most: a knapsack in several dimensions, greedily and exactly."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from skywright.topics.packing.greedy import fits
from skywright.topics.packing.problem import Pattern, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Whole = NDArray[np.int64]

SEARCH_S = (0.1, 10.0)  # a first look, and when that finds nothing a long one
MIXES = 5  # ways to weigh one dimension against another
COPIES = 8  # of each way, the first without noise
NOISE, FEWER = 0.15, 0.1
KEPT = 12  # fills of one call
TINY = 1e-12
ENDLESS = 10**9
TRIED_MAX = 20_000
"""Steps of trying every fill: of a handful of items there are some thousands at most."""


class Filler:
    """Fills bins of one kind."""

    def __init__(self, given: Problem, which: int) -> None:
        import numpy as np

        self.given = given
        self.which = which
        self.share = given.sizes / given.room[which]
        room = given.room[which]
        most = [min(int(fits(room, size)), int(count)) for size, count in zip(given.sizes, given.counts, strict=True)]
        self.most = np.array(most, dtype=np.int64)
        self.weights = np.tile(np.array(list(_weights(given.room.shape[1]))), (COPIES, 1))
        self._random = np.random.default_rng(which)
        self._solver: Any = None

    def quick(self, worth: "Numbers", counts: "Whole") -> Iterator[Pattern]:
        """Greedy fills, many at once: kinds by worth over weighted size, with noise that differs from call to call, as many of each
        as fit, and now and then fewer."""
        import numpy as np

        most = np.minimum(self.most, counts) * (worth > 0)
        value = worth / (self.share @ self.weights.T + TINY).T
        noise = self._random.normal(0.0, NOISE, value.shape)
        noise[: len(self.weights) // COPIES] = 0.0
        order = np.argsort(-value * np.exp(noise), axis=1, kind="stable")
        fewer = self._random.random(order.shape) < FEWER
        fewer[: len(self.weights) // COPIES] = False
        left = np.tile(self.given.room[self.which], (len(order), 1))
        put = np.zeros(order.shape, dtype=np.int64)
        each = np.arange(len(order))
        for rank in range(order.shape[1]):
            kind = order[:, rank]
            size = self.given.sizes[kind]
            amount = np.minimum((left // np.maximum(size, 1) + ENDLESS * (size == 0)).min(axis=1), most[kind])
            amount -= fewer[:, rank] & (amount > 0)
            put[each, kind] = amount
            left -= amount[:, None] * size
        best = np.argsort(-(put @ worth), kind="stable")[:KEPT]
        yield from dict.fromkeys((self.which, tuple(put[row].tolist())) for row in best)

    def best(self, worth: "Numbers", seconds: float) -> tuple[float, Pattern]:
        """What no fill is worth more than (proved by HiGHS' search tree), and the best fill that was found in the time."""
        import numpy as np

        solver = self._program()
        solver.setOptionValue("time_limit", solver.getRunTime() + seconds)
        solver.changeColsCost(len(worth), np.arange(len(worth), dtype=np.int32), worth)
        solver.run()
        info, values = solver.getInfo(), np.array(solver.getSolution().col_value)
        put = np.round(values).astype(np.int64) if len(values) else np.zeros(len(worth), dtype=np.int64)
        if (put @ self.given.sizes > self.given.room[self.which]).any() or (put < 0).any():
            put = np.zeros(len(worth), dtype=np.int64)
        bound = max(float(info.mip_dual_bound), float(put @ worth))
        return bound, (self.which, tuple(put.tolist()))

    def _program(self) -> Any:
        import highspy
        import numpy as np

        if self._solver is None:
            self._solver = solver = highspy.Highs()  # type: ignore[no-untyped-call]  # its constructor has no types
            for option, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-9)):
                solver.setOptionValue(option, value)
            kinds, room = len(self.most), self.given.room[self.which]
            model = highspy.HighsLp()
            model.num_col_, model.num_row_ = kinds, len(room)
            model.col_cost_ = np.zeros(kinds)
            model.col_lower_, model.col_upper_ = np.zeros(kinds), self.most.astype(float)
            model.row_lower_, model.row_upper_ = np.full(len(room), -highspy.kHighsInf), np.ones(len(room))
            model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
            model.a_matrix_.start_ = np.arange(len(room) + 1, dtype=np.int32) * kinds
            model.a_matrix_.index_ = np.tile(np.arange(kinds, dtype=np.int32), len(room))
            model.a_matrix_.value_ = self.share.T.ravel()
            model.integrality_ = [highspy.HighsVarType.kInteger] * kinds
            model.sense_ = highspy.ObjSense.kMaximize
            solver.passModel(model)
        return self._solver


def every_fill(given: Problem) -> list[Pattern] | None:
    """Every way to fill a bin of each kind to which nothing can be added; None where there are more than can be tried."""
    found: list[Pattern] = []
    tried = 0
    for which, room in enumerate(given.room):
        open_: list[tuple[int, Whole, tuple[int, ...]]] = [(0, room, ())]
        while open_:
            kind, left, put = open_.pop()
            tried += 1
            if tried > TRIED_MAX:
                return None
            if kind == len(given.counts):
                if not _more(given, left, put):
                    found.append((which, put))
                continue
            size = given.sizes[kind]
            most = min(int(fits(left, size)), int(given.counts[kind]))
            open_ += [(kind + 1, left - amount * size, (*put, amount)) for amount in range(most + 1)]
    return found


def _more(given: Problem, left: "Whole", put: tuple[int, ...]) -> bool:
    """Whether an item that is not all in the fill still has room."""
    able = (given.sizes <= left).all(axis=1) & (given.counts > put)
    return bool(able.any())


def _weights(dimensions: int) -> Iterator["Numbers"]:
    """Ways to weigh dimensions: all alike, each alone, and mixes of two."""
    import numpy as np

    yield np.ones(dimensions) / dimensions
    for first in range(dimensions):
        yield np.eye(dimensions)[first]
        for second in range(first):
            for step in range(1, MIXES):
                yield (np.eye(dimensions)[first] * step + np.eye(dimensions)[second] * (MIXES - step)) / MIXES
