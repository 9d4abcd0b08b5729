"""What every cloud does with its readers: run them over scopes, and say how well each could look."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from inspect import getfile
from pathlib import Path

from skywright.adapters.clouds.kit.reading import DRIFT, Memo, Reader, Reading, misunderstood, skipped
from skywright.adapters.clouds.kit.witness import Witness, sources, watched
from skywright.model.errors import AskHuman, SkywrightError
from skywright.model.estate import Coverage, CoverageState, Scope
from skywright.model.kinds import Resource, parse_id
from skywright.ports.cloud import Batch, Unchanged
from skywright.ports.other import Clock

EVERY = "*"


class NotOffered(AskHuman):
    """The cloud has no such service here: there is nothing to read, and nobody to ask for it."""


class ReaderCloud(ABC):
    """The reading half of ports.cloud.Cloud, for a cloud that is read by ``readers``. Makes no call before a method is called."""

    name: str
    vouches = False
    """Whether every answer that its readings rest on is told to kit.witness; else nothing is ever known to be unchanged."""

    def __init__(self, clock: Clock, *, concurrency: int = 8, skip_services: Iterable[str] = ()) -> None:
        self._clock = clock
        self._concurrency = concurrency
        self._skipped = frozenset(skip_services)
        self._memo = Memo()

    @abstractmethod
    def readers(self) -> Sequence[Reader]:
        """Every reader, imported when first asked for."""

    @abstractmethod
    def reading(self, reader: Reader, account: str, region: str, only: frozenset[str] | None = None) -> Reading:
        """A desk for one reader at one place. ``only``: native ids that are wanted; None: all."""

    def read(self, scope: Scope) -> Batch:
        """See ports.cloud.Cloud."""
        reader = self._readers[scope.reader]
        reading = self.reading(reader, scope.account, scope.region)
        witness = Witness() if self.vouches else None
        with watched(witness):
            self._run(reader, reading)
        return self._batch(reader, reading, witness)

    def read_again(self, scope: Scope, answers: str) -> Batch | Unchanged:
        """See ports.cloud.Vouching."""
        if not (answers and self.vouches):
            return self.read(scope)
        reader = self._readers[scope.reader]
        reading = self.reading(reader, scope.account, scope.region)
        reading.patient = True
        witness = Witness()
        with watched(witness):
            self._run(reader, reading)
        if self._answers(reader, reading, witness) == answers:
            return Unchanged(answers, lambda: self._batch(reader, reading, witness))
        return self._batch(reader, reading, witness)

    def ground(self) -> str:
        """What readings rest on beside answers: settings, and what ``scopes`` found out."""
        return ""

    def refresh(self, targets: Sequence[str]) -> dict[str, Resource | None]:
        """See ports.cloud.Cloud."""
        groups: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for target in targets:
            name = parse_id(target)
            if name.kind in self._reader_of:
                groups[name.account, name.region, name.kind].add(target)
        self._memo = Memo()
        with ThreadPoolExecutor(max(1, min(self._concurrency, len(groups)))) as pool:
            answers = pool.map(lambda group: self._refresh(group, groups[group]), sorted(groups))
            return {identifier: row for answer in answers for identifier, row in answer.items()}

    def scopes_of(self, account: str, regions: Sequence[str], global_region: str) -> tuple[list[Scope], list[Coverage]]:
        """One scope a reader and region (of a global reader: ``global_region`` only), and those that the configuration skips."""
        scopes: list[Scope] = []
        left_out: list[Coverage] = []
        for reader in self._readers.values():
            for region in (global_region,) if reader.is_global else regions:
                if reader.service in self._skipped:
                    reason = skipped(reader.service)
                    left_out += [self.row(account, region, kind, CoverageState.SKIPPED, reason) for kind in reader.kinds]
                else:
                    scopes.append(Scope(self.name, account, region, reader.name, reader.kinds))
        return scopes, left_out

    def gap(self, account: str, region: str, kind: str, error: SkywrightError, rows: int = 0) -> Coverage:
        """A coverage row for what could not be read. Region and kind ``*``: all of them."""
        state = CoverageState.SKIPPED if isinstance(error, NotOffered) else CoverageState.of(error)
        return self.row(account, region, kind, state, str(error), rows)

    def row(self, account: str, region: str, kind: str, state: CoverageState, reason: str, rows: int = 0) -> Coverage:
        """A coverage row of now."""
        return Coverage(self.name, account, region, kind, state, self._clock.now(), reason, rows)

    @cached_property
    def _readers(self) -> dict[str, Reader]:
        return {reader.name: reader for reader in self.readers()}

    @cached_property
    def _reader_of(self) -> dict[str, list[Reader]]:
        found: dict[str, list[Reader]] = defaultdict(list)
        for reader in self._readers.values():
            for kind in reader.kinds:
                found[kind].append(reader)
        return found

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._concurrency, thread_name_prefix=f"{self.name}-detail")

    @cached_property
    def _code(self) -> str:
        kit = Path(__file__).parent
        return sources(kit, kit.parents[2] / "model", Path(getfile(type(self))).parent)

    def _answers(self, reader: Reader, reading: Reading, witness: Witness) -> str:
        """Digest of all that a reading rests on; "" when a call failed."""
        if not reading.whole:
            return ""
        skipped_services = ",".join(sorted(self._skipped))
        return witness.digest(self._code, self.ground(), skipped_services, reader.name, repr(reading.place))

    def _batch(self, reader: Reader, reading: Reading, witness: Witness | None) -> Batch:
        """What was read. Translates what still waits for it."""
        with watched(witness):
            reading.settle()
        answers = self._answers(reader, reading, witness) if witness else ""
        rows = tuple({row.id: row for row in reading.resources}.values())
        coverage = tuple(self._coverage(reading, kind, rows) for kind in reader.kinds)
        return Batch(rows, tuple(reading.relations), coverage, answers)

    def _run(self, reader: Reader, reading: Reading) -> None:
        """Read; whatever goes wrong is a gap."""
        try:
            reader.read(reading)
        except SkywrightError as error:
            failure = error
        except DRIFT as error:
            failure = misunderstood(reading.place.PROVIDER, reader.name, error)
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
            reading = self.reading(reader, account, region, native)
            self._run(reader, reading)
            found.update({row.id: row for row in reading.resources if row.id in targets})
            blind = blind or kind in reading.failures
        return {target: found.get(target) for target in targets if target in found or not blind}

    def _coverage(self, reading: Reading, kind: str, rows: Sequence[Resource]) -> Coverage:
        count = sum(kind == row.KIND for row in rows)
        if failure := reading.failures.get(kind):
            return self.gap(reading.account, reading.region, kind, failure, count)
        partial = reading.partials.get(kind)
        return Coverage(
            cloud=self.name,
            account=reading.account,
            region=reading.region,
            kind=kind,
            state=CoverageState.COMPLETE,
            seen_at=reading.now,
            reason=str(partial) if partial else reading.notes.get(kind, ""),
            rows=count,
            partial=partial is not None,
        )
