"""Server-side apply as the documentation has it: who owns which field, conflicts, and what a manager lets go of.

A set of fields is a set of paths; an element of a list that is keyed is ``k:{"name":"app"}``. Lists without keys are one field.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]
Path = tuple[str, ...]

KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "volumes": ("name",),
    "env": ("name",),
    "ports": ("port", "protocol"),
}
IDENTITY = {"apiVersion", "kind", "status"}
UNTRACKED = {"name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"}


class FieldConflict(Exception):
    """Other managers own what is to be set: (manager, path) of each."""

    def __init__(self, conflicts: list[tuple[str, Path]]) -> None:
        super().__init__(str(conflicts))
        self.conflicts = conflicts


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every field of an object."""
    name = path[-1].removeprefix("f:") if path else ""
    if isinstance(value, dict) and (value or not path):
        for key, inner in value.items():
            skipped = (not path and key in IDENTITY) or (path == ("f:metadata",) and key in UNTRACKED)
            if not skipped:
                yield from paths(inner, (*path, f"f:{key}"))
    elif _keyed(name, value):
        for one in value:
            key = _key(name, one)
            yield (*path, key, ".")
            yield from paths(one, (*path, key))
    else:
        yield path


def _keyed(name: str, value: Any) -> bool:
    return name in KEYS and isinstance(value, list) and all(isinstance(one, dict) for one in value) and bool(_keys(name, value))


def _keys(name: str, value: list[Object]) -> tuple[str, ...]:
    keys = ("containerPort", "protocol") if name == "ports" and any("containerPort" in one for one in value) else KEYS[name]
    return keys if all(keys[0] in one for one in value) else ()


def _key(name: str, one: Object) -> str:
    return "k:" + json.dumps({key: one[key] for key in _keys(name, [one]) if key in one}, separators=(",", ":"))


def look(value: Any, path: Path) -> Any:
    """What stands at a path; a marker of its own where nothing does."""
    for step in path:
        if step == ".":
            return step
        if step.startswith("f:"):
            if not isinstance(value, dict) or step[2:] not in value:
                return ABSENT
            value = value[step[2:]]
        else:
            value = next((one for one in value if _meets(one, step)), ABSENT) if isinstance(value, list) else ABSENT
            if value is ABSENT:
                return ABSENT
    return value


ABSENT = object()


def _meets(one: Any, step: str) -> bool:
    return isinstance(one, dict) and all(one.get(key) == value for key, value in json.loads(step[2:]).items())


def remove(value: Any, path: Path) -> None:
    """Take a field away, and what is empty after it."""
    first, rest = path[0], path[1:]
    if first.startswith("f:"):
        key = first[2:]
        if not isinstance(value, dict) or key not in value:
            return
        if not rest:
            del value[key]
            return
        remove(value[key], rest)
        if value[key] in ({}, []):
            del value[key]
        return
    found = next((one for one in value if _meets(one, first)), None) if isinstance(value, list) else None
    if found is not None and rest == (".",):
        return
    if found is not None:
        remove(found, rest)


def overlaid(live: Any, new: Any, name: str = "") -> Any:
    """``new`` laid over ``live``."""
    if isinstance(live, dict) and isinstance(new, dict):
        return {**live, **{key: overlaid(live.get(key), value, key) for key, value in new.items()}}
    if isinstance(live, list) and _keyed(name, new):
        result = [dict(one) for one in live]
        for one in new:
            at = next((index for index, old in enumerate(result) if _meets(old, _key(name, one))), None)
            if at is None:
                result.append(one)
            else:
                result[at] = overlaid(result[at], one)
        return result
    return new


def nested(found: set[Path]) -> Object:
    """A set of paths as fieldsV1."""
    tree: Object = {}
    for path in sorted(found):
        node = tree
        for step in path:
            node = node.setdefault(step, {})
    return tree


def flat(tree: Object, path: Path = ()) -> Iterator[Path]:
    """fieldsV1 as paths."""
    if not tree:
        yield path
    for step, inner in tree.items():
        yield from flat(inner, (*path, step))


def managers(live: Object) -> dict[tuple[str, str], set[Path]]:
    """(manager, operation) -> what it owns."""
    entries = live.get("metadata", {}).get("managedFields") or []
    return {(one["manager"], one["operation"]): set(flat(one["fieldsV1"])) for one in entries}


def noted(
    live: Object, owned: dict[tuple[str, str], set[Path]], was: Object | None = None, actor: tuple[str, str] | None = None
) -> None:
    """Write down who owns what, and since when. ``was``: the object before; ``actor`` has changed something of it just now."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    first = live["metadata"].get("creationTimestamp", now)
    entries = was["metadata"].get("managedFields") or [] if was else []
    times = {(one["manager"], one["operation"]): one.get("time", first) for one in entries}
    live["metadata"]["managedFields"] = [
        {
            "manager": manager,
            "operation": operation,
            "apiVersion": live["apiVersion"],
            "time": now if was and (manager, operation) == actor else times.get((manager, operation), first),
            "fieldsType": "FieldsV1",
            "fieldsV1": nested(found),
        }
        for (manager, operation), found in sorted(owned.items())
        if found
    ]


def apply(live: Object, wanted: Object, manager: str, *, force: bool) -> Object:
    """The object after ``manager`` applied ``wanted``. Raises FieldConflict."""
    owned = managers(live)
    mine, before = set(paths(wanted)), owned.get((manager, "Apply"), set())
    conflicts = [
        (other, path)
        for (other, operation), found in owned.items()
        if (other, operation) != (manager, "Apply")
        for path in sorted(found & mine)
        if look(live, path) != look(wanted, path)
    ]
    if conflicts and not force:
        raise FieldConflict(conflicts)
    result: Object = overlaid(json.loads(json.dumps(live)), wanted)
    lost = {path for _, path in conflicts}
    others: set[Path] = set()
    for key in owned:
        if key != (manager, "Apply"):
            owned[key] -= lost
            others |= owned[key]
    for path in sorted(before - mine - others, reverse=True):
        remove(result, path)
    owned[manager, "Apply"] = mine
    changed = mine != before or any(look(live, path) != look(result, path) for path in mine)
    noted(result, owned, live, (manager, "Apply") if changed else None)
    return result


def updated(old: Object | None, new: Object, manager: str) -> None:
    """Note that ``manager`` changed ``old`` into ``new`` without apply."""
    owned = managers(old) if old else {}
    now = set(paths(new))
    changed = {path for path in now if old is None or look(old, path) != look(new, path)}
    for key in owned:
        owned[key] = {path for path in owned[key] if path in now and path not in changed}
    owned[manager, "Update"] = owned.get((manager, "Update"), set()) | changed
    noted(new, owned, old, (manager, "Update") if changed else None)
