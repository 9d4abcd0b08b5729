"""A packing problem -> the packing of least cost that was found in the time, and what none can cost less than."""

import math
from collections import Counter
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.topics.packing.columns import CLOSE, Columns, Proof
from skywright.topics.packing.fills import every_fill
from skywright.topics.packing.greedy import attempts, decreasing, first_fit, fits
from skywright.topics.packing.problem import PLACES_MAX, Filled, Pattern, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Whole = NDArray[np.int64]


GOOD = 0.002  # a packing this close to its bound is not searched further


class Packing(msgspec.Struct, frozen=True):
    """``filled``: patterns and how often; ``cost``: of its bins; ``proof``: why none costs less than ``proof.bound``; ``bound``:
    that, rounded up to what bins can cost; ``simple``: the cost of first-fit decreasing, where it holds everything; ``tried``: the
    bound is that of every choice among all ways to fill a bin, and the proof of ``proof`` may show less."""

    filled: dict[Pattern, int]
    cost: float
    bound: float
    proof: Proof
    simple: float | None
    tried: bool = False

    @property
    def bins(self) -> int:
        """How many bins there are."""
        return sum(self.filled.values())

    @property
    def gap(self) -> float:
        """How far at most the cost is from the best, as a share of the bound."""
        return max(0.0, self.cost / self.bound - 1) if self.bound else 0.0


def pack(given: Problem, seconds: float = 60.0) -> Packing:
    """The best packing found within ``seconds``. Raises BadInput when the limited bins cannot hold everything, or when no packing
    was found in the time."""
    started = monotonic()
    columns = Columns(given, started + seconds * 0.5)
    simple = _simple(given)
    found = [*simple, *_mixed(given)]
    for which in range(len(given.bins)):
        for filled in attempts(given, given.counts, which):
            columns.add(filled)
    for improve in (_quickly, _quickly, _quickly, _dive, _dive, _choose):
        enough = rounded(given, columns.proof.bound) * (1 + GOOD) + CLOSE
        if all(cost_of(given, one) > enough for one in found) and (better := improve(columns, started + seconds)):
            found.append(better)
    bound = rounded(given, columns.proof.bound)
    tried = None if found and min(cost_of(given, one) for one in found) <= bound + CLOSE else _every(columns, started + seconds)
    best = min([*found, *([tried] if tried else [])], key=lambda one: cost_of(given, one), default=None)
    if best is None:
        raise BadInput(t("No packing was found that needs no more bins than there are."), next_step=t("Allow more bins."))
    first = cost_of(given, simple[0]) if simple else None
    cost = cost_of(given, best)
    return Packing(dict(best), cost, cost if tried else bound, columns.proof, first, tried=bool(tried))


def _every(columns: Columns, until: float) -> Filled | None:
    """The best of all packings, where every way to fill a bin can be tried; None where it cannot, or not in the time."""
    every = every_fill(columns.given)
    if every is None:
        return None
    columns.add(every)
    found = _choose(columns, until, exact=True)
    return found if columns.closed else None


def cost_of(given: Problem, filled: Filled) -> float:
    """What the bins cost."""
    return sum(given.prices[which] * count for (which, _), count in filled.items())


def rounded(given: Problem, bound: float) -> float:
    """A bound on the cost, rounded up to what bins can cost: a multiple of what all prices are multiples of."""
    scale = 10**PLACES_MAX
    step = math.gcd(*(int(one.price * scale) for one in given.bins)) / scale
    exact = all(one.price * scale == int(one.price * scale) for one in given.bins)
    return math.ceil(bound / step - CLOSE) * step if exact else bound


def _simple(given: Problem) -> list[Filled]:
    """Packings into one kind of bin, first-fit decreasing first, where that kind holds everything and may be had often enough."""
    found: list[Filled] = []
    for which, one in enumerate(given.bins):
        if (given.sizes <= given.room[which]).all():
            packings = [decreasing(given, which), *attempts(given, given.counts, which)]
            found += [filled for filled in packings if one.most is None or sum(filled.values()) <= one.most]
    return found


