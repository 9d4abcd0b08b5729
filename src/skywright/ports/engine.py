"""SQL over a snapshot."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from skywright.model.estate import Scope, ScopeFile, Snapshot


class Rows(msgspec.Struct, frozen=True):
    """The answer to a query."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def dicts(self) -> list[dict[str, Any]]:
        """One dict a row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Overlay(msgspec.Struct, frozen=True):
    """Rows laid over a snapshot to make its twin: ``replaced`` maps kind -> full rows (plain dicts); ``removed`` holds ids."""

    replaced: Mapping[str, Sequence[Mapping[str, Any]]] = {}
    removed: frozenset[str] = frozenset()


Computed = Callable[[Callable[[str], Rows]], Iterable[Mapping[str, Any]]]
"""A way to ask SELECTs of a snapshot -> the rows of a table that is computed from the others, when a query first names it."""


class Derived(msgspec.Struct, frozen=True):
    """Rows that are added to a table that was read: a SELECT (in DuckDB's dialect) with its columns, over the tables ``needs``."""

    select: str
    needs: tuple[str, ...]


class Session(Protocol):
    """An open snapshot. Tables: one per kind (``compute_instance``), one per list-of-structs column
    (``network_firewall_rules``), ``resource``, ``relation``, ``coverage``, ``usage``, ``history``, ``price``, ``cost``,
    ``reach``."""

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> Rows:
        """Run one SELECT in DuckDB's dialect. Raises BadInput (with what is wrong and the nearest name) for bad SQL."""

    def export(self, sql: str, path: Path, form: str) -> int:
        """Write the answer to ``path`` as ``csv`` or ``parquet``; gives the number of rows."""


class Engine(Protocol):
    """Opens snapshots for SQL. Read-only: no statement can change a file."""

    def open(
        self, snapshot: Snapshot, overlay: Overlay | None = None, tables: Mapping[str, Path] | None = None
    ) -> AbstractContextManager[Session]:
        """The snapshot as tables, with ``overlay`` laid over it if given. ``now()`` in SQL is the snapshot's time. ``tables``
        adds Parquet files of the estate folder (findings of the last audit) as tables, by name."""

    def compare(self, old: Snapshot, new: Snapshot) -> Rows:
        """What differs, field by field: kind, resource, name, change (appeared, vanished, changed, unknown), field, before,
        after (as text), reason (for unknown: why one of the two could not look). One row a field of a changed resource."""

    def trace(self, identifier: str, snapshots: Sequence[Snapshot]) -> Rows:
        """One resource through time: snapshot, and the columns of its kind. A snapshot that does not hold it gives no row."""


class Files(Protocol):
    """Files of the estate folder beside the shelf's: each is written here and kept where everybody finds it."""

    def has(self, path: Path) -> bool:
        """Whether there is such a file, here or elsewhere."""

    def fetch(self, path: Path) -> Path:
        """The path, with the file there if it is to be had."""

    def keep(self, path: Path) -> None:
        """Let everybody have a file that was written here."""

    def list(self, folder: Path) -> Sequence[Path]:
        """The Parquet files of a folder."""

    def drop(self, path: Path) -> None:
        """Delete a file, here and elsewhere."""


class LocalFiles:
    """Files of one machine: they are where they are."""

    def has(self, path: Path) -> bool:
        """See Files."""
        return path.exists()

    def fetch(self, path: Path) -> Path:
        """See Files."""
        return path

    def keep(self, path: Path) -> None:
        """See Files."""

    def list(self, folder: Path) -> Sequence[Path]:
        """See Files."""
        return sorted(folder.glob("*.parquet"))

    def drop(self, path: Path) -> None:
        """See Files."""
        path.unlink(missing_ok=True)


class Shelf(Protocol):
    """Where a snapshot's files stand: immutable Parquet, named by content."""

    def write(self, table: str, scope: Scope, rows: Sequence[msgspec.Struct]) -> ScopeFile:
        """Keep the rows of one table (a kind, or one of ``model.estate.BESIDE``) of one scope. The same content is the same file
        and is not written again. The file appears whole or not at all. Raises AskHuman when the disk is full."""

    def read(self, file: ScopeFile) -> list[dict[str, Any]]:
        """The rows of a file as plain columns (``native`` left out). Raises AskHuman for one that is missing or damaged."""

    def holds(self, file: ScopeFile) -> bool:
        """Whether a file of an earlier snapshot is there and whole; if so it counts as young again, so that no sweep takes it
        before another manifest names it."""

    def sweep(self, keep: frozenset[str], older_than_s: float, *, dry_run: bool = False) -> int:
        """Delete files that no manifest in ``keep`` (paths) names and that are older; gives the bytes freed. A dry run only
        counts them."""
