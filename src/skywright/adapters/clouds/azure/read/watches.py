"""Workspaces of logs, alerts, and vaults of backups."""

from typing import Any

from skywright.adapters.clouds.azure.read.base import Place, Reading, props
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.control import Alarm, LogGroup
from skywright.model.kinds.storage import BackupVault

LOGS, ALARM, BACKUP = "log.group", "monitor.alarm", "backup.vault"
WORKSPACES, METRIC, ACTIVITY = (
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Insights/metricAlerts",
    "Microsoft.Insights/activityLogAlerts",
)
VAULTS = "Microsoft.RecoveryServices/vaults"


def workspace(raw: dict[str, Any], place: Place) -> LogGroup:
    """A Log Analytics workspace. It never keeps for ever: -1 stands for the tier's own number of days."""
    own = props(raw)
    days = tr.integer(own, "retentionInDays")
    return LogGroup(
        **place.head(LOGS, raw),
        state="available" if tr.said(own, "provisioningState").lower() == "succeeded" else None,
        created_at=tr.moment(own, "createdDate"),
        retention_days=days if days is None or days > 0 else None,
        keeps_forever=False,
        encrypted_with_key=None,
    )


def alarm(raw: dict[str, Any], place: Place, watched: str | None) -> Alarm:
    """An alert of a metric or of the activity log. Whether it has gone off is told elsewhere: its state stays unknown."""
    own = props(raw)
    actions = [tr.text(one, "actionGroupId") for one in [*tr.items(own, "actions"), *tr.items(own, "actions", "actionGroups")]]
    criteria = tr.items(own, "criteria", "allOf")
    first = criteria[0] if criteria else {}
    return Alarm(
        **place.head(ALARM, raw),
        metric=tr.text(first, "metricName") or tr.text(first, "equals"),
        namespace=tr.text(first, "metricNamespace"),
        actions=tr.sorted_texts(actions),
        actions_enabled=tr.flag(own, "enabled"),
        watches=watched,
    )


def alarm_links(row: Alarm) -> Links:
    """An alert and what it watches."""
    yield Verb.WATCHES, row.watches


def backup(raw: dict[str, Any], place: Place) -> BackupVault:
    """A Recovery Services vault. ``Locked`` immutability cannot be taken back.
    https://learn.microsoft.com/azure/backup/backup-azure-immutable-vault-concept"""
    own = props(raw)
    return BackupVault(
        **place.head(BACKUP, raw),
        state="available" if tr.said(own, "provisioningState").lower() == "succeeded" else None,
        locked=tr.said(own, "securitySettings", "immutabilitySettings", "state").lower() == "locked",
        key=tr.said(own, "encryption", "keyVaultProperties", "keyUri"),
    )


def _read_workspaces(reading: Reading) -> None:
    reading.take(LOGS, reading.of_type(LOGS, WORKSPACES), lambda raw: workspace(raw, reading.place))


def _read_alarms(reading: Reading) -> None:
    for type_ in (METRIC, ACTIVITY):
        for raw in reading.of_type(ALARM, type_):
            scopes = tr.texts(raw, "properties", "scopes") or []
            watched = reading.elsewhere(scopes[0]) if len(scopes) == 1 and "/providers/" in scopes[0] else ""
            reading.take(ALARM, [raw], lambda one, of=watched: alarm(one, reading.place, of), alarm_links)  # type: ignore[misc]  # mypy cannot infer a lambda's default


def _read_backups(reading: Reading) -> None:
    reading.take(BACKUP, reading.of_type(BACKUP, VAULTS), lambda raw: backup(raw, reading.place))


READERS = (
    Reader(name="workspaces", service="logs", kinds=(LOGS,), read=_read_workspaces, permissions=(f"{WORKSPACES}/read",)),
    Reader(
        name="alerts",
        service="monitor",
        kinds=(ALARM,),
        read=_read_alarms,
        permissions=(f"{METRIC}/read", f"{ACTIVITY}/read"),
        is_global=True,
    ),
    Reader(name="backups", service="backup", kinds=(BACKUP,), read=_read_backups, permissions=(f"{VAULTS}/read",)),
)
