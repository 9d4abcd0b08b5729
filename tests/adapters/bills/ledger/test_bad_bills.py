"""Bills that cannot be taken: what, where, why and what now, as whole sentences; and nothing is kept."""

import gzip
from pathlib import Path

import pytest
from tests.adapters.bills.sample import ROW, ledger_in, month, row, write

from skywright.model.errors import BadInput
from skywright.model.focus import Dataset
from skywright.ports.bills import Wanted

NOTHING = "Nothing was imported. Mend the bill, or pass --reject to take the others."
ONE = f"1 row cannot be taken. {NOTHING}"

# name, the third line, what is said of it
ROWS = [
    ("19 decimals", {"BilledCost": "0.1234567890123456789"},
     "BilledCost 0.1234567890123456789 has 19 decimals, of which 18 can be kept."),
    ("21 digits", {"BilledCost": "123456789012345678901"},
     "BilledCost 123456789012345678901 has 21 digits before the point, of which 20 can be kept."),
    ("far too large", {"ListCost": "1e99999"}, "ListCost 1e99999 has 100000 digits before the point, of which 20 can be kept."),
    ("no number", {"BilledCost": "12,50"}, "BilledCost 12,50 is no number."),
    ("not a number", {"EffectiveCost": "NaN"}, "EffectiveCost NaN is no number."),
    ("infinite", {"ContractedCost": "-Infinity"}, "ContractedCost -Infinity is no number."),
    ("grouped", {"BilledCost": "1,234.56"}, "BilledCost 1,234.56 is no number."),
    ("underscores", {"BilledCost": "1_000"}, "BilledCost 1_000 is no number."),
    ("other digits", {"BilledCost": "\u0661\u0662"}, "BilledCost \u0661\u0662 is no number."),
    ("the year 12026", {"ChargePeriodEnd": "12026-09-01"}, "ChargePeriodEnd 12026-09-01 is no time that is known here."),
    ("the year 1", {"ChargePeriodStart": "0001-01-01"}, "ChargePeriodStart 0001-01-01 is no time that is known here."),
    ("backwards", {"BillingPeriodEnd": "2026-08-01"}, "The billing period ends before it begins."),
    ("a list of numbers", {"Tags": "[1, 2]"}, "Tags [1, 2] is no JSON object."),
    ("no time", {"ChargePeriodStart": "2026-09-31"}, "ChargePeriodStart 2026-09-31 is no time that is known here."),
    ("no tags", {"Tags": "team=web"}, "Tags team=web is no JSON object."),
    ("no amount", {"BilledCost": ""}, "BilledCost is missing."),
    ("no currency", {"BillingCurrency": "NULL"}, "BillingCurrency is missing."),
    ("no period", {"BillingPeriodStart": ""}, "BillingPeriodStart is missing."),
    ("no account", {"BillingAccountId": ""}, "BillingAccountId is missing."),
    ("no issuer", {"InvoiceIssuerName": ""}, "InvoiceIssuerName is missing."),
    ("two at once", {"BilledCost": "x", "ListCost": "y"}, "BilledCost x is no number. ListCost y is no number."),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "why"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS])
def test_a_row_that_has_no_place_turns_the_bill_away(tmp_path: Path, changes: dict[str, str], why: str):
    bill = write(tmp_path / "bill.csv", [ROW, row(**changes), ROW])
    ledger = ledger_in(tmp_path)
    with pytest.raises(BadInput) as caught:
        ledger.take(bill)
    assert str(caught.value) == f"{bill}:3: {why} {ONE}"
    assert (ledger.parts(), ledger.receipts()) == ((), ())


def test_the_others_are_taken_when_asked_and_the_rejected_are_listed(tmp_path: Path):
    bill = write(tmp_path / "bill.csv", [row(BilledCost=str(n), Tags="x" if n in {2, 4} else "") for n in range(1, 6)])
    receipt = ledger_in(tmp_path).take(bill, Wanted(reject=True))
    assert [(one.where, one.why) for one in receipt.rejected] == [
        (f"{bill}:3", "Tags x is no JSON object."),
        (f"{bill}:5", "Tags x is no JSON object."),
    ]
    assert (receipt.rows_in, receipt.rows_out, receipt.rejected_count) == (5, 3, 2)
    assert str(receipt.sums_in["BilledCost/EUR"].normalize()) == str(receipt.sums_out["BilledCost/EUR"].normalize()) == "9"


def test_lines_that_are_no_rows_count_as_rejected(tmp_path: Path):
    bill = write(tmp_path / "bill.csv", [ROW, ROW])
    with Path(bill).open("a") as file:
        file.write("1,2\n")
    ledger = ledger_in(tmp_path)
    with pytest.raises(BadInput) as caught:
        ledger.take(bill)
    assert str(caught.value) == f"{bill}:4: The line has 2 fields; the header names {len(ROW)}. {ONE}"
    receipt = ledger.take(bill, Wanted(reject=True))
    assert (receipt.rows_in, receipt.rows_out, receipt.rejected_count) == (3, 2, 1)


def refused(tmp_path: Path, bill: str, wanted: Wanted | None = None) -> str:
    ledger = ledger_in(tmp_path)
    with pytest.raises(BadInput) as caught:
        ledger.take(bill, wanted)
    assert ledger.receipts() == ()
    return str(caught.value).replace(str(tmp_path), "")


