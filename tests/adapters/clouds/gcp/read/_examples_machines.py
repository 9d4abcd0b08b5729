"""Examples of machines, groups, disks, snapshots, images: what the API answers, and what it becomes."""

from datetime import datetime

from tests.adapters.clouds.gcp.read._known import EVERYONE, HERE, INSTANCE, KEY, KEY_ID, MADE, RULE, VPC, ZONE, Case, G
from tests.adapters.clouds.gcp.read._schema import checked

from skywright.adapters.clouds.gcp.read import (
    instances,
    recipes,
    volumes,
)
from skywright.adapters.clouds.gcp.read.targets import Rules

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
SHAPE = {"name": "e2-small", "guestCpus": 2, "memoryMb": 2048, "isSharedCpu": True, "architecture": "X86_64"}
MACHINES: list[Case] = [
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
]
