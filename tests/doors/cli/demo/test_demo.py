"""The demo reckons from what commands answer; played whole, it comes to a good end."""

import json
import re

import pytest
from click.testing import CliRunner

from skywright.doors.cli.demo.acts import Survived, TakenBack
from skywright.doors.cli.demo.figures import Figures, amount, by_severity, claims, failing
from skywright.doors.cli.demo.stage import Theatre

FAIL = {
    "rule": "r",
    "verdict": "fail",
    "severity": "high",
    "account": "1",
    "region": "eu-west-1",
    "kind": "network.firewall",
    "native_id": "sg-1",
}
UNKNOWN = {**FAIL, "verdict": "unknown", "native_id": "sg-2"}


def test_only_what_fails_is_counted():
    assert failing([FAIL, UNKNOWN]) == [FAIL]
    assert by_severity([FAIL, UNKNOWN]) == {"critical": 0, "high": 1, "medium": 0, "low": 0, "info": 0}


def test_claims_are_findings_that_fail_and_insights():
    insight = {"type": "idle", "resource": "aws:1:eu-west-1:compute.instance/i-1"}
    assert claims([FAIL, UNKNOWN], [insight]) == [
        {"rule": "r", "account": "1", "region": "eu-west-1", "kind": "network.firewall", "native_id": "sg-1"},
        {"rule": "insight:idle", "account": "1", "region": "eu-west-1", "kind": "compute.instance", "native_id": "i-1"},
    ]


@pytest.mark.parametrize(
    ("money", "expected"), [(None, None), ({"amount": "12.345", "currency": "USD"}, 12.35), ({"amount": "0"}, 0.0)]
)
def test_an_unknown_amount_stays_unknown(money, expected):
    assert amount(money) == expected


@pytest.mark.parametrize(
    ("killed", "states", "resumed"),
    [(True, ["done"], True), (True, ["done", "partial"], False), (True, [], False), (False, ["done"], False)],
)
def test_only_a_killed_run_that_came_to_a_good_end_has_resumed(killed, states, resumed):
    assert Survived("1:0:after", killed, 0, [{"state": state} for state in states]).resumed is resumed


@pytest.mark.parametrize(
    ("state", "now", "holds"),
    [("partial", "m5.large", True), ("rolled-back", "m5.large", True), ("partial", "t3.small", False), ("done", "m5.large", False)],
)
def test_a_roll_back_holds_when_the_machine_is_what_it_was(state, now, holds):
    assert TakenBack({"state": state, "results": []}, "aws:1:r:compute.instance/i-1", "m5.large", "t3.small").holds(now) is holds


def test_people_see_bars_to_one_scale_and_control_characters_as_their_escapes(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    stage = Theatre()
    stage._bars({"high": (4, 2)})
    stage._say("name \x1b[31m")
    shown = capsys.readouterr().out
    first, second = (line for line in shown.splitlines() if "█" in line or "▒" in line)
    assert first.count("█") == 2 * second.count("▒")
    assert "\\x1b[31m" in shown


def test_every_figure_that_machines_are_promised_is_there():
    promised = (
        "resources, findings_before, findings_after, recall, precision, plan_changes, saving_promised, saving_realised, killed, "
        "resumed, rolled_back, log_verified, api_calls, cpu_s, rss_mib, wall_s"
    )
    assert set(promised.split(", ")) <= set(Figures.__struct_fields__)


@pytest.mark.soak
@pytest.mark.lab
def test_the_whole_demo(tmp_path, monkeypatch):
    from skywright.doors.cli.commands.lab import demo

    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(demo, ["--json", "--seed", "5"], standalone_mode=False)
    figures = json.loads(re.search(r"\{.*\}", ran.stdout, re.DOTALL)[0])
    assert ran.return_value == 0
    assert figures["recall"] >= 0.95
    assert figures["precision"] >= 0.95
    assert figures["findings_after"] < figures["findings_before"]
    assert figures["saving_realised"] == pytest.approx(figures["saving_promised"], rel=0.05)
    assert all(figures[name] for name in ("killed", "resumed", "rolled_back", "log_verified", "tampering_found"))
    assert figures["rss_mib"] < 1536
