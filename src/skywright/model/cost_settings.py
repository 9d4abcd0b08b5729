"""What a user may set about money (``cost:`` in ``skywright.yaml``)."""

from skywright.model.settings_base import Strict


class CostSettings(Strict, frozen=True):
    """``currency``: what totals are shown in when there is more than one."""

    currency: str = "USD"
