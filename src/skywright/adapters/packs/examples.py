"""Rules x their examples -> what is wrong, by asking DuckDB: the same words decide here as over a real estate.

Every condition is first bound against empty tables, so that a type error or an unknown function is a load error. ``now()`` is
``EXAMPLE_NOW``; a time in an example may be relative to it (``-90d``, ``+12h``).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Self

import duckdb
import msgspec

from skywright.adapters.packs.catalogue import TableInfo, tables
from skywright.model.estate import Coverage, CoverageState
from skywright.model.finding import RuleVerdict
from skywright.model.rule import Example, Rule
from skywright.model.rule_sql import Sight, source_sql
from skywright.model.schema import table_name

EXAMPLE_NOW = datetime(2026, 7, 1)
EXAMPLE_ACCOUNT = "111122223333"
EXAMPLE_REGION = "eu-west-1"
_RELATIVE = re.compile(r"^([+-]\d+)\s*([dhm])$")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class Failure(msgspec.Struct, frozen=True):
    """An example that got another verdict than it says, or that could not be asked (``problem``)."""

    rule: Rule
    example: Example
    got: RuleVerdict | None
    problem: str = ""


class ExampleBench:
    """An in-memory database with an empty table for all that a rule may read."""

    def __init__(self) -> None:
        self._database = duckdb.connect(":memory:", config={"threads": 1, "autoinstall_known_extensions": False})
        self._made: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def bind(self, sql: str, rule: Rule) -> tuple[str, str]:
        """(result type, what is wrong with ``sql`` over the rule's kind); one of them is empty."""
        self._make(rule)
        source = source_sql(rule.kind, rule.reads, Sight(EXAMPLE_NOW))
        try:
            asked = self._database.sql(f"SELECT {sql} FROM {source}")  # noqa: S608 - compiled
            asked.fetchall()
        except duckdb.Error as error:
            return "", _first_line(error)
        return str(asked.types[0]), ""

    def run(self, rule: Rule) -> Iterator[Failure]:
        """Ask every example of one rule."""
        self._make(rule)
        for example in rule.examples:
            try:
                got = self._ask(rule, example)
            except (duckdb.Error, ValueError) as error:
                yield Failure(rule, example, None, _first_line(error))
                continue
            if got is not example.verdict:
                yield Failure(rule, example, got)

    def blind(self, rule: Rule) -> RuleVerdict:
        """The verdict on a resource of which nothing is known, in an account where nothing could be read."""
        self._make(rule)
        gaps = [{"kind": read, "state": CoverageState.FAILED.value} for read in ("account.account", *rule.reads)]
        nothing = Example(verdict=RuleVerdict.UNKNOWN, row={}, others={"coverage": gaps})
        return self._ask(rule, nothing)

    def _ask(self, rule: Rule, example: Example) -> RuleVerdict:
        own = table_name(rule.kind)
        rows = {**example.others, own: [{"id": "self", **example.row}, *example.others.get(own, ())]}
        sight = Sight.of(EXAMPLE_NOW, map(_coverage, rows.pop("coverage", [])))
        filled = [name for name, listed in rows.items() if self._fill(tables()[name], listed)]
        try:
            source = source_sql(rule.kind, rule.reads, sight)
            query = f"SELECT {rule.condition} FROM {source} WHERE {own}.id = $id"  # noqa: S608 - compiled
            answer = self._database.execute(query, {"id": example.row.get("id", "self")}).fetchone()
        finally:
            for name in filled:
                self._database.execute(f"DELETE FROM {_stored(tables()[name])}")  # noqa: S608 - our own names
        return verdict_of(answer[0] if answer else None)

    def _make(self, rule: Rule) -> None:
        for name, info in tables().items():
            wanted = {rule.kind, *rule.reads, *(table for example in rule.examples for table in example.others)}
            if name in self._made or not wanted & {info.read, name}:
                continue
            self._made.add(name)
            if info.column is None:
                columns = ", ".join(f'"{column}" {kind}' for column, kind in info.columns.items())
                self._database.execute(f'CREATE TABLE "{name}" ({columns})')
            else:
                self._make_element_view(info)

    def _make_element_view(self, info: TableInfo) -> None:
        owner = table_name(info.read)
        own_columns = ", ".join(f'element."{column}"' for column in info.columns if column != "resource")
        self._database.execute(
            f'CREATE VIEW "{info.name}" AS SELECT resource, {own_columns} FROM '  # noqa: S608 - our own names
            f'(SELECT id AS resource, unnest("{info.column}") AS element FROM {owner})'
        )

    def _fill(self, info: TableInfo, rows: Iterable[Mapping[str, Any]]) -> bool:
        for row in rows:
            full = {**_defaults(info), **row}
            values = {column: _value(value, info, column) for column, value in full.items()}
            columns = ", ".join(f'"{column}"' for column in values)
            parts = ", ".join(_cast(column, info.columns[column]) for column in values)
            self._database.execute(
                f"INSERT INTO {_stored(info)} ({columns}) SELECT {parts}",
                values,
            )
        return True


def verdict_of(fails: object) -> RuleVerdict:
    """SQL's answer to a condition -> verdict."""
    if fails is None:
        return RuleVerdict.UNKNOWN
    return RuleVerdict.FAIL if fails else RuleVerdict.PASS


def _stored(info: TableInfo) -> str:
    if info.column is not None:
        raise ValueError(f"give {info.name} as the column `{info.column}` of {info.read}")
    return f'"{info.name}"'


def _defaults(info: TableInfo) -> dict[str, Any]:
    known = {
        "cloud": "aws",
        "account": EXAMPLE_ACCOUNT,
        "region": EXAMPLE_REGION,
        "native_id": "self",
        "currency": "USD",
        "seen_at": EXAMPLE_NOW,
        "id": "other",
    }
    return {column: value for column, value in known.items() if column in info.columns}


def _coverage(row: Mapping[str, Any]) -> Coverage:
    known = {"cloud": "aws", "account": EXAMPLE_ACCOUNT, "region": EXAMPLE_REGION, "seen_at": EXAMPLE_NOW, "state": "complete"}
    return msgspec.convert({**known, **row}, Coverage)


def _value(value: Any, info: TableInfo, column: str) -> Any:
    kind = info.columns[column]
    if kind == "TIMESTAMP" and isinstance(value, str) and (relative := _RELATIVE.match(value)):
        return EXAMPLE_NOW + timedelta(**{_UNITS[relative[2]]: int(relative[1])})
    if value is None or not (kind.startswith(("STRUCT", "MAP", "JSON")) or kind.endswith("]")):
        return value
    if (elements := tables().get(f"{info.name}_{column}")) is not None:
        fields = [name for name in elements.columns if name != "resource"]
        value = [{name: element.get(name) for name in fields} for element in value]
    return msgspec.json.encode(value).decode()


def _cast(column: str, kind: str) -> str:
    if kind.startswith(("STRUCT", "MAP")) or kind.endswith("]"):
        return f"CAST(CAST(${column} AS JSON) AS {kind})"
    return f"CAST(${column} AS {kind})"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
