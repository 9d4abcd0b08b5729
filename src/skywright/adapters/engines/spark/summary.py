"""DuckDB's SUMMARIZE as a SELECT that any engine can answer."""

from collections.abc import Iterable

from skywright.adapters.engines.duckdb.database import name, quoted

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
_ORDERED = (*_NUMBERS, "VARCHAR", "BOOLEAN", "TIMESTAMP", "DATE")


def summary_sql(sql: str, columns: Iterable[tuple[str, str]]) -> str:
    """One row a column of ``sql``: its type, ends, distinct values, mean and quartiles of numbers, and the share of NULLs."""
    parts = (_column(sql, number, column, kind) for number, (column, kind) in enumerate(columns))
    return f"SELECT * EXCLUDE (place) FROM ({' UNION ALL '.join(parts)}) ORDER BY place"


def _column(sql: str, place: int, column: str, kind: str) -> str:
    this = name(column)
    ends = ("min", "max") if kind.startswith(_ORDERED) and not kind.endswith("]") else ()
    number = kind.startswith(_NUMBERS) and not kind.endswith("]")
    told = [
        *(f"CAST({end}({this}) AS VARCHAR) AS {end}" if ends else f"NULL::VARCHAR AS {end}" for end in ("min", "max")),
        f"approx_count_distinct({this}) AS approx_unique" if ends else "NULL::BIGINT AS approx_unique",
        f"avg(CAST({this} AS DOUBLE)) AS avg" if number else "NULL::DOUBLE AS avg",
        f"stddev(CAST({this} AS DOUBLE)) AS std" if number else "NULL::DOUBLE AS std",
        *(
            f"quantile_cont(CAST({this} AS DOUBLE), {share / 100}) AS q{share}" if number else f"NULL::DOUBLE AS q{share}"
            for share in (25, 50, 75)
        ),
        "count(*) AS count",
        f"CAST(100 * (count(*) - count({this})) / greatest(count(*), 1) AS DECIMAL(9, 2)) AS null_percentage",
    ]
    return (
        f"SELECT {place} AS place, {quoted(column)} AS column_name, {quoted(kind)} AS column_type, {', '.join(told)} FROM ({sql})"
    )
