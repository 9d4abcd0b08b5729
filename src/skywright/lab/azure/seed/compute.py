"""Machines and their disks, scale sets, clusters, containers and functions."""

from typing import Any

from skywright.lab.azure.seed.town import Body, Site
from skywright.lab.azure.store import Record

SECURE = {
    "securityType": "TrustedLaunch",
    "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
    "encryptionAtHost": True,
}
UBUNTU = {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"}


def disk(
    site: Site, name: str, gib: int = 128, sku: str = "Premium_LRS", *, days: float = 200, os: bool = False, zone: str = "1"
) -> Record:
    """A managed disk, encrypted by the platform, that only private endpoints can export."""
    return site.put(
        f"Microsoft.Compute/disks/{name}",
        {
            "diskSizeGB": gib,
            "diskSizeBytes": gib * 2**30,
            "diskState": "Unattached",
            "diskIOPSReadWrite": 500,
            "diskMBpsReadWrite": 100,
            "creationData": {"createOption": "FromImage" if os else "Empty"},
            "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
            "networkAccessPolicy": "DenyAll",
            "publicNetworkAccess": "Disabled",
            "timeCreated": site.town.stamp(days),
            "uniqueId": site.town.store.guid(),
            **({"osType": "Linux"} if os else {}),
        },
        sku={"name": sku, "tier": sku.split("_", maxsplit=1)[0]},
        zones=[zone],
    )


def card(
    site: Site, name: str, subnet: Record, *, address: Record | None = None, group: Record | None = None, host: int = 4
) -> Record:
    """A network card in a subnet."""
    inner: Body = {
        "privateIPAddress": _address_in(subnet, host),
        "privateIPAllocationMethod": "Dynamic",
        "privateIPAddressVersion": "IPv4",
        "primary": True,
        "provisioningState": "Succeeded",
        "subnet": {"id": subnet.body["id"]},
    }
    if address:
        inner["publicIPAddress"] = {"id": address.body["id"]}
    properties: Body = {
        "resourceGuid": site.town.store.guid(),
        "ipConfigurations": [{"name": "ipconfig1", "properties": inner}],
        "enableAcceleratedNetworking": True,
        "enableIPForwarding": False,
        "primary": True,
        "dnsSettings": {"dnsServers": []},
    }
    if group:
        properties["networkSecurityGroup"] = {"id": group.body["id"]}
    return site.put(f"Microsoft.Network/networkInterfaces/{name}", properties)


def _address_in(subnet: Record, host: int) -> str:
    head = str(subnet.properties["addressPrefix"]).rsplit(".", 1)[0]
    return f"{head}.{host}"


def machine(
    site: Site,
    name: str,
    nic: Record,
    *,
    size: str = "Standard_D2s_v5",
    disks: list[Record] | None = None,
    days: float = 200,
    zone: str = "1",
) -> Record:
    """A virtual machine with an operating system disk of its own, running."""
    boot = disk(site, f"{name}-os", 64, days=days, os=True, zone=zone)
    linux = {"disablePasswordAuthentication": True, "provisionVMAgent": True}
    return site.put(
        f"Microsoft.Compute/virtualMachines/{name}",
        {
            "vmId": site.town.store.guid(),
            "hardwareProfile": {"vmSize": size},
            "storageProfile": _storage(name, boot, disks or []),
            "osProfile": {
                "computerName": name,
                "adminUsername": "operator",
                "linuxConfiguration": linux,
                "allowExtensionOperations": True,
            },
            "networkProfile": {"networkInterfaces": [{"id": nic.body["id"], "properties": {"primary": True}}]},
            "securityProfile": SECURE,
            "diagnosticsProfile": {"bootDiagnostics": {"enabled": True}},
            "timeCreated": site.town.stamp(days),
        },
        power="running",
        zones=[zone],
        identity={"type": "SystemAssigned", "principalId": site.town.store.guid(), "tenantId": site.town.authority.tenant},
    )


def _storage(name: str, boot: Record, disks: list[Record]) -> Body:
    return {
        "imageReference": {**UBUNTU, "exactVersion": "24.04.202509090"},
        "osDisk": {
            "osType": "Linux",
            "name": f"{name}-os",
            "createOption": "FromImage",
            "caching": "ReadWrite",
            "managedDisk": {"storageAccountType": "Premium_LRS", "id": boot.body["id"]},
            "deleteOption": "Detach",
            "diskSizeGB": 64,
        },
        "dataDisks": [
            {
                "lun": lun,
                "name": each.body["name"],
                "createOption": "Attach",
                "caching": "ReadOnly",
                "deleteOption": "Detach",
                "managedDisk": {"storageAccountType": each.body["sku"]["name"], "id": each.body["id"]},
                "diskSizeGB": each.properties["diskSizeGB"],
            }
            for lun, each in enumerate(disks)
        ],
    }


def snapshot(site: Site, name: str, source: str, gib: int = 128, *, days: float = 5) -> Record:
    """A copy of a disk, that is or once was."""
    return site.put(
        f"Microsoft.Compute/snapshots/{name}",
        {
            "diskSizeGB": gib,
            "incremental": True,
            "creationData": {"createOption": "Copy", "sourceResourceId": source},
            "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
            "networkAccessPolicy": "DenyAll",
            "publicNetworkAccess": "Disabled",
            "timeCreated": site.town.stamp(days),
        },
        sku={"name": "Standard_ZRS", "tier": "Standard"},
    )


def scale_set(site: Site, name: str, subnet: Record, capacity: int = 3, zones: list[str] | None = None) -> Record:
    """A uniform scale set."""
    found = site.put(
        f"Microsoft.Compute/virtualMachineScaleSets/{name}",
        {
            "singlePlacementGroup": False,
            "orchestrationMode": "Uniform",
            "upgradePolicy": {"mode": "Automatic", "automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}},
            "uniqueId": site.town.store.guid(),
            "timeCreated": site.town.stamp(150),
            "virtualMachineProfile": {
                "storageProfile": {
                    "imageReference": UBUNTU,
                    "osDisk": {"createOption": "FromImage", "managedDisk": {"storageAccountType": "Premium_LRS"}, "diskSizeGB": 64},
                },
                "osProfile": {
                    "computerNamePrefix": name,
                    "adminUsername": "operator",
                    "linuxConfiguration": {"disablePasswordAuthentication": True},
                },
                "securityProfile": {"securityType": "TrustedLaunch", "encryptionAtHost": True},
                "networkProfile": {
                    "networkInterfaceConfigurations": [
                        {
                            "name": "nic",
                            "properties": {
                                "primary": True,
                                "ipConfigurations": [{"name": "ip", "properties": {"subnet": {"id": subnet.body["id"]}}}],
                            },
                        }
                    ]
                },
            },
        },
        sku={"name": "Standard_D2s_v5", "tier": "Standard", "capacity": capacity},
        zones=["1", "2", "3"] if zones is None else zones,
    )
    if zones == []:
        found.body.pop("zones")
    return found


def cluster(site: Site, name: str, subnet: Record) -> Record:
    """A managed Kubernetes cluster that only known addresses reach."""
    host = f"{name}-dns-{site.chance().randrange(10**8):08d}.hcp.{site.location}.azmk8s.io"
    return site.put(
        f"Microsoft.ContainerService/managedClusters/{name}",
        {
            "powerState": {"code": "Running"},
            "kubernetesVersion": "1.33",
            "currentKubernetesVersion": "1.33.3",
            "dnsPrefix": f"{name}-dns",
            "fqdn": host,
            "agentPoolProfiles": [{**POOL, "vnetSubnetID": subnet.body["id"]}],
            "nodeResourceGroup": f"MC_{site.group}_{name}_{site.location}",
            "enableRBAC": True,
            "disableLocalAccounts": True,
            "aadProfile": {"managed": True, "enableAzureRBAC": True, "tenantID": site.town.authority.tenant},
            "networkProfile": CLUSTER_NETWORK,
            "apiServerAccessProfile": {"authorizedIPRanges": ["198.51.100.0/24"], "enablePrivateCluster": False},
            "autoUpgradeProfile": {"upgradeChannel": "patch", "nodeOSUpgradeChannel": "NodeImage"},
            "securityProfile": {
                "azureKeyVaultKms": {"enabled": True, "keyId": "https://example.invalid/keys/kms"},
                "workloadIdentity": {"enabled": True},
                "imageCleaner": {"enabled": True},
            },
            "oidcIssuerProfile": {"enabled": True},
            "addonProfiles": {"azurepolicy": {"enabled": True}, "omsagent": {"enabled": True, "config": {}}},
        },
        sku={"name": "Base", "tier": "Standard"},
        identity={"type": "SystemAssigned", "principalId": site.town.store.guid()},
        systemData={"createdAt": site.town.stamp(260)},
    )


POOL: Body = {
    "name": "system",
    "count": 3,
    "vmSize": "Standard_D4s_v5",
    "osDiskSizeGB": 128,
    "type": "VirtualMachineScaleSets",
    "mode": "System",
    "osType": "Linux",
    "enableNodePublicIP": False,
    "availabilityZones": ["1", "2", "3"],
    "orchestratorVersion": "1.33",
    "powerState": {"code": "Running"},
    "provisioningState": "Succeeded",
}
CLUSTER_NETWORK: Body = {
    "networkPlugin": "azure",
    "networkPolicy": "cilium",
    "networkDataplane": "cilium",
    "loadBalancerSku": "standard",
    "serviceCidr": "10.240.0.0/16",
    "dnsServiceIP": "10.240.0.10",
    "outboundType": "loadBalancer",
}


def function_app(site: Site, name: str, version: str = "Python|3.12") -> Record:
    """A function app that takes https alone."""
    app = site.put(
        f"Microsoft.Web/sites/{name}",
        {
            "state": "Running",
            "hostNames": [f"{name}.azurewebsites.net"],
            "defaultHostName": f"{name}.azurewebsites.net",
            "enabled": True,
            "httpsOnly": True,
            "publicNetworkAccess": "Disabled",
            "clientCertEnabled": False,
            "reserved": True,
            "lastModifiedTimeUtc": site.town.stamp(20),
            "siteConfig": {
                "linuxFxVersion": version,
                "numberOfWorkers": 1,
                "minTlsVersion": "1.2",
                "ftpsState": "Disabled",
                "http20Enabled": True,
            },
        },
        kind="functionapp,linux",
        identity={"type": "SystemAssigned", "principalId": site.town.store.guid()},
    )
    settings = {
        "linuxFxVersion": version,
        "minTlsVersion": "1.2",
        "scmMinTlsVersion": "1.2",
        "ftpsState": "Disabled",
        "http20Enabled": True,
        "alwaysOn": True,
        "remoteDebuggingEnabled": False,
        "publicNetworkAccess": "Disabled",
    }
    site.part(app, "config/web", settings, location=site.location)
    return app


def container_app(site: Site, name: str, environment: Record, *, external: bool = False) -> Record:
    """A container app, reachable from within its environment."""
    return site.put(
        f"Microsoft.App/containerApps/{name}",
        {
            "managedEnvironmentId": environment.body["id"],
            "environmentId": environment.body["id"],
            "runningStatus": "Running",
            "latestRevisionName": f"{name}--r1",
            "configuration": {
                "activeRevisionsMode": "Single",
                "ingress": {
                    "fqdn": f"{name}.lab.invalid",
                    "external": external,
                    "targetPort": 8080,
                    "transport": "Auto",
                    "allowInsecure": False,
                },
            },
            "template": {
                "containers": [{"name": name, "image": f"registry.invalid/{name}:1.4", "resources": {"cpu": 0.5, "memory": "1Gi"}}],
                "scale": {"minReplicas": 2, "maxReplicas": 8},
            },
        },
        identity={"type": "SystemAssigned", "principalId": site.town.store.guid()},
    )


def environment(site: Site, name: str) -> Record:
    """A managed environment for container apps."""
    return site.put(
        f"Microsoft.App/managedEnvironments/{name}",
        {
            "zoneRedundant": True,
            "vnetConfiguration": {"internal": True},
            "appLogsConfiguration": {"destination": "azure-monitor"},
            "staticIp": "10.20.9.10",
        },
    )


def registry(site: Site, name: str, **properties: Any) -> Record:
    """A registry without an administrator's password."""
    return site.put(
        f"Microsoft.ContainerRegistry/registries/{name}",
        {
            "loginServer": f"{name}.azurecr.io",
            "creationDate": site.town.stamp(400),
            "adminUserEnabled": False,
            "anonymousPullEnabled": False,
            "publicNetworkAccess": "Disabled",
            "zoneRedundancy": "Enabled",
            "dataEndpointEnabled": False,
            "networkRuleBypassOptions": "AzureServices",
            "networkRuleSet": {"defaultAction": "Deny", "ipRules": []},
            "encryption": {"status": "enabled", "keyVaultProperties": {"keyIdentifier": "https://example.invalid/keys/registry"}},
            "policies": {
                "quarantinePolicy": {"status": "disabled"},
                "trustPolicy": {"type": "Notary", "status": "disabled"},
                "retentionPolicy": {"days": 30, "status": "enabled"},
                "exportPolicy": {"status": "disabled"},
            },
            **properties,
        },
        sku={"name": "Premium", "tier": "Premium"},
    )
