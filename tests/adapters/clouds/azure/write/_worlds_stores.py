"""A case for each action on storage accounts, databases, caches and Cosmos DB."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.azure.write._harness import Case, World
from tests.adapters.clouds.azure.write._settings import _off_on, _on_off, made, rest, unlock

from skywright.adapters.clouds.azure.read.sql import cidrs
from skywright.adapters.clouds.azure.write.storage import CLOSED
from skywright.lab.azure.seed import data

ACCOUNT = "Microsoft.Storage/storageAccounts/store"
SERVER = "Microsoft.Sql/servers/sql"
POSTGRES = "Microsoft.DBforPostgreSQL/flexibleServers/pg"
Facts = Callable[[], dict[str, Any]]


def bucket(world: World, before: dict[str, Any], after: dict[str, Any], path: str, old: Any, new: Any) -> Case:
    """A setting of the account (or of the part at ``path``): Azure's own value is ``old`` and must become ``new``."""
    part, field = path.split("#")
    data.account(world.site, "store", networkAcls={"defaultAction": "Allow"})
    world.record(ACCOUNT + part).properties[field] = old
    return Case(
        kind="storage.bucket",
        native_id="rg/store",
        before=before,
        after=after,
        see=lambda: {"own": world.properties(ACCOUNT + part)[field], "rest": rest(world, ACCOUNT + part, field)},
        wanted={"own": new},
    )


def containers(world: World) -> Case:
    found = data.account(world.site, "store", ("data",), allowBlobPublicAccess=True)
    blobs = data.blobs_of(world.site, found)
    data.container(world.site, blobs, "downloads", "Container")
    data.container(world.site, blobs, "images", "Blob")

    def see() -> dict[str, Any]:
        listed = world.store.of_type("microsoft.storage/storageaccounts/blobservices/containers")
        world.store.settle()
        return {one.body["name"]: one.properties.get("publicAccess", "None") for one in listed}

    return Case(
        kind="storage.bucket",
        native_id="rg/store",
        before={"public_containers": ["downloads", "images"]},
        after={"public_containers": []},
        see=see,
        wanted={"downloads": "None", "images": "None", "data": "None"},
    )


def database(world: World, column: str, old: Any, new: Any, path: str, stored: tuple[Any, Any]) -> Case:
    """A setting of a SQL database or its server."""
    part, field = path.split("#")
    data.sql(world.site, "sql")
    world.record(SERVER + part).properties[field] = stored[0]
    return Case(
        kind="database.instance",
        native_id="rg/sql/orders",
        before={column: old},
        after={column: new},
        see=lambda: {"own": world.properties(SERVER + part)[field], "rest": rest(world, SERVER + part, field)},
        wanted={"own": stored[1]},
    )


def flexible(world: World, column: str, old: Any, new: Any, path: str, stored: tuple[Any, Any]) -> Case:
    """A setting of a PostgreSQL server."""
    part, place = path.split("#")
    data.postgres(world.site, "pg")
    *above, field = place.split(".")
    own = world.record(POSTGRES + part).properties
    for name in above:
        own = own[name]
    own[field] = stored[0]

    def see() -> dict[str, Any]:
        found = world.properties(POSTGRES + part)
        for name in above:
            found = found[name]
        return {"own": found[field]}

    return Case(
        kind="database.instance",
        native_id="rg/postgresql:pg",
        before={column: old},
        after={column: new},
        see=see,
        wanted={"own": stored[1]},
    )


def ranges(world: World) -> Case:
    server, _ = data.sql(world.site, "sql")
    unlock(world, SERVER)
    for name, first, last in (("everyone", "0.0.0.0", "255.255.255.255"), ("office", "198.51.100.0", "198.51.100.255")):
        world.site.part(server, f"firewallRules/{name}", {"startIpAddress": first, "endIpAddress": last})

    def see() -> dict[str, Any]:
        world.store.settle()
        listed = world.store.of_type("microsoft.sql/servers/firewallrules")
        return {"ranges": sorted((one.properties["startIpAddress"], one.properties["endIpAddress"]) for one in listed)}

    return Case(
        kind="database.instance",
        native_id="rg/sql/orders",
        before={"authorized_cidrs": ["0.0.0.0/0", "198.51.100.0/24"]},
        after={"authorized_cidrs": ["198.51.100.0/24", "203.0.113.0/28"]},
        see=see,
        wanted={"ranges": [("198.51.100.0", "198.51.100.255"), ("203.0.113.0", "203.0.113.15")]},
    )


def mixed_ranges(world: World) -> Case:
    """One rule lets two ranges in, of which one is to stay."""
    server, _ = data.sql(world.site, "sql")
    unlock(world, SERVER)
    world.site.part(server, "firewallRules/both", {"startIpAddress": "198.51.100.0", "endIpAddress": "198.51.101.127"})

    def see() -> dict[str, Any]:
        world.store.settle()
        listed = [one.body for one in world.store.of_type("microsoft.sql/servers/firewallrules")]
        return {"ranges": cidrs(listed)}

    return Case(
        kind="database.instance",
        native_id="rg/sql/orders",
        before={"authorized_cidrs": ["198.51.100.0/24", "198.51.101.0/25"]},
        after={"authorized_cidrs": ["198.51.100.0/24"]},
        see=see,
        wanted={"ranges": ["198.51.100.0/24"]},
    )


