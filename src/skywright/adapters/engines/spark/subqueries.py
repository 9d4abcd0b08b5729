"""Subqueries and generators where Spark would give another answer, or none.

- ``x IN (SELECT ...)`` under OR, NOT, CASE or in a SELECT list: Spark answers FALSE there where SQL says NULL (its existence join
  knows two answers). It is spelt out with EXISTS, which has two answers in SQL too.
- ``IN (SELECT unnest(list))`` of literals is a plain list of values.
- Several ``unnest`` in one SELECT go side by side in DuckDB; Spark allows one generator: the lists are zipped.
"""

from sqlglot import exp

from skywright.adapters.engines.spark.functions import call


def rewrite_subqueries(tree: exp.Expr) -> exp.Expr:
    """Spell out every ``IN (SELECT ...)``, innermost first."""
    for node in reversed(list(tree.find_all(exp.In))):
        query = node.args.get("query")
        if query is None:
            continue
        select = query.unnest() if isinstance(query, exp.Subquery) else query
        new = _of_literals(node, select) or (None if _stands_alone(node) else _spelt_out(node, select))
        if new is not None:
            node.replace(new)
    return tree


def rewrite_unnest(tree: exp.Expr) -> exp.Expr:
    """Zip the lists of every SELECT that unnests more than one."""
    for select in list(tree.find_all(exp.Select)):
        generated = [one for one in select.expressions if isinstance(one.unalias(), exp.Explode)]
        if len(generated) > 1:
            _zip(select, generated)
    return tree


def _of_literals(node: exp.In, select: exp.Expr) -> exp.Expr | None:
    """``x IN (SELECT unnest([...]))`` as ``x IN (...)``; nothing is in an empty list."""
    if not isinstance(select, exp.Select) or select.args.get("from_") or len(select.expressions) != 1:
        return None
    generated = select.expressions[0].unalias()
    listed = generated.this if isinstance(generated, exp.Explode) else None
    if not isinstance(listed, exp.Array) or not all(
        isinstance(one, exp.Literal | exp.Boolean | exp.Cast) for one in listed.expressions
    ):
        return None
    if not listed.expressions:
        return exp.false()
    return exp.In(this=node.this.copy(), expressions=[one.copy() for one in listed.expressions])


def _stands_alone(node: exp.Expr) -> bool:
    """Whether the condition (or its negation) is a part of a WHERE that all rows must meet: there Spark knows three answers."""
    above = node.parent
    while isinstance(above, exp.And | exp.Paren | exp.Not):
        above = above.parent
    return isinstance(above, exp.Where)


def _spelt_out(node: exp.In, select: exp.Expr) -> exp.Expr:
    value = node.this

    def there_is(condition: exp.Expr | None) -> exp.Expr:
        held = exp.select("1").from_(exp.Subquery(this=select.copy(), alias=_alias()))
        return exp.Exists(this=held.where(condition) if condition is not None else held)

    member = exp.column("_member", table="_held", quoted=True)
    equal = exp.EQ(this=member, expression=value.copy())
    unknown = exp.or_(exp.Is(this=member.copy(), expression=exp.null()), exp.Is(this=value.copy(), expression=exp.null()))
    cases = exp.Case().when(there_is(equal), exp.true()).when(there_is(unknown), exp.null())
    return exp.Paren(this=cases.else_(exp.false()))


def _alias() -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier("_held", quoted=True), columns=[exp.to_identifier("_member", quoted=True)])


def _zip(select: exp.Select, generated: list[exp.Expr]) -> None:
    lists = [call("coalesce", one.unalias().this, exp.Array(expressions=[])) for one in generated]
    names = [exp.to_identifier(one.alias or "unnest", quoted=True) for one in generated]
    zipped = exp.Aliases(this=call("inline", call("arrays_zip", *lists)), expressions=names)
    first = select.expressions.index(generated[0])
    kept = [one for one in select.expressions if one not in generated]
    select.set("expressions", [*kept[:first], zipped, *kept[first:]])
