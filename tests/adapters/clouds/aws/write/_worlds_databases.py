"""A case for each action on databases, their clusters, snapshots and tables."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._harness import Case, World
from tests.adapters.clouds.aws.write._parts import FIRST_TAGS, _tag_map, listed, stood_in, tag_case


def database(world: World, **options: Any) -> dict[str, Any]:
    rds = world.aws("rds")
    spec = {
        "DBInstanceIdentifier": "ledger",
        "Engine": "postgres",
        "DBInstanceClass": "db.m5.xlarge",
        "AllocatedStorage": 100,
        "MasterUsername": "root",
        "MasterUserPassword": "not-a-secret",
        "BackupRetentionPeriod": 1,
        "PubliclyAccessible": True,
        "Tags": listed(FIRST_TAGS),
        **options,
    }
    return rds.create_db_instance(**spec)["DBInstance"]


def database_column(column: str, field: str, before: Any, after: Any, **options: Any) -> Callable[[World], Case]:
    def build(world: World) -> Case:
        database(world, **options)
        rds = world.aws("rds")
        return Case(
            kind="database.instance",
            native_id="ledger",
            before={column: before},
            after={column: after},
            see=lambda: {column: rds.describe_db_instances(DBInstanceIdentifier="ledger")["DBInstances"][0].get(field)},
        )

    return build


def database_power(world: World) -> Case:
    database(world)
    rds = world.aws("rds")
    return Case(
        kind="database.instance",
        native_id="ledger",
        before={"state": "available"},
        after={"state": "stopped"},
        see=lambda: {"state": rds.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"]},
    )


def database_tags(world: World) -> Case:
    arn = database(world)["DBInstanceArn"]
    rds = world.aws("rds")
    return tag_case("database.instance", "ledger", lambda: _tag_map(rds.list_tags_for_resource(ResourceName=arn)["TagList"]))


def cluster(world: World, **options: Any) -> dict[str, Any]:
    spec = {
        "DBClusterIdentifier": "orders",
        "Engine": "aurora-postgresql",
        "MasterUsername": "root",
        "MasterUserPassword": "not-a-secret",
        "Tags": listed(FIRST_TAGS),
        **options,
    }
    return world.aws("rds").create_db_cluster(**spec)["DBCluster"]


def cluster_column(column: str, field: str, before: Any, after: Any, **options: Any) -> Callable[[World], Case]:
    def build(world: World) -> Case:
        cluster(world, **options)
        rds = world.aws("rds")
        return Case(
            kind="database.cluster",
            native_id="orders",
            before={column: before},
            after={column: after},
            see=lambda: {column: rds.describe_db_clusters(DBClusterIdentifier="orders")["DBClusters"][0].get(field)},
        )

    return build


def cluster_tags(world: World) -> Case:
    arn = cluster(world)["DBClusterArn"]
    rds = world.aws("rds")
    return tag_case("database.cluster", "orders", lambda: _tag_map(rds.list_tags_for_resource(ResourceName=arn)["TagList"]))


def database_snapshot(world: World) -> str:
    database(world)
    spec = {"DBInstanceIdentifier": "ledger", "DBSnapshotIdentifier": "before-upgrade", "Tags": listed(FIRST_TAGS)}
    return world.aws("rds").create_db_snapshot(**spec)["DBSnapshot"]["DBSnapshotArn"]


def database_snapshot_public(world: World) -> Case:
    database_snapshot(world)
    rds = world.aws("rds")
    which = {"DBSnapshotIdentifier": "before-upgrade"}
    rds.modify_db_snapshot_attribute(**which, AttributeName="restore", ValuesToAdd=["all", "111122223333"])

    def see() -> dict[str, Any]:
        result = rds.describe_db_snapshot_attributes(**which)["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
        values = [value for one in result if one["AttributeName"] == "restore" for value in one["AttributeValues"]]
        return {"public": "all" in values, "shared": sorted(set(values) - {"all"})}

    before, after = {"public": True}, {"public": False}
    return Case(kind="database.snapshot", native_id="before-upgrade", before=before, after=after, see=see)


def database_snapshot_gone(world: World) -> Case:
    database_snapshot(world)
    see = lambda: {"gone": not world.aws("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]}  # noqa: E731
    return Case(kind="database.snapshot", native_id="before-upgrade", before={"manual": True}, after=None, see=see)


def database_snapshot_tags(world: World) -> Case:
    arn = database_snapshot(world)
    rds = world.aws("rds")
    see = lambda: _tag_map(rds.list_tags_for_resource(ResourceName=arn)["TagList"])  # noqa: E731
    return tag_case("database.snapshot", "before-upgrade", see)


def table(world: World) -> Any:
    dynamo = world.aws("dynamodb")
    dynamo.create_table(
        TableName="carts",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=listed(FIRST_TAGS),
    )
    return dynamo


def recovery(world: World) -> Case:
    dynamo = table(world)

    def see() -> dict[str, Any]:
        found = dynamo.describe_continuous_backups(TableName="carts")["ContinuousBackupsDescription"]
        status = found["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        return {"point_in_time_recovery": status == "ENABLED"}

    before, after = {"point_in_time_recovery": False}, {"point_in_time_recovery": True}
    return Case(kind="database.table", native_id="carts", before=before, after=after, see=see)


def table_protection(world: World) -> Case:
    dynamo = table(world)
    see = lambda: {"deletion_protected": dynamo.describe_table(TableName="carts")["Table"]["DeletionProtectionEnabled"]}  # noqa: E731
    before, after = {"deletion_protected": False}, {"deletion_protected": True}
    return Case(kind="database.table", native_id="carts", before=before, after=after, see=see)


def table_tags(world: World) -> Case:
    dynamo = table(world)
    arn = dynamo.describe_table(TableName="carts")["Table"]["TableArn"]
    return tag_case("database.table", "carts", lambda: _tag_map(dynamo.list_tags_of_resource(ResourceArn=arn)["Tags"]))


IAM_FIELD = "IAMDatabaseAuthenticationEnabled"


CASES: dict[str, Callable[[World], Case]] = {
    "resize a database": database_column("type", "DBInstanceClass", "db.m5.xlarge", "db.m5.large"),
    "close a database to the internet": database_column("public", "PubliclyAccessible", True, False),
    "keep backups of a database": database_column("backup_retention_days", "BackupRetentionPeriod", 1, 14),
    "run a database in more than one zone": database_column("multi_zone", "MultiAZ", False, True),
    "protect a database against deletion": database_column("deletion_protected", "DeletionProtection", False, True),
    "take minor upgrades of a database": database_column(
        "minor_upgrades", "AutoMinorVersionUpgrade", False, True, AutoMinorVersionUpgrade=False
    ),
    "copy a database's tags to its snapshots": database_column("copy_tags", "CopyTagsToSnapshot", False, True),
    "let IAM identities log in to a database": database_column("iam_authentication", IAM_FIELD, False, True),
    "measure what a database waits for": stood_in(
        database_column("performance_insights", "PerformanceInsightsEnabled", False, True),
        lambda world: {"performance_insights": world.stand_ins.performance_insights},
    ),
    "send a database's logs to CloudWatch": database_column(
        "log_exports", "EnabledCloudwatchLogsExports", [], ["postgresql", "upgrade"]
    ),
    "stop or start a database": database_power,
    "change the tags of database.instance": database_tags,
    "protect a database cluster against deletion": cluster_column("deletion_protected", "DeletionProtection", False, True),
    "keep backups of a database cluster": cluster_column("backup_retention_days", "BackupRetentionPeriod", 1, 7),
    "copy a database cluster's tags to its snapshots": cluster_column("copy_tags", "CopyTagsToSnapshot", False, True),
    "let IAM identities log in to a database cluster": stood_in(
        cluster_column("iam_authentication", IAM_FIELD, False, True),
        lambda world: {"iam_authentication": world.stand_ins.cluster_iam},
    ),
    "change the tags of database.cluster": cluster_tags,
    "make a database snapshot private": database_snapshot_public,
    "delete a manual database snapshot": database_snapshot_gone,
    "change the tags of database.snapshot": database_snapshot_tags,
    "keep point-in-time backups of a table": recovery,
    "protect a table against deletion": table_protection,
    "change the tags of database.table": table_tags,
}
