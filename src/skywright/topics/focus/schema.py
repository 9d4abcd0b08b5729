"""JSON Schema (draft 2020-12), as much of it as FOCUS's own schemas use -> what is wrong with a document."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from skywright.model.words import t

Schema = Mapping[str, Any]

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
}


@lru_cache(maxsize=8)
def schema(column: str) -> Schema:
    """FOCUS's schema of a column (source: data/SOURCE.md)."""
    loaded: Schema = json.loads(resources.files(__package__).joinpath(f"data/schemas/{column}.json").read_text("utf-8"))
    return loaded


def wrong(text: str, schema: Schema) -> str:
    """What is wrong with a document first: its place and why; empty for one that conforms."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        return t("no JSON: {reason}", reason=error.msg)
    return next(_errors(value, schema, schema, "$"), "")


def _errors(value: Any, rule: Schema, root: Schema, at: str) -> Iterator[str]:
    if "$ref" in rule:
        yield from _errors(value, _resolved(rule["$ref"], root), root, at)
    yield from _kind(value, rule, at)
    if isinstance(value, dict):
        yield from _object(value, rule, root, at)
    if isinstance(value, list):
        yield from _array(value, rule, root, at)
    yield from _combined(value, rule, root, at)


def _resolved(reference: str, root: Schema) -> Schema:
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found  # type: ignore[no-any-return]  # JSON's types are not known


def _kind(value: Any, rule: Schema, at: str) -> Iterator[str]:
    wanted = rule.get("type")
    kinds = [wanted] if isinstance(wanted, str) else wanted
    if kinds and not any(_TYPES[kind](value) for kind in kinds):
        yield t("{at} is no {kinds}", at=at, kinds=t(" or ").join(kinds))
    if "enum" in rule and value not in rule["enum"]:
        yield t("{at} is none of {values}", at=at, values=", ".join(map(str, rule["enum"])))
    if "const" in rule and value != rule["const"]:
        yield t("{at} is not {value}", at=at, value=rule["const"])
    if _TYPES["number"](value):
        if "minimum" in rule and value < rule["minimum"]:
            yield t("{at} is less than {least}", at=at, least=rule["minimum"])
        if "maximum" in rule and value > rule["maximum"]:
            yield t("{at} is more than {most}", at=at, most=rule["maximum"])


def _object(value: dict[str, Any], rule: Schema, root: Schema, at: str) -> Iterator[str]:
    for key in rule.get("required", ()):
        if key not in value:
            yield t("{at} has no {key}", at=at, key=key)
    properties, patterns = rule.get("properties", {}), rule.get("patternProperties", {})
    for key, inner in value.items():
        matching = [sub for pattern, sub in patterns.items() if re.search(pattern, key)]
        if key in properties:
            matching.append(properties[key])
        if not matching and rule.get("additionalProperties") is False:
            yield t("{at} must not have {key}", at=at, key=key)
        for sub in matching:
            yield from _errors(inner, sub, root, f"{at}.{key}")


def _array(value: list[Any], rule: Schema, root: Schema, at: str) -> Iterator[str]:
    if len(value) < rule.get("minItems", 0):
        yield t("{at} has fewer than {least} items", at=at, least=rule["minItems"])
    if len(value) > rule.get("maxItems", len(value)):
        yield t("{at} has more than {most} items", at=at, most=rule["maxItems"])
    if "contains" in rule and not any(_conforms(item, rule["contains"], root) for item in value):
        yield t("{at} lacks an item that it must contain", at=at)
    if "items" in rule:
        for place, item in enumerate(value):
            yield from _errors(item, rule["items"], root, f"{at}[{place}]")


def _combined(value: Any, rule: Schema, root: Schema, at: str) -> Iterator[str]:
    for sub in rule.get("allOf", ()):
        yield from _errors(value, sub, root, at)
    if "anyOf" in rule and not any(_conforms(value, sub, root) for sub in rule["anyOf"]):
        yield t("{at} fits none of the forms it may have", at=at)
    if "oneOf" in rule and sum(_conforms(value, sub, root) for sub in rule["oneOf"]) != 1:
        yield t("{at} does not fit exactly one of the forms it may have", at=at)
    if "not" in rule and _conforms(value, rule["not"], root):
        yield t("{at} has a form that it must not have", at=at)
    if "if" in rule:
        then = rule.get("then" if _conforms(value, rule["if"], root) else "else")
        if then is not None:
            yield from _errors(value, then, root, at)


def _conforms(value: Any, rule: Schema, root: Schema) -> bool:
    return next(_errors(value, rule, root, "$"), None) is None
