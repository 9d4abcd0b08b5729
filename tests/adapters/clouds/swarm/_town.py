"""What every test of Docker needs: a lab, a cloud that reads it, calls that fail on order."""

from datetime import datetime
from typing import Any

import msgspec
from tests.adapters.clouds.acting import Nth

from skywright.adapters.clouds.swarm import SwarmCloud, SwarmConfig
from skywright.lab.swarm import SwarmLab


class QuickClock:
    """Time that passes at once, and is counted."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def cloud_of(lab: SwarmLab, **more: Any) -> SwarmCloud:
    return SwarmCloud(msgspec.convert(lab.section() | more, SwarmConfig), QuickClock())


def rows(cloud: SwarmCloud, *kinds: str) -> dict[str, Any]:
    """All rows of some kinds, by id."""
    scopes, gaps = cloud.scopes()
    assert list(gaps) == []
    found = {}
    for scope in scopes:
        batch = cloud.read(scope)
        assert [row for row in batch.coverage if row.reason] == []
        found.update({row.id: row for row in batch.resources if not kinds or row.KIND in kinds})
    return found


class Failing(Nth):
    """Calls of which the ``nth`` that changes something fails."""

    def __init__(self, inner: Any, nth: int = 0, *, after: bool = False) -> None:
        super().__init__(nth, after=after)
        self._inner = inner

    def way(self, account: str) -> Any:
        return self._inner.way(account)

    def ask(self, account: str, name: str, /, id: str = "", **rest: Any) -> Any:  # noqa: A002
        if name.startswith("GET "):
            return self._inner.ask(account, name, id, **rest)
        return self.make(name, lambda: self._inner.ask(account, name, id, **rest))
