"""Gather: clouds -> Snapshot. A scope that fails is a row of coverage with the reason; what was read is kept as it comes in."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from skywright.loop.gather.choice import Choice
from skywright.loop.gather.measuring import Asked, Measures, Watch, among, hours_of, kept, told_before
from skywright.loop.gather.memory import Memory, Place, place_of, recall, remember
from skywright.model.canonical import digest
from skywright.model.errors import AskHuman
from skywright.model.estate import Coverage, CoverageState, Relation, Scope, ScopeFile, Snapshot
from skywright.model.kinds import KIND_BY_NAME, Resource
from skywright.model.words import t
from skywright.ports.cloud import Batch, Cloud, Progress, Unchanged, Vouching
from skywright.ports.engine import Shelf
from skywright.ports.other import Clock, Meter
from skywright.ports.store import Facts

THREADS = 8
MEASURING_THREADS = 3  # answers of metrics are the largest: half a MiB each on the wire, and twenty times that unpacked
REASONS_SHOWN = 3

Work = TypeVar("Work")
Done = TypeVar("Done")


def gather(
    clouds: Mapping[str, Cloud],
    shelf: Shelf,
    previous: Snapshot | None,
    clock: Clock,
    *,
    usage_days: int,
    progress: Progress,
    choice: Choice | None = None,
    facts: Facts | None = None,
    meter: Meter | None = None,
) -> Snapshot:
    """Read every scope of every cloud onto the shelf. All coverage rows carry the same time, which is the snapshot's.

    ``choice`` narrows to some accounts and regions; the rest is recorded as skipped. Raises AskHuman when nothing at all could be
    read (then there is no snapshot), or when the disk is full. ``facts`` keeps digests of the clouds' answers, so that a place of
    which they say the same again keeps its files. ``meter`` keeps what was used where a cloud does not.
    """
    desk = _Desk(clouds, shelf, clock.now(), progress, previous, recall(facts, previous))
    wanted, coverage = scopes_of(clouds, choice or Choice())
    coverage += desk.read(wanted)
    refuse_blindness(coverage)
    coverage += desk.measure(Watch(meter, usage_days), {name: among(name, wanted, coverage) for name in clouds})
    desk.keep_relations()
    rows = [msgspec.structs.replace(row, seen_at=desk.at) for row in coverage]
    snapshot = make_snapshot(desk.files, rows, desk.at, previous.id if previous else None)
    if facts is not None:
        remember(facts, snapshot, desk.answers.items())
    return snapshot


def scopes_of(clouds: Mapping[str, Cloud], choice: Choice) -> tuple[list[Scope], list[Coverage]]:
    """What is to be read, and coverage rows for what is not."""
    wanted: list[Scope] = []
    coverage: list[Coverage] = []
    for cloud in clouds.values():
        scopes, gaps = cloud.scopes()
        wanted += [scope for scope in scopes if choice.takes(scope)]
        coverage += [row for scope in scopes if not choice.takes(scope) for row in choice.skipped(scope)]
        coverage += gaps
    return wanted, coverage


class _Desk:
    """Collects what one gathering brings in."""

    def __init__(
        self,
        clouds: Mapping[str, Cloud],
        shelf: Shelf,
        at: datetime,
        progress: Progress,
        previous: Snapshot | None,
        memory: Memory,
    ) -> None:
        self.at = at
        self.files: list[ScopeFile] = []
        self.answers: dict[Scope, str] = {}
        self._memory = memory
        self._clouds = clouds
        self._shelf = shelf
        self._progress = progress
        self._previous = previous
        self._relations: dict[Place, set[Relation]] = defaultdict(set)
        self._resources: dict[Place, list[Resource]] = defaultdict(list)
        self._places: dict[Place, list[ScopeFile]] = {}  # as before: what was kept of them

    def read(self, scopes: Sequence[Scope]) -> Iterator[Coverage]:
        """Read the scopes, many at a time; keep rows and relations; give the coverage."""
        same: dict[Place, list[tuple[Scope, Unchanged]]] = defaultdict(list)
        for scope, seen in self._all(t("Reading"), scopes, self._look):
            self.answers[scope] = seen.answers
            if isinstance(seen, Unchanged):
                same[place_of(scope)].append((scope, seen))
            else:
                self._keep(scope, seen)
                yield from seen.coverage
        for place, unchanged in same.items():
            if self._as_before(place, [scope for scope, _ in unchanged]):
                self._places[place] = self._memory.files(place)
                self.files += self._memory.files(place)
                yield from self._memory.coverage(place)
                continue
            for scope, seen in unchanged:
                batch = seen.batch()
                self._keep(scope, batch)
                yield from batch.coverage

    def _look(self, scope: Scope) -> Batch | Unchanged:
        cloud = self._clouds[scope.cloud]
        known = self._memory.answers(scope)
        return cloud.read_again(scope, known) if known and isinstance(cloud, Vouching) else cloud.read(scope)

    def _as_before(self, place: Place, unchanged: Sequence[Scope]) -> bool:
        """Are these all the scopes that a place has and had, and is all there that is known of it."""
        if place in self._resources or {scope.reader for scope in unchanged} != self._memory.readers(place):
            return False
        return all(not file.rows or self._shelf.holds(file) for file in self._memory.files(place))

    def measure(self, watch: Watch, accounts: Mapping[str, Collection[str]]) -> Iterator[Coverage]:
        """Usage of what was read, place by place; give coverage rows of kind ``usage``. ``accounts``: all that each cloud has."""
        hours = {place: hours_of(self._clouds[place[0]], watch.days, self.at) for place in {*self._resources, *self._places}}
        known = told_before(self._previous, self.files, hours, self._shelf)
        for told in known.values():
            self.files += [told.file] if told.file else []
            yield told.coverage
        places = sorted(hours.keys() - known)
        for place, found in self._all(
            t("Measuring"), places, lambda place: self._measured(place, watch, accounts, hours[place]), MEASURING_THREADS
        ):
            self.files += found.keep(self._shelf, place)
            yield from found.coverage

    def keep_relations(self) -> None:
        """One table of relations a place: it is rewritten only when one of them changed."""
        for place, relations in sorted(self._relations.items()):
            self._write("relation", place, sorted(relations, key=lambda one: (one.source, one.verb.value, one.target)))

    def _keep(self, scope: Scope, batch: Batch) -> None:
        tables: dict[str, list[Resource]] = defaultdict(list)
        for row in batch.resources:
            tables[row.KIND].append(row)
        place = (scope.cloud, scope.account, scope.region)
        for kind, rows in tables.items():
            self.files.append(self._shelf.write(kind, scope, rows))
        self._relations[place].update(batch.relations)
        self._resources[place] += [msgspec.structs.replace(row, native={}) for row in batch.resources]

    def _measured(self, place: Place, watch: Watch, accounts: Mapping[str, Collection[str]], hours: str) -> Measures:
        files = self._previous.files if self._previous else ()
        before = [file for file in files if place == (file.cloud, file.account, file.region)]
        asked = Asked(
            place=place, resources=self._standing_in(place), among=accounts[place[0]], known=kept(self._shelf, before),
            whole=hours,
        )  # fmt: skip
        return watch.measured(self._clouds[place[0]], asked, self.at)

    def _standing_in(self, place: Place) -> Sequence[Resource]:
        """What was read of a place; if it is as before, what was kept."""
        kept = [file for file in self._places.get(place, ()) if file.table in KIND_BY_NAME]
        return self._resources.get(place) or [resource_of(file.table, row) for file in kept for row in self._shelf.read(file)]

    def _write(self, table: str, place: Place, rows: Sequence[Relation]) -> None:
        if rows:
            self.files.append(self._shelf.write(table, Scope(*place, table, (table,)), rows))

    def _all(
        self, what: str, works: Sequence[Work], act: Callable[[Work], Done], threads: int = THREADS
    ) -> Iterator[tuple[Work, Done]]:
        """``act`` of every piece of work, many at a time, as they get done. Writing stays with the caller's thread."""
        with ThreadPoolExecutor(threads, thread_name_prefix="gather") as pool:
            futures: dict[Future[Done], Work] = {pool.submit(act, work): work for work in works}
            try:
                for done, future in enumerate(as_completed(futures), start=1):
                    work = futures.pop(future)
                    yield work, future.result()
                    self._progress(what, done, len(works))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


