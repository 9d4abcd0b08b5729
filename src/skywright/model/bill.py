"""Nouns of bills: what came into the ledger, what was turned away, and what an issuer has changed since."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import msgspec


class Reject(msgspec.Struct, frozen=True):
    """A row that was not taken: where it stood (file:line) and why. A bill with rejected rows is not taken unless asked so."""

    where: str
    why: str


class Restated(msgspec.Struct, frozen=True, kw_only=True):
    """A billing period that its issuer delivered again: sums of BilledCost and EffectiveCost before and after, and rows."""

    issuer: str
    account: str
    period: datetime
    currency: str
    billed_before: Decimal
    billed_after: Decimal
    effective_before: Decimal
    effective_after: Decimal
    rows_before: int
    rows_after: int
    closed: bool


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What one import did. ``sums_in`` was added up from the source's own text, ``sums_out`` from what the ledger then held; both
    by ``<column>/<currency>``, exact. ``id`` names the content: the same content again is the same receipt and changes nothing."""

    id: str
    at: datetime
    source: str
    form: str  # focus-1.0 to focus-1.4, aws-cur-2.0, aws-cur-legacy, azure-export, gcp-export, opencost, mapping
    dataset: str
    rows_in: int
    rows_out: int
    sums_in: Mapping[str, Decimal]
    sums_out: Mapping[str, Decimal]
    rejected: tuple[Reject, ...] = ()
    rejected_count: int = 0
    restated: tuple[Restated, ...] = ()
    periods: tuple[datetime, ...] = ()
    remarks: tuple[str, ...] = ()
    repeated: bool = False  # everything in it was in the ledger already
