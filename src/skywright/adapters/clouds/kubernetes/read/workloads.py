"""Workloads and pods."""

from typing import Any

from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.adapters.clouds.kit.translate import at, flag, integer, items, said, sorted_texts, text
from skywright.adapters.clouds.kubernetes.containers import containers, gpus_of, used
from skywright.adapters.clouds.kubernetes.keeps import left_alone, local_data
from skywright.adapters.clouds.kubernetes.place import Place, namespace_of
from skywright.adapters.clouds.kubernetes.read.base import Raw, Reading
from skywright.adapters.clouds.kubernetes.read.facts import Template, keepers, stands_alone, template
from skywright.adapters.clouds.kubernetes.read.slim import without_values
from skywright.adapters.clouds.kubernetes.resources import APIS, TYPES, WORKLOADS
from skywright.adapters.clouds.kubernetes.rollout import condition, progress
from skywright.adapters.clouds.kubernetes.selectors import owner, takes
from skywright.model.estate import Verb
from skywright.model.kinds.cluster import Container, Pod, Port, Workload

WORKLOAD, POD = Workload.KIND, Pod.KIND
SCALED = ("deployment", "stateful-set", "replica-set")
REVISION = "deployment.kubernetes.io/revision"


def _read_workloads(reading: Reading) -> None:
    around = _Around(reading)
    for type_, name in WORKLOADS.items():
        with reading.part(WORKLOAD):
            raws = [raw for raw in _full(reading, type_, name) if stands_alone(type_, raw)]
            reading.take(WORKLOAD, raws, lambda raw, type_=type_: around.row(template(type_, raw)), around.links)  # type: ignore[misc]  # a lambda's default


def _full(reading: Reading, type_: str, name: str) -> list[Raw]:
    """The objects themselves. Of replica sets only what stands alone is worth more than their metadata."""
    raws = reading.own(WORKLOAD, name)
    if type_ != "replica-set":
        return raws
    alone = [raw for raw in raws if stands_alone(type_, raw)]
    api = APIS[name]
    answers = reading.each(
        WORKLOAD,
        alone,
        lambda raw: reading.calls.get(reading.account, api, namespace_of(raw), raw["metadata"]["name"]),
        needed=True,
    )
    return [raw for _, raw in answers if raw is not None]


