"""An estate of every rule's examples, each in an account of its own, so that every kind has rows and every rule has answers."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from skywright.adapters.packs.catalogue import tables
from skywright.adapters.packs.examples import _value
from skywright.model.estate import Coverage, CoverageState, Relation, Scope, Snapshot, Usage
from skywright.model.kinds import KIND_BY_NAME
from skywright.model.rule import Example, Rule
from skywright.model.schema import kind_tables, table_name

SKIPPED = ("coverage", "cost", "price", "reach", "resource")
"""Tables that an engine makes of the others."""


def example_estate(shelf, rules: Iterable[Rule], now: datetime) -> Snapshot:
    """Write the rows of all examples; gives their snapshot."""
    rows: dict[str, list[msgspec.Struct]] = {}
    coverage: dict[tuple[str, ...], Coverage] = {}
    number = 0
    for rule in rules:
        for example in rule.examples:
            number += 1
            for table, row in _placed(rule, example, number):
                made = _made(table, row, now)
                rows.setdefault(kind_tables().get(table, table), []).append(made)
                if table in kind_tables():
                    kind = kind_tables()[table]
                    key = (made.cloud, made.account, made.region, kind)
                    coverage[key] = Coverage(*key, CoverageState.COMPLETE, now - timedelta(minutes=number % 2))
    files = [shelf.write(table, Scope("aws", "1", "r", "s", (table,)), made) for table, made in sorted(rows.items())]
    gaps = [
        Coverage("aws", f"1{n:011}", "eu-west-1", kind, CoverageState.FAILED, now, "denied") for n, kind in enumerate(KIND_BY_NAME)
    ]
    return Snapshot(id="examples", taken_at=now, files=tuple(files), coverage=(*coverage.values(), *gaps))


def _placed(rule: Rule, example: Example, number: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every row of an example, with ids that no other example has."""
    own = table_name(rule.kind)
    listed = [(own, {"id": "self", **example.row})]
    listed += [(table, row) for table, rows in example.others.items() for row in rows if table not in SKIPPED]
    named = {row["id"] for table, row in listed if "id" in row}
    listed = [(table, {"id": f"other-{at}", **row} if table in kind_tables() else row) for at, (table, row) in enumerate(listed)]
    account = f"1{number:011}"
    for table, row in listed:
        moved = {column: _moved(value, named, number) for column, value in row.items()}
        if table in kind_tables():
            kind = kind_tables()[table]
            moved["id"] = f"{moved['id']}@{number}" if moved["id"] not in named else moved["id"]
            common = {"cloud": "aws", "account": account, "region": "eu-west-1", "native_id": f"n-{moved['id']}"}
            moved = {**common, **moved}
            assert kind in KIND_BY_NAME
        yield table, moved


def _moved(value: Any, named: set[str], number: int) -> Any:
    """A value in which every id of the example is one of this example alone."""
    match value:
        case str() if value in named:
            return f"{value}@{number}"
        case list():
            return [_moved(part, named, number) for part in value]
        case dict():
            return {key: _moved(part, named, number) for key, part in value.items()}
        case _:
            return value


def _made(table: str, row: Mapping[str, Any], now: datetime) -> msgspec.Struct:
    kind: type[msgspec.Struct] = {"relation": Relation, "usage": Usage}.get(table) or KIND_BY_NAME[kind_tables()[table]]
    info = tables()[table]
    if kind is Usage:
        row = {"samples": 300, "window_days": 14.0, "metric": "cpu_pct", **row}
    return msgspec.convert({key: _time(value, info.columns.get(key, ""), now) for key, value in row.items()}, kind, strict=False)


def _time(value: Any, kind: str, now: datetime) -> Any:
    if kind != "TIMESTAMP" or not isinstance(value, str):
        return value
    moment = _value(value, tables()["coverage"], "seen_at")
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
