"""Virtual networks and what is in them: subnets, peerings, route tables, cards, addresses, gateways, private endpoints."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from skywright.adapters.clouds.azure.ids import native_id
from skywright.adapters.clouds.azure.read.base import Place, Reading, by_id, props
from skywright.adapters.clouds.azure.read.instances import network_of, public_paths
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.network import Address, Endpoint, Gateway, Interface, Peering, Route, RouteTable, Subnet, Vpc

VPC, SUBNET, PEERING, ROUTE = "network.vpc", "network.subnet", "network.peering", "network.route"
INTERFACE, ADDRESS, GATEWAY, ENDPOINT = "network.interface", "network.address", "network.gateway", "network.endpoint"
NETWORKS = "Microsoft.Network/virtualNetworks"
KEPT_BY_AZURE = 5  # https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq: x.0 to x.3 and the last address

Flows = Mapping[str, str]
"""What is logged (path in lower case) -> the storage account that the log goes to."""


def vpc(raw: dict[str, Any], place: Place, flows: Flows | None) -> Vpc:
    """A network is logged when it is itself, or all its subnets are."""
    own = props(raw)
    cidrs = tr.texts(own, "addressSpace", "addressPrefixes")
    target = _logged(raw, flows)
    return Vpc(
        **place.head(VPC, raw),
        state=_state(own),
        cidr=cidrs[0] if cidrs else None,
        cidrs=cidrs,
        is_default=False,
        closed=False,  # without a group a card takes all that comes from inside
        external=False,
        flow_logs=None if flows is None else bool(target),
        flow_log_bucket=None if flows is None else native_id(target),
    )


def _logged(raw: dict[str, Any], flows: Flows | None) -> str:
    own = tr.said(raw, "id").lower()
    inside = [tr.said(one, "id").lower() for one in tr.items(raw, "properties", "subnets")]
    if not flows:
        return ""
    if own in flows:
        return flows[own]
    return flows[inside[0]] if inside and all(one in flows for one in inside) else ""


def subnet(raw: dict[str, Any], place: Place, network: dict[str, Any], flows: Flows | None) -> Subnet:
    """``raw`` is one of the network's own ``subnets``. A subnet spans all zones."""
    own = props(raw)
    cidrs = tr.texts(own, "addressPrefixes") or [text for text in [tr.said(own, "addressPrefix")] if text]
    path, above = tr.said(raw, "id").lower(), tr.said(network, "id").lower()
    guard = tr.said(own, "networkSecurityGroup", "id")
    return Subnet(
        **{**place.head(SUBNET, raw), "tags": tr.tags(network.get("tags"))},
        state=_state(own),
        vpc=place.of(network["id"]),
        cidr=cidrs[0] if cidrs else None,
        zone="",
        free_addresses=_free(cidrs, tr.items(own, "ipConfigurations")),
        firewalls=place.all_of([guard]),
        flow_logs=None if flows is None else path in flows or above in flows,
        private_access=bool(tr.items(own, "serviceEndpoints")),
        route_table=place.of(tr.said(own, "routeTable", "id")),
        public=False,
        auto_public_ip=False,
    )


def _free(cidrs: list[str], used: list[Any]) -> int | None:
    """Addresses that are left of the IPv4 ranges."""
    total = 0
    for cidr in cidrs:
        try:
            net = ipaddress.ip_network(cidr, strict=False)
        except ValueError:
            return None
        total += max(0, net.num_addresses - KEPT_BY_AZURE) if net.version == 4 else 0
    return max(0, total - len(used)) if total else None


def subnet_links(row: Subnet) -> Links:
    """A subnet and its surroundings."""
    yield Verb.IN, row.vpc
    yield Verb.USES, row.route_table
    for firewall in row.firewalls or ():
        yield Verb.GUARDED_BY, firewall


def peering(raw: dict[str, Any], place: Place, network: dict[str, Any], peer: str | None) -> Peering:
    """``peer``: the other network's full id, which may be in another location and subscription."""
    own = props(raw)
    remote = tr.said(own, "remoteVirtualNetwork", "id")
    return Peering(
        **place.head(PEERING, raw),
        state=tr.said(own, "peeringState").lower() or None,
        vpc=place.of(network["id"]),
        peer_vpc=peer,
        peer_account=remote.split("/")[2].lower() if remote.count("/") > 2 else None,
        forwards=tr.flag(own, "allowForwardedTraffic"),
    )


