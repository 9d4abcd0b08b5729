"""Networks, subnets, and what a router is to them: a way out, route tables, and links between the networks that it joins."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from itertools import combinations
from typing import Any

import msgspec

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.adapters.clouds.openstack.place import CHANGING, NETWORK, Place, name_of, words
from skywright.adapters.clouds.openstack.read.base import Reading
from skywright.adapters.clouds.openstack.read.lists import NETWORKS, PORTS, ROUTERS, SUBNETS
from skywright.model.estate import Verb
from skywright.model.kinds.network import Gateway, Peering, Route, RouteTable, Subnet, Vpc

VPC, SUBNET, ROUTES, GATEWAY, PEERING = (
    "network.vpc",
    "network.subnet",
    "network.route",
    "network.gateway",
    "network.peering",
)
LOCAL = "local"
INTERNAL = ("network:router_interface", "network:router_interface_distributed", "network:ha_router_replicated_interface")
STATES = {"ACTIVE": "available", "BUILD": "pending", "DOWN": "down", "ERROR": "error"}


class Leg(msgspec.Struct, frozen=True):
    """A subnet that a router has a foot in."""

    subnet: str
    network: str
    cidr: str
    address: str
    is_gateway: bool


Legs = Mapping[str, Sequence[Leg]]
"""Router -> its legs."""


def _state(raw: Any) -> str | None:
    status = tr.text(raw, "status")
    return STATES.get(status, status.lower()) if status else None


def network(raw: dict[str, Any], place: Place, cidrs: Mapping[str, list[str]] | None) -> Vpc:
    """One of ``GET /networks``. ``cidrs``: network -> its subnets' ranges; None: unknown."""
    own = None if cidrs is None else sorted(cidrs.get(raw["id"], ()))
    return Vpc(
        **place.common(VPC, raw["id"]),
        name=name_of(raw),
        state=_state(raw),
        tags=words(raw.get("tags")),
        created_at=tr.moment(raw, "created_at"),
        native=tr.native(raw, *CHANGING),
        cidr=None if own is None else next(iter(own), ""),
        cidrs=own,
        is_default=tr.flag(raw, "is_default") or False,
        external=tr.flag(raw, "router:external"),
        shared=tr.flag(raw, "shared"),
    )


class Ground(msgspec.Struct, frozen=True):
    """What other lists know of subnets: networks, route tables and free addresses. None: unknown."""

    networks: Mapping[str, Any] | None
    tables: Mapping[str, str] | None
    free: Mapping[str, int] | None


def subnet(raw: dict[str, Any], reading: Reading, ground: Ground) -> Subnet:
    """One of ``GET /subnets``. Security groups guard cards, never a subnet; addresses for the internet are floating ones, unless
    the subnet is the provider's own."""
    place = reading.place
    external = None if ground.networks is None else tr.flag(ground.networks.get(raw["network_id"]), "router:external")
    private = ip_network(raw["cidr"], strict=False).is_private
    return Subnet(
        **place.common(SUBNET, raw["id"]),
        name=name_of(raw),
        state="available",
        tags=words(raw.get("tags")),
        created_at=tr.moment(raw, "created_at"),
        native=tr.native(raw, *CHANGING),
        vpc=reading.network_ref(VPC, tr.text(raw, "network_id")),
        cidr=tr.text(raw, "cidr"),
        free_addresses=None if ground.free is None else ground.free.get(raw["id"]),
        firewalls=[],
        public=external,
        auto_public_ip=False if external is False and private else None,
        route_table=None if ground.tables is None else ground.tables.get(raw["id"], ""),
    )


def gateway(raw: dict[str, Any], reading: Reading, legs: Legs | None) -> Gateway | None:
    """A router with a foot outside: floating addresses come in by it. One without is no way out (None)."""
    outside = raw.get("external_gateway_info")
    if not outside:
        return None
    place, own = reading.place, None if legs is None else legs.get(raw["id"], ())
    first = next(iter(sorted({leg.network for leg in own})), "") if own is not None else None
    return Gateway(
        **place.common(GATEWAY, raw["id"]),
        name=name_of(raw),
        state=_state(raw),
        tags=words(raw.get("tags")),
        created_at=tr.moment(raw, "created_at"),
        native=tr.native(raw, *CHANGING),
        type="internet",
        vpc=reading.network_ref(VPC, first),
        attached=None if own is None else bool(own),
        public_ip=next((tr.said(one, "ip_address") for one in tr.items(outside, "external_fixed_ips")), ""),
        subnets=None if own is None else reading.network_refs(SUBNET, (leg.subnet for leg in own)),
        source_nat=tr.flag(outside, "enable_snat"),
    )


