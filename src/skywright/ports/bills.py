"""The ledger: what providers billed, in FOCUS 1.4, exact to the last digit."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from skywright.model.bill import Receipt
from skywright.model.focus import Dataset
from skywright.ports.engine import Session


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """How a bill is to be read. ``form`` empty: found out from its columns. ``mapping``: a file that says how its columns become
    FOCUS's. ``reject``: take the good rows though others are not (they are listed); else nothing is taken. ``restate``: replace
    periods that are closed. ``currency`` where the bill does not say it."""

    form: str = ""
    dataset: Dataset = Dataset.COST_AND_USAGE
    mapping: Path | None = None
    reject: bool = False
    restate: bool = False
    dry_run: bool = False
    currency: str = ""


class Ledger(Protocol):
    """Bills, by billing period. A period that is issued again replaces what was there; both stay on record."""

    def take(self, source: str, wanted: Wanted) -> Receipt:
        """Import a file, a folder or an object store's prefix. All of it or nothing: a reader sees the ledger before or after, and
        kill -9 leaves one of the two. Raises BadInput with file, line, what and why."""

    def open(
        self, views: Mapping[str, str] | None = None, tables: Mapping[str, Path] | None = None
    ) -> AbstractContextManager[Session]:
        """The ledger as tables: one per dataset (``model.focus.Dataset``; FOCUS's column names and our ``x_`` ones; empty tables
        where nothing came yet), ``machine_usage`` (cost and usage with MachineType and MachineSystem, NULL where a row does not
        say of which machine it is), ``views`` (name -> SELECT over them, in order) and ``tables`` (name -> Parquet file). Amounts
        come as Decimal. Read-only; what is open is not moved by an import."""

    def receipts(self) -> Sequence[Receipt]:
        """Every import, oldest first."""

    def periods(self) -> Sequence[tuple[str, str, datetime, int]]:
        """What is held: issuer, billing account, first day of the period, rows."""

    def export(self, path: Path, version: str, sql: str = "") -> int:
        """Write cost and usage (or what ``sql`` selects of it) as FOCUS ``version`` (1.2, 1.4): CSV, CSV.gz or Parquet by the
        path's ending. Gives the rows. The file appears whole or not at all."""
