"""Commands that let workers work: three real processes around a real PostgreSQL."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from skywright.adapters.clouds.aws.read import READERS
from skywright.doors.cli.root import run


@pytest.fixture
def office(tmp_path: Path, aws_environment: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration whose store is shared, and an AWS with a little in it."""
    others = sorted({reader.service for reader in READERS} - {"ec2", "sqs"} | {"accessanalyzer", "guardduty", "securityhub"})
    settings = {
        "store": postgres_url,
        "estate": str(tmp_path / "shared-estate"),
        "workers": {"lease_s": 3},
        "clouds": {"aws": {"regions": ["eu-west-1"], "skip_services": others}},
    }
    (tmp_path / "skywright.yaml").write_text(json.dumps(settings))
    monkeypatch.chdir(tmp_path)
    client = boto3.client("ec2", region_name="eu-west-1")
    client.create_volume(AvailabilityZone="eu-west-1a", Size=10, VolumeType="gp2")
    return tmp_path


@pytest.fixture
def workers(office: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that a test starts; none outlives it."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def worker(office: Path, name: str, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "skywright", "--data", str(office / name), "worker", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=office, env=os.environ)


def wait_for(count: int, capsys: pytest.CaptureFixture[str]) -> list[dict]:
    """Wait until so many workers are alive."""
    for _ in range(300):
        capsys.readouterr()
        assert run(["worker", "--list", "--json"]) == 0
        if len(found := json.loads(capsys.readouterr().out)) == count:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{count} workers wanted")


def test_nobody_there(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["gather"]) == 2
    assert capsys.readouterr().err == (
        "error: No worker is alive, so nothing was begun. Start one with `skywright worker`, on any machine with this "
        "configuration, or do it here with --local.\n"
    )


def test_three_workers_gather_and_audit(office: Path, workers: list, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["gather", "--local", "--json"]) == 0
    alone = json.loads(capsys.readouterr().out)
    assert run(["query", "SELECT id FROM resource", "--json"]) == 0
    seen = capsys.readouterr().out
    workers += [worker(office, f"w{number}") for number in range(3)]
    wait_for(3, capsys)
    assert run(["gather", "--json"]) == 0
    together = json.loads(capsys.readouterr().out)
    assert (together["resources"], together["files"]) == (alone["resources"], alone["files"])
    assert together["previous"] == alone["id"]
    assert run(["query", "SELECT id FROM resource", "--json"]) == 0
    assert capsys.readouterr().out == seen
    assert run(["audit", "--fail-on", "none", "--json"]) == 0
    assert "storage_volume" in capsys.readouterr().out
    for process in workers:
        process.send_signal(signal.SIGTERM)
    for process in workers:
        assert process.wait(120) == 0
        assert "stops; what it had in hand is taken up by others." in process.stderr.read()
