"""A mapping file -> a form of its own: which column, constant or expression becomes which of FOCUS's columns.

Only expressions of SQL are taken, over the delivered columns; they are parsed and checked before anything is read from them.
"""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import sqlglot
import yaml
from sqlglot import exp

from skywright.adapters.bills.forms.focus import TIED
from skywright.adapters.bills.forms.form import Term, Translation
from skywright.adapters.bills.sql import literal, name
from skywright.model.errors import BadInput
from skywright.model.focus import DATASETS, Dataset, FocusType
from skywright.model.settings_base import Strict
from skywright.model.words import t
from skywright.ports.bills import Wanted


class Source(Strict, frozen=True):
    """Where a column's values come from: exactly one of a delivered column, a constant, an expression."""

    column: str = ""
    value: str | None = None
    sql: str = ""

    def __post_init__(self) -> None:
        if sum((bool(self.column), self.value is not None, bool(self.sql))) != 1:
            raise ValueError("needs exactly one of column, value, sql")


class Mapped(Strict, frozen=True):
    """A mapping file. ``columns``: FOCUS column -> delivered column, or Source. ``amounts``: delivered columns that expressions use
    as amounts; ``times``: how times are written (strptime); ``leave``: rows that are no charges (SQL)."""

    columns: dict[str, str | Source]
    dataset: Dataset = Dataset.COST_AND_USAGE
    amounts: list[str] = []
    times: list[str] = []
    decimal_comma: bool = False
    floats: bool = False
    leave: str = ""


_FORBIDDEN = (exp.Select, exp.Table, exp.Subquery, exp.Command, exp.Query, exp.Placeholder, exp.Parameter, exp.SessionParameter)
_OUTWARD = re.compile(r"read_|glob|getenv|query|pragma|current_setting|getvariable|_scan$|copy|attach", re.IGNORECASE)
_TAKEN = "(_file, _line) IN (SELECT (_file, _line) FROM staged)"
_FOLLOWS = {"EffectiveCost": "BilledCost", "ListCost": "BilledCost", "ContractedCost": "BilledCost"} | {
    "InvoiceIssuerName": "ServiceProviderName",
    "ServiceProviderName": "InvoiceIssuerName",
}
"""What stands in for a column that the file leaves out."""


def mapped(path: Path, columns: Mapping[str, str], wanted: Wanted) -> Translation:
    """How a delivery with these columns is read by the mapping file at ``path``. Raises BadInput with file and line."""
    file = _File(path)
    dataset = file.content.dataset if wanted.dataset is Dataset.COST_AND_USAGE else wanted.dataset
    known = {column.name.lower(): column for column in DATASETS[dataset]}
    spelled = {column.lower(): column for column in columns}
    select, sources = {}, {}
    for target, source in file.content.columns.items():
        column = known.get(target.lower())
        if column is None:
            raise file.wrong(
                target,
                t("{dataset} has no column {name}.", dataset=dataset.value, name=target),
                [one.name for one in known.values()],
            )
        select[column.name], sources[column.name] = file.sql_of(target, source, spelled)
    leave = file.checked("leave", file.content.leave, spelled) if file.content.leave else ""
    amounts = [file.sql_of("amounts", one, spelled)[1] for one in file.content.amounts]
    return Translation(
        form="mapping",
        dataset=dataset,
        amounts=tuple(dict.fromkeys([*_of(dataset, sources, FocusType.DECIMAL), *amounts])),
        times=_of(dataset, sources, FocusType.TIME),
        tags=_of(dataset, sources, FocusType.TAGS),
        select=_followed(select, dataset),
        ties={column: (Term(sources[column], _TAKEN if leave else ""),) for column in TIED[dataset] if sources.get(column)},
        leave=leave,
        floats=file.content.floats,
        decimal_comma=file.content.decimal_comma,
        time_formats=tuple(file.content.times),
    )


