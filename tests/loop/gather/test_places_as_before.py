"""A place of which the clouds say what they said before keeps its files; anything else is read as ever."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
import pytest

from skywright.loop.gather import gather
from skywright.loop.gather.memory import ANSWERS
from skywright.model.estate import Coverage, CoverageState, Relation, Scope, ScopeFile, Snapshot, Usage, Verb
from skywright.model.kinds import Resource, resource_id
from skywright.model.kinds.storage import Volume
from skywright.ports.cloud import Batch, Unchanged

KIND = Volume.KIND


class Clock:
    def __init__(self, hour: int) -> None:
        self.hour = hour

    def now(self) -> datetime:
        return datetime(2026, 7, 1, self.hour)

    def sleep(self, seconds: float) -> None:
        raise AssertionError("gather does not wait")


class Facts(dict[str, str]):
    def put(self, key: str, value: str) -> None:
        self[key] = value


class Shelf:
    def __init__(self) -> None:
        self.kept: dict[str, list[Any]] = {}
        self.written: list[tuple[str, str]] = []
        self.lost: set[str] = set()

    def write(self, table: str, scope: Scope, rows: Sequence[msgspec.Struct]) -> ScopeFile:
        path = f"{table}-{hash(tuple(map(repr, rows)))}"
        self.kept[path] = list(rows)
        self.written.append((table, scope.reader))
        return ScopeFile(table, scope.cloud, scope.account, scope.region, scope.reader, path, path, len(rows))

    def read(self, file: ScopeFile) -> list[dict[str, Any]]:
        return [msgspec.structs.asdict(row) for row in self.kept[file.path]]

    def holds(self, file: ScopeFile) -> bool:
        return file.path not in self.lost


class Sky:
    """One place with two readers; ``answers`` are what each says now, ``failing`` has a gap."""

    name = "sky"

    def __init__(self, answers: dict[str, str], failing: str = "") -> None:
        self.answers = answers
        self.failing = failing
        self.translated: list[str] = []
        self.measured: list[list[str]] = []

    def scopes(self) -> tuple[list[Scope], list[Coverage]]:
        return [Scope("sky", "1", "north", reader, (KIND,)) for reader in self.answers], []

    def read(self, scope: Scope) -> Batch:
        self.translated.append(scope.reader)
        bad = scope.reader == self.failing
        identifier = resource_id("sky", "1", "north", KIND, scope.reader)
        row = Volume(
            id=identifier, cloud="sky", account="1", region="north", native_id=scope.reader, name=self.answers[scope.reader]
        )
        state = CoverageState.DENIED if bad else CoverageState.COMPLETE
        coverage = Coverage("sky", "1", "north", KIND, state, datetime(2026, 1, 1), "no" if bad else "", int(not bad))
        relations = (Relation(identifier, Verb.IN, "z"),)
        rows = ((), (), (coverage,)) if bad else ((row,), relations, (coverage,))
        return Batch(*rows, answers="" if bad else self.answers[scope.reader])

    def read_again(self, scope: Scope, answers: str) -> Batch | Unchanged:
        if answers == self.answers[scope.reader] and scope.reader != self.failing:
            return Unchanged(answers, lambda: self.read(scope))
        return self.read(scope)

    def usage(self, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
        self.measured.append(sorted(row.native_id for row in resources))
        return iter(())


def turn(sky: Sky, shelf: Shelf, facts: Facts, before: Snapshot | None = None, hour: int = 12) -> Snapshot:
    return gather({"sky": sky}, shelf, before, Clock(hour), usage_days=1, progress=lambda *_: None, facts=facts)  # type: ignore[dict-item,arg-type]


@pytest.fixture
def known() -> tuple[Shelf, Facts, Snapshot]:
    shelf, facts = Shelf(), Facts()
    before = turn(Sky({"disks": "a", "images": "b"}), shelf, facts)
    shelf.written.clear()
    return shelf, facts, before


def test_an_unchanged_place_is_neither_translated_nor_written(known: tuple[Shelf, Facts, Snapshot]) -> None:
    shelf, facts, before = known
    sky = Sky({"disks": "a", "images": "b"})
    after = turn(sky, shelf, facts, before, hour=15)
    assert (sky.translated, shelf.written) == ([], [])
    assert after.files == before.files
    assert {row.seen_at for row in after.coverage} == {datetime(2026, 7, 1, 15)}
    assert [(row.kind, row.state, row.rows) for row in after.coverage] == [
        (row.kind, row.state, row.rows) for row in before.coverage
    ]
    assert sky.measured == [["disks", "images"]], "usage is asked for what the files say"


def test_what_was_the_same_twice_is_known_the_third_time(known: tuple[Shelf, Facts, Snapshot]) -> None:
    shelf, facts, before = known
    second = turn(Sky({"disks": "a", "images": "b"}), shelf, facts, before, hour=13)
    sky = Sky({"disks": "a", "images": "b"})
    turn(sky, shelf, facts, second, hour=14)
    assert sky.translated == []


@pytest.mark.parametrize(
    "answers",
    [{"disks": "a", "images": "new"}, {"disks": "a"}, {"disks": "a", "images": "b", "shares": "c"}],
    ids=["another answer", "a reader less", "a reader more"],
)
def test_a_place_with_any_change_is_read_whole(known: tuple[Shelf, Facts, Snapshot], answers: dict[str, str]) -> None:
    shelf, facts, before = known
    sky = Sky(answers)
    after = turn(sky, shelf, facts, before)
    assert sorted(sky.translated) == sorted(answers)
    fresh = turn(Sky(answers), Shelf(), Facts())
    assert after.files == fresh.files
    assert after.coverage == fresh.coverage


def test_a_failure_is_a_gap_and_nothing_of_before_stands_in_for_it(known: tuple[Shelf, Facts, Snapshot]) -> None:
    shelf, facts, before = known
    after = turn(Sky({"disks": "a", "images": "b"}, failing="images"), shelf, facts, before)
    assert [file.reader for file in after.files if file.table == KIND] == ["disks"]
    assert [row.state for row in after.gaps()] == [CoverageState.DENIED]
    sky = Sky({"disks": "a", "images": "b"})
    turn(sky, shelf, facts, after)
    assert sorted(sky.translated) == ["disks", "images"], "what was not seen whole is not known"


@pytest.mark.parametrize("spoil", ["file", "facts", "other snapshot", "garbled"])
def test_without_its_files_or_its_answers_a_place_is_read_as_ever(known: tuple[Shelf, Facts, Snapshot], spoil: str) -> None:
    shelf, facts, before = known
    match spoil:
        case "file":
            shelf.lost.add(next(file.path for file in before.files if file.table == "relation"))
        case "facts":
            facts.clear()
        case "garbled":
            facts[ANSWERS] = '{"snapshot": 1}'
        case _:
            before = msgspec.structs.replace(before, id="snap-of-somebody-else")
    sky = Sky({"disks": "a", "images": "b"})
    assert turn(sky, shelf, facts, before).files == known[2].files
    assert sorted(sky.translated) == ["disks", "images"]