def tables(raw: dict[str, Any], reading: Reading, legs: Legs) -> Iterator[RouteTable]:
    """A router -> a route table for each network that it has a foot in."""
    own, place = legs.get(raw["id"], ()), reading.place
    for name in sorted({leg.network for leg in own}):
        yield RouteTable(
            **place.common(ROUTES, table_id(raw["id"], name)),
            name=name_of(raw),
            state=_state(raw),
            tags=words(raw.get("tags")),
            native={"router": raw["id"], "network": name, "routes": tr.items(raw, "routes")},
            vpc=reading.network_ref(VPC, name),
            main=False,
            subnets=reading.network_refs(SUBNET, (leg.subnet for leg in own if leg.network == name and leg.is_gateway)),
            routes=sorted(_routes(raw, name, own, place), key=repr),
        )


def table_id(router: str, network_id: str) -> str:
    """The native id of the route table that a router is to a network."""
    return f"{router}:{network_id}"


def peering_id(router: str, one: str, other: str) -> str:
    """The native id of the link that a router is to two networks."""
    return f"{router}:{min(one, other)}:{max(one, other)}"


def _routes(raw: Any, name: str, own: Sequence[Leg], place: Place) -> Iterator[Route]:
    """Networks at hand, the router's own lines, and the way out."""
    state = "active" if tr.flag(raw, "admin_state_up") is not False else "blackhole"
    for leg in own:
        there = LOCAL if leg.network == name else place.id(PEERING, peering_id(raw["id"], name, leg.network))
        yield Route(leg.cidr, there, state)
    for one in tr.items(raw, "routes"):
        yield Route(tr.text(one, "destination"), tr.text(one, "nexthop"), state)
    outside = raw.get("external_gateway_info")
    if outside:
        addresses = [tr.said(one, "ip_address") for one in tr.items(outside, "external_fixed_ips")]
        families = {6 if ":" in address else 4 for address in addresses if address} or {4}
        for family in sorted(families):
            yield Route("::/0" if family == 6 else "0.0.0.0/0", place.id(GATEWAY, raw["id"]), state)


def peerings(raw: dict[str, Any], reading: Reading, legs: Legs) -> Iterator[Peering]:
    """The networks that a router joins, two by two."""
    names, place = sorted({leg.network for leg in legs.get(raw["id"], ())}), reading.place
    for one, other in combinations(names, 2):
        yield Peering(
            **place.common(PEERING, peering_id(raw["id"], one, other)),
            name=name_of(raw),
            state="active" if tr.flag(raw, "admin_state_up") is not False else "inactive",
            tags=words(raw.get("tags")),
            native={"router": raw["id"]},
            vpc=reading.network_ref(VPC, one),
            peer_vpc=reading.network_ref(VPC, other),
            peer_account=place.account,
            forwards=False,
        )


def legs_of(reading: Reading) -> dict[str, list[Leg]]:
    """The legs of every router, from its ports: subnets know nothing of routers, nor routers of subnets."""
    cidrs = {raw["id"]: raw for raw in reading.all_of(SUBNETS)}
    found: dict[str, list[Leg]] = defaultdict(list)
    for port in reading.all_of(PORTS):
        if tr.said(port, "device_owner") in INTERNAL:
            for fixed in tr.items(port, "fixed_ips"):
                if raw := cidrs.get(tr.said(fixed, "subnet_id")):
                    address = tr.said(fixed, "ip_address")
                    leads = raw.get("gateway_ip") == address
                    found[port["device_id"]].append(Leg(raw["id"], port["network_id"], raw["cidr"], address, leads))
    return found


def _read_networks(reading: Reading) -> None:
    cidrs: dict[str, list[str]] | None = None
    with reading.columns(VPC):
        cidrs = defaultdict(list)
        for one in reading.all_of(SUBNETS):
            cidrs[one["network_id"]].append(one["cidr"])
    raws = [raw for raw in reading.visible(NETWORKS) if reading.wants(raw["id"]) and _seen(reading, raw)]
    reading.take(VPC, raws, lambda raw: network(raw, reading.place, cidrs))


