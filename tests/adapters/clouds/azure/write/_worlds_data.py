"""Worlds for storage accounts, databases, caches, clusters, registries, functions, vaults, logs, locks, roles and tags."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.adapters.clouds.azure.write import _worlds_compute
from tests.adapters.clouds.azure.write._harness import Case, World

from skywright.adapters.clouds.azure.ids import arm_path
from skywright.adapters.clouds.azure.read.sql import cidrs
from skywright.adapters.clouds.azure.write.storage import CLOSED
from skywright.adapters.clouds.azure.write.tags import TAGGING
from skywright.lab.azure.seed import access, compute, data
from skywright.lab.azure.store import Record

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


def rest(world: World, path: str, field: str) -> dict[str, Any]:
    """Everything else of a resource: no action may touch it."""
    found = world.record(path)
    own = {name: value for name, value in found.properties.items() if name not in (field, "provisioningState", "lastModifiedTime")}
    return {"properties": own, "tags": found.body.get("tags"), "location": found.body.get("location"), "sku": found.body.get("sku")}


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


def unlock(world: World, path: str) -> None:
    """The lab locks what matters; here it is in the way."""
    world.store.remove(world.site.id(f"{path}/providers/Microsoft.Authorization/locks/keep").lower())


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


def made(
    world: World, kind: str, path: str, place: str, values: tuple[Any, Any], columns: tuple[dict[str, Any], dict[str, Any]]
) -> Case:
    """A setting that stands at one place of one resource; ``values`` are Azure's, ``columns`` ours."""
    build = {
        "kubernetes.cluster": lambda: compute.cluster(world.site, "one", _worlds_compute.subnet(world)),
        "registry.repository": lambda: compute.registry(world.site, "one"),
        "function.function": lambda: function(world),
        "crypto.vault": lambda: data.vault(world.site, "one", networkAcls={"defaultAction": "Allow"}),
        "log.group": lambda: world.site.put("Microsoft.OperationalInsights/workspaces/one", {"retentionInDays": 30}),
        "database.cache": lambda: data.redis(world.site, "one"),
        "database.table": lambda: data.cosmos(world.site, "one"),
    }[kind]
    own = build().properties
    *above, field = place.split(".")
    for name in above:
        own = own[name]
    if values[0] is None:
        own.pop(field, None)
    else:
        own[field] = values[0]

    def see() -> dict[str, Any]:
        found = world.properties(path)
        for name in above:
            found = found[name]
        return {"own": found.get(field), "rest": rest(world, path, place.split(".", maxsplit=1)[0])}

    before, after = columns
    return Case(kind=kind, native_id="rg/one", before=before, after=after, see=see, wanted={"own": values[1]})


def function(world: World) -> Record:
    """A function app with a door for everyone."""
    found = compute.function_app(world.site, "one")
    door = {"config": {"bindings": [{"type": "httpTrigger", "authLevel": "anonymous"}]}}
    world.site.part(found, "functions/door", door)
    return found


def lock(world: World, kind: str, column: str) -> Case:
    native = {
        "compute.instance": "rg/web",
        "database.instance": "rg/postgresql:pg",
        "database.cluster": "rg/sql",
        "database.table": "rg/docs",
        "account.group": "rg",
    }[kind]
    match kind:
        case "compute.instance":
            _worlds_compute.machine(world)
        case "database.instance":
            data.postgres(world.site, "pg")
            unlock(world, POSTGRES)
        case "database.cluster":
            data.sql(world.site, "sql", ())
            unlock(world, SERVER)
        case "database.table":
            data.cosmos(world.site, "docs")
            unlock(world, "Microsoft.DocumentDB/databaseAccounts/docs")
    path = arm_path(world.subscription, kind, native).lower()

    def see() -> dict[str, Any]:
        listed = world.store.of_type("microsoft.authorization/locks")
        return {"levels": [one.properties["level"] for one in listed if one.key.startswith(f"{path}/providers/microsoft.auth")]}

    return Case(
        kind=kind, native_id=native, before={column: False}, after={column: True}, see=see, wanted={"levels": ["CanNotDelete"]}
    )


def revoke(world: World) -> Case:
    home = f"/subscriptions/{world.subscription}"
    person = access.person(world.town, "guest", guest=True)
    found = access.assign(world.town, home, access.OWNER, person)

    def see() -> dict[str, Any]:
        listed = world.store.of_type("microsoft.authorization/roleassignments")
        facts = [
            (one.body["id"].lower(), one.properties["principalId"], one.properties["roleDefinitionId"].rsplit("/", 1)[1])
            for one in listed
        ]
        return {"gone": not listed, "facts": facts}

    return Case(
        kind="identity.binding",
        native_id=f"-/{found.body['name'].lower()}",
        before={
            "principal": person,
            "principal_type": "user",
            "role": "Owner",
            "scope": f"azure:{world.subscription}:global:account.account/{world.subscription}",
            "conditional": False,
        },
        after=None,
        see=see,
        region="global",
    )


def bus_tls(world: World, kind: str, part: str) -> Case:
    hub = kind == "messaging.stream"
    path = f"Microsoft.{'EventHub' if hub else 'ServiceBus'}/namespaces/bus"
    data.bus(world.site, "bus", hub=hub).properties["minimumTlsVersion"] = "1.0"
    return Case(
        kind=kind,
        native_id=f"rg/bus/{part}",
        before={"tls_minimum": "1.0"},
        after={"tls_minimum": "1.2"},
        see=lambda: {"own": world.properties(path)["minimumTlsVersion"], "rest": rest(world, path, "minimumTlsVersion")},
        wanted={"own": "1.2"},
    )


