"""Other places of data: caches (ElastiCache), tables (DynamoDB), file systems (EFS)."""

from typing import Any

import msgspec

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.aws.read.tagged import tags_of
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.storage import Cache, FileSystem, Table

CACHE, TABLE, FILE_SYSTEM = "database.cache", "database.table", "storage.filesystem"


def replication_group(raw: dict[str, Any], place: Place, member: dict[str, Any] | None, tags: dict[str, str] | None) -> Cache:
    """One of DescribeReplicationGroups' groups. ``member``: one of its clusters, which tells engine version and upgrades."""
    return Cache(
        **place.common(CACHE, raw["ReplicationGroupId"]),
        name=tr.text(raw, "ReplicationGroupId"),
        state=tr.text(raw, "Status"),
        tags=tags,
        created_at=tr.moment(raw, "ReplicationGroupCreateTime") or tr.moment(member, "CacheClusterCreateTime"),
        native=tr.native(raw),
        engine=tr.text(raw, "Engine") or tr.text(member, "Engine"),
        engine_version=tr.text(member, "EngineVersion"),
        type=tr.text(raw, "CacheNodeType"),
        nodes=len(tr.items(raw, "MemberClusters")),
        multi_zone=_enabled(raw, "MultiAZ"),
        encrypted_at_rest=tr.flag(raw, "AtRestEncryptionEnabled"),
        encrypted_in_transit=tr.flag(raw, "TransitEncryptionEnabled"),
        authentication=bool(tr.flag(raw, "AuthTokenEnabled") or tr.items(raw, "UserGroupIds")),
        snapshot_retention_days=tr.integer(raw, "SnapshotRetentionLimit"),
        minor_upgrades=_first_known(tr.flag(raw, "AutoMinorVersionUpgrade"), tr.flag(member, "AutoMinorVersionUpgrade")),
    )


def cache_cluster(raw: dict[str, Any], place: Place, tags: dict[str, str] | None) -> Cache:
    """One of DescribeCacheClusters' clusters that is in no replication group."""
    return Cache(
        **place.common(CACHE, raw["CacheClusterId"]),
        name=tr.text(raw, "CacheClusterId"),
        state=tr.text(raw, "CacheClusterStatus"),
        tags=tags,
        created_at=tr.moment(raw, "CacheClusterCreateTime"),
        native=tr.native(raw),
        engine=tr.text(raw, "Engine"),
        engine_version=tr.text(raw, "EngineVersion"),
        type=tr.text(raw, "CacheNodeType"),
        nodes=tr.integer(raw, "NumCacheNodes"),
        multi_zone=tr.text(raw, "PreferredAvailabilityZone") == "Multiple",
        encrypted_at_rest=tr.flag(raw, "AtRestEncryptionEnabled"),
        encrypted_in_transit=tr.flag(raw, "TransitEncryptionEnabled"),
        authentication=tr.flag(raw, "AuthTokenEnabled"),
        snapshot_retention_days=tr.integer(raw, "SnapshotRetentionLimit"),
        minor_upgrades=tr.flag(raw, "AutoMinorVersionUpgrade"),
    )


class TableFacts(msgspec.Struct, frozen=True):
    """What DynamoDB tells of one table in three answers; None: not known."""

    table: dict[str, Any]
    backups: dict[str, Any] | None
    tags: dict[str, str] | None


def table(facts: TableFacts, place: Place) -> Table:
    """DescribeTable's table with its backups."""
    raw = facts.table
    on_demand = tr.text(raw, "BillingModeSummary", "BillingMode") == "PAY_PER_REQUEST"
    recovery = tr.text(facts.backups, "ContinuousBackupsDescription", "PointInTimeRecoveryDescription", "PointInTimeRecoveryStatus")
    return Table(
        **place.common(TABLE, raw["TableName"]),
        name=tr.text(raw, "TableName"),
        state=(tr.text(raw, "TableStatus") or "").lower() or None,
        tags=facts.tags,
        created_at=tr.moment(raw, "CreationDateTime"),
        native=tr.native(raw),
        billing="on-demand" if on_demand else "provisioned",
        read_units=tr.integer(raw, "ProvisionedThroughput", "ReadCapacityUnits"),
        write_units=tr.integer(raw, "ProvisionedThroughput", "WriteCapacityUnits"),
        encrypted_with_key=tr.text(raw, "SSEDescription", "SSEType") == "KMS",
        point_in_time_recovery=recovery == "ENABLED" if recovery else None,
        deletion_protected=tr.flag(raw, "DeletionProtectionEnabled"),
        size_bytes=tr.integer(raw, "TableSizeBytes"),
        items=tr.integer(raw, "ItemCount"),
    )


class FileSystemFacts(msgspec.Struct, frozen=True):
    """What EFS tells of one file system besides the list."""

    backup: bool
    lifecycle: bool


