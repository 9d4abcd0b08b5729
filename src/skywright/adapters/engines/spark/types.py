"""DuckDB's types -> Spark's, and Spark's values -> those that DuckDB gives to Python."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from skywright.adapters.engines.duckdb.database import name

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

_AS_TEXT = frozenset({"JSON", "UUID", "INTERVAL", "TIME", "BLOB", "BIT"})
_AS_TIME = frozenset({"TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})
_HUGE = frozenset({"HUGEINT", "UHUGEINT", "UBIGINT"})


@lru_cache(maxsize=1024)
def spark_type(duck_type: str) -> str:
    """A column's type in Spark's words; empty for one that is never there (the type of a bare NULL)."""
    if duck_type in _AS_TEXT or duck_type.startswith("ENUM"):
        return "STRING"
    if duck_type in _AS_TIME:
        return "TIMESTAMP_NTZ"
    if duck_type in _HUGE:
        return "DECIMAL(38, 0)"
    if duck_type == '"NULL"':
        return ""
    tree = exp.DataType.build(duck_type, dialect="duckdb")
    for part in list(tree.find_all(exp.DataType)):
        if part.this is exp.DType.JSON:
            part.set("this", exp.DType.TEXT)
        elif part.this in (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ):
            part.set("this", exp.DType.TIMESTAMPNTZ)
        elif part.this in (exp.DType.INT128, exp.DType.UBIGINT):
            part.replace(exp.DataType.build("DECIMAL(38, 0)"))
    return tree.sql("spark", identify=True)


def schema_of(columns: Mapping[str, str]) -> str:
    """Columns (name -> DuckDB type) as Spark's DDL."""
    return ", ".join(f"{ticked(column)} {spark_type(kind)}" for column, kind in columns.items())


def empty_of(columns: Mapping[str, str]) -> str:
    """Spark's SQL for an empty table of these columns: its optimizer then leaves out all that joins with it."""
    return (
        "SELECT "
        + ", ".join(f"CAST(NULL AS {spark_type(kind)}) AS {ticked(column)}" for column, kind in columns.items())
        + " WHERE false"
    )


def nothing_of(columns: Mapping[str, str]) -> str:
    """DuckDB's SQL for an empty table of these columns."""
    return "SELECT " + ", ".join(f"NULL::{kind} AS {name(column)}" for column, kind in columns.items()) + " WHERE false"


def ticked(text: str) -> str:
    """A quoted name of Spark's SQL."""
    return "`" + text.replace("`", "``") + "`"


def converter(schema: "StructType", duck_types: Iterable[str]) -> Callable[[Iterable[Any]], list[tuple[Any, ...]]]:
    """A function from Spark's rows to plain tuples: structs are dicts, huge integers are integers."""
    huge = [kind in _HUGE for kind in duck_types]
    nested = [field.dataType.typeName() in ("struct", "array", "map") for field in schema.fields]

    def value(given: Any, *, is_huge: bool, is_nested: bool) -> Any:
        if given is None:
            return None
        if is_huge:
            return int(given)
        return plain(given) if is_nested else given

    def rows(answer: Iterable[Any]) -> list[tuple[Any, ...]]:
        return [tuple(value(one, is_huge=h, is_nested=n) for one, h, n in zip(row, huge, nested, strict=True)) for row in answer]

    return rows


def plain(value: Any) -> Any:
    """A nested value without Spark's own classes."""
    if hasattr(value, "asDict"):
        return {key: plain(part) for key, part in value.asDict().items()}
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value
