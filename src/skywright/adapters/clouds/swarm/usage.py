"""Usage of running containers: one sample of now, for Docker keeps none. Two readings a second apart are the engine's own way
(``stats?stream=false``); the formulas are those of `docker stats` (Docker Engine API, ContainerStats)."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.swarm.calls import Calls
from skywright.adapters.clouds.swarm.directory import Directory
from skywright.model.errors import SkywrightError
from skywright.model.estate import Usage
from skywright.model.kinds import Resource
from skywright.model.kinds.cluster import Pod

CONTAINERS_MAX = 200
"""A reading takes the engine a second or two: more containers than these of one account are left out."""


def usage(calls: Calls, directory: Directory, resources: Sequence[Resource], threads: Executor) -> Iterator[Usage]:
    """CPU (of its limit, or of the host's) and memory (of its limit) of running containers, in percent.

    What cannot be read does not keep the rest from being read: the first failure (model.errors) is raised at the end.
    """
    wanted = [found for one in resources if isinstance(one, Pod) and one.state == "running" and (found := _place(directory, one))]
    failures: list[SkywrightError] = []

    def sample(where: tuple[str, str, Pod]) -> list[Usage]:
        account, container, pod = where
        try:
            raw = calls.there(account, "GET /containers/{id}/stats", container, query={"stream": "false"})
        except SkywrightError as error:
            failures.append(error)
            return []
        return list(samples(raw, pod))

    for rows in threads.map(sample, wanted[:CONTAINERS_MAX]):
        yield from rows
    if failures:
        raise failures[0]


def _place(directory: Directory, pod: Pod) -> tuple[str, str, Pod] | None:
    """The engine that has the container, and the container's id; None when that engine is not in scope."""
    node = tr.text(pod.native, "NodeID")
    if node is None:
        return pod.account, pod.native_id, pod
    engine = directory.of_node(node)
    container = tr.text(pod.native, "Status", "ContainerStatus", "ContainerID")
    return (engine.endpoint.name, container, pod) if engine and container else None


def samples(raw: Any, pod: Pod) -> Iterator[Usage]:
    """One answer of ContainerStats -> what can be said of now."""
    for metric, value in (("cpu_pct", _cpu(raw, pod)), ("memory_pct", _memory(raw))):
        if value is not None:
            yield Usage(
                resource=pod.id, metric=metric, window_days=0.0, samples=1, p50=value, p95=value, p99=value, max=value, mean=value
            )


def _cpu(raw: Any, pod: Pod) -> float | None:
    """Of the CPUs that it may use: those of its limit, or all of the host."""
    now, then = (tr.integer(raw, part, "cpu_usage", "total_usage") for part in ("cpu_stats", "precpu_stats"))
    host_now, host_then = (tr.integer(raw, part, "system_cpu_usage") for part in ("cpu_stats", "precpu_stats"))
    count = tr.integer(raw, "cpu_stats", "online_cpus")
    if None in (now, then, host_now, host_then, count) or not count or host_now <= host_then:  # type: ignore[operator] # none is None
        return None
    cpus = (now - then) / (host_now - host_then) * count  # type: ignore[operator] # none is None
    limit = pod.cpu_limit_millis if pod.cpu_limit_millis and pod.cpu_limit_millis > 0 else count * 1000
    return round(max(0.0, cpus * 1000 / limit * 100), 2)


def _memory(raw: Any) -> float | None:
    """Without the page cache that can be given back (cgroup 2: inactive_file, cgroup 1: total_inactive_file)."""
    used, limit = tr.integer(raw, "memory_stats", "usage"), tr.integer(raw, "memory_stats", "limit")
    if used is None or not limit:
        return None
    stats = tr.at(raw, "memory_stats", "stats") or {}
    cache = tr.integer(stats, "total_inactive_file") or tr.integer(stats, "inactive_file") or 0
    return round((used - min(cache, used)) / limit * 100, 2)
