"""Kubernetes manifests -> the share of machines that their pods take, their volumes and balancers.

A pod takes of its machine the larger of its shares of processor and memory, as the scheduler counts them: its containers'
requests, with init containers where one alone asks for more (Kubernetes documents, "Resource Management for Pods and Containers"
and "Init Containers").
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from math import ceil
from typing import Any

import msgspec
from msgspec.structs import replace

from skywright.adapters.sketches.where import Offers, Where
from skywright.model.errors import BadInput
from skywright.model.sketch import Part, Sketch, Sketched
from skywright.model.words import t
from skywright.ports.other import TypeOffer

_SCALE: dict[str, Decimal | int] = {
    "": 1,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "P": 10**15,
    "E": 10**18,
    "m": Decimal("0.001"),
}
_SCALE |= {f"{letter}i": 1024**power for power, letter in enumerate("KMGTPE", 1)}
_QUANTITY = re.compile(r"([+-]?\d*\.?\d+)(?:[eE]([+-]?\d+)|([kMGTPEm]|[KMGTPE]i))?")
_MIB = Decimal(1024**2)
_GIB = Decimal(1024**3)
_WORKLOADS = ("Deployment", "StatefulSet", "ReplicaSet", "DaemonSet", "Job", "CronJob", "Pod", "ReplicationController")
_DISKS = {
    "gp2": "gp2",
    "gp3": "gp3",
    "io1": "io1",
    "st1": "st1",
    "sc1": "sc1",
    "standard-rwo": "pd-standard",
    "premium-rwo": "pd-ssd",
}


class Wish(msgspec.Struct, frozen=True):
    """What one pod asks for: vCPUs and MiB. ``complete``: every container asks for both."""

    vcpus: Decimal
    memory_mib: Decimal
    complete: bool


def read_manifests(documents: list[Any], source: str, where: Where, offers: Offers) -> Sketch:
    """Manifests -> a sketch. Raises BadInput for a manifest that says nothing sensible, or a node type that is not on offer."""
    items: list[Sketched] = []
    node = _node(where, offers, source)
    for number, one in enumerate(_flat(documents), 1):
        if not isinstance(one, dict) or "kind" not in one:
            raise BadInput(t("Document {number} is no manifest: it has no kind.", number=number), where=source)
        items.append(_sketched(one, where, node, source))
    remark = t("Pods are priced as their share of {node}; what is left over on the last machine is not in it.", node=where.node)
    return Sketch(form="kubernetes", source=source, items=tuple(items), remarks=(remark,) if node else ())


def _flat(documents: list[Any]) -> Iterator[Any]:
    for one in documents:
        if isinstance(one, dict) and str(one.get("kind", "")).endswith("List") and isinstance(one.get("items"), list):
            yield from _flat(one["items"])
        else:
            yield one


def _node(where: Where, offers: Offers, source: str) -> TypeOffer | None:
    if not where.node:
        return None
    known = offers(where.cloud, where.region)
    if where.node not in known:
        raise BadInput(
            t("{node} is not on offer in {region}.", node=where.node, region=where.region or "?"),
            where=source,
            next_step=t("Name the machines that pods run on with --node, and where with --region."),
        )
    return known[where.node]


def _sketched(one: Mapping[str, Any], where: Where, node: TypeOffer | None, source: str) -> Sketched:
    kind, meta = str(one["kind"]), one.get("metadata") or {}
    name = "/".join(part for part in (meta.get("namespace") or "default", kind, meta.get("name") or "?") if part)
    item = Sketched(address=name, type=kind, action="create")
    spec = one.get("spec") or {}
    if not isinstance(spec, dict):
        raise BadInput(t("{name}: spec must be a mapping.", name=name), where=source)
    if kind in _WORKLOADS:
        return _workload(item, spec, where, node, source)
    if kind == "PersistentVolumeClaim":
        return replace(item, after={"volume": _claim(spec, where, f"{source}: {name}")})
    if kind == "Service" and spec.get("type") == "LoadBalancer":
        return replace(
            item,
            after={"balancer": Part(cloud=where.cloud, region=where.region, kind="network.balancer", columns={"type": "network"})},
        )
    return item


def _workload(item: Sketched, spec: Mapping[str, Any], where: Where, node: TypeOffer | None, source: str) -> Sketched:
    kind, name = item.type, f"{source}: {item.address}"
    pods, template = _pods(kind, spec, where, name)
    wish = _wish(template, name)
    after: dict[str, Part] = {}
    for claim in spec.get("volumeClaimTemplates") or ():
        part = _claim(claim.get("spec") or {}, where, name)
        after[f"volume {(claim.get('metadata') or {}).get('name', '')}"] = replace(part, quantity=Decimal(pods))
    if kind in ("Job", "CronJob"):
        return replace(item, after=after, unpriced=t("how long it runs is not known"))
    if node is None:
        return replace(item, after=after, unpriced=t("the machines are not known; name them with --node"))
    if not (wish.vcpus or wish.memory_mib):
        return replace(item, after=after, unpriced=t("its containers request nothing"))
    share = max(wish.vcpus / node.vcpus, wish.memory_mib / node.memory_mib)
    note = "" if wish.complete else t("at least: some containers request nothing")
    columns = {"type": where.node, "state": "running", "lifecycle": "on-demand", "platform": "linux"}
    part = Part(cloud=where.cloud, region=where.region, kind="compute.instance", columns=columns, quantity=share * pods, note=note)
    return replace(item, after={"pods": part, **after})


def _pods(kind: str, spec: Mapping[str, Any], where: Where, name: str) -> tuple[int, Mapping[str, Any]]:
    """How many pods, and what each is made of."""
    if kind == "Pod":
        return 1, spec
    inner = ((spec.get("jobTemplate") or {}).get("spec") or {}) if kind == "CronJob" else spec
    template = (inner.get("template") or {}).get("spec")
    if not isinstance(template, dict):
        raise BadInput(t("It has no pod template."), where=name)
    replicas = where.nodes if kind == "DaemonSet" else spec.get("replicas", 1)
    if not isinstance(replicas, int) or isinstance(replicas, bool) or replicas < 0:
        raise BadInput(t("replicas is {replicas!r} and must be a whole number.", replicas=replicas), where=name)
    return replicas, template


def _wish(template: Mapping[str, Any], name: str) -> Wish:
    """What the scheduler sets aside: the sum over containers and sidecars, or what one init container needs if that is more."""
    main, init = template.get("containers") or [], template.get("initContainers") or []
    sidecars = [one for one in init if one.get("restartPolicy") == "Always"]
    asked = [_asked(one, name) for one in (*main, *sidecars)]
    first = [_asked(one, name) for one in init if one.get("restartPolicy") != "Always"]
    none = Decimal(0)
    vcpus = max([sum((one or none for one, _ in asked), none), *(one or none for one, _ in first)])
    memory = max([sum((one or none for _, one in asked), none), *(one or none for _, one in first)])
    return Wish(vcpus, memory, all(None not in a for a in asked))


def _asked(container: Mapping[str, Any], name: str) -> tuple[Decimal | None, Decimal | None]:
    """Requests of a container; a limit without a request is one."""
    resources = container.get("resources") or {}
    said = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    place = f"{name}, {container.get('name', '?')}"
    vcpus = quantity(said["cpu"], place) if "cpu" in said else None
    memory = quantity(said["memory"], place) / _MIB if "memory" in said else None
    return vcpus, memory


def _claim(spec: Mapping[str, Any], where: Where, name: str) -> Part:
    asked = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    size = ceil(quantity(asked, name) / _GIB) if asked is not None else None
    said = str(spec.get("storageClassName") or "")
    columns: dict[str, Any] = {"type": _DISKS.get(said, said or None), "size_gib": size}
    if columns["type"] == "gp3":
        columns |= {"iops": 3000, "throughput_mibps": 125}
    return Part(cloud=where.cloud, region=where.region, kind="storage.volume", columns=columns)


def quantity(said: object, place: str) -> Decimal:
    """A Kubernetes quantity (500m, 1.5Gi, 2e3) as a number. Raises BadInput for anything else, and for one below zero."""
    match = _QUANTITY.fullmatch(str(said).strip())
    try:
        number = Decimal(match[1]) if match else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if match is None or not number.is_finite() or number < 0 or len(match[2] or "") > 3:
        raise BadInput(t("{said!r} is no quantity, such as 500m or 1.5Gi.", said=str(said)), where=place)
    return number * (Decimal(10) ** int(match[2]) if match[2] else _SCALE[match[3] or ""])
