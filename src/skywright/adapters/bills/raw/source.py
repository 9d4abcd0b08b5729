"""What was delivered, opened: one table ``raw`` of rows as they stand, each with its file and line."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import msgspec

from skywright.adapters.bills.raw.load import Loader
from skywright.adapters.bills.raw.places import Kind, find
from skywright.model.bill import Reject
from skywright.ports.engine import Rows

FILE, LINE = "_file", "_line"
"""Two columns beside the delivered ones: what file (as messages call it), and which line of it (of Parquet: which row)."""

THREADS_MAX = 4
MEMORY = "600MB"


class RawFile(msgspec.Struct, frozen=True):
    """One delivered file: its name, how its rows are written down, how many there are, and SHA-256 (hex) of what it holds
    uncompressed. ``same_as``: the file of the same delivery that holds the same to the letter; its rows were not read again."""

    name: str
    kind: Kind
    rows: int
    sha256: str
    columns: tuple[str, ...]
    same_as: str = ""


class Raw(msgspec.Struct, frozen=True):
    """An opened delivery. ``columns``: name -> DuckDB's type, in the order of the first file that has them; VARCHAR for whatever
    comes from text (nested JSON stays JSON text), Parquet's own types else. NULL is an empty field or the text NULL. ``rejects``:
    lines that are no row (too few fields, an open quote); their rows are not in the table."""

    cursor: duckdb.DuckDBPyConnection
    columns: Mapping[str, str]
    files: tuple[RawFile, ...]
    rejects: tuple[Reject, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return sum(file.rows for file in self.files)

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> Rows:
        """Ask the table ``raw`` (see ports.engine.Session)."""
        answer = self.cursor.execute(sql, dict(params or {}))
        return Rows(tuple(column[0] for column in answer.description or ()), answer.fetchall())


@contextmanager
def open_raw(source: str, folder: Path | None = None, *, to_the_letter: bool = False) -> Iterator[Raw]:
    """A file, a folder, a zip archive or an object store's prefix -> its rows, until the block ends. ``folder`` is where temporary
    files may stand; ``to_the_letter`` keeps a quoted empty field of CSV as the empty text that it is, and not as NULL. Raises
    BadInput with file and line for what cannot be read."""
    with tempfile.TemporaryDirectory(prefix="bill-", dir=folder, ignore_cleanup_errors=True) as name:
        work = Path(name)
        cursor = connect(work)
        try:
            loader = Loader(cursor, work, to_the_letter=to_the_letter)
            files: list[RawFile] = []
            seen: dict[str, str] = {}
            for found in find(source, work):
                loaded = loader.load(found, seen)
                seen.setdefault(loaded.sha256, found.name)
                same = seen[loaded.sha256] if seen[loaded.sha256] != found.name else ""
                files.append(RawFile(found.name, found.kind, loaded.rows, loaded.sha256, loaded.columns, same))
            yield Raw(cursor, MappingProxyType(loader.columns), tuple(files), tuple(loader.rejects))
        finally:
            cursor.close()


def connect(work: Path) -> duckdb.DuckDBPyConnection:
    """An empty in-memory instance that spills into ``work``."""
    return duckdb.connect(
        ":memory:",
        config={
            "threads": min(THREADS_MAX, os.cpu_count() or 1),
            "temp_directory": str(work / "spill"),
            "memory_limit": MEMORY,
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
