"""Plan x fresh read of its targets -> objections: asked just before execution, per target."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from skywright.loop.validate.facts import Row
from skywright.model.canonical import row_hash
from skywright.model.kinds import Resource
from skywright.model.plan import Change
from skywright.model.verdict import Objection
from skywright.model.words import t

COUNTERS: Mapping[str, frozenset[str]] = {
    "backup.vault": frozenset({"recovery_points"}),
    "compute.host": frozenset(
        {"disk_used_gib", "disks", "instances", "last_seen_at", "memory_used_mib", "queued_changes", "uptime_s", "vcpus_used"}
    ),
    "container.autoscaler": frozenset({"current", "desired"}),
    "container.disruption": frozenset({"allowed"}),
    "container.cluster": frozenset({"running_tasks"}),
    "container.pod": frozenset({"restarts"}),
    "container.quota": frozenset({"cpu_used_millis", "memory_used_mib", "pods_used"}),
    "container.service": frozenset({"running"}),
    "container.workload": frozenset({"ready"}),
    "database.table": frozenset({"items", "size_bytes"}),
    "dns.zone": frozenset({"records"}),
    "finance.budget": frozenset({"actual_amount"}),
    "identity.role": frozenset({"last_used_at"}),
    "identity.user": frozenset({"last_active_at", "password_last_used_at"}),
    "log.group": frozenset({"stored_bytes"}),
    "messaging.queue": frozenset({"messages"}),
    "network.subnet": frozenset({"free_addresses"}),
    "storage.bucket": frozenset({"size_gib"}),
    "storage.filesystem": frozenset({"size_gib"}),
}
"""Columns that move by themselves, all the time. A change is not stale because one of them did, unless it names it.

A key's ``last_used_at`` is none of them: a key that has been used since must not be deactivated as unused.
"""


def recheck(
    changes: Sequence[Change], fresh: Mapping[str, Resource | None], planned_on: Mapping[str, Row] | None = None
) -> tuple[Objection, ...]:
    """One objection for each change whose target is not what the plan was made for.

    ``fresh`` is the cloud's answer (ports.cloud.Cloud.refresh): an id that is missing could not be read. ``planned_on`` holds
    the rows of the plan's snapshot; with them every field that moved is named, without them those that the change sets.
    """
    found = (_stale(change, fresh, (planned_on or {}).get(change.target)) for change in changes)
    return tuple(objection for objection in found if objection)


def moved_fields(change: Change, planned_on: Row | None, fresh: Row) -> tuple[str, ...]:
    """The columns that differ from what the plan was made on. Empty: none that matters, or none that can be named."""
    if planned_on is None or row_hash(planned_on) != change.observed:
        planned_on = change.before or {}
    was, now = _plain(planned_on), _plain(fresh)
    free = COUNTERS.get(change.kind, frozenset()) - set(change.before or {}) - set(change.after or {})
    skipped = free | {"native", "seen_at"}
    return tuple(sorted(column for column in was if column not in skipped and column in now and was[column] != now[column]))


def _stale(change: Change, fresh: Mapping[str, Resource | None], planned_on: Row | None) -> Objection | None:
    if change.before is None:
        return None
    if change.target not in fresh:
        return _objection(
            change,
            t("{target} could not be read just now: unseen is not absent.", target=change.target),
            t("Run it again when the cloud answers."),
        )
    row = fresh[change.target]
    if row is None:
        return _objection(change, t("{target} no longer exists.", target=change.target), _plan_again())
    return _compared(change, msgspec.structs.asdict(row), planned_on)


def _compared(change: Change, fresh: Row, planned_on: Row | None) -> Objection | None:
    if row_hash(fresh) == change.observed:
        return None
    fields = moved_fields(change, planned_on, fresh)
    whole = planned_on is not None and row_hash(planned_on) == change.observed
    if not fields and whole:
        return None  # only counters moved
    said = t(
        "{target} has changed since it was planned: {fields}.",
        target=change.target,
        fields=_told(fields, change, fresh, planned_on),
    )
    return _objection(change, said, _plan_again())


def _told(fields: tuple[str, ...], change: Change, fresh: Row, planned_on: Row | None) -> str:
    """``type was m5.large and is m5.xlarge``; the first three, and how many more."""
    if not fields:
        return t("a column that the plan does not set")
    was, now = {**_plain(planned_on or {}), **_plain(change.before or {})}, _plain(fresh)
    told = [
        t("{field} was {was} and is {now}", field=field, was=_short(was.get(field)), now=_short(now.get(field)))
        for field in fields[:3]
    ]
    if len(fields) > len(told):
        told.append(t("{count} more", count=len(fields) - len(told)))
    return ", ".join(told)


def _plain(row: Row) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(dict(row), str_keys=True)
    return plain


def _short(value: object) -> str:
    text = t("unknown") if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _plan_again() -> str:
    return t("Run `skywright plan` again.")


def _objection(change: Change, reason: str, next_step: str) -> Objection:
    return Objection(rail="moved", target=change.target, change=change.id, reason=reason, next_step=next_step)
