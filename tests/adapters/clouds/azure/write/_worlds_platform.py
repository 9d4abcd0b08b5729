"""A case for each action on clusters, registries, function apps, vaults, logs, locks and roles; and on every kind's tags."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.adapters.clouds.azure.write import _worlds_compute
from tests.adapters.clouds.azure.write._harness import Case, World
from tests.adapters.clouds.azure.write._settings import _off_on, _on_off, made, rest, unlock
from tests.adapters.clouds.azure.write._worlds_stores import POSTGRES, SERVER

from skywright.adapters.clouds.azure.ids import arm_path
from skywright.adapters.clouds.azure.write.tags import TAGGING
from skywright.lab.azure.seed import access, data


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


AKS = "Microsoft.ContainerService/managedClusters/one"
REGISTRY = "Microsoft.ContainerRegistry/registries/one"
SITE = "Microsoft.Web/sites/one"
VAULT = "Microsoft.KeyVault/vaults/one"


CASES: dict[str, Callable[[World], Case]] = {
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
    "open a cluster's API server again": lambda world: made(
        world,
        "kubernetes.cluster",
        AKS,
        "apiServerAccessProfile.authorizedIPRanges",
        (["198.51.100.0/24"], []),
        ({"public_cidrs": ["198.51.100.0/24"]}, {"public_cidrs": ["0.0.0.0/0"]}),
    ),
}
