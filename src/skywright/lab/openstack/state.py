"""What the stand-in holds: collections of raw answers by service, and changes that take a while."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec

Raw = dict[str, Any]
SPACE = UUID("6f0b6c2e-5f3c-4f0f-9a37-5d2a3f1f0a10")
EPOCH = datetime(2026, 1, 5, 8, tzinfo=UTC)
CREDENTIALS = {"admin": "lab-admin-password", "demo": "lab-demo-password", "reader": "lab-reader-password"}
"""Users of the stand-in and their passwords. They open nothing but the stand-in."""


class Refusal(Exception):
    """An answer with an error status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class State:
    """Collections by name, each id -> item. One lock for all: a stand-in is small."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        self.lock = threading.RLock()
        self.things: dict[str, dict[str, Raw]] = {}
        self.tokens: dict[str, Raw] = {}
        self.lacks: set[str] = set()  # service types that the catalogue does not have
        self.slow_reads = 1  # how often a thing is shown unfinished before a change of it is complete
        self.page_max = 0  # 0: as many as asked for
        self.token_life = timedelta(hours=1)
        self._serial = 0

    def new_id(self, what: str = "") -> str:
        """A UUID that is the same for the same seed and order of making."""
        self._serial += 1
        return str(uuid5(SPACE, f"{self.seed} {what} {self._serial}"))

    def all(self, name: str) -> dict[str, Raw]:
        """A collection, made when needed."""
        return self.things.setdefault(name, {})

    def put(self, name: str, item: Raw) -> Raw:
        """Keep an item under its id."""
        self.all(name)[str(item["id"])] = item
        return item

    def get(self, name: str, identifier: str) -> Raw:
        """An item, with a change that has become complete applied. Raises Refusal 404."""
        item = self.all(name).get(identifier)
        if item is None:
            raise Refusal(404, f"{name} {identifier} could not be found.")
        self._settle(name, item)
        if item.get("_gone"):
            raise Refusal(404, f"{name} {identifier} could not be found.")
        return item

    def every(self, name: str) -> Iterator[Raw]:
        """All items of a collection, as ``get`` shows them, in the order of their making."""
        for item in list(self.all(name).values()):
            self._settle(name, item)
            if not item.get("_gone"):
                yield item

    def later(self, item: Raw, fields: Raw, then: Callable[[], object] | None = None) -> None:
        """Fields that an item will have after it has been looked at ``slow_reads`` times."""
        item["_later"] = [self.slow_reads, fields, then]

    def _settle(self, name: str, item: Raw) -> None:
        waiting = item.get("_later")
        if not waiting:
            return
        if waiting[0] > 0:
            waiting[0] -= 1
            return
        del item["_later"]
        item.update(waiting[1])
        if waiting[2]:
            waiting[2]()
        if item.get("_gone"):
            self.all(name).pop(str(item["id"]), None)


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request on its way to a service's function."""

    state: State
    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]
    project: str
    user: str
    roles: tuple[str, ...]
    micro: tuple[int, int] = (2, 1)
    base: str = ""

    @property
    def is_admin(self) -> bool:
        """May see and do everything."""
        return "admin" in self.roles

    def admins_only(self) -> None:
        """Refuse everybody else."""
        if not self.is_admin:
            raise Refusal(403, "Policy does not allow this to be performed.")

    def writes(self) -> None:
        """Refuse who may only read."""
        if not {"admin", "member"} & set(self.roles):
            raise Refusal(403, "Policy does not allow this to be performed.")

    def sees(self, item: Raw, owner: str = "project_id") -> bool:
        """Does the caller's project own it."""
        return self.is_admin or item.get(owner) == self.project

    def own(self, name: str, identifier: str, owner: str = "project_id") -> Raw:
        """An item that the caller may touch. Raises Refusal 404 for others' as for none."""
        item = self.state.get(name, identifier)
        if not self.sees(item, owner):
            raise Refusal(404, f"{name} {identifier} could not be found.")
        return item


def shown(item: Raw) -> Raw:
    """An item without our own fields."""
    return {key: value for key, value in item.items() if not key.startswith("_")}


def stamp(days: float = 0.0) -> str:
    """A time in ISO 8601, ``days`` after the stand-in's beginning."""
    return (EPOCH + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def paged(call: Call, items: list[Raw], key: str) -> Raw:
    """A page of items by ``limit`` and ``marker``, with the link to the next one."""
    names = [str(item["id"]) for item in items]
    marker = call.query.get("marker")
    if marker is not None and marker not in names:
        raise Refusal(400, f"marker [{marker}] not found")
    start = names.index(marker) + 1 if marker is not None else 0
    limit = int(call.query.get("limit") or 0) or len(items)
    if call.state.page_max:
        limit = min(limit, call.state.page_max)
    page = items[start : start + limit]
    body: Raw = {key: [shown(item) for item in page]}
    if start + limit < len(items) and page:
        query = "&".join(f"{name}={value}" for name, value in {**call.query, "marker": page[-1]["id"]}.items())
        body[f"{key}_links"] = [{"rel": "next", "href": f"http://elsewhere.invalid{call.path}?{query}"}]
    return body
