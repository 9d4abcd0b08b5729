"""One SQL database: opened late, brought up to date, used in short transactions, its faults told in whole sentences."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from skywright.adapters.stores.sql.tables import MIGRATIONS, SCHEMA
from skywright.model.errors import AskHuman, BadInput, SkywrightError, StoreAway, TryAgain

BUSY_TIMEOUT_S = 30.0
CONNECT_TIMEOUT_S = 10
IDLE_TRANSACTION_S = 5
"""How long a stopped process may keep others waiting at a lock before the server ends its session."""

_WAL_PAUSE_S = 0.02
_MIGRATING = 0x5C1_57A7E  # a number of our own for PostgreSQL's advisory locks

Fence = Callable[[Connection], None]


class Database:
    """An engine that is made when first used. Safe from many threads; on SQLite also from many processes."""

    def __init__(self, url: str) -> None:
        self.url = normal_url(url)
        self.fence: Fence | None = None
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    @property
    def shared(self) -> bool:
        """Whether other machines can reach it too."""
        return self.url.get_backend_name() == "postgresql"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads."""
        with self._transaction(writing=False) as connection:
            yield connection

    @contextmanager
    def writing(self, alone: Table | None = None) -> Iterator[Connection]:
        """A transaction that writes. What it reads of the table ``alone`` no other writer changes meanwhile: SQLite takes its one
        write lock at once, PostgreSQL locks that table. ``fence``, when set, is asked first in the same transaction: a process that
        was taken for dead writes nothing any more."""
        with self._transaction(writing=True) as connection:
            if self.fence is not None:
                self.fence(connection)
            if alone is not None and connection.dialect.name == "postgresql":
                connection.execute(text(f"LOCK TABLE {alone.name} IN SHARE ROW EXCLUSIVE MODE"))
            yield connection

    @contextmanager
    def plain(self, *, transaction: bool = False) -> Iterator[Connection]:
        """A connection without the fence: each statement by itself (committed at once), or one transaction."""
        try:
            with self._ready().connect() as connection:
                if transaction:
                    with connection.begin():
                        yield connection
                else:
                    yield connection.execution_options(isolation_level="AUTOCOMMIT")
        except DBAPIError as error:
            if _unreachable(error):
                raise _translated(error, self.url.render_as_string(hide_password=True)) from error
            raise

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


def normal_url(url: str) -> URL:
    """An address of a database as SQLAlchemy wants it: PostgreSQL through psycopg, whatever driver was named. Raises BadInput for
    what is none (its text is not repeated: there may be a password in it)."""
    try:
        made = make_url(url)
        backend = made.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise BadInput("is not the address of a database.", where="store", next_step=_EXAMPLE) from error
    if backend in ("postgresql", "postgres"):
        return made.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise BadInput(f"{backend} is not a database that Skywright can use.", where="store", next_step=_EXAMPLE)
    return made


_EXAMPLE = "Write postgresql://user@host/database, or leave it out for SQLite in the data folder."


def _opened(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return _opened_postgresql(url)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _sqlite_connect)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _opened_postgresql(url: URL) -> Engine:
    limits = f"-c idle_in_transaction_session_timeout={IDLE_TRANSACTION_S}s"
    options = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "skywright", "options": limits, **url.query}
    try:
        return create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=20, connect_args=options)
    except ModuleNotFoundError as error:
        raise AskHuman("A store on PostgreSQL needs the package psycopg.", next_step="Install skywright[postgresql].") from error


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
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATING})"))
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


# connection faults, the server going down or coming up, too many connections, a session ended because it stood still
_UNREACHABLE_STATES = ("08", "57P", "53300", "25P03")


def _unreachable(error: DBAPIError) -> bool:
    """Whether the server is away, and not displeased."""
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return str(state).startswith(_UNREACHABLE_STATES)
    return type(error.orig).__module__.startswith("psycopg") and type(error.orig).__name__ in _AWAY


_AWAY = ("OperationalError", "ConnectionTimeout", "AdminShutdown", "InterfaceError")


def _translated(error: DBAPIError, url: str) -> SkywrightError:
    said = str(error.orig)
    if _unreachable(error):
        first = said.strip().splitlines()[0] if said.strip() else "no answer"
        return StoreAway(
            f"The store {url} does not answer: {first}",
            next_step="Start the database, or mend the way to it; nothing is lost, and what was in hand is taken up again.",
        )
    if "locked" in said:
        return TryAgain(f"{url} was held by another process for {BUSY_TIMEOUT_S:.0f} s.", next_step="Try again when it is done.")
    for sign, message, next_step in _FAULTS:
        if sign in said.lower():
            return AskHuman(message.format(url=url), next_step=next_step)
    return AskHuman(f"The database {url} answered: {said}", next_step="Mend the database, then run the command again.")
