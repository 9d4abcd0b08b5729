"""`skywright cost offers` from bill to list: what a provider answers is kept, and weighed in place of the packaged rates."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.adapters.clouds.aws.test_offers import Aws, aws, price, product, rate, reserved
from tests.doors.cli.test_savings_by_bill import ALWAYS

from skywright.doors.cli.root import run as command

__all__ = ["aws"]


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aws: Aws, capsys: pytest.CaptureFixture[str]) -> Path:
    """Two days of an AWS machine and one that nobody is there to ask for, imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.server.endpoint)
    monkeypatch.setenv("SKYWRIGHT_HOME", str(tmp_path / "home"))
    rows = []
    for hour in range(48):
        start = datetime(2026, 9, 1) + timedelta(hours=hour)
        span = {"ChargePeriodStart": f"{start}", "ChargePeriodEnd": f"{start + timedelta(hours=1)}"}
        costs = dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), "1")
        for provider, kind in (("AWS", "m5.large"), ("Google Cloud", "c2-standard-8")):
            issued = dict.fromkeys(("InvoiceIssuerName", "ProviderName", "PublisherName"), provider)
            rows.append({**ALWAYS, **issued, **span, **costs, "ResourceId": kind, "SkuPriceDetails": {"InstanceType": kind}})
    names = list(rows[0])
    told = [[json.dumps(value) if isinstance(value, dict) else value for value in row.values()] for row in rows]
    lines = [",".join('"' + str(value).replace('"', '""') + '"' for value in line) for line in [names, *told]]
    (tmp_path / "bill.csv").write_text("\n".join(lines) + "\n")
    assert command(["--data", "data", "cost", "import", "bill.csv"]) == 0
    capsys.readouterr()
    aws.products = [product("0.1000000000", reserved("3yr", "All Upfront", price("Quantity", "1000")))]
    aws.rates = [[rate("Compute", "No Upfront", 1, "0.0700"), rate("Compute", "All Upfront", 3, "0.0300")]]
    return tmp_path


def test_offers_are_asked_for_kept_and_weighed(ledger: Path, capsys: pytest.CaptureFixture[str]):
    assert command(["--data", "data", "cost", "offers"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert " 0.1000 USD 30.0% 30.0% 70.0% 3 " in shown
    assert "Not asked: Google Cloud (not configured, or no list to ask); packaged rates hold there." in shown
    assert "3 offers kept in data/offers.csv; next: `skywright cost commitments`." in shown
    assert command(["--data", "data", "cost", "commitments", "--json"]) == 0
    bought = json.loads(capsys.readouterr().out)["advice"]["purchases"]
    (plan,) = [one for one in bought if one["provider"] == "AWS"]
    assert (plan["product"], plan["payment"], plan["basis"]) == ("Compute savings plan", "all upfront", "price")
    assert plan["hourly"] == pytest.approx(0.3)


def test_json_says_every_quote_and_a_file_of_ones_own_is_left_to_commitments(ledger: Path, capsys: pytest.CaptureFixture[str]):
    assert command(["--data", "data", "cost", "offers", "--json", "-o", "mine.csv"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kept"], told["unasked"]) == ("mine.csv", ["Google Cloud eu-west-1 c2-standard-8"])
    assert [one["quote"]["on_demand"] for one in told["quotes"]] == ["0.1000000000"]
    assert not (ledger / "data" / "offers.csv").exists()
    assert command(["--data", "data", "cost", "commitments", "--offers", "mine.csv"]) == 0


def test_nothing_answered_keeps_what_was(ledger: Path, aws: Aws, capsys: pytest.CaptureFixture[str]):
    assert command(["--data", "data", "cost", "offers"]) == 0
    before = (ledger / "data" / "offers.csv").read_text()
    aws.products = []
    assert command(["--data", "data", "cost", "offers"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "AWS eu-west-1 m5.large: not known. AWS lists no linux machine m5.large in eu-west-1." in shown
    assert "Nothing was answered; what was kept before stays." in shown
    assert (ledger / "data" / "offers.csv").read_text() == before


def test_a_file_that_cannot_be_written_or_is_none_of_offers(ledger: Path, capsys: pytest.CaptureFixture[str]):
    assert command(["--data", "data", "cost", "offers", "-o", "nowhere/offers.csv"]) == 2
    assert "error: --output: nowhere/offers.csv cannot be written: No such file or directory." in capsys.readouterr().err
    (ledger / "other.csv").write_text("a,b\n1,2\n")
    assert command(["--data", "data", "cost", "offers", "-o", "other.csv"]) == 2
    assert "error: other.csv:1: Columns are missing: product, " in capsys.readouterr().err
    assert (ledger / "other.csv").read_text() == "a,b\n1,2\n"
