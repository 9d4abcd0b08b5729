"""What every test of own hosts needs: a lab, a cloud that reads it, calls that fail on order."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from tests.adapters.clouds.acting import Nth

from skywright.adapters.clouds.hosts import HostsCloud, HostsConfig
from skywright.adapters.clouds.hosts.faults import Offline
from skywright.lab.hosts import HostsLab
from skywright.model.kinds.compute import Host


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


class Failing(Nth):
    """Calls of which the ``nth`` that changes something fails."""

    FAILURE = Offline

    def __init__(self, inner: Any, nth: int = 0, *, after: bool = False) -> None:
        super().__init__(nth, after=after)
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def run(self, site: str, host: str, script: str, purpose: str) -> Any:
        if purpose == "look":
            return self._inner.run(site, host, script, purpose)
        return self.make(purpose, lambda: self._inner.run(site, host, script, purpose))
