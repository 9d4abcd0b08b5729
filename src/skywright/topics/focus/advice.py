"""A check that a bill breaks -> what to do about it, in a few words."""

from skywright.model.words import t
from skywright.topics.focus.rules import Spec

VALUES_SHOWN_MAX = 8


def advice(spec: Spec) -> str:
    """What to do where rows break a check of the model; nothing where its sentence says it all."""
    match spec.get("check"):
        case "ColumnPresent":
            return t("Ask the issuer for {column}, or add it.", column=spec["column"])
        case "CheckNotValue" if spec["value"] is None:
            return t("Fill in {column} in these rows.", column=spec["column"])
        case "CheckValue" if spec["value"] is None:
            return t("Leave {column} empty (NULL) in these rows.", column=spec["column"])
        case "CheckValue":
            return t("Set {column} to {value}.", column=spec["column"], value=spec["value"])
        case "CheckNotValue":
            return t("Set {column} to something else than {value}.", column=spec["column"], value=spec["value"])
        case "OR":
            return _one_of(spec)
        case "ColumnByColumnEqualsColumnValue":
            return t("Make {a} x {b} equal {result}.", a=spec["a"], b=spec["b"], result=spec["result"])
        case "CheckDistinctCount":
            return t("Give each {a} one {b}.", a=spec["a"], b=spec["b"])
        case _:
            return _written(spec)


def _one_of(spec: Spec) -> str:
    values = [str(item["value"]) for item in spec["items"] if "value" in item]
    if not values:
        return t("Use a pair that the specification lists.")
    more = t(", ...") if len(values) > VALUES_SHOWN_MAX else ""
    return t("Use one of: {values}.", values=", ".join(values[:VALUES_SHOWN_MAX]) + more)


def _written(spec: Spec) -> str:
    match spec.get("check"):
        case "TypeDecimal" | "FormatNumeric" | "CheckDecimalValue":
            return t("Write numbers plainly: 1234.5, -0.02, 1.5E-7.")
        case "TypeDateTime" | "FormatDateTime":
            return t("Write times as 2026-09-30T23:00:00Z.")
        case "FormatCurrency" | "CheckNationalCurrency":
            return t("Write currencies as ISO 4217 has them: USD, EUR.")
        case "FormatKeyValue":
            return t('Write a JSON object: {"key": "value"}.')
        case "FormatUnit":
            return t("Write units as FOCUS has them: GB, Hours, GB-Months, 1000 Requests.")
        case "FormatString":
            return t("focus-validator takes ASCII alone; FOCUS asks for valid Unicode.")
        case "CheckGreaterOrEqualThanValue":
            return t("Not less than {value}.", value=spec["value"])
        case _:
            return ""
