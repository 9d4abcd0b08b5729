"""What happened to one resource, told from snapshots: unseen is not gone."""

from datetime import datetime

from skywright.doors.cli.story import story
from skywright.model.estate import Coverage, CoverageState, Snapshot

ID = "aws:1:r:storage.volume/vol-1"


def told(*days):
    """Each day: a row, "gone", or "gap"."""
    snapshots, rows = [], {}
    for number, day in enumerate(days, 1):
        at = datetime(2026, 1, number)
        state = CoverageState.THROTTLED if day == "gap" else CoverageState.COMPLETE
        coverage = () if day == "untried" else (Coverage("aws", "1", "r", "storage.volume", state, at, reason="slow down"),)
        snapshots.append(Snapshot(id=f"s{number}", taken_at=at, coverage=coverage))
        if isinstance(day, dict):
            rows[f"s{number}"] = {"seen_at": at, "native": number, **day}
    return [
        (event.snapshot, event.what, event.field, event.before, event.after, event.reason) for event in story(ID, rows, snapshots)
    ]


def test_first_seen_changed_gone_back():
    assert told("gone", {"a": 1}, {"a": 1}, {"a": 2}, "gone", "gone", {"a": 2}) == [
        ("s2", "first-seen", "", None, None, ""),
        ("s4", "changed", "a", 1, 2, ""),
        ("s5", "gone", "", None, None, ""),
        ("s7", "back", "", None, None, ""),
    ]


def test_a_gap_is_unknown_and_not_gone_and_changes_across_it_are_told():
    assert told({"a": 1}, "gap", "gap", {"a": 2}) == [
        ("s1", "first-seen", "", None, None, ""),
        ("s2", "unknown", "", None, None, "slow down"),
        ("s4", "changed", "a", 1, 2, ""),
    ]


def test_a_scope_that_was_not_tried_is_unknown():
    assert told({"a": 1}, "untried", "gone") == [
        ("s1", "first-seen", "", None, None, ""),
        ("s2", "unknown", "", None, None, "not looked at"),
        ("s3", "gone", "", None, None, ""),
    ]
