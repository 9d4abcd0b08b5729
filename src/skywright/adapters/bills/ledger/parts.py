"""The table ``staged`` -> files of the ledger: one for each issuer, account and billing period, named by what it holds."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import msgspec

from skywright.adapters.bills.ledger.manifest import Key, Part, Shelf, settle
from skywright.adapters.bills.ledger.sums import sums_of
from skywright.adapters.bills.sql import literal, name
from skywright.model.canonical import canonical
from skywright.model.errors import AskHuman
from skywright.model.focus import DATASETS, Dataset
from skywright.model.words import t

_KEYS = {
    Dataset.COST_AND_USAGE: ("InvoiceIssuerName", "BillingAccountId", "BillingPeriodStart", "BillingPeriodEnd"),
    Dataset.CONTRACT_COMMITMENT: (
        "InvoiceIssuerName",
        "ContractId",
        "date_trunc('month', ContractCommitmentPeriodStart)",
        "NULL::TIMESTAMP",
    ),
    Dataset.BILLING_PERIOD: ("InvoiceIssuerName", "''", "BillingPeriodStart", "BillingPeriodEnd"),
    Dataset.INVOICE_DETAIL: ("InvoiceIssuerName", "BillingAccountId", "BillingPeriodStart", "BillingPeriodEnd"),
}
"""Dataset -> issuer, account, first day and end of the period (SQL)."""

SCHEMA = 1
"""Raised when the same rows would be written otherwise."""


class Heap(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one key that one delivered file gave. ``print`` is a sum over the rows of their MD5, so that their order does not
    matter."""

    key: Key
    end: datetime | None
    file: str
    rows: int
    print: int
    first: datetime | None
    last: datetime | None


def heaps(cursor: duckdb.DuckDBPyConnection, dataset: Dataset) -> list[Heap]:
    """What was staged, by key and delivered file, without rows in ``bad``."""
    issuer, account, period, end = _KEYS[dataset]
    columns = ", ".join(name(column.name) for column in DATASETS[dataset])
    span = "min(ChargePeriodStart), max(ChargePeriodEnd)" if dataset is Dataset.COST_AND_USAGE else "NULL, NULL"
    rows = cursor.execute(
        f"""SELECT {issuer}, {account}, {period}, max({end}), _file, count(*),
              sum(md5_number_lower(row({columns})::VARCHAR)::HUGEINT), {span}, _half, _beside
            FROM staged WHERE (_file, _line) NOT IN (SELECT (_file, _line) FROM bad)
            GROUP BY {issuer}, {account}, {period}, _file, _half, _beside ORDER BY 1, 2, 3, min(_line), _half, _beside"""
    ).fetchall()
    return [
        Heap(
            key=Key(dataset, *found[:3], *found[9:]),
            end=found[3],
            file=found[4],
            rows=found[5],
            print=int(found[6]),
            first=found[7],
            last=found[8],
        )
        for found in rows
    ]


def at(key: Key) -> str:
    """Whether a staged row is of a key's place, whatever its half (SQL)."""
    issuer, account, period, _ = _KEYS[key.dataset]
    named = f"{issuer} = {literal(key.issuer)} AND {account} = {literal(key.account)}"
    return f"({named} AND {period} = TIMESTAMP {literal(str(key.period))})"


def print_of(key: Key, piles: Sequence[Heap]) -> str:
    """What names the rows of a key, whatever their order and the files that they came in."""
    total, rows = sum(one.print for one in piles), sum(one.rows for one in piles)
    return hashlib.sha256(canonical([SCHEMA, key, str(total), rows])).hexdigest()[:32]


def write(
    cursor: duckdb.DuckDBPyConnection, shelf: Shelf, path: str, key: Key, receipt: str
) -> tuple[Path, int, dict[str, Decimal]]:
    """Write the staged rows of a key as a draft; gives where it stands, and rows and sums as read back from it."""
    columns = ", ".join(name(column.name) for column in DATASETS[key.dataset])
    draft = shelf.work / path.replace("/", "-")
    with told_if_full(shelf):
        cursor.execute(
            f"""COPY (SELECT {columns}, {literal(receipt)} AS x_Import, x_Row FROM staged
                WHERE {at(key)} AND _half = {literal(key.half)} AND _beside = {key.beside}
                  AND (_file, _line) NOT IN (SELECT (_file, _line) FROM bad))
                TO {literal(str(draft))} (FORMAT parquet, COMPRESSION zstd)"""
        )
        with draft.open("rb") as file:
            os.fsync(file.fileno())
    table = f"read_parquet({literal(str(draft))}, hive_partitioning = false)"
    counted = cursor.execute(f"SELECT count(*) FROM {table}").fetchone()
    return draft, int(counted[0]) if counted else 0, dict(sums_of(cursor, key.dataset, table))


def shares_rows(cursor: duckdb.DuckDBPyConnection, shelf: Shelf, old: Part) -> bool:
    """Whether any row of a part is in what was staged for its key."""
    columns = ", ".join(name(column.name) for column in DATASETS[old.key.dataset])
    held = f"read_parquet({literal(str(shelf.folder / old.path))}, hive_partitioning = false)"
    found = cursor.execute(
        f"SELECT count(*) FROM (SELECT hash({columns}) AS h FROM {held}) WHERE h IN (SELECT hash({columns}) FROM staged)"
    ).fetchone()
    return bool(found and found[0])


@contextmanager
def told_if_full(shelf: Shelf) -> Iterator[None]:
    """Raises AskHuman when what is written inside finds no place on the disk, or no right to be there."""
    try:
        yield
    except (duckdb.IOException, OSError) as error:
        full = "No space left" in str(error)
        raise AskHuman(
            t(
                "{folder} could not be written to: {reason}. Nothing was imported.",
                folder=shelf.folder,
                reason=t("the disk is full") if full else str(error).splitlines()[0].rstrip("."),
            ),
            next_step=t("Make room, or set another data folder, then run it again."),
        ) from error


def publish(shelf: Shelf, drafts: Sequence[tuple[Path, Part]]) -> None:
    """Put drafts where their parts say. They do not count before a manifest names them."""
    folders = {(shelf.folder / part.path).parent for _, part in drafts}
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    for draft, part in drafts:
        draft.replace(shelf.folder / part.path)
    for folder in folders:
        settle(folder)
