"""One statement of SQL -> the tables it reads, or a refusal: only a SELECT over the snapshot's tables passes.

DuckDB's own parser is asked (``json_serialize_sql``), so that what is checked is what runs. The locked-down instance
(``database``) is the second wall.
"""

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

import duckdb
import msgspec

from skywright.adapters.engines.duckdb.database import Complaint, complaint
from skywright.model.errors import BadInput
from skywright.model.words import t

TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series", "json_each", "json_tree"})
"""Functions that may stand where a table stands: they make rows from values and open nothing."""

_ELSEWHERE = frozenset({"schema_name", "catalog_name"})
"""Names of another schema or catalogue in a table's node; left out of the tree where there are none."""
_TREE = "SELECT json_serialize_sql($sql, skip_default := true, skip_null := true, skip_empty := true)"


class Asked(msgspec.Struct, frozen=True):
    """What a statement reads."""

    tables: frozenset[str]
    params: frozenset[str]


def check(cursor: duckdb.DuckDBPyConnection, sql: str, known: Iterable[str]) -> Asked:
    """The tables and parameters of one SELECT. Raises BadInput for anything else, and for a table that is not known."""
    found = cursor.execute(_TREE, {"sql": sql}).fetchone()
    tree: dict[str, Any] = msgspec.json.decode(found[0]) if found else {}
    if tree.get("error"):
        raise _unreadable(sql, tree)
    statements = tree["statements"]
    if len(statements) != 1:
        raise _only_select()
    return _asked(statements[0], frozenset(known))


def translate(error: duckdb.Error, sql: str, columns: Iterable[str], ahead: int = 0) -> BadInput:
    """What is wrong with a query that did not run; ``columns`` are those of the tables that it reads. ``ahead``: bytes that stood
    before it in what was run."""
    said = complaint(error)
    if ahead and said.position.isdigit():
        said = msgspec.structs.replace(said, position=str(max(0, int(said.position) - ahead)))
    if said.error_subtype == "COLUMN_NOT_FOUND" or "does not have a column named" in said.exception_message:
        missing = said.name or said.first_line.rsplit('"', 2)[-2]
        return BadInput(
            t("There is no column {name}{where}.", name=missing, where=_where(sql, said)),
            next_step=nearest(missing, columns),
        )
    return BadInput(
        t("The query cannot be answered: {reason}{where}.", reason=said.first_line, where=_where(sql, said)),
        next_step=t('The columns of a table: `skywright query "describe compute_instance"`.'),
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the known name that looks most like ``name``; empty when none does."""
    close = difflib.get_close_matches(name.lower(), sorted(set(known)), n=1, cutoff=0.6)
    return t("Did you mean {name}?", name=close[0]) if close else ""


def _asked(statement: dict[str, Any], known: frozenset[str]) -> Asked:
    nodes = list(_walk(statement["node"]))
    local = {entry["key"].lower() for node in nodes for entry in (node.get("cte_map") or {}).get("map", ())}
    local.update(node["cte_name"].lower() for node in nodes if node.get("cte_name"))
    allowed = known | local
    tables = set()
    for node in nodes:
        match node.get("type"):
            case "BASE_TABLE" if not _ELSEWHERE.isdisjoint(node) or node["table_name"].lower() not in allowed:
                path = ".".join(node["qualified_name"]["path"])
                raise BadInput(t("There is no table {name}.", name=path), next_step=nearest(path, known) or _all_tables())
            case "BASE_TABLE":
                tables.add(node["table_name"].lower())
            case "TABLE_FUNCTION" if node["function"]["function_name"] not in TABLE_FUNCTIONS:
                raise BadInput(
                    t(
                        "{name}(...) cannot be read from: a query sees the snapshot and nothing else.",
                        name=node["function"]["function_name"],
                    ),
                    next_step=_all_tables(),
                )
            case "SHOW_REF" if "query" not in node:
                raise _only_select()
    parameters = {name for node in nodes if node.get("type") == "VALUE_PARAMETER" for name in [node.get("identifier")]}
    return Asked(frozenset(tables & known), frozenset(name for name in parameters if name))


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object of a tree, from the top."""
    stack: list[Any] = [node]
    while stack:
        branch = stack.pop()
        if branch.__class__ is dict:
            yield branch
            branch = branch.values()
        stack += [inner for inner in branch if inner.__class__ is dict or inner.__class__ is list]


def _unreadable(sql: str, tree: dict[str, Any]) -> BadInput:
    if tree.get("error_type") != "parser":
        return _only_select()
    said = Complaint(position=tree.get("position", ""))
    return BadInput(
        t("The query is not SQL: {reason}{where}.", reason=tree["error_message"].splitlines()[0], where=_where(sql, said)),
        next_step=t('Try `skywright query "select id, name from resource limit 5"`.'),
    )


def _only_select() -> BadInput:
    return BadInput(t("Only one SELECT can be asked: the estate is read-only."), next_step=_all_tables())


def _all_tables() -> str:
    return t("All tables: `skywright query --tables`.")


def _where(sql: str, said: Complaint) -> str:
    if not said.position.isdigit():
        return ""
    before = sql.encode()[: int(said.position)].decode(errors="ignore")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return t(" (line {line}, column {column})", line=line, column=column)