def peering_links(row: Peering) -> Links:
    """A peering joins two networks."""
    yield Verb.IN, row.vpc
    yield Verb.ROUTES_TO, row.peer_vpc


# https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview#custom-routes
HOPS = {"internet": "internet", "none": "blackhole", "vnetlocal": "local", "virtualnetworkgateway": "vpn"}


def route_table(raw: dict[str, Any], place: Place, networks: Mapping[str, dict[str, Any]] | None) -> RouteTable:
    """``target`` of a route: an appliance's address, a peering's id, or internet, local, vpn, blackhole.

    Its own routes, and those of the system that they do not take the place of (the longest prefix wins, of equal ones the table's
    own): to the network itself, to its peers, and to the internet. ``networks`` None: not known, so that the routes are not either.
    """
    own = props(raw)
    subnets = [tr.text(one, "id") for one in tr.items(own, "subnets")]
    homes = tr.sorted_texts(network_of(path or "").lower() for path in subnets)
    routes = [_route(one) for one in tr.items(own, "routes")]
    known = None if networks is None or any(home not in networks for home in homes) else [networks[home] for home in homes]
    taken = {route.cidr for route in routes}
    system = [route for home in known or () for route in system_routes(home, place) if route.cidr not in taken]
    return RouteTable(
        **place.head(ROUTE, raw),
        state=_state(own),
        vpc=place.of(network_of(subnets[0] or "")) if subnets else "",
        main=False,
        subnets=place.all_of(list(subnets)),
        routes=None if known is None else [*routes, *dict.fromkeys(system)],
    )


def system_routes(network: dict[str, Any], place: Place) -> Iterator[Route]:
    """What every subnet of a network knows by itself.
    https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview#system-routes"""
    for cidr in tr.texts(network, "properties", "addressSpace", "addressPrefixes") or ():
        yield Route(cidr=cidr, target="local", state="active")
    for one in tr.items(network, "properties", "virtualNetworkPeerings"):
        link = place.of(tr.text(one, "id"))
        alive = tr.said(one, "properties", "peeringState").lower() == "connected"
        for name in ("remoteVirtualNetworkAddressSpace", "remoteAddressSpace"):
            for cidr in tr.texts(one, "properties", name, "addressPrefixes") or ():
                yield Route(cidr=cidr, target=link, state="active" if alive else "blackhole")
    for cidr in ("0.0.0.0/0", "::/0"):
        yield Route(cidr=cidr, target="internet", state="active")


def _route(raw: dict[str, Any]) -> Route:
    own = props(raw)
    hop = tr.said(own, "nextHopType").lower()
    target = tr.said(own, "nextHopIpAddress") or HOPS.get(hop, hop)
    return Route(cidr=tr.text(own, "addressPrefix"), target=target, state="blackhole" if hop == "none" else "active")


def interface(raw: dict[str, Any], place: Place, addresses: Mapping[str, str] | None) -> Interface:
    """A card. It is attached to a machine, or belongs to a private endpoint or another service."""
    own = props(raw)
    owner = (
        tr.said(own, "virtualMachine", "id") or tr.said(own, "privateEndpoint", "id") or tr.said(own, "privateLinkService", "id")
    )
    spots = tr.items(own, "ipConfigurations")
    first = next((one for one in spots if tr.flag(one, "properties", "primary")), spots[0] if spots else {})
    subnet = tr.said(first, "properties", "subnet", "id")
    public = [path for one in spots if (path := tr.said(one, "properties", "publicIPAddress", "id"))]
    return Interface(
        **place.head(INTERFACE, raw),
        state="in-use" if owner else "available",
        type="endpoint" if tr.at(own, "privateEndpoint") else "interface",
        vpc=place.of(network_of(subnet)),
        subnet=place.of(subnet),
        private_ip=tr.said(first, "properties", "privateIPAddress"),
        public_ip=_public(public, addresses),
        firewalls=place.all_of([tr.said(own, "networkSecurityGroup", "id")]),
        attached_to=place.of(owner),
        attached=bool(owner),
        source_check=not tr.flag(own, "enableIPForwarding"),
    )


