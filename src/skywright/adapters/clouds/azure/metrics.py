"""Which of Azure Monitor's metrics is which of ours, and what an hour of it is.

Names and aggregations: "Supported metrics with Azure Monitor"
(https://learn.microsoft.com/azure/azure-monitor/reference/metrics-index), one table for each type.
"""

from enum import Enum

import msgspec

from skywright.adapters.clouds.azure.ids import arm_type
from skywright.model.kinds import Resource


class Shape(Enum):
    """What is asked for each hour: one aggregation for the middle (p50, mean), one for the peaks (p95, p99, max)."""

    SUM = ("total", "total")
    LEVEL = ("average", "maximum")
    RESERVE = ("minimum", "minimum")


class Metric(msgspec.Struct, frozen=True):
    """One of our metrics: Azure's name, the shape, and what its values are multiplied with."""

    name: str
    source: str
    shape: Shape
    scale: float = 1.0


_SQL = (
    Metric("cpu_pct", "cpu_percent", Shape.LEVEL),
    Metric("connections_count", "connection_successful", Shape.SUM),
)
_FLEXIBLE = (
    Metric("cpu_pct", "cpu_percent", Shape.LEVEL),
    Metric("memory_pct", "memory_percent", Shape.LEVEL),
    Metric("connections_count", "active_connections", Shape.LEVEL),
    Metric("network_in_bytes", "network_bytes_ingress", Shape.SUM),
    Metric("network_out_bytes", "network_bytes_egress", Shape.SUM),
)

METRICS: dict[str, tuple[Metric, ...]] = {
    "microsoft.compute/virtualmachines": (
        Metric("cpu_pct", "Percentage CPU", Shape.LEVEL),
        Metric("network_in_bytes", "Network In Total", Shape.SUM),
        Metric("network_out_bytes", "Network Out Total", Shape.SUM),
        Metric("disk_read_bytes", "Disk Read Bytes", Shape.SUM),
        Metric("disk_write_bytes", "Disk Write Bytes", Shape.SUM),
        Metric("credits_count", "CPU Credits Remaining", Shape.RESERVE),
        Metric("memory_free_bytes", "Available Memory Bytes", Shape.RESERVE),
    ),
    "microsoft.compute/virtualmachinescalesets": (
        Metric("cpu_pct", "Percentage CPU", Shape.LEVEL),
        Metric("network_in_bytes", "Network In Total", Shape.SUM),
        Metric("network_out_bytes", "Network Out Total", Shape.SUM),
    ),
    "microsoft.compute/disks": (
        Metric("disk_read_bytes", "Composite Disk Read Bytes/sec", Shape.LEVEL, 3600.0),
        Metric("disk_write_bytes", "Composite Disk Write Bytes/sec", Shape.LEVEL, 3600.0),
    ),
    "microsoft.network/loadbalancers": (
        Metric("processed_bytes", "ByteCount", Shape.SUM),
        Metric("requests_count", "SYNCount", Shape.SUM),
    ),
    "microsoft.network/applicationgateways": (
        Metric("requests_count", "TotalRequests", Shape.SUM),
        Metric("errors_count", "FailedRequests", Shape.SUM),
        Metric("processed_bytes", "Throughput", Shape.LEVEL, 3600.0),
    ),
    "microsoft.network/natgateways": (Metric("network_out_bytes", "ByteCount", Shape.SUM),),
    "microsoft.sql/servers/databases": _SQL,
    "microsoft.dbforpostgresql/flexibleservers": _FLEXIBLE,
    "microsoft.dbformysql/flexibleservers": _FLEXIBLE,
    "microsoft.documentdb/databaseaccounts": (Metric("requests_count", "TotalRequests", Shape.SUM),),
    "microsoft.cache/redis": (
        Metric("cpu_pct", "percentProcessorTime", Shape.LEVEL),
        Metric("memory_pct", "usedmemorypercentage", Shape.LEVEL),
        Metric("connections_count", "connectedclients", Shape.LEVEL),
    ),
    "microsoft.web/sites": (
        Metric("invocations_count", "FunctionExecutionCount", Shape.SUM),
        Metric("errors_count", "Http5xx", Shape.SUM),
    ),
    "microsoft.storage/storageaccounts": (
        Metric("requests_count", "Transactions", Shape.SUM),
        Metric("network_out_bytes", "Egress", Shape.SUM),
        Metric("network_in_bytes", "Ingress", Shape.SUM),
    ),
    "microsoft.containerservice/managedclusters": (
        Metric("cpu_pct", "node_cpu_usage_percentage", Shape.LEVEL),
        Metric("memory_pct", "node_memory_working_set_percentage", Shape.LEVEL),
    ),
    "microsoft.app/containerapps": (Metric("requests_count", "Requests", Shape.SUM),),
}

PARTS = {"microsoft.servicebus/namespaces/queues", "microsoft.eventhub/namespaces/eventhubs"}
"""Types whose figures are kept with their namespace only, by a dimension."""


def type_of(resource: Resource) -> str:
    """The type whose metrics a resource has, lower case; "" for one without."""
    found = arm_type(resource.KIND, resource.native_id)
    name = found.type.lower() if found else ""
    return name if name in METRICS else ""