def _of(dataset: Dataset, sources: Mapping[str, str], wanted: FocusType) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sources[c.name] for c in DATASETS[dataset] if c.type is wanted and sources.get(c.name)))


def _followed(select: Mapping[str, str], dataset: Dataset) -> dict[str, str]:
    """With what follows where the file says nothing: other costs are the billed one, a period is the month of its charge."""
    said = dict(select)
    if dataset is not Dataset.COST_AND_USAGE:
        return said
    for column, other in _FOLLOWS.items():
        if column not in said and other in said:
            said[column] = said[other]
    start = said.get("ChargePeriodStart")
    if start:
        said.setdefault("BillingPeriodStart", f"date_trunc('month', {start})")
        said.setdefault("ChargePeriodEnd", f"{start} + INTERVAL 1 DAY")
    if begin := said.get("BillingPeriodStart"):
        said.setdefault("BillingPeriodEnd", f"CAST({begin} AS TIMESTAMP) + INTERVAL 1 MONTH")
    said.setdefault("ChargeCategory", "'Usage'")
    return said


class _File:
    """A mapping file with the lines of its keys."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.text = path.read_text("utf-8")
            self.content = msgspec.convert(yaml.safe_load(self.text), Mapped)
        except OSError as error:
            raise BadInput(
                t("cannot be read: {reason}.", reason=error.strerror or ""), where=str(path), next_step=t("Check the path.")
            ) from error
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise BadInput(t("is not YAML: {reason}.", reason=error.problem or ""), where=f"{path}:{line}") from error
        except (msgspec.ValidationError, UnicodeDecodeError) as error:
            raise BadInput(
                t("is no mapping of a bill: {reason}.", reason=error), where=str(path), next_step=t("See docs/concepts/ledger.md.")
            ) from error

    def wrong(self, key: str, message: str, known: list[str]) -> BadInput:
        """What is said about a key, with its line and the name that it may have meant."""
        lines = enumerate(self.text.splitlines(), 1)
        line = next((number for number, text in lines if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*:", text)), 1)
        named = message.rsplit(" ", 1)[-1].rstrip(".")
        close = difflib.get_close_matches(named.lower(), {one.lower(): one for one in known}, n=1, cutoff=0.6)
        right = {one.lower(): one for one in known}
        hint = t("Did you mean {name}?", name=right[close[0]]) if close else t("Correct it there.")
        return BadInput(message, where=f"{self.path}:{line}", next_step=hint)

    def sql_of(self, target: str, source: str | Source, spelled: Mapping[str, str]) -> tuple[str, str]:
        """A column as SQL, and the delivered column behind it (empty: none, or several)."""
        source = Source(column=source) if isinstance(source, str) else source
        if source.value is not None:
            return literal(source.value), ""
        if source.column:
            if source.column.lower() not in spelled:
                raise self.wrong(target, t("The bill has no column {name}.", name=source.column), list(spelled.values()))
            return name(spelled[source.column.lower()]), spelled[source.column.lower()]
        return self.checked(target, source.sql, spelled), ""

    def checked(self, target: str, sql: str, spelled: Mapping[str, str]) -> str:
        """An expression over delivered columns and nothing else, as DuckDB reads it."""
        try:
            tree = sqlglot.parse_one(sql, dialect="duckdb")
        except sqlglot.errors.SqlglotError as error:
            raise self.wrong(target, t("{sql} is no expression of SQL.", sql=repr(sql)), []) from error
        for node in tree.walk():
            outward = isinstance(node, exp.Func) and _OUTWARD.search(node.name or node.sql_name())
            if isinstance(node, _FORBIDDEN) or outward:
                raise self.wrong(target, t("{sql} may only be made of the bill's columns.", sql=repr(sql)), [])
        for column in tree.find_all(exp.Column):
            if column.name.lower() not in spelled:
                raise self.wrong(target, t("The bill has no column {name}.", name=column.name), list(spelled.values()))
        return tree.sql(dialect="duckdb")
