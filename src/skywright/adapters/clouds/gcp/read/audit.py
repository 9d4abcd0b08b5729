"""What is written down: log sinks and buckets, the audit configuration, alerting."""

import re
from collections.abc import Mapping
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.control import Alarm, LogGroup, Trail

TRAIL, LOGS, ALARM = "audit.trail", "log.group", "monitor.alarm"
REQUIRED = "_Required"
"""The sink and the bucket that always take the admin activity log, and that nobody can change ("Cloud Audit Logs overview")."""

RETENTION_DAYS = 30  # log buckets, default
METRIC = re.compile(r'metric\.type\s*=\s*"([^"]+)"')
STORAGE, LOGGING = "storage.googleapis.com/", "logging.googleapis.com/"


def log_group(raw: dict[str, Any], place: Place) -> LogGroup:
    """A LogBucket."""
    key = tr.said(raw, "cmekSettings", "kmsKeyName")
    days = tr.integer(raw, "retentionDays")
    return LogGroup(
        **{**names.row(LOGS, raw, place), "tags": {}},
        state=names.word(raw, {"ACTIVE": "active", "DELETE_REQUESTED": "deleting"}, "lifecycleState"),
        retention_days=RETENTION_DAYS if days is None else days,
        keeps_forever=False,
        encrypted_with_key=bool(key),
        key=place.key(key),
    )


def trail(raw: dict[str, Any], place: Place, keyed: Mapping[str, bool] | None, *, data: bool | None) -> Trail:
    """A LogSink that takes audit logs. ``keyed``: id of a log bucket -> has it a key of the customer's (None: not known); ``data``:
    are reads and writes of data logged for all services."""
    destination = tr.said(raw, "destination")
    group = place.link(LOGS, destination.removeprefix(LOGGING)) if destination.startswith(LOGGING) else ""
    required = tr.text(raw, "name") == REQUIRED
    return Trail(
        **{**names.row(TRAIL, raw, place), "tags": {}},
        state="active",
        logging=not (tr.flag(raw, "disabled") or False),
        multi_region=True,
        organization=False,
        log_validation=True if required else None,
        encrypted_with_key=None if keyed is None or not group else keyed.get(group),
        bucket=destination.removeprefix(STORAGE) if destination.startswith(STORAGE) else "",
        log_group=group,
        global_events=True,
        home_region=GLOBAL,
        data_events=data,
    )


def takes_audit_logs(raw: Any) -> bool:
    """Does a sink's filter let audit logs through: it has none, or speaks of them other than to leave them out."""
    wanted = tr.said(raw, "filter")
    if not wanted or tr.text(raw, "name") == "_Default":
        return True
    said_of = re.findall(r'(NOT\s+|-)?(?:LOG_ID\("|logName\s*[:=]\s*"?[^"\s]*)cloudaudit\.googleapis\.com', wanted)
    return any(not refused for refused in said_of)


def alarm(raw: dict[str, Any], place: Place) -> Alarm:
    """An AlertPolicy."""
    filters = [
        tr.said(condition, field, "filter")
        for condition in tr.items(raw, "conditions")
        for field in ("conditionThreshold", "conditionAbsent", "conditionMatchedLog")
    ]
    metric = next((found[1] for one in filters if (found := METRIC.search(one))), None)
    enabled = tr.flag(raw, "enabled")
    return Alarm(
        **{**names.row(ALARM, raw, place), "name": tr.text(raw, "displayName"), "tags": tr.tags(tr.at(raw, "userLabels"))},
        metric=metric,
        namespace=metric.partition("/")[0] if metric else None,
        actions=tr.sorted_texts(tr.texts(raw, "notificationChannels") or ()),
        actions_enabled=enabled is not False,
    )


def _trail_links(row: Trail) -> Links:
    yield Verb.LOGS_TO, row.log_group


def _read_logs(reading: Reading) -> None:
    found = reading.here(LOGS, "logging.googleapis.com/LogBucket")
    reading.take(LOGS, found, lambda raw: log_group(raw, reading.place), lambda row: [(Verb.ENCRYPTED_BY, row.key)])


def _read_trails(reading: Reading) -> None:
    found = [raw for raw in reading.here(TRAIL, "logging.googleapis.com/LogSink") if takes_audit_logs(raw)]
    keyed: dict[str, bool] | None = None
    data: bool | None = None
    if found:
        with reading.columns(TRAIL):
            listed = [log_group(raw, reading.place) for raw in reading.everywhere("logging.googleapis.com/LogBucket")]
            keyed = {row.id: bool(row.encrypted_with_key) for row in listed}
        with reading.columns(TRAIL):
            data = _data_logged(reading.project_policy())
    reading.take(TRAIL, found, lambda raw: trail(raw, reading.place, keyed, data=data), _trail_links)


def _data_logged(policy: Any) -> bool:
    """Are reads and writes of data logged for all services, by the project's audit configuration."""
    kinds = {
        tr.text(one, "logType")
        for config in tr.items(policy, "auditConfigs")
        if tr.text(config, "service") == "allServices"
        for one in tr.items(config, "auditLogConfigs")
        if not tr.texts(one, "exemptedMembers")
    }
    return {"DATA_READ", "DATA_WRITE"} <= kinds


def _read_alarms(reading: Reading) -> None:
    reading.take(ALARM, reading.here(ALARM, "monitoring.googleapis.com/AlertPolicy"), lambda raw: alarm(raw, reading.place))


READERS = (
    Reader(name="log buckets", service="logging", kinds=(LOGS,), read=_read_logs, permissions=("logging.buckets.list",)),
    Reader(
        name="log sinks",
        service="logging",
        kinds=(TRAIL,),
        read=_read_trails,
        is_global=True,
        permissions=(
            "logging.sinks.list",
            "logging.buckets.list",
            "logging.logEntries.list",  # who changed something (trail)
            "resourcemanager.projects.getIamPolicy",
        ),
    ),
    Reader(
        name="alert policies",
        service="monitoring",
        kinds=(ALARM,),
        read=_read_alarms,
        is_global=True,
        permissions=("monitoring.alertPolicies.list",),
    ),
)
