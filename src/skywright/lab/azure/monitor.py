"""Azure Monitor: hourly values that follow from the seed, the resource and the hour alone. Idle things are idle."""

import hashlib
import math
from datetime import UTC, datetime, timedelta
from typing import Any

from skywright.lab.azure.refused import bad, not_found
from skywright.lab.azure.store import Record, Store
from skywright.lab.kit import Answer, Request

BATCH_MAX = 50
METRICS_MAX = 20

Shape = tuple[str, str, float, float]
"""Name, unit, the mean of a busy hour, the mean of an idle one."""

_COUNTS = ("Count", "Bytes")
METRICS: dict[str, tuple[Shape, ...]] = {
    "microsoft.compute/virtualmachines": (
        ("Percentage CPU", "Percent", 46.0, 0.9),
        ("Network In Total", "Bytes", 6e9, 2e5),
        ("Network Out Total", "Bytes", 8e9, 1e5),
        ("Network In", "Bytes", 6e9, 2e5),
        ("Network Out", "Bytes", 8e9, 1e5),
        ("Disk Read Bytes", "Bytes", 4e9, 1e5),
        ("Disk Write Bytes", "Bytes", 5e9, 3e5),
        ("Disk Read Operations/Sec", "CountPerSecond", 60.0, 0.1),
        ("Disk Write Operations/Sec", "CountPerSecond", 90.0, 0.5),
        ("Available Memory Bytes", "Bytes", 4e9, 7e9),
        ("CPU Credits Remaining", "Count", 90.0, 500.0),
    ),
    "microsoft.sql/servers/databases": (
        ("cpu_percent", "Percent", 35.0, 0.2),
        ("dtu_consumption_percent", "Percent", 30.0, 0.1),
        ("storage_percent", "Percent", 55.0, 20.0),
        ("connection_successful", "Count", 4000.0, 0.0),
        ("sessions_count", "Count", 25.0, 0.0),
        ("storage", "Bytes", 6e10, 2e10),
    ),
    "microsoft.dbforpostgresql/flexibleservers": (
        ("cpu_percent", "Percent", 40.0, 1.0),
        ("memory_percent", "Percent", 60.0, 30.0),
        ("storage_percent", "Percent", 50.0, 20.0),
        ("storage_free", "Bytes", 6e10, 1e11),
        ("active_connections", "Count", 35.0, 0.0),
        ("network_bytes_egress", "Bytes", 2e9, 1e5),
        ("network_bytes_ingress", "Bytes", 1e9, 1e5),
        ("read_iops", "Count", 120.0, 0.0),
        ("write_iops", "Count", 80.0, 0.0),
        ("iops", "Count", 200.0, 0.0),
    ),
    "microsoft.storage/storageaccounts": (
        ("UsedCapacity", "Bytes", 9e11, 2e10),
        ("Transactions", "Count", 50000.0, 2.0),
        ("Ingress", "Bytes", 4e9, 1e4),
        ("Egress", "Bytes", 9e9, 1e4),
    ),
    "microsoft.network/loadbalancers": (
        ("ByteCount", "Bytes", 7e9, 0.0),
        ("PacketCount", "Count", 7e6, 0.0),
        ("SYNCount", "Count", 40000.0, 0.0),
        ("VipAvailability", "Percent", 100.0, 100.0),
        ("DipAvailability", "Percent", 100.0, 100.0),
    ),
    "microsoft.network/applicationgateways": (
        ("TotalRequests", "Count", 90000.0, 0.0),
        ("FailedRequests", "Count", 30.0, 0.0),
        ("BytesReceived", "Bytes", 2e9, 0.0),
        ("BytesSent", "Bytes", 9e9, 0.0),
        ("Throughput", "BytesPerSecond", 3e6, 0.0),
        ("HealthyHostCount", "Count", 2.0, 2.0),
        ("UnhealthyHostCount", "Count", 0.0, 0.0),
        ("CurrentConnections", "Count", 300.0, 0.0),
        ("ResponseStatus", "Count", 90000.0, 0.0),
    ),
    "microsoft.network/natgateways": (
        ("ByteCount", "Bytes", 3e9, 0.0),
        ("PacketCount", "Count", 3e6, 0.0),
        ("TotalConnectionCount", "Count", 500.0, 0.0),
        ("SNATConnectionCount", "Count", 9000.0, 0.0),
    ),
    "microsoft.network/publicipaddresses": (("ByteCount", "Bytes", 5e9, 0.0), ("PacketCount", "Count", 5e6, 0.0)),
    "microsoft.cache/redis": (
        ("percentProcessorTime", "Percent", 30.0, 1.0),
        ("serverLoad", "Percent", 30.0, 1.0),
        ("usedmemorypercentage", "Percent", 55.0, 5.0),
        ("connectedclients", "Count", 80.0, 0.0),
        ("totalcommandsprocessed", "Count", 1e6, 0.0),
        ("operationsPerSecond", "Count", 300.0, 0.0),
        ("cacheRead", "BytesPerSecond", 1e6, 0.0),
        ("cacheWrite", "BytesPerSecond", 1e6, 0.0),
    ),
    "microsoft.web/sites": (
        ("Requests", "Count", 8000.0, 0.0),
        ("Http5xx", "Count", 3.0, 0.0),
        ("HttpResponseTime", "Seconds", 0.2, 0.0),
        ("AverageResponseTime", "Seconds", 0.2, 0.0),
        ("FunctionExecutionCount", "Count", 8000.0, 0.0),
        ("FunctionExecutionUnits", "Count", 9e6, 0.0),
        ("BytesReceived", "Bytes", 1e8, 0.0),
        ("BytesSent", "Bytes", 9e8, 0.0),
        ("CpuTime", "Seconds", 900.0, 0.0),
        ("MemoryWorkingSet", "Bytes", 3e8, 1e8),
        ("AverageMemoryWorkingSet", "Bytes", 3e8, 1e8),
    ),
    "microsoft.documentdb/databaseaccounts": (
        ("TotalRequests", "Count", 60000.0, 0.0),
        ("TotalRequestUnits", "Count", 400000.0, 0.0),
        ("NormalizedRUConsumption", "Percent", 40.0, 0.0),
        ("DataUsage", "Bytes", 8e10, 1e9),
    ),
    "microsoft.servicebus/namespaces": (
        ("IncomingMessages", "Count", 20000.0, 0.0),
        ("OutgoingMessages", "Count", 20000.0, 0.0),
        ("IncomingRequests", "Count", 40000.0, 0.0),
        ("ActiveMessages", "Count", 12.0, 0.0),
        ("Messages", "Count", 12.0, 0.0),
        ("ServerErrors", "Count", 0.0, 0.0),
    ),
    "microsoft.containerservice/managedclusters": (
        ("node_cpu_usage_percentage", "Percent", 45.0, 3.0),
        ("node_memory_working_set_percentage", "Percent", 60.0, 15.0),
        ("node_memory_rss_percentage", "Percent", 50.0, 12.0),
        ("node_network_in_bytes", "Bytes", 1e9, 1e5),
        ("node_network_out_bytes", "Bytes", 1e9, 1e5),
    ),
    "microsoft.app/containerapps": (
        ("UsageNanoCores", "NanoCores", 3e8, 1e6),
        ("Requests", "Count", 9000.0, 0.0),
        ("WorkingSetBytes", "Bytes", 3e8, 1e8),
        ("RxBytes", "Bytes", 1e8, 0.0),
        ("TxBytes", "Bytes", 1e8, 0.0),
    ),
    "microsoft.network/virtualnetworkgateways": (
        ("TunnelIngressBytes", "Bytes", 1e9, 0.0),
        ("TunnelEgressBytes", "Bytes", 1e9, 0.0),
    ),
}
METRICS["microsoft.compute/virtualmachinescalesets"] = METRICS["microsoft.compute/virtualmachines"]
METRICS["microsoft.dbformysql/flexibleservers"] = METRICS["microsoft.dbforpostgresql/flexibleservers"]
METRICS["microsoft.eventhub/namespaces"] = (
    *METRICS["microsoft.servicebus/namespaces"],
    ("IncomingBytes", "Bytes", 1e9, 0.0),
    ("OutgoingBytes", "Bytes", 1e9, 0.0),
)


