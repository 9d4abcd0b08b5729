"""Prometheus's HTTP API (and of those that speak it: VictoriaMetrics, Thanos, Mimir) -> a metric's numbers by day.

Source: Prometheus, "HTTP API": /api/v1/query_range. The query is asked at the end of each day (UTC), so that
``increase(...[1d])`` or ``avg_over_time(...[1d])`` tells of that day.
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from skywright.model.cost_shares import Prometheus
from skywright.model.errors import AskHuman, BadInput, TryAgain
from skywright.model.words import t

TIMEOUT_S = 30.0
ANSWER_MAX_BYTES = 32 * 2**20
DAY_S = 86_400
TOO_MANY, OWN_FAULT = 429, 500

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
    for at, text in series.get("values", []):
        value = Decimal(text)
        if value.is_finite():
            yield (datetime.fromtimestamp(float(at), UTC) - timedelta(days=1)).date(), value


def _asked(meter: Prometheus, start: date, end: date) -> list[dict[str, Any]]:
    ends = [datetime.combine(day, time.min, UTC).timestamp() for day in (start + timedelta(days=1), end)]
    asked = {"query": meter.query, "start": f"{ends[0]:.0f}", "end": f"{ends[1]:.0f}", "step": str(DAY_S)}
    answer = _get(meter, urllib.parse.urlencode(asked))
    if answer.get("status") != "success":
        raise BadInput(
            t("The metric's query was refused: {reason}.", reason=str(answer.get("error", answer.get("status"))).rstrip(".")),
            where=meter.query, next_step=t("Mend the query in cost.metrics."),
        )  # fmt: skip
    data: dict[str, Any] = answer.get("data", {})
    if data.get("resultType") != "matrix":
        raise BadInput(t("The metric's query gives no series."), where=meter.query, next_step=t("Mend the query in cost.metrics."))
    series: list[dict[str, Any]] = data["result"]
    return series


def _get(meter: Prometheus, query: str) -> dict[str, Any]:
    parts = urllib.parse.urlsplit(meter.prometheus)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadInput(t("is no address."), where="cost.metrics", next_step=t("Write http(s)://host:port."))
    place = f"{parts.scheme}://{parts.hostname}"
    headers = {"Authorization": f"Bearer {os.environ.get(meter.token_env, '')}"} if meter.token_env else {}
    request = urllib.request.Request(f"{meter.prometheus.rstrip('/')}/api/v1/query_range?{query}", headers=headers)  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:  # noqa: S310 - checked above
            return _decoded(reply.read(ANSWER_MAX_BYTES + 1), place)
    except urllib.error.HTTPError as error:
        with error:
            return _refused(error, place)
    except (OSError, urllib.error.URLError) as error:
        reason = type(error.reason if isinstance(error, urllib.error.URLError) else error).__name__
        raise TryAgain(t("{place} could not be asked for a metric ({reason}).", place=place, reason=reason)) from None


def _refused(error: urllib.error.HTTPError, place: str) -> dict[str, Any]:
    """An error that says in JSON what is wrong with the query; else an error of ours."""
    said = t("{place} answered {status} to the question for a metric.", place=place, status=error.code)
    if error.code == TOO_MANY or error.code >= OWN_FAULT:
        raise TryAgain(said, throttled=error.code == TOO_MANY) from None
    if error.code in {400, 422}:
        return _decoded(error.read(ANSWER_MAX_BYTES + 1), place)
    raise AskHuman(said, next_step=t("Check the address and the token of cost.metrics.")) from None


def _decoded(body: bytes, place: str) -> dict[str, Any]:
    try:
        answer = json.loads(body) if len(body) <= ANSWER_MAX_BYTES else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise AskHuman(
            t("What {place} answered is not Prometheus's JSON.", place=place), next_step=t("Check the address in cost.metrics.")
        )
    return answer
