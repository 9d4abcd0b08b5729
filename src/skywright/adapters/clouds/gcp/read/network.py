"""Networks: VPCs, subnets, routes, peerings."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import COMPUTE, Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.gcp.read.targets import network_key
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.network import Peering, Route, RouteTable, Subnet, Vpc

VPC, SUBNET, ROUTES, PEERING = "network.vpc", "network.subnet", "network.route", "network.peering"
GATEWAY = "network.gateway"
WITHOUT_LOGS = {"REGIONAL_MANAGED_PROXY", "GLOBAL_MANAGED_PROXY", "INTERNAL_HTTPS_LOAD_BALANCER", "PRIVATE_NAT"}
"""Purposes of subnets that have no flow logs ("VPC Flow Logs", unsupported configurations)."""


def vpc(raw: dict[str, Any], place: Place, subnets: Sequence[Any] | None, *, host: bool | None) -> Vpc:
    """A Network. ``subnets``: its Subnetworks (None: not known); ``host``: does its project share its networks."""
    logged = [flow_logs(one) for one in subnets or () if tr.text(one, "purpose") not in WITHOUT_LOGS]
    cidrs = [tr.text(one, "ipCidrRange") for one in subnets or ()]
    return Vpc(
        **names.row(VPC, raw, place),
        state="available",
        cidr=tr.said(raw, "IPv4Range"),
        cidrs=None if subnets is None else tr.sorted_texts(cidrs),
        is_default=tr.text(raw, "name") == "default",
        closed=True,
        shared=host,
        flow_logs=all(logged) if logged and None not in logged else None,
        flow_log_bucket="",
    )


def subnet(raw: dict[str, Any], place: Place, free: int | None) -> Subnet:
    """A Subnetwork. ``free``: addresses that are left."""
    return Subnet(
        **names.row(SUBNET, raw, place),
        state=names.word(raw, {"READY": "available", "DRAINING": "draining"}, "state") or "available",
        vpc=place.link(VPC, tr.text(raw, "network")),
        cidr=tr.text(raw, "ipCidrRange"),
        zone="",
        free_addresses=free,
        firewalls=[],
        flow_logs=flow_logs(raw),
        private_access=tr.flag(raw, "privateIpGoogleAccess") or False,
        public=False,
    )


def flow_logs(raw: Any) -> bool | None:
    """Are flow logs on: ``logConfig.enable``, and in old answers ``enableFlowLogs``."""
    found = tr.flag(raw, "logConfig", "enable")
    return (tr.flag(raw, "enableFlowLogs") or False) if found is None else found


def route_table(network: Any, routes: Sequence[Any], place: Place) -> RouteTable:
    """The Routes of one Network that hold for all its instances: one table, named after the network."""
    lines = sorted(routes, key=lambda raw: (tr.integer(raw, "priority") or 0, tr.said(raw, "name")))
    return RouteTable(
        **{**names.row(ROUTES, network, place), "tags": {}, "native": {"routes": [tr.native(raw, "assetName") for raw in lines]}},
        vpc=place.link(VPC, tr.text(network, "selfLink")),
        main=True,
        subnets=[],
        routes=[_route(raw, place) for raw in lines],
    )


def tagged_route(raw: dict[str, Any], place: Place) -> RouteTable:
    """A Route that holds for instances with certain tags only: a table of its own, that no subnet has."""
    return RouteTable(
        **{**names.row(ROUTES, raw, place), "tags": {}},
        vpc=place.link(VPC, tr.text(raw, "network")),
        main=False,
        subnets=[],
        routes=[_route(raw, place)],
        target_tags=tr.sorted_texts(tr.texts(raw, "tags") or ()),
    )


def _route(raw: Any, place: Place) -> Route:
    status = tr.text(raw, "routeStatus")
    state = "blackhole" if status in ("DROPPED", "INACTIVE") else "active"
    return Route(cidr=tr.text(raw, "destRange"), target=_target(raw, place), state=state, priority=tr.integer(raw, "priority"))


def _target(raw: Any, place: Place) -> str | None:
    """Where a route leads. The way to the internet has no resource: it is called ``internet``."""
    if gateway := tr.text(raw, "nextHopGateway"):
        return "internet" if gateway.endswith("default-internet-gateway") else gateway
    if tr.text(raw, "nextHopNetwork"):
        return "local"
    if peering := tr.text(raw, "nextHopPeering"):
        return place.at(PEERING, "", f"{tr.tail(tr.text(raw, 'network'))}/{peering}")
    if instance := tr.text(raw, "nextHopInstance"):
        return place.link("compute.instance", instance)
    if tunnel := tr.text(raw, "nextHopVpnTunnel"):
        return place.link(GATEWAY, tunnel)
    if balancer := tr.text(raw, "nextHopIlb"):
        return place.link("network.balancer", balancer) or balancer
    return tr.text(raw, "nextHopIp") or tr.text(raw, "nextHopHub") or tr.text(raw, "nextHopInterconnectAttachment")


def peering(network: Any, raw: dict[str, Any], place: Place) -> Peering:
    """One of a Network's peerings: our side of it."""
    name = f"{network['name']}/{raw['name']}"
    state = names.word(raw, {"ACTIVE": "active", "INACTIVE": "inactive"}, "state")
    other = place.link(VPC, tr.text(raw, "network"))
    common = names.row(PEERING, raw, place, name)
    return Peering(
        **common,
        state=state,
        vpc=place.link(VPC, tr.text(network, "selfLink")),
        peer_vpc=other,
        peer_account=other.split(":")[1] if other else None,
        forwards=tr.flag(raw, "importCustomRoutes") or False,
    )


