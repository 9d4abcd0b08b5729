"""A threaded HTTP server on a free loopback port: one function answers, faults come before or after it."""

import json
import random
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec


class Request(msgspec.Struct, frozen=True):
    """What came over the wire. ``path`` is decoded; header names are lower case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def parameter(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return self.query.get(name, [default])[0]

    def json(self) -> Any:
        """The body as JSON; None when there is none. Raises msgspec.DecodeError."""
        return msgspec.json.decode(self.body) if self.body else None


class Answer(msgspec.Struct, frozen=True):
    """What goes back. ``body``: bytes as they are, anything else as JSON, None for nothing. ``call`` names what was asked for, for
    the count (``compute.instances.list``); empty: the method and path."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = {}
    call: str = ""


class Fault(msgspec.Struct, kw_only=True):
    """What shall go wrong with requests of ``method`` ("" for any) whose path and query contain ``contains``.

    ``status`` 0 only waits ``latency_s``. ``times`` None: until it is taken back. ``after``: the effect happens and its answer is
    lost. ``cut``: the connection ends without an answer.
    """

    contains: str = ""
    method: str = ""
    status: int = 0
    body: Any = None
    headers: dict[str, str] = {}
    times: int | None = None
    percent: float = 100.0
    latency_s: float = 0.0
    after: bool = False
    cut: bool = False
    hits: int = 0

    def meets(self, method: str, target: str) -> bool:
        """Is this request one that the fault is about."""
        return self.times != 0 and self.method in ("", method) and self.contains in target


class Server:
    """Runs ``answer`` in threads. ``tls``: serve https with this context. ``counter`` counts calls; ``faults`` may be changed at
    any time."""

    def __init__(self, answer: Callable[[Request], Answer], tls: ssl.SSLContext | None = None, seed: int = 1) -> None:
        self.counter: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self._answer = answer
        self._random = random.Random(seed)  # noqa: S311 - which calls fail, not a secret
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"server_of_ours": self})
        self._http = _Http(("127.0.0.1", 0), handler)
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.endpoint = f"{'https' if tls else 'http'}://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def handle(self, request: Request, target: str) -> Answer | None:
        """The answer to a request, or None when the connection is to be cut."""
        fault = self._fault(request.method, target)
        if fault and fault.latency_s:
            time.sleep(fault.latency_s)
        failed = fault is not None and (fault.status != 0 or fault.cut)
        if fault and failed and not fault.after:
            answer: Answer | None = None if fault.cut else Answer(fault.status, fault.body, fault.headers)
            self._count(f"{request.method} {request.path}")
            return answer
        answer = self._answer(request)
        self._count(answer.call or f"{request.method} {request.path}")
        if fault and failed:
            return None if fault.cut else Answer(fault.status, fault.body, fault.headers)
        return answer

    def _count(self, call: str) -> None:
        with self._lock:
            self.counter[call] += 1

    def _fault(self, method: str, target: str) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.meets(method, target) and self._random.random() * 100 < fault.percent:
                    fault.hits += 1
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_of_ours: ClassVar[Server]

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = parse_qs(parts.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server_of_ours.handle(Request(self.command, unquote(parts.path), query, headers, body), self.path)
        if answer is None:
            self.close_connection = True
            return
        self._send(answer)

    def __getattr__(self, name: str) -> Any:
        """Every ``do_<METHOD>`` of the base class is the same here."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _send(self, answer: Answer) -> None:
        plain = isinstance(answer.body, bytes)
        body = answer.body if plain else b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        headers = {"Content-Type": "application/octet-stream" if plain else "application/json"} | answer.headers
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Quiet."""
