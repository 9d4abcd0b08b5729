"""What the validator refused -> a sentence in plain words: what stands where, what may stand there, and what was meant."""

import difflib
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from skywright.adapters.settings.document import Steps
from skywright.model.words import t

_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "an amount",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "keys with values",
    "null": "nothing",
    "date": "a date",
    "datetime": "a time",
}
"""The validator's names of kinds of values, in plain words."""
_FORMS = {
    "Invalid decimal string": "is no amount: write it as 1200.50, without currency or separators.",
    "Invalid RFC3339 encoded date": "is no date: write it as 2026-11-30.",
    "Invalid RFC3339 encoded datetime": "is no time: write it as 2026-11-30T08:00:00Z.",
}
_BOUNDS = {">=": "at least {bound}", ">": "more than {bound}", "<=": "at most {bound}", "<": "less than {bound}"}


def sentence(message: str, named: str, section: type[Any], path: Steps) -> tuple[str, str]:
    """What the validator said of the value at ``path`` of ``section`` -> what is wrong, and what now. No value is repeated but
    one of a closed list, since any other may be a secret in the wrong place."""
    place = f"{named}: " if named else ""
    see = t("See `skywright config schema`.")
    if unknown := re.search(r"unknown field `(.+)`", message):
        near = difflib.get_close_matches(unknown[1], list(_at(section, path[:-1]).get("properties", {})), n=1)
        return t("unknown key {name}.", name=repr(unknown[1])), _meant(near) or see
    if refused := re.match(r"Invalid enum value '?(.*?)'?$", message):
        return _none_of(place, refused[1], [str(one) for one in _at(section, path).get("enum", ())])
    if wanted := re.match(r"Expected `(.+?)`(?: (>=|<=|>|<) (\S+))?(?:, got `(.+)`)?$", message):
        kinds, sign, bound, got = wanted.groups()
        allowed = _at(section, path).get("enum", ())
        what = t("one of {allowed}", allowed=", ".join(map(str, allowed))) if allowed else _kinds(kinds)
        if sign and bound:
            limit = t(_BOUNDS[sign], bound=bound.removesuffix(".0"))
            return place + t("must be {what}, {limit}.", what=what, limit=limit), see
        return place + t("must be {what}, not {got}.", what=what, got=_kinds(got or "null")), see
    if message.startswith("Expected `str` matching"):
        return place + t("is no code of a currency: write three capital letters, as EUR."), see
    if message in _FORMS:
        return place + t(_FORMS[message]), see
    return f"{place}{message[0].lower()}{message[1:]}.", see


def of_key(key: object, named: str) -> tuple[str, str]:
    """What is said of a key that is no text."""
    said = t("key {key} must be a text.", key=repr(key))
    return f"{named}: {said}" if named else said, t("Put it in quotes, or see whether a comma is meant as one.")


def _none_of(place: str, value: str, allowed: Sequence[str]) -> tuple[str, str]:
    near = difflib.get_close_matches(value.lower(), allowed, n=1)
    said = t("{value} is none of {allowed}.", value=repr(value), allowed=", ".join(allowed))
    return place + said, _meant(near) or t("Write one of them.")


def _kinds(names: str) -> str:
    return t(" or ").join(t(_KINDS[name]) if name in _KINDS else name for name in names.split(" | "))


def _meant(near: list[str]) -> str:
    return t("Did you mean {near}?", near=repr(near[0])) if near else ""


def _at(section: type[Any], path: Steps) -> dict[str, Any]:
    """What may stand at ``path``, from the type's own JSON Schema."""
    schema, parts = msgspec.json.schema_components([section])
    node = _resolved(schema[0], parts)
    for step in path:
        inner: Any
        if isinstance(step, int):
            inner = node.get("items")
        else:
            inner = node.get("properties", {}).get(step) or node.get("additionalProperties") or {}
        node = _resolved(inner if isinstance(inner, dict) else {}, parts)
    return node


def _resolved(node: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    """The node itself, or what it refers to; of alternatives the one that has keys, elements or values of its own."""
    for option in (node, *node.get("anyOf", ())):
        if "$ref" in option:
            found: dict[str, Any] = parts[option["$ref"].rsplit("/", 1)[-1]]
            return found
    for option in node.get("anyOf", ()):
        if option.keys() & {"properties", "items", "enum", "additionalProperties"}:
            chosen: dict[str, Any] = option
            return chosen
    return node
