"""Usage: metrics.k8s.io -> how much pods, workloads and nodes use now.

The metrics API keeps one point in time of each pod and node ("Resource metrics pipeline"), so that ``samples`` is 1 and every
percentile is that point; of a workload they are over its pods. For windows of the past a metrics server with a memory is needed.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from skywright.adapters.clouds.kit.translate import at, items
from skywright.adapters.clouds.kubernetes.calls import KubeCalls
from skywright.adapters.clouds.kubernetes.place import spaced
from skywright.adapters.clouds.kubernetes.quantity import quantity
from skywright.adapters.clouds.kubernetes.resources import NODE_METRICS, POD_METRICS
from skywright.model.estate import Usage
from skywright.model.kinds import Resource
from skywright.model.kinds.cluster import Node, Pod, Workload

NOW_WITHIN = timedelta(hours=1)
POINT_DAYS = 1 / 24
MEBI = 1024.0**2


def usage(calls: KubeCalls, resources: Sequence[Resource], until: datetime, now: datetime) -> Iterator[Usage]:
    """Resources -> their usage now: cpu_millis, memory_mib, and of what can be divided by a size, cpu_pct and memory_pct (of a
    node's allocatable, of a pod's request). Nothing for a window that ended before. Raises model.errors."""
    if until < now - NOW_WITHIN:
        return
    for account in sorted({resource.account for resource in resources}):
        here = [resource for resource in resources if resource.account == account]
        if any(isinstance(resource, Node) for resource in here):
            found = {raw["metadata"]["name"]: _total([at(raw, "usage")]) for raw in calls.objects(account, NODE_METRICS)}
            for node in here:
                if isinstance(node, Node) and node.native_id in found:
                    yield from _rows(node.id, [found[node.native_id]], node.cpu_millis, node.memory_mib)
        if any(isinstance(resource, Pod) for resource in here):
            yield from _pods(calls, account, here)


def _pods(calls: KubeCalls, account: str, here: list[Resource]) -> Iterator[Usage]:
    raws = calls.objects(account, POD_METRICS)
    found = {spaced(raw): _total([at(one, "usage") for one in items(raw, "containers")]) for raw in raws}
    workloads = {resource.id for resource in here if isinstance(resource, Workload)}
    copies: dict[str, list[tuple[float, float]]] = defaultdict(list)
    requests: dict[str, tuple[int, int]] = {}
    for pod in here:
        if not isinstance(pod, Pod) or pod.native_id not in found:
            continue
        size = (pod.cpu_request_millis or 0, pod.memory_request_mib or 0)
        yield from _rows(pod.id, [found[pod.native_id]], *size)
        owner = pod.workload or pod.id.replace(f":{Pod.KIND}/", f":{Workload.KIND}/bare/")
        if owner in workloads:
            copies[owner].append(found[pod.native_id])
            requests[owner] = size
    for owner in sorted(copies):
        yield from _rows(owner, copies[owner], *requests[owner])


def _total(used: list[Any]) -> tuple[float, float]:
    """(thousandths of a processor, MiB), summed."""
    cpu = sum(float(quantity(at(one, "cpu")) or 0) * 1000 for one in used)
    memory = sum(float(quantity(at(one, "memory")) or 0) / MEBI for one in used)
    return cpu, memory


def _rows(resource: str, points: list[tuple[float, float]], cpu_size: int | None, memory_size: int | None) -> Iterator[Usage]:
    for index, (name, size) in enumerate((("cpu", cpu_size), ("memory", memory_size))):
        values = sorted(point[index] for point in points)
        yield _row(resource, "cpu_millis" if name == "cpu" else "memory_mib", values)
        if size:
            yield _row(resource, f"{name}_pct", [value / size * 100 for value in values])


def _row(resource: str, metric: str, ascending: list[float]) -> Usage:
    return Usage(
        resource=resource,
        metric=metric,
        window_days=POINT_DAYS,
        samples=1,
        p50=_nearest(ascending, 50),
        p95=_nearest(ascending, 95),
        p99=_nearest(ascending, 99),
        max=ascending[-1],
        mean=math.fsum(ascending) / len(ascending),
    )


def _nearest(ascending: list[float], percent: float) -> float:
    """Nearest rank."""
    return ascending[max(1, math.ceil(percent / 100 * len(ascending))) - 1]
