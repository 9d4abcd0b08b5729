"""What the SQL store says when the database cannot serve."""

import sqlite3
from pathlib import Path

import pytest

from skywright.adapters.stores.sql import SqlStore
from skywright.adapters.stores.sql.tables import MIGRATIONS
from skywright.model.errors import AskHuman


def made(path: Path) -> SqlStore:
    store = SqlStore(f"sqlite:///{path}")
    store.facts.put("key", "value")
    return store


def answer(path: Path) -> str:
    with pytest.raises(AskHuman) as caught:
        SqlStore(f"sqlite:///{path}").facts.put("key", "x" * 100_000)
    return str(caught.value)


def test_nothing_is_opened_before_it_is_asked(tmp_path: Path) -> None:
    SqlStore(f"sqlite:///{tmp_path / 'control.db'}")
    assert not (tmp_path / "control.db").exists()


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "control.db"
    made(path).close()
    real = sqlite3.connect

    def small(*args, **options):
        connection = real(*args, **options)
        connection.execute("PRAGMA max_page_count = 1")  # SQLite then answers as on a full disk
        return connection

    monkeypatch.setattr(sqlite3, "connect", small)
    monkeypatch.setattr(sqlite3.dbapi2, "connect", small)
    said = f"The disk is full: sqlite:///{path} could not be written. Free some space and run the command again."
    assert answer(path) == said


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "control.db"
    path.write_text("shopping list " * 100)
    said = f"sqlite:///{path} is not a Skywright database. Move the file away, or use another folder (--data)."
    assert answer(path) == said


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "control.db"
    said = f"sqlite:///{path} could not be opened. Check that the folder exists and that this user may write in it."
    assert answer(path) == said


def test_a_database_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "control.db"
    made(path).close()
    real = sqlite3.connect

    def frozen(name: str, **options):
        connection = real(name, **options)
        connection.execute("PRAGMA query_only = ON")  # SQLite then answers as for a file without write permission
        return connection

    monkeypatch.setattr(sqlite3.dbapi2, "connect", frozen)
    said = f"sqlite:///{path} is read-only. Give this user the right to write there, or use another folder (--data)."
    assert answer(path) == said


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    path = tmp_path / "control.db"
    made(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    connection.close()
    said = (
        f"The control data is of version 99; this Skywright knows versions up to {len(MIGRATIONS)}. "
        "Use the newer Skywright that wrote it, or another data folder (--data)."
    )
    assert answer(path) == said


@pytest.mark.parametrize("statement", ["UPDATE log SET body = ''", "DELETE FROM log", "DELETE FROM checkpoint"])
def test_the_log_refuses_to_be_changed(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "control.db"
    made(path).close()
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO log VALUES (1, '{}', 'h')")
    connection.execute("INSERT INTO checkpoint VALUES (1, 1, 'h', 's', '2026-01-01 00:00:00')")
    with pytest.raises(sqlite3.IntegrityError, match="the audit log is append-only"):
        connection.execute(statement)
    connection.close()
