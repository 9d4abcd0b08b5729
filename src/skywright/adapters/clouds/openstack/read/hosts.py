"""What belongs to the whole cloud in a region: hypervisors, flavors, aggregates, availability zones; and the user's key pairs."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.openstack.place import COMPUTE, Place, name_of
from skywright.adapters.clouds.openstack.read.base import Reading
from skywright.adapters.clouds.openstack.read.lists import SERVERS, Listing
from skywright.model.errors import Denied
from skywright.model.kinds import resource_id
from skywright.model.kinds.compute import Flavor, Host, KeyPair
from skywright.model.kinds.control import AccountGroup

HOST, FLAVOR, KEYPAIR, GROUP = "compute.host", "compute.flavor", "compute.keypair", "account.group"
HYPERVISORS = Listing(
    service=COMPUTE,
    verb="/os-hypervisors/detail",
    key="hypervisors",
    micro="2.87",  # 2.53: ids are UUIDs; 2.88 takes the capacity away
)
FLAVORS = Listing(service=COMPUTE, verb="/flavors/detail", key="flavors", query={"is_public": "None"}, micro="2.61")
KEYPAIRS = Listing(service=COMPUTE, verb="/os-keypairs", key="keypairs", micro="2.35")  # 2.2: types, 2.35: pages
COUNTED = ("vcpus_used", "memory_mb_used", "local_gb_used", "running_vms", "free_ram_mb", "free_disk_gb")
MOVING = (*COUNTED, "current_workload", "disk_available_least", "uptime", "cpu_info", "servers")


def hypervisors(reading: Reading) -> list[Any]:
    """The hypervisors of a region: asked once, for their own reader and for the servers on them."""
    found: list[Any] = reading.once("hypervisors", lambda: list(reading.pages(HYPERVISORS)))
    return found


def host_id(reading: Reading, raw: Any) -> str:
    """The id of a hypervisor: it stands with the login's own project."""
    return resource_id(reading.place.CLOUD, reading.login.home, reading.place.region, HOST, str(raw["id"]))


def host(raw: dict[str, Any], place: Place, zones: Mapping[str, str] | None) -> Host:
    """One of ``GET /os-hypervisors/detail``. ``zones``: host -> its zone; None: unknown."""
    service = tr.text(raw, "service", "host")
    disabled = tr.text(raw, "status") == "disabled"
    return Host(
        **place.common(HOST, str(raw["id"])),
        name=tr.text(raw, "hypervisor_hostname"),
        state="disabled" if disabled else tr.text(raw, "state"),
        native=tr.native(raw, *MOVING),
        type="hypervisor",
        zone=None if zones is None or service is None else zones.get(service, ""),
        vcpus=tr.integer(raw, "vcpus"),
        vcpus_used=tr.integer(raw, "vcpus_used"),
        memory_mib=tr.integer(raw, "memory_mb"),
        memory_used_mib=tr.integer(raw, "memory_mb_used"),
        disk_gib=tr.number(raw, "local_gb"),
        disk_used_gib=tr.number(raw, "local_gb_used"),
        instances=tr.integer(raw, "running_vms"),
        virtual=False,
        private_ip=tr.text(raw, "host_ip"),
        runtimes=[f"{kind} {tr.integer(raw, 'hypervisor_version')}"] if (kind := tr.text(raw, "hypervisor_type")) else None,
    )


def flavor(raw: dict[str, Any], place: Place, used: Mapping[str, int] | None) -> Flavor:
    """One of ``GET /flavors/detail``. ``used``: name -> servers; None: not all servers are seen."""
    return Flavor(
        **place.common(FLAVOR, raw["id"]),
        name=name_of(raw),
        state="disabled" if tr.flag(raw, "OS-FLV-DISABLED:disabled") else "available",
        native=tr.native(raw, "links"),
        vcpus=tr.integer(raw, "vcpus"),
        memory_mib=tr.integer(raw, "ram"),
        disk_gib=tr.integer(raw, "disk"),
        public=tr.flag(raw, "os-flavor-access:is_public"),
        used_by=None if used is None else used.get(raw["name"], 0),
    )


