"""The Azure adapter: implements ports.cloud.Cloud."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from skywright.adapters.clouds.azure.accounts import Accounts
from skywright.adapters.clouds.azure.calls import ArmCalls
from skywright.adapters.clouds.azure.config import AzureConfig
from skywright.adapters.clouds.azure.ids import CLOUD
from skywright.adapters.clouds.azure.read.base import Reading
from skywright.adapters.clouds.azure.read.inventory import Inventory, location_name
from skywright.adapters.clouds.azure.session import ReadSecret, Session
from skywright.adapters.clouds.azure.write import WAYS, steps
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.cloud import EVERY, ReaderCloud
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Desk, Memo, Reader
from skywright.model.commitment import Quote, Ware
from skywright.model.errors import AskHuman, SkywrightError
from skywright.model.estate import Coverage, Scope, Usage
from skywright.model.kinds import Resource
from skywright.model.settings import SecretRef
from skywright.model.words import t
from skywright.ports.cloud import Deed, Health, Permission, Step
from skywright.ports.other import Clock

if TYPE_CHECKING:
    from skywright.model.plan import Change, Reversibility


def _no_secrets(_reference: SecretRef) -> str:
    raise AskHuman(t("No reader of secrets is wired."), next_step=t("Give the value itself."))


class AzureCloud(ReaderCloud):
    """See ports.cloud.Cloud. Makes no call before a method is called."""

    name = CLOUD
    usage_by_hour = True
    vouches = True

    def __init__(self, config: AzureConfig, clock: Clock, read_secret: ReadSecret = _no_secrets) -> None:
        super().__init__(clock, concurrency=config.concurrency, skip_services=config.skip_services)
        self._config = config
        self.calls = ArmCalls(Session(config, read_secret), clock)
        self._accounts = Accounts(config, self.calls)

    @property
    def api_calls(self) -> dict[str, int]:
        """Calls made so far, by permission; every attempt counts."""
        return dict(self.calls.counter)

    def scopes(self) -> tuple[Sequence[Scope], Sequence[Coverage]]:
        """See ports.cloud.Cloud. A coverage row of kind ``*`` says that a whole subscription could not be read."""
        self._memo = Memo()
        self.calls.forgive()
        accounts, failures = self._accounts.find(again=True)
        found: list[Scope] = []
        gaps = [self.gap(account, EVERY, EVERY, error) for account, error in failures]
        for account in accounts:
            regions, refused = self._regions(account.id)
            if refused is not None:
                gaps.append(self.gap(account.id, EVERY, EVERY, refused))
            scopes, left_out = self.scopes_of(account.id, regions, GLOBAL)
            found += [scope for scope in scopes if not self._of_tenant(scope.reader)]
            gaps += left_out
        for tenant in sorted({tr.said(account.raw, "tenantId").lower() for account in accounts} - {""}):
            scopes, _ = self.scopes_of(tenant, (), GLOBAL)
            found += [scope for scope in scopes if self._of_tenant(scope.reader)]
        return found, gaps

    def usage(self, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.azure.usage import usage

        return usage(self.calls, resources, since, until)

    def can(self, kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> "Reversibility | None":
        """See ports.cloud.Cloud."""
        return WAYS.can(kind, before, after)

    def steps(self, change: "Change") -> Sequence[Step]:
        """See ports.cloud.Cloud."""
        return steps(self.calls, change, self._clock.sleep)

    def health(self, targets: Sequence[str]) -> Sequence[Health]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.azure.health import health

        return health(self.calls, targets)

    def deeds(self, targets: Sequence[str], since: datetime, until: datetime) -> Iterator[Deed]:
        """See ports.cloud.Historian."""
        from skywright.adapters.clouds.azure.trail import deeds

        return deeds(self.calls, targets, since, until, self._clock.now())

    @property
    def sells(self) -> str:
        """See ports.cloud.Merchant."""
        from skywright.adapters.clouds.azure.offers import SELLS

        return SELLS

    def quotes(self, wanted: Sequence[Ware], today: date) -> Iterator[Quote]:
        """See ports.cloud.Merchant."""
        from skywright.adapters.clouds.azure.offers import quotes

        return quotes(self.calls, wanted, today)

    def doctor(self) -> Iterator[Permission]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.azure.doctor import examine

        accounts, failures = self._accounts.find(again=True)
        for account, error in failures:
            needed_for = t("subscription {account}", account=account)
            yield Permission("Microsoft.Resources/subscriptions/read", needed_for, allowed=False, reason=str(error))
        readers = [reader for reader in self._readers.values() if reader.service not in self._skipped]
        for one in accounts:
            yield from examine(self._inventory(), one.id, readers, WAYS.actions())

    def close(self) -> None:
        """Hang up."""
        self.calls.close()

    def readers(self) -> Sequence[Reader]:
        """See ReaderCloud."""
        from skywright.adapters.clouds.azure.read import READERS

        return READERS

    def reading(self, reader: Reader, account: str, region: str, only: frozenset[str] | None = None) -> Reading:
        """See ReaderCloud."""
        desk = Desk(calls=self.calls, memo=self._memo, threads=self._threads, now=self._clock.now(), skipped=self._skipped)
        return Reading(desk, (account, region), reader.service, self._inventory(), only)

    def ground(self) -> str:
        """See ReaderCloud."""
        return " ".join(self._accounts.ids())

    def _of_tenant(self, reader: str) -> bool:
        """Is this asked once for the whole tenant."""
        from skywright.adapters.clouds.azure.read.directory import SERVICES

        return self._readers[reader].service in SERVICES

    def _inventory(self) -> Inventory:
        return Inventory(self.calls, self._memo, self._accounts.ids)

    def _regions(self, account: str) -> tuple[Sequence[str], SkywrightError | None]:
        """The locations that hold anything, within those that the configuration names."""
        wanted = {location_name(one) for one in self._config.locations}
        try:
            found = self._inventory().locations(account)
        except SkywrightError as error:
            return (), error
        return [one for one in found if not wanted or one in wanted], None
