"""What a form of bill is: how its columns become FOCUS's."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from skywright.model.focus import Dataset
from skywright.ports.bills import Wanted


class Term(msgspec.Struct, frozen=True):
    """One delivered column that goes into a sum: of which rows (SQL), and whether it is added or taken away. ``texts``: SQL that
    gives currency, text and how often, where the amounts stand inside other values."""

    column: str = ""
    where: str = ""
    sign: int = 1
    texts: str = ""


class Also(msgspec.Struct, frozen=True):
    """A second row that some delivered rows become: which (SQL over ``source``, as Translation has it), and how it differs."""

    where: str
    select: Mapping[str, str]
    source: str = ""


class Halves(msgspec.Struct, frozen=True, kw_only=True):
    """A bill that comes in two deliveries, either of which may come first or again. Each becomes rows twice: as they count while it
    is alone (as Translation says), and as they count beside the other; the latter are never more than that half says, so that both
    halves' rows together are the bill. ``half``: SQL that names a row's half, NULL where it cannot be told.
    ``select``, ``leave`` and ``ties``: how the rows beside the other half differ. ``missing``: what it means that a half has not
    come; ``behind``: that it ends earlier than the other ({date})."""

    half: str
    select: Mapping[str, str]
    leave: str
    ties: Mapping[str, tuple[Term, ...]]
    missing: Mapping[str, str]
    behind: Mapping[str, str]


class Translation(msgspec.Struct, frozen=True, kw_only=True):
    """How one delivery is read. ``renames``: delivered columns -> what the form calls them; all else is said in the form's own
    words. ``amounts``, ``times`` and ``tags`` name columns that become DECIMAL(38,18), TIMESTAMP and MAP; all others become text.
    Those of them and of ``texts`` that were not delivered are NULL. ``select``: FOCUS column -> SQL over those. ``source``: what
    stands behind FROM, with ``{table}`` for the rows. ``ties``: a ledger's amount -> the terms that must add up to it. ``floats``:
    amounts were written by programs that count in binary, and are taken at 18 decimals, with what that changes in the receipt;
    else a digit more is a reason to turn the row away. ``time_formats``: how times are written, as strptime has it. ``leave``: rows
    that are no charges (SQL); ``odd``: rows that have no place (SQL), and why."""

    form: str
    dataset: Dataset
    renames: Mapping[str, str] = {}
    amounts: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    select: Mapping[str, str]
    source: str = "{table}"
    also: tuple[Also, ...] = ()
    ties: Mapping[str, tuple[Term, ...]] = {}
    leave: str = ""
    odd: tuple[tuple[str, str], ...] = ()
    halves: Halves | None = None
    floats: bool = False
    decimal_comma: bool = False
    time_formats: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def absent(needed: Iterable[str], columns: Iterable[str]) -> list[str]:
    """Those of the columns needed that were not delivered, whatever letters are large."""
    there = {column.lower() for column in columns}
    return sorted(column for column in needed if column.lower() not in there)


class Form(Protocol):
    """A way in which bills are written."""

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called, one name a version."""

    def needs(self, dataset: Dataset) -> frozenset[str]:
        """The columns without which it cannot be it (as it writes them); empty for a dataset that it does not have."""

    def missing(self, columns: Mapping[str, str], dataset: Dataset) -> list[str]:
        """Those of them that are not among ``columns``, in whatever spelling."""

    def recognise(self, columns: Mapping[str, str], dataset: Dataset) -> str:
        """The name and version that these columns (name -> DuckDB's type) are of; empty when they are another form's."""

    def translate(self, called: str, columns: Mapping[str, str], wanted: Wanted) -> Translation:
        """How these columns become the ledger's. Raises BadInput when some are missing without which nothing can be said."""
