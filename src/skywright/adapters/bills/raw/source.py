"""What was delivered, opened: one table ``raw`` of rows as they stand, each with its file and line."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import msgspec

from skywright.adapters.bills.raw.load import Loader
from skywright.adapters.bills.raw.places import Found, Kind, find
from skywright.model.bill import Reject
from skywright.model.errors import BadInput
from skywright.model.words import n, t
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
    lines that are no row (too few fields, an open quote); their rows are not in the table. ``remarks``: which files were left.
    Beside ``raw`` stands ``told`` (_file, kind): what the export's manifest calls a file's kind of rows."""

    cursor: duckdb.DuckDBPyConnection
    columns: Mapping[str, str]
    files: tuple[RawFile, ...]
    rejects: tuple[Reject, ...] = ()
    remarks: tuple[str, ...] = ()

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
            delivery = find(source, work)
            loader = Loader(cursor, work, to_the_letter=to_the_letter)
            files = tuple(_loaded(loader, delivery.files))
            _tell(cursor, delivery.files)
            yield Raw(cursor, MappingProxyType(loader.columns), files, tuple(loader.rejects), delivery.remarks)
        finally:
            cursor.close()


def _loaded(loader: Loader, found: Sequence[Found]) -> Iterator[RawFile]:
    """Each file's rows read. Raises BadInput where there are not as many as its manifest says."""
    seen: dict[str, str] = {}
    for one in found:
        odd = len(loader.rejects)
        loaded = loader.load(one, seen)
        same = seen.setdefault(loaded.sha256, one.name)
        rows = loaded.rows + len(loader.rejects) - odd
        if one.listed and one.listed.rows not in {None, rows} and same == one.name:
            raise BadInput(
                n(
                    "has {count} row, and {listed} in {manifest}.",
                    "has {count} rows, and {listed} in {manifest}.",
                    rows,
                    listed=one.listed.rows,
                    manifest=one.listed.manifest,
                ),
                where=one.name,
                next_step=t("Nothing was imported. Fetch it again: it is not what was delivered."),
            )
        yield RawFile(one.name, one.kind, loaded.rows, loaded.sha256, loaded.columns, same if same != one.name else "")


def _tell(cursor: duckdb.DuckDBPyConnection, found: Sequence[Found]) -> None:
    """Make the table ``told``."""
    cursor.execute("CREATE TABLE told (_file VARCHAR, kind VARCHAR)")
    kinds = {one.name: one.listed.kind for one in found if one.listed and one.listed.kind}
    cursor.execute("INSERT INTO told SELECT unnest($files), unnest($kinds)", {"files": [*kinds], "kinds": [*kinds.values()]})


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
