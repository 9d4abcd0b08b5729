"""Money: exact, finite by construction, never a float."""

from decimal import Decimal

import msgspec

HOURS_PER_MONTH = Decimal(730)
"""Hours in a month as cloud price pages count them (365 x 24 / 12)."""


class Money(msgspec.Struct, frozen=True, order=True):
    """An amount in one currency. Amounts of different currencies refuse to be added."""

    amount: Decimal
    currency: str = "USD"

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise ValueError(f"money must be finite, not {self.amount}")

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        return Money(self.amount * factor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __str__(self) -> str:
        sign = "-" if self.amount < 0 else ""
        symbol = "$" if self.currency == "USD" else f"{self.currency} "
        return f"{sign}{symbol}{abs(self.amount):,.2f}"

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a price book. ``unit``: hour, gib-month, iops-month, ... ``dated`` is ISO 8601 (day or month)."""

    amount: Money
    unit: str
    source: str
    dated: str


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a resource costs. ``monthly`` None is unknown, never zero; ``note`` says why, or what is left out."""

    resource: str
    hourly: Money | None = None
    monthly: Money | None = None
    source: str = ""
    dated: str = ""
    note: str = ""
