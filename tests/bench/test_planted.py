"""Planted surprises: where they lie, what they change, and how alarms are counted."""

import json
from pathlib import Path

import numpy as np
import pytest
from bench import __main__ as door
from bench import _planted as planted
from bench.planted import KEYS, false, found

READ = planted.Telemetry(
    machines=[np.random.default_rng(number).gamma(2, 3, 5 * planted.DAY) for number in range(40)],
    services=[np.random.default_rng(99).poisson(200, 4000).astype(float)],
)


def test_every_kind_comes_twice_on_every_base_the_same_each_time() -> None:
    first, again = list(planted.series(READ)), list(planted.series(READ))
    pairs = [(one.base, one.kind) for one in first]
    assert {pairs.count((base, kind)) for base in planted.BASES for kind in planted.KINDS} == {2}
    assert all(
        np.array_equal(one.values, other.values) and one.begin == other.begin for one, other in zip(first, again, strict=True)
    )


@pytest.mark.parametrize("kind", planted.KINDS)
def test_only_the_named_points_are_changed(kind: str) -> None:
    usual = np.random.default_rng(5).uniform(10, 20, 2600)
    one = planted._planted("machine", kind, usual.copy(), 1500, np.random.default_rng(1))
    changed = np.flatnonzero(one.values != usual)
    assert 0 < one.end - one.begin <= 200
    assert 1500 - planted.DAY < one.begin <= 1500 + planted.DAY
    assert changed.min() >= one.begin
    assert changed.max() < one.end


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ("burst", lambda usual, now: (now > usual.max()).all()),
        ("shift up", lambda usual, now: now.mean() > usual.mean() + 7),
        ("shift down", lambda usual, now: now.mean() < usual.mean() - 7),
        ("dropout", lambda _usual, now: (now == 0).all()),
        ("stuck", lambda _usual, now: len(set(now)) == 1),
        ("leak", lambda _usual, now: now[-5:].mean() > now[:5].mean() + 7),
        ("unusual hour", lambda usual, now: now.min() > np.quantile(usual, 0.75)),
    ],
)
def test_what_each_kind_is(kind: str, holds) -> None:
    usual = np.random.default_rng(5).uniform(10, 20, 2600)
    one = planted._planted("machine", kind, usual.copy(), 1500, np.random.default_rng(1))
    assert holds(usual, one.values[one.begin : one.end])


def test_an_unusual_hour_is_the_quietest_of_the_day() -> None:
    usual = np.random.default_rng(5).uniform(10, 20, 2600)
    usual[np.arange(2600) % planted.DAY // 12 == 5] -= 4
    assert planted._planted("machine", "unusual hour", usual, 1500, np.random.default_rng(1)).begin == 5 * planted.DAY + 5 * 12


# name                          alarms                 found  false
CASES = [
    ("at its beginning", [1000], 1, 0),
    ("an hour after its end", [1021], 1, 0),
    ("three hours after its end", [1046], 0, 0),
    ("two days later", [1700], 0, 1),
    ("just before", [999], 0, 1),
    ("while it learns", [100, 389], 0, 0),
    ("twice in it, and once elsewhere", [1001, 1005, 2000], 1, 1),
    ("never", [], 0, 0),
]


@pytest.mark.parametrize(("name", "alarms", "hit", "wrong"), CASES)
def test_how_alarms_are_counted(name: str, alarms: list[int], hit: int, wrong: int) -> None:
    one = planted.Planted("machine", "burst", np.zeros(2600), 1000, 1010)
    at = np.array(alarms, dtype=np.int64)
    assert (found(one, at), false(one, at)) == (hit, wrong), name


def test_without_data_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SKYWRIGHT_DATA", str(tmp_path))
    assert door.child("planted") == 0
    assert json.loads(capsys.readouterr().out) == {"name": "planted", "skipped": "planetlab-vm is not there"}
    assert KEYS == ("found_pct", "false_per_1000")
