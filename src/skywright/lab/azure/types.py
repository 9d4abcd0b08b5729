"""The resource types that the lab knows: how they are spelled, which api-versions they take, and how their writes go.

Spellings, versions and what PATCH takes are facts of the Azure REST API reference and its specifications
(Azure/azure-rest-api-specs); the choice of what to keep of them is ours.
"""

import msgspec

from skywright.lab.azure.refused import Refused, bad


class Type(msgspec.Struct, frozen=True, kw_only=True):
    """A resource type. ``slow``: writes are asynchronous. ``located``: a PUT must name a location. ``tags_only``: PATCH takes tags
    and nothing else. ``etag``: shown in the body too."""

    name: str
    versions: tuple[str, ...]
    slow: bool = False
    located: bool = True
    tags_only: bool = False
    etag: bool = False


_COMPUTE = (
    "2021-03-01 2021-07-01 2021-11-01 2022-03-01 2022-08-01 2022-11-01 2023-03-01 2023-07-01 2023-09-01 2024-03-01 2024-07-01 "
    "2024-11-01 2025-04-01"
)
_DISKS = "2021-04-01 2021-08-01 2021-12-01 2022-03-02 2022-07-02 2023-01-02 2023-04-02 2023-10-02 2024-03-02 2025-01-02"
_NETWORK = (
    "2021-02-01 2021-05-01 2021-08-01 2022-01-01 2022-05-01 2022-07-01 2022-09-01 2022-11-01 2023-02-01 2023-04-01 2023-05-01 "
    "2023-06-01 2023-09-01 2023-11-01 2024-01-01 2024-03-01 2024-05-01 2024-07-01 2024-10-01 2025-01-01"
)
_STORAGE = "2021-04-01 2021-09-01 2022-05-01 2022-09-01 2023-01-01 2023-04-01 2023-05-01 2024-01-01 2025-01-01 2025-06-01"
_SQL = "2021-11-01 2022-05-01-preview 2023-05-01-preview 2023-08-01 2023-08-01-preview 2024-05-01-preview 2025-01-01"
_POSTGRES = "2022-12-01 2023-06-01-preview 2024-08-01 2025-08-01"
_MYSQL = "2021-05-01 2022-01-01 2023-06-30 2023-12-30 2024-12-30"
_AKS = "2023-01-01 2023-05-01 2023-08-01 2023-10-01 2024-01-01 2024-05-01 2024-08-01 2024-09-01 2025-01-01 2025-05-01 2025-07-01"
_WEB = "2022-03-01 2022-09-01 2023-01-01 2023-12-01 2024-04-01 2024-11-01 2025-03-01"
_BUS = "2021-11-01 2022-01-01-preview 2022-10-01-preview 2024-01-01"
_VAULT = "2022-07-01 2023-02-01 2023-07-01 2024-11-01 2025-05-01"
_COSMOS = "2023-04-15 2023-11-15 2024-05-15 2024-08-15 2024-11-15 2025-04-15 2025-10-15"
_AUTH = "2018-01-01-preview 2020-04-01-preview 2022-04-01 2022-05-01-preview"
_METRICS = "2018-01-01 2019-07-01 2021-05-01 2023-10-01 2024-02-01"
_RESOURCES = "2020-06-01 2020-10-01 2021-04-01 2022-09-01 2023-07-01 2024-03-01 2024-07-01 2024-11-01 2025-04-01"

_PLAIN = {"located": False}
_NET = {"slow": True, "tags_only": True, "etag": True}
_NET_PART = {"slow": True, "located": False, "etag": True}

