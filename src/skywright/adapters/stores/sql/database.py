"""One SQL database: opened late, brought up to date, used in short transactions, its faults told in whole sentences."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from skywright.adapters.stores.sql.tables import MIGRATIONS, SCHEMA
from skywright.model.errors import AskHuman, SkywrightError, TryAgain

BUSY_TIMEOUT_S = 30.0
_WAL_PAUSE_S = 0.02


class Database:
    """An engine that is made when first used. Safe from many threads; on SQLite also from many processes."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads."""
        with self._transaction(writing=False) as connection:
            yield connection

    @contextmanager
    def writing(self, alone: Table | None = None) -> Iterator[Connection]:
        """A transaction that writes. What it reads of the table ``alone`` no other writer changes meanwhile: SQLite takes its one
        write lock at once, PostgreSQL locks that table."""
        with self._transaction(writing=True) as connection:
            if alone is not None and connection.dialect.name == "postgresql":
                connection.execute(text(f"LOCK TABLE {alone.name} IN SHARE ROW EXCLUSIVE MODE"))
            yield connection

    def put(self, connection: Connection, table: Table, values: dict[str, Any], *, replace: bool) -> None:
        """Insert a row; where its primary key (or unique constraint) is taken, replace the row or leave it as it is."""
        statement = _insert(connection)(table).values(values)
        if replace:
            keys = [column.name for column in table.primary_key]
            rest = {name: statement.excluded[name] for name in values if name not in keys}
            statement = statement.on_conflict_do_update(index_elements=keys, set_=rest)
        else:
            statement = statement.on_conflict_do_nothing()
        connection.execute(statement)

    def close(self) -> None:
        """Let go of every connection."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    @contextmanager
    def _transaction(self, *, writing: bool) -> Iterator[Connection]:
        try:
            with self._ready().connect() as connection, connection.execution_options(skywright_writing=writing).begin():
                yield connection
        except DBAPIError as error:
            raise _translated(error, self.url.render_as_string(hide_password=True)) from error

    def _ready(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = _opened(self.url)
                _migrate(self._engine)
            return self._engine


def _insert(connection: Connection) -> Any:
    """Both dialects speak ON CONFLICT, in classes of their own."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_postgresql

        return insert_postgresql
    from sqlalchemy.dialects.sqlite import insert as insert_sqlite

    return insert_sqlite


def _opened(url: Any) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _sqlite_connect)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connect(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late and is never IMMEDIATE; ours is in _sqlite_begin.
    connection.isolation_level = None
    # Bytes that are no text are shown, not refused: the log's check must be able to name a line that was overwritten.
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    _use_wal(connection)
    # FULL: what the log's head file says must not be lost from the database in a power cut.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _use_wal(connection: Any) -> None:
    """Turn the write-ahead log on. SQLite does not wait for a lock when several processes turn it on at once, so we do."""
    for _ in range(int(BUSY_TIMEOUT_S / _WAL_PAUSE_S)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(_WAL_PAUSE_S)
        else:
            return


def _sqlite_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("skywright_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _migrate(engine: Engine) -> None:
    with engine.connect() as connection:
        if _version(connection) == len(MIGRATIONS):
            return
    with engine.connect() as connection, connection.execution_options(skywright_writing=True).begin():
        version = _version(connection)  # again, under the lock: another process may have been quicker
        if version > len(MIGRATIONS):
            raise AskHuman(
                f"The control data is of version {version}; this Skywright knows versions up to {len(MIGRATIONS)}.",
                next_step="Use the newer Skywright that wrote it, or another data folder (--data).",
            )
        for migration in MIGRATIONS[version:]:
            migration(connection)
        connection.execute(SCHEMA.delete())
        connection.execute(SCHEMA.insert().values(version=len(MIGRATIONS)))


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table(SCHEMA.name):
        return 0
    return connection.execute(select(SCHEMA.c.version)).scalar() or 0


# what the driver says -> (what we say, what now)
_FAULTS: tuple[tuple[str, str, str], ...] = (
    ("disk is full", "The disk is full: {url} could not be written.", "Free some space and run the command again."),
    ("disk i/o error", "The disk refused to read or write {url}.", "Check the disk and its free space, then try again."),
    ("readonly database", "{url} is read-only.", "Give this user the right to write there, or use another folder (--data)."),
    ("unable to open", "{url} could not be opened.", "Check that the folder exists and that this user may write in it."),
    ("not a database", "{url} is not a Skywright database.", "Move the file away, or use another folder (--data)."),
    ("malformed", "{url} is damaged.", "Restore it from a copy; `sqlite3 FILE .recover` may save what is left."),
    ("append-only", "The audit log is append-only: {url} refused to change it.", "Nothing was changed."),
)


def _translated(error: DBAPIError, url: str) -> SkywrightError:
    said = str(error.orig)
    if "locked" in said:
        return TryAgain(f"{url} was held by another process for {BUSY_TIMEOUT_S:.0f} s.", next_step="Try again when it is done.")
    for sign, message, next_step in _FAULTS:
        if sign in said.lower():
            return AskHuman(message.format(url=url), next_step=next_step)
    return AskHuman(f"The database {url} answered: {said}", next_step="Mend the database, then run the command again.")
