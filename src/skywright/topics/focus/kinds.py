"""Rules about the form of a kind of column (FOCUS's attributes) -> the columns of that kind in a bill, and what to ask of each."""

from collections.abc import Mapping, Sequence

from skywright.topics.focus.asked import Asked, asked_of
from skywright.topics.focus.formats import SIMPLE
from skywright.topics.focus.own import Own
from skywright.topics.focus.probes import count
from skywright.topics.focus.rules import Rule
from skywright.topics.focus.sheet import Sheet, literal, raw

_BY_CHECK = {"FormatCurrency": "Currency", "FormatUnit": "Unit"}


class Kinds:
    """The columns of a bill by kind: String, Decimal, DateTime, KeyValue, Currency, Unit, and those that must not be NULL
    (``required String``)."""

    def __init__(self, sheet: Sheet, rules: Sequence[Rule]) -> None:
        self._sheet = sheet
        found: dict[str, list[str]] = {}
        for column, kind in sheet.types.items():
            found.setdefault(kind, []).append(column)
        for rule in rules:
            check = rule.requirement.get("check")
            if check in _BY_CHECK:
                found.setdefault(_BY_CHECK[check], []).append(rule.requirement["column"])
            if check == "CheckNotValue" and rule.requirement["value"] is None and not rule.condition and rule.keyword == "MUST NOT":
                found.setdefault("required", []).append(rule.requirement["column"])
        found["required String"] = [column for column in found.get("required", ()) if column in found.get("String", ())]
        self._columns = {kind: [one for one in dict.fromkeys(columns) if sheet.has(one)] for kind, columns in found.items()}
        self._odd: dict[str, bool] = {}

    def concerned(self, check: Own) -> dict[str, Asked]:
        """Column -> what to ask of it. Columns that came typed have no form that could be wrong; columns that hold nothing but
        plain numbers and times need not be asked."""
        columns = self._columns.get(check.each, [])
        if check.as_text:
            columns = [column for column in columns if self._sheet.is_text(column)]
        return {column: asked_of(check.of(column)) for column in columns if self._odd.get(column, True)}

    def has(self, kind: str) -> bool:
        """Whether the bill has a column of a kind."""
        return bool(self._columns.get(kind))

    def plain(self) -> Mapping[str, str]:
        """Column -> when a value is not plain, for those that can be plain."""
        return {
            column: f"NOT regexp_full_match({raw(column)}, {literal(SIMPLE[kind])})"
            for kind in SIMPLE
            for column in self._columns.get(kind, ())
            if self._sheet.is_text(column)
        }

    def look(self) -> None:
        """See which columns hold nothing but plain values."""
        plain = self.plain()
        counts = count(self._sheet, plain.values())
        self._odd = {column: counts[condition] > 0 for column, condition in plain.items()}
