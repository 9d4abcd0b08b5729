"""How much may be bought on a forecast so that the guarantee stays, whatever comes.

Everything is held against lower bounds of the optimum: prices of hours, as in the optimum's certificate, that are extended hour by
hour and now and then replaced by the best ones. Two ways to pay for a purchase beyond the base's:

- from the **credit** of the epoch: what the guarantee left over when it began, and what it leaves over the base's own, better one;
- by **beginning a new epoch**: as if the past were closed with what it cost, and the base began again on what the units in force
  leave over. That is safe when the past's cost is within the guarantee of what the past alone must cost anyone, even if all that
  they bought for it goes on to serve the future, beyond what we hold there ourselves.
"""

import math
from typing import TYPE_CHECKING

from skywright.topics.commitments.optimum import optimum
from skywright.topics.commitments.terms import Terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

FIRST = 8
GROWTH = 1.06  # the best prices are found again when so many times the hours have passed
DUST = 1e-9


class Prices:
    """Prices of the hours of a demand that is still coming: no term's sum exceeds the fee, so that they bound the optimum.
    ``total[n]``: what the first n hours cost anyone at least, what use of committed units costs left out."""

    def __init__(self, terms: Terms, horizon: int) -> None:
        import numpy as np

        self.terms = terms
        self.prices = np.zeros(horizon)
        self.demand = np.zeros(horizon)
        self.total = np.zeros(horizon + 1)
        self.sum = 0.0  # by the prices of now; total keeps the best of all that there were
        self.now = 0

    def see(self, demand: float) -> None:
        """One more hour: it gets what the last term's prices leave of the fee."""
        since = max(0, self.now - self.terms.term + 1)
        left = self.terms.fee * (1 - DUST) - float(self.prices[since : self.now].sum())
        self.demand[self.now] = demand
        self.prices[self.now] = min(self.terms.saved, max(0.0, left))
        self.sum += self.prices[self.now] * demand
        self.now += 1
        self.total[self.now] = max(self.total[self.now - 1], self.sum)

    def improve(self) -> None:
        """The best prices for what was seen."""
        import numpy as np

        best = np.array(optimum(self.demand[: self.now], self.terms).prices)
        self.prices[: self.now] = best
        sums = np.concatenate([[0.0], np.cumsum(best * self.demand[: self.now])])
        self.sum = float(sums[-1])
        self.total[: self.now + 1] = np.maximum.accumulate(np.maximum(self.total[: self.now + 1], sums))


class Guard:
    """Keeps what was paid within the guarantee. Every hour: ``see``, ``force``, ``allow``, ``pay``, ``renew``."""

    def __init__(self, terms: Terms, horizon: int, base: float) -> None:
        self.terms = terms
        self.most = terms.guarantee * (1 - DUST)
        self.base = min(base, self.most)  # what the base alone promises
        self.all = Prices(terms, horizon)
        self.paid = 0.0
        self.used = 0.0  # unit hours so far
        self.solved = FIRST
        self._begin(0.0)

    def _begin(self, credit: float) -> None:
        """A new epoch with what the guarantee leaves over at its beginning."""
        self.credit = credit
        self.left = Prices(self.terms, len(self.all.demand))
        self.left_used = 0.0  # of the demand that the units in force at the beginning leave over
        self.net = 0.0  # what purchases beyond the base's have cost more than they have saved
        self.must = False

    def see(self, demand: float, left: float) -> None:
        """The hour's demand, and what of it the units in force at the epoch's beginning leave over."""
        self.all.see(demand)
        self.left.see(left)
        self.used += demand
        self.left_used += left
        if self.all.now >= self.solved:
            self.solved = math.ceil(self.all.now * GROWTH)
            self.all.improve()
            self.left.improve()

    def allow(self, wanted: float, held: "Numbers", demand: float) -> float:
        """Of the units wanted in this hour (no more than it lacks), those that the guarantee leaves room for. ``held``: in force
        from this hour on."""
        fee = self.terms.fee
        if wanted <= 0:
            return 0.0
        by_credit = min(wanted, max(0.0, self._credit()) / fee)
        if by_credit == wanted:
            return self._spend(wanted)
        by_epoch = self._by_epoch(wanted, held, demand)
        if by_epoch > by_credit:
            self.must = True
            return self._spend(by_epoch)
        return self._spend(by_credit)

    def _spend(self, units: float) -> float:
        self.net += self.terms.fee * units
        self.paid += self.terms.fee * units
        return units

    def cancel(self, units: float) -> None:
        """What the base bought a term ago was never needed."""
        self.net -= self.terms.fee * units

    def decline(self, due: float, on_demand: float, base_on_demand: float) -> float:
        """Of what the base would hold and we lack, though it is not worth buying: what must be bought, as the credit does not
        bear to serve it on demand."""
        extra = self.terms.saved * (on_demand - base_on_demand)
        return 0.0 if self.must or extra <= self._credit() else due

    def force(self, units: float) -> None:
        """What the base buys in this hour."""
        self.paid += self.terms.fee * units

    def pay(self, *, demand: float, on_demand: float, base_on_demand: float) -> None:
        """The hour's purchases and what is on demand in it; ``base_on_demand``: what the base alone would have on demand."""
        saved = self.terms.saved
        self.paid += self.terms.alpha * demand + saved * on_demand
        self.net -= saved * (base_on_demand - on_demand)

    def renew(self, held: "Numbers") -> bool:
        """Whether a new epoch begins with the next hour (``held``: in force from then on): when it must, or when more is left."""
        over = self.most * self._closed(held) - self.paid
        if self.must or over >= max(0.0, self._credit()):
            self._begin(max(0.0, over))
            return True
        return False

    def _credit(self) -> float:
        """What may still be spent beyond the base in this epoch."""
        alpha, count = self.terms.alpha, self.left.now
        base = (self.most - self.base) * (self.left.total[count] + alpha * self.left_used)
        return float(self.credit + base - self.net)

    def _closed(self, held: "Numbers") -> float:
        """What the past alone costs anyone at least, counting that what they bought may serve the future beyond ``held``."""
        import numpy as np

        now, term = self.all.now, self.terms.term
        begun = np.clip(now + np.arange(len(held)) - term + 1, 0, now)
        least = min(float(self.all.total[now]), float((self.all.total[begun] + self.terms.fee * held).min(initial=math.inf)))
        return least + self.terms.alpha * self.used

    def _by_epoch(self, wanted: float, held: "Numbers", demand: float) -> float:
        """The most units with which a new epoch may begin after this hour; 0 when none may."""
        fee, saved = self.terms.fee, self.terms.saved
        paid = self.paid + self.terms.alpha * demand + saved * max(0.0, demand - float(held[0]))
        over = self.most * (float(self.all.total[self.all.now]) + self.terms.alpha * self.used) - paid
        units = min(wanted, max(0.0, over / (fee - saved))) if fee > saved else wanted
        after = held[1:] + units
        return units if units > 0 and self.most * self._closed(after) >= paid + (fee - saved) * units else 0.0