def retag(world: World, kind: str) -> Case:
    native = {"storage.bucket": "rg/one", "account.group": "rg", "audit.trail": "one"}.get(kind, "rg/one")
    path = arm_path(world.subscription, kind, "rg/one/two" if kind == "database.instance" else native)
    native = "rg/one/two" if kind == "database.instance" else native
    world.store.put(path, {"location": "westeurope", "tags": {"owner": "a", "环境": "prod"}, "properties": {"x": 1}})

    def see() -> dict[str, Any]:
        found = world.store.get(path)
        return {"tags": found.body["tags"], "x": found.properties.get("x")}

    return Case(
        kind=kind,
        native_id=native,
        before={"tags": {"owner": "a", "环境": "prod"}},
        after={"tags": {"owner": "b", "cost": "7"}},
        see=see,
    )


def _off_on(column: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return {column: False}, {column: True}


def _on_off(column: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return {column: True}, {column: False}


AKS = "Microsoft.ContainerService/managedClusters/one"
REGISTRY = "Microsoft.ContainerRegistry/registries/one"
SITE = "Microsoft.Web/sites/one"
VAULT = "Microsoft.KeyVault/vaults/one"
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
    "say which addresses reach a cluster's API server": lambda world: made(
        world,
        "kubernetes.cluster",
        AKS,
        "apiServerAccessProfile.authorizedIPRanges",
        ([], ["198.51.100.0/24"]),
        ({"public_cidrs": ["0.0.0.0/0"]}, {"public_cidrs": ["198.51.100.0/24"]}),
    ),
    "let a cluster take patch versions by itself": lambda world: made(
        world, "kubernetes.cluster", AKS, "autoUpgradeProfile.upgradeChannel", ("none", "patch"), _off_on("auto_upgrade")
    ),
    "switch off a cluster's local accounts": lambda world: made(
        world, "kubernetes.cluster", AKS, "disableLocalAccounts", (False, True), _on_off("local_accounts")
    ),
    "refuse to hand images to anyone who asks": lambda world: made(
        world, "registry.repository", REGISTRY, "anonymousPullEnabled", (True, False), _on_off("public")
    ),
    "switch off a registry's administrator account": lambda world: made(
        world, "registry.repository", REGISTRY, "adminUserEnabled", (True, False), _on_off("shared_login")
    ),
    "close a function app's public endpoint": lambda world: made(
        world, "function.function", SITE, "publicNetworkAccess", ("Enabled", "Disabled"), _on_off("public")
    ),
    "turn plain http to a function app into https": lambda world: made(
        world, "function.function", SITE, "httpsOnly", (False, True), _off_on("tls_required")
    ),
    "close a vault's public endpoint": lambda world: made(
        world, "crypto.vault", VAULT, "publicNetworkAccess", ("Enabled", "Disabled"), _on_off("public")
    ),
    "set the oldest TLS that the namespace of a queue speaks": partial(bus_tls, kind="messaging.queue", part="jobs"),
    "set the oldest TLS that the namespace of a topic speaks": partial(bus_tls, kind="messaging.topic", part="news"),
    "set the oldest TLS that the namespace of a stream speaks": partial(bus_tls, kind="messaging.stream", part="clicks"),
    "forbid purging what was deleted from a vault": lambda world: made(
        world, "crypto.vault", VAULT, "enablePurgeProtection", (None, True), _off_on("purge_protected")
    ),
    "keep what is deleted from a vault for a while": lambda world: made(
        world, "crypto.vault", VAULT, "enableSoftDelete", (False, True), _off_on("soft_delete")
    ),
    "keep logs for some days": lambda world: made(
        world,
        "log.group",
        "Microsoft.OperationalInsights/workspaces/one",
        "retentionInDays",
        (30, 365),
        ({"retention_days": 30, "keeps_forever": False}, {"retention_days": 365}),
    ),
    "lock a machine against deletion": partial(lock, kind="compute.instance", column="termination_protected"),
    "lock a database against deletion": partial(lock, kind="database.instance", column="deletion_protected"),
    "lock a database server against deletion": partial(lock, kind="database.cluster", column="deletion_protected"),
    "lock a Cosmos DB account against deletion": partial(lock, kind="database.table", column="deletion_protected"),
    "lock a resource group against deletion": partial(lock, kind="account.group", column="locked"),
    "take a role away from somebody": revoke,
    **{f"change the tags of {kind}": partial(retag, kind=kind) for kind in TAGGING.kinds},
}
MORE: dict[str, Callable[[World], Case]] = {
    "keep a PostgreSQL server's backups": lambda world: flexible(
        world, "backup_retention_days", 7, 30, "#backup.backupRetentionDays", (7, 30)
    ),
    "close a PostgreSQL server's public endpoint": lambda world: flexible(
        world, "public", True, False, "#network.publicNetworkAccess", ("Enabled", "Disabled")
    ),
    "keep one of two ranges of one rule": mixed_ranges,
    "open a cluster's API server again": lambda world: made(
        world,
        "kubernetes.cluster",
        AKS,
        "apiServerAccessProfile.authorizedIPRanges",
        (["198.51.100.0/24"], []),
        ({"public_cidrs": ["198.51.100.0/24"]}, {"public_cidrs": ["0.0.0.0/0"]}),
    ),
}
