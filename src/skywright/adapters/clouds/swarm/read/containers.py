"""Containers of one engine, and the ports that they open."""

from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links
from skywright.adapters.clouds.swarm.place import ENDPOINT, IMAGE, NETWORK, POD, VOLUME, Place
from skywright.adapters.clouds.swarm.read.base import ENGINE, Reading, containers, on
from skywright.model.estate import Verb
from skywright.model.kinds.cluster import ClusterService, Pod, Port

TASK = "com.docker.swarm.task.id"
EVERYWHERE = ("", "0.0.0.0", "::", None)  # noqa: S104 - how Docker says that a port is bound to every address
STATES = {
    "created": "pending",
    "restarting": "pending",
    "running": "running",
    "paused": "running",
    "exited": "exited",
    "removing": "exited",
    "dead": "failed",
}
"""Docker's word (ContainerSummary.State) -> ours."""
UNSET = -1
NANOS_PER_MILLI = 1_000_000


def container(raw: dict[str, Any], inspected: dict[str, Any] | None, place: Place) -> Pod:
    """One of GET /containers/json, and GET /containers/{id}/json of it. What is in the environment is never kept."""
    settings = tr.at(inspected, "HostConfig") or {}
    known = inspected is not None
    mode = tr.text(raw, "HostConfig", "NetworkMode")
    networks = tr.at(raw, "NetworkSettings", "Networks") or {}
    return Pod(
        **place.common(POD, raw["Id"]),
        name=next((name.lstrip("/") for name in tr.texts(raw, "Names") or ()), None),
        state=STATES.get(tr.said(raw, "State"), "unknown"),
        tags=tr.tags(raw.get("Labels")),
        created_at=tr.moment(raw, "Created"),
        native=tr.native(raw, "Status", "Command", "NetworkSettings"),
        workload="",
        ip=next((tr.said(joined, "IPAddress") for joined in networks.values() if tr.text(joined, "IPAddress")), ""),
        images=[name for name in (tr.text(raw, "Image"),) if name],
        ready=_ready(raw, inspected),
        restarts=tr.integer(inspected, "RestartCount"),
        reason="CrashLoopBackOff" if tr.text(raw, "State") == "restarting" else "",
        labels=tr.tags(raw.get("Labels")),
        ports=ports(raw),
        cpu_request_millis=0 if known else None,
        memory_request_mib=(tr.integer(settings, "MemoryReservation") or 0) >> 20 if known else None,
        privileged=tr.flag(settings, "Privileged"),
        host_network=None if mode is None else mode == "host",
        host_pid=tr.text(settings, "PidMode") == "host" if known else None,
        host_paths=sorted({tr.said(one, "Source") for one in tr.items(raw, "Mounts") if tr.text(one, "Type") == "bind"}),
        read_only_root=tr.flag(settings, "ReadonlyRootfs"),
        restart_policy=(tr.said(settings, "RestartPolicy", "Name") or "no") if known else None,
        cpu_limit_millis=_cpu_limit(settings) if known else None,
        memory_limit_mib=((tr.integer(settings, "Memory") or 0) >> 20 or UNSET) if known else None,
        capabilities_added=sorted(tr.texts(settings, "CapAdd") or ()) if known else None,
    )


def _cpu_limit(settings: dict[str, Any]) -> int:
    """``--cpus`` as such, or as quota over period (Docker documentation, "Resource constraints")."""
    if nanos := tr.integer(settings, "NanoCpus"):
        return nanos // NANOS_PER_MILLI
    quota, period = tr.integer(settings, "CpuQuota") or 0, tr.integer(settings, "CpuPeriod") or 100_000
    return quota * 1000 // period if quota > 0 else UNSET


def _ready(raw: dict[str, Any], inspected: dict[str, Any] | None) -> bool | None:
    """Running, and healthy where it has a health check."""
    if tr.text(raw, "State") != "running":
        return False
    health = tr.text(inspected, "State", "Health", "Status")
    return None if inspected is None else health in (None, "none", "healthy")


def ports(raw: dict[str, Any]) -> list[Port]:
    """Ports of a container; one that is bound by IPv4 and IPv6 alike is one."""
    found = {}
    for one in tr.items(raw, "Ports"):
        inner, outer, protocol = tr.integer(one, "PrivatePort"), tr.integer(one, "PublicPort"), tr.text(one, "Type")
        address = tr.text(one, "IP")
        bound = None if outer is None else "" if address in EVERYWHERE else address
        found[protocol, inner, outer, bound] = Port(
            protocol=protocol,
            port=inner,
            target_port=None if inner is None else str(inner),
            node_port=outer,
            address=bound,
            mode="host" if outer else None,
        )
    return sorted(found.values(), key=repr)


def endpoint(pod: Pod, place: Place, host: str | None) -> ClusterService | None:
    """The ports that a container opens on its host; None when it opens none. On loopback only it is not for the outside."""
    opened = [port for port in pod.ports or () if port.node_port]
    if not opened:
        return None
    return ClusterService(
        **place.common(ENDPOINT, pod.native_id),
        name=pod.name,
        state=pod.state,
        tags=pod.tags,
        type="node-port",
        cluster_ip="",
        external=[host] if host else [],
        source_ranges=[],
        ports=opened,
        selector={},
        workloads=[pod.id],
        balancer="",
        public=any(not _loopback(port.address or "") for port in opened),
    )


def _loopback(address: str) -> bool:
    return address.startswith("127.") or address == "::1"


def _read(desk: Reading) -> None:
    raws = [raw for raw in containers(desk) if desk.wants(raw["Id"]) and not _is_task_elsewhere(desk, raw)]
    found = desk.each(POD, raws, lambda raw: desk.ask("GET /containers/{id}/json", raw["Id"]))
    engine = desk.directory.engine(desk.account)
    address = tr.text(engine.info, "Swarm", "NodeAddr") if engine else None
    home = engine.host if engine else None
    rows = desk.take(POD, found, lambda pair: container(pair[0], pair[1], desk.place))
    mounted = {tr.said(raw, "Id"): raw for raw in raws}
    for row in rows:
        for verb, target in _links(mounted[row.native_id], desk, home):
            desk.relate(row.id, verb, target)
        if (opened := endpoint(row, desk.place, address)) is not None:
            desk.add(opened)
            desk.relate(opened.id, Verb.TARGETS, row.id)


def _is_task_elsewhere(desk: Reading, raw: dict[str, Any]) -> bool:
    """Is it a task of a swarm that is in scope: then it is read there."""
    if not tr.text(raw, "Labels", TASK):
        return False
    engine = desk.directory.engine(desk.account)
    return engine is not None and bool(desk.directory.swarm_of(engine))


def _links(raw: dict[str, Any], desk: Reading, home: str | None) -> Links:
    """A container needs its host, its image, its volumes and its networks."""
    yield Verb.RUNS_ON, home
    if image := tr.text(raw, "ImageID"):
        yield Verb.MADE_FROM, desk.id(IMAGE, image)
    for mount in tr.items(raw, "Mounts"):
        if tr.text(mount, "Type") == "volume" and (name := tr.text(mount, "Name")):
            yield Verb.USES, desk.id(VOLUME, name)
    for name in tr.at(raw, "NetworkSettings", "Networks") or {}:
        yield Verb.IN, desk.id(NETWORK, name)


READERS = (on(ENGINE, "containers", (POD, ENDPOINT), _read, "GET /containers/json", "GET /containers/{id}/json"),)
"""Containers, and what they open."""