def peering_links(row: Peering) -> Links:
    """A peering needs both of its networks."""
    yield Verb.ATTACHED_TO, row.vpc
    yield Verb.ATTACHED_TO, row.peer_vpc


def route_links(row: RouteTable) -> Links:
    """A route table needs its network and whatever its routes lead to."""
    yield Verb.IN, row.vpc
    for route in row.routes or ():
        if route.target and route.target.startswith("gcp:"):
            yield Verb.ROUTES_TO, route.target


def _read_vpcs(reading: Reading) -> None:
    found = reading.here(VPC, COMPUTE + "Network")
    subnets: Mapping[str, list[Any]] | None = None
    host: bool | None = None
    if found:
        with reading.columns(VPC):
            subnets = _by_network(reading.everywhere(COMPUTE + "Subnetwork"))
        with reading.columns(VPC):
            host = reading.is_host()
    reading.take(VPC, found, lambda raw: vpc(raw, reading.place, _of(subnets, raw), host=host))


def _of(by_network: Mapping[str, list[Any]] | None, network: Any) -> list[Any] | None:
    return None if by_network is None else by_network.get(network_key(tr.at(network, "selfLink")), [])


def _by_network(raws: Sequence[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for raw in raws:
        found[network_key(tr.at(raw, "network"))].append(raw)
    return found


def _read_subnets(reading: Reading) -> None:
    found = reading.here(SUBNET, COMPUTE + "Subnetwork")
    free: dict[str, int | None] = {}
    if found:
        with reading.columns(SUBNET):
            free = _free(reading)
    reading.take(
        SUBNET, found, lambda raw: subnet(raw, reading.place, free.get(tr.said(raw, "name"))), lambda row: [(Verb.IN, row.vpc)]
    )


def _free(reading: Reading) -> dict[str, int | None]:
    """Name of a subnet of this region -> the addresses that are left. Only the list tells them, when it is asked to."""
    listed = reading.shared("subnets with utilization", lambda: list(_utilized(reading)))
    return {tr.said(raw, "name"): left(raw) for raw in listed if tr.tail(tr.text(raw, "region")) == reading.region}


def _utilized(reading: Reading) -> Any:
    params = {"project": reading.account, "maxResults": 500, "views": "WITH_UTILIZATION"}
    return reading.pages("compute.subnetworks.aggregatedList", "subnetworks", **params)


def left(raw: Any) -> int | None:
    """The addresses that are left in the primary range of a Subnetwork that was listed with its utilization."""
    ranges = tr.items(raw, "utilizationDetails", "ipv4Utilizations")
    primary = next((one for one in ranges if not tr.text(one, "rangeName")), None)
    return tr.integer(primary, "totalFreeIp")


def _read_routes(reading: Reading) -> None:
    networks = reading.everywhere(COMPUTE + "Network")
    by_network = _by_network(reading.everywhere(COMPUTE + "Route"))
    tables = [raw for raw in networks if reading.wants(tr.said(raw, "name"))]
    reading.take(ROUTES, tables, lambda raw: route_table(raw, _plain(_of(by_network, raw) or []), reading.place), route_links)
    tagged = [raw for raws in by_network.values() for raw in raws if tr.texts(raw, "tags") and reading.wants(tr.said(raw, "name"))]
    reading.take(ROUTES, tagged, lambda raw: tagged_route(raw, reading.place), route_links)


def _plain(routes: Sequence[Any]) -> list[Any]:
    return [raw for raw in routes if not tr.texts(raw, "tags")]


def _read_peerings(reading: Reading) -> None:
    networks = reading.everywhere(COMPUTE + "Network")
    pairs = [(network, one) for network in networks for one in tr.items(network, "peerings")]
    wanted = [pair for pair in pairs if reading.wants(f"{pair[0].get('name')}/{tr.said(pair[1], 'name')}")]
    reading.take(PEERING, wanted, lambda pair: peering(*pair, reading.place), peering_links)


READERS = (
    Reader(
        name="networks",
        service="compute",
        kinds=(VPC,),
        read=_read_vpcs,
        is_global=True,
        permissions=("compute.networks.list", "compute.subnetworks.list", "compute.projects.get"),
    ),
    Reader(name="subnets", service="compute", kinds=(SUBNET,), read=_read_subnets, permissions=("compute.subnetworks.list",)),
    Reader(
        name="routes",
        service="compute",
        kinds=(ROUTES,),
        read=_read_routes,
        is_global=True,
        permissions=("compute.routes.list", "compute.networks.list"),
    ),
    Reader(
        name="peerings",
        service="compute",
        kinds=(PEERING,),
        read=_read_peerings,
        is_global=True,
        permissions=("compute.networks.list",),
    ),
)
