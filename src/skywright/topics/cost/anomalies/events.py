"""What happened, from our own runs, from two looks at the estate, and from bills that were issued again -> events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from skywright.model.bill import Receipt
from skywright.model.plan import Action, Change
from skywright.model.run import Run
from skywright.model.words import t
from skywright.topics.cost.anomalies.nouns import Event

SCALING = frozenset(
    {
        "containers", "desired", "instances", "max_instances", "max_size", "members", "min_instances", "min_size", "nodes",
        "nodes_desired", "replicas", "running_tasks",
    }
)  # fmt: skip
"""Columns that say how many of something there are."""
COSTLY = frozenset(
    {
        "architecture", "backup_retention_days", "billing", "cpu_limit_millis", "cpu_reserved_millis", "detailed_monitoring",
        "disk_gib", "engine", "engine_version", "image", "iops", "launch_type", "lifecycle_rules", "memory_limit_mib", "memory_mib",
        "memory_reserved_mib", "multi_zone", "performance_insights", "platform", "read_units", "reserved_concurrency",
        "retention_days", "runtime", "size_gib", "snapshot_retention_days", "spot_share_pct", "state", "storage_class",
        "storage_gib", "storage_type", "template", "throughput_mibps", "type", "vcpus", "version", "write_units",
    }
)  # fmt: skip
"""Columns that a price hangs on, or that a deployment changes."""


def of_runs(
    runs: Sequence[Run], changes: Mapping[str, Sequence[Change]], done: Mapping[tuple[str, str], datetime]
) -> Iterator[Event]:
    """Changes that stand. ``changes``: plan hash -> its changes; ``done``: (run, change) -> when its last step was done."""
    for run in runs:
        known = {change.id: change for change in changes.get(run.plan_hash, ())}
        for result in run.results:
            change = known.get(result.change)
            if change is None or not result.state.stands:
                continue
            at = done.get((run.id, change.id)) or run.ended_at or run.started_at
            what = t("run {run}: {change}", run=run.id[:8], change=_what(change))
            yield Event(source="run", resource=change.target, what=what, since=at, until=at, who=run.by, sign=_sign(change))


def _what(change: Change) -> str:
    match change.action:
        case Action.CREATE:
            return t("made")
        case Action.DELETE:
            return t("deleted")
        case Action.UPDATE:
            before, after = change.before or {}, change.after or {}
            parts = [
                f"{name} {_short(before.get(name))} -> {_short(after[name])}" for name in after if before.get(name) != after[name]
            ]
            return ", ".join(parts[:3])


def _sign(change: Change) -> int:
    match change.action:
        case Action.CREATE:
            return 1
        case Action.DELETE:
            return -1
        case Action.UPDATE:
            saving = change.saving_monthly
            return 0 if saving is None or not saving.amount else -1 if saving.amount > 0 else 1


def of_estate(
    rows: Iterable[Mapping[str, Any]], since: datetime, until: datetime, deeds: Mapping[str, Sequence[Any]]
) -> Iterator[Event]:
    """What two looks at the estate differ by (rows of ports.engine.Engine.compare) and a price may hang on. ``deeds``: resource ->
    what the cloud's audit trail knows (ports.cloud.Deed), the oldest first: the last tells who, and when to the second."""
    for row in rows:
        resource, field = row["resource"], row["field"] or ""
        match row["change"]:
            case "appeared":
                source, what, sign = "foreign", t("appeared"), 1
            case "vanished":
                source, what, sign = "foreign", t("vanished"), -1
            case "changed" if field in SCALING:
                source, sign = "scaling", _more(row["before"], row["after"])
                what = t("{field} {before} -> {after}", field=field, before=_short(row["before"]), after=_short(row["after"]))
            case "changed" if field in COSTLY:
                source, sign = "foreign", _more(row["before"], row["after"])
                what = t("{field} {before} -> {after}", field=field, before=_short(row["before"]), after=_short(row["after"]))
            case _:
                continue
        known = deeds.get(resource, ())
        at = (known[-1].at, known[-1].at) if known else (since, until)
        who = known[-1].who if known else ""
        yield Event(source=source, resource=resource, what=what, since=at[0], until=at[1], who=who, sign=sign)


def _more(before: Any, after: Any) -> int:
    """Whether a number grew or fell; 0 for what is no number."""
    try:
        step = float(after) - float(before)
    except (TypeError, ValueError):
        return 0
    return (step > 0) - (step < 0)


def restatements(receipts: Iterable[Receipt]) -> Iterator[tuple[datetime, datetime, str]]:
    """Billing periods that were issued again: the first day, the day after the last, and what changed, in words."""
    for receipt in receipts:
        for one in receipt.restated:
            end = (one.period.replace(day=1) + timedelta(days=32)).replace(day=1)
            what = t(
                "The bill of {month} was issued again on {at}: {before} {currency} became {after}.",
                month=f"{one.period:%Y-%m}", at=f"{receipt.at:%Y-%m-%d}", before=f"{one.effective_before:,.2f}",
                currency=one.currency, after=f"{one.effective_after:,.2f}",
            )  # fmt: skip
            yield one.period, end, what


def _short(value: Any) -> str:
    text = "?" if value in (None, "") else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
