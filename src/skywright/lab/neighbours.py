"""The child process of all stand-ins but AWS: starts those that are asked for, tells where they are, serves the lab's pages."""

import argparse
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from skywright.lab.kit import Answer, Fault, Request, Server, Standin
from skywright.lab.kit.child import announce, obey_parent

CLOUDS = ("gcp", "azure", "openstack", "kubernetes", "swarm", "hosts")
LARGE = {"gcp": 42_000, "azure": 42_000}
"""How many resources these clouds have in the large estate; the others know their own measure. With them: 100,000."""


class Trouble(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A fault of the wire, as it is asked for: in which cloud, and see lab.kit.Fault. ``error``, for own hosts: what befalls the
    host that ``contains`` names (offline, slow, cut, garbage)."""

    cloud: str
    contains: str = ""
    method: str = ""
    status: int = 0
    times: int | None = None
    percent: float = 100.0
    latency_s: float = 0.0
    after: bool = False
    cut: bool = False
    error: str = ""

    def fault(self) -> Fault:
        """What the server of the cloud plants."""
        asked = msgspec.structs.asdict(self)
        plain = {name: value for name, value in asked.items() if name not in ("cloud", "error")}
        return Fault(**plain, body=_refusal(self.cloud, self.status) if self.status else None)


class Pages:
    """The lab's own pages under ``/lab/``: state, answer sheet, calls, faults, the machines that nodes run on."""

    def __init__(self, standins: Mapping[str, Standin]) -> None:
        self.state: dict[str, Any] = {}
        self._standins = standins
        self._seen: dict[str, Counter[str]] = {}
        self._planted: list[Trouble] = []

    def answer(self, request: Request) -> Answer:
        """One page as JSON; 404 for an unknown one, 400 for a body that cannot be used."""
        try:
            content = self._page(request)
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError, KeyError) as error:
            return Answer(400, {"error": str(error)})
        return Answer(404, {"error": f"no page {request.method} {request.path}"}) if content is None else Answer(200, content)

    def _page(self, request: Request) -> Any:
        match request.method, request.path.removeprefix("/lab/"):
            case "GET", "state":
                return self.state
            case "GET", "answers":
                return [{"cloud": name, **line} for name, one in self._standins.items() for line in one.answers()]
            case "GET", "calls":
                return self._calls()
            case "DELETE", "calls":
                self._seen = {name: Counter(one.calls()) for name, one in self._standins.items()}
            case "GET", "faults":
                return [msgspec.to_builtins(trouble) for trouble in self._planted]
            case "POST", "faults":
                self._plant(msgspec.json.decode(request.body, type=Trouble))
            case "DELETE", "faults":
                self._clear()
            case "PUT", "machines":
                self.rehouse(msgspec.json.decode(request.body, type=list[str]))
            case _:
                return None
        return {"done": True}

    def _calls(self) -> dict[str, Any]:
        counted = {name: Counter(one.calls()) - self._seen.get(name, Counter()) for name, one in self._standins.items()}
        return {
            "total": sum(calls.total() for calls in counted.values()),
            "clouds": {name: calls.total() for name, calls in counted.items()},
            "calls": {f"{name} {call}": times for name, calls in counted.items() for call, times in calls.most_common()},
        }

    def _plant(self, trouble: Trouble) -> None:
        if trouble.cloud not in self._standins:
            raise ValueError(f"there is no {trouble.cloud!r} in this lab; there are: {', '.join(self._standins)}")
        if trouble.cloud == "hosts":
            self._machine(trouble.contains).fault = trouble.error
        for server in _servers(self._standins[trouble.cloud]):
            server.faults.append(trouble.fault())
        self._planted.append(trouble)

    def _clear(self) -> None:
        for trouble in self._planted:
            if trouble.cloud == "hosts":
                self._machine(trouble.contains).fault = ""
        for standin in self._standins.values():
            for server in _servers(standin):
                server.faults.clear()
        self._planted.clear()

    def _machine(self, name: str) -> Any:
        machines: dict[str, Any] = vars(self._standins["hosts"])["machines"]
        if name not in machines:
            raise ValueError(f"there is no host {name!r}; there are: {', '.join(list(machines)[:5])}, ...")
        return machines[name]

    def rehouse(self, machines: Sequence[str]) -> None:
        """The nodes of the stand-in for Kubernetes run on these machines, those of its second cluster on OpenStack's."""
        nodes: Any = self._standins.get("kubernetes")
        stack: Any = self._standins.get("openstack")
        if nodes is None:
            return
        own = [f"openstack:///{one['id']}" for one in stack.state.every("servers") if one["status"] == "ACTIVE"] if stack else []
        first, *others = list(nodes.clusters.values())
        for cluster, homes in [(first, machines), *((other, own) for other in others)]:
            for node, home in zip(cluster.all("nodes"), homes, strict=False):
                node["spec"]["providerID"] = home


