"""A meter beside the clouds: what it keeps goes into the snapshot and comes back to it; what it could not read is a gap."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.loop.gather.test_gather import NOW, Clock, Shelf, Sky, take

from skywright.loop.gather import Choice, gather
from skywright.model.errors import TryAgain
from skywright.model.estate import CoverageState, ScopeFile, Snapshot, Usage
from skywright.model.history import KEPT, UsageHistory
from skywright.model.kinds import Resource
from skywright.ports.other import Measured


class Meter:
    """Watches account 1: one more block each time; ``failure`` is told along."""

    def __init__(self, failure: TryAgain | None = None) -> None:
        self.failure = failure
        self.asked: list[tuple[str, Collection[str], Sequence[UsageHistory], tuple[datetime, datetime]]] = []

    def measure(
        self,
        account: str,
        among: Collection[str],
        resources: Sequence[Resource],
        known: Sequence[UsageHistory],
        window: tuple[datetime, datetime],
    ) -> Measured | None:
        if account != "1":
            return None
        self.asked.append((account, among, known, window))
        kept = [*(known[0].kept if known else []), *[1.0] * KEPT]
        row = UsageHistory(resource=resources[0].id, part="app", metric="cpu_millis", start=NOW, kept=kept)
        used = Usage(resource=resources[0].id, metric="disk_read_ops", window_days=7, samples=168, max=9.0)
        return Measured(history=(row,), usage=(used,), failure=self.failure)


class Reading(Shelf):
    def read(self, file: ScopeFile) -> list[dict[str, Any]]:
        if file.path in self.lost:
            raise TryAgain("the disk is away")
        rows = self.kept[file.table, file.account, file.region, file.reader]
        return [{name: getattr(row, name) for name in row.__struct_fields__} for row in rows]


def once_more(shelf: Shelf, before: Snapshot, meter: Meter) -> Snapshot:
    return gather({"sky": Sky()}, shelf, before, Clock(), usage_days=14, progress=lambda *_: None, meter=meter)  # type: ignore[dict-item]


def test_what_a_meter_keeps_is_part_of_the_snapshot_and_goes_before_what_the_cloud_says_of_the_same() -> None:
    shelf, meter = Reading(), Meter()
    snapshot = take(Sky(), shelf, meter=meter)
    assert sorted((one.account, one.region) for one in snapshot.files if one.table == "history") == [("1", "north"), ("1", "south")]
    assert [row.max for row in shelf.kept["usage", "1", "north", "usage"]] == [9.0]
    assert [row.max for row in shelf.kept["usage", "2", "north", "usage"]] == [1.0]
    assert {window for *_, window in meter.asked} == {(NOW - timedelta(days=14), NOW)}


def test_what_was_kept_is_handed_back_and_kept_on() -> None:
    shelf, meter = Reading(), Meter()
    before = take(Sky(), shelf, meter=meter)
    once_more(shelf, before, meter)
    assert [len(known) for _, _, known, _ in meter.asked] == [0, 0, 1, 1]
    assert len(shelf.kept["history", "1", "north", "history"][0].kept) == 2 * KEPT


def test_history_that_cannot_be_read_back_is_asked_for_again() -> None:
    shelf, meter = Reading(), Meter()
    before = take(Sky(), shelf, meter=meter)
    shelf.lost = {file.path for file in before.files if file.table == "history"}
    once_more(shelf, before, meter)
    assert [len(known) for _, _, known, _ in meter.asked] == [0, 0, 0, 0]


def test_a_meter_that_fails_is_a_gap_beside_what_the_cloud_told() -> None:
    snapshot = take(Sky(), Reading(), meter=Meter(TryAgain("it is away")))
    rows = [(row.account, row.state, row.reason) for row in snapshot.coverage if row.kind == "usage" and row.region == "north"]
    assert sorted(rows, key=str) == sorted([
        ("1", CoverageState.COMPLETE, ""), ("1", CoverageState.of(TryAgain("")), "it is away"), ("2", CoverageState.COMPLETE, ""),
    ], key=str)  # fmt: skip


def test_a_meter_hears_of_accounts_that_are_not_read_too() -> None:
    meter = Meter()
    take(Sky(), Reading(), meter=meter, choice=Choice(accounts=("1",)))
    assert {frozenset(among) for _, among, *_ in meter.asked} == {frozenset({"1", "2", "3"})}
