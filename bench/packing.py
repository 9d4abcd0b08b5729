"""Packing: the pods of a production cluster's trace into its most frequent node size; our packing, first-fit decreasing, the bound.

Fixed before measuring: the bin is the most frequent size of node in the same trace (96 cores and 384 GiB: 596 of 1,523 nodes); the
items are all pods that such a node holds (8,147 of 8,152; five ask for 120 cores); dimensions are CPU and memory. A second figure
takes all pods into the trace's largest node. The packer was developed with these data at hand; its bound is
proved, so that no choice flatters it. First-fit decreasing is the best of five orders, written here apart from the packer.
"""

import csv
from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from bench.data import data, missing
from bench.measure import measured

KEYS = ("gap",)
BIN = (96_000, 393_216)
LARGEST = (128_000, 786_432)
SECONDS = 50.0
Numbers = NDArray[np.float64]
Sizes = Sequence[tuple[Decimal, Decimal]]


def run() -> dict[str, object]:
    """gap, nodes, bound, first-fit decreasing's gap, seconds; and the same for the largest node."""
    if gone := missing("packing", "openb"):
        return dict(gone)
    with (data("openb") / "openb_pod_list_default.csv").open(encoding="utf-8") as lines:
        pods = [(Decimal(row["cpu_milli"]), Decimal(row["memory_mib"])) for row in csv.DictReader(lines)]
    largest = {f"largest_{name}": value for name, value in packed(pods, LARGEST).items()}
    return {**packed(pods, BIN), **largest}


def packed(pods: Sizes, size: tuple[int, int]) -> dict[str, float | int]:
    """The pods that a node holds into such nodes: ours, the proved bound, and the greedy ways beside it."""
    from skywright.topics.packing.pack import pack
    from skywright.topics.packing.problem import Bin, Item, problem
    from skywright.topics.packing.proof import packed as bins_of
    from skywright.topics.packing.proof import violations

    items = [Item(str(number), pod) for number, pod in enumerate(pods) if pod[0] <= size[0] and pod[1] <= size[1]]
    given = problem(items, [Bin("node", (Decimal(size[0]), Decimal(size[1])))])
    with measured() as figures:
        found = pack(given, SECONDS)
    assert violations(given, bins_of(given, found), found) == []
    shares = np.array([item.sizes for item in items], dtype=float) / np.array(size, dtype=float)
    first, best = (min(decreasing(shares, order, closest=closest) for order in orders(shares)) for closest in (False, True))
    return {
        "gap": round(found.gap, 6),
        "nodes": found.bins,
        "bound": int(found.bound),
        "pods": len(items),
        "first_fit_decreasing_nodes": first,
        "first_fit_decreasing_gap": round(first / found.bound - 1, 6),
        "best_fit_decreasing_nodes": best,
        "ratio_to_first_fit_decreasing": round(found.bins / first, 6),
        "seconds": figures["wall_s"],
        "cpu_s": figures["cpu_s"],
    }


def orders(shares: Numbers) -> Iterator[Numbers]:
    """What items are sorted by: the sum of their shares of the node, the larger, their product, CPU's, memory's."""
    yield from (shares.sum(axis=1), shares.max(axis=1), shares.prod(axis=1), *shares.T)


def decreasing(shares: Numbers, order: Numbers, *, closest: bool) -> int:
    """How many nodes: items by falling order, each into the first node that holds it, or into the fullest one (``closest``)."""
    left, nodes = np.empty(shares.shape), 0
    for index in np.argsort(-order, kind="stable"):
        able = np.flatnonzero((left[:nodes] >= shares[index] - 1e-12).all(axis=1))
        if len(able) == 0:
            left[nodes] = 1.0 - shares[index]
            nodes += 1
            continue
        chosen = able[left[able].sum(axis=1).argmin()] if closest else able[0]
        left[chosen] -= shares[index]
    return nodes
