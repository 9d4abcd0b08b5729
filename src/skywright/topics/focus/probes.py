"""What is asked of a bill for each rule, all in one scan; and rows as examples of what is broken."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from skywright.topics.focus.sheet import Sheet, quoted, raw
from skywright.topics.focus.verdicts import FILE, LINE, Example

EXAMPLES_MAX = 3
BATCH = 250
"""Conditions counted in one scan: more make the database's plan slow to draw up."""


ROW = "row"
"""What each group should have one of, where it should be one row."""


class Groups(msgspec.Struct, frozen=True):
    """Groups of rows by the columns ``by``, each of which should have ``count`` values of ``one`` (``at_most``: or fewer)."""

    by: tuple[str, ...]
    one: str
    where: str
    count: int = 1
    at_most: bool = False

    def sql(self, sheet: Sheet) -> str:
        """The groups that have another number of values: the columns ``by``, how many, two of the values, where one row stands."""
        by = ", ".join(quoted(column) for column in self.by)
        value = f"{FILE} || ':' || {LINE}" if self.one == ROW else quoted(self.one)
        return (
            f"SELECT {by}, count(DISTINCT {value}) AS n, min({value})::VARCHAR, max({value})::VARCHAR, min({FILE}), min({LINE}) "
            f"FROM {sheet.sql()} WHERE {self.where} GROUP BY {by} HAVING n {'>' if self.at_most else '<>'} {self.count}"
        )


def count(sheet: Sheet, wanted: Iterable[str]) -> dict[str, int]:
    """Conditions -> in how many rows each is met, ``TRUE`` (every row) among them."""
    asked = list(dict.fromkeys(("TRUE", *wanted)))
    found: dict[str, int] = {}
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        counts = ", ".join(f"count(*) FILTER ({condition})" for condition in batch)
        (row,) = sheet.bill.ask(f"SELECT {counts} FROM {sheet.sql()}").rows
        found.update(zip(batch, map(int, row), strict=True))
    return found


def rows_where(sheet: Sheet, condition: str, columns: Sequence[str]) -> tuple[Example, ...]:
    """A few rows that meet a condition, with their values of some columns as they were delivered."""
    shown = [column for column in dict.fromkeys(columns) if sheet.has(column)]
    values = ", ".join((FILE, LINE, *(raw(column) for column in shown)))
    found = sheet.bill.ask(f"SELECT {values} FROM {sheet.sql()} WHERE {condition} LIMIT {EXAMPLES_MAX}").rows
    return tuple(Example(f"{row[0]}:{row[1]}", dict(zip(shown, row[2:], strict=True))) for row in found)


def distinct(sheet: Sheet, column: str) -> int:
    """How many values a column has."""
    return int(sheet.bill.ask(f"SELECT count(DISTINCT {quoted(column)}) FROM {sheet.sql()}").rows[0][0])


def values_of(sheet: Sheet, column: str) -> list[tuple[str, int, str]]:
    """A column's values as delivered: each with how many rows have it, and where one stands."""
    found = sheet.bill.ask(
        f"SELECT {raw(column)}, count(*), min({FILE}), min({LINE}) FROM {sheet.sql()} WHERE {raw(column)} IS NOT NULL GROUP BY 1"
    )
    return [(str(value), int(many), f"{file}:{line}") for value, many, file, line in found.rows]


def groups_where(sheet: Sheet, groups: Groups) -> tuple[int, tuple[Example, ...]]:
    """How many groups are not as they should be, and a few of them."""
    found = sheet.bill.ask(groups.sql(sheet)).rows
    return len(found), tuple(_group(groups, row) for row in found[:EXAMPLES_MAX])


def _group(groups: Groups, row: Sequence[object]) -> Example:
    names = row[: len(groups.by)]
    many, least, most, file, line = row[len(groups.by) :]
    values: Mapping[str, str | None] = {
        **{column: None if value is None else str(value) for column, value in zip(groups.by, names, strict=True)},
        groups.one: f"{many} values: {least}, {most}" if many else None,
    }
    return Example(f"{file}:{line}", values)
