"""Ways out and addresses: Cloud NAT, VPN gateways, reserved public addresses."""

from collections.abc import Sequence
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import COMPUTE, Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.gcp.read.targets import network_key
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.network import Address, Gateway

GATEWAY, ADDRESS = "network.gateway", "network.address"
VPC, SUBNET = "network.vpc", "network.subnet"
ADDRESS_STATES = {"RESERVED": "available", "IN_USE": "in-use", "RESERVING": "pending"}
USERS = {
    "instances": "compute.instance",
    "forwardingRules": "network.balancer",
    "globalForwardingRules": "network.balancer",
    "vpnGateways": GATEWAY,
}
"""Collection in the link of what uses an address -> its kind. A router's use is Cloud NAT's."""


def nat(
    router: dict[str, Any], raw: dict[str, Any], place: Place, subnets: Sequence[Any] | None, addresses: Sequence[Any]
) -> Gateway:
    """One of a Router's nats. ``subnets``: those of its region (None: not known); ``addresses``: Addresses that it may use."""
    name = f"{router['name']}/{raw['name']}"
    return Gateway(
        **{**names.row(GATEWAY, {**raw, "region": router.get("region")}, place, name), "tags": {}},
        state="available",
        type="nat",
        vpc=place.link(VPC, tr.text(router, "network")),
        subnet="",
        attached=True,
        public_ip=_nat_ip(raw, addresses),
        subnets=_served(router, raw, place, subnets),
        logging=tr.flag(raw, "logConfig", "enable") or False,
        source_nat=True,
    )


def vpn(raw: dict[str, Any], place: Place) -> Gateway:
    """A VpnGateway."""
    return Gateway(
        **names.row(GATEWAY, raw, place),
        state="available",
        type="vpn",
        vpc=place.link(VPC, tr.text(raw, "network")),
        attached=True,
        public_ip=next((address for one in tr.items(raw, "vpnInterfaces") if (address := tr.text(one, "ipAddress"))), ""),
    )


def address(raw: dict[str, Any], place: Place) -> Address:
    """An external Address."""
    user = min(tr.texts(raw, "users") or [], default="")
    return Address(
        **names.row(ADDRESS, raw, place),
        state=names.word(raw, ADDRESS_STATES, "status"),
        public_ip=tr.text(raw, "address"),
        attached=bool(user) or tr.text(raw, "status") == "IN_USE",
        attached_to=_user(user, place),
    )


def _user(link: str, place: Place) -> str | None:
    """What uses an address, by its link; "" when nothing does, and None for what is no resource of ours."""
    if not link:
        return ""
    parts = link.split("/")
    kind = USERS.get(parts[-2]) if len(parts) > 1 else None
    return place.link(kind, link) if kind else None


def _nat_ip(raw: Any, addresses: Sequence[Any]) -> str | None:
    """The first address that was given to it; "" when it takes addresses of Google's choice."""
    given = tr.texts(raw, "natIps")
    if not given:
        return ""
    key = network_key(min(given))
    return next((tr.text(one, "address") for one in addresses if network_key(tr.at(one, "selfLink")) == key), None)


def _served(router: Any, raw: Any, place: Place, subnets: Sequence[Any] | None) -> list[str] | None:
    if tr.text(raw, "sourceSubnetworkIpRangesToNat") == "LIST_OF_SUBNETWORKS":
        return place.links(SUBNET, (tr.text(one, "name") for one in tr.items(raw, "subnetworks")))
    if subnets is None:
        return None
    here = (network_key(tr.at(router, "network")), tr.tail(tr.text(router, "region")))
    own = [one for one in subnets if (network_key(tr.at(one, "network")), tr.tail(tr.text(one, "region"))) == here]
    return place.links(SUBNET, (tr.text(one, "selfLink") for one in own))


def _gateway_links(row: Gateway) -> Links:
    yield Verb.IN, row.vpc


def _read_gateways(reading: Reading) -> None:
    with reading.part(GATEWAY):
        found = _routers(reading)
        pairs = [(router, one) for router in found for one in tr.items(router, "nats")]
        wanted = [pair for pair in pairs if reading.wants(f"{pair[0].get('name')}/{tr.said(pair[1], 'name')}")]
        subnets: Sequence[Any] | None = None
        addresses: Sequence[Any] = ()
        if wanted:
            with reading.columns(GATEWAY):
                subnets = reading.everywhere(COMPUTE + "Subnetwork")
            with reading.columns(GATEWAY):
                addresses = reading.everywhere(COMPUTE + "Address")
        reading.take(GATEWAY, wanted, lambda pair: nat(*pair, reading.place, subnets, addresses), _gateway_links)
    with reading.part(GATEWAY):
        others = _plain(reading)
        reading.take(GATEWAY, others, lambda raw: vpn(raw, reading.place), _gateway_links)


def _routers(reading: Reading) -> list[Any]:
    """The routers of this region: of those that are wanted, if only some are, each by a call of its own."""
    if reading.only is None:
        return reading.here(GATEWAY, COMPUTE + "Router")
    owners = sorted({native_id.partition("/")[0] for native_id in reading.only if "/" in native_id})
    asked = reading.each(GATEWAY, owners, lambda owner: reading.one(COMPUTE + "Router", reading.region, owner), needed=True)
    return [raw for _, raw in asked if raw]


def _plain(reading: Reading) -> list[Any]:
    if reading.only is None:
        return reading.here(GATEWAY, COMPUTE + "VpnGateway")
    wanted = sorted(native_id for native_id in reading.only if "/" not in native_id)
    asked = reading.each(GATEWAY, wanted, lambda one: reading.one(COMPUTE + "VpnGateway", reading.region, one), needed=True)
    return [raw for _, raw in asked if raw]


def _read_addresses(reading: Reading) -> None:
    listed = reading.here(ADDRESS, COMPUTE + "Address")
    public = [raw for raw in listed if tr.text(raw, "addressType") != "INTERNAL"]
    reading.take(ADDRESS, public, lambda raw: address(raw, reading.place), lambda row: [(Verb.ATTACHED_TO, row.attached_to)])


READERS = (
    Reader(
        name="gateways",
        service="compute",
        kinds=(GATEWAY,),
        read=_read_gateways,
        permissions=("compute.routers.list", "compute.vpnGateways.list", "compute.subnetworks.list", "compute.addresses.list"),
    ),
    Reader(name="addresses", service="compute", kinds=(ADDRESS,), read=_read_addresses, permissions=("compute.addresses.list",)),
)
