"""What scales, what may be down at once, what may be used in all; and the kinds that a cluster was taught."""

from functools import partial
from typing import Any

from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.kit.translate import at, integer, items, said, text
from skywright.adapters.clouds.kubernetes import selectors
from skywright.adapters.clouds.kubernetes.place import namespace_of, spaced
from skywright.adapters.clouds.kubernetes.quantity import count, mib, millis
from skywright.adapters.clouds.kubernetes.read.base import Raw, Reading
from skywright.adapters.clouds.kubernetes.read.facts import Template, selected, templates
from skywright.adapters.clouds.kubernetes.resources import PREFIXED, TYPES
from skywright.adapters.clouds.kubernetes.rollout import condition
from skywright.model.estate import Verb
from skywright.model.kinds.cluster import Autoscaler, ClusterQuota, Definition, DisruptionBudget

SCALER, BUDGET, QUOTA, DEFINITION = Autoscaler.KIND, DisruptionBudget.KIND, ClusterQuota.KIND, Definition.KIND

HARD = {
    "cpu": ("limits.cpu", "requests.cpu", "cpu"),
    "memory": ("limits.memory", "requests.memory", "memory"),
    "pods": ("pods", "count/pods"),
}
"""What a quota may bound -> the names under which it does, the strictest first."""


def _read_scalers(reading: Reading) -> None:
    for type_, make in (("horizontal", _horizontal), ("vertical", _vertical)):
        with reading.part(SCALER):
            for row in reading.take(SCALER, reading.own(SCALER, PREFIXED[SCALER][type_]), partial(make, reading)):
                reading.relate(row.id, Verb.TARGETS, row.workload)


def _horizontal(reading: Reading, raw: Raw) -> Autoscaler:
    return Autoscaler(
        **reading.common(SCALER, raw, f"horizontal/{spaced(raw)}"),
        type="horizontal",
        state="running",
        namespace=namespace_of(raw),
        workload=_scaled(reading, raw, "scaleTargetRef"),
        min_replicas=integer(raw, "spec", "minReplicas") or 1,
        max_replicas=integer(raw, "spec", "maxReplicas"),
        current=integer(raw, "status", "currentReplicas") or 0,
        desired=integer(raw, "status", "desiredReplicas") or 0,
        target_cpu_pct=_target(raw),
        limited=_limited(raw),
        mode="",
    )


def _scaled(reading: Reading, raw: Raw, where: str) -> str | None:
    type_, name = TYPES.get(said(raw, "spec", where, "kind")), text(raw, "spec", where, "name")
    return reading.id("container.workload", f"{type_}/{namespace_of(raw)}/{name}") if type_ and name else None


def _target(raw: Raw) -> int | None:
    """The wanted share of the requested processor time, in per cent."""
    for metric in items(raw, "spec", "metrics"):
        if text(metric, "resource", "name") == "cpu":
            return integer(metric, "resource", "target", "averageUtilization") or integer(
                metric, "resource", "targetAverageUtilization"
            )
    return integer(raw, "spec", "targetCPUUtilizationPercentage")


def _limited(raw: Raw) -> bool:
    """Wants more than its maximum: condition ScalingLimited with reason TooManyReplicas; v1 tells it nowhere but in its counts."""
    limited = condition(raw, "ScalingLimited")
    if limited:
        return text(limited, "status") == "True" and text(limited, "reason") == "TooManyReplicas"
    used, target = integer(raw, "status", "currentCPUUtilizationPercentage"), _target(raw)
    full = integer(raw, "status", "currentReplicas") == integer(raw, "spec", "maxReplicas")
    return full and used is not None and target is not None and used > target * 1.1


def _vertical(reading: Reading, raw: Raw) -> Autoscaler:
    return Autoscaler(
        **reading.common(SCALER, raw, f"vertical/{spaced(raw)}"),
        type="vertical",
        state="running",
        namespace=namespace_of(raw),
        workload=_scaled(reading, raw, "targetRef"),
        mode=(text(raw, "spec", "updatePolicy", "updateMode") or "Auto").lower(),
    )


def _read_budgets(reading: Reading) -> None:
    found: list[Template] | None = None
    with reading.columns(BUDGET):
        found = templates(reading)
    for row in reading.take(BUDGET, reading.own(BUDGET, "poddisruptionbudgets.policy"), lambda raw: _budget(reading, raw, found)):
        for workload in row.workloads or ():
            reading.relate(workload, Verb.GUARDED_BY, row.id)


