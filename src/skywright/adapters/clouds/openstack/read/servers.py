"""Servers, with the cards, the addresses and the firewalls that their ports tell."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.adapters.clouds.openstack.place import COMPUTE, Place, name_of
from skywright.adapters.clouds.openstack.read.base import Reading
from skywright.adapters.clouds.openstack.read.lists import PORTS, SERVERS
from skywright.adapters.clouds.openstack.read.ports import firewalls_of, floating_by_port, is_public
from skywright.model.errors import SkywrightError
from skywright.model.estate import Verb
from skywright.model.kinds.compute import Instance

KIND = "compute.instance"
FLOATING = "OS-EXT-IPS:type"
STATES = {
    "ACTIVE": "running",
    "PASSWORD": "running",
    "VERIFY_RESIZE": "running",
    "REVERT_RESIZE": "pending",
    "RESIZE": "pending",
    "MIGRATING": "running",
    "REBOOT": "running",
    "HARD_REBOOT": "running",
    "BUILD": "pending",
    "REBUILD": "pending",
    "SHUTOFF": "stopped",
    "DELETED": "terminated",
    "SOFT_DELETED": "terminated",
    "UNKNOWN": None,
}
"""Compute API, "Server concepts: Server status". The others (PAUSED, SUSPENDED, SHELVED_OFFLOADED, RESCUE, ERROR, ...) have no
neutral word and keep their own, in small letters."""
TASKS = {"powering-off": "stopping", "powering-on": "pending", "deleting": "stopping"}
CHANGING = ("updated", "progress", "links", "config_drive")


class Around(msgspec.Struct, frozen=True):
    """What other lists know of servers: ports by server, and the hypervisors' ids by their names. None: unknown."""

    ports: Mapping[str, Sequence[Any]] | None
    floating: Mapping[str, str] | None  # port -> its floating address
    hosts: Mapping[str, str] | None


def state_of(raw: Any) -> str | None:
    """A server's neutral state."""
    status = tr.text(raw, "status")
    task = TASKS.get(tr.said(raw, "OS-EXT-STS:task_state"))
    if task or status is None:
        return task
    return STATES.get(status, status.lower())


def server(raw: dict[str, Any], reading: Reading, around: Around) -> Instance:
    """One of ``GET /servers/detail``."""
    place, state = reading.place, state_of(raw)
    ports = None if around.ports is None else around.ports.get(raw["id"], ())
    first = next(iter(sorted(ports or (), key=lambda port: str(port.get("id")))), None)
    image = raw.get("image")
    return Instance(
        **place.common(KIND, raw["id"]),
        name=name_of(raw),
        state=state,
        tags=tr.tags(raw["metadata"]),
        created_at=tr.moment(raw, "created"),
        native=tr.native(raw, *CHANGING, "adminPass", "OS-EXT-SRV-ATTR:user_data", "user_data"),
        labels=tr.texts(raw, "tags"),
        **_shape(raw),
        lifecycle="on-demand",
        burstable=False,
        image=place.ref("compute.image", tr.text(image, "id") if isinstance(image, dict) else ""),
        launched_at=tr.moment(raw, "OS-SRV-USG:launched_at"),
        stopped_at=_stopped(raw, state),
        zone=tr.text(raw, "OS-EXT-AZ:availability_zone"),
        vpc=None if ports is None else reading.network_ref("network.vpc", tr.said(first, "network_id")),
        subnet=None if ports is None else reading.network_ref("network.subnet", _subnet(first)),
        private_ip=_address(raw, floating=False),
        public_ip=_public(raw, ports, around.floating),
        key_pair=tr.said(raw, "key_name"),
        firewalls=_firewalls(place, ports),
        volumes=place.refs(
            "storage.volume", (tr.text(disk, "id") for disk in tr.items(raw, "os-extended-volumes:volumes_attached"))
        ),
        termination_protected=tr.flag(raw, "locked"),
        host=_host(raw, around.hosts),
    )


def _shape(raw: dict[str, Any]) -> dict[str, Any]:
    """Microversion 2.47 and later tell the flavor as it was when the server was made; older ones only its id."""
    flavor = raw.get("flavor")
    return {
        "type": tr.text(flavor, "original_name") or tr.text(flavor, "id"),
        "vcpus": tr.integer(flavor, "vcpus"),
        "memory_mib": tr.integer(flavor, "ram"),
        "architecture": tr.text(raw, "image", "properties", "hw_architecture")
        or tr.text(raw, "image", "properties", "architecture"),
    }


