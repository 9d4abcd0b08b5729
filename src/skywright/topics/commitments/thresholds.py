"""The break-even rule, and the family of rules that it belongs to: buy when so many hours of the last term were on demand.

Wang, Li, Liang (To Reserve or Not to Reserve: Optimal Online Multi-Instance Acquisition in IaaS Clouds, ICAC 2013), with demand
that may be divided. Their rule counts, over the last term, the hours whose demand exceeds what is reserved, and reserves one more
while there are more than ``threshold`` of them; the new one counts as if it had been there for all those hours, so that none is
counted twice. Here the amount is found at once: the largest that leaves no more than ``threshold`` such hours.
"""

from typing import TYPE_CHECKING

from skywright.topics.commitments.terms import Terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


class Thresholds:
    """Rules with different thresholds side by side, fed one hour at a time. ``hours``: each rule's threshold, whole hours."""

    def __init__(self, hours: "NDArray[np.int64]", term: int, horizon: int) -> None:
        import numpy as np

        self.hours = hours
        self.term = term
        self.excess = np.zeros((len(hours), horizon + term))  # demand beyond what is reserved; below zero where it exceeds demand
        self.now = 0

    def hour(self, demand: float) -> "Numbers":
        """The next hour's demand -> what each rule buys in it."""
        import numpy as np

        self.excess[:, self.now] += demand
        since = max(0, self.now - self.term + 1)
        window = self.excess[:, since : self.now + 1]
        bought = np.zeros(len(self.hours))
        able = np.flatnonzero((self.hours < window.shape[1]) & (window[:, -1] > 0))
        if len(able):
            ordered = -np.sort(-window[able], axis=1)
            bought[able] = np.maximum(0.0, ordered[np.arange(len(able)), self.hours[able]])
            self.excess[able, since : self.now + self.term] -= bought[able, None]
        self.now += 1
        return bought


def break_even(demand: "Numbers", terms: Terms) -> "Numbers":
    """What the break-even rule buys in each hour: never more than 2 - alpha times the optimum."""
    import numpy as np

    rule = Thresholds(np.array([whole_hours(terms.break_even)]), terms.term, len(demand))
    return np.array([rule.hour(amount)[0] for amount in demand])


def whole_hours(threshold: float) -> int:
    """The number of hours that a threshold allows on demand before one more is too many."""
    return int(threshold + 1e-9)
