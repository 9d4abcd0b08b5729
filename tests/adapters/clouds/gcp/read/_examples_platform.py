"""Examples of clusters, services, functions, accounts: what the API answers, and what it becomes."""

from datetime import datetime

from tests.adapters.clouds.gcp.read._known import EVERYONE, HERE, KEY, NOBODY, VPC, Case, G

from skywright.adapters.clouds.gcp.read import (
    accounts,
    containers,
    functions,
)
from skywright.model.kinds.cluster import Port

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
ENDPOINT = {
    "name": "projects/42/locations/europe-west1/endpoints/1",
    "displayName": "Ranking",
    "deployedModels": [{"dedicatedResources": {"minReplicaCount": 2}}],
}
PLATFORM: list[Case] = [
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
        "artifactregistry",
        "Repository",
        REPOSITORY,
        lambda raw: containers.repository(raw, HERE, EVERYONE),
        {"native_id": "eu/images", "public": True, "tags_immutable": True, "lifecycle_policy": True, "scan_on_push": False},
    ),
    (
        "aiplatform",
        "GoogleCloudAiplatformV1Endpoint",
        ENDPOINT,
        lambda raw: containers.model_endpoint(raw, HERE),
        {"public": True, "instances": 2, "models": 1, "encrypted_with_key": False, "name": "Ranking"},
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
]
