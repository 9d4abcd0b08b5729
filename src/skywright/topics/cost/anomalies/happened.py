"""A report x our runs, the looks at the estate, the clouds' trails and re-issued bills -> the report with explanations."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from skywright.model.bill import Receipt
from skywright.model.estate import Snapshot
from skywright.ports.cloud import Deed
from skywright.ports.engine import Rows
from skywright.ports.store import Runs, Snapshots
from skywright.topics.cost.anomalies.events import of_estate, of_runs, restatements
from skywright.topics.cost.anomalies.explain import BEFORE, days_of, explained
from skywright.topics.cost.anomalies.nouns import Anomaly, Event, Report

LOOKS_MAX = 40
"""Pairs of looks at the estate that are compared for one report, the newest first."""
Trails = Callable[[Iterable[str], datetime, datetime], tuple[list[Deed], list[str]]]
"""Resources and a time -> what the clouds' audit trails know, and why some could not be asked."""


class Sources(msgspec.Struct, frozen=True):
    """Where it is written what happened."""

    runs: Runs
    snapshots: Snapshots
    compare: Callable[[Snapshot, Snapshot], Rows]
    receipts: Callable[[], Sequence[Receipt]]
    trails: Trails | None = None


def happened(report: Report, sources: Sources) -> tuple[Report, list[str]]:
    """Explain every anomaly by what happened around its first day; and say which trails could not be read."""
    if not report.anomalies:
        return report, []
    spans = days_of(report.anomalies)
    events = list(_our_runs(sources.runs, spans[0][0]))
    ours = {event.resource for event in events}
    seen, failures = _estate(sources, spans, ours)
    events += seen
    issued = list(restatements(sources.receipts()))
    told = tuple(_remarked(explained(one, events), issued) for one in report.anomalies)
    return msgspec.structs.replace(report, anomalies=told, remarks=(*report.remarks, *_blind(sources, spans))), failures


def _our_runs(runs: Runs, since: datetime) -> Iterator[Event]:
    """Every change of ours that stands, of runs that were not over before."""
    recent = [run for run in runs.all() if run.ended_at is None or run.ended_at >= since]
    plans = {run.plan_hash: runs.plan(run.plan_hash) for run in recent}
    changes = {digest: plan.plan.changes for digest, plan in plans.items() if plan}
    done = {(run.id, record.change): record.at for run in recent for record in runs.records(run.id) if not record.undo}
    return of_runs(recent, changes, done)


Spans = Sequence[tuple[datetime, datetime]]


def _estate(sources: Sources, spans: Spans, ours: set[str]) -> tuple[list[Event], list[str]]:
    """What changed between looks at the estate, other than by us."""
    events: list[Event] = []
    failures: list[str] = []
    for earlier, later in _looks(sources.snapshots, spans):
        rows = [row for row in sources.compare(earlier, later).dicts() if row["resource"] not in ours]
        deeds: dict[str, list[Deed]] = {}
        if sources.trails is not None and rows:
            told, failed = sources.trails((row["resource"] for row in rows), earlier.taken_at, later.taken_at)
            failures += [one for one in failed if one not in failures]
            for deed in sorted(told):
                deeds.setdefault(deed.resource, []).append(deed)
        events += of_estate(rows, earlier.taken_at, later.taken_at, deeds)
    return events, failures


def _looks(snapshots: Snapshots, spans: Spans) -> list[tuple[Snapshot, Snapshot]]:
    """Neighbouring snapshots between which something may have happened in one of the spans."""
    every = sorted(snapshots.all(), key=lambda one: one.taken_at)
    pairs = [
        (earlier, later)
        for earlier, later in pairwise(every)
        if any(earlier.taken_at < end and later.taken_at > start for start, end in spans)
    ]
    return pairs[-LOOKS_MAX:]


def _blind(sources: Sources, spans: Spans) -> Iterator[str]:
    from skywright.model.words import t

    looks = [one.taken_at for one in sources.snapshots.all()]
    days = timedelta(days=1)
    if any(not any(start - BEFORE <= at <= end + days for at in looks) for start, end in spans):
        yield t("Of some days no look at the estate was taken: what changed then is known from our own runs alone.")


def _remarked(one: Anomaly, issued: Sequence[tuple[datetime, datetime, str]]) -> Anomaly:
    """With a word on a bill that was issued again for the day."""
    said = tuple(what for start, end, what in issued if start.date() <= one.since < end.date())
    return msgspec.structs.replace(one, remarks=(*one.remarks, *said)) if said else one
