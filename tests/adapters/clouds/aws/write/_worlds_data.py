"""Worlds for the actions on buckets, databases, tables, file systems."""

import json
from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._harness import ACCOUNT, REGION, Case, World

NAME = "ledger-files"


def bucket(world: World) -> Any:
    s3 = world.aws("s3")
    s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
    return s3


def bucket_case(before: dict[str, Any], after: dict[str, Any], see: Callable[[], dict[str, Any]], **more: Any) -> Case:
    return Case(kind="storage.bucket", native_id=NAME, before=before, after=after, see=see, **more)


BLOCK_COLUMNS = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
BLOCK_FIELDS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def public_access(world: World) -> Case:
    s3 = bucket(world)
    s3.put_public_access_block(
        Bucket=NAME, PublicAccessBlockConfiguration=dict(zip(BLOCK_FIELDS, (True, False, False, False), strict=True))
    )

    def see() -> dict[str, Any]:
        found = s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"]
        return dict(zip(BLOCK_COLUMNS, (found[field] for field in BLOCK_FIELDS), strict=True))

    return bucket_case(dict.fromkeys(BLOCK_COLUMNS[1:], False), dict.fromkeys(BLOCK_COLUMNS[1:], True), see)


def public_access_unset(world: World) -> Case:
    s3 = bucket(world)

    def see() -> dict[str, Any]:
        try:
            found = s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"]
        except s3.exceptions.ClientError:
            found = dict.fromkeys(BLOCK_FIELDS, False)
        return dict(zip(BLOCK_COLUMNS, (found[field] for field in BLOCK_FIELDS), strict=True))

    return bucket_case(dict.fromkeys(BLOCK_COLUMNS, False), dict.fromkeys(BLOCK_COLUMNS, True), see)


def account_block(world: World) -> Case:
    control = world.aws("s3control")

    def see() -> dict[str, Any]:
        try:
            found = control.get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"]
        except control.exceptions.ClientError:
            found = {}
        return {"public_buckets_blocked": all(found.get(field) for field in BLOCK_FIELDS)}

    return Case(
        kind="account.account",
        native_id=ACCOUNT,
        region="global",
        before={"public_buckets_blocked": False},
        after={"public_buckets_blocked": True},
        see=see,
    )


def encryption(world: World) -> Case:
    s3 = bucket(world)

    def see() -> dict[str, Any]:
        try:
            rules = s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"]
        except s3.exceptions.ClientError:
            return {"encryption": "none"}
        algorithm = rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
        return {"encryption": {"AES256": "provider", "aws:kms": "key"}[algorithm]}

    before = see()
    return bucket_case(before, {"encryption": "key"}, see)


def versioning(world: World) -> Case:
    s3 = bucket(world)
    words = {None: "off", "Enabled": "on", "Suspended": "suspended"}
    see = lambda: {"versioning": words[s3.get_bucket_versioning(Bucket=NAME).get("Status")]}  # noqa: E731
    return bucket_case({"versioning": "off"}, {"versioning": "on"}, see, undone={"versioning": "suspended"})


def versioning_suspended(world: World) -> Case:
    case = versioning(world)
    world.aws("s3").put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Suspended"})
    case.before, case.undone = {"versioning": "suspended"}, {}
    return case


def _lifecycle_rules(s3: Any) -> list[dict[str, Any]]:
    try:
        return list(s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"])
    except s3.exceptions.ClientError:
        return []


def lifecycle(world: World) -> Case:
    s3 = bucket(world)
    old = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 400}}
    s3.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": [old]})

    def see() -> dict[str, Any]:
        rules = _lifecycle_rules(s3)
        days = [rule["AbortIncompleteMultipartUpload"] for rule in rules if "AbortIncompleteMultipartUpload" in rule]
        return {"incomplete": days, "others": [rule["ID"] for rule in rules if "Expiration" in rule]}

    before, after = {"incomplete_uploads_expire": False}, {"incomplete_uploads_expire": True, "lifecycle_rules": 2}
    return bucket_case(before, after, see, wanted={"incomplete": [{"DaysAfterInitiation": 7}], "others": ["old"]})


def lifecycle_first(world: World) -> Case:
    s3 = bucket(world)
    see = lambda: {"rules": [rule["AbortIncompleteMultipartUpload"] for rule in _lifecycle_rules(s3)]}  # noqa: E731
    before, after = {"incomplete_uploads_expire": False}, {"incomplete_uploads_expire": True}
    return bucket_case(before, after, see, wanted={"rules": [{"DaysAfterInitiation": 7}]})


