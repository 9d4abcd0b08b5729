"""The Docker adapter: implements ports.cloud.Cloud for single engines and for swarms."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.cloud import EVERY, ReaderCloud
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Desk, Memo, Reader
from skywright.adapters.clouds.swarm.calls import Calls, EngineCalls
from skywright.adapters.clouds.swarm.config import SwarmConfig
from skywright.adapters.clouds.swarm.directory import Directory
from skywright.adapters.clouds.swarm.place import CLOUD, ENGINE, SWARM
from skywright.adapters.clouds.swarm.read.base import Reading
from skywright.adapters.clouds.swarm.session import Clients
from skywright.model.errors import AskHuman, BadInput, SkywrightError
from skywright.model.estate import Coverage, Scope, Usage
from skywright.model.kinds import Resource
from skywright.model.settings import SecretRef
from skywright.ports.cloud import Deed, Health, Permission, Step
from skywright.ports.other import Clock

if TYPE_CHECKING:
    from skywright.model.plan import Change, Reversibility


class SwarmCloud(ReaderCloud):
    """See ports.cloud.Cloud. An account is a container host by its name, or a swarm by its id. Makes no call before a method is
    called."""

    name = CLOUD

    def __init__(self, config: SwarmConfig, clock: Clock, read_secret: Callable[[SecretRef], str] | None = None) -> None:
        super().__init__(clock, concurrency=config.concurrency, skip_services=config.skip_services)
        self._config = config
        self._engines = EngineCalls(Clients(config.timeout_s, config.concurrency), clock)
        self.calls = Calls(self._engines)
        self.directory = Directory(config, self._engines, self.calls)

    @property
    def api_calls(self) -> dict[str, int]:
        """Calls made so far, by ``METHOD /path``; every attempt counts."""
        return dict(self.calls.counter)

    def scopes(self) -> tuple[Sequence[Scope], Sequence[Coverage]]:
        """See ports.cloud.Cloud. A host that does not answer is a gap of everything under its name."""
        self._memo = Memo()
        self._engines.forgive()
        try:
            hosts, swarms, failures = self.directory.find()
        except (AskHuman, BadInput) as error:
            return [], [self.gap(EVERY, EVERY, EVERY, error)]
        gaps = [self.gap(account, EVERY, EVERY, error) for account, error in failures]
        self._introduce(hosts, swarms)
        found: list[Scope] = []
        for account, service in (*((host, ENGINE) for host in hosts), *((swarm, SWARM) for swarm in swarms)):
            scopes, left_out = self.scopes_of(account, (), GLOBAL)
            found += [scope for scope in scopes if self._readers[scope.reader].service == service]
            kinds = {kind for reader in self.readers() if reader.service == service for kind in reader.kinds}
            gaps += [row for row in left_out if service in self._skipped and row.kind in kinds]
        return found, gaps

    def usage(self, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
        """See ports.cloud.Cloud. Docker keeps no history: one sample of now."""
        from skywright.adapters.clouds.swarm.usage import usage

        return usage(self.calls, self.directory, resources, self._threads)

    def can(self, kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> "Reversibility | None":
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.swarm.write import WAYS

        return WAYS.can(kind, before, after)

    def steps(self, change: "Change") -> Sequence[Step]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.swarm.write import steps

        return steps(self.calls, change, self._clock.sleep)

    def health(self, targets: Sequence[str]) -> Sequence[Health]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.swarm.health import health

        return health(self.calls, targets)

    def deeds(self, targets: Sequence[str], since: datetime, until: datetime) -> Iterator[Deed]:
        """See ports.cloud.Historian. Docker knows what and when, not who."""
        from skywright.adapters.clouds.swarm.trail import deeds

        return deeds(self.calls, targets, since, min(until, self._clock.now()))

    def doctor(self) -> Iterator[Permission]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.swarm.doctor import examine

        return examine(self.calls, self.directory, self.readers())

    def readers(self) -> Sequence[Reader]:
        """See ReaderCloud."""
        from skywright.adapters.clouds.swarm.read import READERS

        return READERS

    def reading(self, reader: Reader, account: str, region: str, only: frozenset[str] | None = None) -> Reading:
        """See ReaderCloud."""
        desk = Desk(calls=self.calls, memo=self._memo, threads=self._threads, now=self._clock.now(), skipped=self._skipped)
        return Reading(desk, self.directory, account, reader.service, only)

    def _introduce(self, hosts: Sequence[str], swarms: Sequence[str]) -> None:
        """Workers do not know the id of their swarm; its managers know their workers."""
        engines = [self.directory.engine(host) for host in hosts]
        if all(engine is None or engine.swarm is not None for engine in engines):
            return
        for swarm in swarms:
            with suppress(SkywrightError):  # the reader of nodes tells of it
                listed = self.calls.ask(swarm, "GET /nodes")
                self.directory.learn([tr.said(node, "ID") for node in listed if isinstance(node, dict)], swarm)
