"""What every test of own hosts needs: a lab, a cloud that reads it, calls that fail on order."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from skywright.adapters.clouds.hosts import HostsCloud, HostsConfig
from skywright.adapters.clouds.hosts.faults import Offline
from skywright.lab.hosts import HostsLab
from skywright.model.kinds.compute import Host
from skywright.model.plan import Action, Change, Reversibility, Risk


class QuickClock:
    """Time that passes at once, and is counted."""

    def __init__(self) -> None:
        self.slept = 0.0
        self.at = datetime(2026, 3, 1, 12)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.at += timedelta(seconds=seconds)


def cloud_of(lab: HostsLab, clock: QuickClock | None = None, **site: Any) -> HostsCloud:
    section = lab.section()
    section["sites"] = {name: {**settings, **site} for name, settings in section["sites"].items()}
    return HostsCloud(msgspec.convert(section, HostsConfig), clock or QuickClock())


def read(cloud: HostsCloud, site: str) -> tuple[dict[str, Host], Any]:
    """The rows of a site by name, and its coverage."""
    scope = next(scope for scope in cloud.scopes()[0] if scope.account == site)
    batch = cloud.read(scope)
    return {row.native_id: row for row in batch.resources}, batch.coverage[0]


def ident(site: str, name: str) -> str:
    return f"hosts:{site}:global:compute.host/{name}"


def change(target: str, before: dict[str, Any], after: dict[str, Any]) -> Change:
    return Change(
        id="change-1",
        target=target,
        kind="compute.host",
        action=Action.UPDATE,
        before=before,
        after=after,
        why="a test",
        reasons=(),
        risk=Risk.LOW,
        reversibility=Reversibility.FULL,
        observed="sha256:0",
    )


class Failing:
    """Calls of which the ``nth`` that changes something fails, before its effect or after it. ``nth`` 0: none; all are counted."""

    def __init__(self, inner: Any, nth: int = 0, *, after: bool = False) -> None:
        self._inner = inner
        self._nth = nth
        self._after = after
        self.changes: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def run(self, site: str, host: str, script: str, purpose: str) -> Any:
        if purpose == "look":
            return self._inner.run(site, host, script, purpose)
        self.changes.append(purpose)
        fails = len(self.changes) == self._nth
        if fails and not self._after:
            raise Offline("The line went dead.")
        answer = self._inner.run(site, host, script, purpose)
        if fails:
            raise Offline("The answer got lost.")
        return answer
