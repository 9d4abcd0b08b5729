"""Servers on loopback for notifiers: one that takes POSTs, one that speaks SMTP over TLS. Their answers can be chosen."""

import base64
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Web:
    """What came in; ``answers`` are given first (status, headers), then ``usual``."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.usual = 200
        self.url = ""

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.requests]


@contextmanager
def web() -> Iterator[Web]:
    state = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.requests.append((self.path, dict(self.headers), body))
            status, headers = state.answers.pop(0) if state.answers else (state.usual, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Post:
    """A mail server: letters taken, and codes to give to DATA first."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, list[str], str]] = []
        self.logins: list[tuple[str, str]] = []
        self.answers: list[int] = []
        self.password_right = "right"
        self.port = 0
        self.ca_file = ""


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime(2020, 1, 1)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now).not_valid_after(datetime(2100, 1, 1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, private


@contextmanager
def post(folder: Path) -> Iterator[Post]:
    """SMTP with STARTTLS, as far as one letter needs it."""
    state = Post()
    cert, private = certificate(folder)
    state.ca_file = str(cert)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, private)
    listener = socket.create_server(("127.0.0.1", 0))
    state.port = listener.getsockname()[1]

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError, ValueError):
                _talk(connection, context, state)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _talk(connection: socket.socket, context: ssl.SSLContext, state: Post) -> None:
    connection.settimeout(5)
    talk = Talk(connection, state)
    try:
        talk.say("220 test")
        while (line := talk.line()) and talk.answer(line, context):
            pass
    finally:
        talk.close()


class Talk:
    """One connection."""

    def __init__(self, connection: socket.socket, state: Post) -> None:
        self.connection, self.state = connection, state
        self.stream = connection.makefile("rb")
        self.safe, self.sender, self.to = False, "", []

    def close(self) -> None:
        self.stream.close()
        self.connection.close()

    def say(self, text: str) -> None:
        self.connection.sendall(f"{text}\r\n".encode())

    def line(self) -> str:
        return self.stream.readline().decode().rstrip("\r\n")

    def answer(self, line: str, context: ssl.SSLContext) -> bool:
        """Whether the talk goes on."""
        match line.split(maxsplit=1)[0].upper():
            case "EHLO":
                self.say("250-test\r\n250-AUTH PLAIN\r\n250 8BITMIME" if self.safe else "250-test\r\n250 STARTTLS")
            case "STARTTLS":
                self.say("220 go")
                self.stream.close()
                self.connection = context.wrap_socket(self.connection, server_side=True)
                self.stream, self.safe = self.connection.makefile("rb"), True
            case "AUTH":
                _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
                self.state.logins.append((user, password))
                self.say("235 in" if password == self.state.password_right else f"535 no, {user} {password}")
            case "MAIL":
                self.sender = line.partition("<")[2].partition(">")[0]
                self.say("250 ok")
            case "RCPT":
                self.to.append(line.split(":", 1)[1].strip("<>"))
                self.say("250 ok")
            case "DATA":
                self.data()
            case "QUIT":
                self.say("221 bye")
                return False
            case _:
                self.say("250 ok")
        return True

    def data(self) -> None:
        self.say("354 go")
        lines = []
        while (text := self.line()) != ".":
            lines.append(text)
        code = self.state.answers.pop(0) if self.state.answers else 250
        if code == 250:
            self.state.letters.append((self.sender, self.to, "\n".join(lines)))
        self.say(f"{code} said")
