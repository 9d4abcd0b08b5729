"""Usage: resources x a window -> how much of each was used, by the hour: one list of series for each metric and project, however
many resources and regions there are.

The percentiles are computed here from hourly values (see ``metrics.Shape`` for which values and why), by nearest rank: a percentile
is a value that was really seen, never one between two. The values come without their times, which are four fifths of an answer;
only where several series tell of one resource are they asked for, so that no hour counts twice.
"""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from skywright.adapters.clouds.gcp.calls import Calls
from skywright.adapters.clouds.gcp.metrics import METRICS, Metric
from skywright.adapters.clouds.kit.reading import Memo
from skywright.adapters.clouds.kit.translate import said, tail, text
from skywright.model.errors import NotThere, SkywrightError
from skywright.model.estate import Usage
from skywright.model.kinds import Resource

PAGE = 100_000
"""Points a page: the most that timeSeries.list gives."""

VALUES = "timeSeries(points/value,resource/labels,metric/labels),nextPageToken"
TIMED = "timeSeries(points(interval/endTime,value),resource/labels,metric/labels),nextPageToken"

GLOBAL = "global"


class _Spread(msgspec.Struct):
    mean: float | str | None = None


class _Value(msgspec.Struct):
    """What is not a number (``NaN``) comes as text."""

    double: float | str | None = msgspec.field(name="doubleValue", default=None)
    int64: str | int | None = msgspec.field(name="int64Value", default=None)
    spread: _Spread | None = msgspec.field(name="distributionValue", default=None)

    def number(self) -> float | None:
        """The number, whichever type it has."""
        found: float | str | int | None = self.double
        if found is None and self.int64 is not None:
            digits = str(self.int64)
            found = float(digits) if digits.lstrip("-").isdigit() else None
        if found is None and self.spread is not None:
            found = self.spread.mean
        return found if isinstance(found, float) and math.isfinite(found) else None


class _Interval(msgspec.Struct):
    end: str = msgspec.field(name="endTime", default="")


class _Point(msgspec.Struct):
    value: _Value | None = None
    interval: _Interval | None = None


class _Labelled(msgspec.Struct):
    labels: dict[str, str] = {}


class _Series(msgspec.Struct):
    metric: _Labelled = msgspec.field(default_factory=_Labelled)
    resource: _Labelled = msgspec.field(default_factory=_Labelled)
    points: list[_Point] = []

    def labels(self, metric: Metric) -> tuple[str, ...]:
        """Those that are grouped by."""
        parts = {"metric": self.metric.labels, "resource": self.resource.labels}
        return tuple(parts[field.split(".")[0]].get(field.split(".")[2], "") for field in metric.fields)


class _Page(msgspec.Struct):
    series: list[_Series] = msgspec.field(name="timeSeries", default_factory=list)
    nextPageToken: str = ""  # noqa: N815 - Google's name


class _Window(msgspec.Struct, frozen=True):
    """Whole hours only: half an hour's sum is not an hour's."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> int:
        return int((self.end - self.start) / timedelta(hours=1))


class _Place(msgspec.Struct, frozen=True):
    """One project and region, with the resources whose usage is wanted: kind -> name -> ids."""

    project: str
    region: str
    wanted: Mapping[str, Mapping[str, list[str]]]


class _Desk(msgspec.Struct, frozen=True):
    """What all places of one project share."""

    calls: Calls
    memo: Memo
    project: str
    window: _Window


class _Figures(msgspec.Struct, frozen=True):
    """What a row of usage says of one resource and metric."""

    samples: int
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None
    mean: float


Ascending = Sequence[float]
"""The values of the hours, smallest first."""


def usage(calls: Calls, memo: Memo, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
    """Resources -> their usage between two times (naive UTC). A metric without data gives no row. What was found for one region
    of a project is kept in ``memo`` for the next, by window.

    What cannot be read does not keep the rest from being read: the first failure (model.errors) is raised at the end.
    """
    window = _Window(_whole_hour(since), _whole_hour(until))
    if window.hours < 1:
        return
    failures: list[SkywrightError] = []
    for place in _places(resources):
        desk = _Desk(calls, memo, place.project, window)
        told: set[tuple[str, str]] = set()
        for metric in METRICS:
            if metric.kind not in place.wanted:
                continue
            try:
                rows = [row for row in _measured(desk, place, metric) if (row.resource, row.metric) not in told]
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


def _measured(desk: _Desk, place: _Place, metric: Metric) -> Iterator[Usage]:
    figures: dict[str, _Figures] = desk.memo.get((desk.project, desk.window, metric), lambda: _figures(desk, metric))
    by_name = _by_name(figures, metric) if metric.where and place.region == GLOBAL else {}
    for name, ids in place.wanted[metric.kind].items():
        key = name if not metric.where or metric.where.endswith(".zone") else by_name.get(name, f"{place.region}/{name}")
        if len(ids) == 1 and (found := figures.get(key)):  # of two with one name the series does not say which it is
            yield Usage(resource=ids[0], metric=metric.name, window_days=desk.window.hours / 24, **msgspec.structs.asdict(found))


def _by_name(figures: Mapping[str, _Figures], metric: Metric) -> dict[str, str]:
    """Name -> key, of those whose name is in one region only: what is in no region of ours may be in one of the series'."""
    names = Counter(tail(key) or "" for key in figures)
    return {name: key for key in figures if names[name := tail(key) or ""] == 1 and not metric.where.endswith(".zone")}


