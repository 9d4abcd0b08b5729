"""The OpenStack adapter: implements ports.cloud.Cloud."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from skywright.adapters.clouds.kit.cloud import EVERY, ReaderCloud
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Desk, Memo, Reader
from skywright.adapters.clouds.openstack.calls import OpenstackCalls
from skywright.adapters.clouds.openstack.config import OpenstackConfig
from skywright.adapters.clouds.openstack.place import CLOUD
from skywright.adapters.clouds.openstack.read.base import Reading
from skywright.adapters.clouds.openstack.session import Sessions
from skywright.model.estate import Coverage, Scope, Usage
from skywright.model.kinds import Resource
from skywright.model.settings import SecretRef
from skywright.model.words import t
from skywright.ports.cloud import Deed, Health, Permission, Step
from skywright.ports.other import Clock

if TYPE_CHECKING:
    from skywright.model.plan import Change, Reversibility


class OpenstackCloud(ReaderCloud):
    """See ports.cloud.Cloud. Makes no call before a method is called. Its secrets are in clouds.yaml or the environment."""

    name = CLOUD
    usage_by_hour = True

    def __init__(self, config: OpenstackConfig, clock: Clock, read_secret: Callable[[SecretRef], str] | None = None) -> None:
        super().__init__(clock, concurrency=config.concurrency, skip_services=config.skip_services)
        self.calls = OpenstackCalls(Sessions(config), clock, frozenset(config.skip_projects))

    @property
    def api_calls(self) -> dict[str, int]:
        """Calls made so far, by ``service:VERB /path``; every attempt counts."""
        return dict(self.calls.counter)

    def scopes(self) -> tuple[Sequence[Scope], Sequence[Coverage]]:
        """See ports.cloud.Cloud. What belongs to the whole cloud (users, hypervisors, ...) is read with the login's own project."""
        self._memo = Memo()
        self.calls.forgive()
        accounts, failures = self.calls.accounts.find()
        gaps = [self.gap(account, EVERY, EVERY, error) for account, error in failures]
        found: dict[Scope, None] = {}
        for account, logins in accounts.items():
            for login in logins:
                scopes, left_out = self.scopes_of(account, list(login.regions), GLOBAL)
                found |= {scope: None for scope in scopes if self._has(scope.reader, home=account == login.home)}
                gaps += [row for row in left_out if row not in gaps]
        return list(found), gaps

    def usage(self, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.openstack.usage import usage

        return usage(self.calls, resources, since, until)

    def can(self, kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> "Reversibility | None":
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.openstack.write import can

        return can(kind, before, after)

    def steps(self, change: "Change") -> Sequence[Step]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.openstack.write import steps

        return steps(self.calls, change)

    def health(self, targets: Sequence[str]) -> Sequence[Health]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.openstack.write import health

        return health(self.calls, targets)

    def deeds(self, targets: Sequence[str], since: datetime, until: datetime) -> Iterator[Deed]:
        """See ports.cloud.Historian. Only of servers."""
        from skywright.adapters.clouds.openstack.trail import deeds

        return deeds(self.calls, targets, since, until)

    def doctor(self) -> Iterator[Permission]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.openstack.doctor import examine

        accounts, failures = self.calls.accounts.find()
        for name, error in failures:
            yield Permission("identity:validate_token", t("cloud {login}", login=name), allowed=False, reason=str(error))
        readers = [reader for reader in self._readers.values() if reader.service not in self._skipped]
        for account, logins in accounts.items():
            for login in logins:
                if account == login.home:
                    yield Permission("identity:validate_token", t("signing in to {login}", login=login.name), allowed=True)
                    yield from examine(self.calls, account, next(iter(login.regions), GLOBAL), readers, self._threads)

    def readers(self) -> Sequence[Reader]:
        """See ReaderCloud."""
        from skywright.adapters.clouds.openstack.read import READERS

        return READERS

    def reading(self, reader: Reader, account: str, region: str, only: frozenset[str] | None = None) -> Reading:
        """See ReaderCloud."""
        desk = Desk(calls=self.calls, memo=self._memo, threads=self._threads, now=self._clock.now(), skipped=self._skipped)
        return Reading(desk, account, region, reader.service, only)

    def _has(self, reader: str, *, home: bool) -> bool:
        from skywright.adapters.clouds.openstack.read import OF_THE_CLOUD

        return home or reader not in OF_THE_CLOUD
