"""What a commitment costs against on demand, in units of one unit's on-demand price for one hour."""

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t

HOURS_MAX = 100_000


class Terms(msgspec.Struct, frozen=True):
    """A commitment to one unit: it holds for ``term`` hours from the hour in which it is bought.

    ``ratio`` is its price over the on-demand price when every hour of it is used; ``alpha`` is what of that is paid only for hours
    that are used (0: all of it is paid whether used or not). Raises BadInput for figures that make no sense.
    """

    term: int
    ratio: float
    alpha: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.term <= HOURS_MAX:
            raise BadInput(t("--term {term} is not from 1 to {most} hours.", term=self.term, most=HOURS_MAX), next_step=_TERM)
        if not 0 < self.ratio < 1:
            raise BadInput(t("--ratio {ratio:g} is not between 0 and 1.", ratio=self.ratio), next_step=_RATIO)
        if not 0 <= self.alpha < self.ratio:
            message = t("--alpha {alpha:g} is not from 0 to below the ratio {ratio:g}.", alpha=self.alpha, ratio=self.ratio)
            raise BadInput(message, next_step=_ALPHA)

    @property
    def fee(self) -> float:
        """What a commitment costs though it is never used."""
        return (self.ratio - self.alpha) * self.term

    @property
    def saved(self) -> float:
        """What an hour that a commitment serves costs less than on demand (its fee apart)."""
        return 1.0 - self.alpha

    @property
    def break_even(self) -> float:
        """Hours of use after which a commitment has earned its fee."""
        return self.fee / self.saved

    @property
    def guarantee(self) -> float:
        """No more than this times the optimum, whatever comes: 2 - alpha, the best that a deterministic policy can promise
        (Wang, Li, Liang: To Reserve or Not to Reserve, ICAC 2013)."""
        return 2.0 - self.alpha


_TERM = t("Give the hours for which a commitment holds: 8760 for a year.")
_RATIO = t("Give the committed price over the on-demand price: 0.63 for 37 % off.")
_ALPHA = t("Give the part of the on-demand price that a committed hour costs only when it is used, 0 without one.")