def keypair(raw: dict[str, Any], place: Place) -> KeyPair:
    """One of ``GET /os-keypairs``."""
    pair = raw["keypair"]
    return KeyPair(
        **place.common(KEYPAIR, pair["name"]),
        name=tr.text(pair, "name"),
        native=tr.native(pair, "private_key", "public_key"),
        type=tr.text(pair, "type") or "ssh",
        fingerprint=tr.text(pair, "fingerprint"),
        public_key=tr.text(pair, "public_key"),
    )


def aggregate(raw: dict[str, Any], place: Place) -> AccountGroup:
    """One of ``GET /os-aggregates``."""
    return AccountGroup(
        **place.common(GROUP, tr.text(raw, "uuid") or str(raw["id"])),
        name=name_of(raw),
        display_name=name_of(raw),
        tags=tr.tags(raw["metadata"]),
        created_at=tr.moment(raw, "created_at"),
        native=tr.native(raw),
        type="aggregate",
        resources=len(tr.items(raw, "hosts")),
    )


def zone(raw: dict[str, Any], place: Place) -> AccountGroup:
    """One of ``GET /os-availability-zone``."""
    hosts = raw.get("hosts")
    return AccountGroup(
        **place.common(GROUP, raw["zoneName"]),
        name=raw["zoneName"],
        display_name=raw["zoneName"],
        state="available" if tr.flag(raw, "zoneState", "available") else "unavailable",
        native=tr.native(raw, "hosts"),
        type="availability-zone",
        resources=len(hosts) if isinstance(hosts, dict) else None,
    )


def _zones_by_host(reading: Reading) -> dict[str, str]:
    services = reading.get("/os-services", query={"binary": "nova-compute"}, micro="2.53")["services"]
    return {one["host"]: tr.said(one, "zone") for one in services}


def _read_hosts(reading: Reading) -> None:
    zones = None
    with reading.columns(HOST):
        zones = reading.once("zones", lambda: _zones_by_host(reading))
    reading.take(HOST, hypervisors(reading), lambda raw: host(raw, reading.place, zones))


def _read_flavors(reading: Reading) -> None:
    used: Mapping[str, int] | None = None
    if reading.login.wide and reading.only is None:
        with reading.columns(FLAVOR):
            used = Counter(name for raw in reading.all_of(SERVERS) if (name := tr.text(raw, "flavor", "original_name")))
    wanted = (raw for raw in reading.pages(FLAVORS) if reading.wants(raw["id"]))
    reading.take(FLAVOR, wanted, lambda raw: flavor(raw, reading.place, used))


def _read_keypairs(reading: Reading) -> None:
    reading.take(KEYPAIR, reading.pages(KEYPAIRS), lambda raw: keypair(raw, reading.place))


def _read_zones(reading: Reading) -> None:
    with reading.part(GROUP):
        reading.take(GROUP, _zone_list(reading), lambda raw: zone(raw, reading.place))
    with reading.part(GROUP):
        body = reading.get("/os-aggregates", micro="2.41")  # 2.41: UUIDs
        reading.take(GROUP, body["aggregates"], lambda raw: aggregate(raw, reading.place))


def _zone_list(reading: Reading) -> Iterable[Any]:
    """With the hosts of each zone where we may see them."""
    try:
        listed: list[Any] = reading.get("/os-availability-zone/detail")["availabilityZoneInfo"]
    except Denied:
        listed = reading.get("/os-availability-zone")["availabilityZoneInfo"]
    return listed


READERS = (
    Reader(
        name="hypervisors",
        service=COMPUTE,
        kinds=(HOST,),
        read=_read_hosts,
        permissions=("os_compute_api:os-hypervisors:list-detail", "os_compute_api:os-services:list"),
    ),
    Reader(name="flavors", service=COMPUTE, kinds=(FLAVOR,), read=_read_flavors, permissions=("os_compute_api:os-flavor-access",)),
    Reader(
        name="keypairs", service=COMPUTE, kinds=(KEYPAIR,), read=_read_keypairs, permissions=("os_compute_api:os-keypairs:index",)
    ),
    Reader(
        name="zones",
        service=COMPUTE,
        kinds=(GROUP,),
        read=_read_zones,
        permissions=("os_compute_api:os-availability-zone:list", "os_compute_api:os-aggregates:index"),
    ),
)
