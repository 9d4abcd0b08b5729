"""`skywright savings --bill`: a run of ours, a bill of days around it, and what is said of the promise."""

import csv
import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from skywright.doors.cli.root import run as command
from skywright.model.money import Money
from skywright.model.run import ChangeResult, ChangeState, Run, RunState
from skywright.ports.bills import Wanted
from skywright.wiring import open_house

DONE = datetime(2026, 9, 15, 12)
ACCOUNT = "111122223333"
TARGET = f"aws:{ACCOUNT}:eu-west-1:compute.instance/i-0abc"

ALWAYS = {
    "BillingAccountId": ACCOUNT,
    "BillingAccountName": "",
    "SubAccountId": ACCOUNT,
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-09-01 00:00:00",
    "BillingPeriodEnd": "2026-10-01 00:00:00",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ChargeDescription": "hours",
    "ChargeFrequency": "Usage-Based",
    **dict.fromkeys(("InvoiceIssuerName", "ProviderName", "PublisherName"), "AWS"),
    **dict.fromkeys(("ConsumedQuantity", "PricingQuantity"), "24"),
    **dict.fromkeys(("ConsumedUnit", "PricingUnit"), "Hours"),
    "PricingCategory": "Standard",
    "SkuId": "s",
    "SkuPriceId": "s.p",
    "RegionId": "eu-west-1",
    "Tags": "",
    "ServiceCategory": "Compute",
    "ServiceName": "Amazon EC2",
}


def bill(path, daily):
    """A FOCUS 1.0 bill of two resources: ours, and one beside it."""
    rows = []
    for far in range(-14, 15):
        start = datetime(2026, 9, 15) + timedelta(days=far)
        for resource, cost in ((f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0abc", daily(far)), ("i-other", "3")):
            span = {"ChargePeriodStart": f"{start}", "ChargePeriodEnd": f"{start + timedelta(days=1)}"}
            costs = dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), cost)
            rows.append({**ALWAYS, **span, **costs, "ResourceId": resource})
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def house(tmp_path):
    """A house with one run that stopped one machine, of which 300 a month were promised."""
    house = open_house(data=tmp_path / "data")
    result = ChangeResult(change="c1", target=TARGET, state=ChangeState.VERIFIED, promised_monthly=Money(Decimal(300)))
    when = {"started_at": DONE, "ended_at": DONE}
    run = Run(
        id="20260915-120000-aaaaaa", plan_hash="h", plan_id="p", state=RunState.DONE, by="me", waves=1, results=(result,), **when
    )
    house.store.runs.save(run)
    yield house
    house.close()


def shown(capsys, tmp_path, *arguments):
    code = command(["--data", str(tmp_path / "data"), "savings", *arguments])
    return code, capsys.readouterr().out


def test_a_promise_that_the_bill_confirms(house, tmp_path, capsys):
    house.treasury.ledger.take(str(bill(tmp_path / "b.csv", lambda far: "10" if far < 0 else "0.0")), Wanted())
    code, out = shown(capsys, tmp_path, "--bill", "--json")
    [change] = json.loads(out)["changes"]
    assert (code, change["outcome"], change["realised"], change["counterfactual"], change["actual"]) == (
        0, "kept", "304.17", "304.17", "0.00",
    )  # fmt: skip
    code, out = shown(capsys, tmp_path, "--bill")
    assert "Promised 300.00 USD a month; by the bill 304.17 (101%). 100% of promises kept." in " ".join(out.split())


def test_a_promise_that_fell_short_lowers_the_calibration(house, tmp_path, capsys):
    house.treasury.ledger.take(str(bill(tmp_path / "b.csv", lambda far: "10" if far < 0 else "6")), Wanted())
    _, out = shown(capsys, tmp_path, "--calibration", "--json")
    [month] = json.loads(out)["months"]
    assert (month["name"], month["changes"], month["kept"], month["ratio"]) == ("2026-09", 1, 0.0, 0.4056)
    code, out = shown(capsys, tmp_path, "--calibration")
    assert code == 0
    assert "2026-09" in out


def test_an_empty_ledger_says_that_the_bill_does_not_tell(house, tmp_path, capsys):
    code, out = shown(capsys, tmp_path, "--bill")
    assert code == 0
    assert "The bill does not tell of 1 change yet." in " ".join(out.split())
    assert "1 change: the bill has no row of it." in " ".join(out.split())
