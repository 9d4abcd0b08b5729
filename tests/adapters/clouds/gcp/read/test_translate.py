"""One resource of each type, true to Google's schema -> the row that the rules read. The expected columns are written by hand."""

from datetime import datetime
from typing import Any

import pytest
from tests.adapters.clouds.gcp.read._schema import checked

from skywright.adapters.clouds.gcp.read import (
    accounts,
    audit,
    buckets,
    containers,
    crypto,
    databases,
    edge,
    firewalls,
    functions,
    gateways,
    identity,
    instances,
    messaging,
    network,
    recipes,
    stores,
    volumes,
)
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.gcp.read.targets import Carriers, Rules
from skywright.model.kinds.cluster import Port
from skywright.model.kinds.network import FirewallRule, Route

HERE = Place("shop", "europe-west1", "42")
G = "https://www.googleapis.com/compute/v1/projects/shop"
ZONE = f"{G}/zones/europe-west1-b"
KEY = "projects/shop/locations/europe-west1/keyRings/ring/cryptoKeys/data"
KEY_ID = "gcp:shop:europe-west1:crypto.key/ring/data"
VPC = "gcp:shop:global:network.vpc/main"
NETWORK = f"{G}/global/networks/main"
NOBODY: dict[str, Any] = {}
EVERYONE = {"bindings": [{"role": "roles/viewer", "members": ["user:a@b.example", "allUsers"]}]}
MADE = datetime(2026, 1, 2, 3, 4, 5)

