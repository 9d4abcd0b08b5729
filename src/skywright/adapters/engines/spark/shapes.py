"""What the shape of an expression is, as far as it can be told without binding: a list, a fraction, or neither.

One function of DuckDB is often several of Spark (``len`` of a text or of a list, ``x[1]`` of a list or of a map). Columns tell by
their names: no name is a text in one kind and a list in another (a test holds that).
"""

from collections.abc import Iterator
from functools import lru_cache

from sqlglot import exp

from skywright.model.kinds import KIND_BY_NAME
from skywright.model.schema import MADE_TABLES, OTHER_TABLES, columns, element_tables, table_name

_LIST_NODES = (exp.Array, exp.ArrayFilter, exp.Transform, exp.MapKeys, exp.Split, exp.ArrayConcat, exp.List, exp.ArrayAgg)
_LIST_FUNCTIONS = frozenset(  # of both dialects: what is inside is rewritten first
    {
        "array_compact",
        "array_intersect",
        "slice",
        "filter",
        "transform",
        "map_entries",
        "map_values",
        "list_intersect",
        "list_distinct",
        "list_sort",
        "list_concat",
        "list_where",
        "flatten",
    }
)
_PASSING = (exp.Paren, exp.Alias, exp.Distinct)


def is_list(node: exp.Expr | None) -> bool:
    """Whether an expression gives a list."""
    match node:
        case exp.Cast():
            return bool(node.to.is_type(exp.DType.ARRAY, exp.DType.LIST))
        case exp.Coalesce():
            return any(map(is_list, (node.this, *node.expressions)))
        case exp.Case():
            return any(is_list(branch.args.get("true")) for branch in node.args["ifs"]) or is_list(node.args.get("default"))
        case exp.Anonymous():
            return node.name.lower() in _LIST_FUNCTIONS
        case exp.Bracket() if any(isinstance(part, exp.Slice) for part in node.expressions):
            return is_list(node.this)
        case exp.Paren() | exp.Alias():
            return is_list(node.this)
        case None:
            return False
        case _:
            return isinstance(node, _LIST_NODES) or shape_of(leaf(node)) == "list"


def is_fraction(node: exp.Expr) -> bool:
    """Whether an expression gives a DOUBLE."""
    if isinstance(node, exp.Div) or (isinstance(node, exp.Cast) and node.to.is_type(exp.DType.DOUBLE, exp.DType.FLOAT)):
        return True
    if isinstance(node, exp.Binary | exp.Paren | exp.Neg):
        return any(is_fraction(part) for part in node.iter_expressions())
    return shape_of(leaf(node)) == "fraction"


def is_decimal(node: exp.Expr) -> bool:
    """Whether an expression gives a DECIMAL: a number with a point, a cast, a price, or what is reckoned from one."""
    match node:
        case exp.Literal():
            return not node.is_string and "." in node.name
        case exp.Cast():
            return bool(node.to.is_type(exp.DType.DECIMAL))
        case exp.Binary() | exp.Paren() | exp.Neg():
            return any(is_decimal(part) for part in node.iter_expressions())
        case _:
            return shape_of(leaf(node)) == "decimal"


def leaf(node: exp.Expr) -> str:
    """The last name of a column or of a field of a struct; empty for anything else."""
    match node:
        case exp.Column():
            return node.name.lower()
        case exp.Dot():
            return str(node.expression.name).lower()
        case exp.Paren():
            return leaf(node.this)
        case _:
            return ""


def shape_of(name: str) -> str:
    """``list``, ``map``, ``fraction``, ``decimal``, ``text`` or ``other``: of the columns and fields of this name."""
    return _shapes().get(name, "other")


def fields_of(table: str, name: str) -> tuple[str, ...]:
    """The fields of the structs in a table's list column; without the ``table`` they must be the same in every table that has
    such a column. Empty when it cannot be told."""
    found = {fields for (owner, column), fields in _fields().items() if column == name and table in ("", owner)}
    return found.pop() if len(found) == 1 else ()


def shapes_of_every_column() -> Iterator[tuple[str, str]]:
    """(name, shape) of every column and field of every table."""
    for kind in KIND_BY_NAME:
        for table in (columns(kind), *(fields for _, fields in element_tables(kind).values())):
            yield from ((name, _shape(sql_type)) for name, sql_type in table.items())
    for table in (*OTHER_TABLES.values(), *MADE_TABLES.values()):
        yield from ((name, _shape(sql_type)) for name, sql_type in table.items())


def _shape(sql_type: str) -> str:
    if sql_type.endswith("[]"):
        return "list"
    if sql_type.startswith("MAP("):
        return "map"
    if sql_type.startswith("DECIMAL"):
        return "decimal"
    return {"DOUBLE": "fraction", "VARCHAR": "text"}.get(sql_type, "other")


@lru_cache(maxsize=1)
def _shapes() -> dict[str, str]:
    """A list or map in one table counts as one everywhere; a fraction only when it is nothing else."""
    found: dict[str, str] = {}
    for name, shape in shapes_of_every_column():
        known = found.get(name, shape)
        found[name] = shape if known == shape else next((one for one in (known, shape) if one in ("list", "map")), "other")
    return found


@lru_cache(maxsize=1)
def _fields() -> dict[tuple[str, str], tuple[str, ...]]:
    return {
        (table_name(kind), column): tuple(name for name in fields if name != "resource")
        for kind in KIND_BY_NAME
        for column, fields in element_tables(kind).values()
    }
