"""JSON Schema as far as FOCUS's own schemas use it: a document that conforms, one that does not, and in which words."""

from typing import Any

import pytest

from skywright.topics.focus.schema import wrong

NUMBER: dict[str, Any] = {"type": "number"}
DEEP: dict[str, Any] = {
    "$defs": {"amount": {"type": "object", "required": ["value"], "properties": {"value": NUMBER}}},
    "type": "object",
    "properties": {
        "first": {"$ref": "#/$defs/amount"},
        "any": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/amount"}]},
        "list": {"type": "array", "items": {"$ref": "#/$defs/amount"}, "contains": {"$ref": "#/$defs/amount"}},
        "if": {"if": {"type": "number"}, "then": {"minimum": 1}, "else": {"$ref": "#/$defs/amount"}},
    },
}
PATTERNS = {"properties": {"a": NUMBER}, "patternProperties": {"^x_": {"type": "string"}}, "additionalProperties": False}

# schema, a document that conforms, one that does not, and what is wrong with it
CASES: list[tuple[dict[str, Any], str, str, str]] = [
    ({"type": "object"}, "{}", "[]", "$ is no object"),
    ({"type": "array"}, "[]", "{}", "$ is no array"),
    ({"type": "string"}, '"a"', "1", "$ is no string"),
    ({"type": "boolean"}, "true", "1", "$ is no boolean"),
    ({"type": "null"}, "null", "0", "$ is no null"),
    (NUMBER, "1.5", "true", "$ is no number"),
    ({"type": "integer"}, "2", "2.5", "$ is no integer"),
    ({"type": "integer"}, "2", "true", "$ is no integer"),
    ({"type": ["string", "null"]}, "null", "1", "$ is no string or null"),
    ({"enum": ["a", "b"]}, '"b"', '"c"', "$ is none of a, b"),
    ({"const": 3}, "3", "4", "$ is not 3"),
    ({"minimum": 2}, "2", "1.5", "$ is less than 2"),
    ({"maximum": 2}, "2", "2.5", "$ is more than 2"),
    ({"required": ["a", "b"]}, '{"a": 1, "b": 2}', '{"a": 1}', "$ has no b"),
    ({"properties": {"a": NUMBER}}, '{"a": 1, "c": ""}', '{"a": "x"}', "$.a is no number"),
    (PATTERNS, '{"a": 1, "x_b": "y"}', '{"x_b": 1}', "$.x_b is no string"),
    (PATTERNS, "{}", '{"ax_": ""}', "$ must not have ax_"),
    ({"minItems": 1}, "[0]", "[]", "$ has fewer than 1 items"),
    ({"maxItems": 1}, "[0]", "[0, 0]", "$ has more than 1 items"),
    ({"contains": NUMBER}, '["a", 1]', '["a"]', "$ lacks an item that it must contain"),
    ({"items": NUMBER}, "[1, 2]", '[1, "b"]', "$[1] is no number"),
    ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, "1", "3", "$ is more than 2"),
    ({"anyOf": [NUMBER, {"type": "null"}]}, "null", '""', "$ fits none of the forms it may have"),
    ({"oneOf": [{"minimum": 1}, {"maximum": 2}]}, "3", "1", "$ does not fit exactly one of the forms it may have"),
    ({"oneOf": [{"const": 1}, {"const": 2}]}, "2", "3", "$ does not fit exactly one of the forms it may have"),
    ({"not": {"type": "null"}}, "1", "null", "$ has a form that it must not have"),
    ({"if": NUMBER, "then": {"minimum": 1}}, '""', "0", "$ is less than 1"),
    ({"if": NUMBER, "else": {"enum": ["a"]}}, "0", '"b"', "$ is none of a"),
    (DEEP, '{"first": {"value": 1}}', '{"first": {"value": "x"}}', "$.first.value is no number"),
    (DEEP, '{"any": {"value": 1}}', '{"any": {}}', "$.any fits none of the forms it may have"),
    (DEEP, '{"list": [{"value": 1}]}', '{"list": [{"value": 1}, {}]}', "$.list[1] has no value"),
    (DEEP, '{"list": [{"value": 1}]}', '{"list": []}', "$.list lacks an item that it must contain"),
    (DEEP, '{"if": {"value": 1}}', '{"if": {}}', "$.if has no value"),
]


@pytest.mark.parametrize(("schema", "good", "bad", "said"), CASES)
def test_keywords(schema: dict[str, Any], good: str, bad: str, said: str) -> None:
    assert wrong(good, schema) == ""
    assert wrong(bad, schema) == said


def test_what_is_no_json_is_told_so() -> None:
    assert wrong("{", {}) == "no JSON: Expecting property name enclosed in double quotes"
