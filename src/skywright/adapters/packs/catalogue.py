"""The tables that a rule may read: name -> columns, and what must be covered for an absence there to count."""

from functools import lru_cache

import msgspec

from skywright.model.kinds import KINDS
from skywright.model.schema import MADE_TABLES, OTHER_TABLES, columns, element_tables, table_name


class TableInfo(msgspec.Struct, frozen=True):
    """One table. ``read`` is the kind (or other table) that its rows come from; ``column`` is set for an element table: the
    list column whose elements it shows."""

    name: str
    columns: dict[str, str]
    read: str
    column: str | None = None


@lru_cache(maxsize=1)
def tables() -> dict[str, TableInfo]:
    """Every table by name."""
    found = {name: TableInfo(name, types, name) for name, types in (OTHER_TABLES | MADE_TABLES).items()}
    for kind in KINDS:
        found[table_name(kind.KIND)] = TableInfo(table_name(kind.KIND), {**columns(kind.KIND), "seen_at": "TIMESTAMP"}, kind.KIND)
        for name, (column, types) in element_tables(kind.KIND).items():
            found[name] = TableInfo(name, types, kind.KIND, column)
    return found
