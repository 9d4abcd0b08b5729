"""Where a rule reads rows that may not all be there, an absence becomes unknown instead of false.

``EXISTS``, ``IN (SELECT ...)`` and ``count(*) > k`` that are true over the rows we have stay true whatever else there is;
``count(*) = 0`` and ``count(*) < k`` that are false stay false. Everything else that is read from a table with gaps is NULL.
SQL's own three-valued logic then carries the unknown to the verdict.
"""

from collections.abc import Callable, Iterator

from sqlglot import exp

from skywright.adapters.packs.catalogue import TableInfo, tables
from skywright.adapters.packs.elements import ties_to_row
from skywright.model.rule_sql import gap_column, gap_of

_FLIPPED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.EQ: exp.EQ,
}


def reads(condition: exp.Expr, own: TableInfo) -> tuple[set[str], set[str]]:
    """(what is read beside the row itself, the row's own list columns that are read through their element tables)."""
    others: set[str] = set()
    lists: set[str] = set()
    for table in condition.find_all(exp.Table):
        info = tables().get(table.name.lower())
        if info is None:
            continue
        if info.column is not None and info.read == own.read and _is_of_row(table, own):
            lists.add(info.column)
        else:
            others.add(info.read)
    return others, lists


def guard(condition: exp.Expr, own: TableInfo) -> exp.Expr:
    """The condition with every subquery guarded against the gaps of what it reads."""
    if (guarded := _guard_node(condition, own)) is not None:
        return guarded
    for child in list(condition.iter_expressions()):
        replacement = guard(child, own)
        if replacement is not child:
            child.replace(replacement)
    return condition


def _guard_node(node: exp.Expr, own: TableInfo) -> exp.Expr | None:
    """The guarded form of a node that reads other rows; None when it does not, or when its parts are to be looked at."""
    match node:
        case exp.Exists():
            return _stays_true(node, own)
        case exp.In() if node.args.get("query") is not None:
            return _stays_true(node, own)
        case exp.GT() | exp.GTE() | exp.LT() | exp.LTE() | exp.EQ():
            return _guard_count(node, own)
        case exp.Subquery() | exp.Select() | exp.Any() | exp.All():
            return _unknown_in_gap(node, own)
        case _:
            return None


def _guard_count(node: exp.Expr, own: TableInfo) -> exp.Expr | None:
    left, right = node.this, node.expression
    if _counts(left) and isinstance(right, exp.Literal):
        form, limit = type(node), right
    elif _counts(right) and isinstance(left, exp.Literal):
        form, limit = _FLIPPED[type(node)], left
    else:
        return None
    if form in (exp.GT, exp.GTE):
        return _stays_true(node, own)
    if form in (exp.LT, exp.LTE) or (form is exp.EQ and limit.name == "0"):
        return _stays_false(node, own)
    return None


def _counts(node: exp.Expr) -> bool:
    """A subquery whose only output is a count, which more rows can only raise."""
    if not isinstance(node, exp.Subquery) or not isinstance(node.this, exp.Select):
        return False
    select = node.this
    grouped = any(select.args.get(key) for key in ("group", "having", "limit", "offset"))
    return len(select.expressions) == 1 and isinstance(select.expressions[0].unalias(), exp.Count) and not grouped


def _stays_true(node: exp.Expr, own: TableInfo) -> exp.Expr:
    if _nested(node):
        return _unknown_in_gap(node, own)
    return _with_gap(node, own, lambda gap: exp.Paren(this=exp.Or(this=node.copy(), expression=_null_if_true(gap))))


def _stays_false(node: exp.Expr, own: TableInfo) -> exp.Expr:
    if _nested(node):
        return _unknown_in_gap(node, own)
    return _with_gap(node, own, lambda gap: exp.Paren(this=exp.And(this=node.copy(), expression=exp.Not(this=_null_if_true(gap)))))


def _unknown_in_gap(node: exp.Expr, own: TableInfo) -> exp.Expr:
    value = exp.Paren(this=node.copy()) if isinstance(node, exp.Select) else node.copy()
    return _with_gap(node, own, lambda gap: exp.Case().when(exp.Not(this=exp.Paren(this=gap)), value))


def _with_gap(node: exp.Expr, own: TableInfo, form: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    gaps = sorted(set(_gaps(node, own)), key=lambda gap: gap.sql())
    return form(exp.or_(*gaps, copy=False)) if gaps else node


def _gaps(node: exp.Expr, own: TableInfo) -> Iterator[exp.Expr]:
    """What makes an absence in this node's tables meaningless, as conditions over the row."""
    for table in node.find_all(exp.Table):
        info = tables().get(table.name.lower())
        if info is None:
            continue
        if info.column is not None and info.read == own.read and _is_of_row(table, own):
            yield exp.Is(this=exp.column(info.column, table=own.name, quoted=True), expression=exp.null())
        elif (what := gap_of(info.read)) is not None:
            yield exp.column(gap_column(what), table=own.name, quoted=True)


def _is_of_row(table: exp.Table, own: TableInfo) -> bool:
    """Whether an element table is tied to the row itself: ``r.resource = <own>.id``."""
    select = table.find_ancestor(exp.Select)
    where = select.args.get("where") if select is not None else None
    if where is None:
        return False
    parts = where.this.flatten() if isinstance(where.this, exp.And) else [where.this]
    return any(ties_to_row(part, table.alias_or_name.lower(), own) for part in parts)


def _nested(node: exp.Expr) -> bool:
    """Whether there is a subquery inside the subquery: then more rows may also take a truth away."""
    return len(list(node.find_all(exp.Select))) > 1


def _null_if_true(gap: exp.Expr) -> exp.Expr:
    return exp.func("NULLIF", exp.Paren(this=gap) if isinstance(gap, exp.Or) else gap, exp.true())
