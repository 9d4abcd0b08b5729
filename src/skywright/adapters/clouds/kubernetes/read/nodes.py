"""The cluster itself, its nodes and namespaces, and the images that lie there."""

from collections.abc import Iterator
from typing import Any

from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.kit.translate import at, flag, integer, items, said, text
from skywright.adapters.clouds.kubernetes.calls import Call
from skywright.adapters.clouds.kubernetes.containers import gpus
from skywright.adapters.clouds.kubernetes.keeps import held_on
from skywright.adapters.clouds.kubernetes.owners import machine
from skywright.adapters.clouds.kubernetes.place import namespace_of
from skywright.adapters.clouds.kubernetes.quantity import count, mib, millis, quantity
from skywright.adapters.clouds.kubernetes.read.base import Raw, Reading
from skywright.adapters.clouds.kubernetes.read.slim import slim_pod
from skywright.adapters.clouds.kubernetes.resources import APIS
from skywright.adapters.clouds.kubernetes.rollout import condition
from skywright.adapters.clouds.kubernetes.selectors import owner
from skywright.model.estate import Verb
from skywright.model.kinds.cluster import ContainerImage, Namespace, Node
from skywright.model.kinds.compute import KubernetesCluster

NODE, NAMESPACE, IMAGE, CLUSTER = Node.KIND, Namespace.KIND, ContainerImage.KIND, KubernetesCluster.KIND
ENFORCE = "pod-security.kubernetes.io/enforce"
LEVELS = ("privileged", "baseline", "restricted")
"""Pod Security Standards."""

_ROLE = "node-role.kubernetes.io/"
_ZONES = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_REGIONS = ("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region")
_TYPES = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
_PRESSURES = {"MemoryPressure": "memory", "DiskPressure": "disk", "PIDPressure": "pid", "NetworkUnavailable": "network"}
MEBI = 1024.0**2


def _read_nodes(reading: Reading) -> None:
    raws = reading.own(NODE, "nodes")
    busy: set[str] | None = None
    with reading.columns(NODE):
        busy = {said(raw, "spec", "nodeName") for raw in _pods(reading, raws) if is_guest(raw)}
    for row in reading.take(NODE, raws, lambda raw: node(reading, raw, busy)):
        reading.relate(row.id, Verb.RUNS_ON, row.instance)


def _pods(reading: Reading, raws: list[Raw]) -> Iterator[Raw]:
    """The pods by which it is told whether a node is empty: all, or those of the nodes asked for that take no more."""
    if reading.only is None:
        yield from reading.all("pods", wide=True)
        return
    for raw in raws:
        if flag(raw, "spec", "unschedulable"):
            query = {"fieldSelector": f"spec.nodeName={raw['metadata']['name']}"}
            yield from reading.calls.objects(reading.account, APIS["pods"], trim=slim_pod, query=query)


def is_guest(pod: Raw) -> bool:
    """Is this a pod that draining takes away: neither a daemon set's nor the node's own, nor at its end (as ``kubectl drain``)."""
    kept = owner(pod)
    over = text(pod, "status", "phase") in ("Succeeded", "Failed")
    return not over and (kept is None or kept[0] not in ("DaemonSet", "Node"))


def node(reading: Reading, raw: Raw, busy: set[str] | None) -> Node:
    """One node. ``busy``: nodes that run guests; None: not known."""
    status, labels = raw["status"], at(raw, "metadata", "labels") or {}
    addresses = {text(one, "type"): text(one, "address") for one in reversed(items(status, "addresses"))}
    ready = text(condition(raw, "Ready"), "status")
    schedulable = not flag(raw, "spec", "unschedulable")
    pressed = [name for type_, name in _PRESSURES.items() if text(condition(raw, type_), "status") == "True"]
    common = reading.common(NODE, raw)
    graphics = {"gpus": gpus(at(status, "capacity")), "gpus_allocatable": gpus(at(status, "allocatable"))}
    common["native"] |= {name: dict(value) for name, value in graphics.items() if value}
    if held := held_on(raw):
        common["native"]["held"] = held
    return Node(
        **common,
        state={"True": "running", "False": "failed"}.get(ready or "", "unknown"),
        instance=machine(said(raw, "spec", "providerID"), next((labels[key] for key in _REGIONS if key in labels), "")),
        provider_id=said(raw, "spec", "providerID"),
        ready=None if ready is None else ready == "True",
        schedulable=schedulable,
        availability=_availability(raw["metadata"]["name"], busy, schedulable=schedulable),
        role="control-plane" if {f"{_ROLE}control-plane", f"{_ROLE}master"} & labels.keys() else "worker",
        version=said(status, "nodeInfo", "kubeletVersion").removeprefix("v"),
        runtime=said(status, "nodeInfo", "containerRuntimeVersion").replace("://", " "),
        operating_system=said(status, "nodeInfo", "osImage") or said(status, "nodeInfo", "operatingSystem"),
        architecture={"amd64": "x86_64"}.get(found := said(status, "nodeInfo", "architecture"), found),
        zone=next((labels[key] for key in _ZONES if key in labels), ""),
        type=next((labels[key] for key in _TYPES if key in labels), ""),
        private_ip=addresses.get("InternalIP") or "",
        public_ip=addresses.get("ExternalIP") or "",
        cpu_millis=millis(at(status, "allocatable", "cpu")),
        memory_mib=mib(at(status, "allocatable", "memory")),
        pods_max=count(at(status, "allocatable", "pods")),
        pressure=pressed,
        taints=sorted(_taint(one) for one in items(raw, "spec", "taints")),
    )


