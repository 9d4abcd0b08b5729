"""How far a counterfactual may be off: what the same reckoning makes of resources that nothing was done to.

Every peer is held against the others as the target is against all of them. What it seems to have saved is a placebo: it holds
everything that goes its own way there, scatter from day to day, trends of its own, what the peers' own change adds. Among many
placebos the interval is one of order (Conley and Taber, "Inference with difference in differences with a small number of policy
changes", 2011; the order statistic that covers at least 95 % when the target is like its peers, as in conformal prediction);
among few it is Student's, of a single further draw (Donald and Lang, "Inference with difference-in-differences and other panel
data", 2007). Without peers the placebos are of another time: what the same reckoning makes of the target itself in the weeks before
("in-time placebos": Abadie, Diamond and Hainmueller, "Comparative politics and the synthetic control method", 2015). Without such
weeks only days can be compared: Welch's interval (1947) of their means, over as many days as days that hang together are worth
(Bayley and Hammersley, 1946).
"""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, sqrt
from statistics import fmean, variance

PLACEBOS_MANY = 19
"""From here on some order statistic of absolute placebos covers 95 %: 19 of 20."""

_T_95 = {
    1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 12: 2.179, 15: 2.131,
    20: 2.086, 30: 2.042,
}  # fmt: skip
"""Student's t, two-sided 95 %, by degrees of freedom (any table of it)."""


def placebos(pairs: Sequence[tuple[float, float]]) -> list[float]:
    """Each peer's costs before and after (means a day) -> what it seems to have saved, as a share of what it cost before. A peer
    that is nearly all there is has none to be held against, and gives none."""
    old, new = sum(one for one, _ in pairs), sum(one for _, one in pairs)
    return [(new - after) / (old - before) - after / before for before, after in pairs if 0 < before < 0.99 * old]


def moves(weeks: Sequence[float], width: int) -> list[float]:
    """Means of weeks, in order -> by which share the mean of ``width`` weeks changed to that of the next ones, week by week."""
    found = []
    for start in range(len(weeks) - 2 * width + 1):
        before, after = fmean(weeks[start : start + width]), fmean(weeks[start + width : start + 2 * width])
        if before > 0:
            found.append(after / before - 1)
    return found


def of_moves(found: Sequence[float], width: int) -> float:
    """Half the 95 % interval of one more move, as a share of what was before. Moves that overlap are worth fewer."""
    worth = max(1.0, len(found) / width)
    return student(worth) * sqrt(fmean(one * one for one in found) * (1 + 1 / worth))


def of_placebos(found: Sequence[float]) -> float:
    """Half the 95 % interval of a target's saving, as a share of what it cost before. At least two placebos."""
    count = len(found)
    if count >= PLACEBOS_MANY:
        return sorted(abs(one) for one in found)[ceil(0.95 * (count + 1)) - 1]
    scatter = fmean(one * one for one in found) * count / (count - 1)
    return student(count - 1) * sqrt(scatter * (1 + 1 / count))


def of_days(first: Sequence[float], second: Sequence[float]) -> float:
    """Half the 95 % interval of the difference of two means of days."""
    parts = [variance(one) / _worth(one) for one in (first, second)]
    together = sum(parts)
    if together == 0:
        return 0.0
    freedom = together**2 / sum(part**2 / max(1.0, _worth(one) - 1) for part, one in zip(parts, (first, second), strict=True))
    return student(freedom) * sqrt(together)


def _worth(days: Sequence[float]) -> float:
    """How many days that have nothing to do with each other these are worth; the correlation of neighbours is read from them."""
    mean = fmean(days)
    spread = sum((one - mean) ** 2 for one in days)
    if spread == 0:
        return len(days)
    near = sum((one - mean) * (other - mean) for one, other in pairwise(days)) / spread
    near = min(0.9, max(0.0, near + 1 / len(days)))
    return max(2.0, len(days) * (1 - near) / (1 + near))


def student(freedom: float) -> float:
    """The table's value for as many degrees of freedom, or the next fewer; 1.96 is never reached from above."""
    return _T_95[max(degrees for degrees in _T_95 if degrees <= max(1.0, freedom))]
