"""Managed databases (RDS), their snapshots, key-value tables (DynamoDB), file systems (EFS)."""

from collections.abc import Callable, Sequence
from typing import Any

from skywright.adapters.clouds.aws.write.base import Target, unless_absent
from skywright.adapters.clouds.kit.actions import (
    HOUR_S,
    MINUTES_S,
    Action,
    Fits,
    Setting,
    Values,
    Way,
    first,
    known,
    one_of,
    switched_on,
)
from skywright.adapters.clouds.kit.deletion import Deletion


def describe(target: Target) -> dict[str, Any]:
    """The database instance as RDS tells it."""
    return first(target.call("rds:DescribeDBInstances", DBInstanceIdentifier=target.id)["DBInstances"], target)


def describe_cluster(target: Target) -> dict[str, Any]:
    """The database cluster as RDS tells it."""
    return first(target.call("rds:DescribeDBClusters", DBClusterIdentifier=target.id)["DBClusters"], target)


Describe = Callable[[Target], dict[str, Any]]


def _settled(database: dict[str, Any]) -> bool:
    """Available, with nothing pending: between two states RDS still tells the old values."""
    status = database.get("DBInstanceStatus") or database.get("Status")
    return status == "available" and not database.get("PendingModifiedValues")


def _reader(look: Describe, column: str, field: str) -> Callable[[Target], Values | None]:
    def read(target: Target) -> Values | None:
        database = look(target)
        return {column: database.get(field)} if _settled(database) else None

    return read


def _writer(call: str, identifier: str, column: str, parameter: str) -> Callable[[Target, Values], None]:
    def write(target: Target, wanted: Values) -> None:
        # a cluster's or instance's change is asked for at once: waiting for its maintenance window would leave the plan open
        target.call(call, **{identifier: target.id, parameter: wanted[column], "ApplyImmediately": True})

    return write


def _instance_setting(name: str, column: str, field: str, parameter: str = "", allowed: Fits = known, note: str = "") -> Setting:
    """One column of a database instance, read as ``field`` and written as ``parameter``."""
    return Setting(
        action=Action(
            name=name,
            kind="database.instance",
            columns=(column,),
            calls=("rds:ModifyDBInstance", "rds:DescribeDBInstances"),
            document="Amazon RDS API Reference: ModifyDBInstance",
            note=note,
        ),
        read=_reader(describe, column, field),
        write=_writer("rds:ModifyDBInstance", "DBInstanceIdentifier", column, parameter or field),
        allowed=allowed,
        within_s=HOUR_S,
    )


def _cluster_setting(name: str, column: str, field: str, parameter: str = "", allowed: Fits = known) -> Setting:
    """One column of a database cluster."""
    return Setting(
        action=Action(
            name=name,
            kind="database.cluster",
            columns=(column,),
            calls=("rds:ModifyDBCluster", "rds:DescribeDBClusters"),
            document="Amazon RDS API Reference: ModifyDBCluster",
        ),
        read=_reader(describe_cluster, column, field),
        write=_writer("rds:ModifyDBCluster", "DBClusterIdentifier", column, parameter or field),
        allowed=allowed,
        within_s=HOUR_S,
    )


def _keeps_backups(before: Values, after: Values) -> bool:
    """1 to 35 days, and never fewer than before: shortening the retention deletes backups."""
    old, new = before.get("backup_retention_days"), after["backup_retention_days"]
    return old is not None and new is not None and old <= new <= 35 and new >= 1


