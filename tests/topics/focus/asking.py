"""A bill of a few rows in memory, for tests of single checks."""

from collections.abc import Mapping, Sequence

import duckdb

from skywright.ports.engine import Rows
from skywright.topics.focus.verdicts import Bill, Outcome, Report


def bill(columns: Mapping[str, Sequence[object]], types: Mapping[str, str] | None = None) -> Bill:
    """Columns of values (text where no type is said) -> a bill whose rows stand on lines 2, 3, ... of bill.csv."""
    kinds = {name: (types or {}).get(name, "VARCHAR") for name in columns}
    database = duckdb.connect(":memory:")
    made = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
    database.execute(f"CREATE TABLE raw (_file VARCHAR, _line BIGINT, {made})")
    rows = [("bill.csv", line, *row) for line, row in enumerate(zip(*columns.values(), strict=True), 2)]
    if rows:
        one = f"({', '.join('?' * len(rows[0]))})"
        database.execute(f"INSERT INTO raw VALUES {', '.join([one] * len(rows))}", [value for row in rows for value in row])

    def ask(sql: str, params: Mapping[str, object] | None = None) -> Rows:
        answer = database.execute(sql, dict(params or {}))
        return Rows(tuple(one[0] for one in answer.description or ()), answer.fetchall())

    return Bill(ask, kinds)


def outcome(report: Report, rule: str) -> Outcome:
    """One rule's outcome."""
    return next(one for one in report.outcomes if one.rule == rule)