def _public(paths: list[str], addresses: Mapping[str, str] | None) -> str | None:
    if not paths:
        return ""
    return None if addresses is None else next((addresses[path.lower()] for path in paths if path.lower() in addresses), None)


def interface_links(row: Interface) -> Links:
    """A card, where it is and what carries it."""
    yield Verb.IN, row.subnet
    yield Verb.ATTACHED_TO, row.attached_to
    for firewall in row.firewalls or ():
        yield Verb.GUARDED_BY, firewall


def address(raw: dict[str, Any], place: Place) -> Address:
    """A public address. What it hangs on is a part of a card, a balancer or a gateway.
    https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses#sku"""
    own = props(raw)
    part = tr.said(own, "ipConfiguration", "id") or tr.said(own, "natGateway", "id")
    return Address(
        **place.head(ADDRESS, raw),
        state="in-use" if part else "available",
        public_ip=tr.said(own, "ipAddress"),
        needs_firewall=tr.said(raw, "sku", "name").lower() == "standard" if tr.text(raw, "sku", "name") else None,
        attached=bool(part),
        attached_to=place.of(whole(part)),
    )


def whole(part: str) -> str:
    """The path of a resource of which ``part`` is inside: ``.../networkInterfaces/card/ipConfigurations/one`` -> the card's."""
    pieces = part.split("/")
    if "providers" not in pieces:
        return part
    start = pieces.index("providers")
    return "/".join(pieces[: start + 4])


def address_links(row: Address) -> Links:
    """An address and its bearer."""
    yield Verb.ATTACHED_TO, row.attached_to


def gateway(raw: dict[str, Any], place: Place, type_: str, addresses: Mapping[str, str] | None) -> Gateway:
    """A NAT gateway, a VPN (or ExpressRoute) gateway, or Azure Firewall, which is a way out with a filter."""
    own = props(raw)
    spots = tr.items(own, "ipConfigurations")
    subnets = [tr.text(one, "id") for one in tr.items(own, "subnets")] or [
        tr.text(one, "properties", "subnet", "id") for one in spots if tr.at(one, "properties", "subnet")
    ]
    return Gateway(
        **place.head(GATEWAY, raw),
        state=_state(own),
        type=type_,
        vpc=place.of(network_of(subnets[0] or "")) if subnets else "",
        subnet=place.of(subnets[0]) if subnets else "",
        attached=bool(subnets),
        public_ip=_public(_gateway_addresses(raw), addresses),
        subnets=place.all_of(list(subnets)),
        source_nat=type_ == "nat",
    )


def _gateway_addresses(raw: dict[str, Any]) -> list[str]:
    """The paths of its public addresses: a NAT gateway lists them itself."""
    own = [tr.said(one, "id") for one in tr.items(raw, "properties", "publicIpAddresses")]
    return [path for path in own if path] or public_paths(raw)


def gateway_links(row: Gateway) -> Links:
    """A gateway and its network."""
    yield Verb.IN, row.vpc
    for subnet_id in row.subnets or ():
        yield Verb.IN, subnet_id


def endpoint(raw: dict[str, Any], place: Place) -> Endpoint:
    """A private endpoint: a card that leads to one resource."""
    own = props(raw)
    subnet_path = tr.said(own, "subnet", "id")
    ways = [*tr.items(own, "privateLinkServiceConnections"), *tr.items(own, "manualPrivateLinkServiceConnections")]
    return Endpoint(
        **place.head(ENDPOINT, raw),
        state=_state(own),
        type="interface",
        vpc=place.of(network_of(subnet_path)),
        service=next((found for one in ways if (found := tr.said(one, "properties", "privateLinkServiceId"))), ""),
        policy_open=False,
    )


def _state(own: dict[str, Any]) -> str | None:
    """A resource that is settled is available."""
    said = tr.said(own, "provisioningState").lower()
    return "available" if said == "succeeded" else said or None


def flows(reading: Reading) -> Flows | None:
    """What flow logs are about; None when they cannot be read."""
    found = reading.facts("Microsoft.Network/networkWatchers/flowLogs", VPC, SUBNET)
    if found is None:
        return None
    return {
        tr.said(one, "properties", "targetResourceId").lower(): tr.said(one, "properties", "storageId")
        for one in found
        if tr.flag(one, "properties", "enabled")
    }


