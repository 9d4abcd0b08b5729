"""The adapter of own hosts: implements ports.cloud.Cloud."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skywright.adapters.clouds.hosts.calls import Calls
from skywright.adapters.clouds.hosts.config import HostsConfig
from skywright.adapters.clouds.hosts.memory import Memory, default_folder
from skywright.adapters.clouds.hosts.place import CLOUD
from skywright.adapters.clouds.hosts.read.base import Reading
from skywright.adapters.clouds.hosts.session import Sessions
from skywright.adapters.clouds.kit.cloud import EVERY, ReaderCloud
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Desk, Memo, Reader
from skywright.model.errors import AskHuman, SkywrightError
from skywright.model.estate import Coverage, Scope, Usage
from skywright.model.kinds import Resource
from skywright.model.settings import SecretRef
from skywright.model.words import t
from skywright.ports.cloud import Health, Permission, Step
from skywright.ports.other import Clock

if TYPE_CHECKING:
    from skywright.model.plan import Change, Reversibility

OFFLINE = "offline"


def _no_secrets(_reference: SecretRef) -> str:
    raise AskHuman(t("No reader of secrets is wired."), next_step=t("Give the path of a key."))


class HostsCloud(ReaderCloud):
    """See ports.cloud.Cloud. An account is a site. Makes no call before a method is called."""

    name = CLOUD

    def __init__(self, config: HostsConfig, clock: Clock, read_secret: Callable[[SecretRef], str] = _no_secrets) -> None:
        super().__init__(clock, concurrency=config.concurrency, skip_services=config.skip_services)
        self._config = config
        memory = Memory(Path(config.state).expanduser() if config.state else default_folder())
        self.calls = Calls(config, Sessions(read_secret), memory, clock)

    @property
    def api_calls(self) -> dict[str, int]:
        """Visits made so far, by what they were for; every attempt counts."""
        return dict(self.calls.counter)

    def scopes(self) -> tuple[Sequence[Scope], Sequence[Coverage]]:
        """See ports.cloud.Cloud. A site whose inventory cannot be used is a gap."""
        self._memo = Memo()
        self.calls.forget()
        if not self._config.sites:
            nobody = AskHuman(t("No hosts are named."), next_step=t("Add a site under clouds.hosts.sites."))
            return [], [self.gap(EVERY, EVERY, EVERY, nobody)]
        found: list[Scope] = []
        gaps: list[Coverage] = []
        for site in sorted(self._config.sites):
            try:
                self.calls.hosts(site)
            except SkywrightError as error:
                gaps.append(self.gap(site, EVERY, EVERY, error))
                continue
            scopes, left_out = self.scopes_of(site, (), GLOBAL)
            found += scopes
            gaps += left_out
        return found, gaps

    def usage(self, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
        """See ports.cloud.Cloud. Hosts keep no history: two readings of now, a second apart."""
        from skywright.adapters.clouds.hosts.usage import usage

        return usage(self.calls, resources, self._threads)

    def can(self, kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> "Reversibility | None":
        """See ports.cloud.Cloud. Nothing is planned on a host that is known only from memory."""
        from skywright.adapters.clouds.hosts.write import WAYS

        return None if before.get("state") == OFFLINE else WAYS.can(kind, before, after)

    def steps(self, change: "Change") -> Sequence[Step]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.hosts.write import steps

        return steps(self.calls, change, self._clock.sleep)

    def health(self, targets: Sequence[str]) -> Sequence[Health]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.hosts.health import health

        return health(self.calls, targets, self._threads)

    def doctor(self) -> Iterator[Permission]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.hosts.doctor import examine

        return examine(self.calls, self._threads)

    def readers(self) -> Sequence[Reader]:
        """See ReaderCloud."""
        from skywright.adapters.clouds.hosts.read import READERS

        return READERS

    def reading(self, reader: Reader, account: str, region: str, only: frozenset[str] | None = None) -> Reading:
        """See ReaderCloud."""
        desk = Desk(calls=self.calls, memo=self._memo, threads=self._threads, now=self._clock.now(), skipped=self._skipped)
        return Reading(desk, account, reader.service, only)
