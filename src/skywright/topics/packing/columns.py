"""Column generation: the linear relaxation over all ways to fill a bin, and the bound that it proves.

A worth for each kind of item such that no way to fill a bin is worth more than the bin costs is a certificate: all items together
are then worth no more than any packing costs. Gilmore and Gomory (1961) find it by asking again and again for the fill of most
worth (a knapsack in several dimensions). Any worths give a bound when they are scaled by the most that a fill is worth (Farley
1990), so that the bound holds though the search is broken off.
"""

from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING, Any

import msgspec

from skywright.topics.packing.fills import SEARCH_S, Filler
from skywright.topics.packing.problem import Pattern, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Whole = NDArray[np.int64]

_FEASIBLE = 2  # HiGHS' kSolutionStatusFeasible
HALF = 0.5
CLOSE = 1e-7  # a fill whose worth exceeds the price by less is not worth adding
PATIENCE = 10  # greedy tries in a row that find nothing, before a search
NEAR = 1e-3  # a relaxation this close to its bound is good enough
HOMELESS = 1000.0  # the price of leaving an item out, in prices of the dearest bin: no packing does while there is another way


class Proof(msgspec.Struct, frozen=True):
    """``worth`` of one item of each kind; ``most``: what no fill of each kind of bin is worth more than; ``bound``: what no packing
    costs less than, by them."""

    worth: tuple[float, ...] = ()
    most: tuple[float, ...] = ()
    bound: float = 0.0


class Relaxed(msgspec.Struct, frozen=True):
    """``share[pattern]``: bins filled so in the relaxation; ``value``: its cost; ``homeless``: items that it leaves out."""

    share: dict[Pattern, float]
    value: float
    homeless: float
    proof: Proof


class Columns:
    """Patterns known so far, and the solver's program over them: every item covered, no more bins than there may be."""

    def __init__(self, given: Problem, until: float) -> None:
        self.given = given
        self.until = until
        self.counts = given.counts
        self.known: list[Pattern] = []
        self.solver = quiet_solver()
        self.closed = False
        self.proof = by_volume(given)
        self.fillers = [Filler(given, which) for which in range(len(given.bins))]
        self._rows()

    def _rows(self) -> None:
        import highspy

        endless = highspy.kHighsInf
        for one in self.given.bins:
            self.solver.addRow(-endless, endless if one.most is None else float(one.most), 0, [], [])
        for kind, count in enumerate(self.counts):
            self.solver.addRow(float(count), endless, 0, [], [])
            self.solver.addCol(HOMELESS * max(self.given.prices), 0.0, endless, 1, [len(self.given.bins) + kind], [1.0])

    def need(self, counts: "Whole", used: "Whole") -> None:
        """What is left to cover, and the bins of each kind that are taken already."""
        import highspy

        self.counts = counts
        for which, one in enumerate(self.given.bins):
            if one.most is not None:
                self.solver.changeRowBounds(which, -highspy.kHighsInf, float(one.most - used[which]))
        for kind, count in enumerate(counts):
            self.solver.changeRowBounds(len(self.given.bins) + kind, float(count), highspy.kHighsInf)

    def add(self, patterns: Iterable[Pattern]) -> int:
        """Take patterns in; gives how many were new."""
        import highspy

        before, known = len(self.known), set(self.known)
        for which, put in patterns:
            if (which, put) in known:
                continue
            known.add((which, put))
            self.known.append((which, put))
            kinds = [kind for kind, amount in enumerate(put) if amount]
            index = [which, *(len(self.given.bins) + kind for kind in kinds)]
            value = [1.0, *(float(put[kind]) for kind in kinds)]
            self.solver.addCol(self.given.prices[which], 0.0, highspy.kHighsInf, len(index), index, value)
        return len(self.known) - before

    def solve(self) -> tuple[Relaxed, "Numbers", "Numbers"]:
        """The relaxation over the known patterns, the worth of items, and the rent of bins whose number is limited."""
        import numpy as np

        self.solver.run()
        solution = self.solver.getSolution()
        kinds, bins = len(self.counts), len(self.given.bins)
        values, duals = np.array(solution.col_value), np.array(solution.row_dual)
        share = {self.known[index]: float(values[kinds + index]) for index in np.flatnonzero(values[kinds:] > CLOSE)}
        value = float(self.solver.getInfo().objective_function_value)
        found = Relaxed(share, value, float(values[:kinds].sum()), self.proof)
        return found, np.clip(duals[bins:], 0.0, None), np.clip(-duals[:bins], 0.0, None)

    def relax(self, *, search: bool = True) -> Relaxed:
        """The relaxation over all patterns, as far as the time allows, with the best bound that was proved on the way.
        Without ``search`` only over patterns that are found greedily."""
        while True:
            found, worth, rent = self.solve()
            if monotonic() > self.until:
                return found
            if not self.add(self.quick(worth, rent)):
                if not search or self._enough(found.value):
                    return found
                better = self._search(worth, rent)
                found = msgspec.structs.replace(found, proof=self.proof)
                if not self.add(better) or self._enough(found.value):
                    return found

    def whole(self, until: float, *, exact: bool = False) -> dict[Pattern, int] | None:
        """The best choice of whole bins among the known patterns that is found in the time; None when there is none. ``closed``
        says then whether no other choice among them is better."""
        import highspy
        import numpy as np

        kinds = len(self.counts)
        self.solver.setOptionValue("time_limit", self.solver.getRunTime() + max(0.1, until - monotonic()))
        for kind in range(kinds):
            self.solver.changeColBounds(kind, 0.0, 0.0)
        self.solver.setOptionValue("mip_rel_gap", 0.0 if exact else 1e-4)  # 1e-4 is HiGHS's own
        for index in range(len(self.known)):
            self.solver.changeColIntegrality(kinds + index, highspy.HighsVarType.kInteger)
        self.solver.run()
        values = np.array(self.solver.getSolution().col_value)
        self.closed = self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal and self.solver.getInfo().mip_gap <= CLOSE
        if self.solver.getInfo().primal_solution_status != _FEASIBLE:
            return None
        return {self.known[index]: round(values[kinds + index]) for index in np.flatnonzero(values[kinds:] > HALF)}

    def quick(self, worth: "Numbers", rent: "Numbers") -> list[Pattern]:
        """Fills that are found without search and worth more than their bin."""
        prices = np_prices(self.given) + rent
        for _ in range(PATIENCE):
            fills = [fill for filler in self.fillers for fill in filler.quick(worth, self.counts)]
            if better := [fill for fill in fills if self._value(fill, worth) > prices[fill[0]] + CLOSE]:
                return better
        return []

    def _search(self, worth: "Numbers", rent: "Numbers") -> list[Pattern]:
        """Fills that are found by search and worth more than their bin; what the search proves is kept."""
        prices = np_prices(self.given) + rent
        for seconds in SEARCH_S:
            best = [filler.best(worth, min(seconds, max(0.05, self.until - monotonic()))) for filler in self.fillers]
            self._prove(worth, [most for most, _ in best])
            better = [fill for (_, fill), price in zip(best, prices, strict=True) if self._value(fill, worth) > price + CLOSE]
            if better:
                return better
        return []

    def _value(self, fill: Pattern, worth: "Numbers") -> float:
        import numpy as np

        return float(np.array(fill[1]) @ worth)

    def _prove(self, worth: "Numbers", most: list[float]) -> None:
        """Keep the bound that these worths prove, if it is the best so far (of the whole problem, whatever is left to cover)."""
        proof = proved(self.given, worth, most)
        if proof.bound > self.proof.bound:
            self.proof = proof

    def _enough(self, value: float) -> bool:
        """Whether the relaxation is so close to its bound that more patterns are not worth the search."""
        return value <= self.proof.bound * (1 + NEAR)


