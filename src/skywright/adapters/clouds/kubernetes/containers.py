"""A pod's containers: what the API says -> what our rows say, and back for what may be set."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from skywright.adapters.clouds.kit.translate import at, flag, integer, items, sorted_texts, text
from skywright.adapters.clouds.kubernetes.quantity import UNSET, count, mib, millis, spell_mib, spell_millis
from skywright.model.kinds.cluster import Container

RESOURCES = ("cpu_request_millis", "cpu_limit_millis", "memory_request_mib", "memory_limit_mib")
PRIVILEGES = ("privileged", "runs_as_root", "read_only_root", "privilege_escalation")

_QUANTITIES = {
    "cpu_request_millis": ("requests", "cpu"),
    "cpu_limit_millis": ("limits", "cpu"),
    "memory_request_mib": ("requests", "memory"),
    "memory_limit_mib": ("limits", "memory"),
}

_GPU = re.compile(r"nvidia\.com/(gpu(\.shared)?|mig-.+)|amd\.com/gpu|gpu\.intel\.com/(i915|xe)")
"""Names of graphics processors and of slices of them, as their device plugins register them."""

_SAFE = {
    "privileged": ("privileged", False),
    "runs_as_root": ("runAsNonRoot", True),
    "read_only_root": ("readOnlyRootFilesystem", False),
    "privilege_escalation": ("allowPrivilegeEscalation", True),
}
"""Column -> (field of the security context, what the column says where the field is not set)."""


def containers(spec: Mapping[str, Any]) -> list[Container]:
    """Every container of a pod's spec; those that run before the others are marked."""
    first = [container(one, spec, init=True) for one in items(spec, "initContainers")]
    return first + [container(one, spec) for one in spec["containers"]]


def container(raw: Mapping[str, Any], spec: Mapping[str, Any], *, init: bool = False) -> Container:
    """One container. ``spec``: its pod's, whose security context it inherits."""
    security = at(raw, "securityContext") or {}
    return Container(
        name=raw["name"],
        image=text(raw, "image") or "",
        privileged=flag(security, "privileged") or False,
        runs_as_root=_may_be_root(security, at(spec, "securityContext") or {}),
        read_only_root=flag(security, "readOnlyRootFilesystem") or False,
        privilege_escalation=flag(security, "allowPrivilegeEscalation") is not False or flag(security, "privileged") is True,
        capabilities_added=sorted_texts(items(security, "capabilities", "add")),
        capabilities_dropped=sorted_texts(items(security, "capabilities", "drop")),
        seccomp=text(security, "seccompProfile", "type") or text(spec, "securityContext", "seccompProfile", "type") or "",
        readiness_probe=at(raw, "readinessProbe") is not None,
        liveness_probe=at(raw, "livenessProbe") is not None,
        environment_names=sorted_texts(text(one, "name") for one in items(raw, "env")),
        environment_secrets=_from_secrets(raw),
        host_ports=sorted({port for one in items(raw, "ports") if (port := integer(one, "hostPort"))}),
        init=init,
        **requested(raw),
    )


def requested(raw: Mapping[str, Any]) -> dict[str, int]:
    """Requests and limits of a container; -1 where none is set. A limit alone is its request too ("Resource Management for Pods and
    Containers"; the API server fills it in). Raises ValueError for what is no quantity."""
    found = {}
    for column, (part, what) in _QUANTITIES.items():
        value = at(raw, "resources", part, what)
        number = UNSET if value is None else (millis if what == "cpu" else mib)(value)
        if number is None:
            raise ValueError(f"{value!r} is no quantity")
        found[column] = number
    return found


def gpus(resources: Any) -> Counter[str]:
    """The graphics processors in a list of resources (``{"nvidia.com/gpu": "2", "cpu": "4"}``), by name."""
    listed = resources if isinstance(resources, dict) else {}
    return Counter({name: number for name, value in listed.items() if _GPU.fullmatch(name) and (number := count(value))})


