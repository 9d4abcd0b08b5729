"""FOCUS 1.4's model of columns -> rules with their checks: presence, type, form, NULL, values, range, schema, and across columns.

The specification publishes no requirement model of 1.4 yet; these rules are derived from its data model (data/SOURCE.md). Their ids
are ours: dataset, column, what it is about.
"""

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Any

import msgspec

from skywright.topics.focus.formats import SIMPLE, UNIT
from skywright.topics.focus.own import Own, filled
from skywright.topics.focus.rules import Rule
from skywright.topics.focus.sheet import literal

_KINDS = {"String": "String", "Decimal": "Decimal", "Date/Time": "DateTime", "JSON": "JSON"}
_LEVELS = {"Mandatory": "MUST", "Conditional": "MUST", "Recommended": "RECOMMENDED", "Optional": "MAY"}


class Column(msgspec.Struct, frozen=True):
    """A column of the data model. ``criteria``: what the issuer must support for it to be asked for, all of them."""

    dataset: str
    name: str
    type: str
    format: str
    level: str
    nulls: bool
    condition: str = ""
    criteria: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    range: tuple[float, float] | None = None
    deprecated: bool = False

    @property
    def kind(self) -> str:
        """String, Decimal, DateTime, JSON or KeyValue."""
        return "KeyValue" if self.format == "Key-Value" else _KINDS[self.type]


class Columns(msgspec.Struct, frozen=True):
    """The data model: criteria (name -> what they mean), subcategories of services (name -> category), columns."""

    version: str
    criteria: dict[str, str]
    subcategories: dict[str, str]
    columns: tuple[Column, ...]