def main(arguments: list[str] | None = None) -> int:
    """Start, listen, write the state file (that is the sign of being ready), and serve until told to end."""
    asked = _options().parse_args(arguments)
    obey_parent(tied=asked.tied)
    began = time.monotonic()
    standins: dict[str, Standin] = {}
    pages = Pages(standins)
    try:
        standins.update(_started(asked.clouds.split(","), asked.seed, asked.estate))
        pages.rehouse(())
        server = Server(pages.answer)
        pages.state.update(_state(standins, asked, server.endpoint), started_s=round(time.monotonic() - began, 1))
        announce(asked.state_file, pages.state)
        while True:
            signal.pause()
    finally:
        asked.state_file.unlink(missing_ok=True)
        for standin in standins.values():
            standin.stop()


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state-file", type=Path, required=True)
    parser.add_argument("--clouds", default=",".join(CLOUDS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--estate", choices=("small", "default", "large"), default="default")
    parser.add_argument("--tied", action="store_true", help="end when standard input is closed")
    return parser


def _started(names: Sequence[str], seed: int, estate: str) -> dict[str, Standin]:
    """Every stand-in, by name. One that cannot start ends this process, with its library's name as the last word."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(lambda name: _start(name, seed, estate), names), strict=True))


def _start(name: str, seed: int, estate: str) -> Standin:
    size = {"size": LARGE[name]} if estate == "large" and name in LARGE else {}
    started: Standin = import_module(f"skywright.lab.{name}").start(seed, estate, **size)
    return started


def _state(standins: Mapping[str, Standin], asked: argparse.Namespace, endpoint: str) -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "endpoint": endpoint,
        "seed": asked.seed,
        "estate": asked.estate,
        "sections": {name: one.section() for name, one in standins.items()},
        "environments": {name: one.environment() for name, one in standins.items()},
        "planted": {name: len(one.answers()) for name, one in standins.items()},
    }


def _servers(standin: Any) -> list[Server]:
    """The HTTP servers of a stand-in."""
    for name in ("server", "_server"):
        if name in vars(standin):
            return [vars(standin)[name]]
    servers = vars(standin).get("servers")
    return list(servers.values()) if isinstance(servers, dict) else []


def _refusal(cloud: str, status: int) -> dict[str, Any]:
    """The body of a refusal, in the form of its cloud."""
    message = f"The lab was asked to answer {status}."
    if cloud == "azure":
        code = {401: "ExpiredAuthenticationToken", 403: "AuthorizationFailed", 404: "ResourceNotFound", 429: "TooManyRequests"}
        return {"error": {"code": code.get(status, "InternalServerError"), "message": message}}
    reason = {403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}.get(status, "INTERNAL")
    if cloud == "gcp":
        return {"error": {"code": status, "message": message, "status": reason}}
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": status}


if __name__ == "__main__":
    sys.exit(main())
