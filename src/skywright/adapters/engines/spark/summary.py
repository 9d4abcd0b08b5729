"""DuckDB's SUMMARIZE as one pass over the rows that any engine can make."""

from collections.abc import Callable, Iterable

from skywright.adapters.engines.duckdb.database import name
from skywright.ports.engine import Rows

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
_ORDERED = (*_NUMBERS, "VARCHAR", "BOOLEAN", "TIMESTAMP", "DATE")
_TOLD = ("min", "max", "approx_unique", "avg", "std", "q25", "q50", "q75", "count", "null_percentage")
_COLUMNS_PER_PASS_MAX = 12  # a few columns a query: a plan of hundreds of aggregates is more than a small executor holds


def summarize(sql: str, columns: Iterable[tuple[str, str]], ask: Callable[[str], Rows]) -> Rows:
    """One row a column of ``sql``: its type, ends, distinct values, mean and quartiles of numbers, and the share of NULLs."""
    columns = list(columns)
    rows: list[tuple[object, ...]] = []
    for start in range(0, len(columns), _COLUMNS_PER_PASS_MAX):
        some = columns[start : start + _COLUMNS_PER_PASS_MAX]
        [told] = ask(f"SELECT {', '.join(told for column, kind in some for told in _told(column, kind))} FROM ({sql})").rows
        wide = len(_TOLD)
        rows.extend((*one, *told[place * wide : (place + 1) * wide]) for place, one in enumerate(some))
    return Rows(("column_name", "column_type", *_TOLD), rows)


def _told(column: str, kind: str) -> Iterable[str]:
    """The aggregates of one column, in the order of ``_TOLD``."""
    this = name(column)
    ordered = kind.startswith(_ORDERED) and not kind.endswith("]")
    number = kind.startswith(_NUMBERS) and not kind.endswith("]")
    wide = f"CAST({this} AS DOUBLE)"
    told = [
        *(f"CAST({end}({this}) AS VARCHAR)" if ordered else "NULL::VARCHAR" for end in ("min", "max")),
        f"approx_count_distinct({this})" if ordered else "NULL::BIGINT",
        f"avg({wide})" if number else "NULL::DOUBLE",
        f"stddev({wide})" if number else "NULL::DOUBLE",
        *(f"quantile_cont({wide}, {share / 100})" if number else "NULL::DOUBLE" for share in (25, 50, 75)),
        "count(*)",
        f"CAST(100 * (count(*) - count({this})) / greatest(count(*), 1) AS DECIMAL(9, 2))",
    ]
    return (f"{what} AS {name(f'{column} {label}')}" for what, label in zip(told, _TOLD, strict=True))
