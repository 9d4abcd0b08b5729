"""Which series of Cloud Monitoring tell which neutral metric of which kind ("Google Cloud metrics", one page a service)."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

from skywright.adapters.clouds.kit.translate import tail


class Shape(Enum):
    """How an hour is read, as (aligner for p50 and mean, aligner for p95, p99 and max).

    LEVEL: the middle comes from hourly averages, the upper end from hourly maxima, because an average over an hour hides the
    minutes in which a smaller machine would have been too small. COUNT: the sum of each hour. SPREAD: a distribution is told.
    """

    LEVEL = ("ALIGN_MEAN", "ALIGN_MAX")
    COUNT = ("ALIGN_DELTA", "ALIGN_DELTA")
    SPREAD = ("ALIGN_PERCENTILE_50", "ALIGN_PERCENTILE_99")


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One neutral metric of one kind. ``labels`` name the resource, in the order ``where``, ``which``; series of the same
    resource are put together by ``reducer``. ``where`` "": the series does not say where it is."""

    kind: str
    name: str
    type: str
    which: str  # metric.labels.instance_name
    where: str = ""  # resource.labels.zone
    number: str = ""  # resource.labels.instance_id: what says which it is when ``which`` does not
    shape: Shape = Shape.COUNT
    scale: float = 1.0
    reducer: str = "REDUCE_SUM"
    more: str = ""  # besides, in the filter

    @property
    def fields(self) -> list[str]:
        """The labels that are kept."""
        return [one for one in (self.where, self.which, self.number) if one]

    @property
    def filter(self) -> str:
        """The filter for its series in every region: one list for a project costs fewer calls than one a region."""
        return " AND ".join([f'metric.type = "{self.type}"', *([self.more] if self.more else [])])

    def key(self, labels: Mapping[str, str]) -> str:
        """How a series names its resource: ``zone/name`` or ``region/name`` where it says where it is, else the name. ``#1`` is a
        number."""
        name = tail(labels.get(self.which)) or ""
        if not name and self.number:
            return f"#{labels.get(self.number, '')}"
        if self.kind == "database.instance":
            name = name.rpartition(":")[2]  # project:instance
        return f"{labels.get(self.where, '')}/{name}" if self.where else name


_GCE, _SQL = "compute.googleapis.com/instance", "cloudsql.googleapis.com/database"
_VM: dict[str, Any] = {
    "kind": "compute.instance",
    "which": "metric.labels.instance_name",
    "where": "resource.labels.zone",
    "number": "resource.labels.instance_id",  # all that the agent's series say
}
_DB: dict[str, Any] = {"kind": "database.instance", "which": "resource.labels.database_id", "where": "resource.labels.region"}
_RULE: dict[str, Any] = {"kind": "network.balancer", "which": "resource.labels.forwarding_rule_name"}
_NAT: dict[str, Any] = {"kind": "network.gateway", "which": "resource.labels.gateway_name", "where": "resource.labels.region"}
_FUNCTION: dict[str, Any] = {
    "kind": "function.function",
    "which": "resource.labels.function_name",
    "where": "resource.labels.region",
}
_RUN: dict[str, Any] = {"kind": "container.service", "which": "resource.labels.service_name", "where": "resource.labels.location"}
_REDIS: dict[str, Any] = {"kind": "database.cache", "which": "resource.labels.instance_id", "where": "resource.labels.region"}
_TOPIC: dict[str, Any] = {"kind": "messaging.topic", "which": "resource.labels.topic_id"}
_QUEUE: dict[str, Any] = {"kind": "messaging.queue", "which": "resource.labels.subscription_id"}
_BUCKET: dict[str, Any] = {"kind": "storage.bucket", "which": "resource.labels.bucket_name"}


def _level(scale: float = 1.0) -> dict[str, Any]:
    return {"shape": Shape.LEVEL, "scale": scale, "reducer": "REDUCE_MEAN"}


PERCENT = 100.0