def _budget(reading: Reading, raw: Raw, found: list[Template] | None) -> DisruptionBudget:
    spec, namespace = raw["spec"], namespace_of(raw)
    return DisruptionBudget(
        **reading.common(BUDGET, raw),
        state="available",
        namespace=namespace,
        selector=selectors.told(at(spec, "selector")) or [],
        min_available=_bound(spec, "minAvailable"),
        max_unavailable=_bound(spec, "maxUnavailable"),
        allowed=integer(raw, "status", "disruptionsAllowed") or 0,
        workloads=None if found is None else selected(reading, found, namespace, at(spec, "selector")),
    )


def _bound(spec: Any, name: str) -> str:
    found = at(spec, name)
    return "" if found is None else str(found)


def _read_quotas(reading: Reading) -> None:
    for type_, make in (("quota", _quota), ("range", _range)):
        with reading.part(QUOTA):
            reading.take(QUOTA, reading.own(QUOTA, PREFIXED[QUOTA][type_]), partial(make, reading))


def bounded(raw: Any, part: str, what: str, where: str = "status") -> object:
    """The quantity that a quota has for one thing under the first of its names that is there."""
    hard = at(raw, where, "hard") or {}
    name = next((name for name in HARD[what] if name in hard), "")
    return at(raw, where, part, name) if name else None


def _quota(reading: Reading, raw: Raw) -> ClusterQuota:
    """-1: not bounded."""
    hard = {what: bounded(raw, "hard", what, "spec") for what in HARD}
    used = {what: bounded(raw, "used", what) for what in HARD}
    return ClusterQuota(
        **reading.common(QUOTA, raw, f"quota/{spaced(raw)}"),
        type="quota",
        state="available",
        namespace=namespace_of(raw),
        cpu_limit_millis=-1 if hard["cpu"] is None else millis(hard["cpu"]),
        cpu_used_millis=millis(used["cpu"]),
        memory_limit_mib=-1 if hard["memory"] is None else mib(hard["memory"]),
        memory_used_mib=mib(used["memory"]),
        pods_limit=-1 if hard["pods"] is None else count(hard["pods"]),
        pods_used=count(used["pods"]),
    )


def _range(reading: Reading, raw: Raw) -> ClusterQuota:
    """What each container may use at most, or is given where it says nothing."""
    each: dict[str, Any] = next((one for one in items(raw, "spec", "limits") if text(one, "type") == "Container"), {})
    most = at(each, "max") or at(each, "default") or {}
    return ClusterQuota(
        **reading.common(QUOTA, raw, f"range/{spaced(raw)}", keep=("spec",)),
        type="range",
        state="available",
        namespace=namespace_of(raw),
        cpu_limit_millis=-1 if "cpu" not in most else millis(most["cpu"]),
        memory_limit_mib=-1 if "memory" not in most else mib(most["memory"]),
        pods_limit=-1,
    )


def _read_definitions(reading: Reading) -> None:
    served = reading.calls.served(reading.account)

    def definition(raw: Raw) -> Definition:
        """Its name comes from its metadata, its versions from discovery: its schemas can be megabytes."""
        plural, _, group = str(raw["metadata"]["name"]).partition(".")
        versions = served.versions(group)
        namespaced = [served.resources(group, version).get(plural) for version in versions]
        return Definition(
            **reading.common(DEFINITION, raw),
            state="available",
            group=group,
            plural=plural,
            versions=sorted(version for version, found in zip(versions, namespaced, strict=True) if found is not None),
            namespaced=next((found for found in namespaced if found is not None), None),
        )

    reading.take(DEFINITION, reading.own(DEFINITION, "customresourcedefinitions.apiextensions.k8s.io"), definition)


_TEMPLATES = (
    "list deployments.apps",
    "list statefulsets.apps",
    "list daemonsets.apps",
    "list jobs.batch",
    "list cronjobs.batch",
    "list pods",
)

READERS: tuple[Reader, ...] = (
    Reader(
        name="autoscalers",
        service="scaling",
        kinds=(SCALER,),
        read=_read_scalers,
        permissions=tuple(f"list {name}" for name in PREFIXED[SCALER].values()),
        is_global=True,
    ),
    Reader(
        name="disruption",
        service="scaling",
        kinds=(BUDGET,),
        read=_read_budgets,
        permissions=("list poddisruptionbudgets.policy", *_TEMPLATES),
        is_global=True,
    ),
    Reader(
        name="quotas",
        service="scaling",
        kinds=(QUOTA,),
        read=_read_quotas,
        permissions=tuple(f"list {name}" for name in PREFIXED[QUOTA].values()),
        is_global=True,
    ),
    Reader(
        name="definitions",
        service="definitions",
        kinds=(DEFINITION,),
        read=_read_definitions,
        permissions=("list customresourcedefinitions.apiextensions.k8s.io",),
        is_global=True,
    ),
)
"""What bounds it."""
