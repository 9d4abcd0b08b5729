"""CloudWatch with percentiles and paging, and a store of hourly series that answers without looking at every datapoint.

moto filters all datapoints of a region for every period of every query, which makes two weeks of a hundred machines take minutes.
Seeded series are held apart, indexed by (account, region, namespace, metric, dimensions). What is put through the API stays with
moto. Source of the statistics: CloudWatch user guide, "CloudWatch statistics definitions"; of the paging: CloudWatch API
reference, GetMetricData (MaxDatapoints 100,800).
"""

import math
import re
from array import array
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from moto.cloudwatch.models import CloudWatchBackend, Statistics
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from skywright.lab.aws.strict.patch import put

HOUR = 3600
SAMPLES_PER_HOUR = 12  # as if measured every five minutes
DATAPOINTS_MAX = 100_800
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")

_PLAIN: dict[str, Callable[[list[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
}

Place = tuple[str, str, str, str, tuple[tuple[str, str], ...]]


class Series(msgspec.Struct, frozen=True):
    """Hour after hour from ``start`` (seconds since 1970): the mean of twelve samples, and the highest of them. NaN: no data."""

    start: int
    mean: array  # type: ignore[type-arg]  # array('f'); msgspec does not look inside
    peak: array  # type: ignore[type-arg]  # as above

    def samples(self, hour: int) -> list[float]:
        """The twelve samples of an hour: one at the peak, the others equal, so that the mean holds."""
        mean, peak = self.mean[hour], self.peak[hour]
        if math.isnan(mean):
            return []
        rest = (mean * SAMPLES_PER_HOUR - peak) / (SAMPLES_PER_HOUR - 1)
        return [rest] * (SAMPLES_PER_HOUR - 1) + [peak]


SERIES: dict[Place, Series] = {}
"""Everything that was seeded, of every account and region of this server."""


def place(account: str, region: str, namespace: str, metric: str, dimensions: dict[str, str]) -> Place:
    """Where a series is kept."""
    return (account, region, namespace, metric, tuple(sorted(dimensions.items())))


def install() -> None:
    """Answer GetMetricData and GetMetricStatistics from the series first; let moto do the rest, with percentiles."""
    plain_statistic = Statistics.get_statistics_for_type
    put(Statistics, "get_statistics_for_type", lambda self, stat: _moto_statistic(plain_statistic, self, stat))
    plain_data = CloudWatchBackend.get_metric_data
    put(CloudWatchBackend, "get_metric_data", lambda self, **asked: _data(plain_data, self, **asked))
    put(CloudWatchResponse, "get_metric_data", _paged(CloudWatchResponse.get_metric_data))
    plain_statistics = CloudWatchResponse.get_metric_statistics
    put(CloudWatchResponse, "get_metric_statistics", lambda asked: _statistics(asked) or plain_statistics(asked))
    plain_metrics = CloudWatchBackend.get_filtered_metrics
    put(CloudWatchBackend, "get_filtered_metrics", lambda self, *asked: [*_listed(self, *asked), *plain_metrics(self, *asked)])


def statistic(values: list[float], name: str) -> float | None:
    """One statistic of raw values. Percentiles are by nearest rank. None: no such statistic."""
    if name in _PLAIN:
        return float(_PLAIN[name](values))
    if (found := _PERCENTILE.fullmatch(name)) is None:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(float(found[1]) / 100 * len(ordered)) - 1)]


def _moto_statistic(plain: Any, statistics: Any, name: str) -> Any:
    if _PERCENTILE.fullmatch(name) and statistics.metric_single_values_list:
        return statistic(statistics.metric_single_values_list, name)
    return plain(statistics, name)


def _data(plain: Any, backend: Any, *, queries: list[dict[str, Any]], start_time: Any, end_time: Any, scan_by: str) -> Any:
    """Results in the order of the queries. A query that names a seeded series is answered from it."""
    ours: dict[str, dict[str, Any]] = {}
    for query in queries:
        if series := _series_of(backend, query):
            ours[query["Id"]] = _result(series, query, start_time, end_time, scan_by)
    left = [query for query in queries if query["Id"] not in ours]
    if left and (backend.metric_data or any("Expression" in query or _by_provider(query) for query in left)):
        theirs = plain(backend, queries=left, start_time=start_time, end_time=end_time, scan_by=scan_by)
    else:
        theirs = [_empty(query) for query in left]
    both = {**ours, **{result["id"]: result for result in theirs}}
    return [both[query["Id"]] for query in queries if query["Id"] in both and query.get("ReturnData", True)]


def _by_provider(query: dict[str, Any]) -> bool:
    """Moto computes the metrics of S3 on the fly."""
    return bool(query["MetricStat"]["Metric"]["Namespace"] == "AWS/S3")


def _series_of(backend: Any, query: dict[str, Any]) -> Series | None:
    if "MetricStat" not in query:
        return None
    metric = query["MetricStat"]["Metric"]
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in metric.get("Dimensions", [])}
    return SERIES.get(place(backend.account_id, backend.region_name, metric["Namespace"], metric["MetricName"], dimensions))


def _empty(query: dict[str, Any]) -> dict[str, Any]:
    return {"id": query["Id"], "label": _label(query), "values": [], "timestamps": [], "status_code": "Complete"}


