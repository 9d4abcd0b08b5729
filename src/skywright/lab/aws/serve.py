"""The child process: moto's server, made strict, seeded, on a free loopback port, until its parent is gone or tells it to end."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from werkzeug.serving import ThreadedWSGIServer

from skywright.lab.aws.faults import Trouble
from skywright.lab.aws.front import Front, Pages
from skywright.lab.aws.models import slim
from skywright.lab.aws.seed import ESTATES, Town, build
from skywright.lab.aws.seed.town import LAB_KEY, LAB_SECRET, REGIONS
from skywright.lab.aws.strict import make_strict, tell_events
from skywright.lab.kit.child import announce, obey_parent

HOST = "127.0.0.1"
IDLE_S = 60
MACHINES_SHOWN = 20


def main(arguments: list[str] | None = None) -> int:
    """Seed, listen, write the state file (that is the sign of being ready), and serve."""
    asked = _options().parse_args(arguments)
    _environment()
    slim()
    trouble = Trouble()
    make_strict(trouble, REGIONS)
    town = build(asked.estate, asked.seed)
    answers = town.sheet.entries()
    state: dict[str, Any] = {}
    front = Front(_application(), asked.seed, Pages(state, answers, trouble))
    tell_events(front.events)
    server = listen(front)
    state.update(_state(server.server_port, asked.seed, asked.estate, town))
    announce(asked.state_file, state)
    obey_parent(tied=asked.tied)
    try:
        server.serve_forever(poll_interval=0.2)
    finally:
        asked.state_file.unlink(missing_ok=True)
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state-file", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--estate", choices=tuple(ESTATES), default="default")
    parser.add_argument("--tied", action="store_true", help="end when standard input is closed")
    return parser


def _environment() -> None:
    """Moto reads these when it is imported or when a backend is made."""
    os.environ.update(
        MOTO_DISABLE_GLOBAL_CORS="true",
        MOTO_EC2_LOAD_DEFAULT_AMIS="false",
        MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION="true",
        MOTO_IAM_LOAD_MANAGED_POLICIES="true",
        MOTO_ACM_VALIDATION_WAIT="0",
        MOTO_ECS_SERVICE_RUNNING="2",
        AWS_EC2_METADATA_DISABLED="true",
    )
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        os.environ.pop(name, None)  # seeding happens in this process and must not go elsewhere


def _application() -> Any:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    return DomainDispatcherApplication(create_backend_app)


def _state(port: int, seed: int, estate: str, town: Town) -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "endpoint": f"http://{HOST}:{port}",
        "seed": seed,
        "estate": estate,
        "accounts": {account.name: account.id for account in town.accounts},
        "regions": list(REGIONS),
        "home_region": REGIONS[0],
        "access_key": LAB_KEY,
        "secret_key": LAB_SECRET,
        "role": town.role,
        "planted": len(town.sheet.entries()),
        "machines": _machines(town),
    }


def _machines(town: Town) -> list[str]:
    """Machines of the first site that are in order, which a cluster of another cloud may call its nodes."""
    site = town.sites[0]
    spoilt = {entry["native_id"] for entry in town.sheet.entries()}
    found = [one for one in site.backend("ec2").all_instances() if one.state == "running" and one.id not in spoilt]
    return sorted(f"aws:///{one.placement.zone}/{one.id}" for one in found)[:MACHINES_SHOWN]


def listen(front: Front) -> ThreadedWSGIServer:
    """A server on a free port of loopback that gives every request to ``front``."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler

    class Handler(MotoRequestHandler):
        """Keeps connections open, which werkzeug's own handler does not, and reads each body whole before it is looked at."""

        protocol_version = "HTTP/1.1"
        timeout = IDLE_S
        disable_nagle_algorithm = True
        wbufsize = -1

        def run_wsgi(self) -> None:
            """One request."""
            environ = self.make_environ()
            size = int(environ.get("CONTENT_LENGTH") or 0)
            if self.headers.get("Expect", "").lower() == "100-continue":
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                self.wfile.flush()
            body = environ["wsgi.input"].read() if environ.get("wsgi.input_terminated") else self.rfile.read(size)
            answer = front.answer(environ, body)
            self.send_response_only(answer.status)
            for key, value in answer.headers:
                if key.lower() not in ("content-length", "connection", "transfer-encoding"):
                    self.send_header(key, value)
            # a HEAD answer says how long the body would be, and has none
            length = next((value for key, value in answer.headers if key.lower() == "content-length"), None)
            head = self.command == "HEAD"
            self.send_header("Content-Length", length if head and length else str(len(answer.body)))
            self.end_headers()
            if not head:
                self.wfile.write(answer.body)
            self.wfile.flush()

    server = ThreadedWSGIServer(HOST, 0, lambda *_: [], handler=Handler)
    server.daemon_threads = True
    return server


if __name__ == "__main__":
    sys.exit(main())
