"""Gnocchi: measures of instances by the hour."""

from datetime import UTC, datetime, timedelta
from typing import Any

from skywright.lab.openstack.state import Call, Raw, Refusal

HOUR_S = 3600.0


def _resource(call: Call, kind: str, identifier: str) -> Raw:
    if kind != "instance":
        raise Refusal(404, "Resource type does not exist")
    server = call.state.get("servers", identifier)
    return {"id": identifier, "type": kind, "metrics": {name: f"{identifier}:{name}" for name in server["_series"]}}


def _search(_call: Call, _kind: str) -> list[Raw]:
    return []


def _measures(call: Call, metric: str) -> Any:
    """Two weeks of hours up to now, each with the server's one value."""
    server, _, name = metric.partition(":")
    value = call.state.get("servers", server)["_series"].get(name)
    if value is None:
        raise Refusal(404, f"Metric {metric} does not exist")
    start = datetime.fromisoformat(call.query["start"]).replace(tzinfo=UTC)
    stop = datetime.fromisoformat(call.query["stop"]).replace(tzinfo=UTC)
    hours = int((stop - start) / timedelta(hours=1))
    shape = 1.5 if call.query.get("aggregation", "").endswith("max") else 1.0
    return [[(start + timedelta(hours=hour)).isoformat(), HOUR_S, value * shape] for hour in range(hours)]


ROUTES = (
    ("GET", "/v1/resource/{}/{}", _resource),
    ("POST", "/v1/search/resource/{}", _search),
    ("GET", "/v1/metric/{}/measures", _measures),
)
