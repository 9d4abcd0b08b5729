"""A known demand -> the purchases of least cost, and a certificate that nothing costs less.

A linear program: buy[s] commitments in hour s, on demand what exceeds those in force. Its matrix has consecutive ones in every
column (a commitment is in force over an interval), so whole demand has a whole optimum. The certificate is a price for every hour
(the program's dual): no hour above what serving it on demand adds, and no term's prices above the fee. Then demand times prices
cannot exceed what any purchases cost; anyone can add it up without a solver.
"""

from typing import TYPE_CHECKING, Any

import msgspec

from skywright.topics.commitments.terms import Terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_DUST = 1e-9
EXACT = 1e-12


class Optimum(msgspec.Struct, frozen=True):
    """``buy``: units committed to in each hour; ``prices``: the certificate, a price for each hour; ``bound``: what no purchases
    can cost less than, by those prices; ``cost``: what these cost, added up apart from the solver."""

    buy: tuple[float, ...]
    prices: tuple[float, ...]
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """How far at most the cost is from the best, as a share of the bound; what floating point leaves of nothing is nothing."""
        gap = self.cost / self.bound - 1 if self.bound > 0 else 0.0
        return gap if gap > EXACT else 0.0


def optimum(demand: "Numbers", terms: Terms) -> Optimum:
    """The purchases of least cost for ``demand`` (units in each hour)."""
    import numpy as np

    demand = np.asarray(demand, dtype=float)
    if not demand.any():
        nothing = (0.0,) * len(demand)
        return Optimum(nothing, nothing, 0.0, 0.0)
    scale = min(1.0, float(demand.max()))  # a demand far below one unit would drown in the solver's tolerance
    buy, prices = _solve(demand / scale, terms)
    buy *= scale
    prices = certified(prices, terms)
    bound = terms.alpha * float(demand.sum()) + float(prices @ demand)
    return Optimum(tuple(buy.tolist()), tuple(prices.tolist()), cost_of(demand, buy, terms), bound)


def in_force(buy: "Numbers", term: int) -> "Numbers":
    """Units bought in each hour -> units in force in each hour."""
    import numpy as np

    total: Numbers = np.cumsum(buy)
    ended: Numbers = np.concatenate([np.zeros(min(term, len(buy))), total[:-term] if term < len(buy) else np.zeros(0)])
    return total - ended


def cost_of(demand: "Numbers", buy: "Numbers", terms: Terms) -> float:
    """What a demand costs with these purchases: fees in full, also of a term that reaches past the end; usage of committed units;
    the rest on demand."""
    import numpy as np

    served = np.minimum(demand, in_force(buy, terms.term))
    return float(terms.fee * buy.sum() + terms.alpha * served.sum() + (demand - served).sum())


def certified(prices: "Numbers", terms: Terms) -> "Numbers":
    """Prices of hours made to keep, exactly, what a certificate must: each from 0 to what a committed hour saves, and those of any
    ``term`` hours in a row no more than the fee. What the solver left beyond it by its tolerance is scaled away."""
    import numpy as np

    clipped = np.clip(prices, 0.0, terms.saved)
    total = np.concatenate([[0.0], np.cumsum(clipped)])
    ends = np.minimum(np.arange(len(clipped)) + terms.term, len(clipped))
    worst = float((total[ends] - total[:-1]).max(initial=0.0))
    return clipped * (terms.fee / worst) if worst > terms.fee else clipped


def _solve(demand: "Numbers", terms: Terms) -> "tuple[Numbers, Numbers]":
    """The program's optimum and its dual. Variables: buy, in force, on demand. Rows: in force is what was bought in the last term
    (each hour from the one before); in force and on demand cover the demand."""
    import highspy
    import numpy as np

    hours, term = len(demand), terms.term
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = 3 * hours, 2 * hours
    model.col_cost_ = np.concatenate([np.full(hours, terms.fee), np.zeros(hours), np.full(hours, terms.saved)])
    model.col_lower_, model.col_upper_ = np.zeros(3 * hours), np.full(3 * hours, highspy.kHighsInf)
    model.row_lower_ = np.concatenate([np.zeros(hours), demand])
    model.row_upper_ = np.concatenate([np.zeros(hours), np.full(hours, highspy.kHighsInf)])
    starts, index, value = _matrix(hours, term)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = starts, index, value
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # its constructor has no types
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(model)
    solver.run()
    solution = solver.getSolution()
    buy = np.clip(np.array(solution.col_value[:hours]), 0.0, None)
    nearest = np.round(buy)
    buy = np.where(np.abs(buy - nearest) < _DUST * np.maximum(1.0, nearest), nearest, buy)
    return buy, np.array(solution.row_dual[hours:])


def _matrix(hours: int, term: int) -> "tuple[Any, Any, Any]":
    """Rows of the program, row by row."""
    import numpy as np

    index: list[int] = []
    value: list[float] = []
    starts = [0]
    for hour in range(hours):
        row = {hours + hour: 1.0, hour: -1.0}
        if hour:
            row[hours + hour - 1] = -1.0
        if hour >= term:
            row[hour - term] = 1.0
        index += row.keys()
        value += row.values()
        starts.append(len(index))
    for hour in range(hours):
        index += [hours + hour, 2 * hours + hour]
        value += [1.0, 1.0]
        starts.append(len(index))
    return np.array(starts, dtype=np.int32), np.array(index, dtype=np.int32), np.array(value)
