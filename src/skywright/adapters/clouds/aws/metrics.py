"""Which CloudWatch metrics tell how much of a resource is used, kind by kind, under neutral names.

Sources: the metric tables in the services' own user guides ("List the available CloudWatch metrics for your instances", "Amazon
CloudWatch metrics for Amazon EBS", "... for Amazon RDS", "... for your Application Load Balancer", and so on).
"""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum

import msgspec

from skywright.adapters.clouds.kit.translate import texts
from skywright.model.kinds import Resource
from skywright.model.kinds.compute import ContainerService, Instance
from skywright.model.kinds.network import Balancer, Gateway
from skywright.model.kinds.storage import Cache, Database, Volume

Dimensions = tuple[tuple[str, str], ...]
SECONDS_PER_HOUR = 3600


class Shape(Enum):
    """How the hours of a metric are read, as (statistic for p50 and mean, statistic for p95, p99 and max).

    GAUGE: a level. The middle comes from hourly averages; the upper end from hourly maxima, because an average over an hour hides
    the minutes in which a smaller machine would have been too small. So p99 reads: in 99 % of the hours the level never rose above.
    RESERVE: a level of which too little hurts (credits, free bytes): hourly minima throughout.
    COUNTER: things counted: the sum of each hour, throughout.
    RATE: things a second, told by AWS as an average: the hour's sum is 3,600 times as much.
    """

    GAUGE = ("Average", "Maximum")
    RESERVE = ("Minimum", "Minimum")
    COUNTER = ("Sum", "Sum")
    RATE = ("Average", "Average")

    @property
    def scale(self) -> float:
        """What a value is multiplied with."""
        return SECONDS_PER_HOUR if self is Shape.RATE else 1.0


class Metric(msgspec.Struct, frozen=True):
    """One neutral metric and the CloudWatch metrics whose hours add up to it (for a gauge: are averaged)."""

    name: str
    shape: Shape
    sources: tuple[str, ...]


class Measure(msgspec.Struct, frozen=True):
    """A metric of one resource. Several ``dimensions``: the resource has several members, which are put together hour by hour."""

    resource: str
    metric: Metric
    namespace: str
    dimensions: tuple[Dimensions, ...]


def _gauge(name: str, *sources: str) -> Metric:
    return Metric(name, Shape.GAUGE, sources)


def _counter(name: str, *sources: str) -> Metric:
    return Metric(name, Shape.COUNTER, sources)


def _reserve(name: str, *sources: str) -> Metric:
    return Metric(name, Shape.RESERVE, sources)


def _rate(name: str, *sources: str) -> Metric:
    return Metric(name, Shape.RATE, sources)


_CPU = _gauge("cpu_pct", "CPUUtilization")
_CREDITS = _reserve("credits_count", "CPUCreditBalance")
MEMORY = _gauge("memory_pct", "mem_used_percent")
"""Memory of an instance, where CloudWatch's agent reports it (its default name under namespace CWAgent)."""

_INSTANCE = (
    _CPU,
    _counter("network_in_bytes", "NetworkIn"),
    _counter("network_out_bytes", "NetworkOut"),
    _counter("disk_read_ops", "EBSReadOps"),
    _counter("disk_write_ops", "EBSWriteOps"),
    _counter("disk_read_bytes", "EBSReadBytes"),
    _counter("disk_write_bytes", "EBSWriteBytes"),
)
_VOLUME = (
    _counter("disk_read_ops", "VolumeReadOps"),
    _counter("disk_write_ops", "VolumeWriteOps"),
    _counter("disk_read_bytes", "VolumeReadBytes"),
    _counter("disk_write_bytes", "VolumeWriteBytes"),
)
_DATABASE = (
    _CPU,
    _gauge("connections_count", "DatabaseConnections"),
    _reserve("memory_free_bytes", "FreeableMemory"),
    _reserve("storage_free_bytes", "FreeStorageSpace"),
    _rate("disk_read_ops", "ReadIOPS"),
    _rate("disk_write_ops", "WriteIOPS"),
)
_CACHE = (
    _CPU,
    _gauge("memory_pct", "DatabaseMemoryUsagePercentage"),
    _gauge("connections_count", "CurrConnections"),
    _counter("network_in_bytes", "NetworkBytesIn"),
    _counter("network_out_bytes", "NetworkBytesOut"),
)
_BALANCERS = {
    "application": (
        "AWS/ApplicationELB",
        (
            _counter("requests_count", "RequestCount"),
            _counter("errors_count", "HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count"),
            _counter("processed_bytes", "ProcessedBytes"),
        ),
    ),
    "network": (
        "AWS/NetworkELB",
        (_counter("requests_count", "NewFlowCount"), _counter("processed_bytes", "ProcessedBytes")),
    ),
    "gateway": (
        "AWS/GatewayELB",
        (_counter("requests_count", "NewFlowCount"), _counter("processed_bytes", "ProcessedBytes")),
    ),
    "classic": (
        "AWS/ELB",
        (
            _counter("requests_count", "RequestCount"),
            _counter("errors_count", "HTTPCode_ELB_5XX", "HTTPCode_Backend_5XX"),
            _counter("processed_bytes", "EstimatedProcessedBytes"),
        ),
    ),
}
_CONTAINER = (_CPU, _gauge("memory_pct", "MemoryUtilization"))
_NAT = (
    _counter("network_out_bytes", "BytesOutToDestination"),
    _counter("network_in_bytes", "BytesInFromDestination"),
    _gauge("connections_count", "ActiveConnectionCount"),
)
# kind -> namespace, the dimension that carries the resource's own name, metrics
_PLAIN: dict[str, tuple[str, str, tuple[Metric, ...]]] = {
    "function.function": (
        "AWS/Lambda",
        "FunctionName",
        (
            _counter("invocations_count", "Invocations"),
            _counter("errors_count", "Errors"),
            _gauge("duration_ms", "Duration"),
        ),
    ),
    "database.table": (
        "AWS/DynamoDB",
        "TableName",
        (
            _counter("read_units_count", "ConsumedReadCapacityUnits"),
            _counter("write_units_count", "ConsumedWriteCapacityUnits"),
        ),
    ),
    "database.warehouse": (
        "AWS/Redshift",
        "ClusterIdentifier",
        (_CPU, _gauge("connections_count", "DatabaseConnections")),
    ),
    "storage.filesystem": (
        "AWS/EFS",
        "FileSystemId",
        (_counter("disk_read_bytes", "DataReadIOBytes"), _counter("disk_write_bytes", "DataWriteIOBytes")),
    ),
    "messaging.queue": (
        "AWS/SQS",
        "QueueName",
        (
            _counter("messages_in_count", "NumberOfMessagesSent"),
            _counter("messages_out_count", "NumberOfMessagesReceived"),
            _gauge("oldest_message_s", "ApproximateAgeOfOldestMessage"),
        ),
    ),
    "messaging.topic": ("AWS/SNS", "TopicName", (_counter("messages_in_count", "NumberOfMessagesPublished"),)),
    "messaging.stream": (
        "AWS/Kinesis",
        "StreamName",
        (_counter("messages_in_count", "IncomingRecords"), _counter("messages_out_count", "GetRecords.Records")),
    ),
}
MEASURED_KINDS = frozenset(
    {Instance.KIND, Volume.KIND, Database.KIND, Cache.KIND, Balancer.KIND, Gateway.KIND, ContainerService.KIND, *_PLAIN}
)
"""The kinds of which usage can be told."""


