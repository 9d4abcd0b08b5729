"""The ledger's files -> tables in an instance of their own, for as long as somebody asks."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from skywright.adapters.bills import machines
from skywright.adapters.bills.ledger.manifest import WORK, Part
from skywright.adapters.bills.sql import literal, name
from skywright.model.errors import AskHuman, BadInput
from skywright.model.focus import Dataset, table_sql
from skywright.model.words import t
from skywright.ports.engine import Rows

THREADS_MAX = 4
_FORMS = {"csv": "FORMAT csv, HEADER", "parquet": "FORMAT parquet, COMPRESSION zstd"}


class LedgerSession:
    """See ports.engine.Session, over the ledger's tables."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, work: Path) -> None:
        self._cursor = cursor
        self._work = work

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> Rows:
        """See ports.engine.Session."""
        self._check(sql)
        try:
            used = {key: value for key, value in (params or {}).items() if f"${key}" in sql}
            answer = self._cursor.execute(sql, used)
            return Rows(tuple(column[0] for column in answer.description or ()), answer.fetchall())
        except duckdb.Error as error:
            raise _told(error) from error

    def export(self, sql: str, path: Path, form: str) -> int:
        """See ports.engine.Session."""
        self._check(sql)
        return self.copy(sql, path, _FORMS[form])

    def copy(self, sql: str, path: Path, options: str) -> int:
        """Write the answer as COPY can; the file appears whole or not at all. Raises AskHuman when it cannot be written."""
        draft = self._work / f"{uuid4().hex}.draft"
        try:
            written = self._cursor.execute(f"COPY ({sql}) TO {literal(str(draft))} ({options})").fetchone()
            shutil.move(draft, path)
        except duckdb.IOException as error:
            raise _unwritable(path, str(error).splitlines()[0]) from error
        except duckdb.Error as error:
            raise _told(error) from error
        except OSError as error:
            raise _unwritable(path, error.strerror or str(error)) from error
        finally:
            draft.unlink(missing_ok=True)
        return int(written[0]) if written else 0

    def _check(self, sql: str) -> None:
        try:
            statements = duckdb.extract_statements(sql)
        except duckdb.Error as error:
            raise _told(error) from error
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise BadInput(t("Only one SELECT can be asked: the ledger is read-only."))


def _told(error: duckdb.Error) -> BadInput:
    reason = str(error).splitlines()[0].split("Error: ", 1)[-1].rstrip(".! ")
    hint = next((line.strip() for line in str(error).splitlines() if line.startswith(("Candidate", "Did you mean"))), "")
    return BadInput(t("The query cannot be answered: {reason}.", reason=reason), next_step=hint)


def _unwritable(path: Path, reason: str) -> AskHuman:
    return AskHuman(
        t("{path} could not be written: {reason}. Nothing was kept of it.", path=path, reason=reason.rstrip(".")),
        next_step=t("Make room, or choose another place, then run it again."),
    )


@contextmanager
def opened(
    folder: Path, parts: Sequence[Part], views: Mapping[str, str] | None, tables: Mapping[str, Path] | None
) -> Iterator[LedgerSession]:
    """The parts as tables, one a dataset, with ``machine_usage`` beside them (see machines), in an instance that can read the
    ledger's folder and ``tables``, and nothing else."""
    missing = next((part for part in parts if not (folder / part.path).exists()), None)
    if missing:
        raise AskHuman(
            t(
                "{path} is missing: it holds {period} of {account}.",
                path=folder / missing.path,
                period=f"{missing.key.period:%Y-%m}",
                account=missing.key.account,
            ),
            next_step=t("Restore it from a backup, or import that bill again with --restate."),
        )
    cursor = duckdb.connect(":memory:", config=_config(folder))
    try:
        for dataset in Dataset:
            cursor.execute(f"CREATE VIEW {dataset.value} AS {table_of(folder, dataset, parts)}")
        for one, path in (tables or {}).items():
            cursor.execute(
                f"CREATE VIEW {name(one)} AS SELECT * FROM read_parquet({literal(str(path))}, hive_partitioning = false)"
            )
        allowed = [f"{folder}/", *(str(path) for path in (tables or {}).values())]
        cursor.execute(f"SET allowed_directories = [{', '.join(literal(one) for one in allowed if one.endswith('/'))}]")
        cursor.execute(f"SET allowed_paths = [{', '.join(literal(one) for one in allowed if not one.endswith('/'))}]")
        cursor.execute("SET enable_external_access = false; SET lock_configuration = true")
        for one, sql in {**machines.views(), **(views or {})}.items():
            cursor.execute(f"CREATE VIEW {name(one)} AS {sql}")
        yield LedgerSession(cursor, folder / WORK)
    finally:
        cursor.close()


def _config(folder: Path) -> dict[str, str | int | bool | float | list[str]]:
    (folder / WORK).mkdir(parents=True, exist_ok=True)
    return {
        "threads": min(THREADS_MAX, os.cpu_count() or 1),
        "temp_directory": str(folder / WORK / "spill"),
        "python_enable_replacements": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def table_of(folder: Path, dataset: Dataset, parts: Sequence[Part]) -> str:
    """SQL that reads a dataset's files; an empty table of its shape where there are none."""
    files = [literal(str(folder / part.path)) for part in parts if part.key.dataset is dataset]
    if files:
        return f"SELECT * FROM read_parquet([{', '.join(files)}], hive_partitioning = false)"
    columns = ", ".join(f"NULL::{kind} AS {column}" for column, kind in _columns(dataset))
    return f"SELECT {columns} WHERE false"


def _columns(dataset: Dataset) -> Iterator[tuple[str, str]]:
    for column in table_sql(dataset).split(', "'):
        quoted, _, kind = column.lstrip('"').partition('" ')
        yield name(quoted), kind


def statuses(folder: Path, parts: Sequence[Part]) -> Mapping[tuple[str, datetime], str]:
    """What issuers say of their periods: issuer and first day -> Open or Closed."""
    if not any(part.key.dataset is Dataset.BILLING_PERIOD for part in parts):
        return {}
    with opened(folder, parts, None, None) as session:
        rows = session.query(
            "SELECT InvoiceIssuerName, BillingPeriodStart, max(BillingPeriodStatus) FROM billing_period GROUP BY 1, 2"
        )
    return {(issuer, period): status for issuer, period, status in rows.rows}
