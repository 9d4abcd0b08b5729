"""PostgreSQL and MySQL flexible servers, Cosmos DB, Redis."""

from typing import Any

from skywright.adapters.clouds.azure.read.base import Locks, Place, Reading, categories, held, props
from skywright.adapters.clouds.azure.read.instances import network_of
from skywright.adapters.clouds.azure.read.sql import cidrs
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.storage import Cache, Database, Table

DATABASE, TABLE, CACHE = "database.instance", "database.table", "database.cache"
POSTGRES, MYSQL = "Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.DBforMySQL/flexibleServers"
COSMOS, REDIS = "Microsoft.DocumentDB/databaseAccounts", "Microsoft.Cache/Redis"
ENGINES = {POSTGRES: ("postgres", 5432), MYSQL: ("mysql", 3306)}
STATES = {"ready": "available", "stopped": "stopped", "stopping": "stopping", "starting": "creating", "updating": "modifying"}


class Extra(dict[str, Any]):
    """``rules``, ``tls`` and ``logs`` of a server. A missing key could not be read."""


def flexible(raw: dict[str, Any], place: Place, type_: str, extra: Extra, locks: Locks | None) -> Database:
    """A flexible server. In a network of its own it has no public address."""
    own = props(raw)
    engine, port = ENGINES[type_]
    subnet = tr.said(own, "network", "delegatedSubnetResourceId")
    said = tr.said(own, "network", "publicNetworkAccess").lower()
    mode = tr.said(own, "highAvailability", "mode").lower()
    days = tr.integer(own, "backup", "backupRetentionDays")
    tls = extra.get("tls")
    return Database(
        **place.head(DATABASE, raw),
        state=STATES.get(tr.said(own, "state").lower(), tr.said(own, "state").lower() or None),
        engine=engine,
        engine_version=".".join(filter(None, (tr.said(own, "version"), tr.said(own, "minorVersion")))) or None,
        type=tr.text(raw, "sku", "name"),
        cluster="",
        storage_type=tr.said(own, "storage", "type") or tr.said(own, "storage", "storageSku"),
        storage_gib=tr.integer(own, "storage", "storageSizeGB"),
        iops=tr.integer(own, "storage", "iops"),
        multi_zone=mode == "zoneredundant" if mode else None,
        public=not subnet and said == "enabled" if said or subnet else None,
        encrypted=True,
        key=tr.said(own, "dataEncryption", "primaryKeyURI") or tr.said(own, "dataEncryption", "primaryKeyUri"),
        backup_retention_days=days,
        deletion_protected=held(locks, raw),
        minor_upgrades=True,  # minor versions come with the maintenance window, and cannot be refused
        iam_authentication=_directory(own, type_),
        log_exports=categories(extra.get("logs")),
        master_username=tr.text(own, "administratorLogin"),
        port=port,
        vpc=place.of(network_of(subnet)),
        firewalls=[],
        zone=tr.said(own, "availabilityZone"),
        authorized_cidrs=cidrs(extra.get("rules")),
        tls_required=None if tls is None else tr.said(tls, "properties", "value").lower() == "on",
        point_in_time_recovery=None if days is None else days > 0,
    )


def _directory(own: dict[str, Any], type_: str) -> bool | None:
    """MySQL's administrators of the directory are a list of their own, which is not asked."""
    if type_ == MYSQL:
        return None
    return tr.said(own, "authConfig", "activeDirectoryAuth").lower() == "enabled"


def database_links(row: Database) -> Links:
    """A server and its network."""
    yield Verb.IN, row.vpc


def cosmos(raw: dict[str, Any], place: Place, locks: Locks | None) -> Table:
    """A Cosmos DB account, whichever interface it speaks."""
    own = props(raw)
    said = tr.said(own, "publicNetworkAccess").lower()
    capabilities = [tr.said(one, "name") for one in tr.items(own, "capabilities")]
    return Table(
        **place.head(TABLE, raw),
        state="available" if tr.said(own, "provisioningState").lower() == "succeeded" else tr.text(own, "provisioningState"),
        billing="on-demand" if "EnableServerless" in capabilities else "provisioned",
        encrypted_with_key=bool(tr.said(own, "keyVaultKeyUri")),
        point_in_time_recovery=tr.said(own, "backupPolicy", "type").lower() == "continuous",
        deletion_protected=held(locks, raw),
        public=said != "disabled" if said else None,
        firewalled=bool(tr.items(own, "ipRules")) or tr.flag(own, "isVirtualNetworkFilterEnabled") is True or said == "disabled",
        local_authentication=tr.flag(own, "disableLocalAuth") is not True,
        engine=_interface(tr.said(raw, "kind"), capabilities),
    )


