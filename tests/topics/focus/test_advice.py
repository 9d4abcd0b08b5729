"""What is advised where a check breaks: whole sentences, one for each check of the model."""

import pytest

from skywright.topics.focus.advice import advice

TIMES, CODES = "Write times as 2026-09-30T23:00:00Z.", "Write currencies as ISO 4217 has them: USD, EUR."
NUMBERS = "Write numbers plainly: 1234.5, -0.02, 1.5E-7."


def one_of(count: int) -> dict[str, object]:
    return {"check": "OR", "items": [{"check": "CheckValue", "value": f"v{number}"} for number in range(count)]}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"check": "ColumnPresent", "column": "Tags"}, "Ask the issuer for Tags, or add it."),
        ({"check": "CheckNotValue", "column": "Tags", "value": None}, "Fill in Tags in these rows."),
        ({"check": "CheckValue", "column": "Tags", "value": None}, "Leave Tags empty (NULL) in these rows."),
        ({"check": "CheckValue", "column": "ChargeClass", "value": "Correction"}, "Set ChargeClass to Correction."),
        ({"check": "CheckNotValue", "column": "SkuId", "value": "x"}, "Set SkuId to something else than x."),
        (one_of(2), "Use one of: v0, v1."),
        (one_of(8), "Use one of: v0, v1, v2, v3, v4, v5, v6, v7."),
        (one_of(9), "Use one of: v0, v1, v2, v3, v4, v5, v6, v7, ...."),
        ({"check": "OR", "items": [{"check": "AND", "items": []}]}, "Use a pair that the specification lists."),
        ({"check": "ColumnByColumnEqualsColumnValue", "a": "A", "b": "B", "result": "C"}, "Make A x B equal C."),
        ({"check": "CheckDistinctCount", "a": "SkuPriceId", "b": "SkuId"}, "Give each SkuPriceId one SkuId."),
        ({"check": "TypeDecimal"}, NUMBERS),
        ({"check": "FormatNumeric"}, NUMBERS),
        ({"check": "CheckDecimalValue"}, NUMBERS),
        ({"check": "TypeDateTime"}, TIMES),
        ({"check": "FormatDateTime"}, TIMES),
        ({"check": "FormatCurrency"}, CODES),
        ({"check": "CheckNationalCurrency"}, CODES),
        ({"check": "FormatKeyValue"}, 'Write a JSON object: {"key": "value"}.'),
        ({"check": "FormatUnit"}, "Write units as FOCUS has them: GB, Hours, GB-Months, 1000 Requests."),
        ({"check": "FormatString"}, "focus-validator takes ASCII alone; FOCUS asks for valid Unicode."),
        ({"check": "CheckGreaterOrEqualThanValue", "value": 0}, "Not less than 0."),
        ({"check": "AND"}, ""),
        ({}, ""),
    ],
)
def test_what_to_do(spec: dict[str, object], expected: str) -> None:
    assert advice(spec) == expected
