"""What issuers invoiced beside what they billed row by row: invoice_detail against cost_and_usage, to the last digit."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Context, Decimal
from enum import StrEnum

import msgspec

from skywright.ports.engine import Session

_EXACT = Context(prec=80)
_SUMS = """SELECT InvoiceIssuerName, BillingAccountId, BillingPeriodStart, BillingCurrency, coalesce(InvoiceId, ''), sum(BilledCost)
    FROM {table} GROUP BY ALL"""

Where = tuple[str, str, datetime, str]
"""Issuer, billing account, first day of the period, currency."""


class Tied(StrEnum):
    """Whether an invoice and the rows behind it agree."""

    YES = "ties out"
    NO = "differs"
    NO_ROWS = "no rows behind it"
    NO_INVOICE = "not invoiced"


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice (or, where rows do not say their invoice, all of an account's period together): what its details add up to, and
    what its rows do. ``difference`` is rows less details."""

    issuer: str
    account: str
    period: datetime
    currency: str
    invoices: tuple[str, ...]
    invoiced: Decimal | None
    billed: Decimal | None

    @property
    def difference(self) -> Decimal:
        """What the rows say more than the invoice."""
        return _EXACT.subtract(self.billed or Decimal(0), self.invoiced or Decimal(0))

    @property
    def tied(self) -> Tied:
        """Whether they agree."""
        if self.invoiced is None:
            return Tied.NO_INVOICE
        if self.billed is None:
            return Tied.NO_ROWS
        return Tied.NO if self.difference else Tied.YES


def invoices(session: Session) -> list[Invoice]:
    """Every invoice that the ledger knows of, and every account's period that has none; by period, issuer and account."""
    details, rows = (_sums(session, table) for table in ("invoice_detail", "cost_and_usage"))
    found = [one for where in {**details, **rows} for one in _compared(where, details.get(where, {}), rows.get(where, {}))]
    return sorted(found, key=lambda one: (one.period, one.issuer, one.account, one.currency, one.invoices))


def _sums(session: Session, table: str) -> dict[Where, dict[str, Decimal]]:
    found: dict[Where, dict[str, Decimal]] = {}
    for issuer, account, period, currency, invoice, amount in session.query(_SUMS.format(table=table)).rows:
        found.setdefault((issuer, account, period, currency), {})[invoice] = amount
    return found


def _compared(where: Where, details: Mapping[str, Decimal], rows: Mapping[str, Decimal]) -> list[Invoice]:
    if details and "" in rows:  # rows that do not say their invoice can only be compared all together
        named = tuple(sorted({*details, *rows} - {""}))
        return [_invoice(where, named, _total(details.values()), _total(rows.values()))]
    return [_invoice(where, (one,) if one else (), details.get(one), rows.get(one)) for one in {**details, **rows}]


def _total(amounts: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def _invoice(where: Where, named: tuple[str, ...], invoiced: Decimal | None, billed: Decimal | None) -> Invoice:
    issuer, account, period, currency = where
    return Invoice(
        issuer=issuer, account=account, period=period, currency=currency, invoices=named, invoiced=invoiced, billed=billed
    )
