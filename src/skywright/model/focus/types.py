"""What a FOCUS column is."""

from enum import StrEnum

import msgspec

DECIMAL = "DECIMAL(38,18)"
"""Every amount, price and quantity: 20 digits before the point, 18 after it. What does not fit is refused, never rounded."""


class Level(StrEnum):
    """Whether a dataset must have a column: always, under a condition, better yes, as one likes."""

    MANDATORY = "mandatory"
    CONDITIONAL = "conditional"
    RECOMMENDED = "recommended"
    OPTIONAL = "optional"


class FocusType(StrEnum):
    """What a column holds. Times are naive UTC; ``tags`` are keys and values; ``json`` is text that is JSON."""

    TEXT = "text"
    DECIMAL = "decimal"
    TIME = "time"
    TAGS = "tags"
    JSON = "json"

    @property
    def sql(self) -> str:
        """The type in DuckDB's dialect."""
        match self:
            case FocusType.TEXT | FocusType.JSON:
                return "VARCHAR"
            case FocusType.DECIMAL:
                return DECIMAL
            case FocusType.TIME:
                return "TIMESTAMP"
            case FocusType.TAGS:
                return "MAP(VARCHAR, VARCHAR)"


class FocusColumn(msgspec.Struct, frozen=True):
    """One column. ``nulls``: NULL is allowed; ``allowed``: the only values it may have (empty: any)."""

    name: str
    type: FocusType
    nulls: bool
    level: Level
    allowed: tuple[str, ...] = ()


class Dataset(StrEnum):
    """The four datasets, by the names of their tables in the ledger."""

    COST_AND_USAGE = "cost_and_usage"
    CONTRACT_COMMITMENT = "contract_commitment"
    BILLING_PERIOD = "billing_period"
    INVOICE_DETAIL = "invoice_detail"
