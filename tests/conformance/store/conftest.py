"""Every store that there is: the same suite on SQLite and on a real PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from skywright.adapters.stores.sql import SqlStore
from skywright.ports.store import Store


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 12)

    def now(self) -> datetime:
        return self.time

    def pass_by(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the store stands."""
    return f"sqlite:///{tmp_path / 'control.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def opener(address: str, watch: Watch) -> Iterator[Callable[[], Store]]:
    """Opens the same store again and again, as many processes would."""
    opened: list[Store] = []

    def again() -> Store:
        opened.append(SqlStore(address, watch.now))
        return opened[-1]

    yield again
    for store in opened:
        store.close()  # type: ignore[attr-defined]


@pytest.fixture
def store(opener: Callable[[], Store]) -> Store:
    return opener()