_TABLE: tuple[tuple[str, str, str, dict[str, bool]], ...] = (
    ("Microsoft.Compute", _COMPUTE, "virtualMachines virtualMachineScaleSets images availabilitySets", {"slow": True}),
    ("Microsoft.Compute", _DISKS, "disks snapshots diskEncryptionSets", {"slow": True}),
    ("Microsoft.Compute", _COMPUTE, "sshPublicKeys", {}),
    ("Microsoft.Compute", _COMPUTE, "virtualMachineScaleSets/virtualMachines locations/usages locations/vmSizes skus", _PLAIN),
    (
        "Microsoft.Compute",
        "2021-07-01 2022-03-03 2023-07-03 2024-03-03",
        "galleries galleries/images galleries/images/versions",
        {},
    ),
    (
        "Microsoft.Network",
        _NETWORK,
        (
            "virtualNetworks networkSecurityGroups networkInterfaces publicIPAddresses publicIPPrefixes routeTables natGateways "
            "loadBalancers applicationGateways virtualNetworkGateways azureFirewalls bastionHosts privateEndpoints networkWatchers "
            "connections localNetworkGateways applicationSecurityGroups"
        ),
        _NET,
    ),
    (
        "Microsoft.Network",
        _NETWORK,
        (
            "virtualNetworks/subnets virtualNetworks/virtualNetworkPeerings networkSecurityGroups/securityRules routeTables/routes "
            "networkSecurityGroups/defaultSecurityRules"
        ),
        _NET_PART,
    ),
    ("Microsoft.Network", _NETWORK, "networkWatchers/flowLogs locations/usages", _PLAIN),
    ("Microsoft.Network", _NETWORK, "applicationGatewayWebApplicationFirewallPolicies", {"etag": True}),
    ("Microsoft.Network", "2018-05-01 2023-07-01-preview", "dnsZones dnsZones/recordsets", {"etag": True}),
    ("Microsoft.Network", "2018-09-01 2020-06-01 2024-06-01", "privateDnsZones", {"slow": True, "etag": True}),
    ("Microsoft.Network", "2020-05-01 2021-06-01 2022-05-01 2024-02-01 2025-03-01", "frontDoorWebApplicationFirewallPolicies", {}),
    ("Microsoft.Storage", _STORAGE, "storageAccounts", {}),
    (
        "Microsoft.Storage",
        _STORAGE,
        (
            "storageAccounts/blobServices storageAccounts/blobServices/containers storageAccounts/fileServices "
            "storageAccounts/fileServices/shares storageAccounts/managementPolicies locations/usages"
        ),
        _PLAIN,
    ),
    ("Microsoft.Sql", _SQL, "servers servers/databases", {"slow": True}),
    (
        "Microsoft.Sql",
        _SQL,
        (
            "servers/firewallRules servers/auditingSettings servers/databases/auditingSettings servers/securityAlertPolicies "
            "servers/databases/transparentDataEncryption servers/databases/backupShortTermRetentionPolicies servers/administrators "
            "servers/databases/backupLongTermRetentionPolicies servers/azureADOnlyAuthentications servers/virtualNetworkRules"
        ),
        _PLAIN,
    ),
    ("Microsoft.DBforPostgreSQL", _POSTGRES, "flexibleServers", {"slow": True}),
    ("Microsoft.DBforPostgreSQL", _POSTGRES, "flexibleServers/firewallRules flexibleServers/configurations", _PLAIN),
    ("Microsoft.DBforMySQL", _MYSQL, "flexibleServers", {"slow": True}),
    ("Microsoft.DBforMySQL", _MYSQL, "flexibleServers/firewallRules flexibleServers/configurations", _PLAIN),
    ("Microsoft.DocumentDB", _COSMOS, "databaseAccounts", {"slow": True}),
    ("Microsoft.Cache", "2023-04-01 2023-08-01 2024-03-01 2024-11-01", "redis", {"slow": True}),
    ("Microsoft.Cache", "2023-04-01 2023-08-01 2024-03-01 2024-11-01", "redis/firewallRules", _PLAIN),
    ("Microsoft.ContainerService", _AKS, "managedClusters", {"slow": True, "tags_only": True, "etag": True}),
    ("Microsoft.ContainerService", _AKS, "managedClusters/agentPools", {"slow": True, "located": False}),
    ("Microsoft.App", "2023-05-01 2024-03-01 2025-01-01 2025-07-01", "containerApps managedEnvironments", {"slow": True}),
    ("Microsoft.ContainerInstance", "2021-10-01 2022-09-01 2023-05-01", "containerGroups", {"slow": True}),
    ("Microsoft.ContainerRegistry", "2022-12-01 2023-01-01-preview 2023-07-01 2025-04-01 2025-11-01", "registries", {}),
    ("Microsoft.Web", _WEB, "sites serverFarms", {}),
    ("Microsoft.Web", _WEB, "sites/config sites/functions", _PLAIN),
    ("Microsoft.ServiceBus", _BUS, "namespaces", {}),
    (
        "Microsoft.ServiceBus",
        _BUS,
        (
            "namespaces/queues namespaces/topics namespaces/topics/subscriptions namespaces/networkRuleSets "
            "namespaces/authorizationRules"
        ),
        _PLAIN,
    ),
    ("Microsoft.EventHub", _BUS, "namespaces clusters", {}),
    ("Microsoft.EventHub", _BUS, "namespaces/eventhubs namespaces/networkRuleSets", _PLAIN),
    ("Microsoft.EventGrid", "2022-06-15 2023-12-15-preview 2025-02-15", "topics", {"slow": True}),
    ("Microsoft.KeyVault", _VAULT, "vaults managedHSMs", {}),
    ("Microsoft.KeyVault", _VAULT, "vaults/keys vaults/secrets", _PLAIN),
    ("Microsoft.Authorization", _AUTH, "roleAssignments roleDefinitions permissions classicAdministrators", _PLAIN),
    ("Microsoft.Authorization", "2016-09-01 2017-04-01 2020-05-01", "locks", _PLAIN),
    ("Microsoft.Authorization", "2021-06-01 2022-06-01 2023-04-01", "policyAssignments policyDefinitions", _PLAIN),
    ("Microsoft.Insights", "2021-05-01-preview", "diagnosticSettings diagnosticSettingsCategories", _PLAIN),
    ("Microsoft.Insights", _METRICS, "metrics metricDefinitions metricNamespaces", _PLAIN),
    ("Microsoft.Insights", "2018-03-01", "metricAlerts", {}),
    ("Microsoft.Insights", "2020-10-01", "activityLogAlerts", {}),
    ("Microsoft.Insights", "2022-06-01 2023-01-01", "actionGroups", {}),
    ("Microsoft.Insights", "2022-10-01", "autoscaleSettings", {}),
    ("Microsoft.Insights", "2020-02-02", "components", {}),
    ("Microsoft.Insights", "2015-04-01", "eventtypes eventtypes/values", _PLAIN),
    ("Microsoft.OperationalInsights", "2021-06-01 2022-10-01 2023-09-01 2025-02-01", "workspaces", {"slow": True}),
    ("Microsoft.OperationalInsights", "2021-06-01 2022-10-01 2023-09-01 2025-02-01", "workspaces/tables", _PLAIN),
    ("Microsoft.Security", "2018-06-01 2022-03-01 2023-01-01 2024-01-01", "pricings", _PLAIN),
    ("Microsoft.Security", "2017-08-01-preview 2020-01-01-preview 2023-12-01-preview", "securityContacts", _PLAIN),
    ("Microsoft.Security", "2020-01-01 2021-06-01", "assessments", _PLAIN),
    ("Microsoft.Consumption", "2021-10-01 2023-03-01 2023-05-01 2023-11-01 2024-08-01", "budgets", _PLAIN),
    ("Microsoft.CostManagement", "2021-10-01 2022-10-01 2023-03-01 2023-08-01 2023-11-01 2024-08-01 2025-03-01", "query", _PLAIN),
    ("Microsoft.ResourceGraph", "2021-03-01 2022-10-01 2024-04-01", "resources", _PLAIN),
    ("Microsoft.Resources", _RESOURCES, "resourceGroups", {}),
    ("Microsoft.Resources", _RESOURCES, "tags resources providers deployments", _PLAIN),
    ("Microsoft.Resources", "2016-06-01 2018-06-01 2020-01-01 2021-01-01 2022-12-01 " + _RESOURCES, "subscriptions", _PLAIN),
    ("Microsoft.Resources", "2016-06-01 2018-06-01 2020-01-01 2021-01-01 2022-12-01", "tenants subscriptions/locations", _PLAIN),
    ("Microsoft.Management", "2020-05-01 2021-04-01 2023-04-01", "managementGroups", _PLAIN),
    ("Microsoft.Management", "2020-05-01 2021-04-01 2023-04-01", "managementGroups/descendants", _PLAIN),
    ("Microsoft.Capacity", "2022-03-01 2022-11-01", "reservationOrders reservationOrders/reservations reservations", _PLAIN),
    ("Microsoft.BillingBenefits", "2022-11-01", "savingsPlanOrders savingsPlans", _PLAIN),
    ("Microsoft.Cdn", "2023-05-01 2024-02-01 2024-09-01 2025-04-15 2025-06-01", "profiles", {"slow": True}),
    (
        "Microsoft.Cdn",
        "2023-05-01 2024-02-01 2024-09-01 2025-04-15 2025-06-01",
        (
            "profiles/endpoints profiles/afdEndpoints profiles/originGroups profiles/afdEndpoints/routes profiles/customDomains "
            "profiles/securityPolicies profiles/originGroups/origins"
        ),
        _PLAIN,
    ),
    ("Microsoft.RecoveryServices", "2023-06-01 2024-04-01 2024-10-01 2025-02-01 2025-08-01", "vaults", {"slow": True}),
    ("Microsoft.RecoveryServices", "2023-06-01 2024-04-01 2024-10-01 2025-02-01 2025-08-01", "vaults/backupProtectedItems", _PLAIN),
    ("Microsoft.RecoveryServices", "2023-06-01 2024-04-01 2024-10-01 2025-02-01 2025-08-01", "vaults/backupPolicies", _PLAIN),
    ("Microsoft.MachineLearningServices", "2023-10-01 2024-04-01 2024-10-01 2025-06-01", "workspaces", {}),
    ("Microsoft.MachineLearningServices", "2023-10-01 2024-04-01 2024-10-01 2025-06-01", "workspaces/onlineEndpoints", {}),
    ("Microsoft.CognitiveServices", "2023-05-01 2024-10-01 2025-06-01", "accounts", {}),
    ("Microsoft.ResourceHealth", "2020-05-01 2022-10-01 2023-07-01-preview 2025-05-01", "availabilityStatuses", _PLAIN),
    ("Microsoft.Advisor", "2020-01-01 2023-01-01", "recommendations", _PLAIN),
    ("Microsoft.ManagedIdentity", "2018-11-30 2023-01-31 2024-11-30", "userAssignedIdentities", {}),
)

TYPES: dict[str, Type] = {
    f"{space}/{name}".lower(): Type(name=f"{space}/{name}", versions=tuple(versions.split()), **flags)
    for space, versions, names, flags in _TABLE
    for name in names.split()
}
_SPACES = {name.split("/")[0] for name in TYPES}


def type_of(name: str, version: str) -> Type:
    """The type of this (lower-case) name, for a request with this api-version. Raises Refused as ARM does."""
    if not version:
        raise bad("MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
    space, _, rest = name.partition("/")
    if space not in _SPACES:
        raise Refused(404, "InvalidResourceNamespace", f"The resource namespace '{space}' is invalid.")
    found = TYPES.get(name)
    if found is None:
        raise bad(
            "InvalidResourceType",
            f"The resource type '{rest}' could not be found in the namespace '{space}' for api version '{version}'.",
        )
    if version not in found.versions:
        listed = ", ".join(reversed(found.versions))
        raise bad(
            "NoRegisteredProviderFound",
            f"No registered resource provider found for API version '{version}' for type '{found.name.partition('/')[2]}'. "
            f"The supported api-versions are '{listed}'.",
        )
    return found
