"""A swarm: itself, its nodes, its networks, secrets and configs."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links
from skywright.adapters.clouds.swarm.place import CLUSTER, CONFIG, NETWORK, NODE, SECRET, Place
from skywright.adapters.clouds.swarm.read.base import SWARM, Reading, on, services
from skywright.adapters.clouds.swarm.read.engines import network, twice_named
from skywright.model.estate import Verb
from skywright.model.kinds.cluster import ContainerConfig, ContainerSecret, Node
from skywright.model.kinds.compute import ContainerCluster

NANOS_PER_DAY = 86_400 * 10**9
NANOS_PER_MILLI = 1_000_000
ROLES = {"manager": "control-plane", "worker": "worker"}
SECRET_PARTS = ("JoinTokens", "TLSInfo", "UnlockKey")


def cluster(raw: dict[str, Any], place: Place, nodes: list[dict[str, Any]], served: list[dict[str, Any]]) -> ContainerCluster:
    """GET /swarm, and its nodes and services. The tokens to join it are dropped."""
    managers = [node for node in nodes if tr.text(node, "Spec", "Role") == "manager"]
    validity = tr.integer(raw, "Spec", "CAConfig", "NodeCertExpiry")
    leader = next((node for node in managers if tr.flag(node, "ManagerStatus", "Leader")), None)
    spec = tr.at(raw, "Spec") or {}
    return ContainerCluster(
        **place.common(CLUSTER, raw["ID"]),
        name=tr.text(spec, "Name"),
        state="active",
        tags=tr.tags(spec.get("Labels")),
        created_at=tr.moment(raw, "CreatedAt"),
        native={**tr.native(raw, *SECRET_PARTS, "Version", "UpdatedAt", "Spec"), "Spec": tr.native(spec, "CAConfig")},
        services=len(served),
        running_tasks=sum(tr.integer(one, "ServiceStatus", "RunningTasks") or 0 for one in served),
        instances=len(nodes),
        managers=len(managers),
        managers_reachable=sum(tr.text(node, "ManagerStatus", "Reachability") == "reachable" for node in managers),
        autolock=tr.flag(spec, "EncryptionConfig", "AutoLockManagers") or False,
        certificate_expires_at=_expiry(tr.text(raw, "TLSInfo", "TrustRoot")),
        certificate_days=None if validity is None else validity // NANOS_PER_DAY,
        version=tr.text(leader, "Description", "Engine", "EngineVersion"),
    )


def _expiry(pem: str | None) -> datetime | None:
    """The end of the swarm's own certificate authority."""
    if not pem:
        return None
    from cryptography.x509 import load_pem_x509_certificate

    try:
        return load_pem_x509_certificate(pem.encode()).not_valid_after_utc.astimezone(UTC).replace(tzinfo=None)
    except ValueError:
        return None


def node(raw: dict[str, Any], place: Place, host: str | None) -> Node:
    """One of GET /nodes. ``host``: the id of the host's own row, where that engine is in scope."""
    state = tr.text(raw, "Status", "State")
    availability = tr.text(raw, "Spec", "Availability")
    memory, cpu = (tr.integer(raw, "Description", "Resources", part) for part in ("MemoryBytes", "NanoCPUs"))
    version = tr.text(raw, "Description", "Engine", "EngineVersion")
    return Node(
        **place.common(NODE, raw["ID"]),
        name=tr.text(raw, "Description", "Hostname"),
        state=state,
        tags=tr.tags(tr.at(raw, "Spec", "Labels")),
        created_at=tr.moment(raw, "CreatedAt"),
        native=_native_node(raw),
        instance=host,
        ready=None if state is None else state == "ready",
        schedulable=None if availability is None else availability == "active",
        availability=availability,
        role=ROLES.get(tr.said(raw, "Spec", "Role")),
        version=version,
        runtime=f"docker {version}" if version else None,
        operating_system=tr.text(raw, "Description", "Platform", "OS"),
        architecture=tr.text(raw, "Description", "Platform", "Architecture"),
        private_ip=tr.text(raw, "Status", "Addr"),
        cpu_millis=None if cpu is None else cpu // NANOS_PER_MILLI,
        memory_mib=None if memory is None else memory >> 20,
        pressure=[],
        taints=[],
    )


def _native_node(raw: dict[str, Any]) -> dict[str, Any]:
    kept = tr.native(raw, "Version", "UpdatedAt")
    kept["Description"] = tr.native(kept.get("Description") or {}, "TLSInfo", "Engine")
    return kept


