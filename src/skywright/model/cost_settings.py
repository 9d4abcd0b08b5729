"""What a user may set about money (``cost:`` in ``skywright.yaml``)."""

from skywright.model.cost_shares import SharingSettings


class CostSettings(SharingSettings, frozen=True):
    """``currency``: what totals are shown in when there is more than one."""

    currency: str = "USD"
