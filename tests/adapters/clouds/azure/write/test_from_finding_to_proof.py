"""The whole loop on the lab: what the audit finds is planned, carried out, proven, and taken back."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from skywright.doors.cli import root
from skywright.lab import azure
from skywright.lab.azure.standin import AzureLab


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AzureLab]:
    found = azure.start(estate="small")
    section = {"data": str(tmp_path / "data"), "clouds": {"azure": found.section()}}
    (tmp_path / "skywright.yaml").write_bytes(msgspec.yaml.encode(section))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKYWRIGHT_USER", "someone")
    yield found
    found.stop()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = root.run(arguments)
    said = capsys.readouterr()
    assert code == 0, said.out + said.err
    return said.out


def state(lab: AzureLab) -> dict[str, int]:
    lab.store.settle()
    kinds = ("microsoft.compute/disks", "microsoft.compute/snapshots", "microsoft.network/networksecuritygroups/securityrules")
    return {kind.rpartition("/")[2]: len(lab.store.of_type(kind)) for kind in kinds}


def test_found_planned_done_proven_and_taken_back(lab: AzureLab, capsys: pytest.CaptureFixture[str]) -> None:
    assert state(lab) == {"disks": 2, "snapshots": 0, "securityrules": 2}
    run(capsys, "gather")
    assert root.run(("audit",)) == 3, "there are findings"
    run(capsys, "plan", "--no-insights", "-o", "p.json")
    done = json.loads(run(capsys, "execute", "p.json", "--approve", "Ann", "--yes", "--soak", "0", "--json"))
    assert [one["state"] for one in done["results"]] == ["verified", "verified"]
    assert state(lab) == {"disks": 1, "snapshots": 1, "securityrules": 1}
    run(capsys, "rollback", done["id"], "--yes")
    assert state(lab) == {"disks": 2, "snapshots": 1, "securityrules": 2}
    (disk,) = [one for one in lab.store.of_type("microsoft.compute/disks") if one.body["name"] == "old-data"]
    assert (disk.body["sku"]["name"], disk.properties["diskSizeGB"], disk.body["zones"]) == ("Premium_LRS", 512, ["1"])
