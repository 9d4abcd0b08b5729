"""Many workers gather again: a scope of which its cloud says what it said before keeps its files; anything else is read as ever."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec
import pytest
from tests.loop.gather.test_places_as_before import KIND, Clock, Facts, Shelf, Sky, turn

from skywright.lab.fake import MemoryWorkflow
from skywright.loop.gather.measuring import Watch
from skywright.loop.gather.shared import GATHER, Desk, SharedGathering, answers_key
from skywright.model.errors import StoreAway
from skywright.model.estate import Coverage, CoverageState, Scope, ScopeFile, Snapshot
from skywright.ports.other import Piece, Worker


class Died(BaseException):
    """A worker's process ended."""


class Crew:
    """Does a piece when it is asked for it; when the worker dies at it, another takes it up."""

    def __init__(self) -> None:
        self.workflow = MemoryWorkflow({}, lambda _s: None)
        self.deaths = 0
        self._done: dict[str, Piece] = {}

    def ask(self, queue: str, name: str, identifier: str, *args: Any) -> None:
        while identifier not in self._done:
            try:
                self._done[identifier] = Piece(id=identifier, state="done", result=self.workflow.start(name, identifier, *args))
            except (Died, StoreAway):  # DBOS takes up again what a store that was away left unfinished
                self.deaths += 1

    def pieces(self, identifiers: Collection[str], *, results: bool = True) -> Mapping[str, Piece]:
        return {name: self._done[name] for name in identifiers}

    def workers(self) -> list[Worker]:
        return []

    def take_up(self, identifiers: Collection[str]) -> list[str]:
        return []


class Snapshots:
    def __init__(self) -> None:
        self.kept: list[Snapshot] = []

    def add(self, snapshot: Snapshot) -> None:
        self.kept.append(snapshot)

    def latest(self) -> Snapshot | None:
        return self.kept[-1] if self.kept else None

    def get(self, identifier: str) -> Snapshot | None:
        return next((one for one in self.kept if one.id == identifier), None)


class Hourly(Sky):
    usage_by_hour = True


class Team:
    """Workers that share a shelf, facts and snapshots."""

    def __init__(self) -> None:
        self.shelf, self.facts, self.snapshots, self.crew = Shelf(), Facts(), Snapshots(), Crew()
        self.turns = 0

    def turn(self, sky: Sky, hour: int = 12) -> Snapshot:
        self.turns += 1
        self.shelf.written.clear()
        desk = Desk(
            clouds=lambda: {"sky": sky},  # type: ignore[dict-item]
            shelf=self.shelf,  # type: ignore[arg-type]
            snapshots=self.snapshots,  # type: ignore[arg-type]
            facts=self.facts,  # type: ignore[arg-type]
            crew=self.crew,
            clock=Clock(hour),
            watch=Watch(None, 1),
        )
        for name, body in SharedGathering(desk).bodies().items():
            self.crew.workflow.register(name, body)
        name = f"g-{self.turns}"
        while True:
            try:
                told = self.crew.workflow.start(GATHER, name, name, {})
            except StoreAway:
                self.crew.deaths += 1
                continue
            return next(one for one in self.snapshots.kept if one.id == told["value"])


@pytest.fixture
def team() -> Team:
    made = Team()
    made.turn(Sky({"disks": "a", "images": "b"}))
    return made


def alone(sky: Sky) -> Snapshot:
    """What one process finds that knows nothing of before."""
    return turn(sky, Shelf(), Facts())


def said(snapshot: Snapshot) -> tuple[set[tuple[str, str, str]], list[tuple[str, CoverageState, int]]]:
    files = {(file.table, file.reader, file.sha256) for file in snapshot.files}
    return files, [(row.kind, row.state, row.rows) for row in snapshot.coverage]


def test_what_is_unchanged_is_neither_translated_nor_written(team: Team) -> None:
    sky = Sky({"disks": "a", "images": "b"})
    before, after = team.snapshots.kept[-1], team.turn(sky, hour=15)
    assert sky.translated == []
    assert {table for table, _ in team.shelf.written} == {"relation"}
    assert after.files == before.files
    assert {row.seen_at.hour for row in after.coverage} == {15}
    assert said(after) == said(before) == said(alone(sky))
    assert sky.measured[0] == ["disks", "images"], "usage is asked for what the files say"


def test_beside_what_changed_the_rest_is_kept(team: Team) -> None:
    sky = Sky({"disks": "a", "images": "new"})
    after = team.turn(sky)
    assert sky.translated == ["images"]
    assert said(after) == said(alone(Sky({"disks": "a", "images": "new"})))


def test_a_scope_that_cannot_be_read_now_is_unknown_whatever_was_known_of_it(team: Team) -> None:
    after = team.turn(Sky({"disks": "a", "images": "b"}, failing="images"))
    assert [file.reader for file in after.files if file.table == KIND] == ["disks"]
    assert [row.state for row in after.coverage if row.kind == KIND] == [CoverageState.COMPLETE, CoverageState.DENIED]


