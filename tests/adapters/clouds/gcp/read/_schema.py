"""Fixtures are checked against Google's own schemas, so that a translation is tested on fields that exist."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from skywright.adapters.clouds.gcp.documents import VERSIONS

PLAIN = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}


@cache
def schemas(service: str) -> dict[str, Any]:
    folder = Path(find_spec("googleapiclient").submodule_search_locations[0]) / "discovery_cache" / "documents"
    return json.loads((folder / f"{service}.{VERSIONS[service]}.json").read_bytes())["schemas"]


def checked(service: str, name: str, value: Any) -> Any:
    """The value, if it is one of this type."""
    _check(schemas(service), schemas(service)[name], value, name)
    return value


def _check(known: dict[str, Any], schema: dict[str, Any], value: Any, where: str) -> None:
    if "$ref" in schema:
        schema = known[schema["$ref"]]
    kind = schema.get("type", "any")
    if kind == "object":
        assert isinstance(value, dict), where
        more = schema.get("additionalProperties")
        for field, one in value.items():
            inner = schema.get("properties", {}).get(field) or more
            assert inner is not None, f"{where} has no field {field}"
            _check(known, inner, one, f"{where}.{field}")
    elif kind == "array":
        assert isinstance(value, list), where
        for one in value:
            _check(known, schema["items"], one, f"{where}[]")
    elif kind != "any":
        assert isinstance(value, PLAIN[kind]), f"{where} is {value!r}, not {kind}"
        assert not schema.get("enum") or value in schema["enum"], f"{where}: {value!r} is none of {schema['enum']}"
