"""Gather over clouds and a shelf laid out by the test."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from skywright.loop.gather import Choice, gather
from skywright.model.errors import AskHuman, Denied
from skywright.model.estate import Coverage, CoverageState, Relation, Scope, ScopeFile, Snapshot, Usage, Verb
from skywright.model.kinds import Resource, resource_id
from skywright.model.kinds.storage import Volume
from skywright.ports.cloud import Batch

NOW = datetime(2026, 7, 1, 12)
EARLIER = datetime(2026, 6, 30)
KIND = Volume.KIND


class Clock:
    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        raise AssertionError("gather does not wait")


class Shelf:
    """Keeps the rows; the same content has the same path."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str, str], list[Any]] = {}
        self.lost: set[str] = set()

    def write(self, table: str, scope: Scope, rows: Sequence[msgspec.Struct]) -> ScopeFile:
        self.kept[table, scope.account, scope.region, scope.reader] = list(rows)
        path = f"{table}-{hash(tuple(map(repr, rows)))}"
        return ScopeFile(table, scope.cloud, scope.account, scope.region, scope.reader, path, path, len(rows))

    def holds(self, file: ScopeFile) -> bool:
        return file.path not in self.lost

    def sweep(self, keep: frozenset[str], older_than_s: float) -> int:
        return 0


