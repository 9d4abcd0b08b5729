"""A period delivered again: the same, grown, corrected, closed, in another form, in pieces; and what stays on record."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.adapters.bills.sample import ROW, held, ledger_in, month, row, write

from skywright.model.errors import BadInput
from skywright.ports.bills import Wanted

SEPTEMBER = datetime(2026, 9, 1)


def test_the_same_content_is_the_same_receipt_whatever_the_files_name_order_and_form(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    rows = [ROW, row(BilledCost="2"), month(8)]
    first = ledger.take(write(tmp_path / "one.csv", rows))
    again = ledger.take(write(tmp_path / "two.csv", rows[::-1]))
    assert (again.id, again.repeated, first.repeated) == (first.id, True, False)
    assert again.sums_out == first.sums_out
    assert (len(ledger.receipts()), len(ledger.parts())) == (1, 2)
    exported = tmp_path / "three.parquet"
    ledger.export(exported, "1.4")
    assert ledger.take(str(exported)).repeated


def test_part_of_what_is_held_changes_nothing_either(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "both.csv", [ROW, month(8)]))
    assert ledger.take(write(tmp_path / "september.csv", [ROW])).repeated
    grown = ledger.take(write(tmp_path / "three.csv", [ROW, month(8), month(10)]))
    assert (grown.repeated, grown.restated, grown.rows_out) == (False, (), 3)
    assert held(ledger) == [(Decimal("4.5"),)]


def test_what_changed_and_by_how_much_is_told_for_each_currency(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "a.csv", [ROW, row(BillingCurrency="USD", BilledCost="3")]))
    receipt = ledger.take(write(tmp_path / "b.csv", [ROW, row(BilledCost="-0.5", EffectiveCost="-0.25", ChargeCategory="Credit")]))
    told = [
        (one.currency, one.billed_before, one.billed_after, one.effective_before, one.effective_after) for one in receipt.restated
    ]
    assert told == [
        ("EUR", Decimal("1.5"), Decimal(1), Decimal("1.25"), Decimal(1)),
        ("USD", Decimal(3), Decimal(0), Decimal("1.25"), Decimal(0)),
    ]
    first = receipt.restated[0]
    assert (first.issuer, first.account, first.period) == ("Issuer", "acc-1", SEPTEMBER)
    assert (first.rows_before, first.rows_after, first.closed) == (2, 2, False)


def test_the_old_version_stays_readable_and_may_come_back(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    a, b = write(tmp_path / "a.csv", [ROW]), write(tmp_path / "b.csv", [row(BilledCost="9")])
    first, second, third = ledger.take(a), ledger.take(b), ledger.take(a)
    assert third.id == f"{first.id}-2"
    sql = "SELECT sum(BilledCost), any_value(x_Import) FROM cost_and_usage"
    seen = []
    for receipt in (first, second, third):
        with ledger.open(after=receipt.id) as session:
            seen.append(session.query(sql).rows[0])
    assert seen == [(Decimal("1.5"), first.id), (Decimal(9), second.id), (Decimal("1.5"), third.id)]
    assert held(ledger) == [(Decimal("1.5"),)]
    assert [part.until for part in ledger.parts()] == [second.id, third.id, ""]


def test_an_issuer_that_is_not_in_an_accounts_bill_any_more_is_gone(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    other = row(InvoiceIssuerName="Reseller", BilledCost="7")
    ledger.take(write(tmp_path / "a.csv", [ROW, other, row(BillingAccountId="acc-2", InvoiceIssuerName="Reseller")]))
    receipt = ledger.take(write(tmp_path / "b.csv", [row(BilledCost="2")]))
    assert [(one.issuer, one.account, one.billed_before, one.billed_after, one.rows_after) for one in receipt.restated] == [
        ("Issuer", "acc-1", Decimal("1.5"), Decimal(2), 1),
        ("Reseller", "acc-1", Decimal(7), Decimal(0), 0),
    ]
    assert held(ledger) == [(Decimal("3.5"),)]


def test_a_period_that_its_issuer_closed_needs_to_be_asked_for(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    columns = ("BillingPeriodCreated", "BillingPeriodEnd", "BillingPeriodLastUpdated", "BillingPeriodStart")
    status = dict(zip(columns, ("2026-09-01", "2026-10-01", "2026-10-05", "2026-09-01"), strict=True))
    closed = status | {"BillingPeriodStatus": "Closed", "InvoiceIssuerName": "Issuer"}
    ledger.take(write(tmp_path / "a.csv", [ROW]))
    assert ledger.take(write(tmp_path / "periods.csv", [closed])).dataset == "billing_period"
    changed = write(tmp_path / "b.csv", [row(BilledCost="9")])
    with pytest.raises(BadInput) as caught:
        ledger.take(changed)
    assert str(caught.value) == (
        f"{changed}: the billing period 2026-09-01 of account acc-1 (Issuer) is closed, and what is delivered differs. Nothing was "
        "imported. Pass --restate to replace it; what was there stays on record."
    )
    receipt = ledger.take(changed, Wanted(restate=True))
    assert [one.closed for one in receipt.restated] == [True]
    assert held(ledger) == [(Decimal(9),)]


def test_a_period_long_past_counts_as_closed_unless_its_issuer_says_open(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "a.csv", [month(number) for number in range(4, 8)]))
    assert ledger.take(write(tmp_path / "b.csv", [month(5, BilledCost="9")])).restated[0].closed is False
    with pytest.raises(BadInput, match=r"period 2026-04-01 of account acc-1 .* is closed"):
        ledger.take(write(tmp_path / "c.csv", [month(4, BilledCost="9")]))


def test_the_same_period_in_another_form_would_count_twice(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    mapping = tmp_path / "map.yaml"
    columns = ("BilledCost", "BillingAccountId", "BillingCurrency", "ChargePeriodStart", "ServiceName", "InvoiceIssuerName")
    mapping.write_text("columns:\n" + "".join(f"  {one}: {one}\n" for one in columns))
    bill = write(tmp_path / "a.csv", [ROW])
    ledger.take(bill)
    with pytest.raises(BadInput) as caught:
        ledger.take(bill, Wanted(mapping=mapping))
    assert str(caught.value) == (
        f"{bill}: the billing period 2026-09-01 of account acc-1 (Issuer) is held as focus-1.0: as mapping too it would count "
        "twice. "
        "Nothing was imported. Pass --restate to replace it."
    )


def test_what_looks_like_another_piece_of_a_period_is_not_taken_for_the_period_again(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "a.csv", [ROW]))
    later = row(ChargePeriodStart="2026-09-02T00:00:00Z", ChargePeriodEnd="2026-09-03T00:00:00Z")
    bill = write(tmp_path / "b.csv", [later])
    with pytest.raises(BadInput) as caught:
        ledger.take(bill)
    assert str(caught.value) == (
        f"{bill}: this looks like another piece of the billing period 2026-09-01 of account acc-1 (Issuer): it has charges from "
        "2026-09-02 00:00 to 2026-09-03 00:00, held are those from 2026-09-01 00:00 to 2026-09-01 01:00. Nothing was imported. "
        "Import "
        "all pieces at once (a folder), or pass --restate to replace what is held."
    )
    assert ledger.take(write(tmp_path / "whole.csv", [ROW, later])).rows_out == 2


def test_nor_is_what_has_no_row_of_a_larger_one(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "a.csv", [row(ResourceId=f"r-{number}") for number in range(20)]))
    bill = write(tmp_path / "b.csv", [row(ResourceId=f"q-{number}") for number in range(20)])
    with pytest.raises(BadInput) as caught:
        ledger.take(bill)
    assert str(caught.value) == (
        f"{bill}: this looks like another piece of the billing period 2026-09-01 of account acc-1 (Issuer): none of the 20 rows "
        "that are "
        "held is in it. Nothing was imported. Import all pieces at once (a folder), or pass --restate to replace what is held."
    )
    some = [row(ResourceId=f"q-{number}") for number in range(19)]
    assert ledger.take(write(tmp_path / "c.csv", [row(ResourceId="r-7"), *some])).restated[0].rows_after == 20


def test_a_dry_run_tells_everything_and_keeps_nothing(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "a.csv", [ROW]))
    before = sorted(path for path in (tmp_path / "ledger").rglob("*.parquet"))
    receipt = ledger.take(write(tmp_path / "b.csv", [row(BilledCost="9")]), Wanted(dry_run=True))
    assert receipt.restated[0].billed_after == Decimal(9)
    assert held(ledger) == [(Decimal("1.5"),)]
    assert sorted(path for path in (tmp_path / "ledger").rglob("*.parquet")) == before
