"""What a user may set about anomalies of costs (``cost.anomalies``)."""

from datetime import date
from decimal import Decimal

from skywright.model.cost_dimensions import is_dimension, nearest_dimension
from skywright.model.settings_base import Strict


class AnomalySettings(Strict, frozen=True):
    """``by``: the dimensions of the tree that is judged, from trunk to leaf. ``min_impact``: what a surprise must amount to, in the
    bill's currency, to be shown. ``sensitivity``: how many usual deviations away is a surprise (more: fewer are shown).
    ``late_days``: so many last days of a bill may still grow, and their drops are not judged. ``holidays``: days like Sundays."""

    by: tuple[str, ...] = ("account", "service", "region", "usage_type")
    min_impact: Decimal = Decimal(10)
    sensitivity: float = 5.0
    late_days: int = 2
    holidays: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        if not self.by:
            raise ValueError("by needs at least one dimension")
        for name in self.by:
            if not is_dimension(name):
                raise ValueError(f"there is no dimension {name}. {nearest_dimension(name).rstrip('.')}")
        if self.min_impact < 0 or self.sensitivity <= 0 or self.late_days < 0:
            raise ValueError("min_impact and late_days must not be negative, sensitivity must be positive")
