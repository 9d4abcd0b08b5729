"""Examples of firewalls, networks, routes, gateways, addresses, zones: what the API answers, and what it becomes."""

from tests.adapters.clouds.gcp.read._known import HERE, INSTANCE, NETWORK, RULE, VPC, ZONE, Case, G
from tests.adapters.clouds.gcp.read._schema import checked

from skywright.adapters.clouds.gcp.read import (
    edge,
    firewalls,
    gateways,
    network,
)
from skywright.adapters.clouds.gcp.read.targets import Carriers
from skywright.model.kinds.network import FirewallRule, Route

SUBNET = {
    "name": "front",
    "selfLink": f"{G}/regions/europe-west1/subnetworks/front",
    "region": f"{G}/regions/europe-west1",
    "network": NETWORK,
    "ipCidrRange": "10.0.0.0/24",
    "privateIpGoogleAccess": True,
    "logConfig": {"enable": True},
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
ZONE_DNS = {"name": "shop", "dnsName": "shop.example.", "visibility": "public", "dnssecConfig": {"state": "on"}}
CARRIERS = Carriers([INSTANCE], HERE)
NETWORKS: list[Case] = [
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
    ("dns", "ManagedZone", ZONE_DNS, lambda raw: edge.zone(raw, HERE), {"private": False, "query_logging": False, "dnssec": True}),
]
