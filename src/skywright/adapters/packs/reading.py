"""One rule's place in a YAML file -> Rule, with every problem reported where it is."""

import re
from collections.abc import Mapping
from typing import Any

from skywright.adapters.packs.catalogue import tables
from skywright.adapters.packs.compiling import Compiled, compile_sql
from skywright.adapters.packs.problems import Place, unknown
from skywright.model.finding import RuleVerdict, Severity
from skywright.model.kinds import KIND_BY_NAME
from skywright.model.plan import Risk
from skywright.model.rule import Example, Fix, Rule
from skywright.model.schema import columns, table_name
from skywright.model.words import t

PACK_KEYS = ("topic", "rules")
RULE_KEYS = (
    "id", "kind", "title", "severity", "when", "why", "remedy", "source", "fix", "params", "controls", "clouds", "examples",
)  # fmt: skip
FIX_KEYS = ("set", "compute", "delete", "risk")
EXAMPLE_KEYS: dict[str, RuleVerdict] = {
    "bad": RuleVerdict.FAIL,
    "good": RuleVerdict.PASS,
    "unknown": RuleVerdict.UNKNOWN,
}
RULE_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
"""service_noun_condition"""
_SCALARS = (bool, int, float, str)


def read_rule(place: Place, topic: str, overrides: Mapping[str, Any]) -> Rule | None:
    """Read and compile one rule. None when it lacks what nothing can be said without (id, kind, when)."""
    if not place.mapping():
        place.problem(t("A rule must be a mapping."))
        return None
    place.known_keys(RULE_KEYS, t("key"))
    identifier, kind, when = _identifier(place), _kind(place), place.at("when").text(required=True)
    if not (identifier and kind and when):
        return None
    params = _params(place.at("params"), overrides)
    compiled = compile_sql(when, kind, params, place.at("when").problem)
    fix = _fix(place.at("fix"), kind)
    return Rule(
        id=identifier,
        kind=kind,
        title=place.at("title").text(required=True),
        severity=_choice(place.at("severity"), Severity, Severity.MEDIUM),
        topic=topic,
        when=when,
        why=place.at("why").text(required=True),
        remedy=place.at("remedy").text(required=True),
        source=place.at("source").text(required=True),
        file=place.file,
        line=place.line,
        fix=fix,
        params=params,
        controls=_controls(place.at("controls")),
        examples=_examples(place.at("examples"), kind),
        clouds=_texts(place.at("clouds")),
        condition=compiled.sql if compiled else "",
        computed=_computed(place.at("fix"), fix, kind, params),
        columns=compiled.columns if compiled else (),
        reads=compiled.reads if compiled else (),
    )


def _identifier(place: Place) -> str:
    spot = place.at("id")
    identifier = spot.text(required=True)
    if identifier and not RULE_ID.fullmatch(identifier):
        spot.problem(t("`{id}` is not a rule id. Write service_noun_condition in lower case.", id=identifier))
    return identifier


def _kind(place: Place) -> str:
    spot = place.at("kind")
    kind = spot.text(required=True)
    if kind and kind not in KIND_BY_NAME:
        spot.problem(unknown(t("kind"), kind, KIND_BY_NAME))
        return ""
    return kind


def _choice(spot: Place, enum: Any, default: Any) -> Any:
    text = spot.text(required=True)
    known = [member.value for member in enum]
    if text and text not in known:
        spot.problem(unknown(str(spot.path[-1]), text, known) + " " + t("Known: {names}.", names=", ".join(known)))
    return enum(text) if text in known else default


def _params(spot: Place, overrides: Mapping[str, Any]) -> dict[str, Any]:
    given = spot.mapping()
    for name, value in given.items():
        listed = value if isinstance(value, list) else [value]
        if not all(isinstance(part, _SCALARS) for part in listed):
            spot.at(name).problem(t("Parameter `{name}` must be a number, a text, true, false, or a list of these.", name=name))
    for name, value in overrides.items():
        if name not in given:
            spot.problem(t("The configuration sets it: ") + unknown(t("parameter"), name, given))
        elif not _same_type(given[name], value):
            wanted = type(given[name]).__name__
            spot.at(name).problem(
                t(
                    "The configuration sets `{name}` to {value!r}; it must be of type {wanted}.",
                    name=name,
                    value=value,
                    wanted=wanted,
                )
            )
    return {**given, **{name: value for name, value in overrides.items() if name in given}}


def _same_type(default: Any, value: Any) -> bool:
    number = (int, float)
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    return isinstance(value, type(default)) or (isinstance(default, number) and isinstance(value, number))


def _controls(spot: Place) -> dict[str, list[str]]:
    return {framework: list(_texts(spot.at(framework))) for framework in spot.mapping()}