def proved(given: Problem, worth: "Numbers", most: Iterable[float]) -> Proof:
    """Worths of items and the most that a fill is worth -> a bound on the cost of any packing.

    Bins of any number: worths are scaled until no fill is worth more than its bin. Bins of a limited number may be worth more than
    they cost: what they are worth more is taken off as often as there are such bins.
    """
    import numpy as np

    most = [float(value) for value in most]
    free = [value / price for value, price, one in zip(most, given.prices, given.bins, strict=True) if one.most is None]
    scale = max([1.0, *free]) if free else 1.0
    scaled = worth / scale
    tops = [value / scale for value in most]
    rent = sum(
        max(0.0, top - price) * one.most
        for top, price, one in zip(tops, given.prices, given.bins, strict=True)
        if one.most is not None
    )
    total = float(np.asarray(given.counts) @ scaled)
    return Proof(tuple(map(float, scaled)), tuple(map(float, tops)), max(0.0, total - float(rent)))


def by_volume(given: Problem) -> Proof:
    """The bound of the scarcest dimension: an item is worth its share of what a bin holds for its price, and no fill exceeds it."""
    import numpy as np

    best = Proof()
    for dimension in range(given.room.shape[1]):
        dearest = max(room / price for room, price in zip(given.room[:, dimension], given.prices, strict=True))
        worth = given.sizes[:, dimension] / dearest
        best = max(best, proved(given, worth, np.array(given.room[:, dimension] / dearest)), key=lambda one: one.bound)
    return best


def np_prices(given: Problem) -> "Numbers":
    """Prices of the kinds of bins, as an array."""
    import numpy as np

    return np.array(given.prices)


def quiet_solver() -> Any:
    """HiGHS, silent, on one thread."""
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # its constructor has no types
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    return solver