def test_missing_columns_are_named_with_the_nearest_form(tmp_path: Path):
    bill = write(tmp_path / "bill.csv", [ROW], without=["BilledCost", "ServiceName"])
    assert refused(tmp_path, bill) == (
        "/bill.csv: is nearest to focus (cost_and_usage), but BilledCost, ServiceName are missing. Export it with these columns, "
        "or "
        "describe it with --mapping FILE."
    )
    assert refused(tmp_path, bill, Wanted(form="focus-1.2")) == (
        "/bill.csv: is not focus-1.2: BilledCost, ServiceName are missing. Export it with these columns, or describe it with "
        "--mapping FILE."
    )


def test_an_unknown_version_and_an_unknown_form(tmp_path: Path):
    bill = write(tmp_path / "bill.csv", [ROW])
    known = (
        "Known: focus-1.0, focus-1.1, focus-1.2, focus-1.3, focus-1.4, aws-cur-2.0, aws-cur-legacy, azure-export, azure-actual, "
        "azure-amortised, gcp-export, opencost; anything else by --mapping FILE."
    )
    assert (
        refused(tmp_path, bill, Wanted(form="focus-2.0"))
        == f"--form: There is no form 'focus-2.0'. Did you mean focus-1.0? {known}"
    )
    assert refused(tmp_path, bill, Wanted(form="xls")) == f"--form: There is no form 'xls'. {known}"
    strange = write(tmp_path / "strange.csv", [{"Colour": "red", "Size": "9"}])
    assert refused(tmp_path, strange) == (
        "/strange.csv: is in no form of bill that is known here. Describe it with --mapping FILE, or name its form with --form."
    )
    assert refused(tmp_path, bill, Wanted(dataset=Dataset.INVOICE_DETAIL)) == (
        "/bill.csv: is nearest to focus (invoice_detail), but InvoiceDetailId, InvoiceId, InvoiceIssueStatus are missing. Export "
        "it with "
        "these columns, or describe it with --mapping FILE."
    )


def test_a_bill_without_rows(tmp_path: Path):
    path = tmp_path / "bill.csv"
    path.write_text(",".join(ROW) + "\n")
    assert refused(tmp_path, str(path)) == "/bill.csv: holds no row of a bill. Nothing was imported."


def test_a_truncated_archive_and_a_wrong_encoding_leave_the_ledger_as_it_was(tmp_path: Path):
    whole = Path(write(tmp_path / "bill.csv", [ROW])).read_bytes()
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(whole)[:-9])
    assert refused(tmp_path, str(tmp_path / "cut.csv.gz")) == (
        "/cut.csv.gz: is a gzip file that ends too early: it was not delivered whole. Fetch it again; nothing was imported."
    )
    (tmp_path / "old.csv").write_bytes(whole.replace(b"hours", b"Stra\xdfe"))
    assert refused(tmp_path, str(tmp_path / "old.csv")) == (
        "/old.csv:2: is not UTF-8 text (byte 0xDF). Save it as UTF-8 (`iconv -f WINDOWS-1252 -t UTF-8` if it comes from an old "
        "spreadsheet)."
    )


def test_periods_that_overlap_are_refused_within_a_bill_and_with_what_is_held(tmp_path: Path):
    half = row(BillingPeriodStart="2026-09-15T00:00:00Z", BillingPeriodEnd="2026-10-15T00:00:00Z")
    said = (
        "the billing period 2026-09-15 to 2026-10-15 of account acc-1 (Issuer) overlaps with 2026-09-01 to 2026-10-01, which is "
        "{held}: "
        "the days in both would count twice. Nothing was imported. Deliver whole billing periods; `skywright cost periods` shows "
        "what "
        "is held."
    )
    assert refused(tmp_path, write(tmp_path / "both.csv", [ROW, half])) == f"/both.csv: {said.format(held='delivered with it')}"
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "first.csv", [ROW]))
    with pytest.raises(BadInput) as caught:
        ledger.take(write(tmp_path / "second.csv", [half]))
    assert str(caught.value) == f"{tmp_path}/second.csv: {said.format(held='held')}"
    assert len(ledger.receipts()) == 1


def test_another_issuers_or_accounts_period_may_lie_across(tmp_path: Path):
    half = {"BillingPeriodStart": "2026-09-15T00:00:00Z", "BillingPeriodEnd": "2026-10-15T00:00:00Z"}
    rows = [ROW, row(**half, BillingAccountId="acc-2"), row(**half, InvoiceIssuerName="Other")]
    assert ledger_in(tmp_path).take(write(tmp_path / "bill.csv", rows)).rows_out == 3


def test_the_same_file_twice_in_a_folder_is_taken_once_and_told(tmp_path: Path):
    rows = [ROW, month(8)]
    write(tmp_path / "bills" / "a.csv", rows)
    write(tmp_path / "bills" / "b.csv", rows)
    write(tmp_path / "bills" / "c.csv", [dict(reversed(one.items())) for one in reversed(rows)])
    receipt = ledger_in(tmp_path).take(str(tmp_path / "bills"))
    assert (receipt.rows_out, str(receipt.sums_in["BilledCost/EUR"].normalize())) == (2, "3")
    assert [one.replace(str(tmp_path), "") for one in receipt.remarks] == [
        "/bills/b.csv holds the same as /bills/a.csv and was taken once.",
        "/bills/c.csv holds the same as /bills/a.csv and was taken once.",
    ]
