"""Rows as they were delivered -> the table ``bill`` with typed columns, and ``bad``: the rows that cannot be taken, and why."""

from collections.abc import Mapping, Sequence

import duckdb

from skywright.adapters.bills.forms import Translation
from skywright.adapters.bills.ledger.amounts import mend
from skywright.adapters.bills.raw import Raw
from skywright.adapters.bills.sql import literal, name
from skywright.model.focus import DECIMAL
from skywright.model.words import t

YEARS = (1970, 2999)
_OFFSET = r".*[0-9][+-]\d{2}(:?\d{2})?"
"""A time that ends in its distance from UTC (a date alone does not count: it has no colon before)."""


def clean(raw: Raw, how: Translation) -> tuple[str, ...]:
    """Make ``bill`` and ``bad`` of ``raw``, whose amounts become plain text on the way; and ``delivered``: ``raw`` with every
    column that the form knows. Gives what is to be remarked."""
    cursor, columns = raw.cursor, _renamed(raw, how)
    cursor.execute("CREATE TABLE bad (_file VARCHAR, _line BIGINT, why VARCHAR)")
    amounts, times, tags = (_there(columns, known) for known in (how.amounts, how.times, how.tags))
    for column in amounts:
        if columns[column] != "VARCHAR":
            cursor.execute(f"ALTER TABLE raw ALTER {name(column)} TYPE VARCHAR")
    called = {how.renames.get(column, column): column for column in raw.columns}
    cut = mend(
        cursor, {one: called[one] for one in amounts}, floats=how.floats or _binary(columns, amounts), comma=how.decimal_comma
    )
    made = {column: f"TRY_CAST({name(column)} AS {DECIMAL})" for column in amounts}
    made |= {column: _dated(time_sql(name(column), columns[column], how.time_formats)) for column in times}
    made |= {column: tags_sql(name(column), columns[column]) for column in tags}
    fields = ", ".join(f"{made.get(column) or _text(name(column), kind)} AS {name(column)}" for column, kind in columns.items())
    cursor.execute(f"CREATE TABLE bill AS SELECT {fields}{_absent(how, columns)}, _file, _line FROM raw")
    known = (*how.amounts, *how.times, *how.tags, *how.texts)
    nulls = "".join(f", NULL::VARCHAR AS {name(column)}" for column in known if column not in _known(columns, known))
    cursor.execute(f"CREATE VIEW delivered AS SELECT *{nulls} FROM raw")
    _tell_unread(cursor, times, tags, called)
    return (*_binary_remark(columns, amounts), *cut)


def _renamed(raw: Raw, how: Translation) -> dict[str, str]:
    """Call the columns of ``raw`` what the form calls them; gives their types by those names."""
    for column, right in how.renames.items():
        if column != right:
            raw.cursor.execute(f"ALTER TABLE raw RENAME {name(column)} TO {name(right)}")
    return {how.renames.get(column, column): kind for column, kind in raw.columns.items()}


def _binary_remark(columns: Mapping[str, str], amounts: Sequence[str]) -> tuple[str, ...]:
    if not _binary(columns, amounts):
        return ()
    return (t("Amounts are binary fractions there: each is taken as the shortest decimal that names it, to 18 decimals."),)


def _there(columns: Mapping[str, str], known: Sequence[str]) -> list[str]:
    """Those of the names that were delivered, as they are written there."""
    spelled = {column.lower(): column for column in columns}
    return [spelled[one.lower()] for one in known if one.lower() in spelled]


def _known(columns: Mapping[str, str], known: Sequence[str]) -> set[str]:
    """Those of the names that were delivered, as the form writes them."""
    there = {column.lower() for column in columns}
    return {one for one in known if one.lower() in there}


def _absent(how: Translation, columns: Mapping[str, str]) -> str:
    """Columns that the form knows and that were not delivered."""
    kinds = ((how.amounts, DECIMAL), (how.times, "TIMESTAMP"), (how.tags, "MAP(VARCHAR, VARCHAR)"), (how.texts, "VARCHAR"))
    return "".join(
        f", NULL::{kind} AS {name(column)}" for known, kind in kinds for column in known if column not in _known(columns, known)
    )


def _binary(columns: Mapping[str, str], amounts: Sequence[str]) -> bool:
    """Whether the amounts come as binary fractions."""
    return any(columns[column] in {"DOUBLE", "FLOAT"} for column in amounts)


def _text(quoted: str, kind: str) -> str:
    """Anything as text; lists and structs as JSON."""
    if kind == "VARCHAR":
        return quoted
    nested = kind.endswith("[]") or kind.startswith(("STRUCT", "MAP"))
    return f"to_json({quoted})::VARCHAR" if nested else f"{quoted}::VARCHAR"


def _dated(sql: str) -> str:
    """A time in years that a bill can be of: none else fits in a calendar everywhere."""
    return f"CASE WHEN year({sql}) BETWEEN {YEARS[0]} AND {YEARS[1]} THEN {sql} END"


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
    text = f"TRY_CAST({quoted if kind == 'VARCHAR' else f'to_json({quoted})'} AS JSON)"
    pairs = f"[(e ->> '$.key', e ->> '$.value') FOR e IN json_extract({text}, '$[*]') IF e ->> '$.key' IS NOT NULL]"
    listed = f"CASE WHEN len({pairs}) = json_array_length({text}) THEN map_from_entries(list_distinct({pairs})) END"
    return f"CASE WHEN json_type({text}) = 'ARRAY' THEN {listed} ELSE TRY_CAST({text} AS MAP(VARCHAR, VARCHAR)) END"


def _tell_unread(cursor: duckdb.DuckDBPyConnection, times: Sequence[str], tags: Sequence[str], called: Mapping[str, str]) -> None:
    """Rows in which a time or a set of tags was there and could not be read. ``called``: column -> its name as delivered."""
    whys = dict.fromkeys(times, t("is no time that is known here")) | dict.fromkeys(tags, t("is no JSON object"))
    if not whys:
        return
    counts = ", ".join(f"count({name(column)})" for column in whys)
    before, after = (cursor.execute(f"SELECT {counts} FROM {table}").fetchone() or () for table in ("raw", "bill"))
    for (column, why), there, read in zip(whys.items(), before, after, strict=True):
        if there != read:
            quoted = name(column)
            told = f"{literal(called[column])} || ' ' || left(raw.{quoted}::VARCHAR, 60) || {literal(' ' + why + '.')}"
            cursor.execute(
                f"INSERT INTO bad SELECT _file, _line, {told} FROM raw JOIN bill USING (_file, _line) "
                f"WHERE raw.{quoted} IS NOT NULL AND bill.{quoted} IS NULL"
            )
