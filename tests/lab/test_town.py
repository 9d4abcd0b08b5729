"""The whole lab: every cloud up with one configuration, in two processes, gone when its parent is."""

import re
import subprocess
import sys
import time

import pytest
import yaml

from skywright.lab import neighbours, town
from skywright.lab.kit import Request
from skywright.lab.neighbours import Pages
from skywright.lab.town import Neighbours, Town
from skywright.model.errors import AskHuman, BadInput

QUICK = ("gcp", "openstack", "kubernetes")


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    with town.town_running(tmp_path_factory.mktemp("lab"), QUICK, estate="small") as running:
        yield running


def test_clouds_are_named_in_any_order_and_once():
    assert town.wanted("hosts, aws,hosts") == ("aws", "hosts")
    assert town.wanted("") == town.CLOUDS
    with pytest.raises(BadInput, match=r"^--clouds: The lab has no cloud oracle\. It has aws, gcp, azure, openstack, "):
        town.wanted("oracle")


def test_every_cloud_of_the_house_is_in_the_lab():
    from skywright.wiring import CLOUDS

    assert set(town.CLOUDS) == set(CLOUDS)


def test_the_configuration_names_every_cloud_and_the_house_accepts_it(quick, tmp_path):
    from skywright.wiring import open_house

    file = tmp_path / "skywright.yaml"
    file.write_text(quick.configuration())
    assert list(yaml.safe_load(file.read_text())["clouds"]) == list(QUICK)
    house = open_house(file, tmp_path)
    assert set(house.clouds) == set(QUICK)
    house.close()


def test_the_answer_sheet_is_that_of_all_clouds(quick):
    sheet = quick.answers()
    counted = {name: sum(line["cloud"] == name for line in sheet) for name in QUICK}
    assert counted == quick.planted
    assert all(counted.values())
    assert {"fault", "kind", "account", "region", "native_id"} <= set(sheet[0])


def test_calls_are_counted_by_cloud_and_from_zero_again(quick, tmp_path):
    from skywright.wiring import open_house

    file = tmp_path / "skywright.yaml"
    file.write_text(quick.configuration())
    house = open_house(file, tmp_path)
    assert house.clouds["kubernetes"].scopes()[0]
    house.close()
    counted = quick.calls()
    assert counted["clouds"]["kubernetes"] == counted["total"] > 0
    assert all(name.startswith("kubernetes ") for name in counted["calls"])
    quick.forget_calls()
    assert quick.calls()["total"] == 0


def test_faults_are_planted_in_one_cloud_and_taken_back(quick, tmp_path):
    from skywright.wiring import open_house

    file = tmp_path / "skywright.yaml"
    file.write_text(quick.configuration())
    house = open_house(file, tmp_path)
    quick.plant("kubernetes", {"contains": "/clusters/shop", "status": 403})
    scopes, gaps = house.clouds["kubernetes"].scopes()
    assert [row.state.value for row in gaps] == ["denied"]
    assert not scopes
    assert [line["cloud"] for line in quick.faults()] == ["kubernetes"]
    quick.heal()
    assert quick.faults() == []
    scopes, gaps = house.clouds["kubernetes"].scopes()
    assert scopes
    assert not gaps
    house.close()


def test_a_fault_of_a_cloud_that_is_not_up_says_which_are(quick):
    with pytest.raises(BadInput, match=r"^--cloud: The lab has no swarm now\. It has gcp, openstack, kubernetes\.$"):
        quick.plant("swarm", {"contains": "x"})


def test_nodes_run_on_the_machines_that_other_clouds_have(quick):
    quick.others.page("PUT", "machines", ["aws:///eu-west-1a/i-1"])
    config = yaml.safe_load(quick.configuration())["clouds"]["kubernetes"]
    from skywright.adapters.clock import SystemClock
    from skywright.adapters.clouds.kubernetes import Cloud, Config
    from skywright.adapters.settings import decode_section

    cloud = Cloud(decode_section("clouds.kubernetes", config, Config, None), SystemClock())
    scopes, _ = cloud.scopes()
    rows = [row for scope in scopes if "container.node" in scope.kinds for row in cloud.read(scope).resources]
    assert "aws:///eu-west-1a/i-1" in {getattr(row, "provider_id", "") for row in rows}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", "/lab/nothing", b"", 404, "no page GET /lab/nothing"),
        ("POST", "/lab/faults", b"{", 400, "Input data was truncated"),
        ("POST", "/lab/faults", b'{"cloud": "gcp"}', 400, "there is no 'gcp' in this lab; there are: "),
        ("POST", "/lab/faults", b'{"cloud": "gcp", "often": 1}', 400, "Object contains unknown field `often`"),
    ],
)
def test_a_page_that_cannot_be_served_says_why(method, path, body, status, words):
    answer = Pages({}).answer(Request(method, path, {}, {}, body))
    assert answer.status == status
    assert answer.body["error"].startswith(words)


