"""Where bytes rest: storage accounts, databases, caches, vaults, queues."""

from typing import Any

from skywright.lab.azure.seed.town import Body, Site
from skywright.lab.azure.store import Record


def account(site: Site, name: str, containers: tuple[str, ...] = ("data",), **properties: Any) -> Record:
    """A storage account as one would wish: https, TLS 1.2, no public blobs, no shared keys, versions kept."""
    found = site.put(
        f"Microsoft.Storage/storageAccounts/{name}",
        {
            "minimumTlsVersion": "TLS1_2",
            "allowBlobPublicAccess": False,
            "allowSharedKeyAccess": False,
            "supportsHttpsTrafficOnly": True,
            "publicNetworkAccess": "Disabled",
            "networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []},
            "accessTier": "Hot",
            "creationTime": site.town.stamp(420),
            "encryption": {
                "services": {"blob": {"enabled": True, "keyType": "Account"}, "file": {"enabled": True, "keyType": "Account"}},
                "keySource": "Microsoft.Keyvault",
                "keyvaultproperties": {"keyname": "storage", "keyvaulturi": "https://example.invalid/"},
            },
            "primaryEndpoints": {"blob": f"https://{name}.blob.core.windows.net/"},
            "primaryLocation": site.location,
            "statusOfPrimary": "available",
            **properties,
        },
        kind="StorageV2",
        sku={"name": "Standard_ZRS", "tier": "Standard"},
    )
    blobs = site.part(found, "blobServices/default", dict(BLOBS), sku={"name": "Standard_ZRS", "tier": "Standard"})
    site.part(found, "managementPolicies/default", {"policy": {"rules": [AGEING]}, "lastModifiedTime": site.town.stamp(300)})
    for each in containers:
        container(site, blobs, each)
    logs_to(site, blobs, ("StorageRead", "StorageWrite", "StorageDelete"))
    return found


