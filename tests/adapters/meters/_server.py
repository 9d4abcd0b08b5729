"""A server in Prometheus's stead: it answers what it is told to, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Told:
    """``answer``: the query's parameters -> (status, body, headers)."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.heard: list[dict[str, str]] = []
        self.url = ""
        self.answer: Callable[[dict[str, str]], tuple[int, bytes, dict[str, str]]] = lambda _asked: (200, matrix(), {})


@contextmanager
def serving(context: Any = None) -> Iterator[Told]:
    """Serve on a free port; ``context``: over TLS."""
    told = Told()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            told.asked.append(asked)
            told.heard.append({name.lower(): value for name, value in self.headers.items()})
            status, body, headers = told.answer(asked)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        http.socket = context.wrap_socket(http.socket, server_side=True)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.url = f"http{'s' if context else ''}://127.0.0.1:{http.server_port}"
    yield told
    http.shutdown()
    thread.join()
    http.server_close()


def matrix(*series: tuple[dict[str, str], list[list[Any]]], **more: Any) -> bytes:
    """The documented form of a range query's answer."""
    result = [{"metric": labels, "values": values} for labels, values in series]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}, **more}).encode()
