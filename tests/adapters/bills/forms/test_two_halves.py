"""Actual and amortised exports, delivered apart: one bill, whichever comes first and however often each comes again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.adapters.bills.sample import NOW, ROW, held, ledger_in, write

from skywright.adapters.bills.ledger import FileLedger
from skywright.model.bill import Receipt
from skywright.model.errors import BadInput
from skywright.ports.bills import Wanted

LINE = {
    "Date": "09/01/2026",
    "MeterCategory": "Virtual Machines",
    "Quantity": "24",
    "UnitOfMeasure": "1 Hour",
    "CostInBillingCurrency": "1",
    "ResourceId": "",
    "ChargeType": "Usage",
    "PricingModel": "OnDemand",
    "ReservationId": "",
    "BillingAccountId": "BA1",
    "BillingCurrencyCode": "EUR",
    "BillingPeriodStartDate": "09/01/2026",
    "BillingPeriodEndDate": "09/30/2026",
}
RESERVED = {"PricingModel": "Reservation", "ReservationId": "r1"}
SUMS = "SELECT sum(BilledCost), sum(EffectiveCost), count(*), count(DISTINCT (x_Import, x_Row)) FROM cost_and_usage"


def line(day: int, cost: object, **changes: str) -> dict[str, str]:
    return LINE | {"Date": f"09/{day:02}/2026", "CostInBillingCurrency": str(cost)} | changes


def actual(days: int) -> list[dict[str, str]]:
    """A month's first days as they are invoiced: something bought on the first, something covered every day for nothing."""
    rows = [line(1, "30.5", **RESERVED, ChargeType="Purchase"), line(1, "0.19", ChargeType="Tax", PricingModel="")]
    for day in range(1, days + 1):
        rows += [line(day, f"{day}.01"), line(day, "0", **RESERVED)]
    return rows


def amortised(days: int) -> list[dict[str, str]]:
    """The same as it is worth: nothing bought, something covered and something unused every day."""
    rows = [line(1, "0.19", ChargeType="Tax", PricingModel="")]
    for day in range(1, days + 1):
        rows += [line(day, f"{day}.01"), line(day, "0.7", **RESERVED), line(day, "0.3", **RESERVED, ChargeType="UnusedReservation")]
    return rows


def demanded(days: int) -> Decimal:
    return sum((Decimal(f"{day}.01") for day in range(1, days + 1)), Decimal("0.19"))


def expected(billed: int, worth: int) -> tuple[Decimal, Decimal, int]:
    """Billed, effective and rows of that many days' exports; 0 for one that has not come."""
    if not worth:
        total = demanded(billed) + Decimal("30.5")
        return total, total, 2 + 2 * billed
    if not billed:
        return demanded(worth), demanded(worth) + worth, 1 + 3 * worth
    reached = max(billed, worth)  # days that one export has not reached are the other's alone
    return demanded(reached) + Decimal("30.5"), demanded(reached) + worth, 2 + reached + 2 * worth + max(billed - worth, 0)


@example([("both", 2), ("actual", 3), ("amortised", 1), ("both", 4)])
@example([("amortised", 3), ("actual", 1), ("actual", 4)])
@settings(max_examples=3, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["actual", "amortised", "both"]), st.integers(1, 4)), min_size=2, max_size=4))
def test_in_any_order_and_again_nothing_is_lost_and_nothing_is_doubled(deliveries: list[tuple[str, int]]):
    have = {"actual": 0, "amortised": 0}
    with TemporaryDirectory() as folder:
        ledger = FileLedger(Path(folder) / "ledger", lambda: NOW)
        for number, (which, days) in enumerate(deliveries):
            halves = ["actual", "amortised"] if which == "both" else [which]
            for half in halves:
                write(Path(folder) / f"{number}" / f"{half[:2]}.csv", {"actual": actual, "amortised": amortised}[half](days))
            receipt = ledger.take(str(Path(folder) / f"{number}"))
            have |= dict.fromkeys(halves, days)
            billed, effective, rows = expected(**dict(zip(("billed", "worth"), have.values(), strict=True)))
            assert held(ledger, SUMS) == [(billed, effective, rows, rows)]
            assert receipt.sums_in == of(receipt)
            if which == "both":
                assert of(receipt) == {"BilledCost/EUR": billed, "EffectiveCost/EUR": effective}


def of(receipt: Receipt) -> dict[str, Decimal]:
    """What the ledger holds of a delivery, of the costs that an export says."""
    return {key: amount for key, amount in receipt.sums_out.items() if key.startswith(("BilledCost", "EffectiveCost"))}


def told(ledger: FileLedger, folder: Path, name: str, rows: Sequence[Mapping[str, str]], **wanted: bool) -> tuple[str, ...]:
    return ledger.take(write(folder / name, rows), Wanted(**wanted)).remarks


