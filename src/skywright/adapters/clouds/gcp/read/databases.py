"""Cloud SQL with its backups, and BigQuery."""

import re
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import Listing, Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.storage import Database, DatabaseSnapshot, Warehouse

DATABASE, BACKUP, WAREHOUSE = "database.instance", "database.snapshot", "database.warehouse"
STATES = {
    "RUNNABLE": "available",
    "SUSPENDED": "stopped",
    "PENDING_CREATE": "creating",
    "PENDING_DELETE": "deleting",
    "MAINTENANCE": "modifying",
    "ONLINE_MAINTENANCE": "modifying",
    "REPAIRING": "modifying",
}
BACKUP_STATES = {"SUCCESSFUL": "available", "RUNNING": "creating", "ENQUEUED": "creating", "DELETION_PENDING": "deleting"}
ENGINES = {"MYSQL": ("mysql", 3306), "POSTGRES": ("postgres", 5432), "SQLSERVER": ("sqlserver", 1433)}
ENCRYPTED = {"ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"}
KEPT_BACKUPS = 7  # backupRetentionSettings, default
TIME_TRAVEL_HOURS = 168  # datasets, default of maxTimeTravelHours


def database(raw: dict[str, Any], place: Place) -> Database:
    """A DatabaseInstance of Cloud SQL. It logs to Cloud Logging, and takes minor versions, whatever its settings."""
    settings = tr.at(raw, "settings")
    network = tr.at(settings, "ipConfiguration")
    flags = {tr.said(one, "name"): tr.said(one, "value") for one in tr.items(settings, "databaseFlags")}
    engine, version, port = _engine(tr.said(raw, "databaseVersion"))
    return Database(
        **{**names.row(DATABASE, raw, place), "tags": tr.tags(tr.at(settings, "userLabels"))},
        state=_state(raw),
        engine=engine,
        engine_version=version,
        type=tr.text(settings, "tier"),
        cluster=tr.tail(tr.said(raw, "masterInstanceName"), ":"),
        storage_type=tr.said(settings, "dataDiskType").lower().replace("_", "-") or None,
        storage_gib=tr.integer(settings, "dataDiskSizeGb"),
        iops=tr.integer(settings, "dataDiskProvisionedIops"),
        multi_zone=tr.text(settings, "availabilityType") == "REGIONAL",
        public=tr.flag(network, "ipv4Enabled"),
        encrypted=True,
        key=place.key(tr.said(raw, "diskEncryptionConfiguration", "kmsKeyName")),
        backup_retention_days=_kept(raw),
        deletion_protected=tr.flag(settings, "deletionProtectionEnabled") or False,
        minor_upgrades=True,
        iam_authentication="on" in (flags.get("cloudsql.iam_authentication"), flags.get("cloudsql_iam_authentication")),
        performance_insights=tr.flag(settings, "insightsConfig", "queryInsightsEnabled") or False,
        log_exports=["cloud-logging"],
        port=port,
        vpc=place.link("network.vpc", tr.said(network, "privateNetwork")),
        zone=tr.text(raw, "gceZone"),
        authorized_cidrs=tr.sorted_texts(tr.text(one, "value") for one in tr.items(network, "authorizedNetworks")),
        tls_required=tr.text(network, "sslMode") in ENCRYPTED or (tr.flag(network, "requireSsl") or False),
        point_in_time_recovery=_recoverable(settings),
        auditing=None if engine != "postgres" else flags.get("cloudsql.enable_pgaudit") == "on",
    )


def backup(raw: dict[str, Any], place: Place, databases: dict[str, tuple[str, str]]) -> DatabaseSnapshot:
    """A BackupRun. ``databases``: name of an instance -> its id and engine."""
    instance = tr.said(raw, "instance")
    identifier, engine = databases.get(instance, (None, None))
    name = f"{instance}/{raw['id']}"
    common = {
        **names.row(BACKUP, {**raw, "region": place.region}, place, name),
        "tags": {},
        "created_at": tr.moment(raw, "startTime"),
    }
    return DatabaseSnapshot(
        **common,
        state=names.word(raw, BACKUP_STATES, "status"),
        database=identifier,
        manual=tr.text(raw, "type") == "ON_DEMAND",
        encrypted=True,
        public=False,
        shared_with=[],
        engine=engine,
    )


def warehouse(raw: dict[str, Any], place: Place) -> Warehouse:
    """A Dataset of BigQuery: always encrypted, only over TLS, its use always written to the audit logs."""
    hours = tr.integer(raw, "maxTimeTravelHours")
    return Warehouse(
        **names.row(WAREHOUSE, raw, place, tr.text(raw, "datasetReference", "datasetId")),
        state="available",
        type="serverless",
        public=any(_everyone(one) for one in tr.items(raw, "access")),
        encrypted=True,
        encrypted_with_key=bool(tr.text(raw, "defaultEncryptionConfiguration", "kmsKeyName")),
        snapshot_retention_days=(TIME_TRAVEL_HOURS if hours is None else hours) // 24,
        version_upgrades=True,
        audit_logging=True,
        tls_required=True,
    )


