"""Short histories: how far a cost may go, from what levels of cost usually do, where days are too few to learn it from themselves.

A level that wanders by a share a day (a random walk of logarithms) and days that scatter about it. How much it wanders is told from
the means of weeks, together with what is assumed beforehand, weighed by degrees of freedom (a scaled inverse chi-squared prior:
Gelman et al., Bayesian Data Analysis, 3rd edition, 2.6); the tails are Student's.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean

WEEK = 7
DAYS_MIN, DAYS_ALONE, DAYS_MAX = 18, 5 * WEEK, 8 * WEEK
"""With fewer days weekdays are not known. Up to ``DAYS_ALONE`` the errors of the method's own past are too few to say anything;
from there on they count where they are less; from ``DAYS_MAX`` on they tell more."""
WANDER, WORTH = 0.025, 4.0
"""Assumed beforehand: the level wanders by 2.5 % a day, as sure as four weeks of data would be."""
BEHIND_DAYS = 5.0
"""So old is, on the mean, the level that a forecast knows."""
_WALK = 2 * WEEK / 3
"""Variance of the difference of two neighbouring weeks' means, in those of a day's step of a random walk."""
_T_975 = {4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 11: 2.201}


def reaches(values: Sequence[float], spans: Sequence[tuple[int, int]], error: float) -> list[tuple[float, float]] | None:
    """Days of cost, and spans of days ahead -> by which factors a sum over each may be less and more than foretold, 95 times in
    100; None where nothing of the kind can be said: a long history, days without cost, credits."""
    if not DAYS_MIN <= len(values) < DAYS_MAX or min(values) <= 0:
        return None
    weekdays = [fmean(values[place::WEEK]) for place in range(WEEK)]
    logs = [math.log(value / weekdays[place % WEEK]) for place, value in enumerate(values)]
    steps = [(after - before) ** 2 for before, after in pairwise(logs)]
    scatter = fmean(steps) / 2
    weeks = [fmean(logs[start : start + WEEK]) for start in range(len(logs) % WEEK, len(logs), WEEK)]
    moves = [(after - before) ** 2 for before, after in pairwise(weeks)]
    seen = max(0.0, fmean(moves) - 2 * scatter / WEEK) / _WALK
    freedom = WORTH + len(moves)
    wander = (WORTH * WANDER**2 + len(moves) * seen) / freedom
    tail = _T_975[min(int(freedom), max(_T_975))]
    found = []
    for first, end in spans:
        length = max(1, end - first)
        reach = tail * math.sqrt(wander * (first + length / 3 + BEHIND_DAYS) + scatter * (1 / length + 1 / WEEK) + error**2)
        found.append((math.exp(-reach), math.exp(reach)))
    return found