INSTANCE_SETTINGS = (
    _instance_setting("resize a database", "type", "DBInstanceClass", note="the database is away for some minutes, each way"),
    _instance_setting("close a database to the internet", "public", "PubliclyAccessible"),
    _instance_setting("keep backups of a database", "backup_retention_days", "BackupRetentionPeriod", "", _keeps_backups),
    _instance_setting("run a database in more than one zone", "multi_zone", "MultiAZ"),
    _instance_setting("protect a database against deletion", "deletion_protected", "DeletionProtection"),
    _instance_setting("take minor upgrades of a database", "minor_upgrades", "AutoMinorVersionUpgrade"),
    _instance_setting("copy a database's tags to its snapshots", "copy_tags", "CopyTagsToSnapshot"),
    _instance_setting(
        "let IAM identities log in to a database",
        "iam_authentication",
        "IAMDatabaseAuthenticationEnabled",
        "EnableIAMDatabaseAuthentication",
    ),
    _instance_setting(
        "measure what a database waits for", "performance_insights", "PerformanceInsightsEnabled", "EnablePerformanceInsights"
    ),
)
CLUSTER_SETTINGS = (
    _cluster_setting("protect a database cluster against deletion", "deletion_protected", "DeletionProtection"),
    _cluster_setting("keep backups of a database cluster", "backup_retention_days", "BackupRetentionPeriod", "", _keeps_backups),
    _cluster_setting("copy a database cluster's tags to its snapshots", "copy_tags", "CopyTagsToSnapshot"),
    _cluster_setting(
        "let IAM identities log in to a database cluster",
        "iam_authentication",
        "IAMDatabaseAuthenticationEnabled",
        "EnableIAMDatabaseAuthentication",
    ),
)


def _read_log_exports(target: Target) -> Values | None:
    database = describe(target)
    return {"log_exports": sorted(database.get("EnabledCloudwatchLogsExports") or ())} if _settled(database) else None


def _write_log_exports(target: Target, wanted: Values) -> None:
    had, wants = set(describe(target).get("EnabledCloudwatchLogsExports") or ()), set(wanted["log_exports"])
    change = {"EnableLogTypes": sorted(wants - had), "DisableLogTypes": sorted(had - wants)}
    target.call(
        "rds:ModifyDBInstance",
        DBInstanceIdentifier=target.id,
        CloudwatchLogsExportConfiguration={key: types for key, types in change.items() if types},
        ApplyImmediately=True,
    )


LOG_EXPORTS = Setting(
    action=Action(
        name="send a database's logs to CloudWatch",
        kind="database.instance",
        columns=("log_exports",),
        calls=("rds:ModifyDBInstance", "rds:DescribeDBInstances"),
        document="Amazon RDS API Reference: ModifyDBInstance (CloudwatchLogsExportConfiguration)",
    ),
    read=_read_log_exports,
    write=_write_log_exports,
    within_s=HOUR_S,
)


def _read_state(target: Target) -> Values | None:
    status = describe(target)["DBInstanceStatus"]
    return {"state": status} if status in ("available", "stopped") else None


def _write_state(target: Target, wanted: Values) -> None:
    call = "rds:StartDBInstance" if wanted["state"] == "available" else "rds:StopDBInstance"
    target.call(call, DBInstanceIdentifier=target.id)


POWER = Setting(
    action=Action(
        name="stop or start a database",
        kind="database.instance",
        columns=("state",),
        calls=("rds:StopDBInstance", "rds:StartDBInstance", "rds:DescribeDBInstances"),
        document="Amazon RDS User Guide: Stopping an Amazon RDS DB instance temporarily",
        note="RDS starts a stopped database again after seven days",
    ),
    read=_read_state,
    write=_write_state,
    allowed=one_of("available", "stopped"),
    within_s=HOUR_S,
)