def test_of_a_scope_that_could_not_be_read_nothing_is_known_next_time() -> None:
    team = Team()
    team.turn(Sky({"disks": "a", "images": "b"}, failing="images"))
    assert [key.rsplit(":", 1)[1] for key in team.facts if key.startswith("gather:answers:")] == ["disks"]
    sky = Sky({"disks": "a", "images": "b"})
    after = team.turn(sky)
    assert sky.translated == ["images"]
    assert said(after) == said(alone(sky))


def lose_a_file(team: Team) -> None:
    team.shelf.lost = {file.path for file in team.snapshots.kept[-1].files if file.reader == "images"}


def lose_loose_relations(team: Team) -> None:
    kept = msgspec.json.decode(team.facts[answers_key(Scope("sky", "1", "north", "images", (KIND,)))])
    team.shelf.lost = {kept["seen"]["loose"]["path"]}


def keep_words_of_another_version(team: Team) -> None:
    team.facts[answers_key(Scope("sky", "1", "north", "images", (KIND,)))] = '{"of": "old"}'


def read_other_kinds(team: Team) -> None:
    key = answers_key(Scope("sky", "1", "north", "images", (KIND,)))
    team.facts[key] = team.facts[key].replace(f'"kinds":["{KIND}"]', '"kinds":["compute.instance"]')


@pytest.mark.parametrize("harm", [lose_a_file, lose_loose_relations, keep_words_of_another_version, read_other_kinds])
def test_what_is_not_wholly_known_is_read_anew(team: Team, harm: Callable[[Team], None]) -> None:
    harm(team)
    sky = Sky({"disks": "a", "images": "b"})
    after = team.turn(sky)
    assert sky.translated == ["images"]
    assert said(after) == said(alone(sky))


def test_usage_by_the_hour_is_asked_for_once_an_hour() -> None:
    team = Team()
    team.turn(Hourly({"disks": "a"}), hour=12)
    again, changed, later = Hourly({"disks": "a"}), Hourly({"disks": "new"}), Hourly({"disks": "new"})
    first, second = team.snapshots.kept[-1], team.turn(again, hour=12)
    assert (again.measured, second.files, second.coverage) == ([], first.files, first.coverage)
    team.turn(changed, hour=12)
    team.turn(later, hour=13)
    assert (changed.measured, later.measured) == ([["disks"]], [["disks"]])


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("death", range(5))
def test_a_worker_dies_at_any_write_and_another_takes_its_piece_up(team: Team, death: int, after_effect: bool) -> None:
    """One scope is as before, one is new: what dies with the worker is read again, and what it had kept is whole."""
    calls = 0

    def mortal(act: Callable[..., Any]) -> Callable[..., Any]:
        def do(*args: Any) -> Any:
            nonlocal calls
            calls += 1
            due = calls == death + 1
            if due and not after_effect:
                raise Died
            done = act(*args)
            if due:
                raise Died
            return done

        return do

    put = team.facts.put
    team.shelf.write = mortal(team.shelf.write)  # type: ignore[method-assign]
    guarded = mortal(put)
    team.facts.put = lambda key, value: (guarded if "answers" in key else put)(key, value)  # type: ignore[method-assign]
    changed = {"disks": "a", "images": "new"}
    assert said(team.turn(Sky(changed))) == said(alone(Sky(changed)))
    assert team.crew.deaths == (1 if death < 4 else 0), "two files, what they came to, and the place's relations"
    sky = Sky(changed)
    assert said(team.turn(sky, hour=14)) == said(alone(Sky(changed)))
    assert sky.translated == []


@pytest.mark.parametrize("moment", range(9))
def test_a_store_that_is_away_for_a_moment_costs_no_gathering(team: Team, moment: int) -> None:
    """Whatever is asked of it just then is asked again; nothing of the world becomes unknown by it."""
    calls = 0

    def away(act: Callable[..., Any]) -> Callable[..., Any]:
        def do(*args: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == moment + 1:
                raise StoreAway("The store x does not answer: gone")
            return act(*args)

        return do

    for store, names in ((team.facts, ("get", "put")), (team.snapshots, ("latest", "get", "add"))):
        for name in names:
            setattr(store, name, away(getattr(store, name)))
    changed = {"disks": "a", "images": "new"}
    assert said(team.turn(Sky(changed))) == said(alone(Sky(changed)))
    assert team.crew.deaths == 1


def test_a_place_that_a_meter_was_asked_about_is_measured_again() -> None:
    team = Team()
    first = team.turn(Hourly({"disks": "a"}))
    meter = Coverage("sky", "1", "north", "usage", CoverageState.DENIED, first.taken_at, "The meter does not answer.")
    team.snapshots.kept[-1] = msgspec.structs.replace(first, coverage=(*first.coverage, meter))
    again = Hourly({"disks": "a"})
    team.turn(again)
    assert again.measured == [["disks"]]


def test_files_of_one_reader_are_not_taken_for_anothers(team: Team) -> None:
    files: tuple[ScopeFile, ...] = team.turn(Sky({"disks": "b", "images": "a"})).files
    assert {(file.reader, file.sha256) for file in files} == {
        (file.reader, file.sha256) for file in alone(Sky({"disks": "b", "images": "a"})).files
    }
