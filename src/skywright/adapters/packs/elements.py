"""``EXISTS`` over a row's own list column -> a look into the list itself, which needs no join.

``EXISTS (SELECT 1 FROM network_firewall_rules r WHERE r.resource = network_firewall.id AND r.cidr = ...)`` becomes
``len(list_filter(network_firewall.rules, lambda r: r.cidr = ...)) > 0``. Both say the same of every list, and the second is
NULL of itself where the list is not known.
"""

from sqlglot import exp

from skywright.adapters.packs.catalogue import TableInfo, tables

_PLAIN = {"kind", "expressions", "from_", "from", "where"}


def look_inside(expression: exp.Expr, own: TableInfo) -> exp.Expr:
    """The expression with every such EXISTS replaced. Names must be resolved."""
    return expression.transform(lambda node: _inside(node, own) if isinstance(node, exp.Exists) else node, copy=False)


def _inside(exists: exp.Exists, own: TableInfo) -> exp.Expr:
    select = exists.this
    if not isinstance(select, exp.Select) or any(value for key, value in select.args.items() if key not in _PLAIN):
        return exists
    clause, where = select.args.get("from_") or select.args.get("from"), select.args.get("where")
    table = clause.this if clause is not None else None
    if not isinstance(table, exp.Table) or where is None or table.args.get("joins") or table.args.get("laterals"):
        return exists
    info = tables().get(table.name.lower())
    if info is None or info.column is None or info.read != own.read:
        return exists
    return _filtered(exists, where.this, table.alias_or_name.lower(), info.column, own)


def _filtered(exists: exp.Exists, condition: exp.Expr, alias: str, column: str, own: TableInfo) -> exp.Expr:
    parts = list(condition.flatten()) if isinstance(condition, exp.And) else [condition]
    rest = [part for part in parts if not ties_to_row(part, alias, own)]
    if len(rest) != len(parts) - 1 or any(_hinders(part, alias) for part in rest):
        return exists
    body = exp.and_(*rest, copy=True) if rest else exp.true()
    for node in list(body.find_all(exp.Column)):
        if node.table.lower() == alias:
            field = exp.Dot(this=exp.to_identifier(alias, quoted=True), expression=exp.to_identifier(node.name, quoted=True))
            if node is body:
                body = field
            else:
                node.replace(field)
    chosen = exp.func(
        "LIST_FILTER",
        exp.column(column, table=own.name, quoted=True),
        exp.Lambda(this=body, expressions=[exp.to_identifier(alias, quoted=True)]),
        dialect="duckdb",
    )
    return exp.Paren(this=exp.GT(this=exp.func("LEN", chosen, dialect="duckdb"), expression=exp.Literal.number(0)))


def ties_to_row(condition: exp.Expr, alias: str, own: TableInfo) -> bool:
    """Whether this is ``<alias>.resource = <own>.id``, either way round."""
    if not isinstance(condition, exp.EQ):
        return False
    return {_end(condition.this), _end(condition.expression)} == {(alias, "resource"), (own.name, "id")}


def _hinders(condition: exp.Expr, alias: str) -> bool:
    """A subquery cannot stand in a lambda, and an element knows its owner no more."""
    if condition.find(exp.Select) is not None:
        return True
    return any(_end(column) == (alias, "resource") for column in condition.find_all(exp.Column))


def _end(node: exp.Expr) -> tuple[str, str]:
    return (node.table.lower(), node.name.lower()) if isinstance(node, exp.Column) else ("", "")