BLOBS: Body = {
    "isVersioningEnabled": True,
    "deleteRetentionPolicy": {"enabled": True, "days": 14},
    "containerDeleteRetentionPolicy": {"enabled": True, "days": 14},
    "changeFeed": {"enabled": True},
    "cors": {"corsRules": []},
}
AGEING: Body = {
    "name": "old",
    "enabled": True,
    "type": "Lifecycle",
    "definition": {"actions": {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": 365}}}},
}


def container(site: Site, blobs: Record, name: str, public: str = "None") -> Record:
    """A container of blobs."""
    return site.part(
        blobs,
        f"containers/{name}",
        {
            "publicAccess": public,
            "leaseStatus": "Unlocked",
            "leaseState": "Available",
            "lastModifiedTime": site.town.stamp(40),
            "hasImmutabilityPolicy": False,
            "hasLegalHold": False,
            "immutableStorageWithVersioning": {"enabled": False},
            "defaultEncryptionScope": "$account-encryption-key",
            "denyEncryptionScopeOverride": False,
        },
    )


def blobs_of(site: Site, of: Record) -> Record:
    """The blob service of an account."""
    found = site.town.store.get(f"{of.body['id']}/blobServices/default")
    assert found is not None, "every account of the lab has one"
    return found


def logs_to(site: Site, of: Record, categories: tuple[str, ...]) -> Record:
    """Diagnostic settings: these categories go to the log workspace."""
    workspace = site.town.store.of_type("microsoft.operationalinsights/workspaces")[0].body["id"]
    return site.part(
        of,
        "providers/Microsoft.Insights/diagnosticSettings/to-workspace",
        {"workspaceId": workspace, "logs": [{"category": one, "enabled": True} for one in categories], "metrics": []},
    )


def sql(site: Site, name: str, databases: tuple[str, ...] = ("orders",)) -> tuple[Record, list[Record]]:
    """A logical server and its databases."""
    server = site.put(
        f"Microsoft.Sql/servers/{name}",
        {
            "administratorLogin": "gatekeeper",
            "version": "12.0",
            "state": "Ready",
            "fullyQualifiedDomainName": f"{name}.database.windows.net",
            "minimalTlsVersion": "1.2",
            "publicNetworkAccess": "Disabled",
            "restrictOutboundNetworkAccess": "Disabled",
            "administrators": {
                "administratorType": "ActiveDirectory",
                "principalType": "Group",
                "login": "database-admins",
                "azureADOnlyAuthentication": True,
            },
        },
        kind="v12.0",
    )
    site.part(server, "auditingSettings/default", {"state": "Enabled", "isAzureMonitorTargetEnabled": True, "retentionDays": 0})
    site.part(server, "azureADOnlyAuthentications/Default", {"azureADOnlyAuthentication": True})
    lock(site, server, "keep")
    return server, [_database(site, server, each) for each in databases]


def _database(site: Site, server: Record, name: str) -> Record:
    found = site.put(
        f"Microsoft.Sql/servers/{server.body['name']}/databases/{name}",
        {
            "status": "Online",
            "collation": "SQL_Latin1_General_CP1_CI_AS",
            "maxSizeBytes": 34359738368,
            "databaseId": site.town.store.guid(),
            "creationDate": site.town.stamp(300),
            "zoneRedundant": True,
            "licenseType": "LicenseIncluded",
            "currentServiceObjectiveName": "GP_Gen5_2",
            "requestedServiceObjectiveName": "GP_Gen5_2",
            "currentBackupStorageRedundancy": "Zone",
            "readScale": "Disabled",
        },
        sku={"name": "GP_Gen5", "tier": "GeneralPurpose", "family": "Gen5", "capacity": 2},
        kind="v12.0,user,vcore",
    )
    site.part(found, "transparentDataEncryption/current", {"state": "Enabled"})
    site.part(found, "backupShortTermRetentionPolicies/default", {"retentionDays": 14, "diffBackupIntervalInHours": 12})
    site.part(found, "auditingSettings/default", {"state": "Enabled", "isAzureMonitorTargetEnabled": True})
    logs_to(site, found, ("SQLSecurityAuditEvents", "Errors"))
    return found


def postgres(site: Site, name: str, engine: str = "Microsoft.DBforPostgreSQL") -> Record:
    """A flexible server in a network of its own."""
    found = site.put(
        f"{engine}/flexibleServers/{name}",
        {
            "version": "16" if "Postgre" in engine else "8.0.21",
            "minorVersion": "4",
            "state": "Ready",
            "administratorLogin": "gatekeeper",
            "fullyQualifiedDomainName": f"{name}.postgres.database.azure.com",
            "storage": {"storageSizeGB": 128, "autoGrow": "Enabled", "tier": "P10", "iops": 500, "type": ""},
            "backup": {"backupRetentionDays": 14, "geoRedundantBackup": "Enabled"},
            "network": {"publicNetworkAccess": "Disabled"},
            "highAvailability": {"mode": "ZoneRedundant", "state": "Healthy"},
            "authConfig": {"activeDirectoryAuth": "Enabled", "passwordAuth": "Disabled"},
            "dataEncryption": {"type": "AzureKeyVault"},
            "maintenanceWindow": {"customWindow": "Enabled", "dayOfWeek": 0, "startHour": 2, "startMinute": 0},
            "availabilityZone": "1",
        },
        sku={"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"},
        systemData={"createdAt": site.town.stamp(250)},
    )
    for setting, value in (("require_secure_transport", "on"), ("ssl_min_protocol_version", "TLSv1.2"), ("log_checkpoints", "on")):
        site.part(
            found,
            f"configurations/{setting}",
            {"value": value, "defaultValue": "on", "source": "user-override", "dataType": "Boolean"},
        )
    lock(site, found, "keep")
    logs_to(site, found, ("PostgreSQLLogs",))
    return found


def redis(site: Site, name: str, **properties: Any) -> Record:
    """A cache that takes TLS alone."""
    return site.put(
        f"Microsoft.Cache/redis/{name}",
        {
            "sku": {"name": "Premium", "family": "P", "capacity": 1},
            "hostName": f"{name}.redis.cache.windows.net",
            "port": 6379,
            "sslPort": 6380,
            "enableNonSslPort": False,
            "minimumTlsVersion": "1.2",
            "redisVersion": "6.0",
            "publicNetworkAccess": "Disabled",
            "disableAccessKeyAuthentication": False,
            "replicasPerMaster": 1,
            "updateChannel": "Stable",
            "redisConfiguration": {
                "rdb-backup-enabled": "true",
                "rdb-backup-frequency": "1440",
                "rdb-backup-max-snapshot-count": "1",
                "maxmemory-policy": "volatile-lru",
            },
            "instances": [{"isMaster": True}, {"isMaster": False}],
            **properties,
        },
        zones=["1", "2"],
    )


def cosmos(site: Site, name: str, **properties: Any) -> Record:
    """A Cosmos DB account."""
    found = site.put(
        f"Microsoft.DocumentDB/databaseAccounts/{name}",
        {
            "databaseAccountOfferType": "Standard",
            "documentEndpoint": f"https://{name}.documents.azure.com:443/",
            "publicNetworkAccess": "Disabled",
            "disableLocalAuth": True,
            "minimalTlsVersion": "Tls12",
            "isVirtualNetworkFilterEnabled": False,
            "ipRules": [],
            "virtualNetworkRules": [],
            "enableAutomaticFailover": True,
            "consistencyPolicy": {"defaultConsistencyLevel": "Session"},
            "locations": [{"locationName": site.location, "failoverPriority": 0, "isZoneRedundant": True}],
            "backupPolicy": {"type": "Continuous", "continuousModeProperties": {"tier": "Continuous30Days"}},
            "keyVaultKeyUri": "https://example.invalid/keys/cosmos",
            "capabilities": [],
            **properties,
        },
        kind="GlobalDocumentDB",
        systemData={"createdAt": site.town.stamp(310)},
    )
    lock(site, found, "keep")
    return found


def vault(site: Site, name: str, **properties: Any) -> Record:
    """A key vault that nothing can be purged from, with a key and a secret."""
    found = site.put(
        f"Microsoft.KeyVault/vaults/{name}",
        {
            "sku": {"family": "A", "name": "standard"},
            "tenantId": site.town.authority.tenant,
            "accessPolicies": [],
            "enabledForDeployment": False,
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": 90,
            "enablePurgeProtection": True,
            "enableRbacAuthorization": True,
            "vaultUri": f"https://{name}.vault.azure.net/",
            "publicNetworkAccess": "Disabled",
            "networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []},
            **properties,
        },
    )
    logs_to(site, found, ("AuditEvent",))
    _kept(site, found, name)
    return found


def _kept(site: Site, of: Record, name: str) -> None:
    """A key that turns by itself, and a secret that was renewed lately."""
    made = int(site.town.now.timestamp()) - 200 * 86400
    host = f"https://{name}.vault.azure.net"
    turn = {
        "lifetimeActions": [{"action": {"type": "rotate"}, "trigger": {"timeAfterCreate": "P90D"}}],
        "attributes": {"expiryTime": "P1Y"},
    }
    times = {"enabled": True, "created": made, "updated": made, "exp": made + 900 * 86400}
    key = {
        "attributes": {**times, "recoveryLevel": "Recoverable+ProtectedSubscription"},
        "kty": "RSA",
        "keySize": 3072,
        "keyOps": ["encrypt", "decrypt", "wrapKey", "unwrapKey"],
        "rotationPolicy": turn,
        "keyUri": f"{host}/keys/storage",
    }
    site.part(of, "keys/storage", key, location=site.location)
    lately = made + 160 * 86400
    secret = {
        "attributes": {**times, "created": lately, "updated": lately},
        "contentType": "text/plain",
        "secretUri": f"{host}/secrets/connection",
    }
    site.part(of, "secrets/connection", secret, location=site.location)


def bus(site: Site, name: str, *, hub: bool = False, **properties: Any) -> Record:
    """A Service Bus or Event Hubs namespace with a queue and a topic, or an event hub."""
    space = "Microsoft.EventHub" if hub else "Microsoft.ServiceBus"
    found = site.put(
        f"{space}/namespaces/{name}",
        {
            "minimumTlsVersion": "1.2",
            "publicNetworkAccess": "Disabled",
            "disableLocalAuth": True,
            "zoneRedundant": True,
            "createdAt": site.town.stamp(280),
            "status": "Active",
            "serviceBusEndpoint": f"https://{name}.servicebus.windows.net:443/",
            "encryption": {"keySource": "Microsoft.KeyVault", "requireInfrastructureEncryption": True},
            **properties,
        },
        sku={"name": "Premium", "tier": "Premium", "capacity": 1},
    )
    if hub:
        site.part(
            found,
            "eventhubs/clicks",
            {"messageRetentionInDays": 7, "partitionCount": 4, "status": "Active", "createdAt": site.town.stamp(250)},
        )
        return found
    lines = {"maxSizeInMegabytes": 1024, "status": "Active", "createdAt": site.town.stamp(250), "defaultMessageTimeToLive": "P14D"}
    site.part(
        found,
        "queues/jobs",
        {**lines, "deadLetteringOnMessageExpiration": True, "maxDeliveryCount": 10, "messageCount": 4, "requiresSession": False},
    )
    site.part(found, "topics/news", {**lines, "subscriptionCount": 2, "supportOrdering": True})
    return found


def lock(site: Site, of: Record, name: str, level: str = "CanNotDelete") -> Record:
    """A management lock."""
    return site.part(of, f"providers/Microsoft.Authorization/locks/{name}", {"level": level, "notes": "kept by its owner"})