def _stopped(raw: dict[str, Any], state: str | None) -> Any:
    """Nova keeps no time of stopping; its record last changed then or later, so that "stopped since" is never too long."""
    return tr.moment(raw, "updated") if state == "stopped" else None


def _subnet(first: Any) -> str:
    fixed = tr.items(first, "fixed_ips")
    return tr.said(fixed[0], "subnet_id") if fixed else ""


def _firewalls(place: Place, ports: Sequence[Any] | None) -> list[str] | None:
    if ports is None:
        return None
    known = [firewalls_of(port, place) for port in ports]
    return None if any(one is None for one in known) else sorted({name for one in known for name in one or ()})


def _address(raw: dict[str, Any], *, floating: bool) -> str | None:
    """The first address of one sort. A fixed address that the internet routes to is public too (a server on the provider's
    network)."""
    networks = raw.get("addresses")
    if not isinstance(networks, dict):
        return None
    listed = [one for name in sorted(networks) for one in tr.items(networks, name)]
    listed.sort(key=lambda one: tr.integer(one, "version") or 4)
    fixed = [tr.said(one, "addr") for one in listed if tr.text(one, FLOATING) != "floating"]
    found = [tr.said(one, "addr") for one in listed if tr.text(one, FLOATING) == "floating"]
    if not floating:
        return next(iter(fixed), "")
    return next(iter(found), next((address for address in fixed if is_public(address)), ""))


def _public(raw: dict[str, Any], ports: Sequence[Any] | None, floating: Mapping[str, str] | None) -> str | None:
    """By the network's word where it can be had: Nova learns late of floating addresses, and where it is not told, never."""
    if ports is not None and floating is not None:
        own = next((address for port in ports if (address := floating.get(tr.said(port, "id")))), "")
        if own:
            return own
    return _address(raw, floating=True)


def _host(raw: dict[str, Any], hosts: Mapping[str, str] | None) -> str | None:
    """Only administrators see on which hypervisor a server runs."""
    name = tr.text(raw, "OS-EXT-SRV-ATTR:hypervisor_hostname")
    return hosts.get(name) if hosts is not None and name else None


def links(row: Instance) -> Links:
    """What a server needs. (Its volumes and cards point at it themselves.)"""
    yield Verb.IN, row.subnet or row.vpc
    yield Verb.MADE_FROM, row.image
    yield Verb.RUNS_ON, row.host
    for firewall in row.firewalls or ():
        yield Verb.GUARDED_BY, firewall


def ports_by_server(reading: Reading) -> dict[str, list[Any]]:
    """The ports of servers, of the wanted ones when only some are."""
    found: dict[str, list[Any]] = defaultdict(list)
    ports = reading.all_of(PORTS) if reading.only is None else reading.by_ids(PORTS, "device_id", set(reading.only))
    for port in ports:
        if tr.text(port, "device_id"):
            found[port["device_id"]].append(port)
    return found


def _read(reading: Reading) -> None:
    raws = [raw for raw in reading.listed(SERVERS) if tr.text(raw, "status") not in ("DELETED", "SOFT_DELETED")]
    ports = None
    with reading.columns(KIND):
        ports = ports_by_server(reading) if raws else {}
    floating = None
    with reading.columns(KIND):
        floating = floating_by_port(reading, [port["id"] for listed in (ports or {}).values() for port in listed]) if raws else {}
    around = Around(ports, floating, _hosts(reading, raws))
    reading.take(KIND, raws, lambda raw: server(raw, reading, around), links)


def _hosts(reading: Reading, raws: Sequence[Any]) -> dict[str, str] | None:
    """Hypervisors by name, where Nova tells of them at all."""
    from skywright.adapters.clouds.openstack.read.hosts import host_id, hypervisors

    if not any(tr.text(raw, "OS-EXT-SRV-ATTR:hypervisor_hostname") for raw in raws):
        return None
    try:
        return {str(raw["hypervisor_hostname"]): host_id(reading, raw) for raw in hypervisors(reading)}
    except SkywrightError:  # the hypervisors' own reader says why
        return None


READERS = (
    Reader(
        name="servers",
        service=COMPUTE,
        kinds=(KIND,),
        read=_read,
        permissions=(
            "os_compute_api:servers:detail",
            "os_compute_api:servers:show",
            "os_compute_api:os-instance-actions:list",  # who did it (trail)
            "get_port",
            "get_floatingip",
        ),
    ),
)
