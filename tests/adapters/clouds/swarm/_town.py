"""What every test of Docker needs: a lab, a cloud that reads it, calls that fail on order."""

from datetime import datetime
from typing import Any

import msgspec

from skywright.adapters.clouds.swarm import SwarmCloud, SwarmConfig
from skywright.lab.swarm import SwarmLab
from skywright.model.errors import TryAgain


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


class Failing:
    """Calls of which the ``nth`` that changes something fails, before its effect or after it. ``nth`` 0: none; all are counted."""

    def __init__(self, inner: Any, nth: int = 0, *, after: bool = False) -> None:
        self._inner = inner
        self._nth = nth
        self._after = after
        self.changes: list[str] = []

    def way(self, account: str) -> Any:
        return self._inner.way(account)

    def ask(self, account: str, name: str, /, id: str = "", **rest: Any) -> Any:  # noqa: A002
        if name.startswith("GET "):
            return self._inner.ask(account, name, id, **rest)
        self.changes.append(name)
        fails = len(self.changes) == self._nth
        if fails and not self._after:
            raise TryAgain("The line went dead.")
        answer = self._inner.ask(account, name, id, **rest)
        if fails:
            raise TryAgain("The answer got lost.")
        return answer
