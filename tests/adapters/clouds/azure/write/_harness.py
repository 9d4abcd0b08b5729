"""What every test of an action needs: a small Azure in this process, calls into it, calls that fail on order, worlds to act in."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
from tests.adapters.clouds.acting import Doing, change_of

from skywright.adapters.clouds.azure.calls import ArmCalls
from skywright.adapters.clouds.azure.write import steps
from skywright.lab.azure.authority import Authority, Principal
from skywright.lab.azure.directory import Directory
from skywright.lab.azure.front import Front
from skywright.lab.azure.seed import access
from skywright.lab.azure.seed.town import Site, Town
from skywright.lab.azure.store import Record, Store
from skywright.lab.kit import Request
from skywright.model.kinds import resource_id
from skywright.model.plan import Change

HOST = "https://management.lab.invalid"
READS = ("GET", "HEAD")


class LineDead(Exception):
    """The connection broke, and no patience helps."""


class StillClock:
    """Time that never passes; sleeping is free, but not for ever."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        assert self.slept < 100_000, "it waits for ever"


class Reply:
    """An answer as azure.core shows it."""

    def __init__(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.status_code, self.headers, self.content = status, headers, content


class Wire:
    """A session whose other end is the lab's own front, without a network between. ``fails`` is the number of the changing request
    at which the line goes dead, before its effect or ``after`` it; ``changes`` are those that were made."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self.fails = 0
        self.after = False
        self.changes: list[str] = []
        self.token = front.authority._made(next(iter(front.authority.principals.values())), "arm", 4e9)
        front.authority._tokens[self.token] = (next(iter(front.authority.principals)), 4e9, "arm")

    def url(self, _service: str, _location: str = "") -> str:
        return HOST

    def send(self, _service: str, request: Any) -> Reply:
        changing = request.method not in READS
        if changing:
            self.changes.append(f"{request.method} {urlsplit(request.url).path}")
        dead = changing and len(self.changes) == self.fails
        if dead and not self.after:
            raise LineDead
        answer = self._front.answer(self._request(request))
        if dead:
            raise LineDead
        return Reply(answer.status, answer.headers, answer.body or b"")

    def _request(self, request: Any) -> Request:
        parts = urlsplit(request.url)
        headers = {name.lower(): text for name, text in request.headers.items()} | {"authorization": f"Bearer {self.token}"}
        headers["host"] = urlsplit(HOST).netloc
        body = request.content or b""
        body = body if isinstance(body, bytes) else str(body).encode()
        return Request(request.method, unquote(parts.path), parse_qs(parts.query, keep_blank_values=True), headers, body)


class World:
    """A subscription with one resource group. ``site`` builds in it, ``calls`` is what the steps get."""

    def __init__(self) -> None:
        self.store = Store(7)
        who = Principal(self.store.guid(), "secret", self.store.guid(), ["*"])
        authority = Authority(self.store.guid(), [who])
        self.directory = Directory()
        self.town = Town(self.store, self.directory, authority, datetime.now(UTC).replace(microsecond=0), [])
        (self.subscription,) = access.tenant(self.town, ("test",))
        self.site = Site(self.town, self.subscription, "rg", "westeurope", "test", "payments")
        self.store.put(self.site.root, {"location": "westeurope", "tags": {}, "properties": {"provisioningState": "Succeeded"}})
        self.site.put("Microsoft.OperationalInsights/workspaces/logs", {"retentionInDays": 30})
        self.front = Front(self.store, authority, self.directory, 7)
        self.wire = Wire(self.front)
        self.clock = StillClock()
        self.calls = ArmCalls(self.wire, self.clock)

    def record(self, path: str) -> Record | None:
        """What is at a path of the resource group (``Microsoft.Compute/disks/d``), once all is settled."""
        self.store.settle()
        return self.store.get(self.site.id(path))

    def properties(self, path: str) -> dict[str, Any]:
        found = self.record(path)
        return found.properties if found else {}


class Case(msgspec.Struct, kw_only=True):
    """A resource in a world, the change to try on it, and a way of looking at it that is not the code under test.

    ``see`` gives neutral facts; those of ``after`` (``gone`` for a deletion) must come true, all must be as before after undo.
    ``undone`` are facts that undo rightly leaves different.
    """

    kind: str
    native_id: str
    before: dict[str, Any]
    after: dict[str, Any] | None
    see: Callable[[], dict[str, Any]]
    wanted: dict[str, Any] | None = None  # what to see after, where that is not ``after``
    undone: dict[str, Any] = {}
    region: str = "westeurope"

    @property
    def goal(self) -> dict[str, Any]:
        if self.wanted is not None:
            return self.wanted
        return {"gone": True} if self.after is None else self.after

    def change(self, account: str) -> Change:
        return change_of(resource_id("azure", account, self.region, self.kind, self.native_id), self.before, self.after)


class Saga(Doing):
    """The steps of a case."""

    FAILURE = LineDead

    def __init__(self, world: World, case: Case) -> None:
        self.world = world
        super().__init__(steps(world.calls, case.change(world.subscription), world.clock.sleep))
