"""kill -9 at random moments: no effect is duplicated, none is lost, and every run comes to its end."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def lives(folder: Path, first: int, last: int, timeout_s: float) -> list[dict]:
    command = [sys.executable, "-m", "tests.sim.lives", str(folder), str(first), str(last)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_twelve_runs_killed_at_random(tmp_path: Path) -> None:
    played = lives(tmp_path, 0, 12, 600)
    assert [one for one in played if one["broken"]] == []
    assert sum(len(one["killed_after"]) for one in played) >= 12


@pytest.mark.soak
def test_two_hundred_runs_killed_at_random(tmp_path: Path) -> None:
    played = lives(tmp_path, 0, 200, 1_800)
    assert [one for one in played if one["broken"]] == []
    assert sum(len(one["killed_after"]) for one in played) >= 200
