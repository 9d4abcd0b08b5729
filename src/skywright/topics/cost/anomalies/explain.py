"""Anomalies x what happened -> which events may explain which, and how sure that is."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta

import msgspec

from skywright.model.kinds import parse_id
from skywright.topics.cost.anomalies.nouns import Anomaly, Event, Explanation

BEFORE = timedelta(days=3)
"""How long before a cost moves something may have happened that moved it."""
EXPLANATIONS_MAX = 3
_LAST = re.compile(r"[^/:]+$")


def explained(anomaly: Anomaly, events: Iterable[Event]) -> Anomaly:
    """The anomaly with the events that may explain it: those on its own resources first, then by nearness in time. An event after
    the cost moved, or one that moves costs the other way, explains nothing."""
    onset, latest = _onset(anomaly)
    names = {last_name(one) for one in anomaly.resources}
    found = []
    for event in events:
        if event.since > latest or event.until < onset - BEFORE or event.sign * float(anomaly.impact) < 0:
            continue
        own = not event.resource or last_name(_native(event.resource)) in names
        if not own and not _same_place(event.resource, anomaly):
            continue
        away = max(timedelta(0), onset - event.until, event.since - onset)
        found.append(Explanation(event, own, round(1.0 / (1.0 + away / timedelta(hours=6)), 4)))
    found.sort(key=lambda one: (not one.sure, -one.closeness, one.event.since, one.event.resource))
    sure = [one for one in found if one.sure]
    return msgspec.structs.replace(anomaly, explanations=tuple((sure or found)[:EXPLANATIONS_MAX]))


def last_name(native: str) -> str:
    """The last part of a longer name (an ARN, a path), in lower case: what a bill and an estate call a resource alike."""
    found = _LAST.search(native)
    return (found[0] if found else native).lower()


def _onset(anomaly: Anomaly) -> tuple[datetime, datetime]:
    """When the cost moved: the hour where the bill tells it, else the day; and the last moment of it."""
    if anomaly.hour is not None:
        return anomaly.hour, anomaly.hour + timedelta(hours=1)
    start = datetime.combine(anomaly.since, time.min)
    return start, start + timedelta(days=1)


def _native(identifier: str) -> str:
    try:
        return parse_id(identifier).native_id
    except ValueError:
        return identifier


def _same_place(identifier: str, anomaly: Anomaly) -> bool:
    """Whether a resource is in the account and region that an anomaly names; not, where it names neither."""
    try:
        name = parse_id(identifier)
    except ValueError:
        return False
    places = {"account": name.account, "region": name.region}
    named = [
        (places[dimension], value) for dimension, value in zip(anomaly.dimensions, anomaly.key, strict=False) if dimension in places
    ]
    return bool(named) and all(_alike(ours, billed) for ours, billed in named)


def _alike(ours: str, billed: str) -> bool:
    return billed.lower() == ours.lower() or billed.lower().endswith("/" + ours.lower())


def days_of(anomalies: Sequence[Anomaly]) -> list[tuple[datetime, datetime]]:
    """The times in which something that explains these anomalies can have happened, without overlaps, oldest first."""
    spans: list[tuple[datetime, datetime]] = []
    for since in sorted({one.since for one in anomalies}):
        start = datetime.combine(since, time.min)
        if spans and start - BEFORE <= spans[-1][1]:
            spans[-1] = (spans[-1][0], start + timedelta(days=1))
        else:
            spans.append((start - BEFORE, start + timedelta(days=1)))
    return spans