def test_each_receipt_says_what_the_period_holds_and_what_is_missing(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    alone = "2026-09 of BA1: the amortised export has not come: effective cost equals billed cost, and what is unused is not known."
    assert told(ledger, tmp_path, "a.csv", actual(2)) == (alone,)
    both = "2026-09 of BA1 is made of both its exports: billed 33.71 EUR, effective 5.21 EUR."
    assert told(ledger, tmp_path, "b.csv", amortised(2)) == (both,)
    assert told(ledger, tmp_path, "a.csv", actual(2)) == (both,)
    late = "From 2026-09-03 on what commitments cover counts as worth nothing, until an amortised export reaches it."
    assert told(ledger, tmp_path, "c.csv", actual(3)) == (
        "2026-09 of BA1 is made of both its exports: billed 36.72 EUR, effective 8.22 EUR.",
        late,
    )
    late = "From 2026-09-04 on only the amortised export counts, without commitments bought, until an actual one reaches it."
    assert told(ledger, tmp_path, "d.csv", amortised(4))[1:] == (late,)
    first = ledger_in(tmp_path / "other")
    assert told(first, tmp_path, "e.csv", amortised(2)) == (
        "2026-09 of BA1: the actual export has not come: commitments bought are missing, and what they cover is billed as 0.",
    )


def test_days_that_only_one_half_has_reached_are_that_half_alone_and_are_shown_as_such(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "a.csv", actual(1)))
    receipt = ledger.take(write(tmp_path / "b.csv", amortised(3)))
    assert [(part.key.half, part.rows, part.first, part.last) for part in ledger.current() if part.key.half == "ahead"] == [
        ("ahead", 2, datetime(2026, 9, 2), datetime(2026, 9, 4))
    ]
    assert receipt.restated[0].billed_after == Decimal("30.5") + demanded(3)
    days = "SELECT day(ChargePeriodStart), sum(EffectiveCost)::VARCHAR FROM cost_and_usage GROUP BY 1 ORDER BY 1"
    assert [(day, Decimal(cost)) for day, cost in held(ledger, days)] == [  # type: ignore[arg-type]
        (1, Decimal("2.20")), (2, Decimal("3.01")), (3, Decimal("4.01"))]  # fmt: skip
    ledger.take(write(tmp_path / "a.csv", actual(3)))
    assert "ahead" not in {part.key.half for part in ledger.current()}
    with ledger.open(after=receipt.id) as session:
        assert session.query(SUMS).rows[0][:2] == (Decimal("30.5") + demanded(3), demanded(3) + 3)


