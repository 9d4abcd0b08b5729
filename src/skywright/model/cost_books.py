"""What a user may set about knowing costs: how tags are read, who owns what, what costs are shared and how."""

import re
from datetime import date
from typing import Literal

import msgspec

from skywright.model.cost_dimensions import TAG, is_dimension, nearest_dimension, squashed
from skywright.model.settings_base import Strict

_BEYOND_RE2 = re.compile(r"\(\?(?:[=!>]|<[=!]|P=|\()|\\[1-9]|(?<!\\)[*+?}]\+")
"""Look-arounds, back references, atomic groups and possessive repeats: what RE2, which runs the rules, does not know."""


class Says(Strict, frozen=True):
    """One rule of a computed dimension. It applies where every dimension of ``where`` has one of its values (globs), from ``since``
    until before ``until`` (days of the charge). It gives ``value``; or the value of the dimension ``take``, or its part that
    ``match`` (RE2) finds: the first group, or the whole; ``value`` then may hold ``{}`` for what was found."""

    where: dict[str, str | list[str]] = {}
    value: str = ""
    take: str = ""
    match: str = ""
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if not self.value and not self.take:
            raise ValueError("a rule needs a value, or take: the dimension to take it from")
        if self.match and not self.take:
            raise ValueError("match needs take: the dimension that is looked at")
        if self.since and self.until and self.since >= self.until:
            raise ValueError("until must come after since")
        for name in (*self.where, *filter(None, [self.take])):
            known(name)
        _checked(self.match)


def known(name: str) -> None:
    """Raises ValueError for a name that is no dimension's."""
    if not is_dimension(name):
        hint = nearest_dimension(name)
        raise ValueError(f"there is no dimension {name} ({hint[0].lower()}{hint[1:].rstrip('.')})")


def _checked(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"match is no regular expression: {error}") from error
    if beyond := _BEYOND_RE2.search(pattern):
        raise ValueError(f"match uses {beyond[0]}, which RE2 does not know")


class Virtual(Strict, frozen=True):
    """A tag that is computed when asked: the first rule that gives a value wins. ``own``: when the tag itself, if there, is looked
    at: first, last or never."""

    rules: list[Says]
    own: Literal["first", "last", "never"] = "first"

    def __post_init__(self) -> None:
        if not self.rules:
            raise ValueError("a virtual tag needs a rule")


class TagRules(Strict, frozen=True):
    """How tags are read. Upper and lower case and ``-_.:/`` and spaces never make two keys of one. ``keys``: key -> its other
    spellings, the first that is there wins after the key itself; ``values``: key -> value -> its other spellings (case ignored);
    ``virtual``: key -> rules."""

    keys: dict[str, list[str]] = {}
    values: dict[str, dict[str, list[str]]] = {}
    virtual: dict[str, Virtual] = {}

    def __post_init__(self) -> None:
        for key, spellings in self.values.items():
            owner: dict[str, str] = {}
            for value, others in spellings.items():
                for other in others:
                    if owner.setdefault(other.lower(), value) != value:
                        both = f"{owner[other.lower()]} and {value}"
                        raise ValueError(f"values of {key}: {other} stands for both {both}")
        _no_circle({squashed(key): _asked(virtual.rules) for key, virtual in self.virtual.items()})


def _asked(rules: list[Says]) -> set[str]:
    """The keys of the tags that rules look at."""
    names = {name for rule in rules for name in (*rule.where, rule.take)}
    return {squashed(name.removeprefix(TAG)) for name in names if name.startswith(TAG)}


def _no_circle(needs: dict[str, set[str]]) -> None:
    """A virtual tag may look at others, but at no one that looks at it. A look at itself is one at the tag that is there."""
    left = {key: {other for other in others if other in needs and other != key} for key, others in needs.items()}
    while ready := [key for key, others in left.items() if not others]:
        for key in ready:
            del left[key]
        left = {key: others.difference(ready) for key, others in left.items()}
    if left:
        raise ValueError(f"virtual tags look at each other in a circle: {', '.join(sorted(left))}")


class BookSettings(Strict, frozen=True):
    """How the ledger is read. ``tags``: rules, or a YAML file of them. ``owners``, ``centers``: rules of the dimensions ``owner``
    and ``cost_center``; without any they are the tags of that name. ``rates``: a CSV file of date,currency,rate[,source], where one
    unit of the currency is worth ``rate`` of ``cost.currency``."""

    tags: TagRules | str = msgspec.field(default_factory=TagRules)
    owners: list[Says] = []
    centers: list[Says] = []
    rates: str = ""
