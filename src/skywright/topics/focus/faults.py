"""Where a check of the model says something else than its sentence (data/faults-1.2.toml) -> what the sentence asks."""

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any

import msgspec

from skywright.topics.focus.own import filled
from skywright.topics.focus.rules import Rule, Spec


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``bad``: when a row breaks the sentence (empty: a bill cannot show it). ``values``: the specification's allowed values where
    the model has others. ``remark``: what is wrong with the check."""

    remark: str
    bad: str = ""
    values: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def faults() -> dict[str, Fault]:
    """Rule -> what is wrong with its check."""
    text = resources.files(__package__).joinpath("data/faults-1.2.toml").read_text("utf-8")
    known = msgspec.convert(tomllib.loads(text), dict[str, Fault])
    return {rule: msgspec.structs.replace(fault, bad=filled(fault.bad, {})) for rule, fault in known.items()}


def requirement(rule: Rule) -> dict[str, Any]:
    """A rule's check, with the specification's allowed values where the model has others."""
    fault = faults().get(rule.id)
    if fault is None or not fault.values:
        return rule.requirement
    column = rule.requirement["items"][0]["column"]
    return {"check": "OR", "items": [{"check": "CheckValue", "column": column, "value": value} for value in fault.values]}


def takes_null_for(spec: Spec) -> list[str]:
    """The columns for which a condition (``is not X``) passes over NULL, which is not X either."""
    inner = [column for item in spec.get("items", ()) for column in takes_null_for(item)]
    own = [spec["column"]] if spec.get("check") == "CheckNotValue" and spec.get("value") is not None and "column" in spec else []
    return list(dict.fromkeys([*own, *inner]))
