"""A practitioner's walk: a bill of two clouds to the 21st of a month, an old one of two years ago, and what is asked of them."""

import csv
import json
from datetime import date, datetime, timedelta

import pytest

from skywright.adapters.clock import SystemClock
from skywright.doors.cli.root import run as command
from skywright.ports.bills import Wanted
from skywright.wiring import open_house

NOW = datetime(2026, 11, 22, 9)  # naive UTC, as the clock tells it
SAME = {
    "BillingAccountName": "", "BillingCurrency": "USD", "ChargeCategory": "Usage", "ChargeClass": "", "ChargeDescription": "hours",
    "ChargeFrequency": "Usage-Based", "PricingCategory": "Standard", "ConsumedUnit": "Hours", "PricingUnit": "Hours",
    "ConsumedQuantity": "24", "PricingQuantity": "24", "RegionId": "west", "Tags": "", "ServiceCategory": "Compute",
}  # fmt: skip


def charge(day, cost, cloud, service):
    month = day.replace(day=1)
    after = (month + timedelta(days=32)).replace(day=1)
    return {
        **SAME, **dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), cost),
        **dict.fromkeys(("InvoiceIssuerName", "ProviderName", "PublisherName"), cloud), "ServiceName": service,
        "SkuId": service, "SkuPriceId": f"{service}.1", "ResourceId": service, "BillingAccountId": f"pay-{cloud}",
        "SubAccountId": f"sub-{cloud}", "BillingPeriodStart": f"{month}", "BillingPeriodEnd": f"{after}",
        "ChargePeriodStart": f"{day}", "ChargePeriodEnd": f"{day + timedelta(days=1)}",
    }  # fmt: skip


def charges():
    """Two clouds from September on, Disks from 1 November; one service of two years ago that is gone."""
    for far in range((date(2026, 11, 21) - date(2026, 9, 1)).days + 1):
        day = date(2026, 9, 1) + timedelta(days=far)
        yield charge(day, "10", "Cloud A", "Machines")
        yield charge(day, "5", "Cloud B", "Database")
        if day >= date(2026, 11, 1):
            yield charge(day, "2", "Cloud B", "Disks")
    for far in range(5):
        yield charge(date(2024, 9, 10) + timedelta(days=far), "3", "Cloud A", "Old thing")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    rows = list(charges())
    with (folder / "bill.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    house = open_house(data=folder / "data")
    house.treasury.ledger.take(str(folder / "bill.csv"), Wanted())
    house.close()
    return folder / "data"


@pytest.fixture
def walk(data, tmp_path, monkeypatch, capsys):
    """A command -> its exit code and what it printed, as one line of words."""
    monkeypatch.setattr(SystemClock, "now", lambda _: NOW)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def asked(*arguments):
        code = command(["--data", str(data), *arguments])
        return code, capsys.readouterr().out

    return asked


def test_why_holds_as_many_days_against_a_month_that_is_not_over(walk):
    _, out = walk("cost", "why", "--json")
    answer = json.loads(out)
    (whole,) = answer["totals"]
    assert (answer["period"], answer["compared"]) == ("2026-11-01..2026-11-21", "2026-10-01..2026-10-21")
    assert (whole["before"], whole["after"], whole["effects"]) == ("315.00", "357.00", {"new": "42.00"})
    assert next(one["effects"] for one in answer["items"]) == {"new": "42.00"}
    _, out = walk("cost", "why")
    told = "2026-11 is not over: its first 21 days stand beside as many of 2026-10. --period 2026-11 compares the months."
    assert told in " ".join(out.split())


def test_why_holds_months_against_each_other_where_they_are_asked_for(walk):
    _, out = walk("cost", "why", "--period", "2026-11", "--json")
    assert json.loads(out)["compared"] == "2026-10"
    _, out = walk("cost", "why", "--period", "2026-11")
    assert "2026-11 is not over: 21 of its 30 days are." in out


def test_a_forecast_shows_no_line_of_what_is_gone_and_says_so(walk):
    _, out = walk("cost", "forecast", "--by", "service")
    words = " ".join(out.split())
    assert words.startswith("2026-11 will end at 5")
    assert "; 357.00 by 2026-11-21." in words
    assert "Old thing" not in out
    assert "1 line that costs nothing any more is not shown." in words
    assert "The ledger holds no use of some days between 2024-09-10 and 2026-09-01: what came before is not looked at." in words


@pytest.mark.parametrize("columns", ["80", "100", "140"])
def test_a_sparkline_is_whole_or_not_there(walk, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    _, out = walk("cost", "forecast", "--by", "service", "--period", "month")
    lines = [line for line in out.splitlines() if line.startswith(("Machines", "Database", "Disks", "total"))]
    assert len(lines) == 4
    assert {line.count("█") for line in lines if line.startswith("Mach")} <= {0, 28}


def test_of_a_year_by_months_it_is_the_last_month_that_is_not_over(walk, tmp_path):
    (tmp_path / "users.csv").write_text("date,value\n2026-10,100\n2026-11,90\n")
    _, out = walk("cost", "units", "users.csv")
    words = " ".join(out.split())
    assert "2026-11: the bill holds 21 days so far; the month's number is taken to be of the same days." in words
    assert words.endswith("2026-11 is not over: 21 of its 30 days are.")


def test_what_all_budgets_must_know_is_said_once(walk, tmp_path):
    (tmp_path / "skywright.yaml").write_text(
        "cost:\n  budgets:\n    all: {amount: 600}\n    disks: {amount: 40, where: {service: Disks}}\n"
    )
    code, out = walk("cost", "budgets", "--check")
    assert code == 3
    assert " ".join(out.split()).count("what came before is not looked at.") == 1
