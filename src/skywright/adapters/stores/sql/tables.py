"""The tables, and the steps from one version of them to the next.

A row keeps its noun whole in ``body`` (canonical JSON) beside the few columns that are searched by, so that a new field of a
noun needs no migration.
"""

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA = MetaData()

# SQLite numbers rows by itself only for INTEGER PRIMARY KEY; PostgreSQL gets the wide type.
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")

SCHEMA = Table("schema_version", METADATA, Column("version", Integer, primary_key=True))

SNAPSHOT = Table(
    "snapshot",
    METADATA,
    Column("id", String(200), primary_key=True),
    Column("taken_at", DateTime, nullable=False, index=True),
    Column("body", Text, nullable=False),
)

PLAN = Table("plan", METADATA, Column("hash", String(80), primary_key=True), Column("body", Text, nullable=False))

RUN = Table(
    "run",
    METADATA,
    Column("id", String(200), primary_key=True),
    Column("started_at", DateTime, nullable=False, index=True),
    Column("body", Text, nullable=False),
)

STEP = Table(
    "step",
    METADATA,
    Column("number", _SERIAL, primary_key=True, autoincrement=True),
    Column("run", String(200), nullable=False),
    Column("change", String(200), nullable=False),
    Column("position", Integer, nullable=False),
    Column("undo", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("run", "change", "position", "undo"),
)

CLAIM = Table(
    "claim",
    METADATA,
    Column("target", String(2000), primary_key=True),
    Column("run", String(200), nullable=False, index=True),
    Column("until", DateTime, nullable=False),
)

COMMAND = Table("command", METADATA, Column("run", String(200), primary_key=True), Column("word", String(20), nullable=False))

LOG = Table(
    "log",
    METADATA,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("hash", String(80), nullable=False),
)

CHECKPOINT = Table(
    "checkpoint",
    METADATA,
    Column("number", _SERIAL, primary_key=True, autoincrement=True),
    Column("seq", BigInteger, nullable=False),
    Column("entry_hash", String(80), nullable=False),
    Column("signature", Text, nullable=False),
    Column("at", DateTime, nullable=False),
    Index("checkpoint_seq", "seq"),
)

WAIVER = Table(
    "waiver",
    METADATA,
    Column("id", String(200), primary_key=True),
    Column("created_at", DateTime, nullable=False),
    Column("body", Text, nullable=False),
)

FACT = Table("fact", METADATA, Column("key", String(200), primary_key=True), Column("value", Text, nullable=False))

EXECUTOR = Table(
    "executor",
    METADATA,
    Column("id", String(80), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("role", String(20), nullable=False),
    Column("started_at", DateTime, nullable=False),
    Column("heartbeat", DateTime, nullable=False),
    Column("expires", DateTime, nullable=False),
    Column("backend", Integer),  # the server's process behind the connection that renews the lease
    Column("backend_start", DateTime),
    Column("buried", Boolean, nullable=False),
)
"""Who is alive, by the database's own clock (UTC)."""

LEADER = Table(
    "leader",
    METADATA,
    Column("duty", String(80), primary_key=True),
    Column("executor", String(80), nullable=False),
)
"""Which executor has a duty that only one may have."""

BUDGET = Table(
    "budget",
    METADATA,
    Column("bucket", String(500), primary_key=True),
    Column("rate", Float, nullable=False),
    Column("tokens", Float, nullable=False),
    Column("at", Float, nullable=False),
    Column("throttled_at", Float, nullable=False),
    Column("refused", Integer, nullable=False),
)
"""Calls a second that all workers together may make, as token buckets. Times are epoch seconds of the database's clock."""

_SECOND = (EXECUTOR, LEADER, BUDGET)


def _first(connection: Connection) -> None:
    METADATA.create_all(connection, tables=[table for table in METADATA.sorted_tables if table not in _SECOND])
    if connection.dialect.name == "sqlite":
        for table in ("log", "checkpoint"):
            for verb in ("update", "delete"):
                connection.execute(text(_refusal(table, verb)))


def _refusal(table: str, verb: str) -> str:
    """A second lock on the log beside its chain: ours is the only program that would ask, and it never does."""
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    )


def _workers(connection: Connection) -> None:
    METADATA.create_all(connection, tables=_SECOND)
    if connection.dialect.name == "postgresql":
        for statement in _POSTGRESQL_REFUSALS:
            connection.execute(text(statement))


_POSTGRESQL_REFUSALS = (
    """CREATE FUNCTION skywright_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$""",
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION skywright_append_only()"
        for table in ("log", "checkpoint")
    ),
)

MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_first, _workers)
"""Migration number n brings a database from version n to n + 1. Append; never change one that was released."""
