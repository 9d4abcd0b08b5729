"""--at: what a time means, and what is said when there is no such snapshot."""

from datetime import datetime
from types import SimpleNamespace

import pytest

from skywright.adapters.stores.sql import SqlStore
from skywright.doors.cli.options import parse_time, snapshot_at
from skywright.model.errors import BadInput
from skywright.model.estate import Snapshot

NOW = datetime(2026, 3, 10, 12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T08:30", datetime(2026, 3, 1, 8, 30)),
        ("2026-03-01 08:30:15", datetime(2026, 3, 1, 8, 30, 15)),
        ("2026-03-01T08:30Z", datetime(2026, 3, 1, 8, 30)),
        ("2026-03-01T08:30+02:00", datetime(2026, 3, 1, 6, 30)),
        ("2026-03-01", datetime(2026, 3, 1, 23, 59, 59, 999999)),
        ("20260301", datetime(2026, 3, 1, 23, 59, 59, 999999)),
        ("90m", datetime(2026, 3, 10, 10, 30)),
        ("2h", datetime(2026, 3, 10, 10)),
        ("3d", datetime(2026, 3, 7, 12)),
        ("1w", datetime(2026, 3, 3, 12)),
        ("yesterday", None),
        ("s-20", None),
        ("2026-13-01", None),
    ],
)
def test_what_a_time_means(text, expected):
    assert parse_time(text, NOW) == expected


@pytest.fixture
def house(tmp_path):
    store = SqlStore(f"sqlite:///{tmp_path}/control.db")
    return SimpleNamespace(store=store, clock=SimpleNamespace(now=lambda: NOW))


def test_the_newest_not_after_the_time_or_the_one_of_that_id(house):
    for day in (1, 5, 9):
        house.store.snapshots.add(Snapshot(id=f"abc{day}", taken_at=datetime(2026, 3, day)))
    asked = (None, "2026-03-06", "2d", "abc1", "abc5")
    assert [snapshot_at(house, at).id for at in asked] == ["abc9", "abc5", "abc5", "abc1", "abc5"]


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("2026-02-01T00:00", "There is no snapshot from 2026-02-01 00:00 UTC or before. `skywright history` lists what there is."),
        (
            "xyz",
            (
                "'xyz' is neither a time nor the beginning of a snapshot's id. "
                "Give a time (2026-11-20T08:00), a date, 2h, 3d, or an id that `skywright history` shows."
            ),
        ),
    ],
)
def test_when_there_is_no_such_snapshot(at, message, house):
    house.store.snapshots.add(Snapshot(id="abc1", taken_at=datetime(2026, 3, 1)))
    house.store.snapshots.add(Snapshot(id="abc2", taken_at=datetime(2026, 3, 2)))
    with pytest.raises(BadInput) as error:
        snapshot_at(house, at)
    assert str(error.value) == message


def test_before_the_first_snapshot(house):
    with pytest.raises(BadInput) as error:
        snapshot_at(house, None)
    assert str(error.value) == "There is no snapshot yet. Run `skywright gather`."
