"""Relational databases (RDS): instances, clusters, snapshots."""

from typing import Any

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.storage import Database, DatabaseCluster, DatabaseSnapshot

INSTANCE, CLUSTER, SNAPSHOT = "database.instance", "database.cluster", "database.snapshot"
VPC, FIREWALL = "network.vpc", "network.firewall"


def database(raw: dict[str, Any], place: Place) -> Database:
    """One of DescribeDBInstances' instances."""
    firewalls = (tr.text(group, "VpcSecurityGroupId") for group in tr.items(raw, "VpcSecurityGroups"))
    return Database(
        **place.common(INSTANCE, raw["DBInstanceIdentifier"]),
        name=tr.text(raw, "DBInstanceIdentifier"),
        state=tr.text(raw, "DBInstanceStatus"),
        tags=tr.tags(raw.get("TagList")),
        created_at=tr.moment(raw, "InstanceCreateTime"),
        native=tr.native(raw, "LatestRestorableTime"),
        engine=tr.text(raw, "Engine"),
        engine_version=tr.text(raw, "EngineVersion"),
        type=tr.text(raw, "DBInstanceClass"),
        cluster=place.ref(CLUSTER, tr.said(raw, "DBClusterIdentifier")),
        storage_type=tr.text(raw, "StorageType"),
        storage_gib=tr.integer(raw, "AllocatedStorage"),
        iops=tr.integer(raw, "Iops"),
        multi_zone=tr.flag(raw, "MultiAZ"),
        public=tr.flag(raw, "PubliclyAccessible"),
        encrypted=tr.flag(raw, "StorageEncrypted"),
        key=place.key(tr.text(raw, "KmsKeyId")),
        backup_retention_days=tr.integer(raw, "BackupRetentionPeriod"),
        deletion_protected=tr.flag(raw, "DeletionProtection"),
        minor_upgrades=tr.flag(raw, "AutoMinorVersionUpgrade"),
        iam_authentication=tr.flag(raw, "IAMDatabaseAuthenticationEnabled"),
        performance_insights=tr.flag(raw, "PerformanceInsightsEnabled"),
        enhanced_monitoring=(tr.integer(raw, "MonitoringInterval") or 0) > 0,
        log_exports=tr.sorted_texts(tr.texts(raw, "EnabledCloudwatchLogsExports") or ()),
        copy_tags=tr.flag(raw, "CopyTagsToSnapshot"),
        certificate_authority=tr.text(raw, "CACertificateIdentifier"),
        master_username=tr.text(raw, "MasterUsername"),
        port=tr.integer(raw, "Endpoint", "Port"),
        vpc=place.ref(VPC, tr.text(raw, "DBSubnetGroup", "VpcId")),
        firewalls=place.refs(FIREWALL, firewalls),
        zone=tr.text(raw, "AvailabilityZone"),
    )


def database_links(row: Database) -> Links:
    """A database needs its network, firewalls, key and cluster."""
    yield Verb.IN, row.vpc
    yield Verb.ENCRYPTED_BY, row.key
    yield Verb.MEMBER_OF, row.cluster
    for firewall in row.firewalls or ():
        yield Verb.GUARDED_BY, firewall


def cluster(raw: dict[str, Any], place: Place) -> DatabaseCluster:
    """One of DescribeDBClusters' clusters."""
    return DatabaseCluster(
        **place.common(CLUSTER, raw["DBClusterIdentifier"]),
        name=tr.text(raw, "DBClusterIdentifier"),
        state=tr.text(raw, "Status"),
        tags=tr.tags(raw.get("TagList")),
        created_at=tr.moment(raw, "ClusterCreateTime"),
        native=tr.native(raw, "LatestRestorableTime", "EarliestRestorableTime"),
        engine=tr.text(raw, "Engine"),
        engine_version=tr.text(raw, "EngineVersion"),
        members=len(tr.items(raw, "DBClusterMembers")),
        multi_zone=tr.flag(raw, "MultiAZ"),
        encrypted=tr.flag(raw, "StorageEncrypted"),
        backup_retention_days=tr.integer(raw, "BackupRetentionPeriod"),
        deletion_protected=tr.flag(raw, "DeletionProtection"),
        iam_authentication=tr.flag(raw, "IAMDatabaseAuthenticationEnabled"),
        log_exports=tr.sorted_texts(tr.texts(raw, "EnabledCloudwatchLogsExports") or ()),
        copy_tags=tr.flag(raw, "CopyTagsToSnapshot"),
    )


