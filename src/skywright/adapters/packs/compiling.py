"""A rule's SQL text -> a compiled condition: parsed, names resolved, types compared, parameters bound, gaps guarded."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from skywright.adapters.packs.catalogue import TableInfo, tables
from skywright.adapters.packs.elements import look_inside
from skywright.adapters.packs.guard import guard, reads
from skywright.adapters.packs.names import Names, Report
from skywright.adapters.packs.problems import unknown
from skywright.model.rule_sql import NOW
from skywright.model.schema import table_name
from skywright.model.words import t

SQL_CHARS_MAX = 20_000
_NUMBERS = ("BIGINT", "DOUBLE", "DECIMAL")
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_NOW_FUNCTIONS = ("now", "get_current_timestamp", "transaction_timestamp", "current_localtimestamp")
_FORBIDDEN_FUNCTIONS = ("age", "random", "uuid", "getenv", "current_setting", "nextval", "setseed", "txid_current", "version")


class Compiled(msgspec.Struct, frozen=True):
    """``sql`` over ``model.rule_sql.source_sql``; the row's own ``columns`` and what else it ``reads``."""

    sql: str
    columns: tuple[str, ...]
    reads: tuple[str, ...]


def compile_sql(text: str, kind: str, params: Mapping[str, Any], report: Report) -> Compiled | None:
    """Compile one expression over ``kind``; None when it cannot be parsed. Problems go to ``report``."""
    expression = _parse(text, report)
    if expression is None:
        return None
    own = tables()[table_name(kind)]
    _refuse_forbidden(expression, report)
    expression = expression.transform(lambda node: _bound(node, params, report), copy=False)
    names = Names(own, report)
    holder: exp.Expr = exp.Paren(this=expression)  # so that the outermost node, too, can be replaced in its parent
    names.resolve(holder)
    for problem in _type_problems(holder):
        report(problem)
    holder = holder.transform(lambda node: _fixed_time(node, own), copy=False)
    others, lists = reads(holder, own)
    holder = look_inside(holder, own)
    result = guard(holder.this, own)
    return Compiled(result.sql("duckdb"), tuple(sorted(names.own | lists)), tuple(sorted(others)))


def _parse(text: str, report: Report) -> exp.Expr | None:
    if len(text) > SQL_CHARS_MAX:
        report(t("The SQL is longer than {count} characters.", count=SQL_CHARS_MAX))
        return None
    try:
        statements = sqlglot.parse(f"SELECT {text}\n", read="duckdb")
    except (SqlglotError, RecursionError) as error:
        report(t("This is not SQL: {why}.", why=_syntax(error)))
        return None
    select = statements[0] if len(statements) == 1 else None
    shape = {key for key, value in select.args.items() if value} if isinstance(select, exp.Select) else set()
    if not isinstance(select, exp.Select) or shape - {"expressions", "kind"} or len(select.expressions) != 1:
        report(t("This is not one SQL expression: {text}", text=text))
        return None
    expression = select.expressions[0]
    return expression.unalias() if isinstance(expression, exp.Alias) else expression


def _syntax(error: Exception) -> str:
    found = getattr(error, "errors", None)
    if not found:
        return str(error).split(".")[0]
    near = (found[0].get("highlight") or "").strip()
    what = str(found[0].get("description") or "").split(" but got")[0].rstrip(".")
    if "<class" in what:  # the parser's own words for an operator without its operand
        what = t("something is missing")
    return t("{what} near `{near}`", what=what, near=near) if near else what


def _refuse_forbidden(expression: exp.Expr, report: Report) -> None:
    for node in expression.walk():
        if isinstance(node, (exp.DML, exp.DDL, exp.Command)) and not isinstance(node, exp.Query):
            report(t("A rule may only read."))
        name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
        if isinstance(node, (exp.Rand, exp.Uuid)) or name in _FORBIDDEN_FUNCTIONS:
            report(t("`{sql}` gives another answer each time; a rule may not use it.", sql=node.sql("duckdb")))


def _bound(node: exp.Expr, params: Mapping[str, Any], report: Report) -> exp.Expr:
    if isinstance(node, exp.In):  # IN (:list) is IN over its members
        node.set("expressions", [member for value in node.expressions for member in _members(value, params)])
        return node
    if not isinstance(node, (exp.Placeholder, exp.Parameter)):
        return node
    if node.name not in params:
        report(unknown(t("parameter"), f":{node.name}", [f":{known}" for known in params]))
        return exp.null()
    return exp.convert(params[node.name])


def _members(value: exp.Expr, params: Mapping[str, Any]) -> list[exp.Expr]:
    if isinstance(value, exp.Placeholder) and isinstance(listed := params.get(value.name), list):
        return [exp.convert(member) for member in listed] or [exp.null()]
    return [value]


def _fixed_time(node: exp.Expr, own: TableInfo) -> exp.Expr:
    """``now()`` is the snapshot's time."""
    now = exp.column(NOW, table=own.name, quoted=True)
    if isinstance(node, (exp.CurrentTimestamp, exp.Localtimestamp)) or (
        isinstance(node, exp.Anonymous) and node.name.lower() in _NOW_FUNCTIONS
    ):
        return now
    if isinstance(node, exp.CurrentDate):
        return exp.cast(now, "DATE")
    return node


def _type_problems(expression: exp.Expr) -> Iterator[str]:
    """Columns compared with literals of another type. What else does not fit is found when the SQL is bound."""
    for comparison in expression.find_all(*_COMPARISONS):
        yield from _literal_problem(comparison.this, comparison.expression)
        yield from _literal_problem(comparison.expression, comparison.this)
    for member in expression.find_all(exp.In):
        for value in member.expressions:
            yield from _literal_problem(member.this, value)


def _literal_problem(column: exp.Expr, value: exp.Expr) -> Iterator[str]:
    if not isinstance(column, exp.Column) or not (kind := column.meta.get("sql_type")):
        return
    wanted, given = _group(kind), _literal_group(value)
    if not given or given == wanted or (wanted == "time" and given == "text"):
        return
    yield t(
        "`{column}` is {wanted} ({kind}) and is compared with {sql}, which is {given}.",
        column=column.name,
        wanted=_words(wanted),
        kind=kind,
        sql=value.sql("duckdb"),
        given=_words(given),
    )


def _group(kind: str) -> str:
    if kind.endswith("[]") or kind.startswith(("MAP", "STRUCT")):
        return "collection"
    if kind.startswith(_NUMBERS):
        return "number"
    return {"VARCHAR": "text", "BOOLEAN": "truth", "TIMESTAMP": "time"}.get(kind, "text")


def _literal_group(value: exp.Expr) -> str:
    match value:
        case exp.Literal():
            return "text" if value.is_string else "number"
        case exp.Boolean():
            return "truth"
        case exp.Neg():
            return _literal_group(value.this)
        case _:
            return ""


def _words(group: str) -> str:
    return {
        "text": t("a text"),
        "number": t("a number"),
        "truth": t("true or false"),
        "time": t("a time"),
        "collection": t("a list or a map"),
    }[group]
