"""What every test of an action needs: a Google Cloud in this process, calls into it, calls that fail on order, worlds to act in."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
from tests.adapters.clouds.acting import Doing, Nth, change_of

from skywright.adapters.clouds.gcp.calls import GcpCalls
from skywright.adapters.clouds.gcp.documents import Method, documented
from skywright.adapters.clouds.gcp.session import Reply
from skywright.adapters.clouds.gcp.write import steps
from skywright.lab.gcp.front import Front
from skywright.lab.gcp.seed import build
from skywright.lab.gcp.world import World
from skywright.lab.kit import Request
from skywright.model.kinds import resource_id
from skywright.model.plan import Change

PROJECT = "lab-production"
REGION = "europe-west1"
NOW = datetime(2026, 3, 1, 12)
VOLATILE = {
    "creationTimestamp",
    "etag",
    "fingerprint",
    "labelFingerprint",
    "lastStartTimestamp",
    "lastStopTimestamp",
    "metageneration",
    "nextRotationTime",
    "settingsVersion",
    "updateTime",
    "updated",
}
"""What changes with every change, and with the way back as well."""

READS = ("get", "list", "aggregatedList", "getIamPolicy", "testIamPermissions", "search")


class StillClock:
    """Time that never passes; sleeping is free."""

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        """Nothing."""


class Wire:
    """A session without a wire: requests go straight to the stand-in's front."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def url(self, service: str, method: Method, params: Mapping[str, Any]) -> str:
        return method.url(params, f"http://lab/{service}/{documented(service).path}")

    def send(self, method: str, url: str, body: Any = None) -> Reply:
        parts = urlsplit(url)
        headers = {"authorization": f"Bearer {self._front.token}"}
        data = b"" if body is None else msgspec.json.encode(body)
        query = parse_qs(parts.query, keep_blank_values=True)
        answer = self._front.answer(Request(method, unquote(parts.path), query, headers, data))
        return Reply(answer.status, {}, answer.body)


@cache
def _default() -> World:
    world = World(NOW, 1)
    build(world, "default")
    return world


class Place:
    """A fresh copy of the default estate. ``calls`` is what the steps get; ``seen`` tells what differs from the beginning."""

    def __init__(self) -> None:
        self.world = World(NOW, 1)
        self.world.operations.steps = 7  # who only looks twice does not see the end of anything
        store, seeded = self.world.store, _default().store
        store._rooms = {room: dict(held) for room, held in seeded._rooms.items()}
        store.hidden = {key: dict(value) for key, value in seeded.hidden.items()}
        store.policies = dict(seeded.policies)
        self.clock = StillClock()
        self.calls = GcpCalls(Wire(Front(self.world)), self.clock)  # type: ignore[arg-type] # as much of a session as calls use
        self.begin()

    def begin(self) -> None:
        """From here on ``seen`` compares with what is now."""
        self._rows = dict(self.world.store.everything())
        self._policies = dict(self.world.store.policies)

    def edit(self, key: str, **fields: Any) -> None:
        """Prepare a resource for a case."""
        from skywright.lab.gcp.filling import remark

        resource = {**(self.world.store.get(key) or {}), **fields}
        remark(resource, key.partition("/")[0], key.split("/")[-2])
        self.world.store.put(key, resource)

    def get(self, key: str) -> dict[str, Any]:
        """A resource as it is."""
        self.world.operations.settle()
        return self.world.store.get(key) or {}

    def seen(self) -> dict[str, Any]:
        """Key -> what is there now (None: gone), of all that is not as it was in the beginning."""
        self.world.operations.settle()
        now = dict(self.world.store.everything())
        found: dict[str, Any] = {}
        for key in sorted({*now, *self._rows}):
            old, new = self._rows.get(key), now.get(key)
            if old != new and "/operations/" not in key and _plain(old) != _plain(new):
                found[key] = _plain(new)
        for key in sorted({*self.world.store.policies, *self._policies}):
            if (new := _grants(self.world.store.policies.get(key))) != _grants(self._policies.get(key)):
                found[f"{key} policy"] = new
        return found


def _plain(raw: bytes | None) -> Any:
    return None if raw is None else _stripped(msgspec.json.decode(raw))


def _stripped(value: Any) -> Any:
    match value:
        case dict():
            stripped = {key: _stripped(item) for key, item in value.items() if key not in VOLATILE}
            return {key: item for key, item in stripped.items() if item not in (None, "", [], {}, False)}
        case list():
            return sorted((_stripped(item) for item in value), key=repr)
        case _:
            return value


def _grants(policy: Any) -> list[tuple[str, str, str]]:
    bindings = (policy or {}).get("bindings", [])
    return sorted((one["role"], member, repr(one.get("condition"))) for one in bindings for member in one["members"])


class Case(msgspec.Struct, kw_only=True):
    """A resource, the change to try on it, and what must then be so (``done``, of the resource under ``key``).

    ``undone``: keys that undo rightly leaves different, with a text that tells the difference.
    """

    kind: str
    native_id: str
    key: str
    before: dict[str, Any]
    after: dict[str, Any] | None
    done: Callable[[dict[str, Any]], bool]
    region: str = REGION
    undone: tuple[str, ...] = ()

    def came_about(self, raw: dict[str, Any]) -> bool:
        """Is it as wanted? What is not there to be looked at is not."""
        try:
            return bool(self.done(raw))
        except (KeyError, TypeError):
            return False

    def change(self) -> Change:
        return change_of(resource_id("gcp", PROJECT, self.region, self.kind, self.native_id), self.before, self.after)


class Failing(Nth):
    """Calls of which the ``nth`` that changes something fails."""

    def __init__(self, inner: GcpCalls, nth: int = 0, *, after: bool = False) -> None:
        super().__init__(nth, after=after)
        self._inner = inner

    def call(self, project: str, name: str, /, **more: Any) -> dict[str, Any]:
        if name.rpartition(".")[2] in READS:
            return self._inner.call(project, name, **more)
        return self.make(name, lambda: self._inner.call(project, name, **more))

    def pages(self, project: str, name: str, items_key: str, /, **more: Any) -> Iterator[Any]:
        return self._inner.pages(project, name, items_key, **more)

    def operation(self, project: str, service: str, answer: dict[str, Any], /, within_s: float = 900.0) -> dict[str, Any]:
        return self._inner.operation(project, service, answer, within_s=within_s)


class Saga(Doing):
    """The steps of a case."""

    def __init__(self, case: Case, place: Place, calls: Any = None) -> None:
        super().__init__(steps(calls or place.calls, case.change(), place.clock.sleep))