class Across(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rules of a dataset across columns, the common ones as pairs of columns."""

    null_with: tuple[tuple[str, str], ...] = ()
    value_with: tuple[tuple[str, str], ...] = ()
    null_for_tax: tuple[str, ...] = ()
    value_for_usage: tuple[str, ...] = ()
    end_after_start: tuple[tuple[str, str], ...] = ()
    not_before: tuple[tuple[str, str], ...] = ()
    in_billing_currency: tuple[str, ...] = ()
    rules: dict[str, Own] = {}


class Checked(msgspec.Struct, frozen=True):
    """A rule and its check; without one, the rule carries it itself."""

    rule: Rule
    check: Own | None = None


@lru_cache(maxsize=1)
def columns() -> Columns:
    """FOCUS 1.4's data model (source: data/SOURCE.md)."""
    return msgspec.json.decode(resources.files(__package__).joinpath("data/columns-1.4.json").read_bytes(), type=Columns)


def checked(dataset: str) -> tuple[Checked, ...]:
    """Every rule of a dataset (``CostAndUsage``, ``ContractCommitment``, ``BillingPeriod``, ``InvoiceDetail``)."""
    mine = [column for column in columns().columns if column.dataset == dataset]
    alone = [one for column in mine for one in _of_column(column)]
    across = tomllib.loads(resources.files(__package__).joinpath("data/own-1.4.toml").read_text("utf-8"))
    return (*alone, *_across(dataset, msgspec.convert(across[dataset], Across)), *_names(dataset))


def _of_column(column: Column) -> Iterator[Checked]:
    name, kind = column.name, column.kind
    keyword, where = _LEVELS[column.level], f" when: {column.condition}" if column.condition else ""
    sentence = f"{name} {'is RECOMMENDED to' if keyword == 'RECOMMENDED' else keyword} be present{where}."
    yield _model(column, "Present", "Presence", sentence, {"check": "ColumnPresent", "column": name}, keyword=keyword)
    if kind in {"String", "Decimal", "DateTime"}:
        yield _model(column, "Type", "Type", f"{name} MUST be of type {column.type}.", {"check": f"Type{kind}", "column": name})
    if not column.nulls:
        check: dict[str, Any] = {"check": "CheckNotValue", "column": name, "value": None}
        yield _model(column, "Given", "Nullability", f"{name} MUST NOT be null.", check, keyword="MUST NOT")
    if column.allowed:
        items = [{"check": "CheckValue", "column": name, "value": value} for value in column.allowed]
        yield _model(column, "Values", "Validation", f"{name} MUST be one of the allowed values.", {"check": "OR", "items": items})
    yield from _format(column)


def _format(column: Column) -> Iterator[Checked]:
    name = column.name
    given = {"applies": f"@{name} IS NOT NULL", "none": f"No row has a {name}."}
    match column.format:
        case "Currency":
            yield _form(column, f"{name} MUST be a code of ISO 4217.", bad=f"@{name} NOT IN (@currencies)", **given)
        case "Unit":
            bad = f"NOT regexp_full_match(@{name}, {literal(UNIT)})"
            yield _form(column, f"{name} SHOULD conform to UnitFormat.", keyword="SHOULD", bad=bad, **given)
        case "Date/Time":
            bad = f"NOT regexp_full_match(@{name}, {literal(SIMPLE['DateTime'])})"
            yield _form(column, f"{name} MUST be written YYYY-MM-DDTHH:mm:ssZ.", bad=bad, as_text=True, **given)
        case "Expected Format":
            bad = f"NOT regexp_full_match(@{name}, '[1-9][0-9]* (Year|Month|Week|Day|Hour|Minute|Second)s?')"
            text = f"{name} SHOULD be a quantity and a unit of time (1 Year, 36 Months)."
            yield _form(column, text, keyword="SHOULD", bad=bad, **given)
        case "Decimal (non-negative)":
            yield _form(column, f"{name} MUST be a non-negative decimal value.", bad=f"{name} IS NULL OR {name} < 0", **given)
        case "Key-Value":
            yield _form(column, f"{name} MUST conform to KeyValueFormat.", bad=_NO_PAIRS.replace("@column", f"@{name}"), **given)
        case "JSON Object":
            yield _form(column, f"{name} MUST conform to its JSON schema.", schema=name, **given)
        case "Unspecified":
            bad = f"contains(@{name}, chr(65533)) OR lower(trim(@{name})) IN (@placeholders) OR trim(@{name}) = ''"
            yield _form(column, f"{name} MUST conform to StringHandling and NullHandling.", bad=bad, **given)
        case _ if column.range:
            low, high = column.range
            yield _form(column, f"{name} MUST be between {low:g} and {high:g}.", bad=f"{name} < {low} OR {name} > {high}", **given)
        case _:
            return


_NO_PAIRS = """NOT json_valid(@column) OR json_type(TRY_CAST(@column AS JSON)) <> 'OBJECT'
  OR len(json_keys(TRY_CAST(@column AS JSON))) <> len(list_distinct(json_keys(TRY_CAST(@column AS JSON))))
  OR len(list_filter(json_extract(TRY_CAST(@column AS JSON), '$.*'), lambda v: json_type(v) IN ('OBJECT', 'ARRAY'))) > 0"""


def _across(dataset: str, pairs: Across) -> Iterator[Checked]:
    for name, other in pairs.null_with:
        text, none = f"{name} MUST be null when {other} is null.", f"Every row has a {other}."
        yield _ours(dataset, name, f"NullWith{other}", text, bad=f"@{name} IS NOT NULL", applies=f"@{other} IS NULL", none=none)
    for name, other in pairs.value_with:
        text, none = f"{name} MUST NOT be null when {other} is not null.", f"No row has a {other}."
        yield _ours(dataset, name, f"GivenWith{other}", text, bad=f"@{name} IS NULL", applies=f"@{other} IS NOT NULL", none=none)
    for name in pairs.null_for_tax:
        text = f'{name} MUST be null when ChargeCategory is "Tax".'
        yield _ours(
            dataset, name, "Tax", text, bad=f"@{name} IS NOT NULL", applies="ChargeCategory = 'Tax'", none="No row is a tax."
        )
    for name in pairs.value_for_usage:
        text = f'{name} MUST NOT be null when ChargeCategory is "Usage" or "Purchase" and ChargeClass is not "Correction".'
        where = "ChargeCategory IN ('Usage', 'Purchase') AND ChargeClass IS DISTINCT FROM 'Correction'"
        yield _ours(dataset, name, "Usage", text, bad=f"@{name} IS NULL", applies=where, none="No row is usage or a purchase.")
    for start, end in pairs.end_after_start:
        text = f"{start} MUST be the inclusive start bound, {end} the exclusive end bound of the period."
        inside = f"{end} <= {start} OR (second({end}) = 59 AND minute({end}) = 59)"
        yield _ours(dataset, end, "AfterStart", text, bad=inside)
    for first, later in pairs.not_before:
        text = f"{later} MUST be greater than or equal to {first}."
        yield _ours(dataset, later, f"NotBefore{first}", text, bad=f"{later} < {first}")
    for name in pairs.in_billing_currency:
        text, because = (
            f"{name} MUST be denominated in the BillingCurrency.",
            "The bill has a second currency; an amount does not say which.",
        )
        doubt: dict[str, Any] = {
            "doubt": "PricingCurrency <> BillingCurrency",
            "because": because,
            "optional": ("PricingCurrency",),
        }
        yield _ours(dataset, name, "Currency", text, applies=f"@{name} IS NOT NULL", none=f"No row has a {name}.", **doubt)
    for key, own in pairs.rules.items():
        yield Checked(_rule(dataset, key.split("-")[0], key.split("-")[1], own.text, keyword=own.keyword), _filled(own))


def _names(dataset: str) -> Iterator[Checked]:
    for what, names, keyword, text in (
        ("Prefix", "prefixed", "MUST", "Custom columns MUST be prefixed with x_."),
        (
            "Custom",
            "custom",
            "SHOULD",
            "Custom columns SHOULD be in Pascal case behind x_, alphanumeric, of 50 characters at most.",
        ),
        ("Order", "custom last", "SHOULD", "FOCUS columns SHOULD stand first, then custom columns."),
    ):
        none = "The bill has no columns of its own (x_)."
        yield Checked(_rule(dataset, "CustomColumns", what, text, keyword=keyword), Own(names=names, none=none))


def _rule(dataset: str, column: str, what: str, text: str, *, keyword: str = "MUST", function: str = "Validation") -> Rule:
    name = f"{dataset}-{column}-{what}"
    return Rule(id=name, function=function, reference=column, entity="Column", keyword=keyword, text=text, dynamic=True)


def _model(column: Column, what: str, function: str, text: str, requirement: dict[str, Any], *, keyword: str = "MUST") -> Checked:
    rule = _rule(column.dataset, column.name, what, text, keyword=keyword, function=function)
    criteria = column.criteria if function == "Presence" else ()
    return Checked(msgspec.structs.replace(rule, dynamic=False, requirement=requirement, criteria=criteria))


def _form(column: Column, text: str, *, keyword: str = "MUST", **check: object) -> Checked:
    return _ours(column.dataset, column.name, "Form", text, keyword=keyword, **check)


def _ours(dataset: str, column: str, what: str, text: str, *, keyword: str = "MUST", **check: object) -> Checked:
    return Checked(_rule(dataset, column, what, text, keyword=keyword), _filled(msgspec.convert(check, Own)))


def _filled(own: Own) -> Own:
    known = columns().subcategories
    more = {
        "children": ", ".join(literal(name) for name in known),
        "pairs": ", ".join(f"({literal(name)}, {literal(parent)})" for name, parent in known.items()),
    }
    fields = {key: filled(getattr(own, key), more) for key in ("applies", "bad", "doubt")}
    return msgspec.structs.replace(own, **fields)
