"""Freeze and maintenance windows, through the nights on which the clocks change."""

import time
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.loop.validate.rails.windows import next_opening, open_until, windows
from skywright.model.errors import BadInput
from skywright.model.settings import RailSettings, Window

from .conftest import change, facts, rid

NIGHT = Window(name="night", cron="0 2 * * *", hours=2)
BERLIN = Window(name="berlin", cron="30 2 * * *", hours=1, timezone="Europe/Berlin")
FREEZE = Window(name="freeze", cron="0 0 20 12 *", hours=24 * 14, allow=False)


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("window", "now", "closes"),
    [
        (NIGHT, "2026-03-04T01:59:59", None),
        (NIGHT, "2026-03-04T02:00:00", "2026-03-04T04:00"),
        (NIGHT, "2026-03-04T03:59:59.5", "2026-03-04T04:00"),
        (NIGHT, "2026-03-04T04:00:00", None),
        (FREEZE, "2026-12-31T23:59", "2027-01-03T00:00"),
        (FREEZE, "2027-01-03T00:00", None),
        # winter: 02:30 in Berlin is 01:30 UTC; summer: 00:30 UTC
        (BERLIN, "2026-01-10T01:30", "2026-01-10T02:30"),
        (BERLIN, "2026-07-10T00:30", "2026-07-10T01:30"),
        (BERLIN, "2026-07-10T01:30", None),
        # 2026-03-29: 02:30 does not exist; it opens at 03:00 summer time, 01:00 UTC
        (BERLIN, "2026-03-29T00:45", None),
        (BERLIN, "2026-03-29T01:00", "2026-03-29T02:00"),
        # 2026-10-25: 02:30 comes twice; it opens at the first, 00:30 UTC, for one hour of real time
        (BERLIN, "2026-10-25T00:30", "2026-10-25T01:30"),
        (BERLIN, "2026-10-25T01:30", None),
        (BERLIN, "2026-10-25T01:45", None),
    ],
)
def test_when_a_window_is_open(window, now, closes):
    assert open_until(window, at(now)) == (closes and at(closes))


def test_the_next_opening_is_told_in_utc():
    assert next_opening(BERLIN, at("2026-07-10T01:00")) == at("2026-07-11T00:30")


@pytest.fixture
def far_away(monkeypatch):
    """A machine whose own clock is set to another time zone."""
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_the_time_zone_of_the_machine_means_nothing(far_away):
    assert open_until(BERLIN, at("2026-07-10T00:30")) == at("2026-07-10T01:30")
    assert open_until(NIGHT, at("2026-03-04T01:59:59")) is None
    assert next_opening(BERLIN, at("2026-07-10T01:00")) == at("2026-07-11T00:30")


def plan(now, *settings):
    return facts([change(rid("storage.volume", "vol-1"))], settings=RailSettings(windows=list(settings)), now=at(now))


def test_without_windows_any_time_will_do(said):
    assert said(windows, plan("2026-03-04T12:00")) == []


def test_outside_every_maintenance_window_it_waits_for_the_next(said):
    assert said(windows, plan("2026-03-04T12:00", NIGHT, BERLIN)) == [
        (
            "block",
            (
                "No maintenance window is open; the next one, berlin, opens at 2026-03-05 01:30 UTC. "
                "Wait until then, or change rails.windows."
            ),
        )
    ]
    assert said(windows, plan("2026-03-04T02:30", NIGHT)) == []


def test_a_freeze_wins_over_an_open_window(said):
    assert said(windows, plan("2026-12-24T02:30", NIGHT, FREEZE)) == [
        ("block", "Changes are frozen by window freeze until 2027-01-03 00:00 UTC. Wait until then, or change rails.windows.")
    ]


@pytest.mark.parametrize(
    ("window", "message"),
    [
        (
            Window(name="odd", cron="61 * * * *", hours=1),
            (
                "rails.windows: The window odd has a cron line that never comes or cannot be read: '61 * * * *'. "
                "Five fields: minute, hour, day of month, month, day of week."
            ),
        ),
        (
            Window(name="never", cron="0 0 31 2 *", hours=1),
            (
                "rails.windows: The window never has a cron line that never comes or cannot be read: '0 0 31 2 *'. "
                "Five fields: minute, hour, day of month, month, day of week."
            ),
        ),
        (
            Window(name="far", cron="0 0 * * *", hours=1, timezone="Mars/Base"),
            (
                "rails.windows: The window far names a time zone that is not known: 'Mars/Base'. "
                "Use a name like Europe/Berlin, or UTC."
            ),
        ),
    ],
)
def test_a_bad_window_is_bad_input(window, message):
    with pytest.raises(BadInput) as error:
        open_until(window, at("2026-03-04T12:00"))
    assert str(error.value) == message


@given(st.integers(0, 23), st.integers(0, 59), st.floats(0.5, 23.5), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))
def test_a_daily_window_is_open_for_its_hours_of_every_day(hour, minute, hours, now):
    window = Window(name="daily", cron=f"{minute} {hour} * * *", hours=hours)
    since = (now - datetime(2025, 1, 1, hour, minute)) % timedelta(days=1)
    closes = now - since + timedelta(hours=hours)
    assert open_until(window, now) == (closes if since < timedelta(hours=hours) else None)