class Sky:
    """A cloud of two accounts in two regions, with one volume each; ``failing`` scopes answer with a gap."""

    name = "sky"

    def __init__(self, *, failing: dict[tuple[str, str], CoverageState] | None = None, usage: Exception | None = None) -> None:
        self.failing = failing or {}
        self.usage_error = usage
        self.measured: list[tuple[int, datetime, datetime]] = []

    def scopes(self) -> tuple[list[Scope], list[Coverage]]:
        places = [(account, region) for account in ("1", "2") for region in ("north", "south")]
        scopes = [Scope("sky", *place, "volumes", (KIND,)) for place in places]
        lost = Coverage("sky", "3", "*", "*", CoverageState.DENIED, EARLIER, "no way in")
        return scopes, [lost]

    def read(self, scope: Scope) -> Batch:
        state = self.failing.get((scope.account, scope.region), CoverageState.COMPLETE)
        found = state is CoverageState.COMPLETE
        identifier = resource_id("sky", scope.account, scope.region, KIND, "v")
        row = Volume(
            id=identifier, cloud="sky", account=scope.account, region=scope.region, native_id="v", native={"big": "answer"}
        )
        reason = "" if found else f"{state.value} there"
        coverage = Coverage("sky", scope.account, scope.region, KIND, state, EARLIER, reason, int(found))
        relations = (Relation(identifier, Verb.IN, "z"), Relation(identifier, Verb.IN, "a"))
        return Batch((row,) if found else (), relations if found else (), (coverage,))

    def usage(self, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
        assert all(row.native == {} for row in resources)
        self.measured.append((len(resources), since, until))
        if self.usage_error:
            raise self.usage_error
        for row in resources:
            yield Usage(resource=row.id, metric="disk_read_ops", window_days=14, samples=1, max=1.0)


def take(sky: Sky, shelf: Shelf | None = None, **more: Any) -> Snapshot:
    return gather({"sky": sky}, shelf or Shelf(), None, Clock(), usage_days=14, progress=lambda *_: None, **more)  # type: ignore[dict-item]


def test_everything_that_was_read_is_on_the_shelf_and_in_the_manifest() -> None:
    shelf = Shelf()
    snapshot = take(Sky(), shelf)
    tables = sorted((file.table, file.account, file.region) for file in snapshot.files)
    places = [("1", "north"), ("1", "south"), ("2", "north"), ("2", "south")]
    assert tables == [(table, *place) for table in ("relation", KIND, "usage") for place in places]
    assert snapshot.taken_at == NOW
    assert snapshot.id.startswith("snap-20260701T120000Z-")


def test_relations_are_written_in_order_so_that_unchanged_ones_are_the_same_file() -> None:
    shelf = Shelf()
    take(Sky(), shelf)
    assert [relation.target for relation in shelf.kept["relation", "1", "north", "relation"]] == ["a", "z"]


def test_all_coverage_carries_the_snapshots_time() -> None:
    snapshot = take(Sky(), choice=Choice(regions=("north",)))
    assert {row.seen_at for row in snapshot.coverage} == {NOW}


def test_an_unchanged_estate_gives_the_same_id_at_the_same_time_and_another_after_a_change() -> None:
    same = {take(Sky()).id for _ in range(3)}
    assert len(same) == 1
    assert take(Sky(failing={("1", "north"): CoverageState.DENIED})).id not in same


def test_a_scope_that_fails_is_a_gap_and_the_rest_is_there() -> None:
    snapshot = take(Sky(failing={("1", "north"): CoverageState.THROTTLED, ("2", "south"): CoverageState.DENIED}))
    gaps = {(row.account, row.region, row.kind, row.state, row.reason) for row in snapshot.gaps()}
    assert gaps == {
        ("1", "north", KIND, CoverageState.THROTTLED, "throttled there"),
        ("2", "south", KIND, CoverageState.DENIED, "denied there"),
        ("3", "*", "*", CoverageState.DENIED, "no way in"),
    }
    assert sum(file.rows for file in snapshot.files if file.table == KIND) == 2


def test_nothing_read_at_all_is_no_snapshot() -> None:
    everywhere = {(account, region): CoverageState.DENIED for account in ("1", "2") for region in ("north", "south")}
    shelf = Shelf()
    with pytest.raises(AskHuman) as caught:
        take(Sky(failing=everywhere), shelf)
    assert str(caught.value) == (
        "Nothing could be read, so no snapshot was made. no way in denied there `skywright doctor` says what is missing."
    )
    assert shelf.kept == {}


def test_narrowing_that_leaves_nothing_is_no_snapshot() -> None:
    with pytest.raises(AskHuman, match="no way in"):
        take(Sky(), choice=Choice(regions=("nowhere",)))


def test_what_is_left_out_is_recorded_as_skipped() -> None:
    snapshot = take(Sky(), choice=Choice(accounts=("1",), regions=("n*",)))
    skipped = {(row.account, row.region, row.reason) for row in snapshot.coverage if row.state is CoverageState.SKIPPED}
    assert skipped == {
        ("1", "south", "Left out by --region."),
        ("2", "north", "Left out by --account."),
        ("2", "south", "Left out by --account."),
    }


def test_what_is_global_is_read_with_any_region() -> None:
    assert Choice(regions=("eu-*",)).takes(Scope("aws", "1", "global", "users", ("identity.user",)))


def test_usage_is_asked_by_place_over_the_whole_window() -> None:
    sky = Sky()
    take(sky)
    assert sky.measured == [(1, datetime(2026, 6, 17, 12), NOW)] * 4


def test_usage_that_cannot_be_read_is_a_gap_of_its_own() -> None:
    snapshot = take(Sky(usage=Denied("no metrics")))
    gaps = [(row.kind, row.state, row.reason) for row in snapshot.gaps() if row.kind == "usage"]
    assert gaps == [("usage", CoverageState.DENIED, "no metrics")] * 4
    assert not [file for file in snapshot.files if file.table == "usage"]


def test_a_full_disk_ends_the_gathering() -> None:
    class Full(Shelf):
        def write(self, table: str, scope: Scope, rows: Sequence[msgspec.Struct]) -> ScopeFile:
            raise AskHuman("The disk is full.")

    with pytest.raises(AskHuman, match=r"The disk is full\."):
        take(Sky(), Full())


def test_progress_counts_to_the_end() -> None:
    seen: list[tuple[str, int, int]] = []
    gather({"sky": Sky()}, Shelf(), None, Clock(), usage_days=14, progress=lambda *step: seen.append(step))  # type: ignore[dict-item]
    assert seen == [(what, done, 4) for what in ("Reading", "Measuring") for done in (1, 2, 3, 4)]


def test_the_snapshot_before_is_named() -> None:
    before = Snapshot(id="snap-before", taken_at=EARLIER)
    after = gather({"sky": Sky()}, Shelf(), before, Clock(), usage_days=14, progress=lambda *_: None)  # type: ignore[dict-item]
    assert after.previous == "snap-before"


class HourlySky(Sky):
    """Its usage is of whole hours; ``grown`` is the size of its volumes."""

    usage_by_hour = True
    grown = 1

    def read(self, scope: Scope) -> Batch:
        batch = super().read(scope)
        return Batch(
            tuple(msgspec.structs.replace(row, size_gib=self.grown) for row in batch.resources), batch.relations, batch.coverage
        )


class LaterClock(Clock):
    def __init__(self, minutes: int) -> None:
        self.minutes = minutes

    def now(self) -> datetime:
        return NOW + timedelta(minutes=self.minutes)


def once_more(sky: Sky, shelf: Shelf, before: Snapshot, minutes: int = 59, days: int = 14) -> Snapshot:
    sky.measured.clear()
    return gather({"sky": sky}, shelf, before, LaterClock(minutes), usage_days=days, progress=lambda *_: None)  # type: ignore[dict-item]


def usage_of(snapshot: Snapshot) -> list[ScopeFile]:
    return [file for file in snapshot.files if file.table == "usage"]


def test_usage_of_whole_hours_is_asked_once_an_hour_while_nothing_changes() -> None:
    sky, shelf = HourlySky(), Shelf()
    before = take(sky, shelf)
    after = once_more(sky, shelf, before)
    assert sky.measured == []
    assert usage_of(after) == usage_of(before) != []
    rows = [row for row in after.coverage if row.kind == "usage"]
    assert {(row.state, row.rows, row.seen_at) for row in rows} == {(CoverageState.COMPLETE, 1, NOW + timedelta(minutes=59))}
    assert {row.reason for row in rows} == {"The hours of 14 days until 2026-07-01 12:00."}


@pytest.mark.parametrize(
    ("minutes", "days", "grown", "lost", "asked"),
    [
        (59, 14, 1, False, 0),
        (60, 14, 1, False, 4),  # another hour is over
        (59, 7, 1, False, 4),  # another window
        (59, 14, 2, False, 4),  # other resources
        (59, 14, 1, True, 4),  # the file is gone or cut short
    ],
)
def test_usage_is_asked_again_when_it_could_be_another(minutes: int, days: int, grown: int, lost: bool, asked: int) -> None:
    sky, shelf = HourlySky(), Shelf()
    before = take(sky, shelf)
    sky.grown = grown
    shelf.lost = {file.path for file in usage_of(before)} if lost else set()
    after = once_more(sky, shelf, before, minutes, days)
    assert len(sky.measured) == asked
    assert len(usage_of(after)) == 4


def test_usage_of_moments_and_usage_that_failed_are_asked_again() -> None:
    for sky in (Sky(), HourlySky(usage=Denied("no metrics"))):
        shelf = Shelf()
        before = take(sky, shelf)
        sky.usage_error = None
        after = once_more(sky, shelf, before)
        assert len(sky.measured) == 4
        assert len(usage_of(after)) == 4
