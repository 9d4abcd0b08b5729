"""What there is: records by id, operations under way, and the counters behind ETags. One lock around it all."""

import copy
import random
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from skywright.lab.azure.paths import SUBSCRIPTION, parsed
from skywright.lab.azure.refused import Refused, bad, conflict
from skywright.lab.azure.types import TYPES

POLLS = 2
"""How often an operation under way is looked at before it is done."""


class Record(msgspec.Struct):
    """One resource: what is shown of it (``body``), and what is not: its version, its power state, how busy it is."""

    key: str
    type: str
    body: dict[str, Any]
    version: int = 1
    power: str = ""
    load: str = "busy"
    hidden: dict[str, Any] = {}  # a fresh one for each

    @property
    def etag(self) -> str:
        """Its version as an ETag."""
        return f'W/"{uuid.uuid5(uuid.NAMESPACE_URL, f"{self.key}#{self.version}")}"'

    @property
    def properties(self) -> dict[str, Any]:
        """Its properties, to be changed in place."""
        found: dict[str, Any] = self.body.setdefault("properties", {})
        return found


class Operation(msgspec.Struct):
    """Something that goes on with a resource. ``finish`` is its effect; ``error`` is how it will fail."""

    id: str
    target: str
    left: int
    finish: Callable[[], None]
    state: str = "InProgress"
    error: dict[str, Any] | None = None
    created: bool = False


class Store:
    """All records, by key, and by type for lists. ``seed`` decides every made-up value."""

    def __init__(self, seed: int) -> None:
        self.lock = threading.RLock()
        self.chance = random.Random(seed)  # noqa: S311 - a made-up world
        self.records: dict[str, Record] = {}
        self.operations: dict[str, Operation] = {}
        self.polls = POLLS
        self.failing: dict[str, dict[str, Any]] = {}  # part of an id -> the error that its next operation ends with
        self.dirty = True  # what points at what must be looked at again
        self.version = 0  # rises with every change
        self._by_type: dict[str, dict[str, Record]] = defaultdict(dict)
        self._under_way: dict[str, str] = {}

    def guid(self) -> str:
        """A made-up GUID, the same for the same seed."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def get(self, key: str) -> Record | None:
        """A record by its id."""
        return self.records.get(key.lower())

    def of_type(self, kind: str) -> list[Record]:
        """All records of a (lower-case) type."""
        return list(self._by_type[kind].values())

    def all(self) -> Iterator[Record]:
        """All records."""
        return iter(list(self.records.values()))

    def put(self, identifier: str, body: dict[str, Any], **more: Any) -> Record:
        """Keep a resource; its id, name and type follow from ``identifier``."""
        path = parsed(identifier)
        shown = TYPES[path.type].name if path.type in TYPES else path.type
        whole = {"id": path.raw, "name": path.name, "type": shown, **copy.deepcopy(body)}
        if path.type == SUBSCRIPTION:
            del whole["name"], whole["type"]
        record = Record(key=path.key, type=path.type, body=whole, **more)
        self.records[path.key] = record
        self._by_type[path.type][path.key] = record
        self._changed()
        return record

    def remove(self, key: str) -> None:
        """Take a resource away, with all that is in it."""
        for each in [found for found in self.records if found == key or found.startswith(key + "/")]:
            record = self.records.pop(each)
            self._by_type[record.type].pop(each, None)
        self._changed()

    def touch(self, record: Record) -> None:
        """It has changed, and so has what it is a part of."""
        record.version += 1
        self._changed()
        if (parent := parsed(record.body["id"]).parent) and (holder := self.get(parent)):
            holder.version += 1

    def _changed(self) -> None:
        self.dirty = True
        self.version += 1

    # -- operations ----------------------------------------------------------------------------------------------------------

    def free(self, key: str) -> None:
        """Raises Refused while another operation goes on with this resource; the asking itself moves it on."""
        name = self._under_way.get(key)
        if name is None:
            return
        self.step(self.operations[name])
        raise conflict(
            "AnotherOperationInProgress",
            f"Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: {name}.",
        )

    def begin(self, key: str, finish: Callable[[], None], *, created: bool = False) -> Operation:
        """Something begins; ``finish`` happens after some looks."""
        error = next((self.failing.pop(part) for part in list(self.failing) if part.lower() in key), None)
        operation = Operation(id=str(uuid.uuid4()), target=key, left=self.polls, finish=finish, error=error, created=created)
        self.operations[operation.id] = operation
        self._under_way[key] = operation.id
        return operation

    def look(self, key: str) -> None:
        """Somebody looks at a resource: what goes on there moves on."""
        if name := self._under_way.get(key):
            self.step(self.operations[name])

    def step(self, operation: Operation) -> None:
        """One look nearer to its end."""
        if operation.state != "InProgress":
            return
        if operation.left > 0:
            operation.left -= 1
            return
        self._under_way.pop(operation.target, None)
        operation.state = "Failed" if operation.error else "Succeeded"
        if operation.error is None:
            operation.finish()
        elif record := self.get(operation.target):
            record.properties["provisioningState"] = "Failed"
        self._changed()

    def settle(self) -> None:
        """End all that goes on."""
        for operation in list(self.operations.values()):
            while operation.state == "InProgress":
                self.step(operation)


def matched(record: Record | None, if_match: str, if_none_match: str) -> None:
    """Raises Refused (412) where the ETag that the caller knows is not the one that is there."""
    known = if_match not in ("", "*") and (record is None or if_match.strip() != record.etag)
    if known or (if_match == "*" and record is None) or (if_none_match == "*" and record is not None):
        raise Refused(412, "PreconditionFailed", "The condition specified using HTTP conditional header(s) is not met.")


def whole_number(text: str, name: str) -> int:
    """A number of a query. Raises Refused."""
    if not text.isascii() or not text.isdigit():
        raise bad("InvalidQueryParameterValue", f"The value '{text}' of the query parameter '{name}' is not a number.")
    return int(text)
