"""Two wishes for one column -> one value, or a conflict.

A wish is read as a difference to what is there, so that two rules that each close one port of a firewall both have their way.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from skywright.model.canonical import canonical

_ABSENT: Any = object()


class Conflict(Exception):
    """Two wishes that cannot both come true. ``column`` is the one they differ on."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


def same(one: Any, other: Any) -> bool:
    """Equal as data; lists are sets here: the order of a firewall's openings means nothing."""
    if isinstance(one, list) and isinstance(other, list):
        return _counted(one) == _counted(other)
    return canonical(one) == canonical(other)


def merged(column: str, there: Any, first: Any, second: Any) -> Any:
    """The value of ``column`` that fulfils both wishes, given what is ``there``. Raises Conflict."""
    if same(first, second):
        return first
    if all(isinstance(value, list) for value in (there, first, second)):
        return _merged_lists(column, there, first, second)
    if all(isinstance(value, Mapping) for value in (there, first, second)):
        return _merged_maps(column, there, first, second)
    raise Conflict(column)


def _merged_lists(column: str, there: list[Any], first: list[Any], second: list[Any]) -> list[Any]:
    """What either takes away is gone, what either adds is there. Two that replace one element by different ones conflict."""
    base, one, other = _counted(there), _counted(first), _counted(second)
    added, also_added = one - base, other - base
    if (base - one) & (base - other) and added != also_added:
        raise Conflict(column)
    kept = base - ((base - one) | (base - other))
    new = added | also_added
    return _taken(there, kept) + _taken(sorted((*first, *second), key=canonical), new)


def _merged_maps(column: str, there: Mapping[str, Any], first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Key by key: the wish that differs from what is there wins; two that differ, and differ from it, conflict."""
    result = {}
    for key in sorted({*there, *first, *second}):
        base, one, other = (part.get(key, _ABSENT) for part in (there, first, second))
        if _alike(one, other) or _alike(other, base):
            value = one
        elif _alike(one, base):
            value = other
        else:
            raise Conflict(f"{column}.{key}")
        if value is not _ABSENT:
            result[key] = value
    return result


def _alike(one: Any, other: Any) -> bool:
    return one is other or (_ABSENT not in (one, other) and same(one, other))


def _counted(values: Iterable[Any]) -> Counter[bytes]:
    return Counter(map(canonical, values))


def _taken(values: Iterable[Any], budget: Counter[bytes]) -> list[Any]:
    """The first of ``values`` that the budget allows, in their order."""
    left, taken = Counter(budget), []
    for value in values:
        key = canonical(value)
        if left[key] > 0:
            left[key] -= 1
            taken.append(value)
    return taken
