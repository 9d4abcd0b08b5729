"""A line a benchmark: whoever reads them finds the keys, also where data are not there or one fails."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench import __main__ as door
from bench import _peers, packing
from bench.packing import decreasing, orders

KEYS = {
    "ledger": ("rows", "query_cpu_s"),
    "anomalies": ("standard", "low_fp", "aws17", "ms_per_point"),
    "forecast": ("owa", "msis", "coverage"),
    "autoscaling": (
        "pod_hours", "seconds_over_pct", "requests_over_pct", "changes", "hpa70_pod_hours", "hpa70_seconds_over_pct",
    ),
    "commitments": ("offline_gap", "online_ratio_max"),
    "rightsizing": ("slack_pct", "over_pct", "vpa_slack_pct", "vpa_over_pct"),
    "packing": ("gap",),
}  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_the_keys_that_are_promised(name: str) -> None:
    assert KEYS[name] == importlib.import_module(f"bench.{name}").KEYS
    assert name in door.names()


def line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("name", KEYS)
def test_without_data_there_is_a_line_that_says_so_and_no_traceback(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SKYWRIGHT_DATA", str(tmp_path))
    assert door.child(name) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["skipped"].endswith(" is not there")
    assert "Traceback" not in told.err


def test_a_promise_that_is_not_kept_and_an_error_are_failures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packing, "run", lambda: {"nodes": 3})
    assert door.child("packing") == 1
    assert line(capsys) == {"name": "packing", "nodes": 3, "failed": "lacks gap"}
    monkeypatch.setattr(packing, "run", lambda: 1 / 0)
    assert door.child("packing") == 1
    assert line(capsys) == {"name": "packing", "failed": "ZeroDivisionError: division by zero"}


def test_a_child_that_dies_has_its_line_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ends = iter([("", -9), ('noise\n{"name": "b", "gap": 0.1}\n', 0)])

    def run(command: list[str], **_how: object) -> subprocess.CompletedProcess[str]:
        out, code = next(ends)
        return subprocess.CompletedProcess(command, code, stdout=out)

    monkeypatch.setattr(door.subprocess, "run", run)
    monkeypatch.setattr(door, "names", lambda: ["a", "b"])
    monkeypatch.setattr(sys, "argv", ["bench"])
    assert door.main() == 1
    first, second = (json.loads(one) for one in capsys.readouterr().out.splitlines())
    assert (first["name"], first["failed"]) == ("a", "ended with exit code -9")
    assert (second["name"], second["gap"]) == ("b", 0.1)
    assert {"bench_cpu_s", "bench_wall_s"} <= second.keys()
    monkeypatch.setattr(sys, "argv", ["bench", "--name", "c"])
    assert door.main() == 2
    assert capsys.readouterr().err == "no benchmark 'c'; there are: a, b\n"


def test_where_peers_are_not_there_nothing_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_peers, "FOLDER", tmp_path / "none")
    assert _peers.cpu_s(["-c", "pass"], 10) is None
    assert _peers.focus_validator(tmp_path / "bill.csv", tmp_path / "report.xml") is None


def test_a_peer_that_fails_or_takes_too_long_gives_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bin").mkdir()
    peer = tmp_path / "bin" / "python"
    peer.write_text('#!/bin/sh\n[ "$1" = slow ] && exec sleep 5\n[ "$1" = bad ] && { echo why >&2; exit 3; }\nexit 0\n')
    peer.chmod(0o755)
    monkeypatch.setattr(_peers, "FOLDER", tmp_path)
    spent = _peers.cpu_s(["good"], 10)
    assert spent is not None
    assert 0 <= spent < 1
    assert _peers.cpu_s(["bad"], 10) is None
    assert _peers.cpu_s(["slow"], 0.2) is None
    assert capsys.readouterr().err == "the peer failed (3): why\n\nthe peer was stopped after 0 s: slow\n"


def test_first_and_best_fit_decreasing_by_hand() -> None:
    import numpy as np

    # By the first dimension: 0.6, a second node for 0.5, 0.4 to the 0.6, 0.35 to the 0.5.
    shares = np.array([[0.5, 0.1], [0.6, 0.1], [0.4, 0.1], [0.35, 0.1]])
    assert decreasing(shares, shares[:, 0], closest=False) == 2
    # 0.5, 0.6 beside it; 0.3 goes to the first node (first fit) or to the fuller one (best fit): only then 0.5 finds room again.
    falling = np.array([[0.5], [0.6], [0.3], [0.5]])
    by_place = np.array([4.0, 3.0, 2.0, 1.0])
    assert decreasing(falling, by_place, closest=False) == 3
    assert decreasing(falling, by_place, closest=True) == 2
    # Memory binds though CPU would not.
    assert decreasing(np.array([[0.1, 0.6], [0.1, 0.6]]), np.ones(2), closest=False) == 2
    assert [order.tolist() for order in orders(np.array([[0.5, 0.25]]))] == [[0.75], [0.5], [0.125], [0.5], [0.25]]
