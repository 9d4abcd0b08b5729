"""What the examples of all families share: the place, its addresses, its keys."""

from datetime import datetime
from typing import Any

from skywright.adapters.clouds.gcp.read.place import Place

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
Case = tuple[str, str, dict[str, Any], Any, dict[str, Any]]