def test_refusals_have_the_form_of_their_cloud():
    assert neighbours.Trouble(cloud="azure", status=429).fault().body["error"]["code"] == "TooManyRequests"
    assert neighbours.Trouble(cloud="gcp", status=403).fault().body["error"]["status"] == "PERMISSION_DENIED"
    assert neighbours.Trouble(cloud="kubernetes", status=500).fault().body["kind"] == "Status"
    assert neighbours.Trouble(cloud="gcp", latency_s=1.0).fault().body is None


PLAIN = {"status": None, "error": "", "contains": "", "times": 2}


def test_options_of_a_fault_are_said_in_the_words_of_their_cloud():
    assert town.fault_options("aws", "ec2:Run", {**PLAIN, "error": "Throttling"}) == {
        "call": "ec2:Run",
        "error": "Throttling",
        "contains": "",
        "times": 2,
    }
    assert town.fault_options("gcp", "/x", {**PLAIN, "status": 429}) == {"contains": "/x", "status": 429, "error": "", "times": 2}
    assert town.fault_options("hosts", "edge/a", {**PLAIN, "error": "slow"})["error"] == "slow"


@pytest.mark.parametrize(
    ("cloud", "wanted", "words"),
    [
        ("aws", {"status": 429}, "--status: AWS's errors have names: give --error, such as Throttling."),
        ("gcp", {"error": "X"}, "--error: Only AWS's errors have names: give --status, such as 429."),
        ("gcp", {"contains": "X"}, "--contains: Only AWS's calls have names: say in CALL what the path contains."),
    ],
)
def test_an_option_that_a_cloud_has_no_use_for_is_refused(cloud, wanted, words):
    with pytest.raises(BadInput) as error:
        town.fault_options(cloud, "x", {**PLAIN, **wanted})
    assert str(error.value) == words


def line(cloud, fault, name):
    return {"cloud": cloud, "fault": fault, "kind": "k", "account": "1", "region": "r", "native_id": name}


def claim(cloud, rule, name):
    return {"cloud": cloud, "rule": rule, "kind": "k", "account": "1", "region": "r", "native_id": name}


def test_every_cloud_is_scored_by_its_own_sheet():
    sheet = [line("aws", "instance-idle", "i-1"), line("gcp", "bad", "a"), line("gcp", "bad", "b")]
    claims = [
        claim("aws", "insight:compute_instance_idle", "i-1"),
        claim("gcp", "bad", "a"),
        claim("gcp", "bad", "c"),
        claim("gcp", "other", "a"),
    ]
    found = town.scores(sheet, claims)
    assert (found["aws"].recall, found["aws"].precision) == (1.0, 1.0)
    assert (found["gcp"].found, found["gcp"].claimed, found["gcp"].right) == (1, 2, 1)


def test_an_empty_town_has_nothing():
    nothing = Town()
    assert (nothing.clouds, nothing.planted, nothing.answers(), nothing.environment()) == ((), {}, [], {})


def test_a_part_that_cannot_start_ends_the_others_and_says_its_last_word(tmp_path, monkeypatch):
    monkeypatch.setattr(neighbours, "CLOUDS", (*neighbours.CLOUDS, "nowhere"))
    with pytest.raises(AskHuman, match=r"^The lab ended while it started: ModuleNotFoundError: No module named .*nowhere.*"):
        town.start(tmp_path, ("openstack", "nowhere"))
    assert town.running(tmp_path) is None


def test_it_ends_when_its_parent_is_killed_and_its_state_is_for_its_owner_only(tmp_path):
    script = (
        "import time; from pathlib import Path; from skywright.lab import town;"
        f"town.start(Path({str(tmp_path)!r}), ('openstack',), estate='small'); print('up', flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    try:
        assert parent.stdout.readline() == b"up\n"
        assert (tmp_path / town.STATE_FILE).stat().st_mode & 0o077 == 0
        with pytest.raises(AskHuman, match=r"^A lab runs already at http://127\.0\.0\.1:\d+\. Use it, or end it with"):
            town.start(tmp_path, ("openstack",))
    finally:
        parent.kill()
        parent.communicate()
    began = time.monotonic()
    while town.running(tmp_path) and time.monotonic() - began < 60:
        pass  # each look is a request over the wire
    assert town.running(tmp_path) is None


def test_the_state_of_a_child_is_read_as_it_was_written(quick):
    assert isinstance(quick.others, Neighbours)
    assert re.match(r"^http://127\.0\.0\.1:\d+$", quick.others.endpoint)
