"""Usage: resources x a window -> how much of each was used, by the hour, in as few GetMetricData calls as AWS's limits allow.

The percentiles are computed here from hourly values (see ``metrics.Shape`` for which values and why), by nearest rank: a percentile
is a value that was really seen, never one between two.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from skywright.adapters.clouds.aws.calls import Calls
from skywright.adapters.clouds.aws.metrics import SECONDS_PER_HOUR, Dimensions, Measure, measures, memory_of
from skywright.adapters.clouds.kit.translate import items, text
from skywright.model.errors import SkywrightError
from skywright.model.estate import Usage
from skywright.model.kinds import Resource
from skywright.model.kinds.compute import Instance

# Limits of one GetMetricData call (Amazon CloudWatch API reference, GetMetricData).
QUERIES_PER_CALL_MAX = 500
DATAPOINTS_PER_CALL_MAX = 100_800

Series = dict[object, float]
"""Hour -> value."""


class _Window(msgspec.Struct, frozen=True):
    """Whole hours only: half an hour's sum is not an hour's."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> int:
        return int((self.end - self.start) / timedelta(hours=1))


class _Query(msgspec.Struct, frozen=True):
    namespace: str
    source: str
    dimensions: Dimensions
    statistic: str


def usage(calls: Calls, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
    """Resources -> their usage between two times (naive UTC). A metric without data gives no row.

    What cannot be read does not keep the rest from being read: the first failure (model.errors) is raised at the end.
    """
    window = _Window(_whole_hour(since), _whole_hour(until))
    if window.hours < 1:
        return
    failures: list[SkywrightError] = []
    places: dict[tuple[str, str], list[Resource]] = defaultdict(list)
    for resource in resources:
        places[resource.account, resource.region].append(resource)
    for place, there in places.items():
        yield from _usage_in(calls, place, there, window, failures)
    if failures:
        raise failures[0]


def _usage_in(
    calls: Calls, place: tuple[str, str], resources: Sequence[Resource], window: _Window, failures: list[SkywrightError]
) -> Iterator[Usage]:
    wanted = [measure for resource in resources for measure in measures(resource, window.start)]
    try:
        wanted += _memory(calls, place, resources)
    except SkywrightError as error:
        failures.append(error)
    for batch in _batches(wanted, min(QUERIES_PER_CALL_MAX, DATAPOINTS_PER_CALL_MAX // window.hours)):
        try:
            found = _ask(calls, place, batch, window)
        except SkywrightError as error:
            failures.append(error)
            continue
        yield from (row for measure in batch if (row := _summary(measure, found, window)))


def _memory(calls: Calls, place: tuple[str, str], resources: Sequence[Resource]) -> list[Measure]:
    """One listing tells which instances report their memory, and under which dimensions."""
    instances = {resource.native_id: resource for resource in resources if isinstance(resource, Instance)}
    if not instances:
        return []
    found = {}
    listing = {"Namespace": "CWAgent", "MetricName": "mem_used_percent"}
    for metric in calls.pages(*place, "cloudwatch", "list_metrics", "Metrics", **listing):
        dimensions = tuple((text(one, "Name") or "", text(one, "Value") or "") for one in items(metric, "Dimensions"))
        if instance := instances.get(dict(dimensions).get("InstanceId", "")):
            found[instance.native_id] = memory_of(instance, dimensions)
    return list(found.values())


def _batches(wanted: Iterable[Measure], limit: int) -> Iterator[list[Measure]]:
    """Measures in groups of at most ``limit`` queries; the queries of one measure stay together."""
    batch: list[Measure] = []
    size = 0
    for measure in wanted:
        more = len(_queries(measure))
        if batch and size + more > limit:
            yield batch
            batch, size = [], 0
        batch.append(measure)
        size += more
    if batch:
        yield batch


def _queries(measure: Measure) -> list[_Query]:
    statistics = dict.fromkeys(measure.metric.shape.value)
    return [
        _Query(measure.namespace, source, dimensions, statistic)
        for dimensions in measure.dimensions
        for source in measure.metric.sources
        for statistic in statistics
    ]


def _ask(calls: Calls, place: tuple[str, str], batch: list[Measure], window: _Window) -> dict[_Query, Series]:
    """The hours of every query of the batch. A query's hours may be spread over several pages."""
    queries = {f"q{index}": query for index, query in enumerate(query for measure in batch for query in _queries(measure))}
    found: dict[_Query, Series] = defaultdict(dict)
    asked = {
        "MetricDataQueries": [_as_asked(name, query) for name, query in queries.items()],
        "StartTime": window.start,
        "EndTime": window.end,
    }
    for result in calls.pages(*place, "cloudwatch", "get_metric_data", "MetricDataResults", **asked):
        query = queries.get(text(result, "Id") or "")
        if query is not None:
            values = zip(items(result, "Timestamps"), items(result, "Values"), strict=False)
            found[query].update((hour, value) for hour, value in values if _is_finite(value))
    return found


def _as_asked(name: str, query: _Query) -> dict[str, Any]:
    dimensions = [{"Name": key, "Value": value} for key, value in query.dimensions]
    metric = {"Namespace": query.namespace, "MetricName": query.source, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": SECONDS_PER_HOUR, "Stat": query.statistic}}


def _summary(measure: Measure, found: dict[_Query, Series], window: _Window) -> Usage | None:
    middle_statistic, upper_statistic = measure.metric.shape.value
    middle = _put_together(measure, middle_statistic, found)
    upper = middle if upper_statistic == middle_statistic else _put_together(measure, upper_statistic, found)
    if not middle:
        return None
    return Usage(
        resource=measure.resource,
        metric=measure.metric.name,
        window_days=window.hours / 24,
        samples=len(middle),
        p50=percentile(middle, 50),
        p95=percentile(upper, 95),
        p99=percentile(upper, 99),
        max=percentile(upper, 100),
        mean=math.fsum(middle) / len(middle),
    )


def _put_together(measure: Measure, statistic: str, found: dict[_Query, Series]) -> list[float]:
    """Members and sources hour by hour -> one value an hour, in ascending order."""
    parts = [found[query] for query in _queries(measure) if query.statistic == statistic and found.get(query)]
    scale = measure.metric.shape.scale
    if len(parts) == 1:
        return sorted(value * scale for value in parts[0].values())
    hours: dict[object, list[float]] = defaultdict(list)
    for part in parts:
        for hour, value in part.items():
            hours[hour].append(value)
    return sorted(_join(statistic, values) * scale for values in hours.values())


def _join(statistic: str, values: list[float]) -> float:
    match statistic:
        case "Sum":
            return math.fsum(values)
        case "Maximum":
            return max(values)
        case "Minimum":
            return min(values)
        case _:
            return math.fsum(values) / len(values)


def percentile(ascending: Sequence[float], percent: float) -> float | None:
    """The smallest seen value that at least ``percent`` % of the values do not exceed (nearest rank); None of nothing."""
    if not ascending:
        return None
    rank = max(1, math.ceil(percent / 100 * len(ascending)))
    return ascending[rank - 1]


def _whole_hour(when: datetime) -> datetime:
    return when.replace(minute=0, second=0, microsecond=0)


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
