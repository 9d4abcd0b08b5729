"""A ledger in memory, for tests: FOCUS 1.4 tables, filled row by row."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from skywright.model.focus import DATASETS, Dataset, FocusType, table_sql
from skywright.ports.engine import Rows

COLUMNS = {column.name: column for column in DATASETS[Dataset.COST_AND_USAGE]}
PLAIN = {
    "InvoiceIssuerName": "Cloud", "ServiceProviderName": "Cloud", "BillingAccountId": "pay-1", "BillingCurrency": "USD",
    "ChargeCategory": "Usage", "ServiceCategory": "Compute", "ServiceName": "Machines",
}  # fmt: skip
FOUR = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


class MemorySession:
    """See ports.engine.Session."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self.cursor = cursor

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> Rows:
        named = {key: value for key, value in (params or {}).items() if f"${key}" in sql}
        self.cursor.execute(sql, named)
        return Rows(tuple(column[0] for column in self.cursor.description), self.cursor.fetchall())

    def export(self, sql: str, path: Path, form: str) -> int:
        return self.cursor.execute(f"COPY ({sql}) TO '{path}' (FORMAT {form})").fetchone()[0]


class MemoryLedger:
    """See ports.bills.Ledger, as far as reading goes."""

    def __init__(self, rows: Sequence[Mapping[str, Any]] = ()) -> None:
        self.connection = duckdb.connect(":memory:")
        for dataset in Dataset:
            self.connection.execute(f"CREATE TABLE {dataset.value} ({table_sql(dataset)})")
        self.add(*rows)

    def add(self, *rows: Mapping[str, Any]) -> None:
        for row in rows:
            marks = ", ".join("map(?, ?)" if isinstance(value, dict) else "?" for value in row.values())
            names = ", ".join(f'"{name}"' for name in row)
            values: list[Any] = []
            for value in row.values():
                values += [[*value.keys()], [*value.values()]] if isinstance(value, dict) else [value]
            self.connection.execute(f"INSERT INTO cost_and_usage ({names}) VALUES ({marks})", values)

    @contextmanager
    def open(self, views: Mapping[str, str] | None = None, tables: Mapping[str, Path] | None = None) -> Iterator[MemorySession]:
        with self.connection.cursor() as cursor:
            for name, path in (tables or {}).items():
                cursor.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet('{path}')")
            for name, select in (views or {}).items():
                cursor.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {select}")
            yield MemorySession(cursor)


def row(cost: str | int, month: str = "2026-09", day: int = 1, **columns: Any) -> dict[str, Any]:
    """One charge of one day; every cost is ``cost`` unless it is named."""
    year, number = map(int, month.split("-"))
    start = datetime(year, number, 1)
    end = datetime(year + number // 12, number % 12 + 1, 1)
    return {
        **PLAIN, **{name: Decimal(cost) for name in FOUR}, "BillingPeriodStart": start, "BillingPeriodEnd": end,
        "ChargePeriodStart": datetime(year, number, day), "ChargePeriodEnd": datetime(year, number, day, 23),
        **{name: _typed(name, value) for name, value in columns.items()},
    }  # fmt: skip


def _typed(name: str, value: Any) -> Any:
    return Decimal(value) if value is not None and COLUMNS[name].type is FocusType.DECIMAL else value


def sample(ledger: MemoryLedger, path: Path) -> None:
    """The FOCUS 1.0 sample into the ledger, in DuckDB's own words (the importer has tests of its own)."""
    there = ledger.connection.execute(f"DESCRIBE SELECT * FROM read_csv('{path}', all_varchar = true)").fetchall()
    known = [name for (name, *_) in there if name in COLUMNS]
    values = [_cell(name) for name in known]
    renamed = {"ServiceProviderName": "ProviderName"}
    names = [*known, *renamed]
    values += [f'"{old}"' for old in renamed.values()]
    ledger.connection.execute(
        f"INSERT INTO cost_and_usage ({', '.join(names)}) SELECT {', '.join(values)}"
        f" FROM read_csv('{path}', all_varchar = true, nullstr = 'NULL')"
    )


def _cell(name: str) -> str:
    match COLUMNS[name].type:
        case FocusType.TAGS:
            return f'CAST(json("{name}") AS MAP(VARCHAR, VARCHAR))'
        case FocusType.DECIMAL | FocusType.TIME as kind:
            return f'CAST("{name}" AS {kind.sql})'
        case _:
            return f'"{name}"'
