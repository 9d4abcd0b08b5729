"""An open snapshot: SQL in, rows out."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from skywright.adapters.engines.duckdb.damage import find_damage
from skywright.adapters.engines.duckdb.database import WORK, disk_trouble, name, quoted
from skywright.adapters.engines.duckdb.encode import reader
from skywright.adapters.engines.duckdb.guard import Asked, check, translate
from skywright.adapters.engines.duckdb.tables import Loaded, Reckoned, Tables
from skywright.model.canonical import canonical
from skywright.model.errors import SkywrightError
from skywright.ports.engine import Rows

_ZONED = "TIMESTAMP WITH TIME ZONE"
_FORMS = {"csv": "FORMAT csv, HEADER", "parquet": "FORMAT parquet, COMPRESSION zstd"}


class DuckSession:
    """See ports.engine.Session. Belongs to one thread; its tables are made when a query first names them."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, tables: Tables) -> None:
        self._cursor = cursor
        self._tables = tables
        self._made: set[str] = set()

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> Rows:
        """See ports.engine.Session."""
        asked = check(self._cursor, sql, self._tables.names)
        values = {key: value for key, value in (params or {}).items() if key in asked.params}
        try:
            self._prepare(asked.tables)
            self._cursor.execute(sql, values)
            if any(str(column[1]) == _ZONED for column in self._described()):
                self._cursor.execute(_without_zones(sql, self._described()), values)
            return Rows(tuple(column[0] for column in self._described()), self._cursor.fetchall())
        except duckdb.Error as error:
            raise self._explained(error, sql, asked) from error

    def export(self, sql: str, path: Path, form: str) -> int:
        """See ports.engine.Session. Raises AskHuman when ``path`` cannot be written; no half file is left."""
        asked = check(self._cursor, sql, self._tables.names)
        draft = self._tables.folder / WORK / f"{uuid4().hex}.{form}"
        try:
            self._prepare(asked.tables)
            written = self._cursor.execute(f"COPY ({_bare(sql)}) TO {quoted(str(draft))} ({_FORMS[form]})").fetchone()
            shutil.move(draft, path)
        except duckdb.Error as error:
            raise self._explained(error, sql, asked) from error
        except OSError as error:
            raise disk_trouble(error, path) from error
        finally:
            draft.unlink(missing_ok=True)
        return int(written[0]) if written else 0

    def _described(self) -> list[Any]:
        return self._cursor.description or []

    def _prepare(self, tables: Iterable[str]) -> None:
        """Make the tables that are not there yet; before each, those that it needs."""
        for table in tables:
            if table in self._made:
                continue
            made = self._tables.make(table)
            if isinstance(made, Reckoned):
                rows = Loaded(table, [canonical(row) for row in made.rows(self.query)])
                load(self._cursor, self._tables.folder, table, rows)
            elif isinstance(made, Loaded):
                load(self._cursor, self._tables.folder, table, made)
            else:
                self._prepare(made.needs)
                self._cursor.execute(f"CREATE TEMP VIEW {name(table)} AS {made.select}")
            self._made.add(table)

    def _explained(self, error: duckdb.Error, sql: str, asked: Asked) -> SkywrightError:
        """A damaged file if there is one behind the tables; else what is wrong with the query."""
        if not isinstance(error, duckdb.BinderException | duckdb.ConversionException | duckdb.CatalogException):
            damage = find_damage(self._cursor, self._tables.folder, self._tables.behind(asked.tables))
            if damage:
                return damage
        columns = {column for table in asked.tables for column in self._tables.columns(table)}
        return translate(error, sql, columns)


def load(cursor: duckdb.DuckDBPyConnection, folder: Path, table: str, rows: Loaded) -> None:
    """Make a temporary table of lines of JSON."""
    draft = folder / WORK / f"{uuid4().hex}.json"
    try:
        draft.write_bytes(b"\n".join(rows.lines))
        source = reader(rows.schema_of, quoted(str(draft)), max(map(len, rows.lines), default=0))
        cursor.execute(f"CREATE TEMP TABLE {name(table)} AS FROM {source}")
    except OSError as error:
        raise disk_trouble(error, draft) from error
    finally:
        draft.unlink(missing_ok=True)


def _bare(sql: str) -> str:
    """A statement without its semicolon, on a line of its own in case that it ends in a comment."""
    return sql.rstrip().rstrip(";") + "\n"


def _without_zones(sql: str, described: list[Any]) -> str:
    """The same query with its times in UTC and naive, as all our times are."""
    casts = ", ".join(
        f"{name(column[0])}::TIMESTAMP AS {name(column[0])}" if str(column[1]) == _ZONED else name(column[0])
        for column in described
    )
    return f"SELECT {casts} FROM ({_bare(sql)})"
