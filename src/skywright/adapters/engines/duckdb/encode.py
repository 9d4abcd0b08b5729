"""Rows -> lines of JSON that DuckDB reads, in one order whatever order they came in, and their hash."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from skywright.model.canonical import canonical
from skywright.model.estate import Relation, Usage
from skywright.model.history import UsageHistory
from skywright.model.kinds import Resource
from skywright.model.schema import MADE_TABLES, OTHER_TABLES, columns

LINE_BYTES_SPARE = 65_536
"""DuckDB stumbles over a very long last line when there is no room behind it."""


def table_columns(table: str) -> Mapping[str, str]:
    """Column name -> DuckDB type of a kind, or of a table beside the kinds. Raises KeyError for another name."""
    return OTHER_TABLES.get(table) or MADE_TABLES.get(table) or columns(table)


def lines(rows: Iterable[msgspec.Struct]) -> list[bytes]:
    """One line of JSON a row, sorted; a resource that was listed twice (a page read again) is there once."""
    kept: dict[object, bytes] = {}
    for row in rows:
        line = _line(row)
        kept[_key(row, line)] = line
    return [kept[key] for key in sorted(kept, key=str)]


@cache
def shape_of(table: str) -> str:
    """A mark of a table's columns and types: files of the same mark are read without a look at each one's columns."""
    return hashlib.sha256(canonical(list(table_columns(table).items()))).hexdigest()[:12]


def content_hash(table: str, encoded: Sequence[bytes]) -> str:
    """SHA-256 (hex) of a table's schema and lines: the same rows under a newer schema are another file."""
    seed = hashlib.sha256(canonical([table, dict(table_columns(table))]))
    for line in encoded:
        seed.update(line)
        seed.update(b"\n")
    return seed.hexdigest()


def plain_line(row: Mapping[str, Any]) -> bytes:
    """A row that came out of a query, as a line: ``native`` is JSON text there and stays what it is."""
    native = row.get("native")
    if isinstance(native, str):
        return canonical({**row, "native": msgspec.Raw(native.encode())})
    return canonical(row)


def reader(table: str, path: str, longest: int) -> str:
    """SQL that reads such lines from the file at ``path`` (already quoted) with the table's own types."""
    schema = ", ".join(f"'{column}': '{kind}'" for column, kind in table_columns(table).items())
    return (
        f"read_json({path}, format = 'newline_delimited', compression = 'uncompressed', auto_detect = false, "
        f"maximum_object_size = {longest + LINE_BYTES_SPARE}, columns = {{{schema}}})"
    )


def _key(row: msgspec.Struct, line: bytes) -> object:
    match row:
        case Resource():
            return row.id
        case Usage():
            return (row.resource, row.metric, row.window_days)
        case UsageHistory():
            return (row.resource, row.part, row.metric)
        case Relation():
            return (row.source, row.verb.value, row.target)
        case _:
            return line


def _line(row: msgspec.Struct) -> bytes:
    try:
        return canonical(row)
    except UnicodeEncodeError:  # half of a surrogate pair: JSON lets it in, UTF-8 does not let it out
        return canonical(_mended(msgspec.structs.asdict(row)))


def _mended(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_mended(key): _mended(part) for key, part in value.items()}
        case list() | tuple():
            return [_mended(part) for part in value]
        case msgspec.Struct():
            return _mended(msgspec.structs.asdict(value))
        case _:
            return value