REDIS = "Microsoft.Cache/redis/one"
COSMOS = "Microsoft.DocumentDB/databaseAccounts/one"
PERIODIC = {"type": "Periodic", "periodicModeProperties": {"backupIntervalInMinutes": 240}}
CONTINUOUS = {"type": "Continuous", "continuousModeProperties": {"tier": "Continuous30Days"}}
BLOBS = "/blobServices/default"
KEEP = {"enabled": True, "days": 14}


CASES: dict[str, Callable[[World], Case]] = {
    "forbid public containers in a storage account": lambda world: bucket(
        world,
        dict.fromkeys(CLOSED, False),
        dict.fromkeys(CLOSED, True),
        "#allowBlobPublicAccess",
        True,
        False,
    ),
    "take requests over https alone": lambda world: bucket(
        world, *_off_on("tls_required"), "#supportsHttpsTrafficOnly", False, True
    ),
    "set the oldest TLS that a storage account speaks": lambda world: bucket(
        world, {"tls_minimum": "TLS1_0"}, {"tls_minimum": "TLS1_2"}, "#minimumTlsVersion", "TLS1_0", "TLS1_2"
    ),
    "refuse requests signed with a storage account's own keys": lambda world: bucket(
        world, *_on_off("shared_key_access"), "#allowSharedKeyAccess", True, False
    ),
    "close a storage account's public endpoint": lambda world: bucket(
        world, *_on_off("public_network"), "#publicNetworkAccess", "Enabled", "Disabled"
    ),
    "keep old versions of blobs": lambda world: bucket(
        world, {"versioning": "off"}, {"versioning": "on"}, f"{BLOBS}#isVersioningEnabled", False, True
    ),
    "keep deleted blobs for some days": lambda world: bucket(
        world, {"soft_delete_days": 0}, {"soft_delete_days": 14}, f"{BLOBS}#deleteRetentionPolicy", {"enabled": False}, KEEP
    ),
    "make public containers private": containers,
    "keep a database's backups for some days": lambda world: database(
        world,
        "backup_retention_days",
        2,
        7,
        "/databases/orders/backupShortTermRetentionPolicies/default#retentionDays",
        (2, 7),
    ),
    "encrypt a database at rest (TDE)": lambda world: database(
        world, "encrypted", False, True, "/databases/orders/transparentDataEncryption/current#state", ("Disabled", "Enabled")
    ),
    "close the public endpoint of a database's server": lambda world: database(
        world, "public", True, False, "#publicNetworkAccess", ("Enabled", "Disabled")
    ),
    "set the oldest TLS that a database's server speaks": lambda world: database(
        world, "tls_minimum", "1.0", "1.2", "#minimalTlsVersion", ("1.0", "1.2")
    ),
    "take connections over TLS alone": lambda world: flexible(
        world, "tls_required", False, True, "/configurations/require_secure_transport#value", ("off", "on")
    ),
    "write down who does what in a server's databases": lambda world: database(
        world, "auditing", False, True, "/auditingSettings/default#state", ("Disabled", "Enabled")
    ),
    "change which addresses may connect to a database's server": ranges,
    "close a cache's port without TLS": lambda world: made(
        world, "database.cache", REDIS, "enableNonSslPort", (True, False), _off_on("encrypted_in_transit")
    ),
    "set the oldest TLS that a cache speaks": lambda world: made(
        world, "database.cache", REDIS, "minimumTlsVersion", ("1.0", "1.2"), ({"tls_minimum": "1.0"}, {"tls_minimum": "1.2"})
    ),
    "close a cache's public endpoint": lambda world: made(
        world, "database.cache", REDIS, "publicNetworkAccess", ("Enabled", "Disabled"), _on_off("public")
    ),
    "close the public endpoint of a Cosmos DB account": lambda world: made(
        world, "database.table", COSMOS, "publicNetworkAccess", ("Enabled", "Disabled"), _on_off("public")
    ),
    "refuse the keys of a Cosmos DB account": lambda world: made(
        world, "database.table", COSMOS, "disableLocalAuth", (False, True), _on_off("local_authentication")
    ),
    "switch a Cosmos DB account to continuous backup": lambda world: made(
        world, "database.table", COSMOS, "backupPolicy", (PERIODIC, {**PERIODIC, **CONTINUOUS}), _off_on("point_in_time_recovery")
    ),
}


MORE: dict[str, Callable[[World], Case]] = {
    "keep a PostgreSQL server's backups": lambda world: flexible(
        world, "backup_retention_days", 7, 30, "#backup.backupRetentionDays", (7, 30)
    ),
    "close a PostgreSQL server's public endpoint": lambda world: flexible(
        world, "public", True, False, "#network.publicNetworkAccess", ("Enabled", "Disabled")
    ),
    "keep one of two ranges of one rule": mixed_ranges,
}