def _label(query: dict[str, Any]) -> str:
    metric = query.get("MetricStat", {}).get("Metric", {}).get("MetricName", query["Id"])
    return str(query.get("Label") or metric)


def _result(series: Series, query: dict[str, Any], start: datetime, end: datetime, scan_by: str) -> dict[str, Any]:
    stat = query["MetricStat"]
    points = aggregate(series, stat["Stat"], int(stat["Period"]), _seconds(start), _seconds(end))
    if scan_by == "TimestampDescending":
        points.reverse()
    times = [datetime.fromtimestamp(at, UTC).replace(tzinfo=None) for at, _ in points]
    return {**_empty(query), "values": [value for _, value in points], "timestamps": times}


def aggregate(series: Series, stat: str, period: int, start: int, end: int) -> list[tuple[int, float]]:
    """(time, value) for each period with data in [start, end), oldest first."""
    if period == HOUR and stat in ("Average", "Maximum", "Sum", "SampleCount"):
        return _hourly(series, stat, start, end)
    buckets: dict[int, list[float]] = {}
    width = HOUR // SAMPLES_PER_HOUR
    for hour in range(len(series.mean)):
        for number, value in enumerate(series.samples(hour)):
            at = series.start + hour * HOUR + number * width
            if start <= at < end:
                buckets.setdefault(at - at % period, []).append(value)
    values = ((at, statistic(bucket, stat)) for at, bucket in sorted(buckets.items()))
    return [(at, value) for at, value in values if value is not None]


def _hourly(series: Series, stat: str, start: int, end: int) -> list[tuple[int, float]]:
    """The common case, without making the samples."""
    source = series.peak if stat == "Maximum" else series.mean
    factor = SAMPLES_PER_HOUR if stat == "Sum" else 1
    first = max(0, -(-(start - series.start) // HOUR))
    last = min(len(source), -(-(end - series.start) // HOUR))
    hours = ((series.start + hour * HOUR, source[hour]) for hour in range(first, last) if not math.isnan(source[hour]))
    if stat == "SampleCount":
        return [(at, float(SAMPLES_PER_HOUR)) for at, _ in hours]
    return [(at, value * factor) for at, value in hours]


def _seconds(at: datetime) -> int:
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def _paged(plain: Any) -> Any:
    """Cut an answer at MaxDatapoints, between queries."""

    def get_metric_data(asked: Any) -> Any:
        answer = plain(asked)
        limit = int(asked._get_param("MaxDatapoints") or DATAPOINTS_MAX)  # noqa: SLF001 - moto's own way
        start, total = int(asked._get_param("NextToken") or 0), 0  # noqa: SLF001
        results = answer.result["MetricDataResults"][start:]
        page: list[dict[str, Any]] = []
        for result in results:
            total += len(result["values"])
            if page and total > limit:
                break
            page.append(result)
        more = {"NextToken": str(start + len(page))} if len(page) < len(results) else {}
        return ActionResult({"MetricDataResults": page, **more})

    return get_metric_data


def _statistics(asked: Any) -> Any:
    """GetMetricStatistics from a seeded series; None when there is none."""
    param = asked._get_param  # noqa: SLF001 - moto's own way
    query = {
        "Id": "q",
        "MetricStat": {
            "Metric": {
                "Namespace": param("Namespace"),
                "MetricName": param("MetricName"),
                "Dimensions": param("Dimensions", []),
            }
        },
    }
    series = _series_of(asked.cloudwatch_backend, query)
    if series is None:
        return None
    start, end, period = _seconds(param("StartTime")), _seconds(param("EndTime")), int(param("Period"))
    rows: dict[int, dict[str, Any]] = {}
    for name in param("Statistics", []):
        for at, value in aggregate(series, name, period, start, end):
            rows.setdefault(at, {"Timestamp": datetime.fromtimestamp(at, UTC)})[name] = value
    for name in param("ExtendedStatistics", []) or []:
        for at, value in aggregate(series, name, period, start, end):
            rows.setdefault(at, {"Timestamp": datetime.fromtimestamp(at, UTC)}).setdefault("ExtendedStatistics", {})[name] = value
    return ActionResult({"Label": param("MetricName"), "Datapoints": [rows[at] for at in sorted(rows)]})


class _Listed(msgspec.Struct):
    """A seeded metric as ListMetrics shows it."""

    namespace: str
    name: str
    dimensions: list[Any]


def _listed(backend: Any, metric: str, namespace: str, dimensions: list[dict[str, str]]) -> list[_Listed]:
    from moto.cloudwatch.models import Dimension

    wanted = {(dimension["Name"], dimension.get("Value")) for dimension in dimensions or []}
    found = []
    for account, region, space, name, pairs in SERIES:
        here = (account, region) == (backend.account_id, backend.region_name)
        named = (not namespace or space == namespace) and (not metric or name == metric)
        if here and named and all(pair in pairs or (pair[1] is None and pair[0] in dict(pairs)) for pair in wanted):
            found.append(_Listed(space, name, [Dimension(key, value) for key, value in pairs]))
    return found


def remember(at: Place, *, hours: int, until: datetime, mean: list[float], peak: list[float]) -> None:
    """Keep one series of ``hours`` hours that ends at the full hour of ``until``."""
    end = until.replace(minute=0, second=0, microsecond=0)
    SERIES[at] = Series(_seconds(end - timedelta(hours=hours)), array("f", mean), array("f", peak))