class _Around:
    """What is known around workloads; None where it could not be read, and then their coverage says partial."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._accounts: dict[tuple[str, str], bool | None] | None = None
        self._budgets: list[Raw] | None = None
        self._scalers: list[Raw] | None = None
        self._links: dict[str, list[tuple[Verb, str | None]]] = {}
        with reading.columns(WORKLOAD):
            accounts = reading.all("serviceaccounts")
            self._accounts = {
                (namespace_of(raw), raw["metadata"]["name"]): flag(raw, "automountServiceAccountToken") for raw in accounts
            }
        with reading.columns(WORKLOAD):
            self._budgets = reading.all("poddisruptionbudgets.policy")
        with reading.columns(WORKLOAD):
            self._scalers = reading.all("horizontalpodautoscalers.autoscaling")

    def row(self, one: Template) -> Workload:
        spec, raw, place = one.spec, one.raw, self._reading.place
        inside = containers(spec)
        account = said(spec, "serviceAccountName") or "default"
        row = Workload(
            **self._reading.common(WORKLOAD, raw, one.native_id),
            **_counts(one),
            type=one.type,
            namespace=one.namespace,
            state=state(one),
            containers=inside,
            images=sorted_texts(found.image for found in inside),
            service_account=self._reading.ref("container.identity", one.namespace, account),
            mounts_token=self._mounts(spec, one.namespace, account),
            host_network=flag(spec, "hostNetwork") or False,
            host_pid=flag(spec, "hostPID") or False,
            host_ipc=flag(spec, "hostIPC") or False,
            host_paths=sorted_texts(text(volume, "hostPath", "path") for volume in items(spec, "volumes")),
            labels={str(key): str(value) for key, value in one.labels.items()},
            spread=bool(items(spec, "topologySpreadConstraints")) or at(spec, "affinity", "podAntiAffinity") is not None,
            strategy=said(raw, "spec", "strategy", "type") or said(raw, "spec", "updateStrategy", "type"),
            revision=text(raw, "metadata", "annotations", REVISION) or said(raw, "status", "updateRevision"),
            suspended=flag(raw, "spec", "suspend") is True or flag(raw, "spec", "paused") is True,
            budgeted=self._budgeted(one),
            autoscaled=self._autoscaled(one),
        )
        row.native["template"] = without_values(spec)
        self._links[row.id] = _links(one, row, place)
        return row

    def links(self, row: Workload) -> Links:
        return self._links.get(row.id, [])

    def _mounts(self, spec: Raw, namespace: str, account: str) -> bool | None:
        """The pod's word goes before its identity's; without either the token is mounted."""
        own = flag(spec, "automountServiceAccountToken")
        if own is not None:
            return own
        if self._accounts is None:
            return None
        return self._accounts.get((namespace, account)) is not False

    def _budgeted(self, one: Template) -> bool | None:
        if self._budgets is None:
            return None
        here = (raw for raw in self._budgets if namespace_of(raw) == one.namespace)
        return any(takes(at(raw, "spec", "selector"), one.labels) for raw in here)

    def _autoscaled(self, one: Template) -> bool | None:
        if self._scalers is None:
            return None
        name = (one.type, one.namespace, one.raw["metadata"]["name"])
        return any(
            (TYPES.get(said(raw, "spec", "scaleTargetRef", "kind")), namespace_of(raw), text(raw, "spec", "scaleTargetRef", "name"))
            == name
            for raw in self._scalers
        )


def _counts(one: Template) -> dict[str, Any]:
    """How many copies there should be, are ready, and are new."""
    raw = one.raw
    match one.type:
        case "daemon-set":
            names = ("desiredNumberScheduled", "numberReady", "updatedNumberScheduled")
            desired, ready, updated = (integer(raw, "status", name) or 0 for name in names)
            return {"desired": desired, "ready": ready, "updated": updated}
        case "cron-job":
            return {"desired": None, "ready": None, "updated": None}
        case "job":
            desired_ = integer(raw, "spec", "parallelism")
            return {"desired": desired_, "ready": integer(raw, "status", "active") or 0, "updated": None}
        case "bare":
            return {"desired": 1, "ready": int(progress("bare", raw).done), "updated": None}
        case _:
            status = {name: integer(raw, "status", name) or 0 for name in ("readyReplicas", "updatedReplicas", "replicas")}
            updated = status["updatedReplicas"] if one.type != "replica-set" else status["replicas"]
            return {"desired": integer(raw, "spec", "replicas"), "ready": status["readyReplicas"], "updated": updated}


def state(one: Template) -> str:
    """running, updating, stopped (no copy is wanted), suspended, succeeded, failed, pending."""
    raw = one.raw
    if flag(raw, "spec", "suspend") or flag(raw, "spec", "paused"):
        return "suspended"
    if one.type == "bare":
        return (said(raw, "status", "phase") or "unknown").lower()
    if one.type == "job" and text(condition(raw, "Complete"), "status") == "True":
        return "succeeded"
    if one.type in SCALED and integer(raw, "spec", "replicas") == 0:
        return "stopped"
    found = progress(one.type, raw)
    return "failed" if found.failed else "running" if found.done else "updating"


def _links(one: Template, row: Workload, place: Place) -> list[tuple[Verb, str | None]]:
    kinds = {"config": "container.config", "secret": "container.secret", "claim": "container.volume"}
    found: list[tuple[Verb, str | None]] = [
        (Verb.IN, place.ref("container.namespace", one.namespace)),
        (Verb.ACTS_AS, row.service_account),
    ]
    for what, name in sorted(set(used(one.spec))):
        native = f"claim/{one.namespace}/{name}" if what == "claim" else f"{one.namespace}/{name}"
        found.append((Verb.USES, place.ref(kinds[what], native)))
    return found


def _read_pods(reading: Reading) -> None:
    made_by: dict[tuple[str, str, str], tuple[str, str]] | None = None
    with reading.columns(POD):
        made_by = keepers(reading)
    raws = reading.own(POD, "pods")
    for row in reading.take(POD, raws, lambda raw: pod(reading, raw, made_by)):
        reading.relate(row.id, Verb.RUNS_ON, row.node)
        reading.relate(row.id, Verb.OWNED_BY, row.workload)


def pod(reading: Reading, raw: Raw, made_by: dict[tuple[str, str, str], tuple[str, str]] | None) -> Pod:
    """One pod. ``made_by`` None: it is not known what made its replica set or job."""
    spec, status, namespace = raw["spec"], raw.get("status") or {}, namespace_of(raw)
    inside = containers(spec)
    statuses = items(status, "containerStatuses")
    common = reading.common(POD, raw)
    common["native"] |= _named(reading, raw)
    return Pod(
        **common,
        namespace=namespace,
        state=(said(status, "phase") or "unknown").lower(),
        workload=reading.place.ref(WORKLOAD, _workload_of(raw, made_by)),
        node=reading.place.ref("container.node", said(spec, "nodeName")),
        ip=said(status, "podIP"),
        images=sorted_texts(one.image for one in inside),
        ready=text(condition(raw, "Ready"), "status") == "True",
        restarts=sum(integer(one, "restartCount") or 0 for one in statuses),
        labels=dict(at(raw, "metadata", "labels") or {}),
        ports=ports(spec),
        cpu_request_millis=_requested(inside, "cpu_request_millis"),
        memory_request_mib=_requested(inside, "memory_request_mib"),
        cpu_limit_millis=_limited(inside, "cpu_limit_millis"),
        memory_limit_mib=_limited(inside, "memory_limit_mib"),
        privileged=any(one.privileged for one in inside),
        capabilities_added=sorted_texts(name for one in inside for name in one.capabilities_added or ()),
        read_only_root=all(one.read_only_root for one in inside),
        host_network=flag(spec, "hostNetwork") or False,
        host_pid=flag(spec, "hostPID") or False,
        host_paths=sorted_texts(text(volume, "hostPath", "path") for volume in items(spec, "volumes")),
        restart_policy=RESTARTS.get(said(spec, "restartPolicy")),
        reason=_reason(raw, statuses),
    )


def _named(reading: Reading, raw: Raw) -> Raw:
    """What no column tells: why a drain would refuse to evict it, and its graphics processors; only what there is."""
    allowed = reading.calls.drain.local_data
    found = {"local_data": [] if allowed else local_data(raw), "left_alone": left_alone(raw), "gpus": dict(gpus_of(raw["spec"]))}
    return {name: value for name, value in found.items() if value}


RESTARTS = {"Always": "always", "OnFailure": "on-failure", "Never": "no"}


def _workload_of(raw: Raw, made_by: dict[tuple[str, str, str], tuple[str, str]] | None) -> str | None:
    """The native id of what keeps a pod running; "" for nothing, None where that is not known (or not one of ours)."""
    found, namespace = owner(raw), namespace_of(raw)
    if found is None or found[0] == "Node":
        return ""
    if found[0] in ("ReplicaSet", "Job"):
        if made_by is None:
            return None
        above = made_by.get((found[0], namespace, found[1]))
        found = above if above and above[0] in TYPES else found
    type_ = TYPES.get(found[0])
    return f"{type_}/{namespace}/{found[1]}" if type_ else None


def ports(spec: Raw) -> list[Port]:
    """The ports that a pod's containers say they answer on."""
    return [
        Port(
            protocol=(said(one, "protocol") or "TCP").lower(),
            port=integer(one, "containerPort"),
            node_port=integer(one, "hostPort"),
            address=said(one, "hostIP"),
            process=text(container, "name"),
        )
        for container in items(spec, "containers")
        for one in items(container, "ports")
    ]


