"""Octavia: load balancers with their listeners, and pools with their members."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.adapters.clouds.openstack.place import BALANCER, Place, name_of, words
from skywright.adapters.clouds.openstack.read.base import Reading
from skywright.adapters.clouds.openstack.read.lists import ADDRESSES, BALANCERS, LISTENERS, MONITORS, POLICIES, POOLS, PORTS
from skywright.adapters.clouds.openstack.read.ports import SERVER, is_public
from skywright.model.estate import Verb
from skywright.model.kinds.network import Balancer, Listener, TargetGroup

KIND, TARGETS = "network.balancer", "network.targets"
HTTP = ("HTTP", "TERMINATED_HTTPS", "PROMETHEUS")
SHOWN = {"TERMINATED_HTTPS": "HTTPS"}
REDIRECTS = ("REDIRECT_TO_URL", "REDIRECT_PREFIX")
WELL = ("ONLINE", "NO_MONITOR")
"""Load Balancer API, "Operating status codes"; without a monitor nobody says that a member is unwell."""


class Parts(msgspec.Struct, frozen=True):
    """What belongs to balancers: listeners and policies by id, pools' members by pool, floating addresses by port."""

    listeners: Mapping[str, Any]
    redirecting: frozenset[str]
    members: Mapping[str, Sequence[Any] | None]
    floating: Mapping[str, str] | None


