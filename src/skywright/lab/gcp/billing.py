"""What things cost: the billing account of a project, and the rows of a billing export as BigQuery tells them."""

import random
import re
from datetime import timedelta
from typing import Any

import msgspec

from skywright.lab.gcp.assets import asset_type, full_name, location
from skywright.lab.gcp.refusals import Refusal
from skywright.lab.gcp.routes import Call
from skywright.lab.gcp.world import World

ACCOUNT = "billingAccounts/0X0X0X-0X0X0X-0X0X0X"
CURRENCY = "EUR"
DAYS_MAX = 31

HOURLY = {
    "compute.googleapis.com/Instance": ("Compute Engine", 0.09),
    "compute.googleapis.com/Disk": ("Compute Engine", 0.006),
    "compute.googleapis.com/Address": ("Compute Engine", 0.005),
    "sqladmin.googleapis.com/Instance": ("Cloud SQL", 0.21),
    "container.googleapis.com/Cluster": ("Kubernetes Engine", 0.1),
    "storage.googleapis.com/Bucket": ("Cloud Storage", 0.012),
    "redis.googleapis.com/Instance": ("Memorystore", 0.14),
}
"""A believable price of an hour of each; not Google's price list."""

FIELDS = ("usage_start_time", "usage_end_time", "project_id", "service", "location", "resource", "cost", "currency")
TYPES = ("TIMESTAMP", "TIMESTAMP", "STRING", "STRING", "STRING", "STRING", "FLOAT", "STRING")


def info(world: World, call: Call) -> dict[str, Any]:
    """projects.getBillingInfo."""
    if world.store.raw(f"cloudresourcemanager/projects/{call.project}") is None:
        raise Refusal(403, "The caller does not have permission")
    name = f"projects/{call.project}/billingInfo"
    return {"name": name, "projectId": call.project, "billingAccountName": ACCOUNT, "billingEnabled": True}


def rows(world: World, project: str, days: int) -> list[tuple[Any, ...]]:
    """One row a resource and day, in the order of ``FIELDS``, of what costs something."""
    found = []
    for key, raw in world.store.everything():
        service, hourly = HOURLY.get(asset_type(key), ("", 0.0))
        if hourly and (f"/projects/{project}/" in key or key.startswith("storage/")):
            found += [_row(world, key, raw, project, service, hourly, day) for day in range(days)]
    return found


def _row(world: World, key: str, raw: bytes, project: str, service: str, hourly: float, day: int) -> tuple[Any, ...]:
    chance = random.Random(f"{world.seed}:{key}:{day}")  # noqa: S311 - the same every time, not secret
    begin = world.store.now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=day + 1)
    cost = round(hourly * 24 * (0.9 + 0.2 * chance.random()), 6)
    return begin, begin + timedelta(days=1), project, service, location(key, raw), full_name(key), cost, CURRENCY


def query(world: World, call: Call) -> dict[str, Any]:
    """jobs.query, of a billing export only: every row of the last days, whatever the statement selects."""
    text = str(call.body.get("query", ""))
    if "gcp_billing_export" not in text:
        raise Refusal(400, "This stand-in answers queries of a billing export only.", "invalidQuery")
    asked = re.search(r"INTERVAL (\d+) DAY", text)
    found = rows(world, call.project, min(int(asked[1]) if asked else 1, DAYS_MAX))
    return {
        "kind": "bigquery#queryResponse",
        "jobComplete": True,
        "totalRows": str(len(found)),
        "schema": {"fields": [{"name": name, "type": kind} for name, kind in zip(FIELDS, TYPES, strict=True)]},
        "rows": [{"f": [{"v": _spelled(value)} for value in row]} for row in found],
    }


def _spelled(value: Any) -> str:
    return str(value.timestamp()) if hasattr(value, "timestamp") else str(msgspec.to_builtins(value))
