"""Expressions of KQL: what a node of a query gives for a row. Comparisons and functions as Kusto's reference has them."""

import functools
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from skywright.lab.azure.kql.parse import BadQuery, Node

Row = dict[str, Any]
Look = Callable[[Row], Any]


def looked(node: Node) -> Look:  # noqa: C901 - one case a form
    """How to look at a row. Raises BadQuery for what is not known."""
    match node:
        case ("lit", value):
            return lambda _row: value
        case ("span", text):
            return lambda _row: _span(text)
        case ("col", name):
            return lambda row: _column(row, name)
        case ("get", of, key):
            inner, which = looked(of), looked(key)
            return lambda row: _got(inner(row), which(row))
        case ("not", of):
            inner = looked(of)
            return lambda row: None if (value := inner(row)) is None else value is not True
        case ("neg", of):
            inner = looked(of)
            return lambda row: None if (value := _number(inner(row))) is None else -value
        case ("list", parts):
            looks = [looked(part) for part in parts]
            return lambda row: [look(row) for look in looks]
        case ("call", name, arguments):
            return _called(str(name), [looked(part) for part in arguments])
        case ("between", of, low, high):
            inner, bottom, top = looked(of), looked(low), looked(high)
            return lambda row: _compared(">=", inner(row), bottom(row)) and _compared("<=", inner(row), top(row))
        case (operator, left, right):
            return functools.partial(_BOTH.get(operator, _binary), operator, looked(left), looked(right))
        case _:
            raise BadQuery("Query is invalid.")


def _and(_operator: str, one: Look, other: Look, row: Row) -> bool:
    return one(row) is True and other(row) is True


def _or(_operator: str, one: Look, other: Look, row: Row) -> bool:
    return one(row) is True or other(row) is True


_BOTH: dict[str, Callable[[str, Look, Look, Row], Any]] = {"and": _and, "or": _or}


def _binary(operator: str, one: Look, other: Look, row: Row) -> Any:
    return _compared(operator, one(row), other(row))


def _column(row: Row, name: str) -> Any:
    if name in row:
        return row[name]
    lower = name.lower()
    return next((value for key, value in row.items() if key.lower() == lower), None)


def _got(value: Any, key: Any) -> Any:
    if isinstance(value, str) and value[:1] in "{[":
        value = _parsed(value)
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
        return value[key]
    return None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _compared(operator: str, one: Any, other: Any) -> Any:
    if operator in _RELATIONS:
        return _RELATIONS[operator](one, other)
    if operator.startswith("!") and operator[1:] in _RELATIONS:
        return not _RELATIONS[operator[1:]](one, other)
    if operator in ("<", ">", "<=", ">="):
        return _ranked(operator, one, other)
    return _counted(operator, one, other)


def _alike(one: Any, other: Any) -> bool:
    return _text(one).lower() == _text(other).lower()


def _has(one: Any, other: Any, flags: int = re.IGNORECASE) -> bool:
    """A whole term: letters and digits on neither side of it."""
    return re.search(rf"(?<![^\W_]){re.escape(_text(other))}(?![^\W_])", _text(one), flags) is not None


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, bool):
        one = {"true": True, "false": False}.get(one.lower(), one)
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    return bool(one == other)


_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "!=": lambda one, other: not _equal(one, other),
    "=~": _alike,
    "!~": lambda one, other: not _alike(one, other),
    "in": lambda one, others: any(_equal(one, each) for each in others),
    "in~": lambda one, others: any(_alike(one, each) for each in others),
    "contains": lambda one, other: _text(other).lower() in _text(one).lower(),
    "contains_cs": lambda one, other: _text(other) in _text(one),
    "has": _has,
    "has_cs": lambda one, other: _has(one, other, 0),
    "startswith": lambda one, other: _text(one).lower().startswith(_text(other).lower()),
    "endswith": lambda one, other: _text(one).lower().endswith(_text(other).lower()),
    "matches": lambda one, other: re.search(_text(other), _text(one)) is not None,
}


def _ranked(operator: str, one: Any, other: Any) -> bool:
    if one is None or other is None:
        return False
    if isinstance(one, str) and isinstance(other, datetime):
        one = _moment(one)
    if isinstance(one, str) and isinstance(other, int | float):
        one = _number(one)
    if type(one) is not type(other) and not (isinstance(one, int | float) and isinstance(other, int | float)):
        return False
    if one is None:
        return False
    return bool({"<": one < other, ">": one > other, "<=": one <= other, ">=": one >= other}[operator])


