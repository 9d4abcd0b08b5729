"""Resource ids: Azure's paths <-> ours.

A native id is ``<resource group>/<name>`` in lower case (ARM ids are case-insensitive), of a child
``<resource group>/<parent>/<name>``. Where several types share a kind, the second and further ones have their short name before the
resource group's own part: ``rg/application:gate``. What is in no resource group (a role assignment on a subscription) begins with
``-``; what is there once for a subscription is named after itself.
"""

import msgspec

from skywright.model.kinds import parse_id, resource_id

CLOUD = "azure"
NO_GROUP = "-"


class ArmType(msgspec.Struct, frozen=True):
    """A type of Resource Manager and the kind that its resources are rows of. ``mark`` tells types of one kind apart; ``fixed``
    are the last names in the path that are always the same (``blobServices/default``)."""

    type: str
    kind: str
    mark: str = ""


TYPES = (
    ArmType("Microsoft.Compute/virtualMachines", "compute.instance"),
    ArmType("Microsoft.Compute/virtualMachineScaleSets", "compute.group"),
    ArmType("Microsoft.Compute/virtualMachineScaleSets/virtualMachines", "compute.instance", "member"),
    ArmType("Microsoft.Compute/disks", "storage.volume"),
    ArmType("Microsoft.Compute/snapshots", "storage.snapshot"),
    ArmType("Microsoft.Compute/images", "compute.image"),
    ArmType("Microsoft.Compute/galleries/images", "compute.image", "gallery"),
    ArmType("Microsoft.Compute/sshPublicKeys", "compute.keypair"),
    ArmType("Microsoft.Network/virtualNetworks", "network.vpc"),
    ArmType("Microsoft.Network/virtualNetworks/subnets", "network.subnet"),
    ArmType("Microsoft.Network/virtualNetworks/virtualNetworkPeerings", "network.peering"),
    ArmType("Microsoft.Network/networkSecurityGroups", "network.firewall"),
    ArmType("Microsoft.Network/routeTables", "network.route"),
    ArmType("Microsoft.Network/natGateways", "network.gateway"),
    ArmType("Microsoft.Network/virtualNetworkGateways", "network.gateway", "vpn"),
    ArmType("Microsoft.Network/azureFirewalls", "network.gateway", "firewall"),
    ArmType("Microsoft.Network/networkInterfaces", "network.interface"),
    ArmType("Microsoft.Network/publicIPAddresses", "network.address"),
    ArmType("Microsoft.Network/privateEndpoints", "network.endpoint"),
    ArmType("Microsoft.Network/loadBalancers", "network.balancer"),
    ArmType("Microsoft.Network/applicationGateways", "network.balancer", "application"),
    ArmType("Microsoft.Network/loadBalancers/backendAddressPools", "network.targets"),
    ArmType("Microsoft.Network/applicationGateways/backendAddressPools", "network.targets", "application"),
    ArmType("Microsoft.Network/dnsZones", "dns.zone"),
    ArmType("Microsoft.Network/privateDnsZones", "dns.zone", "private"),
    ArmType("Microsoft.Storage/storageAccounts", "storage.bucket"),
    ArmType("Microsoft.Storage/storageAccounts/fileServices/shares", "storage.filesystem"),
    ArmType("Microsoft.Sql/servers/databases", "database.instance"),
    ArmType("Microsoft.Sql/servers", "database.cluster"),
    ArmType("Microsoft.DBforPostgreSQL/flexibleServers", "database.instance", "postgresql"),
    ArmType("Microsoft.DBforMySQL/flexibleServers", "database.instance", "mysql"),
    ArmType("Microsoft.DocumentDB/databaseAccounts", "database.table"),
    ArmType("Microsoft.Cache/Redis", "database.cache"),
    ArmType("Microsoft.ContainerService/managedClusters", "kubernetes.cluster"),
    ArmType("Microsoft.App/managedEnvironments", "container.cluster"),
    ArmType("Microsoft.App/containerApps", "container.service"),
    ArmType("Microsoft.ContainerRegistry/registries", "registry.repository"),
    ArmType("Microsoft.Web/sites", "function.function"),
    ArmType("Microsoft.ServiceBus/namespaces/queues", "messaging.queue"),
    ArmType("Microsoft.ServiceBus/namespaces/topics", "messaging.topic"),
    ArmType("Microsoft.EventHub/namespaces/eventhubs", "messaging.stream"),
    ArmType("Microsoft.KeyVault/vaults", "crypto.vault"),
    ArmType("Microsoft.KeyVault/vaults/keys", "crypto.key"),
    ArmType("Microsoft.KeyVault/vaults/secrets", "crypto.secret"),
    ArmType("Microsoft.KeyVault/vaults/certificates", "crypto.certificate", "vault"),
    ArmType("Microsoft.Web/certificates", "crypto.certificate"),
    ArmType("Microsoft.OperationalInsights/workspaces", "log.group"),
    ArmType("Microsoft.Insights/metricAlerts", "monitor.alarm"),
    ArmType("Microsoft.Insights/activityLogAlerts", "monitor.alarm", "activity"),
    ArmType("Microsoft.Insights/diagnosticSettings", "audit.trail"),
    ArmType("Microsoft.Cdn/profiles", "cdn.distribution"),
    ArmType("Microsoft.RecoveryServices/vaults", "backup.vault"),
    ArmType("Microsoft.Authorization/roleAssignments", "identity.binding"),
    ArmType("Microsoft.Authorization/roleDefinitions", "identity.policy"),
    ArmType("Microsoft.Consumption/budgets", "finance.budget"),
    ArmType("Microsoft.Resources/resourceGroups", "account.group"),
)
BY_TYPE = {one.type.lower(): one for one in TYPES}
BY_KIND = {(one.kind, one.mark): one for one in TYPES}
FIXED = {"blobservices": "default", "fileservices": "default"}
"""Parts of a path that have one name only, and are left out of native ids."""