def _availability(name: str, busy: set[str] | None, *, schedulable: bool) -> str | None:
    if schedulable:
        return "active"
    if busy is None:
        return None
    return "pause" if name in busy else "drain"


def _taint(raw: Any) -> str:
    value = said(raw, "value")
    return f"{said(raw, 'key')}{'=' + value if value else ''}:{said(raw, 'effect')}"


def _read_namespaces(reading: Reading) -> None:
    denying: set[str] | None = None
    with reading.columns(NAMESPACE):
        denying = {namespace_of(raw) for raw in _policies(reading) if denies_all(raw)}
    raws = [raw for raw in reading.own(NAMESPACE, "namespaces") if reading.calls.namespaces.has(raw["metadata"]["name"])]
    reading.take(NAMESPACE, raws, lambda raw: _namespace(reading, raw, denying))


def _policies(reading: Reading) -> list[Raw]:
    """The policies of the namespaces that are asked for, which here are what is read itself."""
    if reading.only is None:
        return reading.all("networkpolicies.networking.k8s.io")
    api = APIS["networkpolicies.networking.k8s.io"]
    return [raw for name in sorted(reading.only) for raw in reading.calls.objects(reading.account, api, name)]


def denies_all(policy: Raw) -> bool:
    """Does this policy select every pod of its namespace and let nothing in."""
    spec = at(policy, "spec") or {}
    selector = at(spec, "podSelector") or {}
    every = not at(selector, "matchLabels") and not items(selector, "matchExpressions")
    inward = "Ingress" in (items(spec, "policyTypes") or ["Ingress"])
    return every and inward and not items(spec, "ingress")


def _namespace(reading: Reading, raw: Raw, denying: set[str] | None) -> Namespace:
    level = text(raw, "metadata", "labels", ENFORCE)
    return Namespace(
        **reading.common(NAMESPACE, raw),
        state={"Active": "available", "Terminating": "deleting"}.get(said(raw, "status", "phase"), "unknown"),
        pod_security=level if level in LEVELS else "",
        default_denied=None if denying is None else raw["metadata"]["name"] in denying,
    )


def _read_images(reading: Reading) -> None:
    sizes: dict[str, float] = {}
    with reading.columns(IMAGE):
        for raw in reading.all("nodes"):
            for one in items(raw, "status", "images"):
                for name in items(one, "names"):
                    sizes[str(name)] = (integer(one, "sizeBytes") or 0) / MEBI
    digests: dict[str, str] = {}
    for raw in reading.all("pods", wide=True):
        for part in ("initContainers", "containers"):
            for container in items(raw, "spec", part):
                digests.setdefault(said(container, "image"), "")
        for one in items(raw, "status", "containerStatuses"):
            digest = said(one, "imageID").rpartition("@")[2] if "@" in said(one, "imageID") else ""
            digests[said(one, "image")] = digest or digests.get(said(one, "image"), "")
    references = [name for name in sorted(digests) if name and reading.wants(name)]
    reading.take(IMAGE, references, lambda name: _image(reading, name, digests[name], sizes.get(name)))


def _image(reading: Reading, reference: str, digest: str, size: float | None) -> ContainerImage:
    return ContainerImage(
        **reading.place.common(IMAGE, reference),
        name=reference,
        state="in-use",
        tags={},
        reference=reference,
        digest=digest or None,
        size_mib=None if size is None else round(size, 1),
        pinned="@sha256:" in reference,
        used=True,
    )


def _read_cluster(reading: Reading) -> None:
    version = reading.calls.make(reading.account, Call(method="GET", path="/version", permission="get /version"))
    nodes: list[Raw] | None = None
    with reading.columns(CLUSTER):
        nodes = reading.all("nodes")
    names = [reading.account] if reading.wants(reading.account) else []
    reading.take(CLUSTER, names, lambda name: _cluster(reading, name, version, nodes))


def _cluster(reading: Reading, name: str, version: Any, nodes: list[Raw] | None) -> KubernetesCluster:
    """The cluster by its own word. What its provider knows (networks, keys, logs) is told by the provider's own row."""
    major, minor = said(version, "major"), said(version, "minor").rstrip("+")
    return KubernetesCluster(
        **reading.place.common(CLUSTER, name),
        name=name,
        state="available",
        version=f"{major}.{minor}" if quantity(major) is not None and quantity(minor) is not None else None,
        nodes=None if nodes is None else len(nodes),
        nodes_desired=None if nodes is None else len(nodes),
        rbac=reading.calls.served(reading.account).versions("rbac.authorization.k8s.io") != [],
        native={"git_version": text(version, "gitVersion"), "platform": text(version, "platform")},
    )


READERS: tuple[Reader, ...] = (
    Reader(name="cluster", service="nodes", kinds=(CLUSTER,), read=_read_cluster, permissions=("list nodes",), is_global=True),
    Reader(name="nodes", service="nodes", kinds=(NODE,), read=_read_nodes, permissions=("list nodes", "list pods"), is_global=True),
    Reader(
        name="namespaces",
        service="namespaces",
        kinds=(NAMESPACE,),
        read=_read_namespaces,
        permissions=("list namespaces", "list networkpolicies.networking.k8s.io"),
        is_global=True,
    ),
    Reader(
        name="images",
        service="workloads",
        kinds=(IMAGE,),
        read=_read_images,
        permissions=("list pods", "list nodes"),
        is_global=True,
    ),
)
"""Where it runs."""
