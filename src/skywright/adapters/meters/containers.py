"""Prometheus -> what containers used over time. The metrics are cAdvisor's, as the kubelet serves them
(container_cpu_usage_seconds_total, container_memory_working_set_bytes: "Metrics For Kubernetes System Components").

Whose a pod is, is told by its name: pods of the past are in no API. Names are made as the controllers make them
(``web-5d9c7f-x2x7k``, ``db-0``, ``logs-x2x7k``); of several workloads that a name suits it is the one with the longest name.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from skywright.adapters.meters.promql import Server, query_range, samples
from skywright.model.errors import BadInput
from skywright.model.series import Series
from skywright.model.settings import History, SecretRef
from skywright.model.words import t
from skywright.ports.other import Keeper, Memory, Watched

SECTION = "usage_history"
CHUNK = timedelta(days=1)
"""Asked at once: a server gives no more than 11,000 points of a series, and few give an answer of any size."""

SUFFIXES = {
    "deployment": r"-[a-z0-9]{1,10}-[a-z0-9]{5}",
    "stateful-set": r"-\d+",
    "daemon-set": r"-[a-z0-9]{5}",
    "replica-set": r"-[a-z0-9]{5}",
}
"""Type of workload -> what its controller puts behind its name."""

Times = tuple[datetime, datetime, timedelta]
Table = dict[tuple[str, str], list[float]]
"""(workload, container) -> a value a step."""


def queries(selector: str, step: timedelta) -> tuple[str, str]:
    """Processor in thousandths, and memory in MiB with its peaks between steps, of each container of each pod."""
    of = ", ".join(filter(None, ('container!=""', 'container!="POD"', selector)))
    by, window = "by (namespace, pod, container)", f"{step.total_seconds():.0f}s"
    return (
        f"sum {by} (rate(container_cpu_usage_seconds_total{{{of}}}[{window}])) * 1000",
        f"max {by} (max_over_time(container_memory_working_set_bytes{{{of}}}[{window}])) / 1048576",
    )


def remembered(
    servers: Sequence[History], secret: Callable[[SecretRef], str] | None, workloads: Sequence[Keeper], times: Times
) -> Memory:
    """What these workloads' containers used, the busiest copy at each step; those that nothing is known of are not there.
    ``times``: from, until, step. Raises BadInput where no server is named, and what asking a server raises."""
    if not servers:
        raise BadInput(
            t("No server is named that keeps what containers used."), where=SECTION,
            next_step=t("Name a Prometheus there (address: https://...), or give a file: --usage FILE."),
        )  # fmt: skip
    found: list[Watched] = []
    notes: list[str] = []
    for one in servers:
        mine = [row for row in workloads if not one.clusters or row.account in one.clusters]
        server = server_of(one, secret)
        check_one_cluster({row.account for row in mine})
        found += _watched(server, one.selector, Names(mine), times, notes)
    return Memory(tuple(found), tuple(dict.fromkeys(notes)))


def server_of(one: History, secret: Callable[[SecretRef], str] | None) -> Server:
    """A server of the settings, with its token. Raises what reading the token raises."""
    token = secret(one.token) if one.token and secret else ""
    return Server(address=one.address, section=SECTION, ca_file=one.ca_file, headers=one.headers, token=token)


def check_one_cluster(accounts: Collection[str]) -> None:
    """Raises BadInput where one server would be asked for several clusters, whose pods it could not tell apart."""
    if len(accounts) > 1:
        raise BadInput(
            t("Clusters {names} would share the metrics of one server.", names=", ".join(sorted(accounts))), where=SECTION,
            next_step=t("Name one cluster for each entry (clusters: [NAME]), with the selector that tells it apart."),
        )  # fmt: skip


class Names:
    """Pods' names -> workloads."""

    def __init__(self, workloads: Sequence[Keeper]) -> None:
        self._known: dict[str, list[tuple[re.Pattern[str], str]]] = defaultdict(list)
        for row in sorted(workloads, key=lambda one: -len(one.native_id)):
            type_, namespace, name = row.native_id.split("/", 2)
            if type_ in SUFFIXES:
                self._known[namespace].append((re.compile(re.escape(name) + SUFFIXES[type_]), row.id))
        self.whose = lru_cache(maxsize=None)(self._whose)

    def _whose(self, namespace: str, pod: str) -> str:
        """The workload of a pod, "" for none that is known."""
        return next((workload for pattern, workload in self._known.get(namespace, ()) if pattern.fullmatch(pod)), "")


def _watched(server: Server, selector: str, names: Names, times: Times, notes: list[str]) -> Iterator[Watched]:
    since, until, step = times
    start = math.ceil(_seconds(since) / step.total_seconds()) * step.total_seconds()
    count = int((_seconds(until) - start) // step.total_seconds()) + 1
    cpu, memory = (_table(server, query, names, (start, count, step), notes) for query in queries(selector, step))
    begin = datetime.fromtimestamp(start, UTC).replace(tzinfo=None)
    nothing = [math.nan] * count
    for workload, container in sorted(cpu.keys() | memory.keys()):
        key = (workload, container)
        series = (Series(container, begin, step, tuple(table.get(key, nothing))) for table in (cpu, memory))
        yield Watched(workload=workload, container=container, cpu=next(series), memory=next(series))


def _table(server: Server, query: str, names: Names, grid: tuple[float, int, timedelta], notes: list[str]) -> Table:
    """One query, a day at a time: the highest of all copies at each step."""
    (start, count, step), found = grid, defaultdict[tuple[str, str], list[float]](lambda: [math.nan] * grid[1])
    step_s = step.total_seconds()
    each = max(1, int(CHUNK / step))
    for first in range(0, count, each):
        last = min(first + each, count) - 1
        answer = query_range(server, query, start + first * step_s, start + last * step_s, step_s)
        notes += (
            t("The history is not whole, says {place}: {warning}", place=server.place, warning=one) for one in answer.warnings
        )
        for series in answer.series:
            labels: Mapping[str, str] = series.get("metric") or {}
            workload = names.whose(labels.get("namespace", ""), labels.get("pod", ""))
            if workload:
                values = found[workload, labels.get("container", "")]
                for at, value in samples(series):
                    place = round((at - start) / step_s)
                    if 0 <= place < count and not values[place] >= value:
                        values[place] = value
    return dict(found)


def _seconds(when: datetime) -> float:
    """Naive UTC -> seconds since 1970."""
    return when.replace(tzinfo=UTC).timestamp()
