"""Networks, addresses, gateways, balancers and routes become rows."""

from typing import Any

from tests.adapters.clouds.azure._translating import HERE, ID, NO_LOCKS, Example, has

from skywright.adapters.clouds.azure.read import (
    balancers,
    network,
)
from skywright.adapters.clouds.azure.read.base import by_id


def test_a_network_its_subnet_and_its_peering(example: Example) -> None:
    raw = example("network")
    has(network.vpc(raw, HERE, {}), cidr="10.0.0.0/16", cidrs=["10.0.0.0/16", "10.1.0.0/16"], flow_logs=False, flow_log_bucket="")
    has(
        network.subnet(raw["properties"]["subnets"][0], HERE, raw, {}),
        id=f"{ID}network.subnet/rg/net/front",
        vpc=f"{ID}network.vpc/rg/net",
        tags={"owner": "net"},
        cidr="10.0.0.0/28",
        free_addresses=9,  # 16, less Azure's five and the two in use
        firewalls=[f"{ID}network.firewall/rg/web"],
        route_table=f"{ID}network.route/rg/out",
        private_access=True,
        flow_logs=False,
        auto_public_ip=False,
    )
    has(
        network.peering(raw["properties"]["virtualNetworkPeerings"][0], HERE, raw, "there"),
        id=f"{ID}network.peering/rg/net/hub",
        state="connected",
        vpc=f"{ID}network.vpc/rg/net",
        peer_vpc="there",
        peer_account="s2",
        forwards=True,
    )


def test_flow_logs_of_a_network_or_of_all_its_subnets(example: Example) -> None:
    raw = example("network")
    bucket = "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Storage/storageAccounts/logs"
    for logged in (raw["id"], raw["properties"]["subnets"][0]["id"]):
        has(network.vpc(raw, HERE, {logged.lower(): bucket}), flow_logs=True, flow_log_bucket="rg/logs")
    has(network.vpc(raw, HERE, None), flow_logs=None, flow_log_bucket=None)


def test_a_card_and_an_address(example: Example) -> None:
    addresses = {example("address")["id"].lower(): "20.1.2.3"}
    has(
        network.interface(example("nic"), HERE, addresses),
        state="in-use",
        subnet=f"{ID}network.subnet/rg/net/front",
        vpc=f"{ID}network.vpc/rg/net",
        private_ip="10.0.0.4",
        public_ip="20.1.2.3",
        firewalls=[f"{ID}network.firewall/rg/web"],
        attached=True,
        attached_to=f"{ID}compute.instance/rg/web",
        source_check=True,
    )
    has(
        network.address(example("address"), HERE),
        public_ip="20.1.2.3",
        attached=True,
        attached_to=f"{ID}network.interface/rg/nic",
        needs_firewall=True,
    )
    loose = example("address")
    del loose["properties"]["ipConfiguration"]
    has(network.address(loose, HERE), attached=False, attached_to="", state="available")


def test_an_application_gateway_and_its_pool(example: Example) -> None:
    raw = example("gateway")
    row = balancers.application_gateway(raw, HERE, by_id([example("address")]), NO_LOCKS, ["ApplicationGatewayAccessLog"])
    has(
        row,
        id=f"{ID}network.balancer/rg/application:gw",
        type="application",
        public=True,
        public_ips=["20.1.2.3"],
        zones=["1", "2"],
        web_acl=True,
        access_logging=True,
        deletion_protected=False,
        targets=2,
        vpc=f"{ID}network.vpc/rg/net",
    )
    assert [(one.port, one.protocol, one.redirects_to_tls, one.tls_policy) for one in row.listeners or ()] == [
        (80, "HTTP", True, None),
        (443, "HTTPS", False, "AppGwSslPolicy20220101"),
    ]
    pool = balancers.pool(raw["properties"]["backendAddressPools"][0], HERE, raw)
    has(
        pool,
        id=f"{ID}network.targets/rg/application:gw/one",
        balancers=[row.id],
        port=8080,
        protocol="HTTP",
        health_check_path="/health",
        targets=["10.0.0.4", "app.example.org"],
    )


def test_a_load_balancer_and_its_pool(example: Example) -> None:
    raw = example("balancer")
    row = balancers.load_balancer(raw, HERE, {}, None)
    has(
        row,
        type="network",
        public=False,
        private_ips=["10.0.0.9"],
        zones=["1", "2", "3"],
        targets=1,
        idle_timeout_s=240,
        deletion_protected=None,
    )
    assert [(one.port, one.protocol) for one in row.listeners or ()] == [(443, "TCP")]
    pool = balancers.pool(raw["properties"]["backendAddressPools"][0], HERE, raw)
    has(pool, port=8443, protocol="TCP", health_check_path="/up", targets=[f"{ID}network.interface/rg/nic"], balancers=[row.id])


def routes_of(example: Example, *own: dict[str, Any], networks: Any = "known") -> list[tuple[Any, ...]] | None:
    net = example("network")
    net["properties"]["virtualNetworkPeerings"][0]["properties"]["remoteAddressSpace"] = {"addressPrefixes": ["10.8.0.0/16"]}
    raw = {
        "id": "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/routeTables/out",
        "name": "out",
        "properties": {"subnets": [{"id": net["properties"]["subnets"][0]["id"]}], "routes": [{"properties": one} for one in own]},
    }
    row = network.route_table(raw, HERE, by_id([net]) if networks == "known" else networks)
    return None if row.routes is None else [(one.cidr, one.target, one.state) for one in row.routes]


HUB = f"{ID}network.peering/rg/net/hub"
SYSTEM = [("10.0.0.0/16", "local", "active"), ("10.1.0.0/16", "local", "active"), ("10.8.0.0/16", HUB, "active")]
OUT = [("0.0.0.0/0", "internet", "active"), ("::/0", "internet", "active")]


def test_a_table_without_routes_leaves_the_systems_own(example: Example) -> None:
    assert routes_of(example) == [*SYSTEM, *OUT]


def test_a_route_of_ones_own_takes_the_place_of_the_systems(example: Example) -> None:
    appliance = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.1.4"}
    hole = {"addressPrefix": "10.8.0.0/16", "nextHopType": "None"}
    assert routes_of(example, appliance, hole) == [
        ("0.0.0.0/0", "10.0.1.4", "active"),
        ("10.8.0.0/16", "blackhole", "blackhole"),
        *SYSTEM[:2],
        OUT[1],
    ]


def test_routes_of_a_network_that_is_not_known_are_not_known(example: Example) -> None:
    assert routes_of(example, networks=None) is None and routes_of(example, networks={}) is None
