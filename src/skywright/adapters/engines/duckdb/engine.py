"""DuckEngine: a snapshot -> a session."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import duckdb

from skywright.adapters.engines.duckdb.compare import compare
from skywright.adapters.engines.duckdb.database import database, quoted
from skywright.adapters.engines.duckdb.session import DuckSession
from skywright.adapters.engines.duckdb.tables import Fetch, Tables
from skywright.adapters.engines.duckdb.trace import trace
from skywright.model.estate import Snapshot
from skywright.ports.engine import Computed, Derived, Overlay, Rows
from skywright.ports.other import PriceBook


class DuckEngine:
    """See ports.engine.Engine. Safe from many threads: each session has a cursor of its own."""

    def __init__(
        self,
        folder: Path,
        prices: PriceBook | None = None,
        made: Mapping[str, Computed | Derived] = MappingProxyType({}),
        fetch: Fetch = lambda _files: None,
    ) -> None:
        self.folder = folder.absolute()
        self.prices = prices
        self._fetch = fetch
        self.made = made

    @contextmanager
    def open(
        self, snapshot: Snapshot, overlay: Overlay | None = None, tables: Mapping[str, Path] | None = None
    ) -> Iterator[DuckSession]:
        """See ports.engine.Engine."""
        with self.cursor(snapshot.taken_at) as cursor:
            yield DuckSession(cursor, self.tables(snapshot, overlay, tables))

    def compare(self, old: Snapshot, new: Snapshot) -> Rows:
        """See ports.engine.Engine."""
        with self.cursor(new.taken_at) as cursor:
            return compare(cursor, self.folder, old, new, self._fetch)

    def trace(self, identifier: str, snapshots: Sequence[Snapshot]) -> Rows:
        """See ports.engine.Engine."""
        with database(self.folder).cursor() as cursor:
            return trace(cursor, self.folder, identifier, snapshots, self._fetch)

    def tables(self, snapshot: Snapshot, overlay: Overlay | None, tables: Mapping[str, Path] | None) -> Tables:
        """How every table of a snapshot is made."""
        return Tables(self.folder, snapshot, overlay or Overlay(), self.prices, dict(tables or {}), self.made, self._fetch)

    @contextmanager
    def cursor(self, now: datetime) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose clock stands still at ``now``: the same query over the same snapshot gives the same answer."""
        with database(self.folder).cursor() as cursor:
            cursor.execute(_frozen_clock(now))
            yield cursor


def _frozen_clock(now: datetime) -> str:
    moment, day = f"TIMESTAMP {quoted(now.isoformat(' '))}", f"DATE {quoted(now.date().isoformat())}"
    macros = {
        "now": moment,
        "get_current_timestamp": moment,
        "transaction_timestamp": moment,
        "current_localtimestamp": moment,
        "get_current_time": f"{moment}::TIME",
        "current_localtime": f"{moment}::TIME",
        "current_date": day,
        "today": day,
    }
    return ";".join(f"CREATE TEMP MACRO {macro}() AS {value}" for macro, value in macros.items())
