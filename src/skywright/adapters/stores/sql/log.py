"""The audit log in SQL: a line's body and hash, appended under the write lock."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Row, select

from skywright.adapters.stores.sql.database import Database
from skywright.adapters.stores.sql.rows import encoded
from skywright.adapters.stores.sql.tables import CHECKPOINT, LOG
from skywright.model.chain import chain, sealed
from skywright.model.plan import Signature
from skywright.model.run import LogEntry


class SqlLog:
    """ports.store.Log over one table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, entry: LogEntry) -> LogEntry:
        """Chain ``entry`` to the last line and keep it, in one transaction."""
        with self._database.writing(alone=LOG) as connection:
            last = connection.execute(select(LOG).order_by(LOG.c.seq.desc()).limit(1)).one_or_none()
            line = chain(None if last is None else _line(last), entry)
            connection.execute(LOG.insert().values(seq=line.seq, body=sealed(line).decode(), hash=line.hash))
        return line

    def entries(self, since: int = 0, limit: int | None = None) -> Sequence[LogEntry]:
        """From ``since`` on, by seq."""
        query = select(LOG).where(LOG.c.seq >= since).order_by(LOG.c.seq).limit(limit)
        with self._database.reading() as connection:
            return [_line(row) for row in connection.execute(query)]

    def checkpoint(self, seq: int, entry_hash: str, signature: Signature, at: datetime) -> None:
        """Keep a signed word that line ``seq`` had this hash."""
        row = {"seq": seq, "entry_hash": entry_hash, "signature": encoded(signature), "at": at}
        with self._database.writing() as connection:
            connection.execute(CHECKPOINT.insert().values(row))

    def checkpoints(self) -> Sequence[tuple[int, str, Signature, datetime]]:
        """By seq."""
        with self._database.reading() as connection:
            rows = connection.execute(select(CHECKPOINT).order_by(CHECKPOINT.c.seq, CHECKPOINT.c.number)).all()
        return [(row.seq, row.entry_hash, _signature(row.signature), row.at) for row in rows]


def _line(row: Row[tuple[object, ...]]) -> LogEntry:
    """A row -> its line. A body that is not byte for byte what we would have written becomes a line that shows it raw; the hash
    of such a line cannot match, so that a reader sees the damage and `log verify` names it."""
    try:
        entry = msgspec.json.decode(row.body, type=LogEntry)
    except (msgspec.DecodeError, TypeError):
        return _damaged(row)
    if sealed(entry).decode() != row.body or entry.seq != row.seq:
        return _damaged(row)
    return msgspec.structs.replace(entry, hash=str(row.hash))


def _damaged(row: Row[tuple[object, ...]]) -> LogEntry:
    stored = str(row.body)
    marked = "damaged:" + hashlib.sha256(f"{row.seq} {row.hash} {stored}".encode()).hexdigest()
    return LogEntry(seq=row.seq, at=datetime.min, who="", what="unreadable", why="", details={"stored": stored}, hash=marked)


def _signature(body: str) -> Signature:
    try:
        return msgspec.json.decode(body, type=Signature)
    except (msgspec.DecodeError, TypeError):
        return Signature(key="", value="")  # signs nothing, so that a check of it fails
