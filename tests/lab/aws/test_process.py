"""The lab as a process: ready when it says so, gone when its parent is, one at a time."""

import subprocess
import sys
import time

import pytest
import yaml

from skywright.lab.aws import process
from skywright.lab.aws.process import Lab
from skywright.model.errors import AskHuman

LAB = Lab(
    pid=1,
    endpoint="http://127.0.0.1:1",
    seed=1,
    estate="small",
    accounts={"production": "111122223333", "staging": "444455556666"},
    regions=("eu-west-1", "us-east-1"),
    home_region="eu-west-1",
    access_key="AKIA",
    secret_key="s",
    role="skywright",
    planted=0,
)


def test_its_configuration_names_every_account_and_the_way_in():
    section = yaml.safe_load(LAB.configuration())["clouds"]["aws"]
    assert section["regions"] == ["eu-west-1", "us-east-1"]
    assert section["accounts"] == [
        {"id": "111122223333"},
        {"id": "444455556666", "role_arn": "arn:aws:iam::444455556666:role/skywright"},
    ]


def test_its_configuration_is_one_that_the_house_accepts(tmp_path):
    from skywright.wiring import open_house

    file = tmp_path / "skywright.yaml"
    file.write_text(LAB.configuration())
    assert set(open_house(file, tmp_path).clouds) == {"aws"}


def test_a_lab_that_is_gone_says_what_to_do():
    with pytest.raises(AskHuman, match=r"^The lab at http://127\.0\.0\.1:1 does not answer .* Run `skywright lab up`\.$"):
        LAB.page("GET", "calls")


def test_a_folder_without_a_lab_has_none(tmp_path):
    assert process.running(tmp_path) is None
    assert process.stop_running(tmp_path) is None
    (tmp_path / process.STATE_FILE).write_text("{half")
    assert process.running(tmp_path) is None


@pytest.mark.lab
def test_it_ends_when_its_parent_is_killed_and_its_state_is_for_its_owner_only(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from skywright.lab.aws import process;"
        f"process.start(Path({str(tmp_path)!r}), estate='small'); print('up', flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    try:
        assert parent.stdout.readline() == b"up\n"
        found = process.running(tmp_path)
        assert (tmp_path / process.STATE_FILE).stat().st_mode & 0o077 == 0
        with pytest.raises(AskHuman, match=r"^A lab runs already at http://127\.0\.0\.1:\d+\. Use it, or end it with"):
            process.start(tmp_path)
    finally:
        parent.kill()
        parent.communicate()
    began = time.monotonic()
    while process.running(tmp_path) == found and time.monotonic() - began < 60:
        pass  # each look is a request over the wire
    assert process.running(tmp_path) is None
