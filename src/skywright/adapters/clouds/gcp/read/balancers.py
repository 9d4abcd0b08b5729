"""Load balancers: a forwarding rule with all that it leads to is a balancer; a backend service or target pool, its targets."""

from collections.abc import Iterable, Sequence
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import COMPUTE, Reading
from skywright.adapters.clouds.gcp.read.fronts import Fronts, fronts
from skywright.adapters.clouds.gcp.read.place import Place, region_of
from skywright.adapters.clouds.gcp.read.sources import location_of
from skywright.adapters.clouds.gcp.read.targets import network_key
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.network import Balancer, Endpoint, Listener, TargetGroup

BALANCER, TARGETS, ENDPOINT = "network.balancer", "network.targets", "network.endpoint"
FRONT_ENDS = ("130.211.0.0/22", "35.191.0.0/16")
"""From where a global external balancer that is a proxy calls its backends ("External Application Load Balancer overview: Firewall
rules")."""

GOOGLE_APIS = ("all-apis", "vpc-sc")


def balancer(raw: dict[str, Any], place: Place, parts: Fronts, behind: Sequence[TargetGroup] | None) -> Balancer:
    """A ForwardingRule. ``behind``: the targets that it leads to (None: not known)."""
    protocol, _ = parts.proxy(raw)
    public = tr.said(raw, "loadBalancingScheme").startswith("EXTERNAL")
    address = [found] if (found := tr.text(raw, "IPAddress")) else []
    services = [parts.services.get(key) or parts.buckets.get(key) for key in parts.backends(raw)]
    return Balancer(
        **names.row(BALANCER, raw, place),
        state="active",
        type="application" if protocol.startswith("HTTP") else "network",
        public=public,
        dns_name=tr.said(raw, "serviceName"),
        vpc=place.link("network.vpc", tr.said(raw, "network")),
        zones=_zones(services, parts),
        firewalls=[],
        listeners=_listeners(raw, parts),
        access_logging=_all(tr.flag(one, "logConfig", "enable") or False for one in services if one),
        log_bucket="",
        targets=None if behind is None else sum(len(one.targets or ()) for one in behind),
        healthy_targets=None if behind is None else sum(one.healthy or 0 for one in behind),
        web_acl=_all(bool(tr.text(one, "securityPolicy") or tr.text(one, "edgeSecurityPolicy")) for one in services if one),
        public_ips=address if public else [],
        private_ips=[] if public else address,
        subnets=place.links("network.subnet", [tr.text(raw, "subnetwork")]),
        source_ranges=tr.texts(raw, "sourceIpRanges") or [],
        calls_from=list(FRONT_ENDS) if public and protocol.startswith("HTTP") and not tr.text(raw, "region") else None,
        target_groups=_ids(parts.backends(raw), parts, place),
    )


def target_group(raw: dict[str, Any], place: Place, parts: Fronts, health: Sequence[Any] | None) -> TargetGroup:
    """A BackendService or TargetPool. ``health``: the HealthStatus of all its instances (None: not known)."""
    ports = {port for one in health or () if (port := tr.integer(one, "port"))}
    states = [tr.said(one, "healthState") for one in health or ()]
    rules = parts.leading_to(network_key(tr.at(raw, "selfLink")))
    return TargetGroup(
        **{**names.row(TARGETS, raw, place), "tags": {}},
        state="active",
        vpc=place.link("network.vpc", tr.text(raw, "network")),
        balancers=place.links(BALANCER, (tr.text(rule, "selfLink") for rule in rules)),
        protocol=tr.text(raw, "protocol") or "TCP",
        port=next(iter(ports)) if len(ports) == 1 else tr.integer(raw, "port"),
        targets=None if health is None else place.links("compute.instance", (tr.text(one, "instance") for one in health)),
        healthy=None if health is None else states.count("HEALTHY"),
        unhealthy=None if health is None else len(states) - states.count("HEALTHY"),
    )


def private_door(raw: dict[str, Any], place: Place) -> Endpoint:
    """A ForwardingRule that leads to a service of Google's or of another project's (Private Service Connect)."""
    target = tr.said(raw, "target")
    return Endpoint(
        **names.row(ENDPOINT, raw, place),
        state=names.word(raw, {"ACCEPTED": "available"}, "pscConnectionStatus") or "available",
        type="interface",
        vpc=place.link("network.vpc", tr.text(raw, "network")),
        service=target if target in GOOGLE_APIS else network_key(target),
    )


def _is_door(raw: Any) -> bool:
    target = tr.said(raw, "target")
    return target in GOOGLE_APIS or "/serviceAttachments/" in target


def _is_balancer(raw: Any) -> bool:
    return not _is_door(raw) and "VpnGateways/" not in tr.said(raw, "target")


def _listeners(raw: Any, parts: Fronts) -> list[Listener]:
    protocol, proxy = parts.proxy(raw)
    certificate = next(iter(tr.texts(proxy, "sslCertificates") or []), tr.text(proxy, "certificateMap"))
    return [
        Listener(
            port=port,
            protocol=protocol or tr.said(raw, "IPProtocol").replace("L3_DEFAULT", "ALL"),
            tls_policy=parts.tls(raw),
            certificate=certificate,
            redirects_to_tls=parts.redirects(raw) if protocol == "HTTP" else None,
        )
        for port in _ports(raw)
    ]


