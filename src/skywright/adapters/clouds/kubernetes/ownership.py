"""Who set which field of an object: reading ``managedFields``, and putting together what is to be applied.

Server-side apply takes away every field that a manager applied before and now leaves out. So what is ours already is always sent
along with what is new. Sources: "Server-Side Apply" of the Kubernetes documentation; "fieldsV1" of the API reference.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from skywright.adapters.clouds.kit.translate import items, said, text

Path = tuple[str | int, ...]


def owned(live: Mapping[str, Any], manager: str) -> dict[str, Any]:
    """The part of an object that ``manager`` has applied, with the values of now."""
    found: dict[str, Any] = {}
    for entry in items(live, "metadata", "managedFields"):
        if text(entry, "manager") == manager and text(entry, "operation") == "Apply" and not said(entry, "subresource"):
            part = _part(live, entry.get("fieldsV1") or {})
            found = merged(found, part) if isinstance(part, dict) else found
    return found


def _part(live: Any, fields: Mapping[str, Any]) -> Any:
    inner = {key: value for key, value in fields.items() if key != "."}
    if not inner:
        return live
    if isinstance(live, dict):
        return {key[2:]: _part(live[key[2:]], value) for key, value in inner.items() if key.startswith("f:") and key[2:] in live}
    if isinstance(live, list):
        return [found for key, value in inner.items() for found in _elements(live, key, value)]
    return live


def _elements(live: list[Any], key: str, fields: Mapping[str, Any]) -> Iterator[Any]:
    """The elements of a list that a key names: by some of their fields (``k:``), or by their value (``v:``)."""
    named: Any = json.loads(key[2:]) if key[:2] in ("k:", "v:") else None
    for one in live:
        if key.startswith("v:") and one == named:
            yield one
        elif (
            key.startswith("k:") and isinstance(one, dict) and all(one.get(name) == value for name, value in (named or {}).items())
        ):
            yield {**(named or {}), **_part(one, fields)}


def merged(base: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """``new`` laid over ``base``: None takes a field away, elements with a name are merged by it, other lists are replaced."""
    found = dict(base)
    for key, value in new.items():
        old = found.get(key)
        if value is None:
            found.pop(key, None)
        elif isinstance(value, Mapping):
            inner = merged(old if isinstance(old, Mapping) else {}, value)
            found.pop(key, None)
            if inner:
                found[key] = inner
        elif _named(value):
            found[key] = _by_name(old if isinstance(old, list) else [], value)
        else:
            found[key] = value
    return found


def _named(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) and "name" in one for one in value)


def _by_name(old: list[Any], new: Sequence[Mapping[str, Any]]) -> list[Any]:
    known = {one["name"]: one for one in old}
    for one in new:
        known[one["name"]] = merged(known.get(one["name"], {}), one)
    return list(known.values())


def touched(fields: Any, live: Any, path: Path = ()) -> Iterator[tuple[Path, bool]]:
    """(path, is it taken away) of every field that the object has and ``fields`` wants otherwise. Elements with a name are given by
    their index."""
    if isinstance(fields, Mapping) and isinstance(live, Mapping):
        for key, value in fields.items():
            if key in live:
                yield from touched(value, live[key], (*path, key))
    elif _named(fields) and isinstance(live, list):
        for one in fields:
            for index, other in enumerate(live):
                if isinstance(other, Mapping) and other.get("name") == one["name"]:
                    yield from touched(one, other, (*path, index))
    elif fields != live:
        yield path, fields is None


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The merge patch (RFC 7386) that leads from ``old`` to ``new``."""
    found: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        if isinstance(value, Mapping) and isinstance(old.get(key), Mapping):
            if inner := difference(old[key], value):
                found[key] = inner
        elif key not in old or old[key] != value:
            found[key] = value
    return found


def owners(live: Mapping[str, Any], path: Path) -> set[tuple[str, str]]:
    """(manager, operation) of everyone who owns the field at ``path``."""
    return {
        (said(entry, "manager"), said(entry, "operation"))
        for entry in items(live, "metadata", "managedFields")
        if _owns(entry.get("fieldsV1") or {}, live, path)
    }


def _owns(fields: Mapping[str, Any], live: Any, path: Path) -> bool:
    if not path:
        return True
    first, rest = path[0], path[1:]
    if isinstance(first, str):
        inner = fields.get(f"f:{first}")
        return inner is not None and isinstance(live, dict) and _owns(inner, live.get(first), rest)
    element = live[first]
    for key, inner in fields.items():
        if key.startswith("k:") and all(element.get(name) == value for name, value in json.loads(key[2:]).items()):
            return _owns(inner, element, rest)
    return False