def _everyone(access: Any) -> bool:
    return tr.text(access, "specialGroup") in names.EVERYONE or tr.text(access, "iamMember") in names.EVERYONE


def _state(raw: Any) -> str | None:
    """An instance that is told not to run is stopped, though Google calls it runnable."""
    stopped = tr.text(raw, "settings", "activationPolicy") == "NEVER" and tr.text(raw, "state") == "RUNNABLE"
    return "stopped" if stopped else names.word(raw, STATES, "state")


def _engine(version: str) -> tuple[str | None, str | None, int | None]:
    """``POSTGRES_15`` -> postgres, 15, 5432; ``MYSQL_8_0_31`` -> mysql, 8.0.31, 3306."""
    head, _, rest = version.partition("_")
    engine, port = ENGINES.get(head, (head.lower() or None, None))
    return engine, re.sub(r"_(?=\d)", ".", rest).replace("_", " ").lower() or None, port


def _kept(raw: Any) -> int | None:
    """Backups are made daily, and so many are kept. A read replica has none of its own."""
    if tr.text(raw, "instanceType") == "READ_REPLICA_INSTANCE":
        return None
    own = tr.at(raw, "settings", "backupConfiguration")
    if not tr.flag(own, "enabled"):
        return 0
    kept = tr.integer(own, "backupRetentionSettings", "retainedBackups")
    return KEPT_BACKUPS if kept is None else kept


def _recoverable(settings: Any) -> bool:
    own = tr.at(settings, "backupConfiguration")
    return bool(tr.flag(own, "pointInTimeRecoveryEnabled") or tr.flag(own, "binaryLogEnabled"))


def _links(row: Database) -> Links:
    yield Verb.IN, row.vpc
    yield Verb.ENCRYPTED_BY, row.key


def _read_databases(reading: Reading) -> None:
    found = reading.here(DATABASE, "sqladmin.googleapis.com/Instance")
    reading.take(DATABASE, found, lambda raw: database(raw, reading.place), _links)


def _backups_of(reading: Reading, instance: str) -> Listing:
    return "sqladmin.backupRuns.list", "items", {"project": reading.account, "instance": instance, "maxResults": 500}


def _read_backups(reading: Reading) -> None:
    everywhere = reading.everywhere("sqladmin.googleapis.com/Instance")
    here = [raw for raw in everywhere if tr.text(raw, "region") == reading.region]
    rows = [database(raw, reading.place) for raw in here]
    known = {row.name or "": (row.id, row.engine or "") for row in rows}
    held = reading.below(
        BACKUP,
        "sqladmin.googleapis.com/BackupRun",
        lambda: [name for name in known if reading.only is None or name in reading.parents()],
        lambda name: _backups_of(reading, name),
    )
    mine = (raw for raw in held if tr.said(raw, "instance") in known)
    wanted = (raw for raw in mine if reading.wants(f"{raw.get('instance')}/{raw.get('id')}"))
    reading.take(BACKUP, wanted, lambda raw: backup(raw, reading.place, known), lambda row: [(Verb.COPY_OF, row.database)])


def _read_datasets(reading: Reading) -> None:
    listed = reading.assets("bigquery.googleapis.com/Dataset")
    if listed is None:
        name, items_key, params = _datasets(reading)
        listed = reading.shared("datasets", lambda: list(reading.pages(name, items_key, **params)))
    here = [
        raw for raw in listed if reading.wants(_dataset(raw).partition("|")[2]) and _dataset(raw).startswith(f"{reading.region}|")
    ]
    whole = [raw for raw in here if "access" in raw]
    asked = reading.each(WAREHOUSE, [raw for raw in here if "access" not in raw], lambda raw: _whole(reading, raw), needed=True)
    reading.take(WAREHOUSE, [*whole, *(raw for _, raw in asked if raw)], lambda raw: warehouse(raw, reading.place))


def _dataset(raw: Any) -> str:
    """Region and native id of a dataset."""
    identifier = Place("", "").at(WAREHOUSE, tr.text(raw, "location"), tr.said(raw, "datasetReference", "datasetId"))
    return identifier.split(":", 3)[2] + "|" + identifier.partition("/")[2]


def _datasets(reading: Reading) -> Listing:
    return "bigquery.datasets.list", "datasets", {"projectId": reading.account, "maxResults": 1000}


def _whole(reading: Reading, raw: Any) -> Any:
    """The list of datasets leaves out who has access, and the key."""
    dataset = tr.said(raw, "datasetReference", "datasetId")
    return reading.maybe("bigquery.datasets.get", projectId=reading.account, datasetId=dataset)


READERS = (
    Reader(name="sql", service="sqladmin", kinds=(DATABASE,), read=_read_databases, permissions=("cloudsql.instances.list",)),
    Reader(
        name="sql backups",
        service="sqladmin",
        kinds=(BACKUP,),
        read=_read_backups,
        permissions=("cloudsql.instances.list", "cloudsql.backupRuns.list"),
    ),
    Reader(name="datasets", service="bigquery", kinds=(WAREHOUSE,), read=_read_datasets, permissions=("bigquery.datasets.get",)),
)
