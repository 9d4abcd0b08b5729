"""Manifests of snapshots in SQL."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select

from skywright.adapters.stores.sql.database import Database
from skywright.adapters.stores.sql.rows import beginning, encoded
from skywright.adapters.stores.sql.tables import SNAPSHOT
from skywright.model.estate import Snapshot


class SqlSnapshots:
    """ports.store.Snapshots over one table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, snapshot: Snapshot) -> None:
        """Keep a manifest. Adding the same id again changes nothing."""
        row = {"id": snapshot.id, "taken_at": snapshot.taken_at, "body": encoded(snapshot)}
        with self._database.writing() as connection:
            self._database.put(connection, SNAPSHOT, row, replace=False)

    def latest(self, at: datetime | None = None) -> Snapshot | None:
        """The newest one, or the newest not after ``at``."""
        query = select(SNAPSHOT.c.body).order_by(SNAPSHOT.c.taken_at.desc(), SNAPSHOT.c.id.desc()).limit(1)
        if at is not None:
            query = query.where(SNAPSHOT.c.taken_at <= at)
        with self._database.reading() as connection:
            body = connection.execute(query).scalar()
        return None if body is None else msgspec.json.decode(body, type=Snapshot)

    def get(self, identifier: str) -> Snapshot | None:
        """By id, or by an unambiguous beginning of it."""
        with self._database.reading() as connection:
            body = beginning(connection, SNAPSHOT, identifier, "snapshot")
        return None if body is None else msgspec.json.decode(body, type=Snapshot)

    def all(self) -> Sequence[Snapshot]:
        """Oldest first."""
        with self._database.reading() as connection:
            bodies = connection.execute(select(SNAPSHOT.c.body).order_by(SNAPSHOT.c.taken_at, SNAPSHOT.c.id)).scalars()
            return [msgspec.json.decode(body, type=Snapshot) for body in bodies]

    def drop(self, identifiers: Sequence[str]) -> None:
        """Forget manifests."""
        with self._database.writing() as connection:
            for identifier in identifiers:
                connection.execute(SNAPSHOT.delete().where(SNAPSHOT.c.id == identifier))