def balancer(raw: dict[str, Any], reading: Reading, parts: Parts) -> Balancer:
    """One of ``GET /lbaas/loadbalancers``."""
    place = reading.place
    own = [parts.listeners[one["id"]] for one in raw["listeners"] if one["id"] in parts.listeners]
    vip = tr.said(raw, "vip_address")
    floating = None if parts.floating is None else parts.floating.get(tr.said(raw, "vip_port_id"), "")
    outside = [address for address in (floating, vip if is_public(vip) else "") if address]
    members = _members(raw, parts)
    zone = tr.text(raw, "availability_zone")
    return Balancer(
        **place.common(KIND, raw["id"]),
        name=name_of(raw),
        state=_state(raw),
        tags=words(raw.get("tags")),
        created_at=tr.moment(raw, "created_at"),
        native=tr.native(raw, "updated_at"),
        type="application" if any(tr.text(one, "protocol") in HTTP for one in own) else "network",
        public=True if outside else None if floating is None else False,
        vpc=reading.network_ref("network.vpc", tr.text(raw, "vip_network_id")),
        zones=[zone] if zone else None,
        firewalls=[],
        listeners=sorted((_listener(one, parts) for one in own), key=repr),
        idle_timeout_s=next((ms // 1000 for one in own if (ms := tr.integer(one, "timeout_client_data"))), None),
        targets=None if members is None else len(members),
        healthy_targets=None if members is None else sum(tr.text(one, "operating_status") in WELL for one in members),
        public_ips=outside if parts.floating is not None or outside else None,
        private_ips=[vip] if vip and not is_public(vip) else [],
        subnets=reading.network_refs("network.subnet", [tr.said(raw, "vip_subnet_id")]),
        source_ranges=_sources(own),
        target_groups=place.refs(TARGETS, (one["id"] for one in tr.items(raw, "pools"))),
    )


def _state(raw: Any) -> str | None:
    provisioned = tr.text(raw, "provisioning_status")
    return {"ACTIVE": "active", "ERROR": "error"}.get(provisioned, "pending") if provisioned else None


def _listener(raw: Any, parts: Parts) -> Listener:
    protocol = tr.said(raw, "protocol")
    versions = tr.texts(raw, "tls_versions")
    return Listener(
        port=tr.integer(raw, "protocol_port"),
        protocol=SHOWN.get(protocol, protocol),
        tls_policy=",".join(sorted(versions)) if versions else None,
        certificate=tr.text(raw, "default_tls_container_ref"),
        redirects_to_tls=raw["id"] in parts.redirecting,
    )


def _sources(own: Sequence[Any]) -> list[str]:
    """Who may connect, if every listener says so; empty: anyone."""
    ranges = [tr.texts(one, "allowed_cidrs") or [] for one in own]
    return sorted({cidr for listed in ranges for cidr in listed}) if ranges and all(ranges) else []


def _members(raw: Any, parts: Parts) -> list[Any] | None:
    found: list[Any] = []
    for pool in tr.items(raw, "pools"):
        members = parts.members.get(pool["id"])
        if members is None:
            return None
        found += members
    return found


def links(row: Balancer) -> Links:
    """A balancer stands in its subnets and passes calls to its target groups."""
    for one in row.subnets or ():
        yield Verb.IN, one
    for group in row.target_groups or ():
        yield Verb.TARGETS, group


def targets(raw: dict[str, Any], place: Place, members: Sequence[Any] | None, around: "Around") -> TargetGroup:
    """One of ``GET /lbaas/pools``. ``members`` None: unknown."""
    ports = {tr.integer(one, "protocol_port") for one in members or ()}
    return TargetGroup(
        **place.common(TARGETS, raw["id"]),
        name=name_of(raw),
        state=_state(raw),
        tags=words(raw.get("tags")),
        created_at=tr.moment(raw, "created_at"),
        native=tr.native(raw, "updated_at"),
        balancers=place.refs(KIND, (one["id"] for one in tr.items(raw, "loadbalancers"))),
        protocol=tr.text(raw, "protocol"),
        port=next(iter(ports)) if len(ports) == 1 else None,
        targets=_targets(members, around),
        healthy=None if members is None else sum(tr.text(one, "operating_status") in WELL for one in members),
        unhealthy=None if members is None else sum(tr.text(one, "operating_status") == "ERROR" for one in members),
        health_check_path=tr.said(around.monitors.get(tr.said(raw, "healthmonitor_id")), "url_path"),
    )


class Around(msgspec.Struct, frozen=True):
    """Health monitors by id, and the servers behind (subnet, address); None: unknown."""

    monitors: Mapping[str, Any]
    servers: Mapping[tuple[str, str], str] | None


def _targets(members: Sequence[Any] | None, around: Around) -> list[str] | None:
    if members is None or around.servers is None:
        return None
    found = set()
    for one in members:
        address = tr.said(one, "address")
        found.add(around.servers.get((tr.said(one, "subnet_id"), address)) or around.servers.get(("", address)) or address)
    return sorted(found)


def target_links(row: TargetGroup) -> Links:
    """A target group needs its targets."""
    for one in row.targets or ():
        if one.startswith("openstack:"):
            yield Verb.TARGETS, one


def _servers(reading: Reading) -> dict[tuple[str, str], str]:
    """(Subnet, address) -> the server that has it; also by the address alone, where only one server has it."""
    found: dict[tuple[str, str], str] = {}
    alone: dict[str, set[str]] = defaultdict(set)
    for port in reading.all_of(PORTS):
        if not tr.said(port, "device_owner").startswith(SERVER):
            continue
        server = reading.id("compute.instance", port["device_id"])
        for fixed in tr.items(port, "fixed_ips"):
            found[tr.said(fixed, "subnet_id"), tr.said(fixed, "ip_address")] = server
            alone[tr.said(fixed, "ip_address")].add(server)
    return found | {("", address): next(iter(servers)) for address, servers in alone.items() if len(servers) == 1}


def _members_of(reading: Reading, kind: str, pools: Sequence[Any]) -> dict[str, Sequence[Any] | None]:
    answers = reading.each(kind, pools, lambda pool: _ask_members(reading, pool["id"]))
    return {pool["id"]: members for pool, members in answers}


def _ask_members(reading: Reading, pool: str) -> list[Any]:
    found: list[Any] = reading.shared(
        f"members {reading.region} {pool}", lambda: reading.get("/lbaas/pools/{}/members", pool, service=BALANCER)["members"]
    )
    return found


def _parts(reading: Reading, pools: Sequence[Any]) -> Parts:
    floating = None
    with reading.columns(KIND):
        floating = {raw["port_id"]: tr.said(raw, "floating_ip_address") for raw in reading.all_of(ADDRESSES) if raw.get("port_id")}
    redirecting: set[str] = set()
    with reading.columns(KIND):
        redirecting = {raw["listener_id"] for raw in reading.all_of(POLICIES) if _to_tls(raw)}
    return Parts(
        listeners={raw["id"]: raw for raw in reading.all_of(LISTENERS)},
        redirecting=frozenset(redirecting),
        members=_members_of(reading, KIND, pools),
        floating=floating,
    )


def _to_tls(raw: Any) -> bool:
    goal = tr.text(raw, "redirect_url") or tr.said(raw, "redirect_prefix")
    return tr.text(raw, "action") in REDIRECTS and goal.startswith("https://")


def _read_balancers(reading: Reading) -> None:
    raws = reading.listed(BALANCERS)
    wanted = {pool["id"] for raw in raws for pool in tr.items(raw, "pools")}
    parts = _parts(reading, [{"id": one} for one in sorted(wanted)])
    reading.take(KIND, raws, lambda raw: balancer(raw, reading, parts), links)


def _read_pools(reading: Reading) -> None:
    raws = reading.listed(POOLS)
    members = _members_of(reading, TARGETS, raws)
    servers, monitors = None, {}
    with reading.columns(TARGETS):
        servers = _servers(reading)
    with reading.columns(TARGETS):
        monitors = {raw["id"]: raw for raw in reading.all_of(MONITORS)}
    around = Around(monitors, servers)
    reading.take(TARGETS, raws, lambda raw: targets(raw, reading.place, members.get(raw["id"]), around), target_links)


READERS = (
    Reader(
        name="load-balancers",
        service=BALANCER,
        kinds=(KIND,),
        read=_read_balancers,
        permissions=(
            "os_load-balancer_api:loadbalancer:get_all",
            "os_load-balancer_api:listener:get_all",
            "os_load-balancer_api:l7policy:get_all",
            "os_load-balancer_api:member:get_all",
        ),
    ),
    Reader(
        name="pools",
        service=BALANCER,
        kinds=(TARGETS,),
        read=_read_pools,
        permissions=("os_load-balancer_api:pool:get_all", "os_load-balancer_api:healthmonitor:get_all"),
    ),
)