def _seen(reading: Reading, raw: Any) -> bool:
    """An administrator's list shows the networks of projects that are not in scope: of those only what is shared or leads out."""
    owner = tr.text(raw, "project_id") or tr.text(raw, "tenant_id")
    return owner == reading.account or not owner or tr.flag(raw, "shared") is True or tr.flag(raw, "router:external") is True


def _read_subnets(reading: Reading) -> None:
    networks = found = free = None
    with reading.columns(SUBNET):
        networks = {raw["id"]: raw for raw in reading.all_of(NETWORKS)}
    with reading.columns(SUBNET):
        routers = {raw["id"] for raw in reading.all_of(ROUTERS)}
        legs = legs_of(reading)
        found = {
            leg.subnet: reading.id(ROUTES, table_id(router, leg.network))
            for router in sorted(routers & legs.keys())
            for leg in legs[router]
            if leg.is_gateway
        }
    with reading.columns(SUBNET):
        free = _free(reading)
    ground = Ground(networks, found, free)
    raws = [raw for raw in reading.visible(SUBNETS) if reading.wants(raw["id"]) and _known(reading, raw, networks)]
    reading.take(SUBNET, raws, lambda raw: subnet(raw, reading, ground), subnet_links)


def _known(reading: Reading, raw: Any, networks: Mapping[str, Any] | None) -> bool:
    return networks is None or _seen(reading, networks.get(raw["network_id"], raw))


def subnet_links(row: Subnet) -> Links:
    """A subnet is a part of a network."""
    yield Verb.IN, row.vpc
    yield Verb.ROUTES_TO, row.route_table


def _free(reading: Reading) -> dict[str, int]:
    """Subnet -> addresses left in its allocation pools; for administrators only (Networking API, "Network IP availability")."""
    listed = reading.once(
        "availability", lambda: reading.get("/network-ip-availabilities", service=NETWORK)["network_ip_availabilities"]
    )
    return {
        one["subnet_id"]: max(0, int(one["total_ips"]) - int(one["used_ips"]))
        for availability in listed
        for one in tr.items(availability, "subnet_ip_availability")
    }


def _read_routers(reading: Reading) -> None:
    raws = [raw for raw in reading.all_of(ROUTERS) if reading.owner_of(raw) == reading.account]
    legs = None
    with reading.columns(GATEWAY), reading.part(ROUTES, PEERING):
        legs = legs_of(reading)
    wanted = (raw for raw in raws if reading.wants(raw["id"]))
    reading.take(GATEWAY, wanted, lambda raw: gateway(raw, reading, legs), lambda row: gateway_links(row, raws, reading))
    if legs is None:
        reading.partial(GATEWAY, reading.failures[ROUTES])
        return
    for kind, rows in ((ROUTES, tables), (PEERING, peerings)):
        for raw in raws:
            _keep(reading, kind, list(rows(raw, reading, legs)))


def _keep(reading: Reading, kind: str, rows: Sequence[RouteTable | Peering]) -> None:
    reading.take(kind, rows, lambda row: row, router_links)


def gateway_links(row: Gateway, raws: Sequence[Any], reading: Reading) -> Links:
    """A way out joins networks with the one outside."""
    for one in row.subnets or ():
        yield Verb.ATTACHED_TO, one
    for raw in raws:
        outside = tr.text(raw, "external_gateway_info", "network_id")
        if raw["id"] == row.native_id and outside:
            yield Verb.ROUTES_TO, reading.network_ref(VPC, outside)


def router_links(row: RouteTable | Peering) -> Links:
    """A table belongs to a network and leads to a way out; a link joins two networks."""
    yield Verb.IN, row.vpc
    if isinstance(row, Peering):
        yield Verb.ROUTES_TO, row.peer_vpc
        return
    for one in row.routes or ():
        if one.target and f":{GATEWAY}/" in one.target:
            yield Verb.ROUTES_TO, one.target


READERS = (
    Reader(name="networks", service=NETWORK, kinds=(VPC,), read=_read_networks, permissions=("get_network", "get_subnet")),
    Reader(
        name="subnets",
        service=NETWORK,
        kinds=(SUBNET,),
        read=_read_subnets,
        permissions=("get_subnet", "get_network", "get_router", "get_port", "get_network_ip_availability"),
    ),
    Reader(
        name="routers",
        service=NETWORK,
        kinds=(GATEWAY, ROUTES, PEERING),
        read=_read_routers,
        permissions=("get_router", "get_port", "get_subnet"),
    ),
)
