"""The AWS adapter: implements ports.cloud.Cloud."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from skywright.adapters.clouds.aws.accounts import Accounts
from skywright.adapters.clouds.aws.calls import AwsCalls
from skywright.adapters.clouds.aws.config import AwsConfig
from skywright.adapters.clouds.aws.faults import NotOffered
from skywright.adapters.clouds.aws.read.base import CLOUD, DRIFT, GLOBAL, Desk, Memo, Reader, Reading, misunderstood, skipped
from skywright.adapters.clouds.aws.session import ReadSecret, Sessions
from skywright.model.errors import AskHuman, SkywrightError
from skywright.model.estate import Coverage, CoverageState, Scope, Usage
from skywright.model.kinds import Resource, parse_id
from skywright.model.settings import SecretRef
from skywright.model.words import t
from skywright.ports.cloud import Batch, Health, Permission, Step
from skywright.ports.other import Clock

if TYPE_CHECKING:
    from skywright.model.plan import Change, Reversibility

EVERY = "*"


def _no_secrets(_reference: SecretRef) -> str:
    raise AskHuman(t("No reader of secrets is wired."), next_step=t("Give the value itself."))


class AwsCloud:
    """See ports.cloud.Cloud. Makes no call before a method is called."""

    name = CLOUD

    def __init__(self, config: AwsConfig, clock: Clock, read_secret: ReadSecret = _no_secrets) -> None:
        self._config = config
        self._clock = clock
        self._sessions = Sessions(config, read_secret)
        self.calls = AwsCalls(self._sessions, clock)
        self._accounts = Accounts(config, self._sessions, self.calls)
        self.calls.discover = self._accounts.find
        self._memo = Memo()

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
        gaps = [self._gap(account, EVERY, EVERY, error) for account, error in failures]
        for account in accounts:
            regions, refused = self._regions(account)
            if refused is not None:
                gaps.append(self._gap(account, EVERY, EVERY, refused))
            scopes, left_out = self._scopes_of(account, regions)
            found += scopes
            gaps += left_out
        found.sort(key=lambda scope: self._readers[scope.reader].service)  # one service after the other: few clients at a time
        return found, gaps

    def read(self, scope: Scope) -> Batch:
        """See ports.cloud.Cloud."""
        reader = self._readers[scope.reader]
        reading = self._reading(reader, scope.account, scope.region)
        self._run(reader, reading)
        rows = tuple({row.id: row for row in reading.resources}.values())
        coverage = tuple(self._coverage(reading, kind, rows) for kind in reader.kinds)
        return Batch(rows, tuple(reading.relations), coverage)

    def usage(self, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.aws.usage import usage

        return usage(self.calls, resources, since, until)

    def refresh(self, targets: Sequence[str]) -> dict[str, Resource | None]:
        """See ports.cloud.Cloud."""
        groups: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for target in targets:
            name = parse_id(target)
            if name.kind in self._reader_of:
                groups[name.account, name.region, name.kind].add(target)
        self._memo = Memo()
        with ThreadPoolExecutor(max(1, min(self._config.concurrency, len(groups)))) as pool:
            answers = pool.map(lambda group: self._refresh(group, groups[group]), sorted(groups))
            return {identifier: row for answer in answers for identifier, row in answer.items()}

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

    def doctor(self) -> Iterator[Permission]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.aws.doctor import Examined, examine

        accounts, failures = self._accounts.find()
        for account, error in failures:
            yield Permission("sts:GetCallerIdentity", t("account {account}", account=account), allowed=False, reason=str(error))
        left_out = frozenset(self._config.skip_services)
        readers = [reader for reader in self._readers.values() if reader.service not in left_out]
        for account in accounts:
            regions, refused = self._regions(account)
            needed_for = t("the regions of account {account}", account=account)
            yield Permission("ec2:DescribeRegions", needed_for, refused is None, str(refused or ""))
            what = Examined(account, next(iter(regions), GLOBAL), left_out)
            yield from examine(self.calls, what, readers, self._threads)

    @cached_property
    def _readers(self) -> dict[str, Reader]:
        from skywright.adapters.clouds.aws.read import READERS

        return {reader.name: reader for reader in READERS}

    @cached_property
    def _reader_of(self) -> dict[str, list[Reader]]:
        found: dict[str, list[Reader]] = defaultdict(list)
        for reader in self._readers.values():
            for kind in reader.kinds:
                found[kind].append(reader)
        return found

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._config.concurrency, thread_name_prefix="aws-detail")

    def _regions(self, account: str) -> tuple[Sequence[str], SkywrightError | None]:
        try:
            return self._accounts.regions(account), None
        except SkywrightError as error:
            return (), error

    def _scopes_of(self, account: str, regions: Sequence[str]) -> tuple[list[Scope], list[Coverage]]:
        scopes: list[Scope] = []
        left_out: list[Coverage] = []
        for reader in self._readers.values():
            for region in (GLOBAL,) if reader.is_global else regions:
                if reader.service in self._config.skip_services:
                    reason = skipped(reader.service)
                    left_out += [self._row(account, region, kind, CoverageState.SKIPPED, reason) for kind in reader.kinds]
                else:
                    scopes.append(Scope(CLOUD, account, region, reader.name, reader.kinds))
        return scopes, left_out

    def _reading(self, reader: Reader, account: str, region: str, only: frozenset[str] | None = None) -> Reading:
        left_out = frozenset(self._config.skip_services)
        desk = Desk(calls=self.calls, memo=self._memo, threads=self._threads, now=self._clock.now(), skipped=left_out)
        return Reading(desk, account, region, reader.service, only)

    def _run(self, reader: Reader, reading: Reading) -> None:
        """Read; whatever goes wrong is a gap."""
        try:
            reader.read(reading)
        except SkywrightError as error:
            failure = error
        except DRIFT as error:
            failure = misunderstood(reader.name, error)
        else:
            return
        for kind in reader.kinds:
            reading.gap(kind, failure)

    def _refresh(self, group: tuple[str, str, str], targets: set[str]) -> dict[str, Resource | None]:
        """The targets of one kind in one place; those that cannot be read are left out."""
        account, region, kind = group
        native = frozenset(parse_id(target).native_id for target in targets)
        found: dict[str, Resource] = {}
        blind = False
        for reader in self._reader_of[kind]:
            reading = self._reading(reader, account, region, native)
            self._run(reader, reading)
            found.update({row.id: row for row in reading.resources if row.id in targets})
            blind = blind or kind in reading.failures
        return {target: found.get(target) for target in targets if target in found or not blind}

    def _coverage(self, reading: Reading, kind: str, rows: Sequence[Resource]) -> Coverage:
        count = sum(kind == row.KIND for row in rows)
        if failure := reading.failures.get(kind):
            return self._gap(reading.account, reading.region, kind, failure, count)
        partial = reading.partials.get(kind)
        return Coverage(
            cloud=CLOUD,
            account=reading.account,
            region=reading.region,
            kind=kind,
            state=CoverageState.COMPLETE,
            seen_at=reading.now,
            reason=str(partial) if partial else "",
            rows=count,
            partial=partial is not None,
        )

    def _gap(self, account: str, region: str, kind: str, error: SkywrightError, rows: int = 0) -> Coverage:
        state = CoverageState.SKIPPED if isinstance(error, NotOffered) else CoverageState.of(error)
        return self._row(account, region, kind, state, str(error), rows)

    def _row(self, account: str, region: str, kind: str, state: CoverageState, reason: str, rows: int = 0) -> Coverage:
        return Coverage(CLOUD, account, region, kind, state, self._clock.now(), reason, rows)