class ArmId(msgspec.Struct, frozen=True):
    """A path of Resource Manager in parts. ``names`` go with the words of ``type`` after the provider's."""

    subscription: str
    group: str  # "" when it is in none
    type: str  # Microsoft.Network/virtualNetworks/subnets, as spelled
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its own name."""
        return self.names[-1]


def parse(path: str) -> ArmId | None:
    """A path -> its parts; None when it is not a resource's path. The last provider counts: a lock is not what it locks."""
    parts = [part for part in path.split("/") if part]
    lower = [part.lower() for part in parts]
    subscription = parts[1].lower() if len(parts) > 1 and lower[0] == "subscriptions" else ""
    group = parts[3] if len(parts) > 3 and lower[2] == "resourcegroups" else ""
    if "providers" not in lower:
        return ArmId(subscription, group, "Microsoft.Resources/resourceGroups", (group,)) if group and len(parts) == 4 else None
    start = len(lower) - 1 - lower[::-1].index("providers")
    rest = parts[start + 1 :]
    if len(rest) < 3 or len(rest) % 2 == 0:
        return None
    return ArmId(subscription, group, "/".join([rest[0], *rest[1::2]]), tuple(rest[2::2]))


def native_id(path: str, kind: str = "") -> str:
    """A path -> our native id, of a resource whose type is in the table (or of ``kind``). "" when it is neither."""
    found = parse(path)
    if found is None:
        return ""
    known = BY_TYPE.get(found.type.lower())
    if known is None and not kind:
        return ""
    if found.type.lower() == "microsoft.resources/resourcegroups":
        return found.group.lower()
    words = found.type.lower().split("/")[1:]
    own = [name for word, name in zip(words, found.names, strict=True) if word not in FIXED]
    mark = known.mark if known else ""
    own[0] = f"{mark}:{own[0]}" if mark else own[0]
    return "/".join([found.group or NO_GROUP, *own]).lower()


def full_id(path: str, region: str) -> str:
    """A path -> our full id, in the subscription that the path names. "" for a type that is in no table."""
    found = parse(path)
    known = BY_TYPE.get(found.type.lower()) if found else None
    if found is None or known is None:
        return ""
    return resource_id(CLOUD, found.subscription, region, known.kind, native_id(path))


def arm_type(kind: str, native: str) -> ArmType | None:
    """The type of a resource of ours."""
    mark = _mark(native)[0]
    return BY_KIND.get((kind, mark))


def arm_path(account: str, kind: str, native: str) -> str:
    """Our names -> the path. Raises ValueError for a resource that has none."""
    found = arm_type(kind, native)
    if found is None:
        raise ValueError(f"{kind}/{native} is no resource of Resource Manager")
    if kind == "account.group":
        return f"/subscriptions/{account}/resourceGroups/{native}"
    group, _, own = _mark(native)[1].partition("/")
    names = iter(own.split("/"))
    provider, *words = found.type.split("/")
    head = f"/subscriptions/{account}" + (f"/resourceGroups/{group}" if group != NO_GROUP else "")
    tail = "/".join(f"{word}/{FIXED.get(word.lower()) or next(names)}" for word in words)
    return f"{head}/providers/{provider}/{tail}"


def path_of(identifier: str) -> str:
    """Our full id -> the path. Raises ValueError for a resource that has none."""
    name = parse_id(identifier)
    return arm_path(name.account, name.kind, name.native_id)


def _mark(native: str) -> tuple[str, str]:
    """``rg/application:gate`` -> (``application``, ``rg/gate``)."""
    group, slash, own = native.partition("/")
    first, colon, rest = own.partition(":")
    if colon and first in MARKS:
        return first, f"{group}{slash}{rest}"
    return "", native


MARKS = frozenset(one.mark for one in TYPES if one.mark)
