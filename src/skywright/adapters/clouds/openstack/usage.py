"""Usage: servers x a window -> how much of each was used by the hour: from Gnocchi where the cloud has it; else what Nova itself
tells, a mean since the server's start."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.cloud import NotOffered
from skywright.adapters.clouds.kit.reading import DRIFT, misunderstood
from skywright.adapters.clouds.openstack.calls import Ask, Calls
from skywright.adapters.clouds.openstack.place import COMPUTE, METRIC
from skywright.model.errors import Denied, NotThere, PlanAgain, SkywrightError
from skywright.model.estate import Usage
from skywright.model.kinds import Resource
from skywright.model.kinds.compute import Instance

HOUR_S = 3600
MIB = 1 << 20
Scale = Callable[[float, Instance], float | None]
Series = dict[object, float]


def _of_cpu(value: float, row: Instance) -> float | None:
    """Nanoseconds of CPU time an hour -> per cent of all its CPUs."""
    return value / (HOUR_S * 1e9) / row.vcpus * 100 if row.vcpus else None


def _of_memory(value: float, row: Instance) -> float | None:
    """MiB in use -> per cent (Ceilometer, "Measurements": memory.usage)."""
    return value / row.memory_mib * 100 if row.memory_mib else None


def _as_is(value: float, _row: Instance) -> float | None:
    return value


GNOCCHI: dict[str, tuple[str, str, str, Scale]] = {
    "cpu": ("cpu_pct", "rate:mean", "rate:max", _of_cpu),
    "memory.usage": ("memory_pct", "mean", "max", _of_memory),
    "network.incoming.bytes": ("network_in_bytes", "rate:mean", "rate:mean", _as_is),
    "network.outgoing.bytes": ("network_out_bytes", "rate:mean", "rate:mean", _as_is),
    "disk.device.read.bytes": ("disk_read_bytes", "rate:mean", "rate:mean", _as_is),
    "disk.device.write.bytes": ("disk_write_bytes", "rate:mean", "rate:mean", _as_is),
}
"""Ceilometer's meter -> our metric, the aggregation of the middle and of the top, and how a value is turned into ours."""