def _dive(columns: Columns, until: float) -> Filled | None:
    """Round the relaxation down, cover what is left by new patterns of its own, and so on."""
    columns.relax()
    return _rounding(columns, until)


def _quickly(columns: Columns, until: float) -> Filled | None:
    """The same over the patterns that are found without search."""
    columns.relax(search=False)
    return _rounding(columns, until)


def _rounding(columns: Columns, until: float) -> Filled | None:
    import numpy as np

    given = columns.given
    left, filled = given.counts.copy(), Counter[Pattern]()
    used = np.zeros(len(given.bins), dtype=np.int64)
    while left.any() and monotonic() < until:
        columns.need(left, used)
        relaxed, worth, rent = columns.solve()
        while columns.add(columns.quick(worth, rent)) and monotonic() < until:
            relaxed, worth, rent = columns.solve()
        whole = {pattern: int(share + CLOSE) for pattern, share in relaxed.share.items() if share >= 1 - CLOSE}
        chosen = whole or _largest(relaxed.share)
        if not chosen:
            break
        for (which, put), times in chosen.items():
            for _ in range(times):
                kept = np.minimum(np.array(put), left)
                if kept.any():
                    kept = _topped(given, which, kept, left)
                    filled[which, tuple(kept.tolist())] += 1
                    used[which] += 1
                    left = left - kept
    columns.need(given.counts, np.zeros(len(given.bins), dtype=np.int64))
    return None if left.any() else filled


def _largest(share: dict[Pattern, float]) -> dict[Pattern, int]:
    """The pattern that the relaxation uses most, once."""
    return {max(share, key=lambda pattern: share[pattern]): 1} if share else {}


def _choose(columns: Columns, until: float, *, exact: bool = False) -> Filled | None:
    """The best whole choice among the known patterns that is found in the time; items beyond their count are left out."""
    values = columns.whole(until, exact=exact)
    if values is None:
        return None
    given = columns.given
    left, filled = given.counts.copy(), Counter[Pattern]()
    for (which, put), times in values.items():
        for _ in range(times):
            kept = (left < put) * left + (left >= put) * put
            if kept.any():
                filled[which, tuple(kept.tolist())] += 1
                left = left - kept
    return None if left.any() else filled


def _mixed(given: Problem) -> list[Filled]:
    """Each kind of item into the bins where its share of the price is least, first-fit decreasing within each kind of bin."""
    import numpy as np

    if len(given.bins) == 1:
        return []
    share = np.stack([(given.sizes / room).max(axis=1) for room in given.room])
    cost = np.where(share <= 1, share * np.array(given.prices)[:, None], np.inf)
    filled: Counter[Pattern] = Counter()
    for which in range(len(given.bins)):
        mine = np.where(cost.argmin(axis=0) == which, given.counts, 0)
        filled.update(first_fit(given, mine, which, share[which]))
    return [filled] if within(given, filled) else []


def within(given: Problem, filled: Mapping[Pattern, int]) -> bool:
    """Whether no more bins are used than there may be."""
    used = Counter[int]()
    for (which, _), count in filled.items():
        used[which] += count
    return all(one.most is None or used[which] <= one.most for which, one in enumerate(given.bins))


def _topped(given: Problem, which: int, put: "Whole", left: "Whole") -> "Whole":
    """A fill with more of what is left, largest first, as long as it fits."""
    room = given.room[which] - put @ given.sizes
    put = put.copy()
    for kind in (-(given.sizes / given.room[which]).max(axis=1)).argsort():
        more = min(int(fits(room, given.sizes[kind])), int(left[kind] - put[kind]))
        if more > 0:
            put[kind] += more
            room = room - more * given.sizes[kind]
    return put
