"""Filters of lists: ``status = RUNNING``, ``labels.team:search``, ``name eq web-.*``, joined with AND or OR."""

import re
from typing import Any

import msgspec

TERM = re.compile(
    r"""\(?\s*(?P<field>[\w.\-]+)\s*(?P<how>!=|>=|<=|=|:|>|<|\beq\b|\bne\b)\s*(?P<value>"[^"]*"|'[^']*'|[^\s()]+)\s*\)?"""
)


def matches(raw: bytes, wanted: str) -> bool:
    """Does a resource pass? What is not understood of a filter lets pass."""
    if not wanted:
        return True
    resource = msgspec.json.decode(raw)
    terms = list(TERM.finditer(wanted))
    passed = [_passes(resource, term) for term in terms]
    return any(passed) if re.search(r"\bOR\b", wanted) else all(passed)


def _passes(resource: Any, term: re.Match[str]) -> bool:
    value = resource
    for part in term["field"].split("."):
        value = value.get(part) if isinstance(value, dict) else None
    wanted = term["value"].strip("\"'")
    found = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    match term["how"]:
        case "=":
            return found == wanted or found.endswith(f"/{wanted}")
        case "!=":
            return found != wanted
        case ":":
            return value is not None if wanted == "*" else wanted.strip("*") in found
        case "eq":
            return re.fullmatch(wanted, found) is not None
        case "ne":
            return re.fullmatch(wanted, found) is None
        case "<" | "<=":
            return found < wanted or (term["how"] == "<=" and found == wanted)
        case _:
            return found > wanted or (term["how"] == ">=" and found == wanted)
