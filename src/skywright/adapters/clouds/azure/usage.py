"""Usage: resources x a window -> how much of each was used, by the hour, from Azure Monitor in as few calls as it allows.

Fifty resources of a type and location fit in one ``metrics:getBatch``; where that is refused or not there, each resource is
asked by itself. Percentiles are by nearest rank over the hourly values: a percentile is a value that was really seen.
https://learn.microsoft.com/azure/azure-monitor/metrics/migrate-to-batch-api
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from skywright.adapters.clouds.azure.calls import ArmCalls
from skywright.adapters.clouds.azure.ids import path_of
from skywright.adapters.clouds.azure.metrics import METRICS, Metric, Shape, type_of
from skywright.adapters.clouds.kit import translate as tr
from skywright.model.errors import AskHuman, NotSignedIn, NotThere, PlanAgain, SkywrightError, TryAgain
from skywright.model.estate import Usage
from skywright.model.kinds import Resource

RESOURCES_PER_CALL = 50  # "Batch metrics limits" of the page above
METRICS_PER_CALL = 20
VALID = re.compile(r"Valid metrics:(.*?)(?: Mend what|$)")


class _Window(msgspec.Struct, frozen=True):
    """Whole hours only."""

    start: datetime
    end: datetime

    @property
    def days(self) -> float:
        return (self.end - self.start) / timedelta(days=1)


class _Batch(msgspec.Struct, frozen=True):
    """Resources of one type at one place."""

    account: str
    region: str
    type: str
    resources: tuple[Resource, ...]

    @property
    def paths(self) -> dict[str, Resource]:
        return {path_of(resource.id).lower(): resource for resource in self.resources}


def usage(calls: ArmCalls, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
    """Resources -> their usage between two times (naive UTC). A metric without data gives no row.

    What cannot be read does not keep the rest from being read: the first failure (model.errors) is raised at the end.
    """
    window = _Window(_whole_hour(since), _whole_hour(until))
    if window.end <= window.start:
        return
    failures: list[SkywrightError] = []
    for batch in _batches(resources):
        try:
            answers = _ask(calls, batch, window)
        except SkywrightError as error:
            failures.append(error)
            if isinstance(error, NotSignedIn):
                break
            continue
        for resource, answer in answers:
            yield from _summaries(resource, METRICS[batch.type], answer, window)
    if failures:
        raise failures[0]


def _batches(resources: Sequence[Resource]) -> Iterator[_Batch]:
    groups: dict[tuple[str, str, str], list[Resource]] = defaultdict(list)
    for resource in resources:
        if type_ := type_of(resource):
            groups[resource.account, resource.region, type_].append(resource)
    for (account, region, type_), there in sorted(groups.items()):
        for start in range(0, len(there), RESOURCES_PER_CALL):
            yield _Batch(account, region, type_, tuple(there[start : start + RESOURCES_PER_CALL]))


def _ask(calls: ArmCalls, batch: _Batch, window: _Window) -> list[tuple[Resource, list[Any]]]:
    """Every resource's list of metrics, by the batch or, where that is refused, one by one. A metric that Azure does not know (of a
    lesser tier, say) is left out of the question, for it would take the others with it."""
    metrics = METRICS[batch.type]
    try:
        return _ask_all(calls, batch, window, metrics)
    except (TryAgain, NotSignedIn):
        raise
    except SkywrightError as error:
        if (known := _known(error, metrics)) is not None:
            return _ask_all(calls, batch, window, known) if known else []
    # the data plane has its own host and its own rights: the older way may be open
    return [(resource, _ask_one(calls, path, batch, window)) for path, resource in batch.paths.items()]


def _known(error: SkywrightError, metrics: Sequence[Metric]) -> tuple[Metric, ...] | None:
    """The metrics among those that Azure's refusal lists as valid; None when it is another refusal."""
    found = VALID.search(error.message)
    if found is None:
        return None
    valid = {name.strip().lower() for name in found[1].rstrip(".").split(",")}
    kept = tuple(metric for metric in metrics if metric.source.lower() in valid)
    return kept if len(kept) < len(metrics) else None


