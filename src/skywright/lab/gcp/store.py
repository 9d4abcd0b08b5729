"""What exists: resources by their path, as the bytes in which they are answered; policies; and facts that no answer shows."""

import hashlib
import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec


class Store:
    """Resources by ``service/path`` (``compute/projects/p/zones/z/disks/d``). A resource that is taken out is a copy.

    ``now`` is when the estate was made (naive UTC). ``hidden`` are facts of a resource that no answer shows (how busy it is);
    ``policies`` are IAM policies.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.hidden: dict[str, dict[str, Any]] = {}
        self.policies: dict[str, dict[str, Any]] = {}
        self.version = 0  # grows with every change
        self._rooms: dict[str, dict[str, bytes]] = {}
        self._ids = itertools.count(4_000_000_000_000_001, 7919)

    def next_id(self) -> str:
        """A number that was not given before."""
        return str(next(self._ids))

    def stamp(self) -> str:
        """The time of day, as Google spells it."""
        return spelled(datetime.now(UTC))

    def put(self, key: str, resource: dict[str, Any]) -> None:
        """Keep a resource."""
        self.version += 1
        room, _, name = key.rpartition("/")
        self._rooms.setdefault(room, {})[name] = msgspec.json.encode(resource)

    def get(self, key: str) -> dict[str, Any] | None:
        """A copy of a resource, or None."""
        raw = self.raw(key)
        return None if raw is None else dict(msgspec.json.decode(raw))

    def raw(self, key: str) -> bytes | None:
        """A resource as it is answered, or None."""
        room, _, name = key.rpartition("/")
        return self._rooms.get(room, {}).get(name)

    def drop(self, key: str) -> None:
        """Forget a resource, and what belongs to it alone."""
        self.version += 1
        room, _, name = key.rpartition("/")
        self._rooms.get(room, {}).pop(name, None)
        self.hidden.pop(key, None)
        self.policies.pop(key, None)
        for below in [other for other in self._rooms if other.startswith(f"{key}/")]:
            del self._rooms[below]

    def room(self, collection: str) -> dict[str, bytes]:
        """The resources of one collection by name. ``-`` in the path stands for any."""
        if "/-/" not in f"{collection}/":
            return self._rooms.get(collection, {})
        found: dict[str, bytes] = {}
        for room in self.rooms(collection.replace("/-/", "/[^/]+/")):
            found.update({f"{room}/{name}": raw for name, raw in self._rooms[room].items()})
        return found

    def rooms(self, pattern: str) -> list[str]:
        """The collections whose path is like a regular expression, in order."""
        shape = re.compile(pattern)
        return sorted(room for room, held in self._rooms.items() if held and shape.fullmatch(room))

    def find(self, key: str) -> str:
        """The key that is meant by one with ``-`` for a part that nobody needs to say; the same when there is none."""
        if "/-/" not in key:
            return key
        room, _, name = key.rpartition("/")
        rooms = self.rooms(room.replace("/-/", "/[^/]+/"))
        return next((f"{each}/{name}" for each in rooms if name in self._rooms[each]), key)

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """Every resource with its key."""
        for room, held in self._rooms.items():
            for name, raw in held.items():
                yield f"{room}/{name}", raw

    def count(self) -> int:
        """How many resources there are."""
        return sum(map(len, self._rooms.values()))


def spelled(when: datetime) -> str:
    """A time in UTC with milliseconds: ``2026-03-01T12:00:00.000Z``."""
    return (
        when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if when.tzinfo else when.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    )


def mark(value: Any) -> str:
    """A fingerprint: eleven characters and ``=``, another for other content."""
    digest = hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()
    return digest[:11] + "="