def _ports(raw: Any) -> Iterable[int | None]:
    """The ports that it takes. A range of many is told by its first; all ports, by None."""
    listed = [int(one) for one in tr.texts(raw, "ports") or () if one.isdigit()]
    low = tr.said(raw, "portRange").partition("-")[0]
    return listed or ([int(low)] if low.isdigit() else [None])


def _zones(services: Sequence[Any], parts: Fronts) -> list[str] | None:
    """The zones of the instance groups behind; None where some group does not say where it is."""
    groups = [tr.said(backend, "group") for one in services for backend in tr.items(one, "backends")]
    zones = [parts.zones.get(network_key(group)) or _zone(group) for group in groups]
    known = [one for one in zones if one]
    return tr.sorted_texts(zone for one in known for zone in one) if zones and len(known) == len(zones) else None


def _zone(group: str) -> list[str]:
    _, found, rest = group.partition("/zones/")
    return [rest.partition("/")[0]] if found else []


def _all(values: Iterable[bool]) -> bool | None:
    found = list(values)
    return all(found) if found else None


def _ids(keys: Iterable[str], parts: Fronts, place: Place) -> list[str]:
    return place.links(TARGETS, (key for key in keys if key in parts.services))


def balancer_links(row: Balancer) -> Links:
    """A balancer needs its network and what it sends to."""
    yield Verb.IN, row.vpc
    for group in row.target_groups or ():
        yield Verb.TARGETS, group


def target_links(row: TargetGroup) -> Links:
    """Targets are instances."""
    for one in row.targets or ():
        yield Verb.TARGETS, one


def _read(reading: Reading) -> None:
    parts = fronts(reading)
    with reading.part(TARGETS):
        _read_targets(reading, parts)
    with reading.part(BALANCER, ENDPOINT):
        found = reading.here(BALANCER, COMPUTE + "ForwardingRule")
        asked = [(raw, _behind(reading, raw, parts)) for raw in found if _is_balancer(raw)]
        reading.take(BALANCER, asked, lambda one: balancer(one[0], reading.place, parts, one[1]), balancer_links)
        doors = [raw for raw in found if _is_door(raw)]
        reading.take(ENDPOINT, doors, lambda raw: private_door(raw, reading.place), lambda row: [(Verb.IN, row.vpc)])


def _read_targets(reading: Reading, parts: Fronts) -> None:
    here = [raw for raw in parts.services.values() if region_of(location_of(raw)) == reading.region]
    wanted = [raw for raw in here if reading.wants(tr.said(raw, "name"))]
    asked = reading.each(TARGETS, wanted, lambda raw: health_of(reading, raw))
    reading.take(TARGETS, asked, lambda one: target_group(one[0], reading.place, parts, one[1]), target_links)


def _behind(reading: Reading, raw: Any, parts: Fronts) -> list[TargetGroup] | None:
    """The targets of a balancer with their health, which was asked for already where they are in the same region."""
    services = [service for key in parts.backends(raw) if (service := parts.services.get(key))]
    answers = reading.each(BALANCER, services, lambda service: health_of(reading, service))
    groups = [target_group(service, reading.place, parts, health) for service, health in answers]
    return None if any(group.targets is None for group in groups) else groups


def health_of(reading: Reading, raw: Any) -> list[Any]:
    """The HealthStatus of every instance behind a BackendService or TargetPool. Raises model.errors."""
    return reading.shared(f"health {network_key(tr.at(raw, 'selfLink'))}", lambda: _health_of(reading, raw))


def _health_of(reading: Reading, raw: Any) -> list[Any]:
    found: list[Any] = []
    for field, one in _asked(raw):
        name, params = _health_call(reading, raw)
        answer = reading.maybe(name, body={field: one}, **params) or {}
        found += tr.items(answer, "healthStatus")
    return found


def _asked(raw: Any) -> list[tuple[str, str]]:
    """What is asked about, one call each: the groups of a backend service (serverless ones have no health), or the instances of a
    target pool."""
    groups = [("group", tr.said(one, "group")) for one in tr.items(raw, "backends")]
    pooled = [("instance", one) for one in tr.texts(raw, "instances") or ()]
    return [one for one in [*groups, *pooled] if "/instanceGroups/" in one[1] or "/zones/" in one[1]]


def _health_call(reading: Reading, raw: Any) -> tuple[str, dict[str, str]]:
    name, region = tr.said(raw, "name"), tr.tail(tr.text(raw, "region"))
    params = {"project": reading.account} | ({"region": region} if region else {})
    if "/targetPools/" in tr.said(raw, "selfLink"):
        return "compute.targetPools.getHealth", params | {"targetPool": name}
    collection = "regionBackendServices" if region else "backendServices"
    return f"compute.{collection}.getHealth", params | {"backendService": name}


READERS = (
    Reader(
        name="balancers",
        service="compute",
        kinds=(BALANCER, TARGETS, ENDPOINT),
        read=_read,
        permissions=(
            "compute.forwardingRules.list",
            "compute.backendServices.list",
            "compute.backendServices.get",
            "compute.backendBuckets.list",
            "compute.urlMaps.list",
            "compute.targetHttpProxies.list",
            "compute.targetHttpsProxies.list",
            "compute.targetSslProxies.list",
            "compute.targetTcpProxies.list",
            "compute.targetPools.list",
            "compute.sslPolicies.list",
            "compute.instanceGroupManagers.list",
        ),
    ),
)