def _figures(desk: _Desk, metric: Metric) -> dict[str, _Figures]:
    """Resource as its key has it -> what is said of it, for a whole project."""
    middle_aligner, upper_aligner = metric.shape.value
    middle = _asked(desk, metric, middle_aligner)
    upper = middle if upper_aligner == middle_aligner else _asked(desk, metric, upper_aligner)
    found: dict[str, _Figures] = {}
    for told, hours in middle.items():
        key = _numbers(desk).get(told.removeprefix("#"), "") if told.startswith("#") else told
        if hours and key:
            found[key] = _summary(hours, upper.get(told) or hours)
    return found


def _asked(desk: _Desk, metric: Metric, aligner: str) -> dict[str, Ascending]:
    """Resource as the series name it -> its hours."""
    found: dict[str, array[float]] = {}
    said_by: dict[str, tuple[str, ...]] = {}
    for series in _series(desk, metric, aligner, VALUES):
        labels = series.labels(metric)
        key = metric.key(dict(zip(metric.fields, labels, strict=True)))
        if said_by.setdefault(key, labels) != labels:  # a machine that was made anew under its old name
            return _asked_with_times(desk, metric, aligner)
        values = [point.value.number() for point in series.points if point.value]
        found.setdefault(key, array("d")).extend([value for value in values if value is not None])  # a series may go on
    return {key: sorted([value * metric.scale for value in values]) for key, values in found.items()}


def _asked_with_times(desk: _Desk, metric: Metric, aligner: str) -> dict[str, Ascending]:
    """The same, where an hour may be told by several series: then the last one's value is its value."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for series in _series(desk, metric, aligner, TIMED):
        key = metric.key(dict(zip(metric.fields, series.labels(metric), strict=True)))
        for point in series.points:
            value = point.value.number() if point.value else None
            if value is not None and point.interval:
                found[key][point.interval.end] = value * metric.scale
    return {key: sorted(hours.values()) for key, hours in found.items()}


def _series(desk: _Desk, metric: Metric, aligner: str, fields: str) -> Iterator[_Series]:
    params: dict[str, Any] = {
        "name": f"projects/{desk.project}",
        "filter": metric.filter,
        "interval.startTime": f"{desk.window.start.isoformat()}Z",
        "interval.endTime": f"{desk.window.end.isoformat()}Z",
        "aggregation.alignmentPeriod": "3600s",
        "aggregation.perSeriesAligner": aligner,
        "aggregation.crossSeriesReducer": metric.reducer,
        "aggregation.groupByFields": metric.fields,
        "pageSize": PAGE,
        "fields": fields,
    }
    for page in desk.calls.typed(desk.project, "monitoring.projects.timeSeries.list", _Page, **params):
        yield from page.series


def _numbers(desk: _Desk) -> dict[str, str]:
    """Numeric id of an instance -> its zone and name, for series that know no names. Asked once, when needed."""

    def ask() -> dict[str, str]:
        params: dict[str, Any] = {
            "project": desk.project,
            "maxResults": 500,
            "fields": "nextPageToken,items/*/instances(id,name,zone)",
        }
        listed = desk.calls.pages(desk.project, "compute.instances.aggregatedList", "instances", **params)
        return {said(raw, "id"): f"{tail(text(raw, 'zone'))}/{said(raw, 'name')}" for raw in listed}

    return desk.memo.get((desk.project, desk.window, "numbers"), ask)


def _summary(middle: Ascending, upper: Ascending) -> _Figures:
    return _Figures(
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
