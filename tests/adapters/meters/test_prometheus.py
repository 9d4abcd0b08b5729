"""Metrics by day from Prometheus's HTTP API: what is asked, what is read, and what goes wrong."""

import json
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from skywright.adapters.meters.prometheus import read_days
from skywright.model.cost_shares import Prometheus
from skywright.model.errors import AskHuman, BadInput, TryAgain

DAYS = (date(2026, 9, 1), date(2026, 9, 4))
FIRST_END = 1788307200  # 2026-09-02T00:00:00Z


class Server:
    """A server that answers what it is told to, and remembers what it was asked."""

    status = 200
    body = b"{}"

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict, str]] = []


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            told.asked.append((parts.path, parse_qs(parts.query), self.headers.get("Authorization", "")))
            self.send_response(told.status)
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.url = f"http://127.0.0.1:{http.server_port}"
    yield told
    http.shutdown()
    thread.join()
    http.server_close()


def matrix(*series: tuple[dict, list]) -> bytes:
    result = [{"metric": labels, "values": values} for labels, values in series]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()


def test_each_day_is_asked_at_its_end(server, monkeypatch) -> None:
    monkeypatch.setenv("METER_TOKEN", "t0ken")
    server.body = matrix(({}, [[FIRST_END, "12.5"], [FIRST_END + 86400, "NaN"], [FIRST_END + 2 * 86400, "3"]]))
    meter = Prometheus(prometheus=f"{server.url}/", query="increase(requests_total[1d])", token_env="METER_TOKEN")
    assert read_days(meter, *DAYS) == [(date(2026, 9, 1), Decimal("12.5"), ""), (date(2026, 9, 3), 3, "")]
    ((path, query, token),) = server.asked
    assert (path, token) == ("/api/v1/query_range", "Bearer t0ken")
    expected = {"query": meter.query, "start": str(FIRST_END), "end": str(FIRST_END + 2 * 86400), "step": "86400"}
    assert query == {name: [value] for name, value in expected.items()}


def test_series_are_added_up_by_whose_they_are(server) -> None:
    server.body = matrix(
        ({"team": "a", "pod": "1"}, [[FIRST_END, "1"]]), ({"team": "a", "pod": "2"}, [[FIRST_END, "2"]]), ({}, [[FIRST_END, "4"]])
    )
    found = read_days(Prometheus(prometheus=server.url, query="q", label="team"), *DAYS)
    assert found == [(date(2026, 9, 1), 4, ""), (date(2026, 9, 1), 3, "a")]


SAID = "http://127.0.0.1 answered {} to the question for a metric."
MEND = "Mend the query in cost.metrics."
REFUSED = b'{"status":"error","error":"parse error."}'
SCALAR = b'{"status":"success","data":{"resultType":"scalar"}}'


@pytest.mark.parametrize(
    ("status", "body", "error", "message"),
    [
        (400, REFUSED, BadInput, f"q(: The metric's query was refused: parse error. {MEND}"),
        (200, SCALAR, BadInput, f"q(: The metric's query gives no series. {MEND}"),
        (200, b"<html>", AskHuman, "What http://127.0.0.1 answered is not Prometheus's JSON. Check the address in cost.metrics."),
        (401, b"", AskHuman, f"{SAID.format(401)} Check the address and the token of cost.metrics."),
        (503, b"", TryAgain, SAID.format(503)),
    ],
)
def test_what_goes_wrong(server, status, body, error, message) -> None:
    server.status, server.body = status, body
    with pytest.raises(error) as caught:
        read_days(Prometheus(prometheus=server.url, query="q("), *DAYS)
    assert str(caught.value) == message


def test_no_server_and_no_address() -> None:
    with pytest.raises(TryAgain) as caught:
        read_days(Prometheus(prometheus="http://127.0.0.1:1", query="q"), *DAYS)
    assert str(caught.value) == "http://127.0.0.1 could not be asked for a metric (ConnectionRefusedError)."
    with pytest.raises(BadInput) as caught:
        read_days(Prometheus(prometheus="file:///etc/passwd", query="q"), *DAYS)
    assert str(caught.value) == "cost.metrics: is no address. Write http(s)://host:port."
