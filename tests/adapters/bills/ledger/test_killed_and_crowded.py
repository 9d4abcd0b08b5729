"""Kill -9 at any point leaves the ledger before or after; two imports take turns; a reader keeps what it opened."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from tests.adapters.bills.sample import ROW, held, ledger_in, month, row, write

from skywright.adapters.bills.ledger import FileLedger, manifest
from skywright.model.errors import AskHuman, TryAgain

STEPS = ("fsync", "replace", "unlink")


def counted(limit: int | None) -> tuple[dict[str, int], Callable[[str], None]]:
    """A counter of steps that reach the disk, which kills the process before step number ``limit``."""
    seen = {"steps": 0}

    def step(_name: str) -> None:
        seen["steps"] += 1
        if seen["steps"] == limit:
            os.kill(os.getpid(), signal.SIGKILL)

    return seen, step


def never_in_place(event: str, arguments: tuple[object, ...]) -> None:
    """The manifest is never opened for writing where readers find it."""
    if event == "open" and str(arguments[0]).endswith("ledger/manifest.json") and "w" in str(arguments[1]):
        os._exit(77)


def import_in_child(folder: Path, bill: str, limit: int) -> int:
    """Import in another process that dies before its step number ``limit``; gives how it ended (0: it lived)."""
    child = os.fork()
    if child == 0:
        sys.addaudithook(never_in_place)
        _, step = counted(limit)
        for name in STEPS:
            real = getattr(os, name)
            setattr(os, name, lambda *a, _real=real, _name=name, **k: (step(_name), _real(*a, **k))[1])
        try:
            ledger_in(folder).take(bill)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_killed_before_any_step_that_reaches_the_disk(tmp_path: Path):
    before, after = [(Decimal("1.5"), 1)], [(Decimal("12.5"), 2)]
    sql = "SELECT sum(BilledCost), count(*) FROM cost_and_usage"
    ledger_in(tmp_path / "base").take(write(tmp_path / "a.csv", [ROW]))
    second = write(tmp_path / "b.csv", [row(BilledCost="9"), month(8, BilledCost="3.5")])
    third = write(tmp_path / "c.csv", [row(BilledCost="5")])
    ended = []
    for limit in range(1, 40):
        folder = tmp_path / str(limit)
        shutil.copytree(tmp_path / "base", folder)
        ended.append(import_in_child(folder, second, limit))
        ledger = ledger_in(folder)
        found = held(ledger, sql)
        assert found in (before, after), limit
        assert len(ledger.receipts()) == (2 if found == after else 1)
        ledger.take(third)
        named = {part.path for part in ledger.parts()}
        there = {path.relative_to(folder / "ledger").as_posix() for path in (folder / "ledger").rglob("*.parquet")}
        assert there == named, limit
        assert list((folder / "ledger" / ".work").glob("bill-*")) == []
        if ended[-1] == 0:
            break
    assert set(ended) == {-signal.SIGKILL, 0}
    assert len(ended) > 10


def test_a_second_import_does_not_start_while_one_is_under_way(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    with manifest.Shelf(tmp_path / "ledger").locked(), pytest.raises(TryAgain) as caught:
        ledger.take(write(tmp_path / "a.csv", [ROW]))
    assert str(caught.value) == f"Another import into {tmp_path}/ledger is under way. Wait till it is done."
    assert ledger.take(write(tmp_path / "a.csv", [ROW])).rows_out == 1


def test_what_is_open_is_not_moved_by_an_import(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "a.csv", [ROW]))
    with ledger.open() as session:
        ledger.take(write(tmp_path / "b.csv", [row(BilledCost="9")]))
        assert session.query("SELECT sum(BilledCost) FROM cost_and_usage").rows == [(Decimal("1.5"),)]
    assert held(ledger) == [(Decimal(9),)]


def test_a_missing_file_and_a_damaged_manifest_are_told(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "a.csv", [ROW]))
    path = tmp_path / "ledger" / ledger.parts()[0].path
    path.unlink()
    with pytest.raises(AskHuman) as missing, ledger.open():
        pass
    assert str(missing.value) == (
        f"{path} is missing: it holds 2026-09 of acc-1. Restore it from a backup, or import that bill again with --restate."
    )
    (tmp_path / "ledger" / "manifest.json").write_text("{")
    with pytest.raises(AskHuman) as damaged:
        ledger.periods()
    assert str(damaged.value) == (
        f"{tmp_path}/ledger/manifest.json is damaged: Input data was truncated. Restore it from a backup; the files beside it are "
        "untouched."
    )


def test_nothing_stays_open_for_writing_and_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    ledger = FileLedger(tmp_path / "ledger", lambda: __import__("datetime").datetime(2026, 1, 1))
    bill = write(tmp_path / "a.csv", [ROW])
    with monkeypatch.context() as patched, pytest.raises(AskHuman) as caught:
        patched.setattr(os, "fsync", full)
        ledger.take(bill)
    assert str(caught.value) == (
        f"{tmp_path}/ledger could not be written to: the disk is full. Nothing was imported. Make room, or set another data "
        "folder, "
        "then run it again."
    )
    assert ledger.receipts() == ()
    assert ledger.take(bill).rows_out == 1
