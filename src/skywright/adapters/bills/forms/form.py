"""What a form of bill is: how its columns become FOCUS's."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from skywright.model.focus import Dataset
from skywright.ports.bills import Wanted


class Tie(msgspec.Struct, frozen=True):
    """The delivered columns whose sum must be the ledger's, to the last digit; ``where``: of which rows (SQL)."""

    columns: tuple[str, ...]
    where: str = ""


class Translation(msgspec.Struct, frozen=True, kw_only=True):
    """How one delivery is read. ``amounts``, ``times`` and ``tags`` name delivered columns that become DECIMAL(38,18), TIMESTAMP
    and MAP; all others become text. ``select``: FOCUS column -> SQL over those. ``floats``: amounts were written by programs that
    count in binary, and are taken at 18 decimals; else a digit more is a reason to turn the row away. ``time_formats``: ways in
    which times are written, as strptime has them. ``leave``: rows that are not charges (SQL)."""

    form: str
    dataset: Dataset
    amounts: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    select: Mapping[str, str]
    ties: Mapping[str, Tie] = {}
    leave: str = ""
    floats: bool = False
    decimal_comma: bool = False
    time_formats: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


class Form(Protocol):
    """A way in which bills are written."""

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called, one name a version."""

    def needs(self, dataset: Dataset) -> frozenset[str]:
        """The columns without which it cannot be it (as it writes them); empty for a dataset that it does not have."""

    def recognise(self, columns: Mapping[str, str], dataset: Dataset) -> str:
        """The name and version that these columns (name -> DuckDB's type) are of; empty when they are another form's."""

    def translate(self, called: str, columns: Mapping[str, str], wanted: Wanted) -> Translation:
        """How these columns become the ledger's. Raises BadInput when some are missing without which nothing can be said."""
