"""Cloud SQL. A patch carries the version of the settings that it was made on; one operation runs at a time."""

from collections.abc import Callable
from typing import Any

from skywright.adapters.clouds.gcp.read.databases import database
from skywright.adapters.clouds.gcp.write.base import Raw, Target, action, irreversible, picked, refuse
from skywright.adapters.clouds.kit.actions import HOUR_S, MINUTES_S, Setting, Values, Way, known, one_of
from skywright.adapters.clouds.kit.translate import at
from skywright.model.words import t

KIND = "database.instance"
ASSET = "sqladmin.googleapis.com/Instance"
CALLS = ("sqladmin.instances.patch", "sqladmin.instances.get")
KEPT_MAX = 365  # backupRetentionSettings.retainedBackups
FLAGS = {"postgres": "cloudsql.iam_authentication", "mysql": "cloudsql_iam_authentication"}
ENCRYPTED, OPEN = "ENCRYPTED_ONLY", "ALLOW_UNENCRYPTED_AND_ENCRYPTED"

Change = Callable[[Target, Raw, Values], Raw]


def look(target: Target) -> Raw:
    """The instance as Google tells it. Raises NotThere."""
    return target.look(ASSET)


def _reading(*columns: str) -> Callable[[Target], Values | None]:
    def read(target: Target) -> Values | None:
        found = look(target)
        settled = found.get("state") in ("RUNNABLE", "SUSPENDED", "STOPPED")
        return picked(database(found, target.place), *columns) if settled else None

    return read


def _writing(change: Change) -> Callable[[Target, Values], None]:
    def write(target: Target, wanted: Values) -> None:
        def patch() -> None:
            now = look(target)
            settings = {**change(target, now, wanted), "settingsVersion": at(now, "settings", "settingsVersion")}
            where = {"project": target.project, "instance": target.own_name}
            target.act("sqladmin.instances.patch", body={"settings": settings}, **where)

        target.renewed(patch)

    return write


def _way(name: str, columns: tuple[str, ...], change: Change, document: str, **more: Any) -> Setting:
    given = {key: more.pop(key) for key in ("implied", "note") if key in more}
    line = action(name, KIND, columns, *CALLS, document=f"Cloud SQL: {document}", **given)
    more.setdefault("within_s", MINUTES_S)
    return Setting(action=line, read=_reading(*columns), write=_writing(change), **more)


def _network(**fields: Any) -> Raw:
    return {"ipConfiguration": fields}


def _backups(_target: Target, now: Raw, wanted: Values) -> Raw:
    """Switched off, what was said of how many to keep stays for the way back."""
    days = wanted["backup_retention_days"]
    own = dict(at(now, "settings", "backupConfiguration") or {})
    kept = {"retentionUnit": "COUNT", "retainedBackups": days} if days else own.get("backupRetentionSettings")
    recoverable = {} if days else {"pointInTimeRecoveryEnabled": False, "binaryLogEnabled": False}
    return {"backupConfiguration": {"enabled": days > 0, **({"backupRetentionSettings": kept} if kept else {}), **recoverable}}


def _days(before: Values, after: Values) -> bool:
    """Without backups there is no recovery to a point in time either: switching them off would take it along."""
    return known(before, after) and 0 < after["backup_retention_days"] <= KEPT_MAX


def _public(target: Target, now: Raw, wanted: Values) -> Raw:
    if not wanted["public"] and not at(now, "settings", "ipConfiguration", "privateNetwork"):
        text = t("{target} has no private address, and would have none at all without its public one.", target=target)
        raise refuse(text, t("Give it a private address first."))
    return _network(ipv4Enabled=wanted["public"])


def _tls(_target: Target, now: Raw, wanted: Values) -> Raw:
    if wanted["tls_required"]:
        return (
            _network(sslMode=ENCRYPTED, requireSsl=None)
            if "requireSsl" in (at(now, "settings", "ipConfiguration") or {})
            else _network(sslMode=ENCRYPTED)
        )
    return _network(sslMode=OPEN)


def _authorized(_target: Target, now: Raw, wanted: Values) -> Raw:
    """Networks that stay keep their names."""
    held = {one.get("value"): one for one in at(now, "settings", "ipConfiguration", "authorizedNetworks") or ()}
    return _network(authorizedNetworks=[held.get(cidr) or {"value": cidr} for cidr in wanted["authorized_cidrs"]])