def file_system(raw: dict[str, Any], place: Place, facts: FileSystemFacts | None) -> FileSystem:
    """One of DescribeFileSystems' file systems."""
    size = tr.number(raw, "SizeInBytes", "Value")
    return FileSystem(
        **place.common(FILE_SYSTEM, raw["FileSystemId"]),
        name=tr.text(raw, "Name"),
        state=tr.text(raw, "LifeCycleState"),
        tags=tr.tags(raw.get("Tags")),
        created_at=tr.moment(raw, "CreationTime"),
        native=tr.native(raw, "SizeInBytes"),
        encrypted=tr.flag(raw, "Encrypted"),
        key=place.key(tr.text(raw, "KmsKeyId")),
        size_gib=None if size is None else round(size / 2**30, 3),
        backup=facts.backup if facts else None,
        mount_targets=tr.integer(raw, "NumberOfMountTargets"),
        lifecycle_policy=facts.lifecycle if facts else None,
        throughput_mode=tr.text(raw, "ThroughputMode"),
    )


def file_system_links(row: FileSystem) -> Links:
    """A file system is unreadable without its key."""
    yield Verb.ENCRYPTED_BY, row.key


def _enabled(raw: dict[str, Any], field: str) -> bool | None:
    word = tr.text(raw, field)
    return word in ("enabled", "enabling") if word else None


def _first_known(*values: bool | None) -> bool | None:
    return next((value for value in values if value is not None), None)


def _read_caches(reading: Reading) -> None:
    """Clusters tell what their replication group does not; a cluster in no group is a cache of its own."""
    clusters = list(reading.pages("describe_cache_clusters", "CacheClusters"))
    groups = list(reading.pages("describe_replication_groups", "ReplicationGroups"))
    members = {raw["ReplicationGroupId"]: raw for raw in clusters if raw.get("ReplicationGroupId")}
    alone = [raw for raw in clusters if not raw.get("ReplicationGroupId") and reading.wants(raw["CacheClusterId"])]
    wanted = [raw for raw in groups if reading.wants(raw["ReplicationGroupId"])]
    reading.take(
        CACHE,
        reading.each(CACHE, wanted, lambda raw: _cache_tags(reading, raw)),
        lambda pair: replication_group(pair[0], reading.place, members.get(pair[0]["ReplicationGroupId"]), pair[1]),
    )
    reading.take(
        CACHE,
        reading.each(CACHE, alone, lambda raw: _cache_tags(reading, raw)),
        lambda pair: cache_cluster(pair[0], reading.place, pair[1]),
    )


def _cache_tags(reading: Reading, raw: dict[str, Any]) -> dict[str, str] | None:
    return tr.tags(reading.call("list_tags_for_resource", ResourceName=raw["ARN"]).get("TagList"))


def _read_tables(reading: Reading) -> None:
    names = [name for name in reading.pages("list_tables", "TableNames") if reading.wants(name)]
    for _name, facts in reading.each(TABLE, names, lambda name: _table_facts(reading, name), needed=True):
        for row in reading.take(TABLE, [facts] if facts else [], lambda facts: table(facts, reading.place)):
            reading.relate(row.id, Verb.ENCRYPTED_BY, reading.place.key(tr.text(row.native, "SSEDescription", "KMSMasterKeyArn")))


def _table_facts(reading: Reading, name: str) -> TableFacts:
    described = reading.call("describe_table", TableName=name)["Table"]
    backups = None
    with reading.columns(TABLE):
        backups = reading.call("describe_continuous_backups", TableName=name)
    arn = described["TableArn"]
    tags = tags_of(reading, TABLE, arn, lambda: tr.tags(list(reading.pages("list_tags_of_resource", "Tags", ResourceArn=arn))))
    return TableFacts(described, backups, tags)


def _read_file_systems(reading: Reading) -> None:
    listed = [raw for raw in reading.pages("describe_file_systems", "FileSystems") if reading.wants(raw["FileSystemId"])]
    facts = reading.each(FILE_SYSTEM, listed, lambda raw: _file_system_facts(reading, raw["FileSystemId"]))
    reading.take(FILE_SYSTEM, facts, lambda pair: file_system(pair[0], reading.place, pair[1]), file_system_links)


def _file_system_facts(reading: Reading, identifier: str) -> FileSystemFacts:
    """AWS answers PolicyNotFound for a file system that never had a backup policy."""
    backup = reading.maybe("describe_backup_policy", FileSystemId=identifier)
    lifecycle = reading.call("describe_lifecycle_configuration", FileSystemId=identifier)
    return FileSystemFacts(
        backup=tr.text(backup, "BackupPolicy", "Status") in ("ENABLED", "ENABLING"),
        lifecycle=bool(tr.items(lifecycle, "LifecyclePolicies")),
    )


READERS = (
    Reader(
        name="caches",
        service="elasticache",
        kinds=(CACHE,),
        read=_read_caches,
        permissions=(
            "elasticache:DescribeCacheClusters",
            "elasticache:DescribeReplicationGroups",
            "elasticache:ListTagsForResource",
        ),
    ),
    Reader(
        name="tables",
        service="dynamodb",
        kinds=(TABLE,),
        read=_read_tables,
        permissions=(
            "dynamodb:ListTables",
            "dynamodb:DescribeTable",
            "dynamodb:DescribeContinuousBackups",
            "tag:GetResources",
            "dynamodb:ListTagsOfResource",
        ),
    ),
    Reader(
        name="file-systems",
        service="efs",
        kinds=(FILE_SYSTEM,),
        read=_read_file_systems,
        permissions=(
            "elasticfilesystem:DescribeFileSystems",
            "elasticfilesystem:DescribeBackupPolicy",
            "elasticfilesystem:DescribeLifecycleConfiguration",
        ),
    ),
)
