"""Services of a swarm, their tasks, and the ports that they publish."""

from collections import Counter
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links
from skywright.adapters.clouds.swarm.place import CLUSTER, CONFIG, ENDPOINT, NODE, POD, SECRET, SERVICE, Place
from skywright.adapters.clouds.swarm.read.base import SWARM, Reading, on, services
from skywright.model.estate import Verb
from skywright.model.kinds.cluster import ClusterService, Pod, Port
from skywright.model.kinds.compute import ContainerService

UNSET = -1
NANOS_PER_MILLI = 1_000_000
DEFAULT_FAILURE_ACTION = "pause"  # Docker documentation, `docker service create --update-failure-action`
STATES = {
    **dict.fromkeys(("new", "pending", "assigned", "accepted", "preparing", "ready", "starting"), "pending"),
    "running": "running",
    "complete": "succeeded",
    **dict.fromkeys(("failed", "rejected"), "failed"),
    **dict.fromkeys(("shutdown", "remove"), "exited"),
}
"""Docker's word ("Swarm task states") -> ours; any other (orphaned) is unknown."""
OVER = ("shutdown", "remove")


def service(raw: dict[str, Any], place: Place) -> ContainerService:
    """One of GET /services?status=true. The values of its environment, and what it runs with, are dropped."""
    spec = raw["Spec"]
    task = tr.at(spec, "TaskTemplate") or {}
    container = tr.at(task, "ContainerSpec") or {}
    published = published_ports(tr.items(spec, "EndpointSpec", "Ports"))
    limits, reserved = (tr.at(task, "Resources", part) or {} for part in ("Limits", "Reservations"))
    action = tr.text(spec, "UpdateConfig", "FailureAction") or DEFAULT_FAILURE_ACTION
    return ContainerService(
        **place.common(SERVICE, raw["ID"]),
        name=tr.text(spec, "Name"),
        state=_state(raw),
        tags=tr.tags(spec.get("Labels")),
        created_at=tr.moment(raw, "CreatedAt"),
        native=_native(raw, container),
        cluster=place.id(CLUSTER, place.account),
        desired=_desired(raw),
        running=tr.integer(raw, "ServiceStatus", "RunningTasks"),
        launch_type=_mode(spec),
        public_ip=False,
        circuit_breaker=action == "rollback",
        public=None if published else False,
        image=tr.text(container, "Image"),
        ports=published,
        role="",
        cpu_limit_millis=_millis(limits) or UNSET,
        memory_limit_mib=_mib(limits) or UNSET,
        cpu_reserved_millis=_millis(reserved),
        memory_reserved_mib=_mib(reserved),
        host_paths=sorted(tr.said(one, "Source") for one in tr.items(container, "Mounts") if tr.text(one, "Type") == "bind"),
        capabilities_added=sorted(tr.texts(container, "CapabilityAdd") or ()),
        read_only_root=tr.flag(container, "ReadOnly") or False,
        update_failure_action=action,
        health_check=_health_check(container),
        firewalls=[],
        subnets=[],
        target_groups=[],
    )


def _state(raw: dict[str, Any]) -> str:
    """The state of the last update, if it is not over; else active."""
    said = tr.text(raw, "UpdateStatus", "State")
    return said if said in ("updating", "paused", "rollback_started", "rollback_paused") else "active"


def _mode(spec: dict[str, Any]) -> str | None:
    """replicated, global, replicated-job or global-job."""
    modes = {"Replicated": "replicated", "Global": "global", "ReplicatedJob": "replicated-job", "GlobalJob": "global-job"}
    return next((modes[name] for name in tr.at(spec, "Mode") or {} if name in modes), None)


def _desired(raw: dict[str, Any]) -> int | None:
    replicas = tr.integer(raw, "Spec", "Mode", "Replicated", "Replicas")
    return replicas if replicas is not None else tr.integer(raw, "ServiceStatus", "DesiredTasks")


def _millis(resources: dict[str, Any]) -> int:
    return (tr.integer(resources, "NanoCPUs") or 0) // NANOS_PER_MILLI


