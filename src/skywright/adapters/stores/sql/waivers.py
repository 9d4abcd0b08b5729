"""Exceptions to findings, and small named values, in SQL."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from skywright.adapters.stores.sql.database import Database
from skywright.adapters.stores.sql.rows import encoded
from skywright.adapters.stores.sql.tables import FACT, WAIVER
from skywright.model.finding import Waiver


class SqlWaivers:
    """ports.store.Waivers over one table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, waiver: Waiver) -> None:
        """Keep one; the same id again replaces it."""
        row = {"id": waiver.id, "created_at": waiver.created_at, "body": encoded(waiver)}
        with self._database.writing() as connection:
            self._database.put(connection, WAIVER, row, replace=True)

    def remove(self, identifier: str) -> bool:
        """Forget one; False when there was none."""
        with self._database.writing() as connection:
            return connection.execute(WAIVER.delete().where(WAIVER.c.id == identifier)).rowcount > 0

    def all(self) -> Sequence[Waiver]:
        """Oldest first."""
        with self._database.reading() as connection:
            bodies = connection.execute(select(WAIVER.c.body).order_by(WAIVER.c.created_at, WAIVER.c.id)).scalars()
            return [msgspec.json.decode(body, type=Waiver) for body in bodies]


class SqlFacts:
    """ports.store.Facts over one table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        """The value, or None."""
        with self._database.reading() as connection:
            return connection.execute(select(FACT.c.value).where(FACT.c.key == key)).scalar()

    def put(self, key: str, value: str) -> None:
        """Insert or replace."""
        with self._database.writing() as connection:
            self._database.put(connection, FACT, {"key": key, "value": value}, replace=True)
