"""Names of an open snapshot -> temporary views of Spark.

What the tables are is said once, by the DuckDB engine's ``Tables``; here only the SELECTs over files are Spark's own. Rows that are
in no file (an overlay, coverage, computed tables) are written to one first, where the workers can read it.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import duckdb

from skywright.adapters.engines.duckdb.database import WORK, name, quoted
from skywright.adapters.engines.duckdb.encode import table_columns
from skywright.adapters.engines.duckdb.session import load
from skywright.adapters.engines.duckdb.tables import GONE, SEEN_AT, Loaded, Made, Reckoned, Tables
from skywright.adapters.engines.spark.types import empty_of, schema_of, spark_type, ticked
from skywright.model.canonical import canonical
from skywright.model.schema import MADE_TABLES, OTHER_TABLES, kind_tables
from skywright.ports.engine import Rows

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Translate = Callable[[str], str]
"""DuckDB's SQL -> Spark's."""


class Views:
    """Makes each view when it is first asked for, after those that it needs."""

    def __init__(self, spark: "SparkSession", cursor: duckdb.DuckDBPyConnection, tables: Tables, translate: Translate) -> None:
        self._spark = spark
        self._cursor = cursor
        self._tables = tables
        self._translate = translate
        self._made: set[str] = set()
        self._work = tables.folder / WORK / f"spark-{uuid4().hex}"

    def prepare(self, tables: Iterable[str], ask: Callable[[str], Rows]) -> None:
        """Make views of these tables; ``ask`` answers the questions of a table that is computed."""
        for table in tables:
            if table not in self._made:
                self._frame(table, ask).createOrReplaceTempView(table)
                self._made.add(table)

    def close(self) -> None:
        """Delete what was written."""
        shutil.rmtree(self._work, ignore_errors=True)

    def types(self, table: str) -> Mapping[str, str]:
        """A table's columns with DuckDB's types. Raises KeyError for a table beside the snapshot's."""
        return self._tables.types(table)

    def _frame(self, table: str, ask: Callable[[str], Rows]) -> "DataFrame":
        if table in self._tables.extra:
            return self._spark.read.parquet(str(self._tables.extra[table]))
        if table in kind_tables() and table not in self._tables.computed:
            return self._kind(table, ask)
        made = self._tables.make(table)
        match made:
            case Reckoned():
                return self._loaded(Loaded(table, [canonical(row) for row in made.rows(ask)]))
            case Loaded():
                return self._loaded(made)
            case Made():
                return self._selected(table, made, ask)

    def _selected(self, table: str, made: Made, ask: Callable[[str], Rows]) -> "DataFrame":
        """A table over files or over other tables."""
        match table:
            case "relation" | "usage" | "history":
                return self._beside(table, ask)
            case "price":
                return self._price()
            case "cost":
                return self._cost(made, ask)
            case "_gone":
                ids = [(identifier,) for identifier in sorted(self._tables.overlay.removed)]
                listed = ", ".join(f"({quoted(one)})" for (one,) in ids) or "(CAST(NULL AS STRING))"
                return self._spark.sql(f"SELECT * FROM VALUES {listed} AS gone(id)")
            case _:
                self.prepare(made.needs, ask)
                return self._spark.sql(self._translate(made.select))

    def _kind(self, table: str, ask: Callable[[str], Rows]) -> "DataFrame":
        """Rows in the files, but those that the overlay shadows, and the overlay's own."""
        kind = kind_tables()[table]
        frame = self._seen(kind, self._files(kind, table_columns(kind)))
        if self._tables.loses(kind):
            self.prepare([GONE], ask)
            frame = frame.join(self._spark.table(GONE), "id", "left_anti")
        laid = f"_laid_{table}"
        if self._tables.overlay.replaced.get(kind):
            self.prepare([laid], ask)
            rows = self._spark.table(laid)
            frame = frame.join(rows.select("id"), "id", "left_anti")
            frame = frame.select(*map(ticked, self.types(table))).unionByName(_at(rows, self._tables.snapshot.taken_at))
        return frame.select(*map(ticked, self.types(table)))

    def _files(self, table: str, columns: Mapping[str, str]) -> "DataFrame":
        """The files of a table; a column that an older file lacks is NULL."""
        files = self._tables.files(table)
        if not files:
            return self._spark.sql(empty_of(columns))
        self._tables.fetch(files)
        if any((self._tables.folder / file.path).stat().st_size == 0 for file in files):  # Spark takes such a file for no rows
            raise FileNotFoundError(table)
        return self._spark.read.schema(schema_of(columns)).parquet(*(str(self._tables.folder / file.path) for file in files))

    def _seen(self, kind: str, frame: "DataFrame") -> "DataFrame":
        """When each file's scope was looked at: coverage says it, not the file."""
        from pyspark.sql import functions

        seen = self._tables.seen(kind)
        moments = set(seen.values()) or {self._tables.snapshot.taken_at}
        if len(moments) == 1:
            return _at(frame, moments.pop())
        listed = ", ".join(f"{quoted(Path(path).name)}, {_moment(at)}" for path, at in seen.items())
        return frame.withColumn(SEEN_AT, functions.expr(f"try_element_at(map({listed}), _metadata.file_name)"))

    def _beside(self, table: str, ask: Callable[[str], Rows]) -> "DataFrame":
        frame = self._files(table, OTHER_TABLES[table])
        if table in self._tables.derived:
            derived = self._tables.derived[table]
            self.prepare(derived.needs, ask)
            frame = frame.union(self._spark.sql(self._translate(derived.select))).distinct()
        if self._tables.overlay.removed:
            self.prepare([GONE], ask)
            gone = self._spark.table(GONE)
            for column in ("source", "target") if table == "relation" else ("resource",):
                frame = frame.join(gone.withColumnRenamed("id", column), column, "left_anti")
        return frame.select(*map(ticked, OTHER_TABLES[table]))

    def _price(self) -> "DataFrame":
        path = self._tables.price_file()
        if path is None:
            return self._spark.sql(empty_of(MADE_TABLES["price"]))
        return self._spark.read.schema(schema_of(MADE_TABLES["price"])).parquet(str(path))

    def _cost(self, made: Made, ask: Callable[[str], Rows]) -> "DataFrame":
        """The price book's SELECTs, one a kind, as one table."""
        from pyspark.sql import functions

        self.prepare(made.needs, ask)
        whole = self._spark.sql(empty_of(MADE_TABLES["cost"]))
        for kind, select in self._tables.cost_selects().items():
            part = self._spark.sql(self._translate(select)).withColumn("kind", functions.lit(kind))
            casts = [functions.col(column).cast(spark_type(MADE_TABLES["cost"][column])).alias(column) for column in part.columns]
            whole = whole.unionByName(part.select(*casts), allowMissingColumns=True)
        return whole

    def _loaded(self, rows: Loaded) -> "DataFrame":
        """Rows as a file that every worker can read."""
        columns = table_columns(rows.schema_of)
        if not rows.lines:
            return self._spark.sql(empty_of(columns))
        draft, path = f"_draft_{uuid4().hex}", self._work / f"{uuid4().hex}.parquet"
        self._work.mkdir(parents=True, exist_ok=True)
        load(self._cursor, self._tables.folder, draft, rows)
        self._cursor.execute(f"COPY {name(draft)} TO {quoted(str(path))} (FORMAT parquet)")
        self._cursor.execute(f"DROP TABLE {name(draft)}")
        return self._spark.read.schema(schema_of(columns)).parquet(str(path))


def _at(frame: "DataFrame", moment: datetime) -> "DataFrame":
    from pyspark.sql import functions

    return frame.withColumn(SEEN_AT, functions.expr(_moment(moment)))


def _moment(at: datetime) -> str:
    return f"TIMESTAMP_NTZ {quoted(at.isoformat(' '))}"
