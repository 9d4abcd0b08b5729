"""Prometheus -> what each pod that is there used in the last day: the time that a gathering stands for."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from skywright.adapters.meters.graphics import busy_on_average
from skywright.adapters.meters.promql import Server, query_range, samples
from skywright.model.errors import TryAgain
from skywright.model.estate import Usage
from skywright.model.kinds import Resource
from skywright.model.kinds.cluster import Pod
from skywright.model.words import t

STEPS_AN_HOUR = 12
_CPU = "rate(container_cpu_usage_seconds_total{{{of}}}[5m])[1d:5m]"
_MEMORY = "container_memory_working_set_bytes{{{of}}}[1d]"
_BY = "sum by (namespace, pod)"

Found = Mapping[tuple[str, str], float]
"""(namespace, pod) -> a number."""


def instant(server: Server, query: str, at: datetime) -> list[dict[str, Any]]:
    """A query at one time -> its series. Raises what asking raises, and TryAgain for an answer that is not whole."""
    when = at.replace(tzinfo=UTC).timestamp()
    answer = query_range(server, query, when, when, 60)
    if answer.warnings:
        raise TryAgain(t("The history is not whole, says {place}: {warning}", place=server.place, warning=answer.warnings[0]))
    return answer.series


def pods_today(server: Server, selector: str, resources: Sequence[Resource], at: datetime) -> Iterator[Usage]:
    """Usage of the pods among ``resources``, while they ran in the day before ``at``. Of one that nothing is told of there is no
    row. Raises like ``instant``."""
    pods = {tuple(one.native_id.split("/", 1)): one.id for one in resources if isinstance(one, Pod)}
    if not pods:
        return
    of = ", ".join(filter(None, ('container!=""', 'container!="POD"', selector)))
    seen = _asked(server, f"max by (namespace, pod) (count_over_time({_CPU.format(of=of)}))", at)
    for metric, source, unit in (("cpu_millis", _CPU.format(of=of), "* 1000"), ("memory_mib", _MEMORY.format(of=of), "/ 1048576")):
        mean, p99, most = (
            _asked(server, f"{_BY} ({how}({quantile}{source})) {unit}", at)
            for how, quantile in (("avg_over_time", ""), ("quantile_over_time", "0.99, "), ("max_over_time", ""))
        )
        yield from (
            _row(pods[key], metric, seen.get(key), mean=mean[key], p99=p99.get(key), most=most.get(key))
            for key in mean
            if key in pods
        )
    graphics = _asked(server, f"avg by (namespace, pod) ({busy_on_average(selector, '1d')})", at)
    yield from (_row(pods[key], "gpu_pct", seen.get(key), mean=graphics[key]) for key in graphics if key in pods)


def _asked(server: Server, query: str, at: datetime) -> Found:
    found: dict[tuple[str, str], float] = {}
    for series in instant(server, query, at):
        labels = series.get("metric") or {}
        for _, value in samples(series):
            found[labels.get("namespace", ""), labels.get("pod", "")] = value
    return found


def _row(pod: str, metric: str, steps: float | None, *, mean: float, p99: float | None = None, most: float | None = None) -> Usage:
    hours = max(1, round((steps or 0) / STEPS_AN_HOUR))
    return Usage(resource=pod, metric=metric, window_days=1.0, samples=hours, p99=p99, max=most, mean=mean)
