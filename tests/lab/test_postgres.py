"""Where the lab's PostgreSQL keeps its files: the user that it runs as must get there, and a socket's path is short."""

from pathlib import Path

import pytest
from tests.postgres import ABSENT

from skywright.lab.postgres import PostgresServer, _room, find_binaries


def test_a_folder_that_everyone_may_enter_is_taken() -> None:
    assert _room(Path("/")) == Path("/")


def test_a_folder_that_others_may_not_enter_or_that_is_in_such_a_one_is_not(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    inner.chmod(0o755)
    tmp_path.chmod(0o700)
    assert (_room(inner), _room(tmp_path)) == (Path("/tmp"), Path("/tmp"))


def test_a_long_path_is_not() -> None:
    assert _room(Path("/tmp", *["deep"] * 12)) == Path("/tmp")


def test_it_starts_where_a_locale_is_named_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    if find_binaries() is None:
        pytest.skip(ABSENT)
    monkeypatch.setenv("LANG", "xx_XX.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    server = PostgresServer()
    try:
        server.start()
        server.sql("SELECT 1")
    finally:
        server.remove()