def measures(resource: Resource, since: datetime) -> Iterator[Measure]:
    """A resource -> what is worth asking about it. Nothing for what cannot have been used in the window (from ``since``)."""
    match resource:
        case Instance():
            yield from _of_instance(resource, since)
        case Volume(attached=False):
            return  # an unattached volume does nothing and reports nothing
        case Volume():
            yield from _one(resource, "AWS/EBS", (("VolumeId", resource.native_id),), _VOLUME)
        case Database():
            metrics = (*_DATABASE, _CREDITS) if (resource.type or "").startswith("db.t") else _DATABASE
            yield from _one(resource, "AWS/RDS", (("DBInstanceIdentifier", _own_name(resource)),), metrics)
        case Cache():
            yield from _of_cache(resource)
        case Balancer():
            yield from _of_balancer(resource)
        case Gateway(type="nat"):
            yield from _one(resource, "AWS/NATGateway", (("NatGatewayId", resource.native_id),), _NAT)
        case ContainerService(cluster=str(cluster)):
            dimensions = (("ClusterName", _last_word(cluster)), ("ServiceName", _own_name(resource)))
            yield from _one(resource, "AWS/ECS", dimensions, _CONTAINER)
        case _:
            yield from _of_others(resource)


def memory_of(resource: Resource, dimensions: Dimensions) -> Measure:
    """The memory of an instance under the dimensions with which its agent reports (they differ by the agent's settings)."""
    return Measure(resource.id, MEMORY, "CWAgent", (dimensions,))


def _of_instance(instance: Instance, since: datetime) -> Iterator[Measure]:
    stopped_before = instance.state == "stopped" and instance.stopped_at is not None and instance.stopped_at < since
    if instance.state == "terminated" or stopped_before:
        return
    metrics = _INSTANCE if instance.burstable is False else (*_INSTANCE, _CREDITS)
    yield from _one(instance, "AWS/EC2", (("InstanceId", instance.native_id),), metrics)


def _of_cache(cache: Cache) -> Iterator[Measure]:
    members = texts(cache.native, "MemberClusters") or [_own_name(cache)]
    for metric in _CACHE:
        yield Measure(cache.id, metric, "AWS/ElastiCache", tuple((("CacheClusterId", member),) for member in members))


def _of_balancer(balancer: Balancer) -> Iterator[Measure]:
    if balancer.type not in _BALANCERS:
        return
    namespace, metrics = _BALANCERS[balancer.type]
    if balancer.type == "classic":
        yield from _one(balancer, namespace, (("LoadBalancerName", _own_name(balancer)),), metrics)
    else:  # arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/50dc6c495c0c9188
        _, _, path = balancer.native_id.partition(":loadbalancer/")
        yield from _one(balancer, namespace, (("LoadBalancer", path or balancer.native_id),), metrics)


def _of_others(resource: Resource) -> Iterator[Measure]:
    if resource.KIND in _PLAIN:
        namespace, dimension, metrics = _PLAIN[resource.KIND]
        yield from _one(resource, namespace, ((dimension, _own_name(resource)),), metrics)


def _one(resource: Resource, namespace: str, dimensions: Dimensions, metrics: tuple[Metric, ...]) -> Iterator[Measure]:
    for metric in metrics:
        yield Measure(resource.id, metric, namespace, (dimensions,))


def _own_name(resource: Resource) -> str:
    """What CloudWatch calls the resource: the last word of its ARN or URL, or its native id as it is."""
    return _last_word(resource.native_id)


def _last_word(identifier: str) -> str:
    return identifier.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
