"""What a user may set about money (``cost:`` in ``skywright.yaml``)."""

from skywright.model.cost_books import BookSettings


class CostSettings(BookSettings, frozen=True):
    """``currency``: what totals are shown in when there is more than one."""

    currency: str = "USD"