def test_what_the_second_half_changes_is_told_and_may_complete_a_month_that_is_closed(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    periods = {"BillingPeriodStartDate": "01/01/2026", "BillingPeriodEndDate": "01/31/2026", "Date": "01/05/2026"}
    ledger.take(write(tmp_path / "january.csv", [one | periods for one in actual(2)]))
    ledger.take(write(tmp_path / "september.csv", actual(2)))
    receipt = ledger.take(write(tmp_path / "worth.csv", [one | periods for one in amortised(2)]))
    changed = receipt.restated[0]
    assert (changed.billed_before, changed.billed_after) == (Decimal("33.71"), Decimal("33.71"))
    assert (changed.effective_before, changed.effective_after) == (Decimal("33.71"), Decimal("5.21"))
    assert (changed.rows_before, changed.rows_after, changed.closed) == (6, 8, False)
    assert ledger.periods() == [
        ("Microsoft", "BA1", datetime(2026, 1, 1), 8),
        ("Microsoft", "BA1", datetime(2026, 9, 1), 6),
    ]
    with pytest.raises(BadInput, match=r"period 2026-01-01 of account BA1 \(Microsoft\) is closed, and what is delivered differs"):
        ledger.take(write(tmp_path / "worth.csv", [one | periods for one in amortised(3)]))


def test_months_that_have_both_halves_and_months_that_have_one_tie_out_in_one_delivery(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    october = {"BillingPeriodStartDate": "10/01/2026", "BillingPeriodEndDate": "10/31/2026", "Date": "10/05/2026"}
    ledger.take(write(tmp_path / "b.csv", amortised(2)))
    receipt = ledger.take(write(tmp_path / "a.csv", [*actual(2), *(one | october for one in actual(2))]))
    assert receipt.sums_in == of(receipt)
    assert of(receipt) == {"BilledCost/EUR": Decimal("67.42"), "EffectiveCost/EUR": Decimal("36.92")}
    assert held(ledger, SUMS)[0][:2] == (Decimal("67.42"), Decimal("38.92"))


def test_a_file_of_a_larger_export_in_which_no_commitment_is_belongs_to_its_folder(tmp_path: Path):
    plain, worth = [line(1, "2"), line(2, "3")], amortised(2)
    write(tmp_path / "run" / "part_1.csv", worth)
    write(tmp_path / "run" / "part_2.csv", plain)
    ledger = ledger_in(tmp_path)
    ledger.take(str(tmp_path / "run"))
    assert held(ledger, SUMS)[0][:2] == (demanded(2) + 5, demanded(2) + 7)
    write(tmp_path / "all" / "Actual" / "run" / "1.csv", plain)
    write(tmp_path / "all" / "amortized" / "run" / "1.csv", [*plain, line(1, "0.5", **RESERVED)])
    other = ledger_in(tmp_path / "other")
    other.take(str(tmp_path / "all"))
    assert held(other, SUMS)[0][:3] == (Decimal(5), Decimal("5.5"), 3)


def test_a_file_that_may_be_of_either_is_not_guessed_at(tmp_path: Path):
    write(tmp_path / "all" / "one" / "1.csv", amortised(1))
    other = write(tmp_path / "all" / "two" / "1.csv", [line(1, "2")])
    with pytest.raises(BadInput) as caught:
        ledger_in(tmp_path).take(str(tmp_path / "all"))
    assert str(caught.value) == (
        f"{other}:2: It cannot be told whether this file is of actual or of amortised costs: import the two exports one by one, "
        "with --form azure-actual and --form azure-amortised. 1 row cannot be taken. Nothing was imported. Mend "
        "the bill, or pass --reject to take the others."
    )


RUNS = ("0c8b9a52-11aa-4c6e-9d3e-111111111111", "0c8b9a52-11aa-4c6e-9d3e-222222222222")


@pytest.mark.parametrize("place", ["daily/20260901-20260930/{run}/part_1.csv", "daily/20260901-20260930/daily_{run}.csv"])
def test_several_runs_of_one_export_are_not_added_up(tmp_path: Path, place: str):
    first, second = (write(tmp_path / "all" / place.format(run=run), actual(days)) for run, days in zip(RUNS, (2, 3), strict=True))
    with pytest.raises(BadInput) as caught:
        ledger_in(tmp_path).take(str(tmp_path / "all"))
    assert str(caught.value) == (
        f"{first}:2: Several runs of one export lie here, and each is the whole of its days: import the folder of one run. 14 rows "
        "cannot be taken, this is the first. Nothing was imported. Mend the bill, or pass --reject to take the others."
    )
    other = tmp_path / "all" / place.replace("0901-20260930", "1001-20261031").format(run=RUNS[1])
    other.parent.mkdir(parents=True, exist_ok=True)
    Path(second).rename(other)
    ledger_in(tmp_path).take(str(tmp_path / "all"))


def test_names_that_only_look_like_runs_are_none(tmp_path: Path):
    for day in (1, 2):
        write(tmp_path / "all" / f"2026-09-0{day}-00-00.csv", [line(day, "2")])
    ledger = ledger_in(tmp_path)
    ledger.take(str(tmp_path / "all"))
    assert held(ledger, SUMS)[0][0] == 4


def test_what_a_file_is_may_be_said(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    bill = write(tmp_path / "plain.csv", [line(1, "2")])
    ledger.take(bill, Wanted(form="azure-amortised"))
    ledger.take(bill, Wanted(form="azure-actual"))
    assert [(part.key.half, part.key.beside, part.rows) for part in ledger.current()] == [("actual", True, 1)]
    assert [part.key.half for part in ledger.parts()] == ["amortised", "actual", "actual"]
    assert held(ledger, SUMS)[0][:3] == (Decimal(2), Decimal(2), 1)


def test_halves_and_a_whole_bill_of_the_same_period_would_count_twice(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "actual.csv", actual(2)))
    ledger.take(write(tmp_path / "amortised.csv", amortised(2)))
    whole = {**ROW, "BillingAccountId": "BA1", "InvoiceIssuerName": "Microsoft"}
    bill = write(tmp_path / "focus.csv", [whole])
    with pytest.raises(BadInput, match=r"is held as azure-export: as focus-1\.0 too it would count twice"):
        ledger.take(bill)
    receipt = ledger.take(bill, Wanted(restate=True))
    assert [(one.billed_before, one.billed_after, one.rows_before) for one in receipt.restated] == [
        (Decimal("33.71"), Decimal("1.5"), 8)
    ]
    assert held(ledger, SUMS)[0][:3] == (Decimal("1.5"), Decimal("1.25"), 1)
    with pytest.raises(BadInput, match=r"is held as focus-1\.0: as azure-export too it would count twice"):
        ledger.take(str(tmp_path / "actual.csv"))
    ledger.take(str(tmp_path / "actual.csv"), Wanted(restate=True))
    assert held(ledger, SUMS)[0][0] == Decimal("33.71")
    with ledger.open(after=ledger.receipts()[1].id) as session:
        assert session.query(SUMS).rows[0][:2] == (Decimal("33.71"), Decimal("5.21"))
