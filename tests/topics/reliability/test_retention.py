"""Which snapshots stay."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from skywright.model.estate import Snapshot
from skywright.model.settings import RetentionSettings
from skywright.topics.reliability.retention import kept

NOW = datetime(2026, 3, 31, 12)
NOTHING = RetentionSettings(days=0, daily=0, weekly=0, monthly=0)


def every(hours, count):
    return [Snapshot(id=f"s{number}", taken_at=NOW - timedelta(hours=hours * number)) for number in range(count)]


def test_the_newest_always_stays():
    assert kept(every(24, 5), NOTHING, NOW + timedelta(days=999)) == {"s0"}
    assert kept([], NOTHING, NOW) == frozenset()


def test_all_of_the_last_days_stay():
    assert kept(every(6, 20), RetentionSettings(days=1, daily=0, weekly=0, monthly=0), NOW) == {"s0", "s1", "s2", "s3", "s4"}


def test_the_newest_of_each_day_stays():
    # taken at 12:00, 06:00, 00:00 and 18:00 of the day before, ...
    assert kept(every(6, 12), RetentionSettings(days=0, daily=3, weekly=0, monthly=0), NOW) == {"s0", "s3", "s7"}


def test_the_newest_of_each_week_and_month_stays():
    # 2026-03-31 is a Tuesday; the weeks end on the Sundays 03-29 and 03-22
    assert kept(every(24, 90), RetentionSettings(days=0, daily=0, weekly=3, monthly=0), NOW) == {"s0", "s2", "s9"}
    assert kept(every(24, 90), RetentionSettings(days=0, daily=0, weekly=0, monthly=3), NOW) == {"s0", "s31", "s59"}


def test_a_pause_in_gathering_loses_nothing():
    old = [Snapshot(id=f"old{number}", taken_at=datetime(2024, 1, 1) + timedelta(days=number)) for number in range(3)]
    assert kept(old, RetentionSettings(days=1, daily=2, weekly=0, monthly=0), NOW) == {"old2", "old1"}


@given(st.lists(st.datetimes(datetime(2025, 1, 1), NOW), unique=True, max_size=40), st.integers(0, 5), st.integers(0, 30))
def test_what_is_deleted_is_never_missed_later(times, daily, days):
    """Deleting what may go and asking again keeps the same."""
    settings = RetentionSettings(days=days, daily=daily, weekly=2, monthly=2)
    snapshots = [Snapshot(id=str(at), taken_at=at) for at in times]
    first = kept(snapshots, settings, NOW)
    assert kept([snapshot for snapshot in snapshots if snapshot.id in first], settings, NOW) == first