def _addresses(reading: Reading, kind: str, paths: Iterable[str]) -> dict[str, str] | None:
    """Public addresses by path; None when they cannot be read."""
    found = reading.facts_of("Microsoft.Network/publicIPAddresses", paths, kind)
    if found is None:
        return None
    return {path: tr.said(one, "properties", "ipAddress") for path, one in found.items()}


def _networks(reading: Reading, *kinds: str) -> Sequence[dict[str, Any]]:
    """Networks hold their subnets and peerings; a reading that is narrowed to those reads the networks that hold them."""
    if reading.only is None:
        return reading.of_type(kinds[0], NETWORKS)
    return reading.facts(NETWORKS, *kinds) or []


def _read_networks(reading: Reading) -> None:
    logged = flows(reading)
    found = _networks(reading, VPC, SUBNET, PEERING)
    for kind in (SUBNET, PEERING):
        if VPC in reading.failures:
            reading.gap(kind, reading.failures[VPC])
    reading.take(VPC, found, lambda raw: vpc(raw, reading.place, logged))
    for network in found:
        subnets = tr.items(network, "properties", "subnets")
        reading.take(SUBNET, subnets, lambda raw, of=network: subnet(raw, reading.place, of, logged), subnet_links)  # type: ignore[misc]  # mypy cannot infer a lambda's default
        for one in tr.items(network, "properties", "virtualNetworkPeerings"):
            peer = reading.elsewhere(tr.text(one, "properties", "remoteVirtualNetwork", "id"))
            reading.take(PEERING, [one], lambda raw, of=network, to=peer: peering(raw, reading.place, of, to), peering_links)  # type: ignore[misc]  # as above


def _read_routes(reading: Reading) -> None:
    found = reading.of_type(ROUTE, "Microsoft.Network/routeTables")
    listed = reading.facts(NETWORKS, ROUTE) if found else []
    networks = None if listed is None else by_id(listed)
    reading.take(ROUTE, found, lambda raw: route_table(raw, reading.place, networks))


def _read_cards(reading: Reading) -> None:
    found = reading.of_type(INTERFACE, "Microsoft.Network/networkInterfaces")
    public = _addresses(reading, INTERFACE, (path for raw in found for path in public_paths(raw)))
    reading.take(INTERFACE, found, lambda raw: interface(raw, reading.place, public), interface_links)


def _read_addresses(reading: Reading) -> None:
    found = reading.of_type(ADDRESS, "Microsoft.Network/publicIPAddresses")
    reading.take(ADDRESS, found, lambda raw: address(raw, reading.place), address_links)


GATEWAYS = {
    "Microsoft.Network/natGateways": "nat",
    "Microsoft.Network/virtualNetworkGateways": "vpn",
    "Microsoft.Network/azureFirewalls": "transit",
}


def _read_gateways(reading: Reading) -> None:
    for type_, word in GATEWAYS.items():
        found = reading.of_type(GATEWAY, type_)
        public = _addresses(reading, GATEWAY, (path for raw in found for path in _gateway_addresses(raw))) if found else {}
        reading.take(GATEWAY, found, lambda raw, of=word, at=public: gateway(raw, reading.place, of, at), gateway_links)  # type: ignore[misc]  # mypy cannot infer a lambda's default
    found = reading.of_type(ENDPOINT, "Microsoft.Network/privateEndpoints")
    reading.take(ENDPOINT, found, lambda raw: endpoint(raw, reading.place))


def _reader(name: str, kinds: tuple[str, ...], read: Any, *words: str) -> Reader:
    return Reader(
        name=name, service="network", kinds=kinds, read=read, permissions=tuple(f"Microsoft.Network/{word}/read" for word in words)
    )


READERS = (
    _reader("networks", (VPC, SUBNET, PEERING), _read_networks, "virtualNetworks", "networkWatchers/flowLogs"),
    _reader("routes", (ROUTE,), _read_routes, "routeTables", "virtualNetworks"),
    _reader("cards", (INTERFACE,), _read_cards, "networkInterfaces", "publicIPAddresses"),
    _reader("addresses", (ADDRESS,), _read_addresses, "publicIPAddresses"),
    _reader(
        "gateways",
        (GATEWAY, ENDPOINT),
        _read_gateways,
        "natGateways",
        "virtualNetworkGateways",
        "azureFirewalls",
        "publicIPAddresses",
        "privateEndpoints",
    ),
)
