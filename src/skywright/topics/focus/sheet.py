"""A bill's table -> the same rows with typed columns, over which checks are written.

A number stands as DOUBLE under its column's name, a time as TIMESTAMP, a map as JSON text; what was delivered stands as text under
``<column>$``. What cannot be read as its type is NULL under the name and not NULL as text.
"""

import re
from collections.abc import Mapping

from skywright.topics.focus.verdicts import FILE, LINE, Bill

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_QUOTED = re.compile(r"'(?:[^']|'')*'")


_ABSENT = {"Decimal": "DOUBLE", "DateTime": "TIMESTAMP"}


class Sheet:
    """The table that checks ask, and which columns it lacks. ``types``: column -> String, Decimal, DateTime or KeyValue."""

    def __init__(self, bill: Bill, types: Mapping[str, str]) -> None:
        self.bill = bill
        self.types = types
        self._there = {name.lower(): name for name in bill.columns}

    def has(self, column: str) -> bool:
        """Whether the bill has a column, in whatever case."""
        return column.lower() in self._there

    def physical(self, column: str) -> str:
        """The type in which a column was delivered, as DuckDB names it (VARCHAR for text)."""
        return self.bill.columns[self._there[column.lower()]]

    def is_text(self, column: str) -> bool:
        """Whether a column was delivered as text."""
        return self.physical(column) == "VARCHAR"

    def named(self, sql: str) -> list[str]:
        """The columns of the dataset that an expression names."""
        return [word for word in dict.fromkeys(_WORD.findall(_QUOTED.sub("", sql))) if word in self.types]

    def lacks(self, sql: str) -> list[str]:
        """The columns that an expression names and the bill does not have."""
        return [column for column in self.named(sql) if not self.has(column)]

    def sql(self) -> str:
        """The rows as a subquery; a column that the bill does not have is NULL."""
        columns = [part for column in self.types for part in self._columns(column)]
        return f"(SELECT {', '.join((*columns, FILE, LINE))} FROM {self.bill.table})"

    def _columns(self, column: str) -> tuple[str, str]:
        if not self.has(column):
            return (
                f"NULL::{_ABSENT.get(self.types[column], 'VARCHAR')} AS {quoted(column)}",
                f"NULL::VARCHAR AS {quoted(column + '$')}",
            )
        source = quoted(self._there[column.lower()])
        text = f"{source}::VARCHAR" if not self.is_text(column) else source
        match self.types[column]:
            case "Decimal":
                value = f"TRY_CAST({source} AS DOUBLE)"
            case "DateTime":
                value = f"TRY_CAST({source} AS TIMESTAMP)"
            case "KeyValue" | "JSON" if not self.is_text(column):
                text = value = f"to_json({source})::VARCHAR"
            case _:
                value = text
        return f"{value} AS {quoted(column)}", f"{text} AS {quoted(column + '$')}"


def quoted(name: str) -> str:
    """A quoted SQL name."""
    return '"' + name.replace('"', '""') + '"'


def raw(column: str) -> str:
    """The SQL name of a column as it was delivered, as text."""
    return quoted(column + "$")


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
