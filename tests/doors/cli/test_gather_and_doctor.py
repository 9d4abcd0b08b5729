"""`skywright gather` and `skywright doctor` over a server: what people and machines read."""

import json
from pathlib import Path

import boto3
import pytest

from skywright.adapters.clouds.aws.calls import AwsCalls
from skywright.adapters.clouds.aws.read import READERS
from skywright.doors.cli.root import run
from skywright.model.errors import Denied

REGION = "eu-west-1"


@pytest.fixture
def project(aws_environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration for two regions and two services (two are quick), and an account with one volume."""
    others = sorted({reader.service for reader in READERS} - {"ec2", "sqs"} | {"accessanalyzer", "guardduty", "securityhub"})
    (tmp_path / "skywright.yaml").write_text(
        json.dumps({"clouds": {"aws": {"regions": [REGION, "us-east-1"], "skip_services": others}}})
    )
    boto3.client("ec2", region_name=REGION).create_volume(Size=8, AvailabilityZone=f"{REGION}a")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def refuse(monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    """Let one call be denied."""
    honest = AwsCalls.client_call

    def call(self: AwsCalls, account: str, region: str, service: str, name: str, /, **params: object) -> dict[str, object]:
        if name == operation:
            raise Denied(f"AWS denies {name}.", next_step="Allow it.")
        return honest(self, account, region, service, name, **params)

    monkeypatch.setattr(AwsCalls, "client_call", call)


def test_gather_for_machines_and_again_unchanged(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["gather", "--json", "--region", REGION]) == 0
    first = json.loads(capsys.readouterr().out)
    volumes = [row for row in first["coverage"] if row["kind"] == "storage.volume"]
    assert [(row["region"], row["state"], row["rows"]) for row in volumes] == [(REGION, "complete", 1), ("us-east-1", "skipped", 0)]
    files = sorted(path.name for path in (project / ".skywright" / "estate").rglob("*.parquet"))
    assert run(["gather", "--json", "--region", REGION]) == 0
    second = json.loads(capsys.readouterr().out)
    assert second["previous"] == first["id"]
    assert sorted(path.name for path in (project / ".skywright" / "estate").rglob("*.parquet")) == files


def test_gaps_are_told_loudly_and_are_no_failure(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "describe_volumes")
    assert run(["gather", "--region", REGION]) == 0
    said = capsys.readouterr().out
    assert "could not be read, or not in full, in some place. What is not listed there is unknown, not absent." in said
    assert "AWS denies describe_volumes. Allow it." in said
    assert "storage.volume" in said


def test_nothing_to_see_is_an_error_and_no_snapshot(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert run(["gather"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: Nothing could be read, so no snapshot was made. The AWS credentials of default credentials")
    assert run(["history"]) == 2


def test_doctor_is_content_with_everything(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 0
    found = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["ec2:DescribeVolumes"] == {
        "name": "ec2:DescribeVolumes",
        "needed_for": "storage.volume of account 123456789012",
        "allowed": True,
        "reason": "",
    }


def test_doctor_names_what_is_missing_and_fails(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "describe_volumes")
    assert run(["doctor"]) == 2
    said = capsys.readouterr().out
    assert "ec2:DescribeVolumes" in said
    assert "AWS denies describe_volumes. Allow it." in said
    assert "1 are missing" in said
    assert "ec2:DescribeInstances " not in said
    assert run(["doctor", "--all"]) == 2
    assert "ec2:DescribeInstances " in capsys.readouterr().out
