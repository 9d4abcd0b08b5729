"""Where bytes rest: volumes, snapshots, buckets, file systems, databases, caches, tables, backups."""

from datetime import datetime

from skywright.model.kinds.base import Resource


class Volume(Resource, frozen=True, kw_only=True):
    """A block device. ``state``: creating, available (attached to nothing), in-use, deleting, error."""

    KIND = "storage.volume"
    type: str | None = None
    size_gib: int | None = None
    iops: int | None = None
    throughput_mibps: int | None = None
    encrypted: bool | None = None
    key: str | None = None
    zone: str | None = None
    attached_to: str | None = None
    attached: bool | None = None
    delete_with_instance: bool | None = None
    snapshot: str | None = None


class Snapshot(Resource, frozen=True, kw_only=True):
    """A copy of a volume at one time."""

    KIND = "storage.snapshot"
    volume: str | None = None
    size_gib: int | None = None
    encrypted: bool | None = None
    key: str | None = None
    public: bool | None = None
    shared_with: list[str] | None = None


class Bucket(Resource, frozen=True, kw_only=True):
    """A container of objects."""

    KIND = "storage.bucket"
    block_public_acls: bool | None = None
    ignore_public_acls: bool | None = None
    block_public_policy: bool | None = None
    restrict_public_buckets: bool | None = None
    public_policy: bool | None = None  # the bucket's policy grants something to everyone
    public_acl: bool | None = None  # the bucket's ACL grants something to everyone
    policy: str | None = None  # the policy document (JSON), "" when there is none
    tls_required: bool | None = None
    encryption: str | None = None  # none, provider, or key
    key: str | None = None
    versioning: str | None = None  # off, on, or suspended
    mfa_delete: bool | None = None
    access_logging: bool | None = None
    log_bucket: str | None = None
    lifecycle_rules: int | None = None
    incomplete_uploads_expire: bool | None = None
    object_lock: bool | None = None
    acls_disabled: bool | None = None
    size_gib: float | None = None
    storage_class: str | None = None
    retention_days: int | None = None
    soft_delete_days: int | None = None
    tls_minimum: str | None = None
    shared_key_access: bool | None = None  # requests signed with the account's own keys are taken
    public_network: bool | None = None  # its address answers the internet, whoever may then read
    holder: str | None = None  # the storage account that holds it
    containers: list[str] | None = None  # names of the parts that it is divided into (Azure: an account's blob containers)
    public_containers: list[str] | None = None  # names of those that are set to be read by anyone
    read_acl: str | None = None  # who may read, as the provider spells it; "" for the owner only
    write_acl: str | None = None
    quota_bytes: int | None = None  # -1: none
    objects: int | None = None


class FileSystem(Resource, frozen=True, kw_only=True):
    """A shared file system."""

    KIND = "storage.filesystem"
    encrypted: bool | None = None
    key: str | None = None
    size_gib: float | None = None
    backup: bool | None = None
    mount_targets: int | None = None
    lifecycle_policy: bool | None = None
    throughput_mode: str | None = None


class Database(Resource, frozen=True, kw_only=True):
    """A managed relational database instance. ``state``: available, stopped, creating, modifying, ..."""

    KIND = "database.instance"
    engine: str | None = None
    engine_version: str | None = None
    type: str | None = None
    cluster: str | None = None
    storage_type: str | None = None
    storage_gib: int | None = None
    iops: int | None = None
    multi_zone: bool | None = None
    public: bool | None = None
    encrypted: bool | None = None
    key: str | None = None
    backup_retention_days: int | None = None
    deletion_protected: bool | None = None
    minor_upgrades: bool | None = None
    iam_authentication: bool | None = None
    performance_insights: bool | None = None
    enhanced_monitoring: bool | None = None
    log_exports: list[str] | None = None
    copy_tags: bool | None = None
    certificate_authority: str | None = None
    master_username: str | None = None
    port: int | None = None
    vpc: str | None = None
    firewalls: list[str] | None = None
    zone: str | None = None
    authorized_cidrs: list[str] | None = None  # who may connect over the public address
    tls_required: bool | None = None
    tls_minimum: str | None = None
    point_in_time_recovery: bool | None = None
    auditing: bool | None = None


class DatabaseCluster(Resource, frozen=True, kw_only=True):
    """A cluster of database instances over shared storage (AWS: Aurora)."""

    KIND = "database.cluster"
    engine: str | None = None
    engine_version: str | None = None
    members: int | None = None
    multi_zone: bool | None = None
    encrypted: bool | None = None
    backup_retention_days: int | None = None
    deletion_protected: bool | None = None
    iam_authentication: bool | None = None
    log_exports: list[str] | None = None
    copy_tags: bool | None = None


class DatabaseSnapshot(Resource, frozen=True, kw_only=True):
    """A copy of a database at one time."""

    KIND = "database.snapshot"
    database: str | None = None
    manual: bool | None = None
    encrypted: bool | None = None
    public: bool | None = None
    shared_with: list[str] | None = None
    size_gib: int | None = None
    engine: str | None = None


class Cache(Resource, frozen=True, kw_only=True):
    """An in-memory cache (AWS: an ElastiCache replication group, or a cluster that is in none)."""

    KIND = "database.cache"
    engine: str | None = None
    engine_version: str | None = None
    type: str | None = None
    nodes: int | None = None
    multi_zone: bool | None = None
    encrypted_at_rest: bool | None = None
    encrypted_in_transit: bool | None = None
    authentication: bool | None = None
    snapshot_retention_days: int | None = None
    minor_upgrades: bool | None = None
    public: bool | None = None
    memory_mib: int | None = None
    vpc: str | None = None
    tls_minimum: str | None = None


class Table(Resource, frozen=True, kw_only=True):
    """A key-value table (AWS: DynamoDB)."""

    KIND = "database.table"
    billing: str | None = None  # provisioned or on-demand
    read_units: int | None = None
    write_units: int | None = None
    encrypted_with_key: bool | None = None
    point_in_time_recovery: bool | None = None
    deletion_protected: bool | None = None
    size_bytes: int | None = None
    items: int | None = None
    public: bool | None = None
    firewalled: bool | None = None  # only some addresses or networks may connect
    local_authentication: bool | None = None  # sign-in by keys rather than identities is possible
    engine: str | None = None


class Warehouse(Resource, frozen=True, kw_only=True):
    """An analytical database (AWS: Redshift; Google Cloud: a BigQuery dataset)."""

    KIND = "database.warehouse"
    encrypted_with_key: bool | None = None
    tables: int | None = None
    type: str | None = None
    nodes: int | None = None
    public: bool | None = None
    encrypted: bool | None = None
    snapshot_retention_days: int | None = None
    version_upgrades: bool | None = None
    audit_logging: bool | None = None
    tls_required: bool | None = None


class BackupVault(Resource, frozen=True, kw_only=True):
    """A place for backups."""

    KIND = "backup.vault"
    recovery_points: int | None = None
    locked: bool | None = None
    key: str | None = None


class BackupPlan(Resource, frozen=True, kw_only=True):
    """A schedule of backups."""

    KIND = "backup.plan"
    rules: int | None = None
    retention_days_min: int | None = None
    copies_elsewhere: bool | None = None
    last_run_at: datetime | None = None


STORAGE = (
    Volume,
    Snapshot,
    Bucket,
    FileSystem,
    Database,
    DatabaseCluster,
    DatabaseSnapshot,
    Cache,
    Table,
    Warehouse,
    BackupVault,
    BackupPlan,
)
