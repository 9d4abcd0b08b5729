"""A rule: what is wrong (SQL), what would be right (desired state), why, and examples that are run as tests."""

from typing import Any

import msgspec

from skywright.model.finding import RuleVerdict, Severity


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """What would be right: columns to set, or that the resource be deleted.

    ``set`` holds literals (``tags`` is merged into the tags that are there); ``compute`` holds SQL over the kind's columns
    for values that depend on the row (``rules: list_filter(rules, lambda r: ...)``).
    """

    set: dict[str, Any] = {}
    compute: dict[str, str] = {}
    delete: bool = False
    risk: str = "low"  # none, low, medium, high: the approval class of the change


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A row (and rows of other tables that the rule reads) and the verdict that it must get."""

    verdict: RuleVerdict
    row: dict[str, Any]
    others: dict[str, list[dict[str, Any]]] = {}
    line: int = 0


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a pack. ``when`` is a SQL condition over the kind's columns: TRUE fails, FALSE passes, NULL is unknown.

    ``condition``, ``computed``, ``columns`` and ``reads`` are what the loader makes of it: see ``model.rule_sql`` for the
    table that they are asked of.
    """

    id: str
    kind: str
    title: str
    severity: Severity
    topic: str
    when: str
    why: str
    remedy: str
    source: str
    file: str
    line: int
    fix: Fix | None = None
    params: dict[str, Any] = {}
    controls: dict[str, list[str]] = {}  # framework -> control ids
    examples: tuple[Example, ...] = ()
    clouds: tuple[str, ...] = ()  # empty: every cloud
    lacking: dict[str, tuple[str, ...]] = {}  # cloud -> columns of the condition that mean nothing there; "*": the rule itself
    condition: str = ""  # `when` compiled: names resolved, parameters bound, NULL where what it reads has gaps
    computed: dict[str, str] = {}  # `fix.compute` compiled likewise
    columns: tuple[str, ...] = ()  # the kind's own columns that the condition reads
    reads: tuple[str, ...] = ()  # what it reads beside its own row: kinds by name, relation, usage, resource, cost, ...
