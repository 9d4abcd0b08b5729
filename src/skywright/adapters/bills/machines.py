"""What a bill's row says of the machine behind it -> its type and operating system, as a view over the ledger.

Issuers say it in different places: in FOCUS's own properties of a price, at the end of a usage type (``EUW1-BoxUsage:m5.large``),
as the name of a meter (``D2s v5``), in a description (``N2 Instance Core running in Frankfurt``). ``data/machines.csv`` holds a
pattern (RE2) a row with its source; the first that fits decides, and what none fits stays NULL: a gigabyte of traffic is no
machine, though its service is compute. A type that ends in ``*`` is a series whose size is not said.
"""

import csv
from pathlib import Path

import msgspec

from skywright.adapters.bills.sql import literal

PATTERNS = Path(__file__).parent / "data" / "machines.csv"
VIEW = "machine_usage"


class Pattern(msgspec.Struct, frozen=True):
    """A row of the table: where ``column`` (of services that match ``service``) fits ``pattern``, it ``says`` what ``gives`` makes
    of it."""

    says: str
    column: str
    service: str
    pattern: str
    gives: str
    lower: str
    source: str

    @property
    def sql(self) -> str:
        """The value, or NULL where the pattern does not fit."""
        column, _, field = self.column.partition(".")
        text = f"{column}[{literal(field)}]" if field else column
        part = f"regexp_extract({text}, {literal(self.pattern)})"
        value = f"regexp_replace({part}, {literal(self.pattern)}, {literal(self.gives)})"
        fits = f"regexp_matches({text}, {literal(self.pattern)})"
        if self.service:
            fits += f" AND regexp_matches(ServiceName, {literal(self.service)})"
        return f"CASE WHEN {fits} THEN {f'lower({value})' if self.lower else value} END"


def patterns() -> tuple[Pattern, ...]:
    """The table, in order."""
    with PATTERNS.open(encoding="utf-8", newline="") as lines:
        return tuple(Pattern(**row) for row in csv.DictReader(lines))


def views() -> dict[str, str]:
    """``machine_usage``: cost and usage, with MachineType and MachineSystem beside it (NULL: no machine, or not said)."""
    said = {"MachineType": "type", "MachineSystem": "system"}
    table = patterns()
    columns = (f"coalesce({', '.join(one.sql for one in table if one.says == says)}) AS {name}" for name, says in said.items())
    return {VIEW: f"SELECT *, {', '.join(columns)} FROM cost_and_usage"}
