"""Every store that there is. A PostgreSQL store joins with one more line in STORES."""

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


Opener = Callable[[Path, Watch], Store]

STORES: dict[str, Opener] = {
    "sqlite": lambda folder, watch: SqlStore(f"sqlite:///{folder / 'control.db'}", watch.now),
}


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture(params=STORES)
def opener(request: pytest.FixtureRequest, tmp_path: Path, watch: Watch) -> Iterator[Callable[[], Store]]:
    """Opens the same store again and again, as many processes would."""
    opened: list[Store] = []

    def again() -> Store:
        opened.append(STORES[request.param](tmp_path, watch))
        return opened[-1]

    yield again
    for store in opened:
        store.close()  # type: ignore[attr-defined]


@pytest.fixture
def store(opener: Callable[[], Store]) -> Store:
    return opener()
