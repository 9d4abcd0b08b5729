"""Invoices against the rows behind them: by invoice, or by account and period where rows do not say their invoice."""

from pathlib import Path

import pytest
from tests.adapters.bills.sample import ROW, ledger_in, write

from skywright.adapters.bills.ledger.invoices import invoices

DETAIL = {
    "BilledCost": "1.5",
    "BillingAccountId": "acc-1",
    "BillingCurrency": "EUR",
    "BillingPeriodStart": "2026-09-01",
    "BillingPeriodEnd": "2026-10-01",
    "InvoiceDetailId": "D-1",
    "InvoiceId": "I-1",
    "InvoiceIssueStatus": "Issued",
    "InvoiceIssuerName": "Issuer",
}
TINY = "1.500000000000000001"

# name, (cost, invoice) of rows, (cost, invoice) of details; invoices, difference, verdict
CASES = [
    ("ties out", [("1", "I-1"), ("0.5", "I-1")], [("1.2", "I-1"), ("0.3", "I-1")], [(("I-1",), "0", "ties out")]),
    ("by the last digit", [(TINY, "I-1")], [("1.5", "I-1")], [(("I-1",), "0.000000000000000001", "differs")]),
    ("two invoices", [("1", "I-1"), ("2", "I-2")], [("2", "I-1"), ("1", "I-2")],
     [(("I-1",), "-1", "differs"), (("I-2",), "1", "differs")]),
    ("rows say none", [("1", ""), ("2", "I-2")], [("2", "I-1"), ("1", "I-2")], [(("I-1", "I-2"), "0", "ties out")]),
    ("no rows", [("1", "I-1")], [("1", "I-1"), ("4", "I-9")], [(("I-1",), "0", "ties out"), (("I-9",), "-4", "no rows behind it")]),
    ("not invoiced", [("1", "")], [], [((), "1", "not invoiced")]),
    ("one not invoiced yet", [("1", "I-1"), ("2", "I-2")], [("1", "I-1")],
     [(("I-1",), "0", "ties out"), (("I-2",), "2", "not invoiced")]),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "details", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_was_invoiced_and_what_was_billed(tmp_path: Path, rows: list, details: list, expected: list):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "rows.csv", [{**ROW, "BilledCost": cost, "InvoiceId": invoice} for cost, invoice in rows]))
    if details:
        lines = [
            {**DETAIL, "BilledCost": cost, "InvoiceId": invoice, "InvoiceDetailId": f"D-{n}"}
            for n, (cost, invoice) in enumerate(details)
        ]
        ledger.take(write(tmp_path / "details.csv", lines))
    with ledger.open() as session:
        found = invoices(session)
    assert [(one.invoices, f"{one.difference.normalize():f}", one.tied.value) for one in found] == expected
