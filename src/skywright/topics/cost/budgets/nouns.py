"""Nouns of budgets."""

from datetime import date
from decimal import Decimal

import msgspec

from skywright.model.cost_budgets import Basis


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold of a budget in one period. ``day``: when it was or will be passed, with the days between which it will (None: not
    within the period); ``probability``: of its being passed by the end."""

    percent: float
    of: Basis
    limit: Decimal
    reached: bool
    probability: float
    day: date | None = None
    earliest: date | None = None
    latest: date | None = None

    @property
    def id(self) -> str:
        """Its name among the budget's thresholds."""
        return f"{self.of.value}-{self.percent:g}"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a budget stands. ``pace``: what would be spent by ``through`` if the amount were spent evenly; ``expected``: by the
    end, with the ends of its 95 % interval; ``out``: when the whole amount is used up. ``course``: spent by the end of each day,
    then what is expected to be; ``bounds``: the interval's ends for the latter. ``uncounted``: currencies of charges in its scope
    from which no rate leads to the budget's: where there are any, that it lasts is not known."""

    name: str
    start: date
    end: date
    through: date
    currency: str
    amount: Decimal
    spent: Decimal
    pace: Decimal
    expected: Decimal
    low: Decimal
    high: Decimal
    out: Step
    steps: tuple[Step, ...]
    course: tuple[float, ...]
    bounds: tuple[tuple[float, float], ...]
    method: str
    error_share: float | None
    error_windows: int
    uncounted: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """How much of the amount is spent."""
        return float(self.spent / self.amount)

    @property
    def judged(self) -> bool:
        """Whether it is known if the budget lasts: all is counted, or what is counted is too much already."""
        return not self.uncounted or self.spent >= self.amount
