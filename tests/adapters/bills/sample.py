"""Small bills in FOCUS 1.0, written as exports write them."""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from skywright.adapters.bills.ledger import FileLedger

NOW = datetime(2026, 11, 22, 12)
ROW = {
    "BilledCost": "1.5",
    "EffectiveCost": "1.25",
    "ListCost": "2",
    "ContractedCost": "1.5",
    "BillingAccountId": "acc-1",
    "BillingAccountName": "Main",
    "BillingCurrency": "EUR",
    "BillingPeriodStart": "2026-09-01T00:00:00Z",
    "BillingPeriodEnd": "2026-10-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ChargeDescription": "hours",
    "ChargeFrequency": "Usage-Based",
    "ChargePeriodStart": "2026-09-01T00:00:00Z",
    "ChargePeriodEnd": "2026-09-01T01:00:00Z",
    "InvoiceIssuerName": "Issuer",
    "ProviderName": "Provider",
    "PublisherName": "Publisher",
    "ServiceCategory": "Compute",
    "ServiceName": "Virtual Machines",
    "ResourceId": "r-1",
    "Tags": '{"team": "web"}',
}
PERIODS = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")


def row(**changes: str) -> dict[str, str]:
    """One row, with some of its columns changed."""
    return {**ROW, **changes}


def month(number: int, **changes: str) -> dict[str, str]:
    """One row of a month of 2026."""
    ends = (f"2026-{number:02}-01T00:00:00Z", f"2026-{number + 1:02}-01T00:00:00Z")
    hours = (f"2026-{number:02}-01T00:00:00Z", f"2026-{number:02}-01T01:00:00Z")
    return row(**dict(zip(PERIODS, (*ends, *hours), strict=True)), **changes)


def write(path: Path, rows: Sequence[Mapping[str, str]], *, without: Sequence[str] = ()) -> str:
    """A CSV file of rows; gives its path as text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = [column for column in rows[0] if column not in without]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def ledger_in(folder: Path) -> FileLedger:
    """A ledger in a folder of its own."""
    return FileLedger(folder / "ledger", lambda: NOW)


def held(ledger: FileLedger, sql: str = "SELECT sum(BilledCost) FROM cost_and_usage") -> list[tuple[object, ...]]:
    """What the ledger answers."""
    with ledger.open() as session:
        return session.query(sql).rows
