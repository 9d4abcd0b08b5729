"""Rows as they were delivered -> the table ``bill`` with typed columns, and ``bad``: the rows that cannot be taken, and why."""

from collections.abc import Mapping

import duckdb

from skywright.adapters.bills.forms import Translation
from skywright.adapters.bills.ledger.amounts import mend
from skywright.adapters.bills.raw import Raw
from skywright.adapters.bills.sql import literal, name
from skywright.model.focus import DECIMAL
from skywright.model.words import t

_OFFSET = r".*[0-9][+-]\d{2}(:?\d{2})?"
"""A time that ends in its distance from UTC (a date alone does not count: it has no colon before)."""


def clean(raw: Raw, how: Translation) -> None:
    """Make ``bill`` and ``bad`` of ``raw``, whose amounts become plain text on the way."""
    cursor, columns = raw.cursor, dict(raw.columns)
    cursor.execute("CREATE TABLE bad (_file VARCHAR, _line BIGINT, why VARCHAR)")
    for column in how.amounts:
        if columns[column] != "VARCHAR":
            cursor.execute(f"ALTER TABLE raw ALTER {name(column)} TYPE VARCHAR")
            columns[column] = "VARCHAR"
    mend(cursor, how.amounts, floats=how.floats or _binary(raw.columns, how), comma=how.decimal_comma)
    fields = ", ".join(f"{_typed(column, kind, how)} AS {name(column)}" for column, kind in columns.items())
    cursor.execute(f"CREATE TABLE bill AS SELECT {fields}, _file, _line FROM raw")
    _tell_unread(cursor, how)


def _binary(columns: Mapping[str, str], how: Translation) -> bool:
    """Whether the amounts come as binary fractions."""
    return any(columns[column] in {"DOUBLE", "FLOAT"} for column in how.amounts)


def _typed(column: str, kind: str, how: Translation) -> str:
    quoted = name(column)
    if column in how.amounts:
        return f"TRY_CAST({quoted} AS {DECIMAL})"
    if column in how.times:
        return time_sql(quoted, kind, how.time_formats)
    if column in how.tags:
        return tags_sql(quoted, kind)
    if kind == "VARCHAR":
        return quoted
    return f"to_json({quoted})::VARCHAR" if kind.endswith(("[]", ")")) and not kind.startswith("DECIMAL") else f"{quoted}::VARCHAR"


def time_sql(quoted: str, kind: str, formats: tuple[str, ...] = ()) -> str:
    """A column -> naive UTC. Times with a distance from UTC are moved there; those without are in UTC already."""
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"make_timestamp(epoch_us({quoted}))"
    if kind != "VARCHAR":
        return f"TRY_CAST({quoted} AS TIMESTAMP)"
    if formats:
        return f"try_strptime({quoted}, [{', '.join(literal(one) for one in formats)}])"
    return (
        f"CASE WHEN {quoted} LIKE '%:%' AND regexp_full_match({quoted}, '{_OFFSET}') "
        f"THEN make_timestamp(epoch_us(TRY_CAST({quoted} AS TIMESTAMPTZ))) ELSE TRY_CAST({quoted} AS TIMESTAMP) END"
    )


def tags_sql(quoted: str, kind: str) -> str:
    """A column -> MAP(VARCHAR, VARCHAR): from JSON, from Parquet's maps, structs, and lists of key and value."""
    if kind.startswith("MAP("):
        return f"{quoted}::MAP(VARCHAR, VARCHAR)"
    if kind.endswith("[]"):
        return f"map_from_entries([(e.key, e.value::VARCHAR) FOR e IN {quoted} IF e.key IS NOT NULL])"
    text = quoted if kind == "VARCHAR" else f"to_json({quoted})"
    return f"TRY_CAST(TRY_CAST({text} AS JSON) AS MAP(VARCHAR, VARCHAR))"


def _tell_unread(cursor: duckdb.DuckDBPyConnection, how: Translation) -> None:
    """Rows in which a time or a set of tags was there and could not be read."""
    whys = {column: t("is no time that is known here") for column in how.times}
    whys |= {column: t("is no JSON object") for column in how.tags}
    if not whys:
        return
    counts = ", ".join(f"count({name(column)})" for column in whys)
    before, after = (cursor.execute(f"SELECT {counts} FROM {table}").fetchone() or () for table in ("raw", "bill"))
    for (column, why), there, read in zip(whys.items(), before, after, strict=True):
        if there != read:
            quoted = name(column)
            told = f"{literal(column)} || ' ' || left(raw.{quoted}::VARCHAR, 60) || {literal(' ' + why + '.')}"
            cursor.execute(
                f"INSERT INTO bad SELECT _file, _line, {told} FROM raw JOIN bill USING (_file, _line) "
                f"WHERE raw.{quoted} IS NOT NULL AND bill.{quoted} IS NULL"
            )