def _counted(operator: str, one: Any, other: Any) -> Any:
    if isinstance(one, datetime) and isinstance(other, timedelta):
        return one + other if operator == "+" else one - other
    left, right = _number(one), _number(other)
    if left is None or right is None or (operator in "/%" and not right):
        return None
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "%":
            return left % right
        case _:
            pass
    return left // right if isinstance(left, int) and isinstance(right, int) else left / right


def _number(value: Any) -> int | float | None:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        try:
            return float(value) if "." in value else int(value)
        except ValueError:
            return None
    return None


def rank(value: Any) -> tuple[int, Any]:
    """A key by which values of any type can be put in order: nothing comes first."""
    if value is None:
        return (0, "")
    return (
        (1, value)
        if isinstance(value, int | float)
        else (2, _text(value) if not isinstance(value, datetime) else value.isoformat())
    )


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"(\d+)(d|h|m|s|ms)", text)
    if found is None:
        raise BadQuery(f"Query is invalid. '{text}' is no span of time.")
    unit = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds"}[found[2]]
    return timedelta(**{unit: int(found[1])})


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False, "1": True, "0": False}.get(_text(value).lower())


def _empty(value: Any) -> bool:
    return value is None or value == ""


def _integer(value: Any) -> int | None:
    return None if (found := _number(value)) is None else int(found)


def _called(name: str, looks: list[Look]) -> Look:
    if name in ("iff", "iif"):
        test, yes, no = looks
        return lambda row: yes(row) if test(row) is True else no(row)
    if name == "now":
        return lambda _row: datetime.now(UTC)
    if name == "ago":
        return lambda row: datetime.now(UTC) - looks[0](row)
    if name == "case":
        return lambda row: _cased(looks, row)
    if name not in _FUNCTIONS:
        raise BadQuery(f"Query is invalid. Unknown function: '{name}'.")
    function = _FUNCTIONS[name]
    return lambda row: function(*(look(row) for look in looks))


def _cased(looks: list[Look], row: Row) -> Any:
    for test, value in zip(looks[0:-1:2], looks[1::2], strict=False):
        if test(row) is True:
            return value(row)
    return looks[-1](row)


def _extracted(pattern: Any, group: Any, value: Any) -> str:
    found = re.search(_text(pattern), _text(value))
    return found[int(group)] or "" if found else ""


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "tolower": lambda value: _text(value).lower(),
    "toupper": lambda value: _text(value).upper(),
    "tostring": _text,
    "toint": _integer,
    "tolong": _integer,
    "toreal": _number,
    "todouble": _number,
    "tobool": _boolean,
    "todatetime": _moment,
    "datetime": _moment,
    "todynamic": _parsed,
    "parse_json": _parsed,
    "dynamic": _parsed,
    "isempty": _empty,
    "isnotempty": lambda value: not _empty(value),
    "isnull": lambda value: value is None,
    "isnotnull": lambda value: value is not None,
    "array_length": lambda value: len(value) if isinstance(value, list) else None,
    "strlen": lambda value: len(_text(value)),
    "strcat": lambda *values: "".join(_text(value) for value in values),
    "split": lambda value, sign, *index: (
        _text(value).split(_text(sign)) if not index else [_text(value).split(_text(sign))[index[0]]]
    ),
    "substring": lambda value, start, *length: _text(value)[start : start + length[0] if length else None],
    "replace_string": lambda value, old, new: _text(value).replace(_text(old), _text(new)),
    "extract": _extracted,
    "trim": lambda _pattern, value: _text(value).strip(),
    "coalesce": lambda *values: next((value for value in values if not _empty(value)), None),
    "bag_keys": lambda value: list(value) if isinstance(value, dict) else None,
    "pack": lambda *pairs: dict(zip(map(_text, pairs[0::2]), pairs[1::2], strict=False)),
    "bag_pack": lambda *pairs: dict(zip(map(_text, pairs[0::2]), pairs[1::2], strict=False)),
    "pack_array": lambda *values: list(values),
    "array_concat": lambda *lists: [value for each in lists for value in (each or [])],
}