def metrics(store: Store, request: Request, seed: int) -> Answer:
    """``<resource>/providers/Microsoft.Insights/metrics``."""
    target = request.path.lower().rpartition("/providers/microsoft.insights/")[0]
    record = store.get(target)
    if record is None:
        raise not_found(target)
    names = request.parameter("metricnames")
    start, end = _span(request.parameter("timespan"))
    return Answer(200, _answer(record, names, start, end, request, seed))


def batch(store: Store, request: Request, seed: int) -> Answer:
    """``metrics:getBatch``: the same for up to 50 resources of one type."""
    body = request.json() or {}
    ids = [str(one) for one in body.get("resourceids") or ()]
    if not ids or len(ids) > BATCH_MAX:
        raise bad("BadRequest", f"The number of resource ids must be between 1 and {BATCH_MAX}.")
    namespace = request.parameter("metricnamespace").lower()
    start, end = _moment(request.parameter("starttime")), _moment(request.parameter("endtime"))
    values = []
    for identifier in ids:
        record = store.get(identifier)
        if record is None or record.type != namespace:
            raise bad("BadRequest", f"The resource {identifier} is not of namespace '{namespace}' in this subscription and region.")
        inner = _answer(record, request.parameter("metricnames"), start, end, request, seed)
        values.append({"starttime": _stamp(start), "endtime": _stamp(end), "resourceid": identifier, **inner})
    return Answer(200, {"values": values})


