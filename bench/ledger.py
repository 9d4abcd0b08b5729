"""The ledger: a real bill's sums to the last digit, 100,000 rows imported and validated, 10 million rows asked.

The 100,000 rows are the FOCUS sample a hundred times over, with other resources and over four billing periods. The 10 million are
the same rows in the ledger's own layout (twelve months; amounts differ from row to row; varied accounts and resources). They are
made once, outside what is measured, and kept in SKYWRIGHT_BENCH_CACHE (default: a folder of the system's for temporary files).
CPU seconds and peak memory are this process's. The official validator reads the very file that we import and validate, in the same
run where the peers' environment is there (`peer_measured`); else its figure is a constant, as it was given with the target.
"""

import os
import tempfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from bench import _peers
from bench.data import data, missing
from bench.measure import measured
from skywright.adapters.bills.ledger import FileLedger
from skywright.adapters.bills.ledger.manifest import Key, Manifest, Part, Shelf
from skywright.adapters.bills.raw import open_raw
from skywright.model.bill import Receipt
from skywright.model.focus import Dataset
from skywright.topics.focus.validate import validate
from skywright.topics.focus.verdicts import Bill

KEYS = ("rows", "query_cpu_s")
SAMPLE = "focus_sample_v1.0.csv"
SUMS = {
    "BilledCost/USD": Decimal("20.52022672899"),
    "EffectiveCost/USD": Decimal("14.97651418586"),
    "ListCost/USD": Decimal("20.39090575119"),
    "ContractedCost/USD": Decimal("14.97626039326"),
}
ROWS, QUERIED, MONTHS = 100_000, 10_000_000, 12
VALIDATOR_CPU_S = 27.5
QUESTION = """SELECT ServiceName, SubAccountId, BillingPeriodStart, sum(EffectiveCost) AS cost FROM cost_and_usage
    GROUP BY ALL ORDER BY cost DESC"""
NOW = datetime(2026, 11, 22)


def run():
    """The figures; nothing but why where the sample is not there."""
    if skipped := missing("ledger", "focus-sample"):
        return skipped
    sample = data("focus-sample") / SAMPLE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sums = _sums(sample, folder / "sums")
        bill = _scaled(sample, folder / "bill.csv")
        imported = _imported(bill, folder / "ledger")
        validated = _validated(bill)
        official = _peers.focus_validator(bill, folder / "official.xml")
    asked = _asked(_ten_million(sample))
    both = imported["cpu_s"] + validated["cpu_s"]
    peer = VALIDATOR_CPU_S if official is None else official
    return {
        "rows": ROWS,
        "query_cpu_s": asked["cpu_s"],
        "query_rows": asked["rows"],
        "query_groups": asked["groups"],
        "query_rss_mib": asked["rss_mib"],
        "import_cpu_s": imported["cpu_s"],
        "validate_cpu_s": validated["cpu_s"],
        "rss_mib": max(imported["rss_mib"], validated["rss_mib"]),
        "sums": sums,
        "peer_measured": official is not None,
        "validator_cpu_s": peer,
        "ratio_to_validator": round(both / peer, 3),
        "validate_ratio_to_validator": round(validated["cpu_s"] / peer, 3),
    }


def _sums(sample, folder):
    receipt = FileLedger(folder, lambda: NOW).take(str(sample))
    assert receipt.sums_in == receipt.sums_out == SUMS, receipt
    return {key: str(SUMS[key]) for key in SUMS}


def _scaled(sample, path):
    """The sample a hundred times over, as a CSV file of its own."""
    moved = ", ".join(
        f"strftime({one}::TIMESTAMP + INTERVAL (i % 4) MONTH, '%Y-%m-%d %H:%M:%S') AS {one}"
        for one in ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
    )
    duckdb.sql(
        f"""COPY (SELECT * REPLACE (ResourceId || '-' || i AS ResourceId, {moved})
            FROM read_csv('{sample}', all_varchar = true), range({ROWS // 1000}) t(i)) TO '{path}' (FORMAT csv, HEADER)"""
    )
    return path


def _imported(bill, folder):
    with measured() as figures:
        receipt = FileLedger(folder, lambda: NOW).take(str(bill))
    assert receipt.rows_out == ROWS
    assert receipt.sums_in == receipt.sums_out == {key: value * (ROWS // 1000) for key, value in SUMS.items()}
    return figures


def _validated(bill):
    """The same bill against every rule of FOCUS 1.2, as `skywright cost validate` asks them."""
    with measured() as figures, open_raw(str(bill), to_the_letter=True) as raw:
        report = validate(Bill(raw.query, raw.columns), "1.2", "cost_and_usage")
        assert report.rows == ROWS
    return figures


def _ten_million(sample):
    """The folder of a ledger of 10 million rows; made when it is not there."""
    cache = Path(os.environ.get("SKYWRIGHT_BENCH_CACHE") or Path(tempfile.gettempdir()) / "skywright-bench") / "ledger-10m-2"
    shelf = Shelf(cache)
    if (cache / "manifest.json").exists():
        return cache
    with tempfile.TemporaryDirectory() as name:
        small = FileLedger(Path(name), lambda: NOW)
        small.take(str(sample))
        files = [str(Path(name) / part.path) for part in small.parts()]
        parts = [_month(shelf, files, month) for month in range(MONTHS)]
    receipt = Receipt(
        id="made",
        at=NOW,
        source="made",
        form="focus-1.0",
        dataset="cost_and_usage",
        rows_in=QUERIED,
        rows_out=QUERIED,
        sums_in={},
        sums_out={},
    )
    shelf.write(Manifest(parts=tuple(parts), receipts=(receipt,)))
    return cache


def _month(shelf, files, month):
    rows = QUERIED // MONTHS + (month < QUERIED % MONTHS)
    start = datetime(2026, month + 1, 1)
    path = f"cost_and_usage/{start:%Y-%m}/made.parquet"
    (shelf.folder / path).parent.mkdir(parents=True, exist_ok=True)
    amounts = ", ".join(
        f"{one} + (hash(i || x_Row) % 1000000)::DECIMAL(38,18) * 0.001 AS {one}" for one in ("BilledCost", "EffectiveCost")
    )
    duckdb.sql(
        f"""COPY (SELECT * REPLACE ({amounts}, SubAccountId || '-' || (i % 40) AS SubAccountId,
              ResourceId || '-' || i AS ResourceId,
              TIMESTAMP '{start}' AS BillingPeriodStart, TIMESTAMP '{start}' + INTERVAL 1 MONTH AS BillingPeriodEnd)
            FROM read_parquet({files}), range({rows // 1000 + 1}) t(i) LIMIT {rows})
            TO '{shelf.folder / path}' (FORMAT parquet, COMPRESSION zstd)"""
    )
    key = Key(Dataset.COST_AND_USAGE, "made", "made", start)
    return Part(key=key, end=None, form="focus-1.0", path=path, print=path, rows=rows, sums={}, receipt="made")


def _asked(folder):
    ledger = FileLedger(folder, lambda: NOW)
    with measured() as figures, ledger.open() as session:
        answer = session.query(QUESTION)
    with ledger.open() as session:
        rows = session.query("SELECT count(*) FROM cost_and_usage").rows[0][0]
    assert rows == QUERIED
    return {**figures, "rows": rows, "groups": len(answer.rows)}
