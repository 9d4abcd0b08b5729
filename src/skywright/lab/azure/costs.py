"""What things cost: list prices by type and size, per hour, and the Cost Management query over them.

Prices are round figures near the public pay-as-you-go ones of West Europe; they are for arithmetic, not for budgets.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from skywright.lab.azure.paths import group_of
from skywright.lab.azure.refused import bad
from skywright.lab.azure.store import Record, Store
from skywright.lab.kit import Answer, Request

CURRENCY = "EUR"
HOURS = 24
_CORES = re.compile(r"_[A-Z]+(\d+)")
_PER_CORE_EUR = 0.048
_FLAT_EUR = {
    "microsoft.network/publicipaddresses": 0.005,
    "microsoft.network/natgateways": 0.045,
    "microsoft.network/loadbalancers": 0.025,
    "microsoft.network/applicationgateways": 0.25,
    "microsoft.sql/servers/databases": 0.21,
    "microsoft.dbforpostgresql/flexibleservers": 0.18,
    "microsoft.dbformysql/flexibleservers": 0.16,
    "microsoft.cache/redis": 0.11,
    "microsoft.containerservice/managedclusters": 0.10,
    "microsoft.documentdb/databaseaccounts": 0.09,
    "microsoft.servicebus/namespaces": 0.014,
    "microsoft.storage/storageaccounts": 0.03,
    "microsoft.containerregistry/registries": 0.028,
    "microsoft.network/virtualnetworkgateways": 0.19,
}
_GIB_EUR = {"Premium_LRS": 0.00019, "StandardSSD_LRS": 0.0001, "Standard_LRS": 0.00006}
_SERVICE = {
    "microsoft.compute": "Virtual Machines",
    "microsoft.network": "Bandwidth",
    "microsoft.storage": "Storage",
    "microsoft.sql": "SQL Database",
}


def sizes() -> list[dict[str, Any]]:
    """Sizes of machines on offer (Virtual Machine Sizes - List): cores, and memory by the family's share."""
    families = (("D{}s_v5", 4), ("D{}s_v4", 4), ("E{}s_v5", 8), ("F{}s_v2", 2), ("B{}ms", 4))
    return [
        {
            "name": f"Standard_{family.format(cores)}",
            "numberOfCores": cores,
            "memoryInMB": cores * share * 1024,
            "maxDataDiskCount": cores * 2,
            "osDiskSizeInMB": 1047552,
            "resourceDiskSizeInMB": 0,
        }
        for family, share in families
        for cores in (1, 2, 4, 8, 16, 32)
    ]


def hourly_eur(record: Record) -> float:
    """What one hour of this costs. A machine that is merely stopped costs what it cost before; a deallocated one nothing."""
    if record.type == "microsoft.compute/virtualmachines":
        cores = _CORES.search(str((record.properties.get("hardwareProfile") or {}).get("vmSize", "")))
        return 0.0 if record.power == "deallocated" else _PER_CORE_EUR * int(cores[1] if cores else 2)
    if record.type in ("microsoft.compute/disks", "microsoft.compute/snapshots"):
        sku = str((record.body.get("sku") or {}).get("name", ""))
        return _GIB_EUR.get(sku, 0.0001) * int(record.properties.get("diskSizeGB") or 0)
    return _FLAT_EUR.get(record.type, 0.0)


def query(store: Store, scope: str, request: Request) -> Answer:
    """``<scope>/providers/Microsoft.CostManagement/query``: totals by day and by dimension or tag."""
    body = request.json() or {}
    dataset = body.get("dataset") or {}
    start, end = _period(body)
    groups = [(str(one.get("type")), str(one.get("name"))) for one in dataset.get("grouping") or ()]
    daily = str(dataset.get("granularity", "None")) == "Daily"
    names = [str(one["name"]) for one in (dataset.get("aggregation") or {"totalCost": {"name": "Cost"}}).values()]
    totals: dict[tuple[Any, ...], float] = {}
    days = max(1, (end - start).days)
    for record in store.all():
        if not record.key.startswith(scope + "/") or not (price := hourly_eur(record)):
            continue
        head = tuple(_dimension(record, kind, name) for kind, name in groups)
        for number in range(days if daily else 1):
            date = int((start + timedelta(days=number)).strftime("%Y%m%d"))
            key = (date, *head) if daily else head
            totals[key] = totals.get(key, 0.0) + price * HOURS * (1 if daily else days)
    columns = [{"name": name, "type": "Number"} for name in names]
    columns += [{"name": "UsageDate", "type": "Number"}] if daily else []
    columns += [{"name": name, "type": "String"} for _, name in groups] + [{"name": "Currency", "type": "String"}]
    rows = [[*([round(cost, 6)] * len(names)), *key, CURRENCY] for key, cost in sorted(totals.items())]
    return _paged(scope, columns, rows, request)


def _paged(scope: str, columns: list[dict[str, str]], rows: list[list[Any]], request: Request) -> Answer:
    size, start = 5000, int(request.parameter("$skiptoken", "0") or 0)
    following = None
    if start + size < len(rows):
        host = request.headers.get("host", "")
        following = f"https://{host}{request.path}?api-version={request.parameter('api-version')}&$skiptoken={start + size}"
    properties = {"nextLink": following, "columns": columns, "rows": rows[start : start + size]}
    return Answer(
        200,
        {
            "id": f"{scope}/providers/Microsoft.CostManagement/query/lab",
            "name": "lab",
            "type": "Microsoft.CostManagement/query",
            "properties": properties,
        },
    )


def _period(body: dict[str, Any]) -> tuple[datetime, datetime]:
    frame = str(body.get("timeframe", ""))
    now = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if frame == "MonthToDate":
        return now.replace(day=1), now + timedelta(days=1)
    if frame == "TheLastMonth":
        last = now.replace(day=1)
        return (last - timedelta(days=1)).replace(day=1), last
    period = body.get("timePeriod") or {}
    try:
        start, end = (datetime.fromisoformat(str(period[name])) for name in ("from", "to"))
    except (KeyError, ValueError) as error:
        raise bad("BadRequest", "Invalid query definition: timeframe Custom needs timePeriod with from and to.") from error
    return start, end + timedelta(days=1)


def _dimension(record: Record, kind: str, name: str) -> str:
    if kind in ("Tag", "TagKey"):
        return f'"{name}":"{(record.body.get("tags") or {}).get(name, "")}"'
    match name:
        case "ResourceId":
            return record.key
        case "ResourceType":
            return record.type
        case "ResourceGroup" | "ResourceGroupName":
            return group_of(record.key).rsplit("/", 1)[-1]
        case "ResourceLocation":
            return str(record.body.get("location", ""))
        case "ServiceName" | "MeterCategory":
            return _SERVICE.get(record.type.split("/")[0], "Other")
        case "SubscriptionId":
            return record.key.split("/")[2]
        case _:
            pass
    raise bad("BadRequest", f"Invalid query definition: Invalid dimension '{name}'.")
