"""The requirement model of FOCUS 1.2 -> rules, and which of them apply where a criterion is not met."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

import msgspec

Spec = Mapping[str, Any]
"""A check as the model writes it: ``check`` (its name) and its arguments; ``items`` for AND and OR."""


class Rule(msgspec.Struct, frozen=True):
    """One requirement. ``dynamic``: the model has no machine-readable check for it. ``dependencies``: rules it builds upon."""

    id: str
    function: str
    reference: str
    entity: str
    keyword: str
    text: str
    dynamic: bool
    criteria: tuple[str, ...] = ()
    requirement: dict[str, Any] = {}
    condition: dict[str, Any] = {}
    dependencies: tuple[str, ...] = ()

    @property
    def composite(self) -> bool:
        """Whether it only gathers other rules."""
        return self.function == "Composite"

    @property
    def parts(self) -> tuple[str, ...]:
        """The rules that it gathers."""
        return tuple(item["rule"] for item in self.requirement.get("items", ()) if item["check"] == "CheckModelRule")

    @property
    def prefix(self) -> str:
        """What its id begins with: a column, an attribute or the dataset."""
        return self.id.split("-", 1)[0]


class Model(msgspec.Struct, frozen=True):
    """The requirement model: the criteria that an issuer may or may not meet (name -> what it means), and the rules."""

    version: str
    model: str
    criteria: dict[str, str]
    rules: tuple[Rule, ...]


@lru_cache(maxsize=1)
def model() -> Model:
    """FOCUS 1.2's requirement model (source: data/SOURCE.md)."""
    return msgspec.json.decode(resources.files(__package__).joinpath("data/rules-1.2.json").read_bytes(), type=Model)


def types(rules: Sequence[Rule]) -> dict[str, str]:
    """Column -> String, Decimal, DateTime or KeyValue, from the rules about types; every column of the dataset is there."""
    kinds = {rule.requirement["column"]: "String" for rule in rules if rule.function == "Presence"}
    for rule in rules:
        match rule.requirement.get("check", ""):
            case "TypeString" | "TypeDecimal" | "TypeDateTime" as check:
                kinds[rule.requirement["column"]] = check.removeprefix("Type")
            case "FormatKeyValue":
                kinds[rule.requirement["column"]] = "KeyValue"
            case _:
                pass
    return kinds


def not_applicable(rules: Sequence[Rule], supports: frozenset[str]) -> frozenset[str]:
    """The rules that do not apply: those whose criteria (any of them) are not met, whatever builds upon them, and every rule about
    a column that need not be there."""
    out = {rule.id for rule in rules if rule.criteria and not supports.intersection(rule.criteria)}
    columns = {rule.reference for rule in rules if rule.id in out and rule.function == "Presence"}
    grown = True
    while grown:
        more = {rule.id for rule in rules if rule.id not in out and out.intersection((*rule.parts, *rule.dependencies))}
        out |= more
        grown = bool(more)
    return frozenset(out | {rule.id for rule in rules if rule.prefix in columns})


def conditions(rules: Sequence[Rule]) -> dict[str, list[Spec]]:
    """Rule -> the conditions under which it holds: its own, and that of every rule which gathers it or builds upon it."""
    found: dict[str, list[Spec]] = {rule.id: [rule.condition] if rule.condition else [] for rule in rules}
    for rule in rules:
        if rule.composite and rule.condition:
            for other in dict.fromkeys((*rule.parts, *rule.dependencies)):
                if other in found and rule.condition not in found[other]:
                    found[other].append(rule.condition)
    return found