def _interface(kind: str, capabilities: list[str]) -> str:
    words = {"EnableCassandra": "cassandra", "EnableGremlin": "gremlin", "EnableTable": "table", "EnableMongo": "mongodb"}
    return next((words[one] for one in capabilities if one in words), "mongodb" if kind.lower() == "mongodb" else "sql")


def redis(raw: dict[str, Any], place: Place) -> Cache:
    """A cache. Its data rests encrypted (https://learn.microsoft.com/azure/azure-cache-for-redis/cache-how-to-encryption)."""
    own = props(raw)
    settings = own.get("redisConfiguration")
    subnet = tr.said(own, "subnetId")
    said = tr.said(own, "publicNetworkAccess").lower()
    zones = tr.texts(raw, "zones") or []
    return Cache(
        **place.head(CACHE, raw),
        state="available" if tr.said(own, "provisioningState").lower() == "succeeded" else tr.text(own, "provisioningState"),
        engine="redis",
        engine_version=tr.text(own, "redisVersion"),
        type="_".join(
            filter(
                None, (tr.said(own, "sku", "name"), tr.said(own, "sku", "family") + str(tr.integer(own, "sku", "capacity") or 0))
            )
        ),
        nodes=(tr.integer(own, "shardCount") or 1) * (1 + (tr.integer(own, "replicasPerMaster") or 1)),
        multi_zone=len(zones) > 1 or tr.said(own, "zonalAllocationPolicy").lower() in ("automatic", "userdefined"),
        encrypted_at_rest=True,
        encrypted_in_transit=tr.flag(own, "enableNonSslPort") is not True,
        authentication=tr.flag(settings, "authnotrequired") is not True,
        snapshot_retention_days=_kept(settings),
        minor_upgrades=True,
        public=not subnet and said != "disabled",
        vpc=place.of(network_of(subnet)),
        tls_minimum=tr.text(own, "minimumTlsVersion"),
    )


def _kept(settings: Any) -> int:
    """Days that the snapshots go back: how often (minutes) times how many, at least one when there are any."""
    if not tr.flag(settings, "rdb-backup-enabled"):
        return 0
    minutes, copies = (
        tr.integer(settings, "rdb-backup-frequency") or 1440,
        tr.integer(settings, "rdb-backup-max-snapshot-count") or 1,
    )
    return max(1, minutes * copies // 1440)


def _extra(reading: Reading, raw: dict[str, Any]) -> Extra:
    return Extra(
        reading.answers(
            DATABASE,
            {
                "rules": lambda: list(reading.pages(f"{raw['id']}/firewallRules")),
                "tls": lambda: reading.get(f"{raw['id']}/configurations/require_secure_transport"),
                "logs": lambda: reading.logged(raw["id"]),
            },
        )
    )


def _read_flexible(reading: Reading) -> None:
    for type_ in ENGINES:
        raws = reading.of_type(DATABASE, type_)
        if not raws:
            continue
        locks = reading.locks(DATABASE)
        extras = {raw["id"]: said or Extra() for raw, said in reading.each(DATABASE, raws, lambda raw: _extra(reading, raw))}
        reading.take(
            DATABASE,
            raws,
            lambda raw, of=type_, own=locks, more=extras: flexible(raw, reading.place, of, more[raw["id"]], own),  # type: ignore[misc]  # mypy cannot infer a lambda's defaults
            database_links,
        )


def _read_cosmos(reading: Reading) -> None:
    raws = reading.of_type(TABLE, COSMOS)
    locks = reading.locks(TABLE) if raws else None
    reading.take(TABLE, raws, lambda raw: cosmos(raw, reading.place, locks))


def _read_redis(reading: Reading) -> None:
    reading.take(CACHE, reading.of_type(CACHE, REDIS), lambda raw: redis(raw, reading.place))


READERS = (
    Reader(
        name="flexible-servers",
        service="databases",
        kinds=(DATABASE,),
        read=_read_flexible,
        permissions=(
            *(f"{type_}{part}/read" for type_ in (POSTGRES, MYSQL) for part in ("", "/firewallRules", "/configurations")),
            "Microsoft.Authorization/locks/read",
            "Microsoft.Insights/diagnosticSettings/read",
        ),
    ),
    Reader(
        name="cosmos",
        service="cosmos",
        kinds=(TABLE,),
        read=_read_cosmos,
        permissions=(f"{COSMOS}/read", "Microsoft.Authorization/locks/read"),
    ),
    Reader(name="redis", service="redis", kinds=(CACHE,), read=_read_redis, permissions=(f"{REDIS}/read",)),
)
