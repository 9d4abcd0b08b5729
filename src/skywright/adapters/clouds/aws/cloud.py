"""The AWS adapter: implements ports.cloud.Cloud."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from skywright.adapters.clouds.aws.accounts import Accounts
from skywright.adapters.clouds.aws.calls import AwsCalls
from skywright.adapters.clouds.aws.config import AwsConfig
from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import CLOUD
from skywright.adapters.clouds.aws.session import ReadSecret, Sessions
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


class AwsCloud(ReaderCloud):
    """See ports.cloud.Cloud. Makes no call before a method is called."""

    name = CLOUD
    usage_by_hour = True

    def __init__(self, config: AwsConfig, clock: Clock, read_secret: ReadSecret = _no_secrets) -> None:
        super().__init__(clock, concurrency=config.concurrency, skip_services=config.skip_services)
        self._config = config
        self._sessions = Sessions(config, read_secret)
        self.calls = AwsCalls(self._sessions, clock)
        self._accounts = Accounts(config, self._sessions, self.calls)
        self.calls.discover = self._accounts.find

    @property
    def api_calls(self) -> dict[str, int]:
        """Calls made so far, by ``service:operation``; every attempt counts."""
        return dict(self.calls.counter)

    def scopes(self) -> tuple[Sequence[Scope], Sequence[Coverage]]:
        """See ports.cloud.Cloud. A coverage row of kind ``*`` says that a whole account (or region) could not be read."""
        self._memo = Memo()
        self.calls.forgive()
        accounts, failures = self._accounts.find()
        found: list[Scope] = []
        gaps = [self.gap(account, EVERY, EVERY, error) for account, error in failures]
        for account in accounts:
            regions, refused = self._regions(account)
            if refused is not None:
                gaps.append(self.gap(account, EVERY, EVERY, refused))
            scopes, left_out = self.scopes_of(account, regions, GLOBAL)
            found += scopes
            gaps += left_out
        found.sort(key=lambda scope: self._readers[scope.reader].service)  # one service after the other: few clients at a time
        return found, gaps

    def usage(self, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.aws.usage import usage

        return usage(self.calls, resources, since, until)

    def deeds(self, targets: Sequence[str], since: datetime, until: datetime) -> Iterator[Deed]:
        """See ports.cloud.Historian."""
        from skywright.adapters.clouds.aws.trail import deeds

        return deeds(self.calls, targets, since, until)

    def can(self, kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> "Reversibility | None":
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.aws.write import can

        return can(kind, before, after)

    def steps(self, change: "Change") -> Sequence[Step]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.aws.write import steps

        return steps(self.calls, change)

    def health(self, targets: Sequence[str]) -> Sequence[Health]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.aws.write import health

        return health(self.calls, targets)

    @property
    def sells(self) -> str:
        """See ports.cloud.Merchant."""
        from skywright.adapters.clouds.aws.offers import SELLS

        return SELLS

    def quotes(self, wanted: Sequence[Ware], today: date) -> Iterator[Quote]:
        """See ports.cloud.Merchant. The first account asks: prices are the same for all."""
        from skywright.adapters.clouds.aws.offers import quotes

        accounts, failures = self._accounts.find()
        if accounts:
            return quotes(self.calls, accounts[0], wanted, today)
        why = str(failures[0][1]) if failures else t("There is no account to ask with.")
        return iter([Quote(ware=ware, on_demand=None, currency="", offers=(), why=why) for ware in wanted])

    def doctor(self) -> Iterator[Permission]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.aws.doctor import Examined, examine

        accounts, failures = self._accounts.find()
        for account, error in failures:
            yield Permission("sts:GetCallerIdentity", t("account {account}", account=account), allowed=False, reason=str(error))
        readers = [reader for reader in self._readers.values() if reader.service not in self._skipped]
        for account in accounts:
            regions, refused = self._regions(account)
            needed_for = t("the regions of account {account}", account=account)
            yield Permission("ec2:DescribeRegions", needed_for, refused is None, str(refused or ""))
            what = Examined(account, next(iter(regions), GLOBAL), self._skipped)
            yield from examine(self.calls, what, readers, self._threads)

    def readers(self) -> Sequence[Reader]:
        """See ReaderCloud."""
        from skywright.adapters.clouds.aws.read import READERS

        return READERS

    def reading(self, reader: Reader, account: str, region: str, only: frozenset[str] | None = None) -> Reading:
        """See ReaderCloud."""
        desk = Desk(calls=self.calls, memo=self._memo, threads=self._threads, now=self._clock.now(), skipped=self._skipped)
        return Reading(desk, account, region, reader.service, only)

    def _regions(self, account: str) -> tuple[Sequence[str], SkywrightError | None]:
        try:
            return self._accounts.regions(account), None
        except SkywrightError as error:
            return (), error
