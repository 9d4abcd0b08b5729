"""ParquetShelf: rows of one scope -> one immutable Parquet file, named by content."""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import msgspec

from skywright.adapters.engines.duckdb.damage import find_damage
from skywright.adapters.engines.duckdb.database import WORK, database, disk_trouble, quoted
from skywright.adapters.engines.duckdb.encode import content_hash, lines, reader, shape_of, table_columns
from skywright.adapters.engines.duckdb.tables import parquet, typed
from skywright.model.estate import BESIDE, Scope, ScopeFile
from skywright.model.kinds import KIND_BY_NAME

PARQUET_MAGIC = b"PAR1"
_FORM = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"


class ParquetShelf:
    """Files under ``folder``: ``<table>/<sha256>.parquet``. Safe from many threads and processes: a file appears whole, by
    rename, and two writers of the same content write the same bytes under the same name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def write(self, table: str, scope: Scope, rows: Sequence[msgspec.Struct]) -> ScopeFile:
        """See ports.engine.Shelf. An empty table needs no file: its ``path`` is empty."""
        encoded = lines(rows)
        sha256 = content_hash(table, encoded)
        path = f"{table}/{sha256}.parquet" if encoded else ""
        if encoded and not _touched_whole(self.folder / path):
            self._keep(table, path, encoded)
        return _file(table, scope, path, sha256, len(encoded))

    def read(self, file: ScopeFile) -> list[dict[str, Any]]:
        """See ports.engine.Shelf."""
        if not file.rows:
            return []
        columns = ", ".join(f'"{column}"' for column in table_columns(file.table) if column != "native")
        with database(self.folder).cursor() as cursor:
            try:
                answer = cursor.execute(
                    f"SELECT {columns} FROM ({typed(table_columns(file.table), f'FROM {parquet([str(self.folder / file.path)])}')})"
                )
                names = [column[0] for column in answer.description]
                return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
            except duckdb.Error as error:
                raise find_damage(cursor, self.folder, [file]) or disk_trouble(error, self.folder / file.path) from error

    def holds(self, file: ScopeFile) -> bool:
        """See ports.engine.Shelf."""
        return bool(file.path) and _touched_whole(self.folder / file.path)

    def write_select(self, table: str, scope: Scope, select: str) -> ScopeFile:
        """Keep what a SELECT gives (columns as in the table's schema) without a Python object a row: for synthetic estates."""
        columns = ", ".join(f'"{column}"::{kind} AS "{column}"' for column, kind in table_columns(table).items())
        sha256 = content_hash(table, [select.encode(), repr(scope).encode()])
        path = f"{table}/{sha256}.parquet"
        rows = self._copy(f"SELECT {columns} FROM ({select})", self.folder / path)
        return _file(table, scope, path, sha256, rows)

    def sweep(self, keep: frozenset[str], older_than_s: float, *, dry_run: bool = False) -> int:
        """See ports.engine.Shelf. Looks only into the folders of tables, and at what a killed writer left behind."""
        return sum(_drop(path, dry_run=dry_run) for path in self._sweepable(keep, older_than_s))

    def _sweepable(self, keep: frozenset[str], older_than_s: float) -> Iterator[Path]:
        oldest = time.time() - older_than_s
        for folder in (*KIND_BY_NAME, *BESIDE, WORK):
            for path in sorted((self.folder / folder).glob("*")):
                if path.is_file() and path.stat().st_mtime < oldest and f"{folder}/{path.name}" not in keep:
                    yield path

    def _keep(self, table: str, path: str, encoded: list[bytes]) -> None:
        draft = self.folder / WORK / f"{uuid4().hex}.json"
        draft.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(b"\n".join(encoded))
            self._copy(f"FROM {reader(table, quoted(str(draft)), max(map(len, encoded)))}", self.folder / path)
        except OSError as error:
            raise disk_trouble(error, self.folder / path) from error
        finally:
            draft.unlink(missing_ok=True)

    def _copy(self, select: str, path: Path) -> int:
        """Run one COPY into a draft, bring it to the disk, and give it its name. Gives the number of rows."""
        draft = self.folder / WORK / f"{uuid4().hex}.parquet"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with database(self.folder).cursor() as cursor:
                counted = cursor.execute(f"COPY ({select}) TO {quoted(str(draft))} {_FORM}").fetchone()
            _to_disk(draft)
            draft.rename(path)
            _to_disk(path.parent)
        except (OSError, duckdb.IOException) as error:
            raise disk_trouble(error, path) from error
        finally:
            draft.unlink(missing_ok=True)
        return int(counted[0]) if counted else 0


def _file(table: str, scope: Scope, path: str, sha256: str, rows: int) -> ScopeFile:
    return ScopeFile(
        table=table,
        cloud=scope.cloud,
        account=scope.account,
        region=scope.region,
        reader=scope.reader,
        path=path,
        sha256=sha256,
        rows=rows,
        shape=shape_of(table),
    )


def _touched_whole(path: Path) -> bool:
    """Whether a Parquet file is there and was not cut short; a damaged one is written anew.

    Made young again, so that no sweep takes it before the manifest that is about to name it is kept.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
            file.seek(-4, os.SEEK_END)
            whole = head == PARQUET_MAGIC and file.read(4) == PARQUET_MAGIC
        os.utime(path)
    except OSError:
        return False
    return whole


def _to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _drop(path: Path, *, dry_run: bool) -> int:
    size = path.stat().st_size
    if not dry_run:
        path.unlink(missing_ok=True)
    return size
