"""Cloud Monitoring: time series that follow from the seed and from how busy a resource is, so that they are the same every time."""

import math
import random
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from zlib import crc32

import msgspec

from skywright.lab.gcp.generic import read_token, write_token
from skywright.lab.gcp.refusals import Refusal
from skywright.lab.gcp.routes import Call
from skywright.lab.gcp.rules import tail
from skywright.lab.gcp.world import World

POINTS_MAX = 100_000
LOAD = 0.35
"""How busy a resource is of which nothing is said, as a share of what it can do."""

TERM = re.compile(r'([\w.]+)\s*=\s*(?:(starts_with|one_of)\(\s*)?((?:"[^"]*"(?:\s*,\s*)?)+)')

Labels = dict[str, str]
Window = tuple[datetime, datetime, int]
"""Begin, end, and the seconds of one point."""


class Metric(msgspec.Struct, frozen=True):
    """One metric: of which resources, the monitored resource's type and labels, whether it counts, and its size at full load (an
    hour's sum of what counts, else the level)."""

    collection: str
    type: str
    labels: Callable[[str, dict[str, Any]], Labels]
    full: float
    counts: bool = False
    steady: bool = False  # the same at night
    metric_labels: Labels = {}


def _instance(key: str, row: dict[str, Any]) -> Labels:
    return {"instance_id": str(row["id"]), "zone": key.split("/")[4], "project_id": key.split("/")[2]}


def _database(key: str, row: dict[str, Any]) -> Labels:
    project = key.split("/")[2]
    return {"database_id": f"{project}:{row['name']}", "project_id": project, "region": row.get("region", "")}


def _bucket(_key: str, row: dict[str, Any]) -> Labels:
    return {"bucket_name": row["name"], "location": row.get("location", "").lower(), "project_id": ""}


def _placed(label: str, place: str = "location") -> Callable[[str, dict[str, Any]], Labels]:
    def labels(key: str, _row: dict[str, Any]) -> Labels:
        parts = key.split("/")
        return {label: parts[-1], place: parts[4] if len(parts) > 5 else "global", "project_id": parts[2]}

    return labels


def _rule(key: str, row: dict[str, Any]) -> Labels:
    target = tail(row.get("target"))
    return {"forwarding_rule_name": row["name"], "target_proxy_name": target, "region": "global", "project_id": key.split("/")[2]}


def _redis(key: str, row: dict[str, Any]) -> Labels:
    return {"instance_id": row["name"], "node_id": "node-0", "region": key.split("/")[4], "project_id": key.split("/")[2]}


def _nat(key: str, row: dict[str, Any]) -> Labels:
    parts, first = key.split("/"), (row.get("nats") or [{}])[0]
    where = {"region": parts[4], "project_id": parts[2]}
    return {"gateway_name": str(first.get("name", "")), "router_id": str(row.get("id", "")), **where}


def _key_label(key: str, _row: dict[str, Any]) -> Labels:
    return {"key_id": key.rsplit("/", maxsplit=1)[-1], "unique_id": key.split("/")[4], "project_id": key.split("/")[2]}


GIB = 1024.0**3
_GCE, _SQL, _RUN = "gce_instance", "cloudsql_database", "cloud_run_revision"
_COMPUTE, _CLOUDSQL = "compute.googleapis.com/instance", "cloudsql.googleapis.com/database"