def _ask_all(calls: ArmCalls, batch: _Batch, window: _Window, metrics: Sequence[Metric]) -> list[tuple[Resource, list[Any]]]:
    by_path = batch.paths
    said = calls.metrics_batch(batch.account, batch.region, _parameters(batch, window, metrics, batched=True), list(by_path))
    answers = ((by_path.get(tr.said(one, "resourceid").lower()), tr.items(one, "value")) for one in tr.items(said, "values"))
    return [(resource, value) for resource, value in answers if resource is not None]


def _ask_one(calls: ArmCalls, path: str, batch: _Batch, window: _Window) -> list[Any]:
    """One resource's metrics; none when it has gone."""
    metrics: Sequence[Metric] | None = METRICS[batch.type]
    while metrics:
        where = f"{path}/providers/Microsoft.Insights/metrics?{_parameters(batch, window, metrics, batched=False)}"
        try:
            return tr.items(calls.request("GET", batch.account, where), "value")
        except (NotThere, PlanAgain):
            return []
        except AskHuman as error:
            known = _known(error, metrics)
            if known is None:
                raise
            metrics = known
    return []


def _parameters(batch: _Batch, window: _Window, metrics: Sequence[Metric], *, batched: bool) -> str:
    sources = ",".join(dict.fromkeys(metric.source for metric in metrics[:METRICS_PER_CALL]))
    kinds = ",".join(sorted({name for metric in metrics for name in metric.shape.value}))
    start, end = f"{window.start.isoformat()}Z", f"{window.end.isoformat()}Z"
    given = {"metricnames": sources, "aggregation": kinds, "interval": "PT1H", "metricnamespace": batch.type}
    given |= {"starttime": start, "endtime": end} if batched else {"timespan": f"{start}/{end}"}
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())


def _summaries(resource: Resource, metrics: Sequence[Metric], answer: Sequence[Any], window: _Window) -> Iterator[Usage]:
    found = {tr.said(one, "name", "value").lower(): one for one in answer}
    for metric in metrics:
        said = found.get(metric.source.lower())
        if said is not None and (row := _summary(resource, metric, said, window)):
            yield row


def _summary(resource: Resource, metric: Metric, said: Mapping[str, Any], window: _Window) -> Usage | None:
    middle_name, upper_name = metric.shape.value
    middle, upper = _series(metric, said, middle_name), _series(metric, said, upper_name)
    if not middle:
        return None
    return Usage(
        resource=resource.id,
        metric=metric.name,
        window_days=window.days,
        samples=len(middle),
        p50=_percentile(middle, 50),
        p95=_percentile(upper, 95),
        p99=_percentile(upper, 99),
        max=_percentile(upper, 100),
        mean=math.fsum(middle) / len(middle),
    )


def _series(metric: Metric, said: Mapping[str, Any], aggregation: str) -> list[float]:
    """One value an hour, in ascending order. Several series (one a dimension) are added up, or the highest or lowest is taken."""
    hours: dict[str, list[float]] = defaultdict(list)
    for series in tr.items(said, "timeseries"):
        for point in tr.items(series, "data"):
            value = tr.number(point, aggregation)
            if value is not None and math.isfinite(value):
                hours[tr.said(point, "timeStamp")].append(value)
    return sorted(_join(metric.shape, aggregation, values) * metric.scale for values in hours.values())


def _join(shape: Shape, aggregation: str, values: Sequence[float]) -> float:
    match shape:
        case Shape.SUM:
            return math.fsum(values)
        case Shape.RESERVE:
            return min(values)
        case Shape.LEVEL:
            return max(values) if aggregation == "maximum" else math.fsum(values) / len(values)


def _percentile(ascending: Sequence[float], percent: float) -> float | None:
    """The smallest value that at least ``percent`` % of the values do not exceed (nearest rank); None of nothing."""
    if not ascending:
        return None
    return ascending[max(1, math.ceil(percent / 100 * len(ascending))) - 1]


def _whole_hour(when: datetime) -> datetime:
    return when.replace(minute=0, second=0, microsecond=0)
