"""The lab's bill: what it holds, and that FOCUS's rules find nothing wrong with it but what is meant so."""

import csv
import gzip
import json
from datetime import date
from decimal import Decimal

import pytest

from skywright.adapters.bills.raw import open_raw
from skywright.lab.bill import Cost, write_bill
from skywright.lab.company import company
from skywright.topics.focus.validate import validate
from skywright.topics.focus.verdicts import Bill, Verdict

UNTIL = date(2026, 3, 10)


def cost(kind, native, monthly, account="1"):
    where = {"cloud": "aws", "account": account, "region": "eu-west-1", "kind": kind, "native_id": native}
    machine = "m5.large" if kind == "compute.instance" else None
    said = {"name": native, "type": machine, "tags": {"team": "web"}, "monthly": Decimal(monthly), "currency": "USD"}
    return Cost(resource=f"aws:{account}:eu-west-1:{kind}/{native}", **where, **said)


ESTATE = [cost("compute.instance", "i-1", 70), cost("compute.instance", "i-2", 90, "2"), cost("network.gateway", "nat-1", 33)]


def written(path, **more):
    options = {"until": UNTIL, "days": 45, "seed": 1} | more
    return write_bill(path, ESTATE, **options)


def rows(path):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", newline="") as file:
        return list(csv.DictReader(file))


def test_every_resource_is_billed_by_the_day(tmp_path):
    planted = written(tmp_path / "b.csv")
    usage = [row for row in rows(tmp_path / "b.csv") if row["ChargeCategory"] == "Usage" and row["ResourceId"] == "i-1"]
    assert len(usage) == 45
    assert float(sum(Decimal(row["ListCost"]) for row in usage)) == pytest.approx(70 * 12 / 365 * 45, rel=0.01)
    assert [one.what for one in planted] == ["traffic explodes for some days", "a machine is there that was not"]


def test_what_is_planted_is_in_it(tmp_path):
    explosion, machine = written(tmp_path / "b.csv")
    all_rows = rows(tmp_path / "b.csv")
    first = min(row["ChargePeriodStart"] for row in all_rows if row["ResourceId"] == machine.resource.rpartition("/")[2])
    assert first == f"{machine.at}T00:00:00Z"
    traffic = {
        row["ChargePeriodStart"][:10]: Decimal(row["BilledCost"])
        for row in all_rows
        if row["ResourceId"] == explosion.resource.rpartition("/")[2]
    }
    assert traffic[str(explosion.at)] > 4 * traffic["2026-03-03"]


def test_metered_things_are_billed_by_what_was_used(tmp_path):
    _, _ = written(tmp_path / "b.csv")
    traffic = [row for row in rows(tmp_path / "b.csv") if row["ResourceId"] == "nat-1"]
    assert {(row["PricingUnit"], Decimal(row["ListUnitPrice"])) for row in traffic} == {("GB", Decimal("0.045"))}
    for row in traffic:
        assert Decimal(row["PricingQuantity"]) * Decimal(row["ListUnitPrice"]) == Decimal(row["ListCost"])


def test_a_month_that_is_not_held_whole_brings_no_tax(tmp_path):
    """From the middle of January on: the first taxes are February's, on the first of March."""
    written(tmp_path / "b.csv", days=50)
    taxes = [row for row in rows(tmp_path / "b.csv") if row["ChargeCategory"] == "Tax"]
    assert [row["ChargePeriodStart"][:10] for row in taxes] == ["2026-03-01"]


def test_a_company_stands_in_where_nothing_was_gathered(tmp_path):
    planted = write_bill(tmp_path / "b.csv", company(), UNTIL, 45)
    all_rows = rows(tmp_path / "b.csv")
    tags = [json.loads(row["Tags"]) for row in all_rows if row["ChargeCategory"] == "Usage"]
    assert {tag.get("team") for tag in tags} == {"shop", "search", "data", "platform", None}
    assert {row["ProviderName"] for row in all_rows} == {"Amazon Web Services", "Google Cloud", "Microsoft"}
    assert [one.resource.rpartition("/")[2] for one in planted] == ["nat", "load-test"]


def test_months_bring_tax_fee_credit_and_a_correction(tmp_path):
    written(tmp_path / "b.csv")
    firsts = [row for row in rows(tmp_path / "b.csv") if not row["ResourceId"]]
    assert {(row["ChargeCategory"], row["ChargeClass"]) for row in firsts} == {
        ("Purchase", ""), ("Tax", ""), ("Credit", ""), ("Usage", "Correction"),
    }  # fmt: skip
    (fee,) = [row for row in firsts if row["ChargeCategory"] == "Purchase"]
    assert (fee["ChargePeriodStart"], fee["ChargePeriodEnd"]) == ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")


def test_the_same_seed_gives_the_same_bill_and_another_one_another(tmp_path):
    for name, seed in (("a.csv", 1), ("b.csv.gz", 1), ("c.csv", 2)):
        written(tmp_path / name, seed=seed)
    assert rows(tmp_path / "a.csv") == rows(tmp_path / "b.csv.gz") != rows(tmp_path / "c.csv")


def test_focus_finds_nothing_wrong_but_what_its_model_says_without_its_condition(tmp_path):
    """The model asks every purchase's effective cost to be 0, also of a fee that covers no later charge, and every row's invoice to
    be NULL, also where there is one: the sentences have conditions that their checks have not."""
    written(tmp_path / "b.csv")
    with open_raw(str(tmp_path / "b.csv"), to_the_letter=True) as raw:
        report = validate(Bill(raw.query, raw.columns), "1.2", "cost_and_usage", ())
    assert {one.rule for one in report.outcomes if one.verdict is Verdict.FAIL} == {"EffectiveCost-C-005-C", "InvoiceId-C-004-C"}
