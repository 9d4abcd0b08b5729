"""Functions and operators of DuckDB that Spark spells otherwise, or answers otherwise, one rewriting each.

What each function does with NULL, with an empty list and past the end is DuckDB's (its documentation, "Functions"; asked of DuckDB
2.0); Spark's answers to the same are in its SQL reference ("Built-in functions", "ANSI compliance").
"""

from collections.abc import Callable, Mapping

from sqlglot import exp
from sqlglot.errors import UnsupportedError

from skywright.adapters.engines.spark.shapes import fields_of, is_decimal, is_fraction, is_list, leaf, shape_of

SUM_TYPE = "DECIMAL(30, 6)"
"""Sums of lists are exact to a millionth: DuckDB's are whole numbers or doubles, and the type of a list's members is not known."""

_WHOLE = (exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT)


def rewritten(node: exp.Expr) -> exp.Expr:
    """The node in words that mean to Spark what it meant to DuckDB. Called on each node of a tree, the innermost first."""
    if isinstance(node, exp.Anonymous):
        by_name = _NAMED.get(node.name.lower())
        return by_name(node.expressions) if by_name else node
    by_type = _TYPED.get(type(node))
    return by_type(node) if by_type else node


def call(name: str, *parts: exp.Expr) -> exp.Expr:
    """A call of a Spark function that is written out as it is."""
    return exp.Anonymous(this=name, expressions=list(parts))


def _length(node: exp.Expr) -> exp.Expr:
    known_map = shape_of(leaf(node.this)) == "map"
    return call("size", node.this) if is_list(node.this) or known_map else call("char_length", node.this)


def _bracket(node: exp.Expr) -> exp.Expr:
    """``x[i]`` of a list or map is NULL where there is nothing; ``x[a:b]`` is a part of a list or a text."""
    assert isinstance(node, exp.Bracket)
    [index] = node.expressions
    if isinstance(index, exp.Slice):
        return _part(node.this, index)
    return call("try_element_at", node.this, _counted_from_one(index))


def _counted_from_one(index: exp.Expr) -> exp.Expr:
    """Sqlglot counts from zero: it has taken one from every literal index, also from those that count from the end."""
    literal = index.this if isinstance(index, exp.Neg) else index
    if not isinstance(literal, exp.Literal) or literal.is_string:
        return index
    return exp.Literal.number((-int(literal.name) if literal is not index else int(literal.name)) + 1)


def _part(whole: exp.Expr, part: exp.Slice) -> exp.Expr:
    start = part.this or exp.Literal.number(1)
    name = "slice" if is_list(whole) else "substring"
    end = part.expression
    if end is None and name == "substring":
        return call(name, whole, start)
    last = end if end is not None else call("size", whole)
    length = exp.Paren(this=exp.Add(this=exp.Sub(this=last.copy(), expression=start.copy()), expression=exp.Literal.number(1)))
    return call(name, whole, start, call("greatest", exp.Literal.number(0), length))


def _divide(node: exp.Expr) -> exp.Expr:
    """Division is of doubles, and by zero it is infinite (or not a number) rather than an error."""
    above, below = exp.cast(node.this, "DOUBLE"), exp.cast(node.expression, "DOUBLE")
    plain = exp.Div(this=above, expression=below, typed=False, safe=True)
    if isinstance(node.expression, exp.Literal) and float(node.expression.name) != 0:
        return exp.Paren(this=plain)
    endless = exp.Mul(this=above.copy(), expression=exp.cast(exp.Literal.string("Infinity"), "DOUBLE"))
    return call("if", exp.EQ(this=below.copy(), expression=exp.Literal.number(0)), endless, plain)


def _cast(node: exp.Expr) -> exp.Expr:
    """A fraction that becomes a whole number is rounded and not cut: a DOUBLE half to even, a DECIMAL half away from zero."""
    assert isinstance(node, exp.Cast)
    if node.to.this is exp.DType.JSON:
        node.set("to", exp.DataType.build("TEXT"))
    if node.to.is_type(exp.DType.TIMESTAMPTZ):
        node.set("to", exp.DataType.build("TIMESTAMP"))
    if node.to.this in _WHOLE and is_fraction(node.this):
        node.set("this", call("rint", node.this))
    elif node.to.this in _WHOLE and is_decimal(node.this):
        node.set("this", call("round", node.this))
    return node


def _if(node: exp.Expr) -> exp.Expr:
    """A bare NULL is no condition to Spark."""
    if isinstance(node.this, exp.Null):
        node.set("this", exp.cast(exp.null(), "BOOLEAN"))
    return node


def _date_diff(node: exp.Expr) -> exp.Expr:
    """DuckDB counts the boundaries between two times, Spark whole units."""
    unit = str(node.args.get("unit") or "DAY").strip("'").upper()
    later, earlier = node.this, node.expression
    if unit == "DAY":
        return call("datediff", exp.cast(later, "DATE"), exp.cast(earlier, "DATE"))
    begun = [call("date_trunc", exp.Literal.string(unit), time) for time in (earlier, later)]
    return call("timestampdiff", exp.Var(this=unit), *begun)