def usage(calls: Calls, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
    """Resources -> their usage between two times (naive UTC). A metric without data gives no row.

    What cannot be read does not keep the rest from being read: the first failure (model.errors) is raised at the end.
    """
    start, end = (when.replace(minute=0, second=0, microsecond=0) for when in (since, until))
    failures: list[SkywrightError] = []
    servers = [row for row in resources if isinstance(row, Instance)]
    if end - start < timedelta(hours=1) or not servers:
        return
    gnocchi = True
    yield from _running(calls, servers, (start, end), failures)
    for row in servers:
        try:
            if gnocchi:
                yield from _measured(calls, row, start, end)
                continue
        except NotOffered:
            gnocchi = False
        except SkywrightError as error:
            failures.append(error)
            continue
        except DRIFT as error:
            failures.append(misunderstood("OpenStack", "usage", error))
            continue
        yield from _guessed(calls, row, failures)
    if failures:
        raise failures[0]


def _measured(calls: Calls, row: Instance, start: datetime, end: datetime) -> Iterator[Usage]:
    """By Gnocchi. Raises NotOffered where the catalogue has none."""
    try:
        found = _get(calls, row, METRIC, "/resource/{}/{}", "instance", row.native_id)
    except NotThere:
        return
    for meter, identifier in sorted(found["metrics"].items()):
        if meter in GNOCCHI:
            name, middle, top, scale = GNOCCHI[meter]
            one = _series(calls, row, identifier, middle, start, end)
            other = one if top == middle else _series(calls, row, identifier, top, start, end)
            if (summary := _summary(row, name, (one, other), scale, (end - start) / timedelta(days=1))) is not None:
                yield summary


def _series(calls: Calls, row: Instance, metric: str, aggregation: str, start: datetime, end: datetime) -> Series:
    """Hour -> value."""
    query = {
        "aggregation": aggregation,
        "granularity": str(HOUR_S),
        "start": start.isoformat(),
        "stop": end.isoformat(),
    }
    try:
        listed = _get(calls, row, METRIC, "/metric/{}/measures", metric, query=query)
    except NotThere:  # its archive policy does not keep this aggregation
        return {}
    return {
        when: value for when, step, value in listed if step == HOUR_S and isinstance(value, int | float) and math.isfinite(value)
    }


def _summary(row: Instance, name: str, series: tuple[Series, Series], scale: Scale, days: float) -> Usage | None:
    middle, top = (sorted(found for value in one.values() if (found := scale(value, row)) is not None) for one in series)
    if not middle:
        return None
    top = top or middle
    return Usage(
        resource=row.id,
        metric=name,
        window_days=days,
        samples=len(middle),
        p50=percentile(middle, 50),
        p95=percentile(top, 95),
        p99=percentile(top, 99),
        max=top[-1],
        mean=math.fsum(middle) / len(middle),
    )


def percentile(ascending: Sequence[float], percent: float) -> float:
    """The smallest seen value that at least ``percent`` % of the values do not exceed (nearest rank)."""
    return ascending[max(1, math.ceil(percent / 100 * len(ascending))) - 1]


def _running(
    calls: Calls, rows: Sequence[Instance], window: tuple[datetime, datetime], failures: list[SkywrightError]
) -> Iterator[Usage]:
    """How much of the window each server ran, by Nova's own bookkeeping: one call a project (Compute API, "Usage reports")."""
    start, end = window
    hours = (end - start) / timedelta(hours=1)
    query = {"start": start.isoformat(), "end": end.isoformat(), "detailed": "1"}
    try:
        found = _get(calls, rows[0], COMPUTE, "/os-simple-tenant-usage/{}", rows[0].account, query=query)["tenant_usage"]
        ran = {one["instance_id"]: float(one["hours"]) for one in tr.items(found, "server_usages")}
    except (NotThere, NotOffered, Denied):
        return
    except SkywrightError as error:
        failures.append(error)
        return
    except DRIFT as error:
        failures.append(misunderstood("OpenStack", "usage", error))
        return
    for row in rows:
        if row.native_id in ran:
            share = min(100.0, ran[row.native_id] / hours * 100)
            yield Usage(resource=row.id, metric="running_pct", window_days=hours / 24, samples=int(hours), mean=share)


def _guessed(calls: Calls, row: Instance, failures: list[SkywrightError]) -> Iterator[Usage]:
    """By Nova's diagnostics: counters since the server's start, hence a mean and no more, over as long as it has run. They are for
    administrators, and not of every hypervisor."""
    if row.state != "running":
        return
    try:
        found = _get(calls, row, COMPUTE, "/servers/{}/diagnostics", row.native_id, micro="2.48")
        yield from _means(row, found)
    except (NotThere, NotOffered, Denied, PlanAgain):
        return
    except SkywrightError as error:
        failures.append(error)
    except DRIFT as error:
        failures.append(misunderstood("OpenStack", "diagnostics", error))


def _means(row: Instance, found: dict[str, Any]) -> Iterator[Usage]:
    seconds = tr.number(found, "uptime")
    if not seconds or seconds < HOUR_S:
        return
    cpus = [time for one in tr.items(found, "cpu_details") if (time := tr.number(one, "time")) is not None]
    nics = tr.items(found, "nic_details")
    means = {
        "cpu_pct": math.fsum(cpus) / 1e9 / seconds / len(cpus) * 100 if cpus else None,
        "network_in_bytes": _hourly(nics, "rx_octets", seconds),
        "network_out_bytes": _hourly(nics, "tx_octets", seconds),
    }
    for name, mean in means.items():
        if mean is not None:
            yield Usage(resource=row.id, metric=name, window_days=seconds / 86400, samples=int(seconds // HOUR_S), mean=mean)


def _hourly(parts: Sequence[Any], field: str, seconds: float) -> float | None:
    counted = [value for one in parts if (value := tr.number(one, field)) is not None]
    return math.fsum(counted) / seconds * HOUR_S if counted else None


def _get(
    calls: Calls, row: Instance, service: str, verb: str, *ids: str, query: dict[str, str] | None = None, micro: str = ""
) -> Any:
    what = Ask(service=service, verb=f"GET {verb}", ids=ids, query=query or {}, micro=micro)
    return calls.ask(row.account, row.region, what).body
