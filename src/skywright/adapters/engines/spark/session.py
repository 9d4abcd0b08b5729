"""An open snapshot on Spark: SQL in DuckDB's dialect in, rows out.

DuckDB binds each query first, over empty tables of the same columns: that gives the refusals and their sentences, and the names and
types of the answer. Spark then gives the rows.
"""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import duckdb
import msgspec

from skywright.adapters.engines.duckdb.damage import find_damage
from skywright.adapters.engines.duckdb.database import WORK, disk_trouble, name, quoted
from skywright.adapters.engines.duckdb.guard import Asked, check, translate
from skywright.adapters.engines.duckdb.tables import Tables
from skywright.adapters.engines.spark.cluster import gone
from skywright.adapters.engines.spark.dialect import to_spark
from skywright.adapters.engines.spark.summary import summarize
from skywright.adapters.engines.spark.tables import Views
from skywright.adapters.engines.spark.types import converter, nothing_of, spark_type, ticked
from skywright.model.errors import BadInput, SkywrightError, TryAgain
from skywright.model.words import t
from skywright.ports.engine import Rows

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_DESCRIBE = "DESCRIBE "
_ZONED = "TIMESTAMP WITH TIME ZONE"
_QUERIES = ("select", "from", "with", "(", "values")
_FORMS = {"csv": "FORMAT csv, HEADER", "parquet": "FORMAT parquet, COMPRESSION zstd"}


class Bound(msgspec.Struct, frozen=True):
    """A query that DuckDB understands: what it reads, its parameters, and the columns of its answer with their types."""

    sql: str
    asked: Asked
    values: Mapping[str, Any]
    columns: tuple[tuple[str, str], ...]


