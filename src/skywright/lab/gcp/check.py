"""What a request says against the schema that Google documents: unknown names, wrong types, values that no list holds."""

import re
from typing import Any

from skywright.lab.gcp.discovery import Document, Parameter, Schema
from skywright.lab.gcp.refusals import Refusal
from skywright.lab.gcp.routes import Call

ALWAYS = frozenset({"alt", "key", "access_token", "prettyPrint", "quotaUser", "fields", "userIp", "$.xgafv", "callback"})
TRUTH = ("true", "false")
NUMBER = re.compile(r"^-?\d+(\.\d+)?$")


def check(call: Call) -> None:
    """Raise Refusal (400) for what the documents do not allow."""
    _check_query(call)
    if call.method.request.ref:
        _check_value(call.document, Schema(ref=call.method.request.ref), call.body, "")
    elif call.body:
        raise Refusal(400, 'Invalid JSON payload received. Unknown name "": Root element must be a message.', "parseError")


def problems(document: Document, schema: str, value: Any) -> str:
    """What is wrong with a resource of the server's own, or ""."""
    try:
        _check_value(document, Schema(ref=schema), value, "")
    except Refusal as refusal:
        return refusal.message
    return ""


def _check_query(call: Call) -> None:
    known = call.method.parameters
    for name, value in call.params.items():
        told = known.get(name)
        if told is None and name not in ALWAYS:
            text = f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.'
            raise Refusal(400, f"{text} Field '{name}' could not be found in request message.")
        for one in value if isinstance(value, list) else [value]:
            if told is not None and not _fits(told, one):
                raise Refusal(400, f"Invalid value at '{name}', \"{one}\"")
    for name, told in known.items():
        if told.required and name not in call.params:
            raise Refusal(400, f"Required field '{name}' not specified", "required")


def _fits(told: Parameter, value: str) -> bool:
    if told.enum and value not in told.enum:
        return False
    if told.location == "path" and told.pattern and not re.match(told.pattern, value):
        return False
    match told.type:
        case "integer" | "number":
            return bool(NUMBER.match(value))
        case "boolean":
            return value.lower() in TRUTH
        case _:
            return True


def _check_value(document: Document, schema: Schema, value: Any, where: str) -> None:
    if schema.ref:
        schema = document.schema(schema.ref)
    if value is None:
        return
    if schema.type == "array" or schema.items is not None:
        _check_list(document, schema, value, where)
    elif schema.type == "object" or schema.properties or schema.more is not None:
        _check_object(document, schema, value, where)
    elif (schema.type and schema.type != "any" and not _plain(schema, value)) or (schema.enum and value not in schema.enum):
        raise _wrong(where, value)


def _check_list(document: Document, schema: Schema, value: Any, where: str) -> None:
    if not isinstance(value, list):
        raise _wrong(where, value)
    for place, item in enumerate(value):
        if schema.items is not None:
            _check_value(document, schema.items, item, f"{where}[{place}]")


def _check_object(document: Document, schema: Schema, value: Any, where: str) -> None:
    if not isinstance(value, dict):
        raise _wrong(where, value)
    for name, item in value.items():
        known = schema.properties.get(name, schema.more)
        if known is None:
            if schema.properties:
                place = f" at '{where}'" if where else ""
                raise Refusal(400, f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.')
            continue
        _check_value(document, known, item, f"{where}.{name}" if where else name)


def _plain(schema: Schema, value: Any) -> bool:
    """Is this of the type? Long numbers come as digits, and whole numbers may."""
    match schema.type:
        case "string" if schema.format in ("int64", "uint64", "fixed64"):
            return (isinstance(value, int) and not isinstance(value, bool)) or (
                isinstance(value, str) and bool(NUMBER.match(value))
            )
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return (isinstance(value, int) and not isinstance(value, bool)) or (
                isinstance(value, str) and bool(NUMBER.match(value))
            )
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return True


def _wrong(where: str, value: Any) -> Refusal:
    shown = str(value)[:60]
    return Refusal(400, f"Invalid value at '{where}', \"{shown}\"")
