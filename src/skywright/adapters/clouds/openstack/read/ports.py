"""Ports (network cards) and floating addresses."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.adapters.clouds.openstack.place import CHANGING, NETWORK, Place, name_of, words
from skywright.adapters.clouds.openstack.read.base import Reading
from skywright.adapters.clouds.openstack.read.lists import ADDRESSES, PORTS
from skywright.model.estate import Verb
from skywright.model.kinds.network import Address, Interface

INTERFACE, ADDRESS, FIREWALL = "network.interface", "network.address", "network.firewall"
SERVER = "compute:"  # the beginning of device_owner of a server's port; the rest is the zone
UNGUARDED = "no-port-security"
"""The native id of the firewall that stands for none: a port without port security takes and sends everything."""


def is_plain(raw: Any) -> bool:
    """Is this a server's card, or one that a server could have; the cloud's own (routers, DHCP, balancers) carry no firewalls."""
    owner = tr.said(raw, "device_owner")
    return not owner or owner.startswith(SERVER)


def is_public(address: str | None) -> bool:
    """Does the internet route to this address."""
    try:
        return address is not None and ip_address(address).is_global
    except ValueError:
        return False


def firewalls_of(raw: Any, place: Place) -> list[str] | None:
    """The firewalls of a port; None: unknown. Without port security Neutron filters nothing (Networking API, "Port security")."""
    if tr.flag(raw, "port_security_enabled") is False and is_plain(raw):
        return [place.id(FIREWALL, UNGUARDED)]
    groups = tr.texts(raw, "security_groups")
    return None if groups is None else place.refs(FIREWALL, groups)


def port(raw: dict[str, Any], reading: Reading, floating: Mapping[str, str] | None) -> Interface:
    """One of ``GET /ports``. ``floating``: port -> its floating address; None: unknown."""
    place, fixed = reading.place, tr.items(raw, "fixed_ips")
    addresses = [tr.said(one, "ip_address") for one in fixed]
    device = tr.said(raw, "device_id")
    own = next((address for address in addresses if is_public(address)), "")
    return Interface(
        **place.common(INTERFACE, raw["id"]),
        name=name_of(raw),
        state="in-use" if device else "available",
        tags=words(raw.get("tags")),
        created_at=tr.moment(raw, "created_at"),
        native=tr.native(raw, "binding:profile", *CHANGING),
        type="interface" if is_plain(raw) else tr.text(raw, "device_owner"),
        vpc=reading.network_ref("network.vpc", tr.text(raw, "network_id")),
        subnet=reading.network_ref("network.subnet", tr.said(fixed[0], "subnet_id") if fixed else ""),
        private_ip=next(iter(addresses), ""),
        public_ip=own or (None if floating is None else floating.get(raw["id"], "")),
        firewalls=firewalls_of(raw, place),
        attached_to=_holder(raw, place),
        attached=bool(device),
        source_check=source_check(raw),
    )


def _holder(raw: Any, place: Place) -> str | None:
    device, owner = tr.said(raw, "device_id"), tr.said(raw, "device_owner")
    if not device:
        return ""
    if owner.startswith(SERVER):
        return place.id("compute.instance", device)
    return place.id("network.gateway", device) if owner.startswith("network:router") else None


def source_check(raw: Any) -> bool | None:
    """Neutron drops packets from addresses that are not the port's, unless port security is off or all addresses are allowed."""
    secured = tr.flag(raw, "port_security_enabled")
    allowed = {tr.said(pair, "ip_address") for pair in tr.items(raw, "allowed_address_pairs")}
    return secured if not allowed & {"0.0.0.0/0", "::/0"} else False


def port_links(row: Interface) -> Links:
    """A card stands in its subnet and hangs on what carries it."""
    yield Verb.IN, row.subnet or row.vpc
    yield Verb.ATTACHED_TO, row.attached_to
    for firewall in row.firewalls or ():
        yield Verb.GUARDED_BY, firewall


def address(raw: dict[str, Any], reading: Reading, holders: Mapping[str, str] | None) -> Address:
    """One of ``GET /floatingips``. ``holders``: port -> the server that has it; None: unknown."""
    place, port_id = reading.place, tr.said(raw, "port_id")
    return Address(
        **place.common(ADDRESS, raw["id"]),
        name=tr.text(raw, "dns_name") or tr.text(raw, "description"),
        state="in-use" if port_id else "available",
        tags=words(raw.get("tags")),
        created_at=tr.moment(raw, "created_at"),
        native=tr.native(raw, *CHANGING),
        public_ip=tr.text(raw, "floating_ip_address"),
        attached=bool(port_id),
        attached_to=_attached_to(raw, place, port_id, holders),
        interface=place.ref(INTERFACE, port_id),
        network=reading.network_ref("network.vpc", tr.text(raw, "floating_network_id")),
    )


def _attached_to(raw: Any, place: Place, port_id: str, holders: Mapping[str, str] | None) -> str | None:
    if not port_id:
        return ""
    owner = tr.said(raw, "port_details", "device_owner")
    if owner.startswith(SERVER):
        return place.ref("compute.instance", tr.text(raw, "port_details", "device_id"))
    return None if holders is None else holders.get(port_id) or place.id(INTERFACE, port_id)


def address_links(row: Address) -> Links:
    """A floating address hangs on a server or card."""
    yield Verb.ATTACHED_TO, row.attached_to


def floating_by_port(reading: Reading, ports: Iterable[str]) -> dict[str, str]:
    """Port -> its floating address; of these ports at least."""
    raws = reading.all_of(ADDRESSES) if reading.only is None else reading.by_ids(ADDRESSES, "port_id", set(ports))
    return {raw["port_id"]: tr.said(raw, "floating_ip_address") for raw in raws if tr.text(raw, "port_id")}


def _read_ports(reading: Reading) -> None:
    floating = None
    with reading.columns(INTERFACE):
        floating = floating_by_port(reading, reading.only or ())
    reading.take(INTERFACE, reading.listed(PORTS), lambda raw: port(raw, reading, floating), port_links)


def _read_addresses(reading: Reading) -> None:
    raws = reading.listed(ADDRESSES)
    holders = None
    if any(tr.text(raw, "port_id") for raw in raws):
        with reading.columns(ADDRESS):
            ids = {raw["port_id"] for raw in raws if tr.text(raw, "port_id")}
            ports = reading.by_ids(PORTS, "id", ids)
            holders = {raw["id"]: held for raw in ports if (held := _holder(raw, reading.place))}
    reading.take(ADDRESS, raws, lambda raw: address(raw, reading, holders), address_links)


READERS = (
    Reader(name="ports", service=NETWORK, kinds=(INTERFACE,), read=_read_ports, permissions=("get_port", "get_floatingip")),
    Reader(
        name="floating-ips", service=NETWORK, kinds=(ADDRESS,), read=_read_addresses, permissions=("get_floatingip", "get_port")
    ),
)
