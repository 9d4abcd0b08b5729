"""The audit log: whatever is done to its rows behind our back is found, and the first bad line is named."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.sim.office import NOON, JumpingClock

from skywright.adapters.identity import KeySigner
from skywright.adapters.stores.head import HeadFile
from skywright.adapters.stores.sql import SqlStore
from skywright.loop.execute import LogBook, LogVerdict
from skywright.model.chain import chain
from skywright.model.run import LogEntry

LINES = 60


def book(folder: Path, key: str = "keys") -> LogBook:
    store = SqlStore(f"sqlite:///{folder / 'control.db'}")
    return LogBook(store.log, HeadFile(folder / "log.head"), KeySigner(folder / key), JumpingClock(), "someone")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    log = book(folder)
    for number in range(LINES):
        log.note("change.applied", target=f"aws:1:eu:compute.instance/i-{number}", why="idle", details={"n": number, "名": "é"})
    return folder


@pytest.fixture
def tampered(written: Path, tmp_path: Path) -> Callable[..., LogVerdict]:
    """Copies the log, does something to it behind our back, and checks it."""
    count = 0

    def check(*statements: str, act: Callable[[sqlite3.Connection, Path], None] | None = None) -> LogVerdict:
        nonlocal count
        count += 1
        folder = tmp_path / str(count)
        shutil.copytree(written, folder)
        connection = sqlite3.connect(folder / "control.db", isolation_level=None)
        for trigger in ("log_no_update", "log_no_delete", "checkpoint_no_update", "checkpoint_no_delete"):
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)
        if act:
            act(connection, folder)
        connection.close()
        return book(folder).verify()

    return check


def test_an_untouched_log_is_good(tampered) -> None:
    verdict = tampered()
    assert verdict == LogVerdict(lines=LINES, checkpoints=2)
    assert verdict.good


def test_an_empty_log_is_good(tmp_path: Path) -> None:
    assert book(tmp_path).verify() == LogVerdict(lines=0, checkpoints=0)


@pytest.mark.parametrize(
    ("statement", "line", "reason"),
    [
        (
            "UPDATE log SET body = replace(body, 'idle', 'busy') WHERE seq = 7",
            7,
            "line 7 was changed: its content does not match its hash",
        ),
        ("UPDATE log SET body = body || ' ' WHERE seq = 7", 7, "line 7 was changed: its content does not match its hash"),
        ("UPDATE log SET body = x'ff00' WHERE seq = 7", 7, "line 7 was changed: its content does not match its hash"),
        ("UPDATE log SET hash = 'sha256:0' WHERE seq = 7", 7, "line 7 was changed: its content does not match its hash"),
        ("DELETE FROM log WHERE seq = 7", 7, "line 7 is missing: line 8 stands in its place"),
        ("DELETE FROM log WHERE seq = 1", 1, "line 1 is missing: line 2 stands in its place"),
        ("DELETE FROM log WHERE seq = 60", 60, "the lines from 60 on were cut off: there were at least 60"),
        ("DELETE FROM log WHERE seq > 10", 11, "the lines from 11 on were cut off: there were at least 25"),
        ("DELETE FROM log", 1, "the lines from 1 on were cut off: there were at least 25"),
        ("UPDATE log SET seq = seq + 1000 WHERE seq = 60", 60, "line 60 is missing: line 1060 stands in its place"),
        (
            "UPDATE checkpoint SET entry_hash = 'x' WHERE seq = 25",
            25,
            "the mark at line 25 is not signed by a key that is trusted here",
        ),
        (
            "UPDATE checkpoint SET signature = 'x' WHERE seq = 25",
            25,
            "the mark at line 25 is not signed by a key that is trusted here",
        ),
    ],
)
def test_tampering_is_named(tampered, statement: str, line: int, reason: str) -> None:
    verdict = tampered(statement)
    assert (verdict.line, verdict.reason) == (line, reason)


def test_two_lines_swapped(tampered) -> None:
    verdict = tampered(
        "UPDATE log SET seq = -1 WHERE seq = 7", "UPDATE log SET seq = 7 WHERE seq = 8", "UPDATE log SET seq = 8 WHERE seq = -1"
    )
    assert verdict.line == 7


def test_the_end_cut_off_with_its_checkpoints(tampered) -> None:
    verdict = tampered("DELETE FROM log WHERE seq > 20", "DELETE FROM checkpoint")
    assert (verdict.line, verdict.reason) == (21, "the lines from 21 on were cut off: there were at least 60")


def test_a_past_written_anew_with_a_good_chain(tampered, written: Path) -> None:
    def rewrite(connection: sqlite3.Connection, folder: Path) -> None:
        log = book(folder).log
        lines = list(log.entries())
        previous, new = lines[28], []
        for line in lines[29:]:
            previous = chain(previous, LogEntry(seq=0, at=NOON, who="nobody", what=line.what, why="all is well"))
            new.append(previous)
        connection.execute("DELETE FROM log WHERE seq > 29")
        connection.execute("DELETE FROM checkpoint WHERE seq > 29")
        from skywright.model.chain import sealed

        for line in new:
            connection.execute("INSERT INTO log VALUES (?, ?, ?)", (line.seq, sealed(line).decode(), line.hash))

    verdict = tampered(act=rewrite)
    assert (verdict.line, verdict.reason) == (60, "line 60 is not the line that was signed: the log was rewritten")


def test_the_mark_deleted(tampered) -> None:
    verdict = tampered(act=lambda _, folder: (folder / "log.head").unlink())
    assert (verdict.line, verdict.reason) == (60, "the mark of how far the log had come is missing")


@pytest.mark.parametrize("text", [b"", b"{}", b"\xff", b'{"seq":3,"hash":"x","signature":{"key":"","value":""}}'])
def test_the_mark_forged(tampered, text: bytes) -> None:
    verdict = tampered(act=lambda _, folder: (folder / "log.head").write_bytes(text))
    assert not verdict.good
    assert "is not signed by a key that is trusted here" in verdict.reason


def test_a_mark_by_a_strangers_key(tampered) -> None:
    def forge(connection: sqlite3.Connection, folder: Path) -> None:
        connection.execute("DELETE FROM log WHERE seq > 30")
        connection.execute("DELETE FROM checkpoint WHERE seq > 30")
        stranger = book(folder, "other-keys")
        line = stranger.log.entries()[-1]
        (folder / "log.head").unlink()
        stranger.head.raise_to(stranger._mark(line.seq, line.hash))

    assert tampered(act=forge).reason == "the mark at line 30 is not signed by a key that is trusted here"


def test_lines_after_the_last_mark_are_counted(tampered) -> None:
    def append(connection: sqlite3.Connection, folder: Path) -> None:
        log = book(folder).log
        log.append(LogEntry(seq=0, at=NOON, who="someone", what="x", why=""))

    verdict = tampered(act=append)
    assert (verdict.good, verdict.lines, verdict.unsigned) == (True, 61, 1)


@pytest.mark.parametrize("seed", range(40))
def test_any_random_tampering_is_found(tampered, seed: int) -> None:
    chance = random.Random(seed)
    first, second = sorted(chance.sample(range(1, LINES + 1), 2))

    def edit(connection: sqlite3.Connection, _: Path) -> None:
        column = chance.choice(["body", "hash"])
        (text,) = connection.execute(f"SELECT {column} FROM log WHERE seq = ?", (first,)).fetchone()
        place = chance.randrange(len(text))
        other = chr(ord(text[place]) ^ chance.choice([1, 2, 4]))
        connection.execute(f"UPDATE log SET {column} = ? WHERE seq = ?", (text[:place] + other + text[place + 1 :], first))

    def swap(connection: sqlite3.Connection, _: Path) -> None:
        for old, new in ((first, -1), (second, first), (-1, second)):
            connection.execute("UPDATE log SET seq = ? WHERE seq = ?", (new, old))

    def drop(connection: sqlite3.Connection, _: Path) -> None:
        connection.execute("DELETE FROM log WHERE seq BETWEEN ? AND ?", (first, second))

    def cut(connection: sqlite3.Connection, _: Path) -> None:
        connection.execute("DELETE FROM log WHERE seq >= ?", (first,))
        connection.execute("DELETE FROM checkpoint WHERE seq >= ?", (first,))

    def close_ranks(connection: sqlite3.Connection, _: Path) -> None:
        connection.execute("DELETE FROM log WHERE seq = ?", (first,))
        for seq in range(first + 1, LINES + 1):
            connection.execute("UPDATE log SET seq = ? WHERE seq = ?", (seq - 1, seq))

    verdict = tampered(act=chance.choice([edit, swap, drop, cut, close_ranks]))
    assert verdict.line == first


def test_no_secret_reaches_the_log(tmp_path: Path) -> None:
    log = book(tmp_path)
    log.note("x", why="password=hunter2 was refused", details={"MasterUserPassword": "hunter2", "list": [{"token": "hunter2"}]})
    log.note("y", details={"text": "z" * 10_000_000, "money": 3})
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("control.db*"))
    assert b"hunter2" not in stored
    assert log.log.entries()[1].details["text"].endswith("zzz... (10000000 characters)")
    assert len(stored) < 200_000


def test_two_processes_write_one_log(tmp_path: Path) -> None:
    one, other = book(tmp_path), book(tmp_path)
    for number in range(10):
        (one if number % 2 else other).note("x", details={"n": number})
    assert one.verify() == LogVerdict(lines=10, checkpoints=0)
    late = one.head.read()
    one.note("y")
    one.head.raise_to(late)  # a slow process brings an old mark: the newer one stays
    assert one.head.read().seq == 11
