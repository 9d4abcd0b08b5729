"""`skywright lab`: up, status, answers, fault, down, over the clouds that were asked for."""

import json
import os
import subprocess
import sys

import pytest
import yaml


@pytest.fixture
def cli(tmp_path):
    """Runs `skywright lab ...` in a process of its own: what it leaves running is not our child."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "skywright", "lab", *arguments]
        environment = {**os.environ, "COLUMNS": "140"}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False)

    yield run
    run("down")


def test_up_status_fault_down(cli, tmp_path):
    up = cli("up", "--detach", "--clouds", "openstack,kubernetes", "--estate", "small", "--json")
    assert up.returncode == 0, up.stderr
    facts = json.loads(up.stdout)
    assert facts["clouds"] == ["openstack", "kubernetes"]
    assert set(facts["environments"]["openstack"]) == {"OS_CLIENT_CONFIG_FILE", "OS_CLOUD"}
    file = tmp_path / facts["configuration"]
    assert file.stat().st_mode & 0o077 == 0
    assert set(yaml.safe_load(file.read_text())["clouds"]) == {"openstack", "kubernetes"}

    status = json.loads(cli("status", "--json").stdout)
    assert (status["running"], status["total"], status["calls_by_cloud"]) == (True, 0, {"openstack": 0, "kubernetes": 0})
    sheet = json.loads(cli("answers", "--json").stdout)
    assert {line["cloud"] for line in sheet} == {"openstack", "kubernetes"}

    assert "'status': 429" in cli("fault", "/servers", "--cloud", "openstack", "--status", "429", "--times", "1").stdout
    assert cli("fault", "--clear").stdout == ""
    assert cli("down").stdout == "The lab is down.\n"
    assert cli("down").stdout == "No lab was running.\n"
    assert json.loads(cli("status", "--json").stdout)["running"] is False


def test_without_a_lab_there_is_nothing_to_ask(cli):
    asked = cli("answers")
    assert (asked.returncode, asked.stderr) == (2, "error: No lab is running. Start one with `skywright lab up`.\n")
    assert cli("status").stdout == "No lab is running. Start one with `skywright lab up`.\n"
    refused = cli("up", "--clouds", "moon")
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: --clouds: The lab has no cloud moon. It has aws, ")
