"""Clusters, registries, functions, vaults, logs."""

from skywright.adapters.clouds.azure.write.base import Field, Options, Spec, above, flag, reachable, setting, value, word
from skywright.adapters.clouds.azure.write.oneway import OneWay
from skywright.adapters.clouds.kit.actions import HOUR_S, MINUTES_S, Values, Way, known, one_of, switched_on

CLUSTERS = "Microsoft.ContainerService/managedClusters"
REGISTRIES = "Microsoft.ContainerRegistry/registries"
SITES = "Microsoft.Web/sites"
VAULTS = "Microsoft.KeyVault/vaults"
BUSES = "Microsoft.ServiceBus/namespaces"
BUS_DOCUMENT = "Azure Service Bus documentation: Configure the minimum TLS version for a Service Bus namespace"
WORKSPACES = "Microsoft.OperationalInsights/workspaces"
EVERYONE = "0.0.0.0/0"
RANGES_MAX = 200  # of an API server: Secure access to the API server using authorized IP address ranges in AKS


def _shown_ranges(found: object) -> list[str]:
    return [str(one) for one in found] if isinstance(found, list) and found else [EVERYONE]


def _stored_ranges(wanted: list[str]) -> list[str]:
    """Everyone is said by naming nobody."""
    return [] if EVERYONE in wanted else list(wanted)


def _ranges(before: Values, after: Values) -> bool:
    return known(before, after) and 0 < len(after["public_cidrs"]) <= RANGES_MAX


CLUSTER_UPDATE = "Azure REST API reference: Managed Clusters - Create Or Update"
API_RANGES = setting(
    "say which addresses reach a cluster's API server",
    "kubernetes.cluster",
    (
        Spec(
            type=CLUSTERS,
            fields=(
                Field(
                    column="public_cidrs",
                    place="properties.apiServerAccessProfile.authorizedIPRanges",
                    shown=_shown_ranges,
                    stored=_stored_ranges,
                ),
            ),
            whole=True,
        ),
    ),
    "Azure Kubernetes Service documentation: Secure access to the API server using authorized IP address ranges",
    options=Options(allowed=_ranges, within_s=HOUR_S),
)
AUTO_UPGRADE = setting(
    "let a cluster take patch versions by itself",
    "kubernetes.cluster",
    (
        Spec(
            type=CLUSTERS,
            fields=(
                Field(
                    column="auto_upgrade",
                    place="properties.autoUpgradeProfile.upgradeChannel",
                    shown=lambda found: str(found or "none").lower() != "none",
                    stored=lambda wanted: "patch" if wanted else "none",
                ),
            ),
            whole=True,
        ),
    ),
    CLUSTER_UPDATE,
    options=Options(allowed=switched_on("auto_upgrade"), within_s=HOUR_S),
)
LOCAL_ACCOUNTS = setting(
    "switch off a cluster's local accounts",
    "kubernetes.cluster",
    (Spec(type=CLUSTERS, fields=(flag("local_accounts", "properties.disableLocalAccounts", inverted=True),), whole=True),),
    "Azure Kubernetes Service documentation: Manage local accounts with Microsoft Entra integration",
    options=Options(within_s=HOUR_S),
)

PULL = setting(
    "refuse to hand images to anyone who asks",
    "registry.repository",
    (Spec(type=REGISTRIES, fields=(flag("public", "properties.anonymousPullEnabled"),)),),
    "Azure Container Registry documentation: Make your container registry content publicly available (anonymous pull)",
    options=Options(within_s=MINUTES_S),
)
SHARED_LOGIN = setting(
    "switch off a registry's administrator account",
    "registry.repository",
    (Spec(type=REGISTRIES, fields=(flag("shared_login", "properties.adminUserEnabled"),)),),
    "Azure Container Registry documentation: Authenticate with an Azure container registry (admin account)",
    options=Options(within_s=MINUTES_S),
)

FUNCTION_PUBLIC = setting(
    "close a function app's public endpoint",
    "function.function",
    (Spec(type=SITES, fields=(word("public", "properties.publicNetworkAccess", "Enabled", "Disabled", absent=True),)),),
    "Azure App Service documentation: Set up Azure App Service access restrictions (public network access)",
    options=Options(within_s=MINUTES_S),
)
FUNCTION_TLS = setting(
    "turn plain http to a function app into https",
    "function.function",
    (Spec(type=SITES, fields=(flag("tls_required", "properties.httpsOnly"),)),),
    "Azure REST API reference: Web Apps - Update",
    options=Options(within_s=MINUTES_S),
)

BUS_TLS = tuple(
    setting(
        f"set the oldest TLS that the namespace of a {what} speaks",
        kind,
        (
            Spec(
                type=type_, fields=(value("tls_minimum", "properties.minimumTlsVersion", absent="1.2"),), where=above(), whole=True
            ),
        ),
        document,
        options=Options(allowed=one_of("1.0", "1.1", "1.2"), within_s=HOUR_S, note="it holds for all of the namespace"),
    )
    for what, kind, type_, document in (
        ("queue", "messaging.queue", BUSES, BUS_DOCUMENT),
        ("topic", "messaging.topic", BUSES, BUS_DOCUMENT),
        (
            "stream",
            "messaging.stream",
            "Microsoft.EventHub/namespaces",
            "Azure Event Hubs documentation: Configure the minimum TLS version",
        ),
    )
)

VAULT_UPDATE = "Azure REST API reference: Vaults - Update"
VAULT_PUBLIC = setting(
    "close a vault's public endpoint",
    "crypto.vault",
    (Spec(type=VAULTS, fields=(reachable("public"),)),),
    VAULT_UPDATE,
    options=Options(within_s=MINUTES_S),
)
PURGE = OneWay(
    "forbid purging what was deleted from a vault",
    "crypto.vault",
    Spec(type=VAULTS, fields=(flag("purge_protected", "properties.enablePurgeProtection"),)),
    "Azure Key Vault documentation: Soft-delete overview (purge protection cannot be disabled)",
)
SOFT_DELETE = OneWay(
    "keep what is deleted from a vault for a while",
    "crypto.vault",
    Spec(type=VAULTS, fields=(flag("soft_delete", "properties.enableSoftDelete", absent=True),)),
    "Azure Key Vault documentation: Soft-delete overview (soft-delete cannot be disabled)",
)


def _retention(before: Values, after: Values) -> bool:
    days = after.get("retention_days", before.get("retention_days"))
    return known(before, {"retention_days": days}) and 30 <= days <= 730 and not after.get("keeps_forever", False)


LOG_RETENTION = setting(
    "keep logs for some days",
    "log.group",
    (Spec(type=WORKSPACES, fields=(value("retention_days", "properties.retentionInDays"),)),),
    "Azure Monitor documentation: Manage data retention in a Log Analytics workspace (30 to 730 days)",
    options=Options(
        implied=("keeps_forever",), allowed=_retention, within_s=MINUTES_S, note="what is older than a shorter time is gone"
    ),
)

WAYS: tuple[Way, ...] = (
    API_RANGES,
    AUTO_UPGRADE,
    LOCAL_ACCOUNTS,
    PULL,
    SHARED_LOGIN,
    FUNCTION_PUBLIC,
    FUNCTION_TLS,
    *BUS_TLS,
    VAULT_PUBLIC,
    PURGE,
    SOFT_DELETE,
    LOG_RETENTION,
)