METRICS: tuple[Metric, ...] = tuple(
    Metric(**given)
    for given in (
        {**_VM, "name": "cpu_pct", "type": f"{_GCE}/cpu/utilization", **_level(PERCENT)},
        {**_VM, "name": "network_in_bytes", "type": f"{_GCE}/network/received_bytes_count"},
        {**_VM, "name": "network_out_bytes", "type": f"{_GCE}/network/sent_bytes_count"},
        {**_VM, "name": "disk_read_bytes", "type": f"{_GCE}/disk/read_bytes_count"},
        {**_VM, "name": "disk_write_bytes", "type": f"{_GCE}/disk/write_bytes_count"},
        {**_VM, "name": "disk_read_ops", "type": f"{_GCE}/disk/read_ops_count"},
        {**_VM, "name": "disk_write_ops", "type": f"{_GCE}/disk/write_ops_count"},
        {
            **_VM,
            "name": "memory_pct",
            "type": "agent.googleapis.com/memory/percent_used",
            "more": 'metric.labels.state = "used"',
            **_level(),
        },
        {**_DB, "name": "cpu_pct", "type": f"{_SQL}/cpu/utilization", **_level(PERCENT)},
        {**_DB, "name": "memory_pct", "type": f"{_SQL}/memory/utilization", **_level(PERCENT)},
        {**_DB, "name": "connections_count", "type": f"{_SQL}/network/connections", **_level(), "reducer": "REDUCE_SUM"},
        {**_DB, "name": "connections_count", "type": f"{_SQL}/postgresql/num_backends", **_level(), "reducer": "REDUCE_SUM"},
        {**_DB, "name": "disk_read_ops", "type": f"{_SQL}/disk/read_ops_count"},
        {**_DB, "name": "disk_write_ops", "type": f"{_SQL}/disk/write_ops_count"},
        {**_DB, "name": "network_out_bytes", "type": f"{_SQL}/network/sent_bytes_count"},
        {**_DB, "name": "network_in_bytes", "type": f"{_SQL}/network/received_bytes_count"},
        {**_RULE, "name": "requests_count", "type": "loadbalancing.googleapis.com/https/request_count"},
        {**_RULE, "name": "processed_bytes", "type": "loadbalancing.googleapis.com/https/response_bytes_count"},
        {
            **_RULE,
            "name": "errors_count",
            "type": "loadbalancing.googleapis.com/https/request_count",
            "more": "metric.labels.response_code_class = 500",
        },
        {**_NAT, "name": "network_out_bytes", "type": "router.googleapis.com/nat/sent_bytes_count"},
        {**_FUNCTION, "name": "invocations_count", "type": "cloudfunctions.googleapis.com/function/execution_count"},
        {**_RUN, "name": "requests_count", "type": "run.googleapis.com/request_count"},
        {
            **_RUN,
            "name": "cpu_pct",
            "type": "run.googleapis.com/container/cpu/utilizations",
            "shape": Shape.SPREAD,
            "scale": PERCENT,
            "reducer": "REDUCE_MAX",
        },
        {**_REDIS, "name": "connections_count", "type": "redis.googleapis.com/clients/connected", **_level()},
        {**_REDIS, "name": "memory_pct", "type": "redis.googleapis.com/stats/memory/usage_ratio", **_level(PERCENT)},
        {**_TOPIC, "name": "messages_in_count", "type": "pubsub.googleapis.com/topic/send_message_operation_count"},
        {**_QUEUE, "name": "messages_out_count", "type": "pubsub.googleapis.com/subscription/sent_message_count"},
        {**_QUEUE, "name": "oldest_message_s", "type": "pubsub.googleapis.com/subscription/oldest_unacked_message_age", **_level()},
        {**_BUCKET, "name": "requests_count", "type": "storage.googleapis.com/api/request_count"},
    )
)
"""Every series that is asked for. Two with the same name: engines that tell it differently; a resource has one of them."""
