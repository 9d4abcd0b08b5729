"""A SELECT in DuckDB's dialect -> the same question in Spark's.

sqlglot knows the grammar of both. What it does not know is meaning: where the two give other answers to the same words, the tree is
rewritten first (``functions``, ``subqueries``). Whatever is not rewritten means the same in both.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from skywright.adapters.engines.spark.functions import rewritten
from skywright.adapters.engines.spark.subqueries import rewrite_subqueries, rewrite_unnest
from skywright.model.errors import BadInput
from skywright.model.words import t

_NOW = frozenset({"now", "get_current_timestamp", "transaction_timestamp", "current_localtimestamp"})
_TODAY = frozenset({"today"})
_TIMES = frozenset({"get_current_time", "current_localtime"})


def to_spark(sql: str, params: Mapping[str, Any], now: datetime) -> str:
    """Translate one SELECT that DuckDB has already bound. Parameters become literals, the clock stands still at ``now``.

    Raises BadInput for what Spark has no words for.
    """
    try:
        tree = sqlglot.parse_one(sql, read="duckdb")
        tree = tree.transform(lambda node: _bound(node, params), copy=False)
        tree = tree.transform(lambda node: _frozen(node, now), copy=False)
        tree = rewrite_subqueries(tree)
        tree = rewrite_unnest(_rewritten(tree))
        return tree.sql("spark", identify=True)
    except (SqlglotError, RecursionError) as error:
        raise BadInput(
            t("The query cannot be put into Spark's words: {why}.", why=str(error).split("\n")[0].rstrip(".")),
            next_step=t("Write it in simpler words, or set `engine: duckdb`."),
        ) from error


def _rewritten(tree: exp.Expr) -> exp.Expr:
    """Every node rewritten, the innermost first, so that what is around it still stands when it is asked for."""
    holder = exp.Paren(this=tree)  # so that the outermost node, too, can be replaced in its parent
    for node in reversed(list(tree.dfs())):
        new = rewritten(node)
        if new is not node:
            node.replace(new)
    whole: exp.Expr = holder.this
    return whole


def _bound(node: exp.Expr, params: Mapping[str, Any]) -> exp.Expr:
    """A parameter's value as a literal of the type that DuckDB gives it."""
    if isinstance(node, exp.Placeholder | exp.Parameter) and node.name in params:
        return _literal(params[node.name])
    return node


def _literal(value: Any) -> exp.Expr:
    match value:
        case float():
            return exp.cast(exp.Literal.string(repr(value)), "DOUBLE")
        case list() | tuple() | set() | frozenset():
            return exp.Array(expressions=[_literal(part) for part in value])
        case datetime():
            return exp.cast(exp.Literal.string(value.isoformat(" ")), "TIMESTAMP")
        case _:
            return exp.convert(value)


def _frozen(node: exp.Expr, now: datetime) -> exp.Expr:
    """Every word for the present time, as the snapshot's."""
    word = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if isinstance(node, exp.CurrentTimestamp | exp.Localtimestamp | exp.CurrentDatetime) or word in _NOW:
        return exp.cast(exp.Literal.string(now.isoformat(" ")), "TIMESTAMP")
    if isinstance(node, exp.CurrentDate) or word in _TODAY:
        return exp.cast(exp.Literal.string(now.date().isoformat()), "DATE")
    if word == "age":
        since = node.expressions if len(node.expressions) > 1 else [_midnight(now), *node.expressions]
        return exp.Paren(this=exp.Sub(this=since[0], expression=since[1]))
    if isinstance(node, exp.CurrentTime) or word in _TIMES:
        return exp.cast(exp.Literal.string(now.time().isoformat()), "TIME")
    return node


def _midnight(now: datetime) -> exp.Expr:
    return exp.cast(exp.Literal.string(now.date().isoformat()), "TIMESTAMP")