def snapshot(raw: dict[str, Any], place: Place, shared: list[str] | None, *, of: str = "DBInstance") -> DatabaseSnapshot:
    """One of DescribeDBSnapshots' snapshots (or DescribeDBClusterSnapshots', with ``of="DBCluster"``).

    ``shared``: the accounts that may restore it (``all``: everyone); None: not known.
    """
    name = "DBSnapshot" if of == "DBInstance" else "DBClusterSnapshot"
    others = None if shared is None else sorted(account for account in shared if account != "all")
    return DatabaseSnapshot(
        **place.common(SNAPSHOT, raw[f"{name}Identifier"]),
        name=tr.text(raw, f"{name}Identifier"),
        state=tr.text(raw, "Status"),
        tags=tr.tags(raw.get("TagList")),
        created_at=tr.moment(raw, "SnapshotCreateTime"),
        native=tr.native(raw, "PercentProgress"),
        database=place.ref(INSTANCE if of == "DBInstance" else CLUSTER, tr.text(raw, f"{of}Identifier")),
        manual=tr.text(raw, "SnapshotType") == "manual",
        encrypted=tr.flag(raw, "Encrypted" if of == "DBInstance" else "StorageEncrypted"),
        public=None if shared is None else "all" in shared,
        shared_with=others,
        size_gib=tr.integer(raw, "AllocatedStorage"),
        engine=tr.text(raw, "Engine"),
    )


def snapshot_links(row: DatabaseSnapshot) -> Links:
    """What a snapshot is a copy of."""
    yield Verb.COPY_OF, row.database


def _read_instances(reading: Reading) -> None:
    listed = reading.pages("describe_db_instances", "DBInstances")
    reading.take(
        INSTANCE, _wanted(reading, listed, "DBInstanceIdentifier"), lambda raw: database(raw, reading.place), database_links
    )


def _read_clusters(reading: Reading) -> None:
    listed = _wanted(reading, reading.pages("describe_db_clusters", "DBClusters"), "DBClusterIdentifier")
    for row in reading.take(CLUSTER, listed, lambda raw: cluster(raw, reading.place)):
        reading.relate(row.id, Verb.ENCRYPTED_BY, reading.place.key(tr.text(row.native, "KmsKeyId")))


def _read_snapshots(reading: Reading) -> None:
    _read_copies(reading, "DBInstance", "describe_db_snapshots", "DBSnapshot")
    _read_copies(reading, "DBCluster", "describe_db_cluster_snapshots", "DBClusterSnapshot")


def _read_copies(reading: Reading, of: str, operation: str, name: str) -> None:
    with reading.part(SNAPSHOT):
        listed = _wanted(reading, reading.pages(operation, f"{name}s"), f"{name}Identifier")
        shared = reading.each(SNAPSHOT, listed, lambda raw: _shared(reading, raw, name))
        reading.take(SNAPSHOT, shared, lambda pair: snapshot(pair[0], reading.place, pair[1], of=of), snapshot_links)


def _shared(reading: Reading, raw: dict[str, Any], name: str) -> list[str]:
    """Accounts that may restore a snapshot. Only manual ones can be shared ("Sharing a DB snapshot", RDS User Guide)."""
    if tr.text(raw, "SnapshotType") != "manual":
        return []
    operation = "describe_db_snapshot_attributes" if name == "DBSnapshot" else "describe_db_cluster_snapshot_attributes"
    answer = reading.call(operation, **{f"{name}Identifier": raw[f"{name}Identifier"]})
    for attribute in tr.items(answer, f"{name}AttributesResult", f"{name}Attributes"):
        if tr.text(attribute, "AttributeName") == "restore":
            return tr.texts(attribute, "AttributeValues") or []
    return []


def _wanted(reading: Reading, listed: Any, field: str) -> list[dict[str, Any]]:
    return [raw for raw in listed if reading.wants(tr.said(raw, field))]


READERS = (
    Reader(name="databases", service="rds", kinds=(INSTANCE,), read=_read_instances, permissions=("rds:DescribeDBInstances",)),
    Reader(name="database-clusters", service="rds", kinds=(CLUSTER,), read=_read_clusters, permissions=("rds:DescribeDBClusters",)),
    Reader(
        name="database-snapshots",
        service="rds",
        kinds=(SNAPSHOT,),
        read=_read_snapshots,
        permissions=(
            "rds:DescribeDBSnapshots",
            "rds:DescribeDBSnapshotAttributes",
            "rds:DescribeDBClusterSnapshots",
            "rds:DescribeDBClusterSnapshotAttributes",
        ),
    ),
)