class SparkSql:
    """See ports.engine.Session. Belongs to one thread; its views are made when a query first names them."""

    def __init__(self, spark: "SparkSession", cursor: duckdb.DuckDBPyConnection, tables: Tables) -> None:
        self._spark = spark
        self._cursor = cursor
        self._tables = tables
        self._twins: set[str] = set()
        self._views = Views(spark, cursor, tables, lambda sql: self._translated(sql, {}))

    def close(self) -> None:
        """Delete what was written for the workers."""
        self._views.close()

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> Rows:
        """See ports.engine.Session."""
        asked = check(self._cursor, sql, self._tables.names)
        if _word(sql) == "describe":
            return self._described(sql, asked)
        if _word(sql) == "summarize":
            return self._summarized(sql, params)
        bound = self._bound(sql, asked, params or {})
        frame = self._run(bound)
        with_types = converter(frame.schema, [kind for _, kind in bound.columns])
        answer = self._safely(bound, frame.collect)
        return Rows(tuple(column for column, _ in bound.columns), with_types(answer))

    def _summarized(self, sql: str, params: Mapping[str, Any] | None) -> Rows:
        """SUMMARIZE, as SELECTs of what it tells of each column."""
        what = _bare(sql).split(None, 1)[1]
        whole = f"SELECT * FROM {what}" if what.split(None, 1)[0].lower() not in _QUERIES else what
        inner = self._bound(whole, check(self._cursor, whole, self._tables.names), params or {})
        return summarize(whole, inner.columns, lambda asked: self.query(asked, params))

    def export(self, sql: str, path: Path, form: str) -> int:
        """See ports.engine.Session. Raises AskHuman when ``path`` cannot be written; no half file is left."""
        bound = self._bound(_bare(sql), check(self._cursor, sql, self._tables.names), {})
        work = self._tables.folder / WORK / uuid4().hex
        try:
            frame = self._run(bound)
            named = frame.toDF(*(f"c{number}" for number in range(len(bound.columns))))
            self._safely(bound, lambda: named.coalesce(1).write.parquet(str(work / "parts")))
            return self._written(bound, work, path, form)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _written(self, bound: Bound, work: Path, path: Path, form: str) -> int:
        """Spark's one part file as the file that was asked for, with DuckDB's types."""
        [part] = (work / "parts").glob("part-*.parquet")
        draft = work / f"whole.{form}"
        casts = ", ".join(
            f"c{number}::{'TIMESTAMP' if kind == _ZONED else kind} AS {name(column)}"
            for number, (column, kind) in enumerate(bound.columns)
        )
        source = f"SELECT {casts} FROM read_parquet({quoted(str(part))})"
        try:
            written = self._cursor.execute(f"COPY ({source}) TO {quoted(str(draft))} ({_FORMS[form]})").fetchone()
            shutil.move(draft, path)
        except (OSError, duckdb.Error) as error:
            raise disk_trouble(error, path) from error
        return int(written[0]) if written else 0

    def _bound(self, sql: str, asked: Asked, params: Mapping[str, Any]) -> Bound:
        """Ask DuckDB for the names and types of the answer. Raises BadInput for what it cannot answer either."""
        values = {key: value for key, value in params.items() if key in asked.params}
        try:
            self._twin(asked.tables)
            described = self._cursor.execute(_DESCRIBE + _bare(sql), values).fetchall()
        except duckdb.Error as error:
            raise self._explained(error, sql, asked, len(_DESCRIBE)) from error
        return Bound(sql, asked, values, tuple((row[0], row[1]) for row in described))

    def _described(self, sql: str, asked: Asked) -> Rows:
        try:
            self._twin(asked.tables)
            answer = self._cursor.execute(sql)
            return Rows(tuple(column[0] for column in answer.description or ()), answer.fetchall())
        except duckdb.Error as error:
            raise self._explained(error, sql, asked) from error

    def _twin(self, tables: Iterable[str]) -> None:
        """Make DuckDB's empty tables for what a query names."""
        for table in tables:
            if table in self._twins:
                continue
            if table in self._tables.extra:
                select = f"FROM read_parquet({quoted(str(self._tables.extra[table]))})"
            else:
                select = nothing_of(self._tables.types(table))
            self._cursor.execute(f"CREATE TEMP VIEW {name(table)} AS {select}")
            self._twins.add(table)

    def _run(self, bound: Bound) -> "DataFrame":
        """The answer as a frame with DuckDB's types."""

        def asked() -> "DataFrame":
            self._views.prepare(bound.asked.tables, self.query)
            frame = self._spark.sql(self._translated(bound.sql, bound.values))
            frame = frame.toDF(*(f"c{number}" for number in range(len(bound.columns))))
            return frame.selectExpr(*(_typed(number, kind) for number, (_, kind) in enumerate(bound.columns)))

        frame: DataFrame = self._safely(bound, asked)
        return frame

    def _translated(self, sql: str, values: Mapping[str, Any]) -> str:
        return to_spark(sql, values, self._tables.snapshot.taken_at)

    def _safely(self, bound: Bound, act: Any) -> Any:
        """Spark's errors as ours: a damaged file if there is one behind the tables, else what is wrong with the query."""
        from py4j.protocol import Py4JError  # type: ignore[import-untyped]  # has no stubs
        from pyspark.errors import PySparkException

        try:
            return act()
        except (PySparkException, Py4JError, OSError) as error:
            if gone(self._spark):
                raise TryAgain(t("Spark ended while it was asked.")) from error
            damage = find_damage(self._cursor, self._tables.folder, self._tables.behind(bound.asked.tables))
            if damage:
                raise damage from error
            raise BadInput(
                t("The query cannot be answered: {reason}.", reason=_first_line(error)),
                next_step=t('The columns of a table: `skywright query "describe compute_instance"`.'),
            ) from error

    def _explained(self, error: duckdb.Error, sql: str, asked: Asked, ahead: int = 0) -> SkywrightError:
        columns = {column for table in asked.tables for column in self._tables.columns(table)}
        return translate(error, sql, columns, ahead)


def _typed(number: int, kind: str) -> str:
    wanted, column = spark_type(kind), ticked(f"c{number}")
    return f"CAST({column} AS {wanted}) AS {column}" if wanted else column


def _first_line(error: Exception) -> str:
    """What is wrong, without Spark's class of error and place."""
    line = str(error).strip().split("\n")[0]
    return line.split("] ", 1)[-1].split(" SQLSTATE")[0].rstrip(". ")


def _word(sql: str) -> str:
    words = sql.split(None, 1)
    return words[0].lower() if words else ""


def _bare(sql: str) -> str:
    """A statement without its semicolon, on a line of its own in case that it ends in a comment."""
    return sql.rstrip().rstrip(";") + "\n"