def definitions(store: Store, request: Request) -> Answer:
    """``<resource>/providers/Microsoft.Insights/metricDefinitions``."""
    target = request.path.lower().rpartition("/providers/microsoft.insights/")[0]
    record = store.get(target)
    if record is None:
        raise not_found(target)
    shapes = METRICS.get(record.type, ())
    return Answer(200, {"value": [{"name": {"value": name, "localizedValue": name}, "unit": unit} for name, unit, _, _ in shapes]})


def _answer(record: Record, names: str, start: datetime, end: datetime, request: Request, seed: int) -> dict[str, Any]:
    known = {shape[0].lower(): shape for shape in METRICS.get(record.type, ())}
    wanted = [name.strip() for name in names.split(",") if name.strip()] or [shape[0] for shape in known.values()][:1]
    if unknown := [name for name in wanted if name.lower() not in known]:
        valid = ",".join(shape[0] for shape in known.values())
        raise bad(
            "BadRequest",
            f"Failed to find metric configuration for provider: {record.body['type'].split('/')[0]}, resource Type: "
            f"{record.body['type'].partition('/')[2]}, metric: {unknown[0]}, Valid metrics: {valid}",
        )
    if len(wanted) > METRICS_MAX:
        raise bad("BadRequest", f"A maximum of {METRICS_MAX} metrics can be requested.")
    interval = request.parameter("interval", "PT1M")
    if interval != "PT1H" or start >= end:
        raise bad("BadRequest", "The lab keeps hourly values only: interval=PT1H, and a timespan that begins before it ends.")
    kinds = [one.strip().lower() for one in request.parameter("aggregation", "average").split(",")]
    return {
        "cost": 0,
        "timespan": f"{_stamp(start)}/{_stamp(end)}",
        "interval": interval,
        "namespace": record.body["type"],
        "resourceregion": str(record.body.get("location", "global")),
        "value": [_series(record, known[name.lower()], start, end, kinds, seed) for name in wanted],
    }


def _series(record: Record, shape: Shape, start: datetime, end: datetime, kinds: list[str], seed: int) -> dict[str, Any]:
    name, unit, busy, idle = shape
    data = []
    at = start.replace(minute=0, second=0, microsecond=0)
    silent = record.power in ("deallocated", "stopped")
    while at < end and not silent:
        data.append({"timeStamp": _stamp(at), **_values(record, shape, at, kinds, seed)})
        at += timedelta(hours=1)
    return {
        "id": f"{record.body['id']}/providers/Microsoft.Insights/metrics/{name}",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": name, "localizedValue": name},
        "displayDescription": f"{name}: about {busy:g} when busy, {idle:g} when idle.",
        "unit": unit,
        "timeseries": [{"metadatavalues": [], "data": data}] if data else [],
        "errorCode": "Success",
    }


def _values(record: Record, shape: Shape, at: datetime, kinds: list[str], seed: int) -> dict[str, float]:
    """The values of one hour. Days have a shape; what is a share stays below 100."""
    name, unit, busy, idle = shape
    digest = hashlib.blake2b(f"{seed}|{record.key}|{name}|{at.isoformat()}".encode(), digest_size=4).digest()
    noise = int.from_bytes(digest) / 2**32
    base = idle if record.load == "idle" else busy * (0.75 + 0.25 * math.sin((at.hour - 8) * math.pi / 12))
    mean = base * (0.85 + 0.3 * noise)
    top = mean * 1.4
    if unit == "Percent":
        mean, top = min(mean, 100.0), min(top, 100.0)
    total = mean * 60 if unit not in _COUNTS else mean
    known = {"average": mean, "maximum": top, "minimum": mean * 0.6, "total": total, "count": 60.0}
    return {kind: round(known[kind], 4) for kind in kinds if kind in known}


def _span(text: str) -> tuple[datetime, datetime]:
    first, slash, last = text.partition("/")
    if not slash:
        raise bad("BadRequest", f"Invalid timespan: '{text}'. It is written start/end.")
    return _moment(first), _moment(last)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise bad("BadRequest", f"Invalid time: '{text}'.") from error
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
