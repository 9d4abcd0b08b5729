"""A small world in a SQLite file: resources as JSON, and a line for every effect that anything had on it."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from skywright.model.kinds import KIND_BY_NAME, Resource, parse_id


class World:
    """Resources by id. Without a path it lives in memory. Every change is on disk when the call returns, and kill -9 does not
    undo it; calls from many threads take turns."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(str(path) if path else ":memory:", isolation_level=None, check_same_thread=False, timeout=30)
        self._db.execute("PRAGMA synchronous = OFF")  # the process may be killed, the machine need not be
        self._db.execute("CREATE TABLE IF NOT EXISTS resource (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
        self._db.execute("CREATE TABLE IF NOT EXISTS effect (number INTEGER PRIMARY KEY, what TEXT NOT NULL, target TEXT NOT NULL)")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def put(self, resource: Resource) -> None:
        """Place a resource without counting an effect: how a world is furnished."""
        self._write(resource.id, msgspec.to_builtins(resource, str_keys=True))

    def get(self, identifier: str) -> Resource | None:
        """A resource, or None when there is none."""
        plain = self.plain(identifier)
        return None if plain is None else msgspec.convert(plain, KIND_BY_NAME[parse_id(identifier).kind], str_keys=True)

    def plain(self, identifier: str) -> dict[str, Any] | None:
        """A resource's columns as JSON values."""
        with self._lock:
            row = self._db.execute("SELECT body FROM resource WHERE id = ?", (identifier,)).fetchone()
        plain: dict[str, Any] | None = msgspec.json.decode(row[0]) if row else None
        return plain

    def all(self) -> list[Resource]:
        """Every resource, by id."""
        with self._lock:
            names = [row[0] for row in self._db.execute("SELECT id FROM resource ORDER BY id")]
        return [found for name in names if (found := self.get(name)) is not None]

    def change(self, what: str, target: str, columns: dict[str, Any] | None) -> None:
        """One effect: columns laid over the resource (made if it is not there), or None: it goes. Counted, all or nothing."""
        with self.alone():
            if columns is None:
                self._db.execute("DELETE FROM resource WHERE id = ?", (target,))
            else:
                self._write(target, {**(self.plain(target) or {}), **columns})
            self._db.execute("INSERT INTO effect (what, target) VALUES (?, ?)", (what, target))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One call of the cloud: what it looks at does not change before what it does, whoever else calls."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def effects(self) -> list[tuple[str, str]]:
        """(what, target) of every effect, in order."""
        with self._lock:
            return list(self._db.execute("SELECT what, target FROM effect ORDER BY number"))

    def _write(self, identifier: str, plain: dict[str, Any]) -> None:
        body = msgspec.json.encode(plain).decode()
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO resource VALUES (?, ?)", (identifier, body))