def resource_of(kind: str, row: Mapping[str, Any]) -> Resource:
    """A row that was read back from the shelf, without what the provider said of it."""
    return msgspec.convert({**row, "native": {}}, KIND_BY_NAME[kind])


def refuse_blindness(coverage: Iterable[Coverage]) -> None:
    """A gathering that saw nothing is no snapshot: everything would seem to have vanished."""
    looked = [row for row in coverage if row.state is not CoverageState.SKIPPED]
    if any(row.state is CoverageState.COMPLETE or row.rows for row in looked):
        return
    reasons = list(dict.fromkeys(row.reason for row in looked if row.reason))[:REASONS_SHOWN]
    raise AskHuman(
        t(
            "Nothing could be read, so no snapshot was made. {reasons}",
            reasons=" ".join(reasons) or t("No scope was left to read."),
        ),
        next_step=t("`skywright doctor` says what is missing."),
    )


def make_snapshot(files: Sequence[ScopeFile], coverage: Sequence[Coverage], at: datetime, previous: str | None) -> Snapshot:
    """Files and coverage -> the manifest, named by its time and content. ``previous``: the id of the one before."""
    ordered = tuple(sorted(files, key=lambda file: (file.table, file.cloud, file.account, file.region, file.reader)))
    rows = tuple(sorted(coverage, key=lambda row: (row.cloud, row.account, row.region, row.kind, row.state.value, row.reason)))
    mark = digest([[file.path for file in ordered], [(row.account, row.region, row.kind, row.state) for row in rows]])
    identifier = f"snap-{at:%Y%m%dT%H%M%SZ}-{mark.removeprefix('sha256:')[:8]}"
    return Snapshot(id=identifier, taken_at=at, files=ordered, coverage=rows, previous=previous)
