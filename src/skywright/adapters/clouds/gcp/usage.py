"""Usage: resources x a window -> how much of each was used, by the hour: one list of series for each metric and region, however
many resources there are.

The percentiles are computed here from hourly values (see ``metrics.Shape`` for which values and why), by nearest rank: a percentile
is a value that was really seen, never one between two.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from skywright.adapters.clouds.gcp.calls import Calls
from skywright.adapters.clouds.gcp.metrics import METRICS, Metric
from skywright.adapters.clouds.kit.translate import at, items, number, said, tail, text
from skywright.model.errors import NotThere, SkywrightError
from skywright.model.estate import Usage
from skywright.model.kinds import Resource

PAGE = 10_000

Series = dict[str, float]
"""End of an hour (as told) -> value."""


class _Window(msgspec.Struct, frozen=True):
    """Whole hours only: half an hour's sum is not an hour's."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> int:
        return int((self.end - self.start) / timedelta(hours=1))


class _Place(msgspec.Struct, frozen=True):
    """One project and region, with the resources whose usage is wanted: kind -> name as series have it -> ids."""

    project: str
    region: str
    wanted: Mapping[str, Mapping[str, list[str]]]


def usage(calls: Calls, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
    """Resources -> their usage between two times (naive UTC). A metric without data gives no row.

    What cannot be read does not keep the rest from being read: the first failure (model.errors) is raised at the end.
    """
    window = _Window(_whole_hour(since), _whole_hour(until))
    if window.hours < 1:
        return
    failures: list[SkywrightError] = []
    for place in _places(resources):
        numbers = _Numbers(calls, place.project)
        told: set[tuple[str, str]] = set()
        for metric in METRICS:
            if metric.kind not in place.wanted:
                continue
            try:
                rows = [row for row in _measured(calls, place, metric, window, numbers) if (row.resource, row.metric) not in told]
            except NotThere:
                continue  # nothing ever wrote this metric in the project
            except SkywrightError as error:
                failures.append(error)
                continue
            told |= {(row.resource, row.metric) for row in rows}
            yield from rows
    if failures:
        raise failures[0]


def _places(resources: Sequence[Resource]) -> list[_Place]:
    found: dict[tuple[str, str], dict[str, dict[str, list[str]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for resource in resources:
        name = resource.native_id if resource.KIND == "compute.instance" else tail(resource.native_id) or ""
        found[resource.account, resource.region][resource.KIND][name].append(resource.id)
    return [_Place(project, region, kinds) for (project, region), kinds in sorted(found.items())]


def _measured(calls: Calls, place: _Place, metric: Metric, window: _Window, numbers: "_Numbers") -> Iterator[Usage]:
    middle_aligner, upper_aligner = metric.shape.value
    middle = _asked(calls, place, metric, middle_aligner, window)
    upper = middle if upper_aligner == middle_aligner else _asked(calls, place, metric, upper_aligner, window)
    wanted = place.wanted[metric.kind]
    for told, series in middle.items():
        ids = wanted.get(numbers.name(told) if told.startswith("#") else told, [])
        if len(ids) == 1 and series:  # of two with one name the series does not say which it is
            yield _summary(ids[0], metric, window, (series, upper.get(told) or series))


def _asked(calls: Calls, place: _Place, metric: Metric, aligner: str, window: _Window) -> dict[str, Series]:
    """Resource as the series name it -> its hours. A series may be spread over several pages."""
    found: dict[str, Series] = defaultdict(dict)
    params: dict[str, Any] = {
        "name": f"projects/{place.project}",
        "filter": metric.filter(place.region),
        "interval.startTime": f"{window.start.isoformat()}Z",
        "interval.endTime": f"{window.end.isoformat()}Z",
        "aggregation.alignmentPeriod": "3600s",
        "aggregation.perSeriesAligner": aligner,
        "aggregation.crossSeriesReducer": metric.reducer,
        "aggregation.groupByFields": metric.fields,
        "pageSize": PAGE,
    }
    for series in calls.pages(place.project, "monitoring.projects.timeSeries.list", "timeSeries", **params):
        key = metric.key(_labels(series))
        for point in items(series, "points"):
            value = _value(point)
            if value is not None:
                found[key][said(point, "interval", "endTime")] = value * metric.scale
    return found


def _labels(series: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in ("metric", "resource"):
        labels = at(series, part, "labels")
        if isinstance(labels, dict):
            found |= {f"{part}.labels.{name}": str(value) for name, value in labels.items()}
    return found


def _value(point: Any) -> float | None:
    """The number of a point, whichever type it has."""
    value = at(point, "value")
    found = number(value, "doubleValue")
    if found is None and (digits := text(value, "int64Value")):
        found = float(digits) if digits.lstrip("-").isdigit() else None
    if found is None:
        found = number(value, "distributionValue", "mean")
    return found if found is not None and math.isfinite(found) else None


class _Numbers:
    """Numeric id of an instance -> its zone and name, for series that know no names. Asked once, when needed."""

    def __init__(self, calls: Calls, project: str) -> None:
        self._calls = calls
        self._project = project
        self._known: dict[str, str] | None = None

    def name(self, told: str) -> str:
        """``#number`` -> ``zone/name``; "" when it is gone."""
        if self._known is None:
            params: dict[str, Any] = {
                "project": self._project,
                "maxResults": 500,
                "fields": "nextPageToken,items/*/instances(id,name,zone)",
            }
            listed = self._calls.pages(self._project, "compute.instances.aggregatedList", "instances", **params)
            self._known = {said(raw, "id"): f"{tail(text(raw, 'zone'))}/{said(raw, 'name')}" for raw in listed}
        return self._known.get(told.removeprefix("#"), "")


def _summary(resource: str, metric: Metric, window: _Window, series: tuple[Series, Series]) -> Usage:
    middle, upper = (sorted(one.values()) for one in series)
    return Usage(
        resource=resource,
        metric=metric.name,
        window_days=window.hours / 24,
        samples=len(middle),
        p50=percentile(middle, 50),
        p95=percentile(upper, 95),
        p99=percentile(upper, 99),
        max=percentile(upper, 100),
        mean=math.fsum(middle) / len(middle),
    )


def percentile(ascending: Sequence[float], percent: float) -> float | None:
    """The smallest seen value that at least ``percent`` % of the values do not exceed (nearest rank); None of nothing."""
    if not ascending:
        return None
    rank = max(1, math.ceil(percent / 100 * len(ascending)))
    return ascending[rank - 1]


def _whole_hour(when: datetime) -> datetime:
    return when.replace(minute=0, second=0, microsecond=0)