def _mib(resources: dict[str, Any]) -> int:
    return (tr.integer(resources, "MemoryBytes") or 0) >> 20


def _health_check(container: dict[str, Any]) -> bool | None:
    """The service's own; without one the image's decides, which is not told here."""
    test = tr.texts(container, "Healthcheck", "Test")
    return None if not test else test != ["NONE"]


def published_ports(listed: list[Any]) -> list[Port]:
    """EndpointPortConfig -> ports, in order. A published port that is left to Docker is 0."""
    found = [
        Port(
            protocol=tr.text(one, "Protocol") or "tcp",
            port=tr.integer(one, "TargetPort"),
            target_port=_digits(tr.integer(one, "TargetPort")),
            node_port=tr.integer(one, "PublishedPort") or 0,
            address="",
            mode=tr.text(one, "PublishMode") or "ingress",
        )
        for one in listed
    ]
    return sorted(found, key=repr)


def _digits(number: int | None) -> str | None:
    return None if number is None else str(number)


def _native(raw: dict[str, Any], container: dict[str, Any]) -> dict[str, Any]:
    """What is no secret: no environment, no arguments, no previous spec (which has both)."""
    kept = {name: container[name] for name in ("Image", "User", "Dir", "ReadOnly", "Init") if name in container}
    return {
        "ID": raw["ID"],
        "Mode": tr.at(raw, "Spec", "Mode"),
        "Image": kept,
        "Environment": sorted(one.partition("=")[0] for one in tr.texts(container, "Env") or ()),
        "Placement": tr.at(raw, "Spec", "TaskTemplate", "Placement"),
        "UpdateConfig": tr.at(raw, "Spec", "UpdateConfig"),
        "RollbackConfig": tr.at(raw, "Spec", "RollbackConfig"),
    }


def _links(row: ContainerService, raw: dict[str, Any], place: Place) -> Links:
    """A service needs its swarm, its secrets and its configs."""
    yield Verb.IN, row.cluster
    container = tr.at(raw, "Spec", "TaskTemplate", "ContainerSpec")
    for kind, part, key in ((SECRET, "Secrets", "SecretID"), (CONFIG, "Configs", "ConfigID")):
        for one in tr.items(container, part):
            if name := tr.text(one, key):
                yield Verb.USES, place.id(kind, name)


def endpoint(row: ContainerService, raw: dict[str, Any], place: Place, addresses: list[str]) -> ClusterService | None:
    """The ports that a service publishes; None when it publishes none."""
    if not row.ports:
        return None
    opened = published_ports(tr.items(raw, "Endpoint", "Ports")) or row.ports  # with the numbers that Docker chose
    vip = next((tr.said(one, "Addr").partition("/")[0] for one in tr.items(raw, "Endpoint", "VirtualIPs")), "")
    return ClusterService(
        **place.common(ENDPOINT, row.native_id),
        name=row.name,
        state="active",
        tags=row.tags,
        created_at=row.created_at,
        type="node-port",
        cluster_ip=vip,
        external=addresses,
        source_ranges=[],
        ports=opened,
        selector={},
        workloads=[row.id],
        balancer="",
        public=True,
    )


