"""JSON patch (RFC 6902: add, remove, replace, test) and merge patch (RFC 7386)."""

import json
from typing import Any


class TestFailed(Exception):
    """A JSON patch's test did not hold, or a path is not there."""


def merge(target: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def json_patch(target: Any, operations: list[dict[str, Any]]) -> Any:
    """RFC 6902. Raises TestFailed."""
    result = json.loads(json.dumps(target))
    for one in operations:
        parts = [part.replace("~1", "/").replace("~0", "~") for part in one["path"].split("/")[1:]]
        try:
            _one(result, parts, one)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise TestFailed(one["path"]) from error
    return result


def _one(root: Any, parts: list[str], operation: dict[str, Any]) -> None:
    node = root
    for part in parts[:-1]:
        node = node[int(part)] if isinstance(node, list) else node[part]
    last: Any = int(parts[-1]) if isinstance(node, list) else parts[-1]
    match operation["op"]:
        case "test":
            if node[last] != operation["value"]:
                raise TestFailed(operation["path"])
        case "remove":
            del node[last]
        case _:
            node[last] = operation["value"]
