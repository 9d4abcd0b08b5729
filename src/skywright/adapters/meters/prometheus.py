"""Prometheus -> a metric's numbers by day. The query is asked at the end of each day (UTC), so that ``increase(...[1d])`` or
``avg_over_time(...[1d])`` tells of that day."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from skywright.adapters.meters.promql import Server, query_range
from skywright.model.cost_shares import Prometheus

DAY_S = 86_400
SECTION = "cost.metrics"

Number = tuple[date, Decimal, str]
"""Day, value, and the value of the label that says whose it is (empty without one)."""


def read_days(meter: Prometheus, start: date, end: date) -> list[Number]:
    """The numbers of the days from ``start`` until before ``end``; series that differ in other labels are added up. Days without a
    sample are not there. Raises BadInput for a query that the server refuses, TryAgain or AskHuman when it cannot be asked."""
    found: dict[tuple[date, str], Decimal] = {}
    for series in _asked(meter, start, end):
        whose = str(series.get("metric", {}).get(meter.label, "")) if meter.label else ""
        for day, value in _samples(series):
            found[day, whose] = found.get((day, whose), Decimal(0)) + value
    return [(day, value, whose) for (day, whose), value in sorted(found.items())]


def _samples(series: dict[str, Any]) -> Iterator[tuple[date, Decimal]]:
    """Exactly as written: money may be split by them."""
    for at, text in series.get("values", []):
        value = Decimal(text)
        if value.is_finite():
            yield (datetime.fromtimestamp(float(at), UTC) - timedelta(days=1)).date(), value


def _asked(meter: Prometheus, start: date, end: date) -> list[dict[str, Any]]:
    first, last = (datetime.combine(day, time.min, UTC).timestamp() for day in (start + timedelta(days=1), end))
    token = os.environ.get(meter.token_env, "") if meter.token_env else ""
    server = Server(address=meter.prometheus, section=SECTION, token=token)
    return query_range(server, meter.query, first, last, DAY_S).series