PUBLIC = {"Sid": "Everyone", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{NAME}/*"}
PRIVATE = {**PUBLIC, "Sid": "Us", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _sids(s3: Any) -> dict[str, Any]:
    try:
        policy = json.loads(s3.get_bucket_policy(Bucket=NAME)["Policy"])
    except s3.exceptions.ClientError:
        return {"sids": []}
    return {"sids": [statement["Sid"] for statement in policy["Statement"]]}


def policy(world: World) -> Case:
    s3 = bucket(world)
    s3.put_bucket_policy(Bucket=NAME, Policy=_document(PUBLIC, PRIVATE))
    spaced = json.dumps(json.loads(_document(PUBLIC, PRIVATE)), indent=4)  # the same document, laid out otherwise
    return bucket_case({"policy": spaced}, {"policy": _document(PRIVATE)}, lambda: _sids(s3), wanted={"sids": ["Us"]})


def policy_gone(world: World) -> Case:
    s3 = bucket(world)
    s3.put_bucket_policy(Bucket=NAME, Policy=_document(PUBLIC))
    return bucket_case({"policy": _document(PUBLIC)}, {"policy": ""}, lambda: _sids(s3), wanted={"sids": []})


def tls(world: World) -> Case:
    s3 = bucket(world)
    s3.put_bucket_policy(Bucket=NAME, Policy=_document(PRIVATE))
    wanted = {"sids": ["Us", "SkywrightDenyInsecureTransport"]}
    return bucket_case({"tls_required": False}, {"tls_required": True}, lambda: _sids(s3), wanted=wanted)


def tls_first(world: World) -> Case:
    s3 = bucket(world)
    wanted = {"sids": ["SkywrightDenyInsecureTransport"]}
    return bucket_case({"tls_required": False}, {"tls_required": True}, lambda: _sids(s3), wanted=wanted)


def bucket_logs(world: World) -> Case:
    s3 = bucket(world)
    s3.create_bucket(Bucket="access-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_policy(
        Bucket="access-logs",
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "logging.s3.amazonaws.com"},
                        "Action": "s3:PutObject",
                        "Resource": "arn:aws:s3:::access-logs/*",
                    }
                ],
            }
        ),
    )
    see = lambda: {"to": s3.get_bucket_logging(Bucket=NAME).get("LoggingEnabled", {}).get("TargetBucket")}  # noqa: E731
    before = {"access_logging": False, "log_bucket": None}
    after = {"access_logging": True, "log_bucket": f"aws:{ACCOUNT}:{REGION}:storage.bucket/access-logs"}
    return bucket_case(before, after, see, wanted={"to": "access-logs"})


def _tag_map(listed: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in listed}


OLD_TAGS = {"owner": "payments", "temporary": "yes"}
NEW_TAGS = {"owner": "search", "cost-center": "42"}
LATER = {"later": "not in the plan"}


def tag_case(kind: str, native_id: str, see: Callable[[], dict[str, str]]) -> Case:
    """Tags of which one changes, one goes, one is new and one is not spoken of. The builder sets OLD_TAGS and LATER."""
    wanted = {"tags": {**NEW_TAGS, **LATER}}
    before, after = {"tags": OLD_TAGS}, {"tags": NEW_TAGS}
    return Case(kind=kind, native_id=native_id, before=before, after=after, see=lambda: {"tags": see()}, wanted=wanted)


def listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


FIRST_TAGS = {**OLD_TAGS, **LATER}


def bucket_tags(world: World) -> Case:
    s3 = bucket(world)
    s3.put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": listed(FIRST_TAGS)})
    return tag_case("storage.bucket", NAME, lambda: _tag_map(s3.get_bucket_tagging(Bucket=NAME)["TagSet"]))


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


def file_system(world: World) -> str:
    return world.aws("efs").create_file_system(CreationToken="files", Tags=listed(FIRST_TAGS))["FileSystemId"]


def file_backup(world: World) -> Case:
    native_id = file_system(world)
    before, after = {"backup": False}, {"backup": True}
    see = lambda: {"backup": world.stand_ins.backup == "ENABLED"}  # noqa: E731
    return Case(kind="storage.filesystem", native_id=native_id, before=before, after=after, see=see)


def stood_in(build: Callable[[World], Case], look: Callable[[World], dict[str, Any]]) -> Callable[[World], Case]:
    """A case that is looked at through a stand-in, where moto keeps nothing."""

    def built(world: World) -> Case:
        case = build(world)
        case.see = lambda: look(world)
        return case

    return built


def file_tags(world: World) -> Case:
    native_id = file_system(world)
    efs = world.aws("efs")
    see = lambda: _tag_map(efs.list_tags_for_resource(ResourceId=native_id)["Tags"])  # noqa: E731
    return tag_case("storage.filesystem", native_id, see)


IAM_FIELD = "IAMDatabaseAuthenticationEnabled"
CASES: dict[str, Callable[[World], Case]] = {
    "block public access to a bucket": public_access,
    "block public access to every bucket of an account": account_block,
    "encrypt a bucket by default": encryption,
    "keep versions of a bucket's objects": versioning,
    "expire incomplete uploads of a bucket": lifecycle,
    "replace a bucket's policy": policy,
    "refuse requests to a bucket without TLS": tls,
    "keep a bucket's access logs in another": bucket_logs,
    "change the tags of storage.bucket": bucket_tags,
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
    "back up a file system": file_backup,
    "change the tags of storage.filesystem": file_tags,
}
VARIANTS: dict[str, Callable[[World], Case]] = {
    "block public access to a bucket that has no block": public_access_unset,
    "keep versions of a bucket that was suspended": versioning_suspended,
    "expire incomplete uploads of a bucket without rules": lifecycle_first,
    "remove a bucket's policy": policy_gone,
    "refuse requests without TLS to a bucket without a policy": tls_first,
}
