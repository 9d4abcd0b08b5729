"""The tables that a rule may read: name -> columns, and what must be covered for an absence there to count."""

from functools import lru_cache

import msgspec

from skywright.model.kinds import KINDS
from skywright.model.kinds.base import Resource
from skywright.model.schema import OTHER_TABLES, columns, element_tables, struct_columns, table_name

_MADE_BY_ENGINE = {
    "cost": {
        "resource": "VARCHAR",
        "hourly": "DECIMAL(18,6)",
        "monthly": "DECIMAL(18,6)",
        "currency": "VARCHAR",
        "source": "VARCHAR",
        "dated": "VARCHAR",
        "note": "VARCHAR",
    },
    "price": {
        "cloud": "VARCHAR",
        "region": "VARCHAR",
        "kind": "VARCHAR",
        "sku": "VARCHAR",
        "unit": "VARCHAR",
        "amount": "DECIMAL(18,8)",
        "currency": "VARCHAR",
        "source": "VARCHAR",
        "dated": "VARCHAR",
    },
}


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
    found = {name: TableInfo(name, types, name) for name, types in (OTHER_TABLES | _MADE_BY_ENGINE).items()}
    common = {**struct_columns(Resource), "kind": "VARCHAR", "seen_at": "TIMESTAMP"}
    found["resource"] = TableInfo("resource", common, "resource")
    for kind in KINDS:
        found[table_name(kind.KIND)] = TableInfo(table_name(kind.KIND), {**columns(kind.KIND), "seen_at": "TIMESTAMP"}, kind.KIND)
        for name, (column, types) in element_tables(kind.KIND).items():
            found[name] = TableInfo(name, types, kind.KIND, column)
    return found