def task(raw: dict[str, Any], place: Place, failed: Counter[tuple[str, object]], names: dict[str, str]) -> Pod:
    """One of GET /tasks. ``failed``: how often each slot of a service has failed, as far as the swarm's history reaches."""
    of, spec = tr.said(raw, "ServiceID"), tr.at(raw, "Spec") or {}
    container = tr.at(spec, "ContainerSpec") or {}
    slot = tr.at(raw, "Slot") or tr.said(raw, "NodeID")
    state = tr.said(raw, "Status", "State")
    limits, reserved = (tr.at(spec, "Resources", part) or {} for part in ("Limits", "Reservations"))
    return Pod(
        **place.common(POD, raw["ID"]),
        name=f"{names.get(of) or of}.{slot}",
        state=STATES.get(state, "unknown"),
        tags=tr.tags(tr.at(container, "Labels")),
        created_at=tr.moment(raw, "CreatedAt"),
        native=_native_task(raw),
        workload=place.id(SERVICE, of) if of else "",
        node=place.ref(NODE, tr.said(raw, "NodeID")),
        images=[name for name in (tr.text(container, "Image"),) if name],
        ready=state == "running",
        restarts=failed[of, slot],
        labels=tr.tags(tr.at(container, "Labels")),
        ports=published_ports(tr.items(raw, "Status", "PortStatus", "Ports")),
        cpu_request_millis=_millis(reserved),
        memory_request_mib=_mib(reserved),
        reason=_reason(tr.said(raw, "Status", "Err")),
        privileged=False,  # a swarm starts nothing privileged (moby#24862)
        host_pid=False,
        host_paths=sorted(tr.said(one, "Source") for one in tr.items(container, "Mounts") if tr.text(one, "Type") == "bind"),
        read_only_root=tr.flag(container, "ReadOnly") or False,
        restart_policy=_RESTARTS.get(tr.text(spec, "RestartPolicy", "Condition") or "any"),
        cpu_limit_millis=_millis(limits) or UNSET,
        memory_limit_mib=_mib(limits) or UNSET,
        capabilities_added=sorted(tr.texts(container, "CapabilityAdd") or ()),
    )


def _reason(error: str) -> str:
    """Why a task does not run, in the words that pods have for it (moby, daemon/cluster; swarmkit, scheduler)."""
    if "No such image" in error or "pull access denied" in error:
        return "ImagePullBackOff"
    return "Unschedulable" if "no suitable node" in error else ""


_RESTARTS = {"any": "always", "on-failure": "on-failure", "none": "no"}


def _native_task(raw: dict[str, Any]) -> dict[str, Any]:
    status = tr.at(raw, "Status") or {}
    kept = {name: status[name] for name in ("State", "Err", "ContainerStatus") if name in status}
    return {"ID": raw["ID"], "DesiredState": raw.get("DesiredState"), "NodeID": tr.said(raw, "NodeID"), "Status": kept}


def _task_links(row: Pod) -> Links:
    yield Verb.OWNED_BY, row.workload
    yield Verb.RUNS_ON, row.node


def _read_services(desk: Reading) -> None:
    raws = {raw["ID"]: raw for raw in services(desk)}
    addresses: list[str] = []
    with desk.columns(ENDPOINT):
        addresses = tr.sorted_texts(tr.text(node, "Status", "Addr") for node in desk.listed("GET /nodes"))
    links = lambda row: _links(row, raws[row.native_id], desk.place)  # noqa: E731 - said once
    for row in desk.take(SERVICE, raws.values(), lambda raw: service(raw, desk.place), links):
        if (opened := endpoint(row, raws[row.native_id], desk.place, addresses)) is not None:
            desk.add(opened)
            desk.relate(opened.id, Verb.TARGETS, row.id)
    if SERVICE in desk.failures:
        desk.gap(ENDPOINT, desk.failures[SERVICE])


def _read_tasks(desk: Reading) -> None:
    raws = desk.listed("GET /tasks")
    names: dict[str, str] = {}
    with desk.columns(POD):
        names = {tr.said(one, "ID"): tr.said(one, "Spec", "Name") for one in services(desk)}
    failed = Counter(
        (tr.said(raw, "ServiceID"), tr.at(raw, "Slot") or tr.said(raw, "NodeID"))
        for raw in raws
        if tr.text(raw, "Status", "State") in ("failed", "rejected")
    )
    current = [raw for raw in raws if tr.text(raw, "DesiredState") not in OVER]
    desk.take(POD, current, lambda raw: task(raw, desk.place, failed, names), _task_links)


READERS = (
    on(SWARM, "services", (SERVICE, ENDPOINT), _read_services, "GET /services", "GET /nodes", "GET /events"),
    on(SWARM, "tasks", (POD,), _read_tasks, "GET /tasks", "GET /services"),
)
"""Services and their tasks."""