def _identities(target: Target, now: Raw, wanted: Values) -> Raw:
    engine = database(now, target.place).engine or ""
    if engine not in FLAGS:
        raise refuse(t("{target} is of an engine without sign-in by IAM.", target=target), t("Drop this change."))
    others = [flag for flag in at(now, "settings", "databaseFlags") or () if flag.get("name") != FLAGS[engine]]
    own = [{"name": FLAGS[engine], "value": "on"}] if wanted["iam_authentication"] else []
    return {"databaseFlags": [*others, *own]}


def _recovery(target: Target, now: Raw, wanted: Values) -> Raw:
    mysql = database(now, target.place).engine == "mysql"
    field = "binaryLogEnabled" if mysql else "pointInTimeRecoveryEnabled"
    if wanted["point_in_time_recovery"] and not at(now, "settings", "backupConfiguration", "enabled"):
        raise refuse(t("{target} has no backups.", target=target), t("Switch them on first."))
    return {"backupConfiguration": {field: wanted["point_in_time_recovery"]}}


def _size(target: Target, now: Raw, wanted: Values) -> Raw:
    if int(at(now, "settings", "dataDiskSizeGb") or 0) > wanted["storage_gib"]:
        text = t("{target} cannot be made smaller again.", target=target)
        raise refuse(text, t("Leave it, or move the data to a new instance."))
    return {"dataDiskSizeGb": str(wanted["storage_gib"])}


def _grows(before: Values, after: Values) -> bool:
    return known(before, after) and before["storage_gib"] < after["storage_gib"]


GROW = Setting(
    action=irreversible(
        "enlarge a database's disk",
        KIND,
        ("storage_gib",),
        *CALLS,
        document="Cloud SQL: Edit instances",
        note="the disk never becomes smaller",
    ),
    read=_reading("storage_gib"),
    write=_writing(_size),
    allowed=_grows,
    within_s=HOUR_S,
)

WAYS: tuple[Way, ...] = (
    _way(
        "protect a database against deletion",
        ("deletion_protected",),
        lambda _target, _now, wanted: {"deletionProtectionEnabled": wanted["deletion_protected"]},
        "Prevent deletion of an instance",
    ),
    _way(
        "keep backups of a database",
        ("backup_retention_days",),
        _backups,
        "Create and manage automatic backups",
        allowed=_days,
        note="backups that were made meanwhile stay",
    ),
    _way(
        "give a database a public address, or take it away",
        ("public",),
        _public,
        "Configure public IP",
        note="the public address that comes back is another",
    ),
    _way("require TLS of a database's clients", ("tls_required",), _tls, "Configure SSL/TLS certificates"),
    _way(
        "say who may reach a database's public address",
        ("authorized_cidrs",),
        _authorized,
        "Authorize with authorized networks",
        note="a network that was removed comes back without its name",
    ),
    _way(
        "run a database in two zones",
        ("multi_zone",),
        lambda _target, _now, wanted: {"availabilityType": "REGIONAL" if wanted["multi_zone"] else "ZONAL"},
        "Enable and disable high availability",
        within_s=HOUR_S,
        note="the instance restarts",
    ),
    _way(
        "resize a database",
        ("type",),
        lambda _target, _now, wanted: {"tier": wanted["type"]},
        "Edit instances",
        within_s=HOUR_S,
        note="the instance restarts",
    ),
    _way(
        "sign in to a database by IAM", ("iam_authentication",), _identities, "Configure instances for IAM database authentication"
    ),
    _way("recover a database to a point in time", ("point_in_time_recovery",), _recovery, "Use point-in-time recovery"),
    _way(
        "watch the queries of a database",
        ("performance_insights",),
        lambda _target, _now, wanted: {"insightsConfig": {"queryInsightsEnabled": wanted["performance_insights"]}},
        "Use Query insights",
    ),
    _way(
        "stop or start a database",
        ("state",),
        lambda _target, _now, wanted: {"activationPolicy": "ALWAYS" if wanted["state"] == "available" else "NEVER"},
        "Start, stop, and restart instances",
        allowed=one_of("available", "stopped"),
    ),
    GROW,
)