def _links(row: Node, swarm: str) -> Links:
    yield Verb.MEMBER_OF, swarm
    yield Verb.RUNS_ON, row.instance


def users(served: list[dict[str, Any]], part: str, key: str) -> Counter[str]:
    """How many services use each secret or config, by its id."""
    return Counter(
        tr.said(one, key) for service in served for one in tr.items(service, "Spec", "TaskTemplate", "ContainerSpec", part)
    )


def secret(raw: dict[str, Any], place: Place, used: Counter[str] | None) -> ContainerSecret:
    """One of GET /secrets, which never tells what is in it. A secret of a swarm cannot be changed."""
    return ContainerSecret(
        **place.common(SECRET, raw["ID"]),
        name=tr.text(raw, "Spec", "Name"),
        tags=tr.tags(tr.at(raw, "Spec", "Labels")),
        created_at=tr.moment(raw, "CreatedAt"),
        native={"ID": raw["ID"], "Driver": tr.said(raw, "Spec", "Driver", "Name")},
        type="swarm",
        immutable=True,
        used_by=None if used is None else used[raw["ID"]],
    )


def config(raw: dict[str, Any], place: Place, used: Counter[str] | None) -> ContainerConfig:
    """One of GET /configs. Its data is dropped unread: people keep secrets there."""
    return ContainerConfig(
        **place.common(CONFIG, raw["ID"]),
        name=tr.text(raw, "Spec", "Name"),
        state=None if used is None else "in-use" if used[raw["ID"]] else "available",
        tags=tr.tags(tr.at(raw, "Spec", "Labels")),
        created_at=tr.moment(raw, "CreatedAt"),
        native={"ID": raw["ID"]},
        immutable=True,
    )


def _read_cluster(desk: Reading) -> None:
    raw, nodes, served = desk.ask("GET /swarm"), desk.listed("GET /nodes"), services(desk)
    desk.take(CLUSTER, [raw], lambda one: cluster(one, desk.place, nodes, served))


def _read_nodes(desk: Reading) -> None:
    raws = desk.listed("GET /nodes")

    def translate(raw: dict[str, Any]) -> Node:
        engine = desk.directory.of_node(raw["ID"])
        return node(raw, desk.place, engine.host if engine else None)

    desk.take(NODE, raws, translate, lambda row: _links(row, desk.id(CLUSTER, desk.account)))


def _read_networks(desk: Reading) -> None:
    members: Counter[str] | None = None
    with desk.columns(NETWORK):
        members = Counter(tr.said(vip, "NetworkID") for one in services(desk) for vip in _networks(one))
    raws = [raw for raw in desk.listed("GET /networks") if raw.get("Scope") == SWARM]
    twice = twice_named(raws)
    desk.take(NETWORK, raws, lambda raw: network(raw, desk.place, members, twice))


def _networks(service: dict[str, Any]) -> list[dict[str, str]]:
    """The networks of a service: those of its tasks, and the one by which its ports are published."""
    named = {tr.said(one, "Target") for one in tr.items(service, "Spec", "TaskTemplate", "Networks")}
    named |= {tr.said(one, "NetworkID") for one in tr.items(service, "Endpoint", "VirtualIPs")}
    return [{"NetworkID": name} for name in named if name]


def _reads(kind: str, call: str, part: str, key: str, translate: Callable[..., Any]) -> Callable[[Reading], None]:
    def read(desk: Reading) -> None:
        used: Counter[str] | None = None
        with desk.columns(kind):
            used = users(services(desk), part, key)
        desk.take(kind, desk.listed(call), lambda raw: translate(raw, desk.place, used))

    return read


READERS = (
    on(SWARM, "swarm", (CLUSTER,), _read_cluster, "GET /swarm", "GET /nodes", "GET /services"),
    on(SWARM, "nodes", (NODE,), _read_nodes, "GET /nodes"),
    on(SWARM, "overlays", (NETWORK,), _read_networks, "GET /networks", "GET /services"),
    on(SWARM, "secrets", (SECRET,), _reads(SECRET, "GET /secrets", "Secrets", "SecretID", secret), "GET /secrets", "GET /services"),
    on(SWARM, "configs", (CONFIG,), _reads(CONFIG, "GET /configs", "Configs", "ConfigID", config), "GET /configs", "GET /services"),
)
"""What a swarm's managers tell, but for its services."""
