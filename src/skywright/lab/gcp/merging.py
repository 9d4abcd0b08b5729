"""How a change is laid over a resource: by a mask of fields, or as a JSON merge patch."""

import re
from typing import Any


def merged(resource: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """A JSON merge patch (RFC 7396): null takes away, objects are merged, all else replaces."""
    result = dict(resource)
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = merged(result[name], value)
        elif isinstance(value, dict):
            result[name] = merged({}, value)
        else:
            result[name] = value
    return result


def masked(resource: dict[str, Any], change: dict[str, Any], mask: str) -> dict[str, Any]:
    """The fields that the mask names (``labels,retentionConfig.days``, also with underscores) as in ``change``; what it names and
    ``change`` has not is taken away."""
    result = dict(resource)
    for path in filter(None, mask.split(",")):
        _set(result, change, [_camel(part) for part in path.strip().split(".")])
    return result


def _set(result: dict[str, Any], change: Any, path: list[str]) -> None:
    head, *rest = path
    given = change.get(head) if isinstance(change, dict) else None
    if rest:
        inner = dict(result.get(head) or {})
        _set(inner, given, rest)
        result[head] = inner
    elif given is None:
        result.pop(head, None)
    else:
        result[head] = given


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)
