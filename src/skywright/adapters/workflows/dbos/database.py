"""Where DBOS keeps its tables: a SQLite file of its own, or the schema ``dbos`` of the store's PostgreSQL database."""

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer

APPLICATION = "skywright"
BODIES_VERSION = "1"
"""Raise it when a registered body takes other steps than before: an unfinished run must not be replayed by other code."""

POLL_S = 0.1  # DBOS's own 1 s would make every start and end of a process wait
WRAPPER = "run"
HELD = "held"
"""A queue that nobody serves: what stopped with an error waits there for a person."""

_POOL = 20
_IDLE_TRANSACTION_S = 5.0
"""A process that was stopped in the middle of a transaction keeps others waiting at its locks for no longer."""


def address(place: Path | str) -> str:
    """A SQLite file, or the address of a database, as DBOS wants it."""
    return f"sqlite:///{place.absolute()}" if isinstance(place, Path) else place


def prepare(place: Path | str) -> None:
    """Make the tables, or bring them up to date. One process at a time."""
    quieten()
    DBOS.migrate(address(place))
    if isinstance(place, Path):
        _use_wal(place)


@contextmanager
def client_of(place: Path | str) -> Iterator[DBOSClient]:
    """A client that asks and looks, and runs nothing."""
    quieten()
    client = DBOSClient(system_database_url=address(place), application_name=APPLICATION, serializer=DBOSPortableJSONSerializer())
    try:
        yield client
    finally:
        client.destroy()


def announce(place: Path | str, queues: Mapping[str, int | None]) -> None:
    """Make queues known before DBOS starts: it looks for new ones but once a second. The number: how many pieces of it one
    process does at a time."""
    with client_of(place) as client:
        for name, at_once in queues.items():
            client.register_queue(name, polling_interval_sec=POLL_S, worker_concurrency=at_once)


def config(place: Path | str, executor: str) -> dict[str, Any]:
    """DBOS's configuration of this process."""
    return {
        "name": APPLICATION,
        "system_database_url": address(place),
        "application_version": BODIES_VERSION,
        "executor_id": executor,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "CRITICAL",
        "enable_otlp": False,
        "run_migrations": False,
        "sys_db_pool_size": _POOL,
        "sys_db_idle_transaction_timeout_sec": _IDLE_TRANSACTION_S,
        "notification_listener_polling_interval_sec": POLL_S,
    }


def quieten() -> None:
    """DBOS writes its log to the console unless its logger has a handler; what matters reaches the user through our own mouth."""
    logger = logging.getLogger("dbos")
    logger.handlers[:] = [logging.NullHandler()]
    logger.propagate = False


def _use_wal(path: Path) -> None:
    """The write-ahead log stays on in the file from then on: one disk write a step in the place of four."""
    connection = sqlite3.connect(path, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