def _contains(node: exp.Expr) -> exp.Expr:
    return call("array_contains", call("array_compact", node.this), node.expression)


def _overlap(node: exp.Expr) -> exp.Expr:
    return call("arrays_overlap", call("array_compact", node.this), call("array_compact", node.expression))


def _map(node: exp.Expr) -> exp.Expr:
    """A map literal is a struct to sqlglot, which is rewritten by now."""
    inside = node.this
    return call("map", *inside.expressions) if isinstance(inside, exp.Anonymous) and inside.name == "named_struct" else node


def _key(node: exp.Expr) -> exp.Expr:
    return exp.Literal.string(node.name) if isinstance(node, exp.Identifier) else node


def _struct(node: exp.Expr) -> exp.Expr:
    named = [part for part in node.expressions if isinstance(part, exp.PropertyEQ)]
    if len(named) != len(node.expressions):
        return node
    return call("named_struct", *(part for pair in named for part in (_key(pair.this), pair.expression)))


def _concat(node: exp.Expr) -> exp.Expr:
    """``concat`` leaves NULLs out; ``||`` does not."""
    if any(map(is_list, node.expressions)):
        return call("concat", *node.expressions)
    return call("concat_ws", exp.Literal.string(""), *(exp.cast(part, "TEXT") for part in node.expressions))


def _pipes(node: exp.Expr) -> exp.Expr:
    return call("concat", node.this, node.expression)


def _matches(node: exp.Expr) -> exp.Expr:
    return call("regexp_like", node.this, node.expression)


def _like(node: exp.Expr) -> exp.Expr:
    r"""In DuckDB ``\`` is a character like any other."""
    pattern = node.expression
    if isinstance(pattern, exp.Literal) and "\\" in pattern.name:
        node.set("expression", exp.Literal.string(pattern.name.replace("\\", "\\\\")))
    return node


def _glob(node: exp.Expr) -> exp.Expr:
    pattern = node.expression
    if not isinstance(pattern, exp.Literal):
        raise UnsupportedError("GLOB takes a text, not an expression")
    return call("regexp_like", node.this, exp.Literal.string(_glob_pattern(pattern.name)))


def _glob_pattern(text: str) -> str:
    """A glob as a regular expression over the whole text."""
    out, at = [], 0
    while at < len(text):
        letter = text[at]
        end = text.find("]", at + 2) if letter == "[" else -1
        if end > 0:
            inside = text[at + 1 : end].replace("\\", "\\\\")
            out.append(f"[{'^' + inside[1:] if inside.startswith('!') else inside}]")
            at = end + 1
            continue
        out.append({"*": ".*", "?": "."}.get(letter) or (letter if letter.isalnum() else f"\\{letter}"))
        at += 1
    return f"(?s)\\A{''.join(out)}\\z"


def _intervals(position: int) -> Callable[[exp.Expr], exp.Expr]:
    """``to_hours(n)`` and its like; ``position`` among days, hours, minutes, seconds."""

    def made(count: exp.Expr) -> exp.Expr:
        return call("make_dt_interval", *(exp.Literal.number(0) for _ in range(position)), count)

    return made


def _try(node: exp.Expr) -> exp.Expr:
    """An error inside is NULL. Spark knows that of casts alone, which are what can go wrong in a condition."""
    inside: exp.Expr = node.this
    return inside.transform(_tried)


def _tried(node: exp.Expr) -> exp.Expr:
    return exp.TryCast(this=node.this, to=node.args["to"], safe=True) if type(node) is exp.Cast else node


def _is_double(node: exp.Expr) -> bool:
    return (isinstance(node, exp.Cast) and bool(node.to.is_type(exp.DType.DOUBLE))) or isinstance(node, exp.Distinct)


def _array_agg(node: exp.Expr) -> exp.Expr:
    """A list in an order: Spark gathers in none, so that it is sorted afterwards; it can be by the members alone, upwards."""
    order = node.this
    if not isinstance(order, exp.Order):
        return node
    [by, *more] = order.expressions
    if more or by.args.get("desc") or by.this != order.this:
        raise UnsupportedError("a list can be ordered by its own members only, and upwards")
    return call("array_sort", call("collect_list", order.this))


def _bool_or(parts: list[exp.Expr]) -> exp.Expr:
    return call("array_max", *parts)


def _bool_and(parts: list[exp.Expr]) -> exp.Expr:
    return call("array_min", *parts)