def _sharing(answer: dict[str, Any]) -> Sequence[str]:
    attributes = answer["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
    return next((found["AttributeValues"] for found in attributes if found["AttributeName"] == "restore"), ())


def _read_snapshot_sharing(target: Target) -> Values:
    answer = target.call("rds:DescribeDBSnapshotAttributes", DBSnapshotIdentifier=target.id)
    return {"public": "all" in _sharing(answer)}


def _write_snapshot_sharing(target: Target, wanted: Values) -> None:
    verb = "ValuesToAdd" if wanted["public"] else "ValuesToRemove"
    target.call("rds:ModifyDBSnapshotAttribute", DBSnapshotIdentifier=target.id, AttributeName="restore", **{verb: ["all"]})


SNAPSHOT_PUBLIC = Setting(
    action=Action(
        name="make a database snapshot private",
        kind="database.snapshot",
        columns=("public",),
        calls=("rds:ModifyDBSnapshotAttribute", "rds:DescribeDBSnapshotAttributes"),
        document="Amazon RDS API Reference: ModifyDBSnapshotAttribute",
    ),
    read=_read_snapshot_sharing,
    write=_write_snapshot_sharing,
)


def _look_snapshot(target: Target) -> dict[str, Any]:
    return first(target.call("rds:DescribeDBSnapshots", DBSnapshotIdentifier=target.id)["DBSnapshots"], target)


DELETE_SNAPSHOT = Deletion(
    action=Action(
        name="delete a manual database snapshot",
        kind="database.snapshot",
        columns=(),
        calls=("rds:DeleteDBSnapshot", "rds:DescribeDBSnapshots"),
        document="Amazon RDS API Reference: DeleteDBSnapshot",
    ),
    look=_look_snapshot,
    delete=lambda target: target.call("rds:DeleteDBSnapshot", DBSnapshotIdentifier=target.id),
    allowed=lambda before: before.get("manual") is not False,
    within_s=MINUTES_S,
)


def _table(target: Target) -> dict[str, Any] | None:
    table = target.call("dynamodb:DescribeTable", TableName=target.id)["Table"]
    return table if table["TableStatus"] == "ACTIVE" else None


def _read_recovery(target: Target) -> Values:
    found = target.call("dynamodb:DescribeContinuousBackups", TableName=target.id)["ContinuousBackupsDescription"]
    return {"point_in_time_recovery": found["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"}


def _write_recovery(target: Target, wanted: Values) -> None:
    specification = {"PointInTimeRecoveryEnabled": wanted["point_in_time_recovery"]}
    target.call("dynamodb:UpdateContinuousBackups", TableName=target.id, PointInTimeRecoverySpecification=specification)


RECOVERY = Setting(
    action=Action(
        name="keep point-in-time backups of a table",
        kind="database.table",
        columns=("point_in_time_recovery",),
        calls=("dynamodb:UpdateContinuousBackups", "dynamodb:DescribeContinuousBackups"),
        document="Amazon DynamoDB API Reference: UpdateContinuousBackups",
    ),
    read=_read_recovery,
    write=_write_recovery,
    # switching it off would throw the backups away
    allowed=switched_on("point_in_time_recovery"),
    within_s=MINUTES_S,
)


def _read_table_protection(target: Target) -> Values | None:
    table = _table(target)
    return {"deletion_protected": bool(table.get("DeletionProtectionEnabled"))} if table else None


def _write_table_protection(target: Target, wanted: Values) -> None:
    target.call("dynamodb:UpdateTable", TableName=target.id, DeletionProtectionEnabled=wanted["deletion_protected"])


TABLE_PROTECTION = Setting(
    action=Action(
        name="protect a table against deletion",
        kind="database.table",
        columns=("deletion_protected",),
        calls=("dynamodb:UpdateTable", "dynamodb:DescribeTable"),
        document="Amazon DynamoDB API Reference: UpdateTable",
    ),
    read=_read_table_protection,
    write=_write_table_protection,
    within_s=MINUTES_S,
)


def _read_backup(target: Target) -> Values | None:
    answer = unless_absent(lambda: target.call("efs:DescribeBackupPolicy", FileSystemId=target.id))
    status = answer.get("BackupPolicy", {}).get("Status", "DISABLED")
    return {"backup": status == "ENABLED"} if status in ("ENABLED", "DISABLED") else None


def _write_backup(target: Target, wanted: Values) -> None:
    policy = {"Status": "ENABLED" if wanted["backup"] else "DISABLED"}
    target.call("efs:PutBackupPolicy", FileSystemId=target.id, BackupPolicy=policy)


FILE_BACKUP = Setting(
    action=Action(
        name="back up a file system",
        kind="storage.filesystem",
        columns=("backup",),
        calls=("efs:PutBackupPolicy", "efs:DescribeBackupPolicy"),
        own_permissions=("elasticfilesystem:PutBackupPolicy", "elasticfilesystem:DescribeBackupPolicy"),
        document="Amazon EFS API Reference: PutBackupPolicy",
    ),
    read=_read_backup,
    write=_write_backup,
    within_s=MINUTES_S,
)

WAYS: tuple[Way, ...] = (
    *INSTANCE_SETTINGS,
    LOG_EXPORTS,
    POWER,
    *CLUSTER_SETTINGS,
    SNAPSHOT_PUBLIC,
    DELETE_SNAPSHOT,
    RECOVERY,
    TABLE_PROTECTION,
    FILE_BACKUP,
)
