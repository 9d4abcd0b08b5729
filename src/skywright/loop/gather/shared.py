"""Gather by many workers: a scope is a piece of work, then a place is; whoever dies, another takes the piece up.

The pieces leave files on the shelf and tell of them in their results. What comes out is what one process would have gathered: the
same files, by content. What a scope's answers came to is kept with their digest: while its cloud says the same, its files stand,
and nothing is translated or written anew.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from skywright.loop.gather.choice import Choice
from skywright.loop.gather.measuring import Asked, Told, Watch, among, hours_of, kept, told_before
from skywright.loop.gather.memory import Place
from skywright.loop.gather.stage import make_snapshot, refuse_blindness, resource_of, scopes_of
from skywright.model.errors import AskHuman
from skywright.model.estate import Coverage, Relation, Scope, ScopeFile
from skywright.model.history import UsageHistory
from skywright.model.kinds import KIND_BY_NAME, Resource
from skywright.model.outcome import opened, sealed
from skywright.model.words import t
from skywright.ports.cloud import Batch, Cloud, Unchanged, Vouching
from skywright.ports.engine import Shelf
from skywright.ports.other import Clock, Crew, Steps
from skywright.ports.store import Facts, Snapshots

GATHER, SCOPE, PLACE = "gather", "gather.scope", "gather.place"
TURNS, PIECES = "turns", "scopes"
"""Queues: of whole gatherings, and of their pieces."""

POLL_S = 0.2
WAIT_S = 5.0


class Agenda(msgspec.Struct, frozen=True, kw_only=True):
    """What one gathering has before it, fixed at its beginning."""

    at: datetime
    scopes: tuple[Scope, ...]
    coverage: tuple[Coverage, ...]
    previous: str | None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a piece brought in: files on the shelf, and how well it could look. ``loose`` are a scope's relations, which its place
    brings together with those of other scopes."""

    files: tuple[ScopeFile, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    loose: ScopeFile | None = None

    def all_files(self) -> tuple[ScopeFile, ...]:
        """Those of its place and the loose one."""
        return (*self.files, *([self.loose] if self.loose else ()))


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A place that is to be measured, and its files. ``accounts``: all that its cloud has; ``hours``: what its usage is to be
    about; ``told``: that usage, where it was told before."""

    place: Place
    files: tuple[ScopeFile, ...]
    at: datetime
    accounts: tuple[str, ...]
    hours: str
    told: Told | None


class Kept(msgspec.Struct, frozen=True):
    """What a scope brought in when its cloud's answers were these, by their digest."""

    scope: Scope
    answers: str
    seen: Seen


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What gathering is handed: ports, and how usage is measured. ``clouds`` is called when they are needed."""

    clouds: Callable[[], Mapping[str, Cloud]]
    shelf: Shelf
    snapshots: Snapshots
    facts: Facts
    crew: Crew
    clock: Clock
    watch: Watch


class SharedGathering:
    """The bodies of a gathering: one that leads, and two that are its pieces."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def bodies(self) -> Mapping[str, Callable[..., Any]]:
        """Name -> body, for workers to register."""
        return {GATHER: self.whole, SCOPE: self.scope, PLACE: self.place}

    def whole(self, steps: Steps, identifier: str, choice: dict[str, Any]) -> dict[str, Any]:
        """Lead one gathering: ask for its pieces, bring together what they saw. Gives the snapshot's id, sealed."""
        return sealed(GATHER, lambda: self._lead(steps, identifier, msgspec.convert(choice, Choice)))

    def scope(self, steps: Steps, scope: dict[str, Any]) -> Any:
        """Read one scope onto the shelf."""
        wanted = msgspec.convert(scope, Scope)
        return steps.run("read", lambda: sealed(SCOPE, lambda: self._read(wanted)))

    def place(self, steps: Steps, work: dict[str, Any]) -> Any:
        """Measure what stands in one place, and bring its relations together."""
        asked = msgspec.convert(work, Work)
        return steps.run("measure", lambda: sealed(PLACE, lambda: self._measure(asked)))

    def _lead(self, steps: Steps, identifier: str, choice: Choice) -> str:
        agenda = msgspec.convert(opened(steps.run("agenda", lambda: sealed("agenda", lambda: self._agenda(choice)))), Agenda)
        scopes = {f"{identifier}:scope:{number:06}": scope for number, scope in enumerate(agenda.scopes)}
        steps.run("ask for scopes", lambda: self._ask(SCOPE, {name: (scope,) for name, scope in scopes.items()}))
        seen = self._collected(steps, identifier, t("Reading"), scopes)
        coverage = [*agenda.coverage, *(row for one in seen for row in one.coverage)]
        refuse_blindness(coverage)
        places = _by_place(agenda.scopes, seen)
        works = {f"{identifier}:place:{number:06}": (work,) for number, work in enumerate(self._works(agenda, places, coverage))}
        steps.run("ask for places", lambda: self._ask(PLACE, works))
        measured = self._collected(steps, identifier, t("Measuring"), works)
        kept = steps.run("keep", lambda: self._keep(agenda, [*seen, *measured], coverage, measured))
        return str(kept)

    def _works(self, agenda: Agenda, places: Mapping[Place, Sequence[ScopeFile]], coverage: Sequence[Coverage]) -> Iterator[Work]:
        """A piece of work for each place, with what is known of it from the gathering before."""
        clouds, days = self._desk.clouds(), self._desk.watch.days
        accounts = {name: tuple(sorted(among(name, agenda.scopes, coverage))) for name in {place[0] for place in places}}
        hours = {place: hours_of(clouds[place[0]], days, agenda.at) for place in places}
        previous = self._desk.snapshots.get(agenda.previous) if agenda.previous else None
        known = told_before(previous, (file for files in places.values() for file in files), hours, self._desk.shelf)
        for place in sorted(places):
            yield Work(
                place=place,
                files=tuple(places[place]),
                at=agenda.at,
                accounts=accounts[place[0]],
                hours=hours[place],
                told=known.get(place),
            )

    def _agenda(self, choice: Choice) -> Agenda:
        wanted, coverage = scopes_of(self._desk.clouds(), choice)
        previous = self._desk.snapshots.latest()
        at = self._desk.clock.now()
        return Agenda(at=at, scopes=tuple(wanted), coverage=tuple(coverage), previous=previous.id if previous else None)

    def _ask(self, name: str, works: Mapping[str, tuple[Any, ...]]) -> int:
        for identifier, args in works.items():
            self._desk.crew.ask(PIECES, name, identifier, *msgspec.to_builtins(args))
        return len(works)

    def _collected(self, steps: Steps, identifier: str, what: str, works: Mapping[str, Any]) -> list[Seen]:
        """Wait for pieces; what they saw, in their order."""
        look = 0
        while not steps.run(f"{what} #{look}", lambda: self._wait(identifier, what, works)):
            look += 1  # a step of its own, so that a worker that is told to stop does not wait for the others
        done = self._desk.crew.pieces(list(works))
        return [msgspec.convert(opened(done[name].result), Seen) for name in works]

    def _wait(self, identifier: str, what: str, works: Collection[str]) -> bool:
        """Wait for a while; gives whether all are done."""
        left, said, end = set(works), -1, time.monotonic() + WAIT_S
        while left and time.monotonic() < end:
            for piece in self._desk.crew.pieces(left, results=False).values():
                if piece.state == "held":
                    raise AskHuman(piece.error, next_step=t("Mend it and gather again."))
                if piece.state == "done":
                    left.discard(piece.id)
            if (done := len(works) - len(left)) != said:
                said = done
                self._desk.facts.put(progress_key(identifier), msgspec.json.encode([what, done, len(works)]).decode())
            if left:
                time.sleep(POLL_S)
        return not left

    def _read(self, scope: Scope) -> Seen:
        """What stands in a scope. The files of answers that were given before are as good as new ones."""
        cloud, kept = self._desk.clouds()[scope.cloud], self._recall(scope)
        found = cloud.read_again(scope, kept.answers) if kept and isinstance(cloud, Vouching) else cloud.read(scope)
        if kept and isinstance(found, Unchanged):
            return kept.seen
        batch = found.batch() if isinstance(found, Unchanged) else found
        seen = self._written(scope, batch)
        if batch.answers:  # none where a call was not answered: then nothing is known for another time
            self._desk.facts.put(answers_key(scope), msgspec.json.encode(Kept(scope, batch.answers, seen)).decode())
        return seen

    def _recall(self, scope: Scope) -> Kept | None:
        """What the scope's last known answers came to, if all of it is still on the shelf."""
        told = self._desk.facts.get(answers_key(scope))
        try:
            kept = msgspec.json.decode(told, type=Kept) if told else None
        except msgspec.DecodeError:  # of another version
            return None
        if kept is None or kept.scope != scope:
            return None
        return kept if all(not file.rows or self._desk.shelf.holds(file) for file in kept.seen.all_files()) else None

    def _written(self, scope: Scope, batch: Batch) -> Seen:
        tables: dict[str, list[Resource]] = defaultdict(list)
        for row in batch.resources:
            tables[row.KIND].append(row)
        files = tuple(self._desk.shelf.write(kind, scope, rows) for kind, rows in tables.items())
        loose = self._desk.shelf.write("relation", scope, batch.relations) if batch.relations else None
        return Seen(files=files, coverage=batch.coverage, loose=loose)

    def _measure(self, work: Work) -> Seen:
        relations = self._relations(work)
        if work.told:
            known = [work.told.file] if work.told.file else []
            return Seen(files=(*known, *relations), coverage=(work.told.coverage,))
        shelf, place = self._desk.shelf, work.place
        rows = [resource_of(file.table, row) for file in work.files if file.table in KIND_BY_NAME for row in shelf.read(file)]
        asked = Asked(place=place, resources=rows, among=work.accounts, known=self._history(place), whole=work.hours)
        told = self._desk.watch.measured(self._desk.clouds()[place[0]], asked, work.at)
        return Seen(files=(*told.keep(shelf, place), *relations), coverage=tuple(told.coverage))

    def _relations(self, work: Work) -> list[ScopeFile]:
        """One file of all relations of a place, or none where there are none."""
        loose = [row for file in work.files if file.table == "relation" for row in self._desk.shelf.read(file)]
        relations: set[Relation] = {msgspec.convert(row, Relation) for row in loose}
        scope = Scope(*work.place, "relation", ("relation",))
        ordered = sorted(relations, key=_order)
        return [self._desk.shelf.write("relation", scope, ordered)] if ordered else []

    def _history(self, place: Place) -> list[UsageHistory]:
        previous = self._desk.snapshots.latest()
        files = previous.files if previous else ()
        return kept(self._desk.shelf, [file for file in files if place == (file.cloud, file.account, file.region)])

    def _keep(self, agenda: Agenda, seen: Sequence[Seen], coverage: Sequence[Coverage], measured: Sequence[Seen]) -> str:
        rows = [*coverage, *(row for one in measured for row in one.coverage)]
        stamped = [msgspec.structs.replace(row, seen_at=agenda.at) for row in rows]
        snapshot = make_snapshot([file for one in seen for file in one.files], stamped, agenda.at, agenda.previous)
        self._desk.snapshots.add(snapshot)
        return snapshot.id


def answers_key(scope: Scope) -> str:
    """Under which fact it is kept what a scope's answers came to."""
    return f"gather:answers:{scope.cloud}:{scope.account}:{scope.region}:{scope.reader}"


def progress_key(identifier: str) -> str:
    """Under which fact a gathering tells how far it is."""
    return f"progress:{identifier}"


def _by_place(scopes: Sequence[Scope], seen: Sequence[Seen]) -> dict[Place, list[ScopeFile]]:
    """The files of every place that was looked at."""
    places: dict[Place, list[ScopeFile]] = {(scope.cloud, scope.account, scope.region): [] for scope in scopes}
    for one in seen:
        for file in one.all_files():
            places[file.cloud, file.account, file.region].append(file)
    return places


def _order(one: Relation) -> tuple[str, str, str]:
    return (one.source, one.verb.value, one.target)