def _list_sum(parts: list[exp.Expr]) -> exp.Expr:
    known = call("array_compact", parts[0])
    nothing = exp.cast(exp.Literal.number(0), SUM_TYPE)
    adding = exp.Lambda(
        this=exp.cast(exp.Add(this=exp.column("a"), expression=exp.cast(exp.column("x"), SUM_TYPE)), SUM_TYPE),
        expressions=[exp.to_identifier("a"), exp.to_identifier("x")],
    )
    some = exp.GT(this=call("size", known), expression=exp.Literal.number(0))
    return exp.Case().when(some, call("aggregate", known.copy(), nothing, adding))


def _struct_update(parts: list[exp.Expr]) -> exp.Expr:
    """A struct with some fields anew. The fields are those of the list that the lambda around it goes over."""
    struct, *changes = parts
    new = {change.this.name: change.expression for change in changes}
    fields = _fields_around(struct)
    if not fields:
        raise UnsupportedError("struct_update needs a list column of structs around it")
    pairs: list[exp.Expr] = []
    for field in fields:
        same = exp.Dot(this=struct.copy(), expression=exp.to_identifier(field))
        pairs += [exp.Literal.string(field), new.get(field, same)]
    copied: exp.Expr = call("named_struct", *pairs)
    return exp.Case().when(exp.Not(this=exp.Is(this=struct.copy(), expression=exp.null())), copied)


def _fields_around(struct: exp.Expr) -> tuple[str, ...]:
    around = struct.find_ancestor(exp.Lambda)
    owner = around.parent if around is not None else None
    listed = owner.this if isinstance(owner, exp.Transform | exp.ArrayFilter) else None
    return fields_of(listed.table.lower(), listed.name.lower()) if isinstance(listed, exp.Column) else ()


def _list_position(parts: list[exp.Expr]) -> exp.Expr:
    return call("nullif", call("array_position", *parts), exp.Literal.number(0))


def _hash(parts: list[exp.Expr]) -> exp.Expr:
    """A hash of a value or of a whole row (a table's alias); other numbers than DuckDB's, as each version of it gives too."""
    [what] = parts
    row = isinstance(what, exp.Column) and not what.table and _is_alias(what)
    whole = exp.Column(this=exp.Star(), table=exp.to_identifier(what.name)) if row else what
    return exp.cast(call("xxhash64", whole), "DECIMAL(38, 0)")


def _is_alias(column: exp.Expr) -> bool:
    select = column.find_ancestor(exp.Select)
    return select is not None and any(table.alias == column.name for table in select.find_all(exp.Table))


def _list_intersect(parts: list[exp.Expr]) -> exp.Expr:
    return call("array_compact", call("array_intersect", *parts))


_TYPED: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Length: _length,
    exp.Bracket: _bracket,
    exp.Div: _divide,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.If: _if,
    exp.DateDiff: _date_diff,
    exp.ArrayContains: _contains,
    exp.ArrayOverlaps: _overlap,
    exp.ToMap: _map,
    exp.Struct: _struct,
    exp.Concat: _concat,
    exp.DPipe: _pipes,
    exp.RegexpLike: _matches,
    exp.Like: _like,
    exp.Glob: _glob,
    exp.ToDays: lambda node: _intervals(0)(node.this),
    exp.AnyValue: lambda node: call("any_value", node.this, exp.true()),
    exp.Try: _try,
    exp.Avg: lambda node: exp.Avg(this=exp.cast(node.this, "DOUBLE")) if not _is_double(node.this) else node,
    exp.ArrayAgg: _array_agg,
    exp.PercentileCont: lambda node: call("percentile", node.this, node.expression) if node.expression else node,
}

_NAMED: Mapping[str, Callable[[list[exp.Expr]], exp.Expr]] = {
    "list_bool_or": _bool_or,
    "list_bool_and": _bool_and,
    "list_sum": _list_sum,
    "struct_update": _struct_update,
    "list_position": _list_position,
    "list_indexof": _list_position,
    "list_intersect": _list_intersect,
    "list_has_all": lambda parts: call("forall", parts[1], _member_of(parts[0])),
    "list_where": lambda parts: call("filter", parts[0], _marked_by(parts[1])),
    "map_contains": lambda parts: call("map_contains_key", *parts),
    "hash": _hash,
    "to_hours": lambda parts: _intervals(1)(parts[0]),
    "to_minutes": lambda parts: _intervals(2)(parts[0]),
    "to_seconds": lambda parts: _intervals(3)(parts[0]),
}


def _member_of(listed: exp.Expr) -> exp.Expr:
    held = call("array_contains", call("array_compact", listed), exp.column("x"))
    return exp.Lambda(this=held, expressions=[exp.to_identifier("x")])


def _marked_by(marks: exp.Expr) -> exp.Expr:
    """Whether the member at a place is marked. The names are no column's: the marks speak of columns."""
    return exp.Lambda(this=call("get", marks, exp.column("_at")), expressions=[exp.to_identifier("_it"), exp.to_identifier("_at")])
