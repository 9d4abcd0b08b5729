"""Nouns of a validation: the bill, what a rule says of it, and all of that together."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from skywright.model.bill import Reject
from skywright.ports.engine import Rows

FILE, LINE = "_file", "_line"
"""Columns of the table that say where a row stood."""


class Ask(Protocol):
    """A way to ask the bill's table (see ports.engine.Session.query). Numbers come as they are, text as text."""

    def __call__(self, sql: str, params: Mapping[str, Any] | None = None, /) -> Rows:
        """Run one SELECT."""


class Bill(msgspec.Struct, frozen=True):
    """A delivered bill: a table of rows as they stand (with ``_file`` and ``_line``), and its columns with their physical types as
    DuckDB names them (VARCHAR for whatever comes from text), in the order of the delivery."""

    ask: Ask
    columns: Mapping[str, str]
    table: str = "raw"
    name: str = ""


class Verdict(StrEnum):
    """What a rule says. ``undecided``: this bill alone cannot show it; ``not applicable``: nothing in it is of the rule's kind."""

    PASS = "pass"  # noqa: S105  a verdict, no password
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"
    UNDECIDED = "undecided"


class Example(msgspec.Struct, frozen=True):
    """A row (``file:line``) or a group of rows that breaks a rule, with the values that matter."""

    where: str
    values: Mapping[str, str | None]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's verdict.

    ``count``: rows (or groups, or columns) that break it, or that leave it undecided. ``why``: what makes it so, where that is not
    plain from the sentence; ``todo``: what to do about it; ``missing``: the column that the bill lacks, where that is why. ``own``:
    decided by a check of ours. ``composite``: it only gathers others. ``remark``: where the model's check says something else than
    its sentence, what that is, and ``by_sentence`` the rows that break the sentence. ``official``: focus-validator 2.2.1's verdict,
    where it is another than ours.
    """

    rule: str
    column: str
    keyword: str
    text: str
    verdict: Verdict
    own: bool = False
    composite: bool = False
    count: int = 0
    why: str = ""
    todo: str = ""
    missing: str = ""
    remark: str = ""
    by_sentence: int | None = None
    official: Verdict | None = None
    examples: tuple[Example, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule's outcome, in the model's order. ``unread``: lines that are no rows, and of which the rules say nothing."""

    version: str
    dataset: str
    rows: int
    supports: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    unread: tuple[Reject, ...] = ()

    def counts(self) -> dict[str, int]:
        """Verdict -> how many rules."""
        return {str(verdict): sum(one.verdict is verdict for one in self.outcomes) for verdict in Verdict}

    def failed(self) -> tuple[Outcome, ...]:
        """Rules that fail of themselves: those that only gather others are left out."""
        return tuple(one for one in self.outcomes if one.verdict is Verdict.FAIL and not one.composite)

    def shown(self) -> tuple[Outcome, ...]:
        """Of those that fail, the ones that tell something: not what fails for want of a column (``missing``), nor by a fault of
        the model's check alone."""
        return tuple(one for one in self.failed() if one.by_sentence != 0 and not one.missing)

    def missing(self) -> dict[str, tuple[Outcome, ...]]:
        """Column that the bill lacks -> the rules that fail for want of it."""
        found: dict[str, list[Outcome]] = {}
        for one in self.failed():
            if one.missing:
                found.setdefault(one.missing, []).append(one)
        return {column: tuple(rules) for column, rules in found.items()}

    def by_fault(self) -> tuple[Outcome, ...]:
        """Rules that fail though no row breaks their sentence."""
        return tuple(one for one in self.failed() if one.by_sentence == 0)