def gpus_of(spec: Mapping[str, Any]) -> Counter[str]:
    """Those of a pod: the sum over its containers, or what one that runs before them asks for where that is more."""
    main, first = Counter[str](), Counter[str]()
    for part, found in (("containers", main), ("initContainers", first)):
        for one in items(spec, part):
            asked = gpus(at(one, "resources", "limits")) | gpus(at(one, "resources", "requests"))
            found.update(asked) if part == "containers" else found.__ior__(asked)
    return main | first


def _may_be_root(own: Mapping[str, Any], pods: Mapping[str, Any]) -> bool:
    """Nothing forbids it: neither runAsNonRoot nor a user id other than 0. The container's word goes before the pod's."""
    nonroot = flag(own, "runAsNonRoot")
    if nonroot is None:
        nonroot = flag(pods, "runAsNonRoot")
    user = integer(own, "runAsUser")
    if user is None:
        user = integer(pods, "runAsUser")
    return nonroot is not True and (user is None or user == 0)


def _from_secrets(raw: Mapping[str, Any]) -> list[str]:
    """Variables that are filled from secrets, by name; a whole secret as ``secret/*``."""
    single = [text(one, "name") for one in items(raw, "env") if at(one, "valueFrom", "secretKeyRef")]
    whole = [f"{name}/*" for one in items(raw, "envFrom") if (name := text(one, "secretRef", "name"))]
    return sorted_texts([*single, *whole])


def patch(before: Container, after: Container) -> dict[str, Any]:
    """The fields to apply to a container so that it goes from ``before`` to ``after``; those to be let go of are None."""
    fields: dict[str, Any] = {}
    if before.image != after.image:
        fields["image"] = after.image
    for column, (part, what) in _QUANTITIES.items():
        wanted = getattr(after, column)
        if getattr(before, column) != wanted:
            spelled = None if wanted == UNSET else (spell_millis if what == "cpu" else spell_mib)(wanted)
            fields.setdefault("resources", {}).setdefault(part, {})[what] = spelled
    for column, (name, unset) in _SAFE.items():
        wanted = getattr(after, column)
        if getattr(before, column) != wanted:
            value = None if wanted is unset else (not wanted if column == "runs_as_root" else wanted)
            fields.setdefault("securityContext", {})[name] = value
    return fields


def used(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a pod's spec reads: (``config``, ``secret`` or ``claim``, name), once or more often."""
    for volume in items(spec, "volumes"):
        yield from _of_volume(volume)
    for one in (*items(spec, "initContainers"), *items(spec, "containers")):
        for source in (*(at(variable, "valueFrom") or {} for variable in items(one, "env")), *items(one, "envFrom")):
            for key, what in (
                ("configMapKeyRef", "config"),
                ("configMapRef", "config"),
                ("secretKeyRef", "secret"),
                ("secretRef", "secret"),
            ):
                if name := text(source, key, "name"):
                    yield what, name
    for one in items(spec, "imagePullSecrets"):
        if name := text(one, "name"):
            yield "secret", name


def _of_volume(volume: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    found = (
        ("config", text(volume, "configMap", "name")),
        ("secret", text(volume, "secret", "secretName")),
        ("claim", text(volume, "persistentVolumeClaim", "claimName")),
        *(("config", text(one, "configMap", "name")) for one in items(volume, "projected", "sources")),
        *(("secret", text(one, "secret", "name")) for one in items(volume, "projected", "sources")),
    )
    yield from ((what, name) for what, name in found if name)
    references = (
        ("csi", "nodePublishSecretRef"),
        ("cephfs", "secretRef"),
        ("rbd", "secretRef"),
        ("iscsi", "secretRef"),
        ("flexVolume", "secretRef"),
    )
    for source, key in references:
        if name := text(volume, source, key, "name"):
            yield "secret", name
    if name := text(volume, "azureFile", "secretName"):
        yield "secret", name
