"""Azure SQL, flexible servers, Redis and Cosmos DB. What is set on a SQL server holds for all its databases."""

from collections.abc import Callable

from skywright.adapters.clouds.azure.write.base import (
    Field,
    Options,
    Spec,
    above,
    below,
    flag,
    setting,
    value,
    word,
)
from skywright.adapters.clouds.azure.write.oneway import OneWay
from skywright.adapters.clouds.kit.actions import HOUR_S, MINUTES_S, Setting, Values, Way, known, one_of

DATABASE, TABLE, CACHE = "database.instance", "database.table", "database.cache"
SERVERS, DATABASES = "Microsoft.Sql/servers", "Microsoft.Sql/servers/databases"
POSTGRES, MYSQL = "Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.DBforMySQL/flexibleServers"
COSMOS, REDIS = "Microsoft.DocumentDB/databaseAccounts", "Microsoft.Cache/redis"
DAYS_MAX = 35  # both of Azure SQL (1 to 35) and of flexible servers (7 to 35, MySQL 1 to 35)


def _switch(column: str, place: str) -> Field:
    return word(column, place, "Enabled", "Disabled", absent=True)


RETENTION = setting(
    "keep a database's backups for some days",
    DATABASE,
    (
        Spec(
            type=f"{DATABASES}/backupShortTermRetentionPolicies",
            fields=(value("backup_retention_days", "properties.retentionDays"),),
            where=below("/backupShortTermRetentionPolicies/default"),
        ),
        *(
            Spec(type=one, fields=(value("backup_retention_days", "properties.backup.backupRetentionDays"),))
            for one in (POSTGRES, MYSQL)
        ),
    ),
    "Azure REST API reference: Backup Short Term Retention Policies - Update; Servers - Update (flexible servers)",
    options=Options(
        implied=("point_in_time_recovery",),
        allowed=lambda before, after: known(before, after) and 1 <= after["backup_retention_days"] <= DAYS_MAX,
        within_s=MINUTES_S,
        note="backups that are older than a shorter time are gone",
    ),
)

ENCRYPTION = setting(
    "encrypt a database at rest (TDE)",
    DATABASE,
    (
        Spec(
            type=f"{DATABASES}/transparentDataEncryption",
            fields=(word("encrypted", "properties.state", "Enabled", "Disabled"),),
            where=below("/transparentDataEncryption/current"),
            whole=True,
        ),
    ),
    "Azure REST API reference: Transparent Data Encryptions - Create Or Update",
    options=Options(within_s=HOUR_S),
)

PUBLIC = setting(
    "close the public endpoint of a database's server",
    DATABASE,
    (
        Spec(type=SERVERS, fields=(_switch("public", "properties.publicNetworkAccess"),), where=above()),
        *(
            Spec(type=one, fields=(word("public", "properties.network.publicNetworkAccess", "Enabled", "Disabled"),))
            for one in (POSTGRES, MYSQL)
        ),
    ),
    "Azure REST API reference: Servers - Update",
    options=Options(within_s=MINUTES_S, note="it holds for every database of the server"),
)

TLS_MINIMUM = setting(
    "set the oldest TLS that a database's server speaks",
    DATABASE,
    (Spec(type=SERVERS, fields=(value("tls_minimum", "properties.minimalTlsVersion", absent="None"),), where=above()),),
    "Azure SQL documentation: Connectivity settings for Azure SQL Database (minimal TLS version)",
    options=Options(within_s=MINUTES_S, note="it holds for every database of the server"),
)

TLS_REQUIRED = setting(
    "take connections over TLS alone",
    DATABASE,
    tuple(
        Spec(
            type=f"{one}/configurations",
            fields=(word("tls_required", "properties.value", "on", "off"),),
            where=below("/configurations/require_secure_transport"),
            extra={"properties": {"source": "user-override"}},
        )
        for one in (POSTGRES, MYSQL)
    ),
    "Azure REST API reference: Configurations - Update (require_secure_transport)",
    options=Options(within_s=MINUTES_S),
)

AUDITING = setting(
    "write down who does what in a server's databases",
    DATABASE,
    (
        Spec(
            type=f"{SERVERS}/auditingSettings",
            of=DATABASES,
            fields=(word("auditing", "properties.state", "Enabled", "Disabled"),),
            where=lambda target: above()(target) + "/auditingSettings/default",
            whole=True,
        ),
    ),
    "Azure REST API reference: Server Blob Auditing Policies - Create Or Update",
    options=Options(
        implied=("log_exports",),
        within_s=MINUTES_S,
        note="where the records go is not changed; it holds for every database of the server",
    ),
)


# -- caches and Cosmos DB ----------------------------------------------------------------------------------------------------------


def _cache(name: str, field: Field, document: str, allowed: Callable[[Values, Values], bool] = known) -> Setting:
    spec = Spec(type=REDIS, fields=(field,))
    return setting(name, CACHE, (spec,), document, options=Options(allowed=allowed, within_s=HOUR_S))


REDIS_UPDATE = "Azure REST API reference: Redis - Update"
CACHE_TLS = _cache(
    "close a cache's port without TLS", flag("encrypted_in_transit", "properties.enableNonSslPort", inverted=True), REDIS_UPDATE
)
CACHE_TLS_MINIMUM = _cache(
    "set the oldest TLS that a cache speaks",
    value("tls_minimum", "properties.minimumTlsVersion", absent="1.0"),
    REDIS_UPDATE,
    one_of("1.0", "1.1", "1.2"),
)
CACHE_PUBLIC = _cache("close a cache's public endpoint", _switch("public", "properties.publicNetworkAccess"), REDIS_UPDATE)

COSMOS_UPDATE = "Azure REST API reference: Database Accounts - Update (Cosmos DB)"
TABLE_PUBLIC = setting(
    "close the public endpoint of a Cosmos DB account",
    TABLE,
    (Spec(type=COSMOS, fields=(_switch("public", "properties.publicNetworkAccess"),)),),
    COSMOS_UPDATE,
    options=Options(implied=("firewalled",), within_s=HOUR_S),
)
TABLE_KEYS = setting(
    "refuse the keys of a Cosmos DB account",
    TABLE,
    (Spec(type=COSMOS, fields=(flag("local_authentication", "properties.disableLocalAuth", inverted=True),)),),
    COSMOS_UPDATE,
    options=Options(within_s=HOUR_S),
)
TABLE_RECOVERY = OneWay(
    "switch a Cosmos DB account to continuous backup",
    TABLE,
    Spec(
        type=COSMOS,
        fields=(
            Field(
                column="point_in_time_recovery",
                place="properties.backupPolicy",
                shown=lambda policy: isinstance(policy, dict) and str(policy.get("type", "")).lower() == "continuous",
                stored=lambda _wanted: {"type": "Continuous", "continuousModeProperties": {"tier": "Continuous30Days"}},
            ),
        ),
    ),
    "Azure Cosmos DB documentation: Migrate an account from periodic to continuous mode (it cannot be switched back)",
    within_s=HOUR_S,
)

WAYS: tuple[Way, ...] = (
    RETENTION,
    ENCRYPTION,
    PUBLIC,
    TLS_MINIMUM,
    TLS_REQUIRED,
    AUDITING,
    CACHE_TLS,
    CACHE_TLS_MINIMUM,
    CACHE_PUBLIC,
    TABLE_PUBLIC,
    TABLE_KEYS,
    TABLE_RECOVERY,
)
