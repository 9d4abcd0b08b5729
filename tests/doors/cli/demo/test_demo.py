"""The demo reckons from what commands answer; played whole, it comes to a good end."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from skywright.doors.cli.demo.acts import Planned, Survived, TakenBack, allowed
from skywright.doors.cli.demo.figures import Figures, amount, by_severity, claims, failing
from skywright.doors.cli.demo.stage import Theatre, spread

FAIL = {
    "rule": "r",
    "resource": "aws:1:eu-west-1:network.firewall/sg-1",
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
    insight = {"id": "compute_instance_idle-1f2e", "resource": "aws:1:eu-west-1:compute.instance/i-1"}
    assert claims([FAIL, UNKNOWN], [insight]) == [
        {"rule": "r", "cloud": "aws", "account": "1", "region": "eu-west-1", "kind": "network.firewall", "native_id": "sg-1"},
        {
            "rule": "insight:compute_instance_idle",
            "cloud": "aws",
            "account": "1",
            "region": "eu-west-1",
            "kind": "compute.instance",
            "native_id": "i-1",
        },
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


def objection(target, reason):
    return {"target": target, "reason": reason, "weight": "block"}


def pod(number):
    return {"target": f"kubernetes:shop:global:container.workload/w-{number}"}


TABLE = {"target": "gcp:p:eu:database.table/t"}


@pytest.mark.parametrize(
    ("objections", "left"),
    [
        ([], [0, 1, 2, 3, "t"]),
        ([objection(pod(1)["target"], "It would newly fail.")], [0, 2, 3, "t"]),
        ([objection("", "The plan touches 4 of 5 container.workload in account shop; 50 % are allowed.")], [0, 2, "t"]),
        ([objection("", "The plan touches 4 of 5 container.workload in account other; 50 % are allowed.")], [0, 1, 2, 3, "t"]),
    ],
)
def test_what_a_guard_rail_objects_to_is_left_out(objections, left):
    changes = [*(pod(number) for number in range(4)), TABLE]
    expected = [TABLE["target"] if number == "t" else pod(number)["target"] for number in left]
    assert allowed(changes, objections) == expected


def test_the_changes_that_are_shown_come_from_many_clouds():
    aws, azure = ([{"target": f"{cloud}:1:r:k/{number}"} for number in range(3)] for cloud in ("aws", "azure"))
    assert spread([*aws, *azure], 2) == [aws[0], azure[0], *aws[1:], *azure[1:]]
    assert spread(aws, 2) == aws
    assert spread([], 2) == []


def test_a_plan_names_the_clouds_that_it_changes():
    assert Planned(Path("p"), {"changes": [pod(1), TABLE, pod(2)]}, {}).clouds == ["gcp", "kubernetes"]


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
        "resumed, rolled_back, log_verified, api_calls, cpu_s, rss_mib, wall_s, clouds, resources_by_cloud, plan_clouds, "
        "reachable, relations_across_clouds"
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
    assert figures["rss_mib"] < 2048
    assert len(figures["clouds"]) == len(figures["resources_by_cloud"]) == 7
    assert len(figures["plan_clouds"]) >= 4
    assert figures["reachable"] > 0
    assert figures["relations_across_clouds"] > 0
