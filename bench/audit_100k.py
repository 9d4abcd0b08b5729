"""audit-100k: 100,000 resources x all shipped rules, from Parquet to stored findings with first and last seen kept."""

import multiprocessing
import tempfile
from datetime import timedelta
from pathlib import Path

import msgspec

from bench._estate import TAKEN_AT, shipped_rules, synthetic
from bench.measure import measured
from skywright.adapters.engines.duckdb import DuckEngine
from skywright.adapters.stores.sql import SqlStore
from skywright.loop.audit import Choice, FindingsBook
from skywright.model.estate import Snapshot
from skywright.model.finding import RuleVerdict
from skywright.model.kinds import KIND_BY_NAME

RESOURCES = 100_000


def run(resources: int = RESOURCES) -> dict[str, float]:
    """Audit the same estate on two days; the second audit, which finds the first one's findings, is measured, cold."""
    rules = shipped_rules()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        apart = multiprocessing.get_context("spawn").Process(target=_first_day, args=(folder, resources))
        apart.start()
        apart.join()
        store = SqlStore(f"sqlite:///{folder / 'control.db'}")
        first, second = store.snapshots.all()
        with measured() as figures:
            book = _book(DuckEngine(folder / "estate", None), store, folder)
            book.audit(second, rules)
        found = book.findings(second, Choice(verdicts=(RuleVerdict.FAIL,)), today=second.taken_at)
    assert all(finding.first_seen == first.taken_at < finding.last_seen for finding in found)
    rows = {kind: sum(file.rows for file in second.files if file.table == kind) for kind in {rule.kind for rule in rules}}
    checks = sum(rows[rule.kind] for rule in rules)
    return {
        **figures,
        "resources": sum(file.rows for file in second.files if file.table in KIND_BY_NAME),
        "rules": len(rules),
        "findings": len(found),
        "failing_pct": round(100 * len(found) / checks, 1),
    }


def _first_day(folder: Path, resources: int) -> None:
    """Write the estate and its first audit, in a process of its own so that nothing is warm."""
    store = SqlStore(f"sqlite:///{folder / 'control.db'}")
    first, second = _two_days(folder, resources)
    store.snapshots.add(first)
    _book(DuckEngine(folder / "estate", None), store, folder).audit(first, shipped_rules())
    store.snapshots.add(second)


def _book(engine: DuckEngine, store: SqlStore, folder: Path) -> FindingsBook:
    return FindingsBook(engine, store.snapshots, store.waivers, folder / "estate" / "findings")


def _two_days(folder: Path, resources: int) -> tuple[Snapshot, Snapshot]:
    """One estate seen on two days: the same files, as when nothing changed."""
    first = synthetic(folder / "estate", resources)
    later = TAKEN_AT + timedelta(days=1)
    coverage = tuple(msgspec.structs.replace(row, seen_at=later) for row in first.coverage)
    return first, msgspec.structs.replace(first, id=f"{first.id}-next", taken_at=later, coverage=coverage)