def _texts(spot: Place) -> tuple[str, ...]:
    found = []
    for item in spot.items():
        if isinstance(item.data, str):
            found.append(item.data)
        else:
            item.problem(t("{value!r} must be a text (in quotes).", value=item.data))
    return tuple(found)


def _fix(spot: Place, kind: str) -> Fix | None:
    given = spot.mapping()
    if not given:
        return None
    spot.known_keys(FIX_KEYS, t("key"))
    risk = _choice(spot.at("risk"), Risk, Risk.LOW).value if "risk" in given else "low"
    delete = given.get("delete", False) is True
    values, compute = spot.at("set").mapping(), spot.at("compute").mapping()
    if delete == bool(values or compute):
        spot.problem(t("A fix either sets (or computes) columns or deletes the resource."))
    for name, value in values.items():
        _check_column(spot.at("set").at(name), kind, name, value)
    for name in compute:
        _known_column(spot.at("compute").at(name), kind, name)
        if name in values:
            spot.at("compute").at(name).problem(t("`{name}` is both set and computed.", name=name))
    return Fix(set=dict(values), compute={k: str(v) for k, v in compute.items()}, delete=delete, risk=risk)


def _computed(spot: Place, fix: Fix | None, kind: str, params: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in (fix.compute if fix else {}).items():
        compiled: Compiled | None = compile_sql(text, kind, params, spot.at("compute").at(name).problem)
        if compiled:
            found[name] = compiled.sql
    return found


def _known_column(spot: Place, kind: str, name: str) -> bool:
    if name in columns(kind):
        return True
    spot.problem(unknown(t("column of {kind}", kind=kind), name, columns(kind)))
    return False


def _check_column(spot: Place, kind: str, name: str, value: Any) -> None:
    if _known_column(spot, kind, name):
        _check_value(spot, name, columns(kind)[name], value)


def _check_value(spot: Place, name: str, kind: str, value: Any) -> None:
    if value is None or _fits(value, kind):
        _check_elements(spot, name, value)
        return
    spot.problem(t("`{name}` is {kind}; {value!r} does not fit.", name=name, kind=kind, value=value))


def _check_elements(spot: Place, name: str, value: Any) -> None:
    """The fields of a list of structs."""
    if not isinstance(value, list) or not any(isinstance(part, dict) for part in value):
        return
    known = {column for info in tables().values() if info.column == name for column in info.columns} - {"resource"}
    for item in spot.items():
        item.known_keys(known, t("field of `{name}`", name=name))


def _fits(value: Any, kind: str) -> bool:
    if kind.endswith("[]"):
        return isinstance(value, list) and all(_fits(part, kind[:-2]) for part in value)
    if kind.startswith(("MAP", "STRUCT")):
        return isinstance(value, dict)
    if kind == "JSON":
        return True
    if kind == "BOOLEAN" or isinstance(value, bool):
        return kind == "BOOLEAN" and isinstance(value, bool)
    if kind == "BIGINT":
        return isinstance(value, int)
    return isinstance(value, (int, float) if kind.startswith(("DOUBLE", "DECIMAL")) else str)


def _examples(spot: Place, kind: str) -> tuple[Example, ...]:
    spot.known_keys(EXAMPLE_KEYS, t("key"))
    found: list[Example] = []
    for key, verdict in EXAMPLE_KEYS.items():
        listed = [_example(item, verdict, kind) for item in spot.at(key).items()]
        if not listed and verdict is not RuleVerdict.UNKNOWN:
            spot.problem(t("A rule needs at least one example that is {word}.", word=key))
        found.extend(listed)
    return tuple(found)


def _example(spot: Place, verdict: RuleVerdict, kind: str) -> Example:
    row = dict(spot.mapping())
    row.pop("others", None)
    for name, value in row.items():
        _check_column(spot.at(name), kind, name, value)
    others = {_table(name): rows for name in spot.at("others").mapping() if (rows := _other_rows(spot.at("others").at(name), name))}
    known = {name: value for name, value in row.items() if name in columns(kind)}
    return Example(verdict=verdict, row=known, others=others, line=spot.line)


def _table(name: str) -> str:
    return table_name(name) if name in KIND_BY_NAME else name


def _other_rows(spot: Place, name: str) -> list[dict[str, Any]]:
    info = tables().get(_table(name))
    if info is None:
        spot.problem(unknown(t("table"), name, tables()))
        return []
    if info.column is not None:
        spot.problem(t("Give `{name}` as the column `{column}` of {kind}.", name=name, column=info.column, kind=info.read))
        return []
    rows = []
    for item in spot.items():
        row = item.mapping()
        for column, value in row.items():
            if column not in info.columns:
                item.at(column).problem(unknown(t("column of {kind}", kind=name), column, info.columns))
            else:
                _check_value(item.at(column), column, info.columns[column], value)
        rows.append({column: value for column, value in row.items() if column in info.columns})
    return rows