INSTANCE = {
    "name": "web",
    "id": "77",
    "selfLink": f"{ZONE}/instances/web",
    "zone": ZONE,
    "status": "TERMINATED",
    "creationTimestamp": "2026-01-01T19:04:05.000-08:00",
    "lastStartTimestamp": "2026-02-01T00:00:00Z",
    "lastStopTimestamp": "2026-02-02T00:00:00.5Z",
    "machineType": f"{ZONE}/machineTypes/e2-small",
    "labels": {"owner": "search"},
    "tags": {"items": ["web"]},
    "deletionProtection": True,
    "canIpForward": True,
    "scheduling": {"provisioningModel": "SPOT"},
    "serviceAccounts": [{"email": "42-compute@developer.gserviceaccount.com"}],
    "disks": [{"boot": True, "source": f"{ZONE}/disks/web", "licenses": [f"{G}/global/licenses/windows-server-2022-dc"]}],
    "metadata": {
        "items": [
            {"key": "created-by", "value": "projects/42/zones/europe-west1-b/instanceGroupManagers/webs"},
            {"key": "startup-script", "value": "export PASSWORD=hunter2"},
        ]
    },
    "networkInterfaces": [
        {
            "name": "nic0",
            "network": NETWORK,
            "subnetwork": f"{G}/regions/europe-west1/subnetworks/front",
            "networkIP": "10.0.0.2",
            "accessConfigs": [{"name": "External NAT", "natIP": "203.0.113.9"}],
        }
    ],
}
RULE = {
    "name": "ssh",
    "selfLink": f"{G}/global/firewalls/ssh",
    "network": NETWORK,
    "direction": "INGRESS",
    "priority": 900,
    "sourceRanges": ["0.0.0.0/0"],
    "sourceTags": ["bastion"],
    "targetTags": ["web"],
    "allowed": [{"IPProtocol": "tcp", "ports": ["22", "8000-8080"]}, {"IPProtocol": "58"}],
    "logConfig": {"enable": True},
}
SUBNET = {
    "name": "front",
    "selfLink": f"{G}/regions/europe-west1/subnetworks/front",
    "region": f"{G}/regions/europe-west1",
    "network": NETWORK,
    "ipCidrRange": "10.0.0.0/24",
    "privateIpGoogleAccess": True,
    "logConfig": {"enable": True},
}
SQL = {
    "name": "orders",
    "project": "shop",
    "region": "europe-west1",
    "gceZone": "europe-west1-b",
    "state": "RUNNABLE",
    "databaseVersion": "POSTGRES_12",
    "createTime": "2026-01-02T03:04:05Z",
    "rootPassword": "hunter2",
    "settings": {
        "tier": "db-custom-2-7680",
        "activationPolicy": "ALWAYS",
        "availabilityType": "REGIONAL",
        "dataDiskType": "PD_SSD",
        "dataDiskSizeGb": "100",
        "deletionProtectionEnabled": True,
        "userLabels": {"owner": "orders"},
        "databaseFlags": [{"name": "cloudsql.iam_authentication", "value": "on"}],
        "backupConfiguration": {
            "enabled": True,
            "pointInTimeRecoveryEnabled": True,
            "backupRetentionSettings": {"retainedBackups": 14, "retentionUnit": "COUNT"},
        },
        "ipConfiguration": {
            "ipv4Enabled": True,
            "sslMode": "ENCRYPTED_ONLY",
            "authorizedNetworks": [{"value": "198.51.100.0/24"}],
            "privateNetwork": "projects/shop/global/networks/main",
        },
    },
}
GKE = {
    "name": "main",
    "location": "europe-west1",
    "status": "RUNNING",
    "createTime": "2026-01-02T03:04:05+00:00",
    "currentMasterVersion": "1.31.5-gke.100",
    "endpoint": "203.0.113.4",
    "currentNodeCount": 3,
    "resourceLabels": {"owner": "platform"},
    "masterAuth": {"clientKey": "hunter2", "clientCertificateConfig": {"issueClientCertificate": False}},
    "masterAuthorizedNetworksConfig": {"enabled": True, "cidrBlocks": [{"cidrBlock": "198.51.100.0/24"}]},
    "privateClusterConfig": {"enablePrivateNodes": True, "privateEndpoint": "10.0.0.2"},
    "databaseEncryption": {"state": "ENCRYPTED", "keyName": KEY},
    "loggingConfig": {"componentConfig": {"enableComponents": ["SYSTEM_COMPONENTS", "WORKLOADS"]}},
    "networkConfig": {"network": "projects/shop/global/networks/main", "datapathProvider": "ADVANCED_DATAPATH"},
    "nodePools": [
        {
            "name": "pool",
            "management": {"autoUpgrade": True},
            "config": {
                "serviceAccount": "nodes@shop.iam.gserviceaccount.com",
                "workloadMetadataConfig": {"mode": "GKE_METADATA"},
            },
        }
    ],
}
BUCKET = {
    "name": "shop-docs",
    "location": "EUROPE-WEST1",
    "storageClass": "STANDARD",
    "timeCreated": "2026-01-02T03:04:05Z",
    "versioning": {"enabled": True},
    "encryption": {"defaultKmsKeyName": KEY},
    "iamConfiguration": {"publicAccessPrevention": "inherited", "uniformBucketLevelAccess": {"enabled": False}},
    "logging": {"logBucket": "shop-logs", "logObjectPrefix": "x"},
    "lifecycle": {"rule": [{"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 1}}]},
    "retentionPolicy": {"retentionPeriod": "864000", "isLocked": True},
    "softDeletePolicy": {"retentionDurationSeconds": "604800"},
    "acl": [{"entity": "allUsers", "role": "READER"}],
}
RUN = {
    "name": "projects/shop/locations/europe-west1/services/api",
    "ingress": "INGRESS_TRAFFIC_ALL",
    "createTime": "2026-01-02T03:04:05Z",
    "terminalCondition": {"type": "Ready", "state": "CONDITION_SUCCEEDED"},
    "template": {
        "serviceAccount": "api@shop.iam.gserviceaccount.com",
        "scaling": {"minInstanceCount": 1, "maxInstanceCount": 5},
        "containers": [
            {
                "image": "europe-west1-docker.pkg.dev/shop/images/api:1",
                "ports": [{"containerPort": 8080}],
                "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}},
                "env": [{"name": "TOKEN", "value": "hunter2"}],
            }
        ],
    },
}
FUNCTION = {
    "name": "projects/shop/locations/europe-west1/functions/hook",
    "state": "ACTIVE",
    "buildConfig": {"runtime": "python39", "environmentVariables": {"X": "hunter2"}},
    "serviceConfig": {
        "availableMemory": "256M",
        "timeoutSeconds": 60,
        "environmentVariables": {"TOKEN": "hunter2"},
        "secretEnvironmentVariables": [{"key": "PASS", "secret": "pass"}],
        "serviceAccountEmail": "hook@shop.iam.gserviceaccount.com",
    },
}
KMS = {
    "name": "projects/shop/locations/eu/keyRings/ring/cryptoKeys/data",
    "purpose": "ENCRYPT_DECRYPT",
    "rotationPeriod": "7776000s",
    "createTime": "2026-01-02T03:04:05Z",
    "primary": {"state": "DESTROY_SCHEDULED", "destroyTime": "2026-05-01T00:00:00Z"},
    "versionTemplate": {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE"},
}
SA_KEY = {
    "name": "projects/shop/serviceAccounts/ci@shop.iam.gserviceaccount.com/keys/abc",
    "keyType": "USER_MANAGED",
    "validAfterTime": "2025-01-02T03:04:05Z",
    "privateKeyData": "hunter2",
}
ROLE = {"name": "projects/shop/roles/deployer", "title": "Deployer", "includedPermissions": ["iam.serviceAccounts.actAs", "a.b.c"]}
SINK = {"name": "to-bucket", "destination": "storage.googleapis.com/shop-logs", "filter": 'logName:"cloudaudit.googleapis.com"'}
LOGS = {"name": "projects/shop/locations/global/buckets/_Default", "retentionDays": 30, "lifecycleState": "ACTIVE"}
REDIS = {
    "name": "projects/shop/locations/europe-west1/instances/sessions",
    "tier": "STANDARD_HA",
    "memorySizeGb": 2,
    "replicaCount": 1,
    "redisVersion": "REDIS_4_0",
    "state": "READY",
    "authEnabled": True,
    "transitEncryptionMode": "SERVER_AUTHENTICATION",
    "authorizedNetwork": "projects/shop/global/networks/main",
    "persistenceConfig": {"persistenceMode": "DISABLED"},
}
SUBSCRIPTION = {
    "name": "projects/shop/subscriptions/mail",
    "topic": "projects/shop/topics/orders",
    "messageRetentionDuration": "604800s",
    "deadLetterPolicy": {"deadLetterTopic": "projects/shop/topics/dead"},
    "pushConfig": {"pushEndpoint": "http://hook.example/"},
}
ROUTES = [
    {
        "name": "out",
        "network": NETWORK,
        "destRange": "0.0.0.0/0",
        "priority": 1000,
        "nextHopGateway": f"{G}/default-internet-gateway",
    },
    {"name": "peer", "network": NETWORK, "destRange": "10.9.0.0/16", "priority": 0, "nextHopPeering": "to-data"},
    {
        "name": "own",
        "network": NETWORK,
        "destRange": "10.0.0.0/24",
        "priority": 0,
        "nextHopNetwork": NETWORK,
        "routeStatus": "ACTIVE",
    },
]
NET = {"name": "main", "selfLink": NETWORK, "autoCreateSubnetworks": False}
PEERED = {
    **NET,
    "peerings": [{"name": "to-data", "network": f"{G.replace('shop', 'data')}/global/networks/lake", "state": "ACTIVE"}],
}
ADDRESS = {
    "name": "front",
    "address": "203.0.113.9",
    "addressType": "EXTERNAL",
    "region": f"{G}/regions/europe-west1",
    "status": "IN_USE",
    "users": [f"{ZONE}/instances/web"],
}
ROUTER = {
    "name": "router",
    "region": f"{G}/regions/europe-west1",
    "network": NETWORK,
    "nats": [{"name": "out", "natIpAllocateOption": "AUTO_ONLY", "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES"}],
}
DISK = {
    "name": "web",
    "zone": ZONE,
    "status": "READY",
    "type": f"{ZONE}/diskTypes/pd-ssd",
    "sizeGb": "50",
    "users": [f"{ZONE}/instances/web"],
    "diskEncryptionKey": {"kmsKeyName": f"{KEY}/cryptoKeyVersions/1"},
}
SNAPSHOT = {"name": "copy", "status": "READY", "diskSizeGb": "50", "sourceDisk": f"{ZONE}/disks/web"}
DATASET = {
    "datasetReference": {"datasetId": "sales", "projectId": "shop"},
    "location": "EU",
    "creationTime": "1767323045000",
    "access": [{"role": "READER", "specialGroup": "allAuthenticatedUsers"}],
}
MIG = {
    "name": "webs",
    "zone": ZONE,
    "targetSize": 2,
    "instanceTemplate": f"{G}/global/instanceTemplates/web-v1",
    "status": {"isStable": True},
    "autoHealingPolicies": [{"healthCheck": f"{G}/global/healthChecks/web"}],
}
SCALER = {"name": "webs", "autoscalingPolicy": {"minNumReplicas": 1, "maxNumReplicas": 4}}
TEMPLATE = {
    "name": "web-v1",
    "properties": {"machineType": "e2-small", "networkInterfaces": [{"accessConfigs": [{"type": "ONE_TO_ONE_NAT"}]}]},
}
PROJECT = {"name": "projects/42", "projectId": "shop", "state": "ACTIVE", "parent": "folders/7", "displayName": "Shop"}
COMMITMENT = {
    "name": "cpus",
    "region": f"{G}/regions/europe-west1",
    "status": "ACTIVE",
    "type": "GENERAL_PURPOSE",
    "plan": "TWELVE_MONTH",
    "endTimestamp": "2027-01-02T03:04:05Z",
    "resources": [{"type": "VCPU", "amount": "16"}],
}
REPOSITORY = {
    "name": "projects/shop/locations/eu/repositories/images",
    "format": "DOCKER",
    "registryUri": "eu-docker.pkg.dev/shop/images",
    "dockerConfig": {"immutableTags": True},
    "cleanupPolicies": {"old": {"action": "DELETE"}},
}
CERTIFICATE = {
    "name": "shop",
    "type": "MANAGED",
    "expireTime": "2026-05-01T00:00:00.000-07:00",
    "managed": {"domains": ["shop.example"], "status": "ACTIVE"},
}
SECRET = {"name": "projects/42/secrets/licence", "replication": {"automatic": {}}, "rotation": {"rotationPeriod": "2592000s"}}
ZONE_DNS = {"name": "shop", "dnsName": "shop.example.", "visibility": "public", "dnssecConfig": {"state": "on"}}
ENDPOINT = {
    "name": "projects/42/locations/europe-west1/endpoints/1",
    "displayName": "Ranking",
    "deployedModels": [{"dedicatedResources": {"minReplicaCount": 2}}],
}

CARRIERS = Carriers([INSTANCE], HERE)
SHAPE = {"name": "e2-small", "guestCpus": 2, "memoryMb": 2048, "isSharedCpu": True, "architecture": "X86_64"}
Case = tuple[str, str, dict[str, Any], Any, dict[str, Any]]

CASES: list[Case] = [
    (
        "compute",
        "Instance",
        INSTANCE,
        lambda raw: instances.instance(
            raw, HERE, checked("compute", "MachineType", SHAPE), Rules([RULE], HERE), f"{G}/global/images/base"
        ),
        {
            "id": "gcp:shop:europe-west1:compute.instance/europe-west1-b/web",
            "name": "web",
            "state": "stopped",
            "created_at": MADE,
            "stopped_at": datetime(2026, 2, 2, 0, 0, 0, 500000),
            "tags": {"owner": "search"},
            "type": "e2-small",
            "vcpus": 2,
            "memory_mib": 2048,
            "architecture": "x86_64",
            "platform": "Windows",
            "lifecycle": "spot",
            "burstable": True,
            "zone": "europe-west1-b",
            "vpc": VPC,
            "subnet": "gcp:shop:europe-west1:network.subnet/front",
            "private_ip": "10.0.0.2",
            "public_ip": "203.0.113.9",
            "role": "gcp:shop:global:identity.user/42-compute@developer.gserviceaccount.com",
            "scaling_group": "gcp:shop:europe-west1:compute.group/europe-west1-b/webs",
            "firewalls": ["gcp:shop:global:network.firewall/ssh"],
            "volumes": ["gcp:shop:europe-west1:storage.volume/europe-west1-b/web"],
            "image": "gcp:shop:global:compute.image/base",
            "termination_protected": True,
        },
    ),
    (
        "compute",
        "Instance",
        INSTANCE,
        lambda raw: instances.card(raw, 0, HERE, Rules([RULE], HERE)),
        {
            "id": "gcp:shop:europe-west1:network.interface/europe-west1-b/web/nic0",
            "attached_to": "gcp:shop:europe-west1:compute.instance/europe-west1-b/web",
            "source_check": False,
            "public_ip": "203.0.113.9",
            "firewalls": ["gcp:shop:global:network.firewall/ssh"],
        },
    ),
    (
        "compute",
        "Firewall",
        RULE,
        lambda raw: firewalls.firewall(raw, HERE, CARRIERS, whole=True),
        {
            "vpc": VPC,
            "evaluation": "pool",
            "enabled": True,
            "logging": True,
            "target_tags": ["web"],
            "applies_to": ["gcp:shop:europe-west1:compute.instance/europe-west1-b/web"],
            "used_by": 1,
            "denials": [],
            "rules": [
                FirewallRule("ingress", "tcp", 22, 22, "0.0.0.0/0", None, None, 900),
                FirewallRule("ingress", "tcp", 22, 22, None, "tag:bastion", None, 900),
                FirewallRule("ingress", "tcp", 8000, 8080, "0.0.0.0/0", None, None, 900),
                FirewallRule("ingress", "tcp", 8000, 8080, None, "tag:bastion", None, 900),
                FirewallRule("ingress", "icmpv6", None, None, "0.0.0.0/0", None, None, 900),
                FirewallRule("ingress", "icmpv6", None, None, None, "tag:bastion", None, 900),
            ],
        },
    ),
    (
        "compute",
        "Firewall",
        {**RULE, "disabled": True, "targetTags": ["db"]},
        lambda raw: firewalls.firewall(raw, HERE, CARRIERS, whole=True),
        {"enabled": False, "rules": [], "denials": [], "used_by": 0, "applies_to": []},
    ),
    (
        "compute",
        "Firewall",
        {"name": "no", "network": NETWORK, "direction": "EGRESS", "priority": 0, "denied": [{"IPProtocol": "all"}]},
        lambda raw: firewalls.firewall(raw, HERE, CARRIERS, whole=True),
        {
            "rules": [],
            "denials": [FirewallRule("egress", "all", None, None, "0.0.0.0/0", None, None, 0)],
            "target_tags": [],
            "applies_to": None,
            "used_by": 1,
        },
    ),
    (
        "compute",
        "Firewall",
        {"name": "shared", "network": f"{G}/global/networks/other", "targetServiceAccounts": ["x@y"]},
        lambda raw: firewalls.firewall(raw, HERE, CARRIERS, whole=False),
        {"target_tags": None, "applies_to": [], "used_by": None},
    ),
    (
        "compute",
        "Subnetwork",
        SUBNET,
        lambda raw: network.subnet(raw, HERE, 9),
        {"vpc": VPC, "cidr": "10.0.0.0/24", "private_access": True, "flow_logs": True, "free_addresses": 9, "auto_public_ip": None},
    ),
    (
        "compute",
        "Network",
        NET,
        lambda raw: network.vpc(raw, HERE, [SUBNET, {**SUBNET, "logConfig": {"enable": False}}], host=False),
        {"flow_logs": False, "is_default": False, "shared": False, "cidrs": ["10.0.0.0/24"], "closed": True},
    ),
    (
        "compute",
        "Network",
        NET,
        lambda raw: network.route_table(raw, [checked("compute", "Route", one) for one in ROUTES], HERE),
        {
            "id": "gcp:shop:global:network.route/main",
            "main": True,
            "vpc": VPC,
            "routes": [
                Route("10.0.0.0/24", "local", "active", 0),
                Route("10.9.0.0/16", "gcp:shop:global:network.peering/main/to-data", "active", 0),
                Route("0.0.0.0/0", "internet", "active", 1000),
            ],
        },
    ),
    (
        "compute",
        "Network",
        PEERED,
        lambda raw: network.peering(raw, raw["peerings"][0], HERE),
        {
            "id": "gcp:shop:global:network.peering/main/to-data",
            "state": "active",
            "vpc": VPC,
            "peer_vpc": "gcp:data:global:network.vpc/lake",
            "peer_account": "data",
            "forwards": False,
        },
    ),
    (
        "compute",
        "Address",
        ADDRESS,
        lambda raw: gateways.address(raw, HERE),
        {"attached": True, "attached_to": "gcp:shop:europe-west1:compute.instance/europe-west1-b/web", "state": "in-use"},
    ),
    (
        "compute",
        "Router",
        ROUTER,
        lambda raw: gateways.nat(raw, raw["nats"][0], HERE, [SUBNET], []),
        {
            "id": "gcp:shop:europe-west1:network.gateway/router/out",
            "type": "nat",
            "public_ip": "",
            "subnets": ["gcp:shop:europe-west1:network.subnet/front"],
            "logging": False,
        },
    ),
    (
        "compute",
        "Disk",
        DISK,
        lambda raw: volumes.volume(raw, HERE),
        {"state": "in-use", "type": "pd-ssd", "size_gib": 50, "encrypted": True, "key": KEY_ID, "attached": True},
    ),
    (
        "compute",
        "Disk",
        {"name": "old", "zone": ZONE, "status": "READY"},
        lambda raw: volumes.volume(raw, HERE),
        {"state": "available", "attached": False, "attached_to": "", "key": ""},
    ),
    (
        "compute",
        "Snapshot",
        SNAPSHOT,
        lambda raw: volumes.snapshot(raw, HERE, EVERYONE),
        {
            "volume": "gcp:shop:europe-west1:storage.volume/europe-west1-b/web",
            "public": True,
            "shared_with": ["allUsers", "user:a@b.example"],
        },
    ),
    (
        "compute",
        "InstanceGroupManager",
        MIG,
        lambda raw: recipes.group(
            raw, HERE, recipes.Around(checked("compute", "Autoscaler", SCALER), [f"{ZONE}/instances/web"], [], {"owner": "a"})
        ),
        {
            "min_size": 1,
            "max_size": 4,
            "desired": 2,
            "instances": ["gcp:shop:europe-west1:compute.instance/europe-west1-b/web"],
            "zones": ["europe-west1-b"],
            "health_check": "balancer",
            "template": "gcp:shop:global:compute.template/web-v1",
            "tags": {"owner": "a"},
            "state": "stable",
        },
    ),
    (
        "compute",
        "InstanceTemplate",
        TEMPLATE,
        lambda raw: recipes.template(raw, HERE),
        {"type": "e2-small", "public_ip": True, "volumes_encrypted": True},
    ),
    (
        "compute",
        "Image",
        {"name": "golden", "status": "READY"},
        lambda raw: recipes.image(raw, HERE, EVERYONE),
        {"public": True, "state": "available"},
    ),
    (
        "storage",
        "Bucket",
        BUCKET,
        lambda raw: buckets.bucket(raw, HERE, EVERYONE, forbidden=False),
        {
            "id": "gcp:shop:europe-west1:storage.bucket/shop-docs",
            "public_policy": True,
            "public_acl": True,
            "block_public_acls": False,
            "restrict_public_buckets": False,
            "encryption": "key",
            "key": KEY_ID,
            "versioning": "on",
            "access_logging": True,
            "log_bucket": "shop-logs",
            "lifecycle_rules": 1,
            "incomplete_uploads_expire": True,
            "object_lock": True,
            "acls_disabled": False,
            "retention_days": 10,
            "soft_delete_days": 7,
            "storage_class": "standard",
        },
    ),
    (
        "storage",
        "Bucket",
        {"name": "b", "location": "EU", "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}}},
        lambda raw: buckets.bucket(raw, HERE, None, forbidden=True),
        {
            "id": "gcp:shop:global:storage.bucket/eu/b",
            "public_policy": None,
            "public_acl": False,
            "policy": None,
            "block_public_policy": True,
            "restrict_public_buckets": True,
            "encryption": "provider",
            "versioning": "off",
        },
    ),
    (
        "sqladmin",
        "DatabaseInstance",
        SQL,
        lambda raw: databases.database(raw, HERE),
        {
            "state": "available",
            "engine": "postgres",
            "engine_version": "12",
            "type": "db-custom-2-7680",
            "storage_type": "pd-ssd",
            "storage_gib": 100,
            "multi_zone": True,
            "public": True,
            "backup_retention_days": 14,
            "deletion_protected": True,
            "iam_authentication": True,
            "port": 5432,
            "vpc": VPC,
            "authorized_cidrs": ["198.51.100.0/24"],
            "tls_required": True,
            "point_in_time_recovery": True,
            "tags": {"owner": "orders"},
        },
    ),
    (
        "sqladmin",
        "DatabaseInstance",
        {
            "name": "r",
            "region": "us-east1",
            "state": "RUNNABLE",
            "databaseVersion": "MYSQL_8_0_31",
            "settings": {"activationPolicy": "NEVER"},
        },
        lambda raw: databases.database(raw, HERE),
        {"state": "stopped", "engine": "mysql", "engine_version": "8.0.31", "backup_retention_days": 0, "public": None},
    ),
    (
        "bigquery",
        "Dataset",
        DATASET,
        lambda raw: databases.warehouse(raw, HERE),
        {"id": "gcp:shop:global:database.warehouse/eu/sales", "public": True, "snapshot_retention_days": 7, "created_at": MADE},
    ),
    (
        "container",
        "Cluster",
        GKE,
        lambda raw: containers.cluster(raw, HERE),
        {
            "version": "1.31.5-gke.100",
            "endpoint_public": True,
            "endpoint_private": True,
            "public_cidrs": ["198.51.100.0/24"],
            "secrets_encrypted": True,
            "log_types": ["audit", "system_components", "workloads"],
            "role": "gcp:shop:global:identity.user/nodes@shop.iam.gserviceaccount.com",
            "vpc": VPC,
            "nodes_desired": 3,
            "network_policy": True,
            "local_accounts": False,
            "rbac": True,
            "auto_upgrade": True,
            "private_nodes": True,
            "metadata_concealed": True,
        },
    ),
    (
        "container",
        "Cluster",
        {"name": "z", "location": "europe-west1-b", "legacyAbac": {"enabled": True}, "autopilot": {"enabled": True}},
        lambda raw: containers.cluster(raw, HERE),
        {"native_id": "europe-west1-b/z", "public_cidrs": ["0.0.0.0/0"], "rbac": False, "nodes_desired": None},
    ),
    (
        "run",
        "GoogleCloudRunV2Service",
        RUN,
        lambda raw: containers.service(raw, HERE, {"bindings": [{"role": "roles/run.invoker", "members": ["allUsers"]}]}),
        {
            "state": "active",
            "public": True,
            "anonymous": True,
            "ports": [Port(protocol="tcp", port=8080)],
            "cpu_limit_millis": 500,
            "memory_limit_mib": 1024,
            "min_instances": 1,
            "max_instances": 5,
        },
    ),
    (
        "cloudfunctions",
        "Function",
        FUNCTION,
        lambda raw: functions.function(raw, HERE, NOBODY),
        {
            "runtime": "python3.9",
            "memory_mib": 256,
            "public": False,
            "url_auth": "iam",
            "environment_names": ["PASS", "TOKEN"],
            "environment_encrypted": False,
        },
    ),
    (
        "cloudkms",
        "CryptoKey",
        KMS,
        lambda raw: crypto.key(raw, HERE, None),
        {
            "id": "gcp:shop:global:crypto.key/eu/ring/data",
            "state": "pending-deletion",
            "deletion_at": datetime(2026, 5, 1),
            "spec": "SYMMETRIC_DEFAULT",
            "rotation": True,
            "public": None,
            "multi_region": True,
        },
    ),
    ("secretmanager", "Secret", SECRET, lambda raw: crypto.secret(raw, HERE), {"rotation": True, "key": "", "name": "licence"}),
    (
        "compute",
        "SslCertificate",
        CERTIFICATE,
        lambda raw: crypto.certificate(raw, HERE),
        {
            "expires_at": datetime(2026, 5, 1, 7),
            "renewal_eligible": True,
            "imported": False,
            "state": "issued",
            "domain": "shop.example",
        },
    ),
    (
        "iam",
        "ServiceAccount",
        {
            "name": "projects/shop/serviceAccounts/ci@shop.iam.gserviceaccount.com",
            "email": "ci@shop.iam.gserviceaccount.com",
            "disabled": True,
        },
        lambda raw: identity.service_account(raw, HERE, 2, ["roles/owner"]),
        {
            "id": "gcp:shop:global:identity.user/ci@shop.iam.gserviceaccount.com",
            "state": "inactive",
            "administrator": True,
            "access_keys_active": 2,
        },
    ),
    (
        "iam",
        "ServiceAccountKey",
        SA_KEY,
        lambda raw: identity.access_key(raw, HERE),
        {
            "id": "gcp:shop:global:identity.key/ci@shop.iam.gserviceaccount.com/abc",
            "active": True,
            "rotated_at": datetime(2025, 1, 2, 3, 4, 5),
            "user_id": "gcp:shop:global:identity.user/ci@shop.iam.gserviceaccount.com",
        },
    ),
    (
        "iam",
        "Role",
        ROLE,
        lambda raw: identity.custom_role(raw, HERE, 1),
        {"privilege_escalation": True, "administrator": False, "attachments": 1},
    ),
    (
        "logging",
        "LogSink",
        SINK,
        lambda raw: audit.trail(raw, HERE, {}, data=False),
        {
            "logging": True,
            "multi_region": True,
            "bucket": "shop-logs",
            "log_group": "",
            "data_events": False,
            "log_validation": None,
        },
    ),
    (
        "logging",
        "LogBucket",
        LOGS,
        lambda raw: audit.log_group(raw, HERE),
        {"retention_days": 30, "keeps_forever": False, "encrypted_with_key": False},
    ),
    (
        "redis",
        "Instance",
        REDIS,
        lambda raw: stores.redis(raw, HERE),
        {
            "engine": "redis",
            "engine_version": "4.0",
            "nodes": 2,
            "multi_zone": True,
            "snapshot_retention_days": 0,
            "memory_mib": 2048,
            "vpc": VPC,
        },
    ),
    (
        "pubsub",
        "Subscription",
        SUBSCRIPTION,
        lambda raw: messaging.queue(raw, HERE, NOBODY),
        {"dead_letter": True, "retention_s": 604800, "public": False, "fifo": False},
    ),
    (
        "pubsub",
        "Topic",
        {"name": "projects/shop/topics/orders"},
        lambda raw: messaging.topic(raw, HERE, EVERYONE, [SUBSCRIPTION]),
        {"public": True, "subscriptions": 1, "unencrypted_endpoints": 1},
    ),
    (
        "cloudresourcemanager",
        "Project",
        PROJECT,
        lambda raw: accounts.account(raw, HERE),
        {"id": "gcp:shop:europe-west1:account.account/shop", "parent": "folders/7", "alias": "42"},
    ),
    (
        "compute",
        "Commitment",
        COMMITMENT,
        lambda raw: accounts.commitment(raw, HERE),
        {"state": "active", "count": 16, "ends_at": datetime(2027, 1, 2, 3, 4, 5), "offering": "1 year"},
    ),
    (
        "artifactregistry",
        "Repository",
        REPOSITORY,
        lambda raw: containers.repository(raw, HERE, EVERYONE),
        {"native_id": "eu/images", "public": True, "tags_immutable": True, "lifecycle_policy": True, "scan_on_push": False},
    ),
    ("dns", "ManagedZone", ZONE_DNS, lambda raw: edge.zone(raw, HERE), {"private": False, "query_logging": False, "dnssec": True}),
    (
        "aiplatform",
        "GoogleCloudAiplatformV1Endpoint",
        ENDPOINT,
        lambda raw: containers.model_endpoint(raw, HERE),
        {"public": True, "instances": 2, "models": 1, "encrypted_with_key": False, "name": "Ranking"},
    ),
]


@pytest.mark.parametrize(
    ("service", "schema", "raw", "translate", "expected"), CASES, ids=[f"{case[1]}-{n}" for n, case in enumerate(CASES)]
)
def test_a_resource_is_translated(service: str, schema: str, raw: dict, translate: Any, expected: dict) -> None:
    row = translate(checked(service, schema, raw))
    assert {column: getattr(row, column) for column in expected} == expected
    assert "hunter2" not in repr(row)
    assert row.id == f"gcp:{row.account}:{row.region}:{row.KIND}/{row.native_id}"


REQUIRED = {"name", "id", "email", "projectId", "datasetReference", "selfLink"}


@pytest.mark.parametrize(
    ("service", "schema", "raw", "translate", "expected"), CASES, ids=[f"{case[1]}-{n}" for n, case in enumerate(CASES)]
)
@pytest.mark.parametrize("spoil", [None, 7, "odd", [], {}, [[1]], {"x": 1}], ids=repr)
def test_a_field_that_is_missing_or_odd_never_ends_the_reading(
    service: str, schema: str, raw: dict, translate: Any, expected: dict, spoil: Any
) -> None:
    """Of any other type than documented, a field gives a row with something unknown, or one of the errors that a reading knows."""
    from skywright.adapters.clouds.kit.reading import DRIFT

    for field in raw:
        spoiled = {name: value for name, value in raw.items() if name != field} | ({} if spoil is None else {field: spoil})
        try:
            row = translate({**spoiled, "someNewField": {"a": [1]}})
        except DRIFT:
            assert field in REQUIRED | {"peerings", "nats", "networkInterfaces"} or spoil is not None, field
        else:
            assert row.native_id


@pytest.mark.parametrize(
    ("named", "neutral"),
    [
        ("python39", "python3.9"),
        ("python312", "python3.12"),
        ("nodejs18", "nodejs18.x"),
        ("go113", "go1.13"),
        ("ruby27", "ruby2.7"),
        ("dotnet3", "dotnetcore3.1"),
        ("java17", "java17"),
        (None, None),
    ],
)
def test_runtimes_are_spelled_as_everywhere(named: str | None, neutral: str | None) -> None:
    assert functions.runtime(named) == neutral


@pytest.mark.parametrize(
    ("size", "expected"), [("512Mi", 512), ("2Gi", 2048), ("1G", 954), ("1048576", 1), ("odd", None), (None, None), ("256M", 244)]
)
def test_memory(size: str | None, expected: int | None) -> None:
    assert containers.mib(size) == expected


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ("", True),
        ('logName:"cloudaudit.googleapis.com"', True),
        ('NOT LOG_ID("cloudaudit.googleapis.com/activity") AND NOT LOG_ID("externalaudit.googleapis.com/activity")', False),
        ('LOG_ID("cloudaudit.googleapis.com/activity") OR LOG_ID("cloudaudit.googleapis.com/system_event")', True),
        ("severity>=ERROR", False),
    ],
)
def test_which_sinks_take_audit_logs(wanted: str, taken: bool) -> None:
    assert audit.takes_audit_logs({"name": "x", "filter": wanted}) is taken


BINDINGS = [
    ("user:anna@gmail.com", {"external": True, "principal_type": "user", "service_agent": False, "everyone": False}),
    ("user:bob@shop.example", {"external": False}),
    ("user:eve@other.example", {"external": True}),
    ("allUsers", {"everyone": True, "principal_type": "everyone", "external": None}),
    ("serviceAccount:service-42@gcp-sa-pubsub.iam.gserviceaccount.com", {"service_agent": True, "external": False}),
    ("serviceAccount:ci@shop.iam.gserviceaccount.com", {"service_agent": False, "external": None, "principal_type": "service"}),
]


@pytest.mark.parametrize(("member", "expected"), BINDINGS)
def test_who_has_a_role(member: str, expected: dict) -> None:
    policy = {"bindings": [{"role": "roles/owner", "members": [member], "condition": {"title": "office hours"}}]}
    by_number = "//cloudresourcemanager.googleapis.com/projects/42"
    (row,) = identity.bindings(by_number, policy, HERE, "shop.example")
    assert {column: getattr(row, column) for column in expected} == expected
    assert (row.administrator, row.conditional, row.scope) == (True, True, "gcp:shop:global:account.account/shop")
    assert row.native_id == f"projects/shop/roles/owner/{member}/office hours"
