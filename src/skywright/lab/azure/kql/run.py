"""A query and a table's rows -> the rows of its answer. Property names know no case in columns, as in the service."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from skywright.lab.azure.kql.parse import BadQuery, Node, Operator, Query
from skywright.lab.azure.kql.values import Row, looked, rank

EXPANDED_MAX = 128  # rows that mv-expand makes of one, unless it says otherwise


def run(query: Query, rows: Iterable[Row]) -> list[Row]:
    """The answer. Raises BadQuery for what is not known."""
    found = list(rows)
    for operator in query.operators:
        found = _STAGES[operator.name](operator, found)
    return found


def _where(operator: Operator, rows: list[Row]) -> list[Row]:
    test = looked(operator.named[0][1])
    return [row for row in rows if test(row) is True]


def _project(operator: Operator, rows: list[Row]) -> list[Row]:
    looks = [(name, looked(node)) for name, node in operator.named]
    return [{name: look(row) for name, look in looks} for row in rows]


def _extend(operator: Operator, rows: list[Row]) -> list[Row]:
    looks = [(name, looked(node)) for name, node in operator.named]
    found = []
    for row in rows:
        new = dict(row)
        for name, look in looks:
            new[name] = look(new)
        found.append(new)
    return found


def _away(operator: Operator, rows: list[Row]) -> list[Row]:
    gone = {name.lower() for name, _ in operator.named}
    return [{name: value for name, value in row.items() if name.lower() not in gone} for row in rows]


def _keep(operator: Operator, rows: list[Row]) -> list[Row]:
    kept = {name.lower() for name, _ in operator.named}
    return [{name: value for name, value in row.items() if name.lower() in kept} for row in rows]


def _rename(operator: Operator, rows: list[Row]) -> list[Row]:
    names = {str(node[1]).lower(): name for name, node in operator.named}
    return [{names.get(name.lower(), name): value for name, value in row.items()} for row in rows]


def _order(operator: Operator, rows: list[Row]) -> list[Row]:
    found = list(rows)
    for (_, node), down in reversed(list(zip(operator.named, operator.down, strict=True))):
        look = looked(node)
        found.sort(key=lambda row: rank(look(row)), reverse=down)
    return found


def _limit(operator: Operator, rows: list[Row]) -> list[Row]:
    return rows[: operator.count]


def _top(operator: Operator, rows: list[Row]) -> list[Row]:
    return _order(operator, rows)[: operator.count]


def _distinct(operator: Operator, rows: list[Row]) -> list[Row]:
    unique = {json.dumps(row, sort_keys=True): row for row in _project(operator, rows)}
    return list(unique.values())


def _count(_operator: Operator, rows: list[Row]) -> list[Row]:
    return [{"Count": len(rows)}]


def _expand(operator: Operator, rows: list[Row]) -> list[Row]:
    found = []
    for row in rows:
        (name, node), *others = operator.named
        if others:
            raise BadQuery("Query is invalid. mv-expand takes one column here.")
        value = looked(node)(row)
        parts = (
            value if isinstance(value, list) else [{key: one} for key, one in value.items()] if isinstance(value, dict) else None
        )
        found += [{**row, name: part} for part in (parts or [None])[: operator.count or EXPANDED_MAX]]
    return found


def _summarize(operator: Operator, rows: list[Row]) -> list[Row]:
    keys = [(name, looked(node)) for name, node in operator.by]
    groups: dict[str, tuple[Row, list[Row]]] = {}
    for row in rows:
        head = {name: look(row) for name, look in keys}
        groups.setdefault(json.dumps(head, sort_keys=True), (head, []))[1].append(row)
    if not keys:
        groups.setdefault("{}", ({}, []))
    return [{**head, **{name: _total(node, some) for name, node in operator.named}} for head, some in groups.values()]


def _total(node: Node, rows: list[Row]) -> Any:
    if node[0] != "call" or node[1] not in _TOTALS:
        raise BadQuery(f"Query is invalid. '{node[1]}' is no aggregation.")
    name, arguments = node[1], node[2]
    if name == "count":
        return len(rows)
    if name == "countif":
        test = looked(arguments[0])
        return sum(test(row) is True for row in rows)
    values = [value for row in rows if (value := looked(arguments[0])(row)) is not None]
    return _TOTALS[name](values)


def _unique(values: Sequence[Any]) -> list[Any]:
    return list({json.dumps(value, sort_keys=True): value for value in values}.values())


_TOTALS: dict[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "countif": len,
    "dcount": lambda values: len(_unique(values)),
    "sum": sum,
    "avg": lambda values: sum(values) / len(values) if values else None,
    "min": lambda values: min(values, key=rank, default=None),
    "max": lambda values: max(values, key=rank, default=None),
    "make_list": list,
    "make_set": _unique,
    "any": lambda values: values[0] if values else None,
    "take_any": lambda values: values[0] if values else None,
}

_STAGES: dict[str, Callable[[Operator, list[Row]], list[Row]]] = {
    "where": _where,
    "project": _project,
    "extend": _extend,
    "project-away": _away,
    "project-keep": _keep,
    "project-rename": _rename,
    "order": _order,
    "limit": _limit,
    "top": _top,
    "distinct": _distinct,
    "count": _count,
    "mv-expand": _expand,
    "summarize": _summarize,
}