def _requested(inside: list[Container], column: str) -> int:
    """What the scheduler reserves: the sum over the containers, or the largest of those that run before them (documentation of init
    containers, "Resource sharing"); 0 where none asks."""
    main = sum(max(0, getattr(one, column)) for one in inside if not one.init)
    return int(max([main, *(max(0, getattr(one, column)) for one in inside if one.init)]))


def _limited(inside: list[Container], column: str) -> int:
    """The sum of the limits; -1 as soon as one container has none."""
    limits = [getattr(one, column) for one in inside if not one.init]
    return -1 if any(limit < 0 for limit in limits) else sum(limits)


def _reason(raw: Raw, statuses: list[Any]) -> str:
    for one in statuses:
        for state_ in ("waiting", "terminated"):
            reason = text(one, "state", state_, "reason")
            if reason and reason != "Completed":
                return reason
    scheduled = condition(raw, "PodScheduled")
    return said(scheduled, "reason") if text(scheduled, "status") == "False" else said(raw, "status", "reason")


_LISTS = tuple(f"list {name}" for name in WORKLOADS.values())

READERS: tuple[Reader, ...] = (
    Reader(
        name="workloads",
        service="workloads",
        kinds=(WORKLOAD,),
        read=_read_workloads,
        permissions=(
            *_LISTS,
            "list serviceaccounts",
            "list poddisruptionbudgets.policy",
            "list horizontalpodautoscalers.autoscaling",
            "get replicasets.apps",
        ),
        is_global=True,
    ),
    Reader(
        name="pods",
        service="workloads",
        kinds=(POD,),
        read=_read_pods,
        permissions=("list pods", "list replicasets.apps", "list jobs.batch"),
        is_global=True,
    ),
)
"""What runs."""