METRICS = {
    f"{_COMPUTE}/cpu/utilization": Metric("compute/instances", _GCE, _instance, 1.0),
    f"{_COMPUTE}/network/received_bytes_count": Metric("compute/instances", _GCE, _instance, 20 * GIB, counts=True),
    f"{_COMPUTE}/network/sent_bytes_count": Metric("compute/instances", _GCE, _instance, 30 * GIB, counts=True),
    f"{_COMPUTE}/disk/read_bytes_count": Metric("compute/instances", _GCE, _instance, 10 * GIB, counts=True),
    f"{_COMPUTE}/disk/write_bytes_count": Metric("compute/instances", _GCE, _instance, 8 * GIB, counts=True),
    f"{_COMPUTE}/disk/read_ops_count": Metric("compute/instances", _GCE, _instance, 900_000, counts=True),
    f"{_COMPUTE}/disk/write_ops_count": Metric("compute/instances", _GCE, _instance, 600_000, counts=True),
    f"{_COMPUTE}/memory/balloon/ram_used": Metric("compute/instances", _GCE, _instance, 6 * GIB, steady=True),
    "agent.googleapis.com/memory/percent_used": Metric(
        "compute/instances", _GCE, _instance, 100.0, steady=True, metric_labels={"state": "used"}
    ),
    f"{_CLOUDSQL}/cpu/utilization": Metric("sqladmin/instances", _SQL, _database, 1.0),
    f"{_CLOUDSQL}/memory/utilization": Metric("sqladmin/instances", _SQL, _database, 1.0, steady=True),
    f"{_CLOUDSQL}/disk/utilization": Metric("sqladmin/instances", _SQL, _database, 1.0, steady=True),
    f"{_CLOUDSQL}/disk/bytes_used": Metric("sqladmin/instances", _SQL, _database, 80 * GIB, steady=True),
    f"{_CLOUDSQL}/disk/read_ops_count": Metric("sqladmin/instances", _SQL, _database, 400_000, counts=True),
    f"{_CLOUDSQL}/disk/write_ops_count": Metric("sqladmin/instances", _SQL, _database, 300_000, counts=True),
    f"{_CLOUDSQL}/network/connections": Metric("sqladmin/instances", _SQL, _database, 200),
    f"{_CLOUDSQL}/postgresql/num_backends": Metric("sqladmin/instances", _SQL, _database, 200),
    f"{_CLOUDSQL}/network/received_bytes_count": Metric("sqladmin/instances", _SQL, _database, 4 * GIB, counts=True),
    f"{_CLOUDSQL}/network/sent_bytes_count": Metric("sqladmin/instances", _SQL, _database, 6 * GIB, counts=True),
    "storage.googleapis.com/storage/total_bytes": Metric("storage/b", "gcs_bucket", _bucket, 400 * GIB, steady=True),
    "storage.googleapis.com/storage/object_count": Metric("storage/b", "gcs_bucket", _bucket, 90_000, steady=True),
    "storage.googleapis.com/api/request_count": Metric("storage/b", "gcs_bucket", _bucket, 40_000, counts=True),
    "loadbalancing.googleapis.com/https/request_count": Metric(
        "compute/forwardingRules", "https_lb_rule", _rule, 500_000, counts=True
    ),
    "loadbalancing.googleapis.com/https/request_bytes_count": Metric(
        "compute/forwardingRules", "https_lb_rule", _rule, 2 * GIB, counts=True
    ),
    "loadbalancing.googleapis.com/https/response_bytes_count": Metric(
        "compute/forwardingRules", "https_lb_rule", _rule, 9 * GIB, counts=True
    ),
    "run.googleapis.com/request_count": Metric("run/services", _RUN, _placed("service_name"), 60_000, counts=True),
    "cloudfunctions.googleapis.com/function/execution_count": Metric(
        "cloudfunctions/functions", "cloud_function", _placed("function_name", "region"), 9_000, counts=True
    ),
    "redis.googleapis.com/stats/memory/usage_ratio": Metric("redis/instances", "redis_instance", _redis, 1.0, steady=True),
    "redis.googleapis.com/clients/connected": Metric("redis/instances", "redis_instance", _redis, 300),
    "redis.googleapis.com/stats/cpu_utilization": Metric("redis/instances", "redis_instance", _redis, 1.0),
    "pubsub.googleapis.com/topic/send_message_operation_count": Metric(
        "pubsub/topics", "pubsub_topic", _placed("topic_id"), 30_000, counts=True
    ),
    "pubsub.googleapis.com/subscription/num_undelivered_messages": Metric(
        "pubsub/subscriptions", "pubsub_subscription", _placed("subscription_id"), 400
    ),
    "pubsub.googleapis.com/subscription/oldest_unacked_message_age": Metric(
        "pubsub/subscriptions", "pubsub_subscription", _placed("subscription_id"), 30
    ),
    "router.googleapis.com/nat/sent_bytes_count": Metric(
        "compute/routers", "nat_gateway", _nat, 5 * GIB, counts=True
    ),
    "iam.googleapis.com/service_account/key/authn_events_count": Metric(
        "iam/keys", "iam_service_account", _key_label, 500, counts=True
    ),
}  # fmt: skip
"""https://cloud.google.com/monitoring/api/metrics_gcp"""


