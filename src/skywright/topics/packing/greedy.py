"""Filling bins one after another: first-fit decreasing in several orders, and by how well an item's shape suits what is left."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from skywright.topics.packing.problem import Filled, Pattern, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Whole = NDArray[np.int64]


def first_fit(given: Problem, counts: "Whole", which: int, order: "Numbers") -> Filled:
    """Kinds by falling ``order``, each item into the first bin (of kind ``which``) that holds it. Equal items go together: as many
    as fit into each bin in turn, which is what first fit does with them one by one. Items that do not fit such a bin stay out."""
    import numpy as np

    room = given.room[which]
    left = np.empty((0, len(room)), dtype=np.int64)
    held: list[Whole] = []
    for kind in np.argsort(-order, kind="stable").tolist():
        size, count = given.sizes[kind], int(counts[kind])
        each = int(fits(room, size))
        if count == 0 or each == 0:
            continue
        take = np.zeros(0, dtype=np.int64)
        if len(left):
            able = np.minimum(fits(left, size), count)
            take = np.diff(np.minimum(np.cumsum(able), count), prepend=0)
            left -= take[:, None] * size
            count -= int(take.sum())
        for index in np.flatnonzero(take):
            held[index][kind] += take[index]
        while count > 0:
            put = min(each, count)
            new = np.zeros(len(given.counts), dtype=np.int64)
            new[kind] = put
            held.append(new)
            left = np.vstack([left, room - put * size])
            count -= put
    return Counter((which, tuple(one.tolist())) for one in held)


def fits(room: "Whole", size: "Whole") -> "Whole":
    """How many items of one size fit into what is left (of one bin, or of each of many)."""
    import numpy as np

    used = size > 0
    if not used.any():
        return np.full(room.shape[:-1], np.iinfo(np.int32).max, dtype=np.int64)
    most: Whole = (room[..., used] // size[used]).min(axis=-1)
    return most


def best_shape(given: Problem, counts: "Whole", which: int, weight: "Numbers") -> Filled:
    """One bin at a time: of the kinds that still fit the one whose shape suits best what is left (dot product of shares of the bin,
    weighted by dimension; Panigrahy, Talwar, Uyeda, Wieder: Heuristics for Vector Bin Packing, 2011)."""
    import numpy as np

    room = given.room[which]
    share = given.sizes / room
    counts = np.where((given.sizes <= room).all(axis=1), counts, 0)
    filled: Counter[Pattern] = Counter()
    while counts.any():
        left, put = room.copy(), np.zeros(len(counts), dtype=np.int64)
        while True:
            able = (counts - put > 0) & (given.sizes <= left).all(axis=1)
            if not able.any():
                break
            score = np.where(able, share @ (weight * left / room), -1.0)
            kind = int(score.argmax())
            put[kind] += 1
            left = left - given.sizes[kind]
        again = int((counts[put > 0] // put[put > 0]).min())
        filled[which, tuple(put.tolist())] += again
        counts = counts - again * put
    return filled


def orders(given: Problem, which: int) -> Iterator["Numbers"]:
    """What kinds may be ordered by: the sum of their shares of the bin, the largest, the sum weighted by what is scarce, each."""
    import numpy as np

    share = given.sizes / given.room[which]
    load = given.counts @ share
    yield share.sum(axis=1)
    yield share.max(axis=1)
    yield share @ (load / max(load.max(), np.finfo(float).tiny))
    yield from share.T


def decreasing(given: Problem, which: int) -> Filled:
    """First-fit decreasing, in whichever of the orders needs the fewest bins."""
    packings = (first_fit(given, given.counts, which, order) for order in orders(given, which))
    return min(packings, key=lambda filled: sum(filled.values()))


def attempts(given: Problem, counts: "Whole", which: int) -> Iterator[Filled]:
    """Every greedy packing of the counts that fit a kind of bin."""
    import numpy as np

    for order in orders(given, which):
        yield first_fit(given, counts, which, order)
    load = counts @ (given.sizes / given.room[which])
    ones = np.ones(given.room.shape[1])
    for weight in (ones, load / max(load.max(), np.finfo(float).tiny)):
        yield best_shape(given, counts, which, weight)
