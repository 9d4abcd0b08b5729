"""The model's check functions -> SQL over a sheet: when a row breaks them, and when a row meets them as a condition.

A comparison with NULL is neither met nor broken. The readings follow focus-validator 2.2.1, FOCUS's own;
docs/concepts/focus-validation.md says where ours differ and why.
"""

from decimal import Decimal
from typing import Any

from skywright.topics.focus.formats import NUMBER, UNIT, currencies
from skywright.topics.focus.rules import Spec
from skywright.topics.focus.sheet import Sheet, literal, quoted, raw

NEVER, ALWAYS = "FALSE", "TRUE"
PRODUCT_TOLERANCE = "1e-9"
"""How far a product may be from its result, as a share of it (of one, for less): what binary numbers lose, and no more."""

_DECIMALS = ("DECIMAL", "DOUBLE", "FLOAT")
_TIMES = ("TIMESTAMP", "DATE")


def broken(spec: Spec, sheet: Sheet) -> str:
    """When a row breaks a check. Raises KeyError for a check function that is not one of rows."""
    match spec["check"]:
        case "AND":
            return " OR ".join(f"({broken(item, sheet)})" for item in spec["items"])
        case "OR":
            return _none_of(spec["items"], sheet)
        case "CheckSameValue":
            return f"{quoted(spec['a'])} <> {quoted(spec['b'])}"
        case "CheckNotSameValue":
            return f"{quoted(spec['a'])} = {quoted(spec['b'])}"
        case "ColumnByColumnEqualsColumnValue":
            result = quoted(spec["result"])
            apart = f"abs({quoted(spec['a'])} * {quoted(spec['b'])} - {result})"
            return f"{apart} > {PRODUCT_TOLERANCE} * greatest(abs({result}), 1)"
        case "CheckValue" | "CheckNotValue" | "CheckGreaterOrEqualThanValue" as check:
            return _against(check, spec["column"], spec["value"])
        case check:
            return _form(check, spec["column"], sheet)


def _against(check: str, column: str, value: Any) -> str:
    match check, value:
        case "CheckValue", None:
            return f"{raw(column)} IS NOT NULL"
        case "CheckValue", _:
            return f"{quoted(column)} <> {_value(value)}"
        case "CheckNotValue", None:
            return f"{raw(column)} IS NULL"
        case "CheckNotValue", _:
            return f"{quoted(column)} = {_value(value)}"
        case _:
            return f"{quoted(column)} < {_value(value)}"


def _form(check: str, column: str, sheet: Sheet) -> str:
    """A check of one column's type or form."""
    text, given = raw(column), sheet.physical(column) if sheet.has(column) else "VARCHAR"
    is_text = given == "VARCHAR"
    match check:
        case "TypeString":
            return NEVER if is_text else f"{text} IS NOT NULL"
        case "TypeDecimal" | "CheckDecimalValue" if not is_text:
            return NEVER if given.startswith(_DECIMALS) else f"{text} IS NOT NULL"
        case "TypeDecimal" | "CheckDecimalValue" | "FormatNumeric":
            return f"NOT regexp_full_match(trim({text}), {literal(NUMBER)})"
        case "TypeDateTime" | "FormatDateTime":
            return NEVER if given.startswith(_TIMES) else f"{text} IS NOT NULL AND {quoted(column)} IS NULL"
        case "FormatString":
            return f"strlen({text}) <> length({text})"  # bytes and characters: alike in ASCII alone
        case "FormatUnit":
            return f"NOT regexp_full_match({text}, {literal(UNIT)})"
        case "FormatCurrency":
            return f"NOT regexp_full_match(trim({text}), '[A-Z]{{3}}')"
        case "CheckNationalCurrency":
            return f"trim({text}) NOT IN ({', '.join(literal(code) for code in currencies())})"
        case "FormatKeyValue":
            return f"NOT json_valid({text})"
        case _:
            raise KeyError(check)


def _none_of(items: list[Spec], sheet: Sheet) -> str:
    """When a row meets none of several: allowed values of one column are one list, other things are asked one by one."""
    columns = {item.get("column") for item in items}
    if len(columns) == 1 and all(item["check"] == "CheckValue" and item["value"] is not None for item in items):
        return f"{quoted(items[0]['column'])} NOT IN ({', '.join(_value(item['value']) for item in items)})"
    return " AND ".join(f"coalesce({broken(item, sheet)}, FALSE)" for item in items)


def met(spec: Spec, *, nulls: bool = False) -> str:
    """When a row meets a condition; ``nulls``: NULL counts as another value where a condition asks for any but one. What the model
    writes in no known way is no condition (as the official validator has it)."""
    match spec.get("check"):
        case "AND":
            return " AND ".join(f"({met(item, nulls=nulls)})" for item in spec["items"]) or ALWAYS
        case "OR":
            return " OR ".join(f"({met(item, nulls=nulls)})" for item in spec["items"]) or NEVER
        case "CheckNotValue" if nulls and "column" in spec and spec["value"] is not None:
            return f"{quoted(spec['column'])} IS DISTINCT FROM {_value(spec['value'])}"
        case "CheckValue" if "column" in spec:
            return (
                f"{raw(spec['column'])} IS NULL" if spec["value"] is None else f"{quoted(spec['column'])} = {_value(spec['value'])}"
            )
        case "CheckNotValue" if "column" in spec:
            return (
                f"{raw(spec['column'])} IS NOT NULL"
                if spec["value"] is None
                else f"{quoted(spec['column'])} <> {_value(spec['value'])}"
            )
        case "CheckNotSameValue":
            return f"{quoted(spec['a'])} <> {quoted(spec['b'])}"
        case "CheckSameValue":
            return f"{quoted(spec['a'])} = {quoted(spec['b'])}"
        case _:
            return ALWAYS


def columns_of(spec: Spec) -> list[str]:
    """The columns that a check names."""
    inner = [column for item in spec.get("items", ()) for column in columns_of(item)]
    return list(dict.fromkeys([*(spec[key] for key in ("column", "a", "b", "result") if key in spec), *inner]))


def _value(value: Any) -> str:
    return str(value) if isinstance(value, int | float | Decimal) else literal(str(value))