def time_series(world: World, call: Call) -> dict[str, Any]:
    """projects.timeSeries.list: one series for each resource that passes the filter, newest point first."""
    wanted = _terms(str(call.params["filter"]))
    name = next(iter(wanted.pop("metric.type", ("", ()))[1]), "")
    if not name:
        raise Refusal(400, "Field filter had an invalid value: the metric type must be specified.")
    if name not in METRICS:
        raise Refusal(404, f'Cannot find metric(s) that match type = "{name}".')
    begin, end, step_s = _window(call)
    found = [row for row in _rows(world, call, METRICS[name]) if _passes(METRICS[name], row[1], wanted)]
    page, token = _page(found, call, max(1, int((end - begin).total_seconds() // step_s)))
    rows = [_series(world, call, name, key, labels, (begin, end, step_s)) for key, labels in page]
    return {"timeSeries": rows, "unit": "1"} | ({"nextPageToken": token} if token else {})


def _terms(text: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {term[1]: (term[2] or "", tuple(re.findall(r'"([^"]*)"', term[3]))) for term in TERM.finditer(text)}


def _rows(world: World, call: Call, metric: Metric) -> Iterator[tuple[str, Labels]]:
    service, collection = metric.collection.split("/")
    if service == "storage":
        project = (world.store.get(f"cloudresourcemanager/projects/{call.project}") or {}).get("name", "/").partition("/")[2]
        rooms = ["storage/b"]
    else:
        project = ""
        rooms = world.store.rooms(f"{service}/projects/{re.escape(call.project)}/(.*/)?{collection}")
    for room in rooms:
        for name, raw in world.store.room(room).items():
            row = msgspec.json.decode(raw)
            if project and row.get("projectNumber") != project:
                continue
            if row.get("status", "RUNNING") == "TERMINATED" and collection == "instances":
                continue  # what does not run measures nothing
            labels = metric.labels(f"{room}/{name}", row)
            yield f"{room}/{name}", {**labels, **({"project_id": call.project} if "project_id" in labels else {})}


def _passes(metric: Metric, labels: Labels, wanted: dict[str, tuple[str, tuple[str, ...]]]) -> bool:
    for field, (how, values) in wanted.items():
        head, _, name = field.rpartition(".")
        told = metric.type if field == "resource.type" else labels.get(name, "") if head.startswith("resource") else None
        if told is None:
            continue
        if not (told.startswith(values[0]) if how == "starts_with" else told in values):
            return False
    return True


def _window(call: Call) -> Window:
    end = _moment(call, "interval.endTime", datetime.now(UTC))
    begin = _moment(call, "interval.startTime", end)
    period = str(call.params.get("aggregation.alignmentPeriod") or "3600s")
    step_s = int(float(period.removesuffix("s")))
    if step_s < 60 or begin > end:
        raise Refusal(400, "Field aggregation.alignmentPeriod had an invalid value, or the interval is empty.")
    return begin, end, step_s


def _moment(call: Call, name: str, otherwise: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(str(call.params[name])) if name in call.params else otherwise
    except ValueError as error:
        raise Refusal(400, f"Invalid value at '{name}'.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _page(found: list[tuple[str, Labels]], call: Call, points: int) -> tuple[list[tuple[str, Labels]], str]:
    """As many series as have no more points than a page may."""
    size = max(1, min(int(call.params.get("pageSize") or POINTS_MAX), POINTS_MAX) // points)
    keys = [key for key, _ in found]
    start = 0
    if token := call.params.get("pageToken"):
        last = read_token(str(token))
        start = keys.index(last) + 1 if last in keys else 0
    page = found[start : start + size]
    return page, write_token(page[-1][0]) if start + size < len(found) else ""


def _series(world: World, call: Call, name: str, key: str, labels: Labels, window: Window) -> msgspec.Raw:
    """One series as JSON, put together by hand: a large estate has millions of points."""
    metric = METRICS[name]
    aligner = str(call.params.get("aggregation.perSeriesAligner", "ALIGN_NONE"))
    whole = metric.counts and aligner in ("ALIGN_SUM", "ALIGN_DELTA", "ALIGN_NONE")
    head = {
        "metric": {"type": name, "labels": metric.metric_labels},
        "resource": {"type": metric.type, "labels": labels},
        "metricKind": "DELTA" if metric.counts else "GAUGE",
        "valueType": "INT64" if whole else "DOUBLE",
    }
    form = '"int64Value":"%d"}}' if whole else '"doubleValue":%.6f}}'
    points = ""
    if call.params.get("view") != "HEADERS":
        hours, beginnings = _intervals(window)
        values = levels(world, key, name, hours, aligner, window[2])
        if "interval" not in str(call.params.get("fields", "interval")):  # a partial response: only the values are wanted
            beginnings = ('{"value":{',) * len(beginnings)
        points = ",".join([begin + form % value for begin, value in zip(beginnings, values, strict=True)])
    return msgspec.Raw(msgspec.json.encode(head)[:-1] + f',"points":[{points}]}}'.encode())


@lru_cache(maxsize=8)
def _intervals(window: Window) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Of every point, newest first: the hour in which it ends, and the JSON up to its value."""
    begin, end, step_s = window
    ends = [end - timedelta(seconds=step_s * place) for place in range(int((end - begin).total_seconds() // step_s))]
    spelled = (
        f'{{"interval":{{"startTime":"{_spelled(one - timedelta(seconds=step_s))}","endTime":"{_spelled(one)}"}},"value":{{'
        for one in ends
    )
    return tuple(int(one.timestamp() // 3600) for one in ends), tuple(spelled)


def levels(world: World, key: str, name: str, hours: Sequence[int], aligner: str, step_s: int) -> list[float]:
    """The values of a metric of a resource in the periods that end in these hours (since 1970)."""
    metric = METRICS[name]
    load = float(world.store.hidden.get(key, {}).get("load", LOAD))
    share = load**3 if metric.counts else load  # an idle machine still ticks, but it sends next to nothing
    if aligner.startswith(("ALIGN_MAX", "ALIGN_PERCENTILE_99", "ALIGN_PERCENTILE_95")):
        share *= 1.25
    elif aligner == "ALIGN_MIN":
        share *= 0.8
    full = metric.full * (1 if not metric.counts else 1 / 3600 if aligner == "ALIGN_RATE" else step_s / 3600)
    noise, start = _noise(world.seed), crc32(f"{key}:{name}".encode())
    curve = STEADY if metric.steady else DAY
    return [min(share * curve[hour % 24] * noise[(start + hour) % NOISES], 1.0) * full for hour in hours]


NOISES = 1009
STEADY = (1.0,) * 24
DAY = tuple(0.75 + 0.35 * math.sin((hour - 8) / 24 * 2 * math.pi) for hour in range(24))
"""How busy the hours of a day are, in UTC."""


@cache
def _noise(seed: int) -> tuple[float, ...]:
    """Factors around 1, the same every time."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    return tuple(0.9 + 0.2 * chance.random() for _ in range(NOISES))


def _spelled(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
