"""The contract of ports/store.py."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from skywright.model.chain import GENESIS, entry_hash, link_flaw
from skywright.model.errors import BadInput
from skywright.model.estate import Coverage, CoverageState, ScopeFile, Snapshot
from skywright.model.finding import Waiver
from skywright.model.plan import Plan, Signature, SignedPlan
from skywright.model.run import LogEntry, Run, RunState, StepRecord
from skywright.ports.store import Store

NOON = datetime(2026, 3, 1, 12)
SIGNATURE = Signature(key="a2V5", value="c2ln")


def snapshot(name: str, hour: int = 0) -> Snapshot:
    file = ScopeFile("compute.instance", "aws", "1", "eu-west-1", "ec2", "a/b.parquet", "sha256:0", 3)
    gap = Coverage("aws", "1", "eu-west-1", "storage.bucket", CoverageState.DENIED, NOON, "no")
    return Snapshot(id=name, taken_at=NOON + timedelta(hours=hour), files=(file,), coverage=(gap,))


def run(name: str, hour: int = 0, state: RunState = RunState.RUNNING) -> Run:
    return Run(
        id=name, plan_hash="sha256:1", plan_id="p", state=state, started_at=NOON + timedelta(hours=hour), by="someone", waves=2
    )


def record(change: str, index: int, *, undo: bool = False, outcome: str = "done") -> StepRecord:
    return StepRecord(
        change=change, index=index, name="ec2:Stop", undo=undo, at=NOON, outcome=outcome, result={"previous": [1, "é"]}
    )


def line(what: str, **details: object) -> LogEntry:
    return LogEntry(seq=0, at=NOON, who="someone", what=what, why="because", details=details)


def test_snapshots_come_back_as_they_were(store: Store, opener: Callable[[], Store]) -> None:
    store.snapshots.add(snapshot("s1"))
    assert opener().snapshots.get("s1") == snapshot("s1")


def test_the_latest_snapshot_is_the_newest_not_after_the_time(store: Store) -> None:
    assert store.snapshots.latest() is None
    for name, hour in (("s2", 2), ("s1", 1), ("s3", 3)):
        store.snapshots.add(snapshot(name, hour))
    assert [one.id for one in store.snapshots.all()] == ["s1", "s2", "s3"]
    assert store.snapshots.latest() == snapshot("s3", 3)
    assert store.snapshots.latest(NOON + timedelta(hours=2)) == snapshot("s2", 2)
    assert store.snapshots.latest(NOON) is None


def test_a_snapshot_added_twice_is_one_and_the_first(store: Store) -> None:
    store.snapshots.add(snapshot("s1", 1))
    store.snapshots.add(snapshot("s1", 5))
    assert store.snapshots.all() == [snapshot("s1", 1)]


def test_ids_are_found_by_an_unambiguous_beginning(store: Store) -> None:
    for name in ("20260301-a", "20260301-b", "20260302%"):
        store.snapshots.add(snapshot(name))
    assert store.snapshots.get("20260302") == snapshot("20260302%")
    assert store.snapshots.get("2026%") is None
    assert store.snapshots.get("nothing") is None
    assert store.snapshots.get("") is None
    with pytest.raises(BadInput) as caught:
        store.snapshots.get("20260301")
    assert str(caught.value) == "Several ids of a snapshot begin with 20260301: 20260301-a, 20260301-b... Give more of it."


def test_dropped_snapshots_are_forgotten(store: Store) -> None:
    store.snapshots.add(snapshot("s1"))
    store.snapshots.add(snapshot("s2"))
    store.snapshots.drop(["s1", "never there"])
    assert store.snapshots.all() == [snapshot("s2")]


def test_plans_are_kept_by_hash(store: Store) -> None:
    plan = SignedPlan(Plan(id="p", created_at=NOON, snapshot="s", changes=()), "sha256:1", SIGNATURE)
    store.runs.keep_plan(plan)
    store.runs.keep_plan(plan)
    assert store.runs.plan("sha256:1") == plan
    assert store.runs.plan("sha256:2") is None


def test_runs_are_replaced_and_listed_newest_first(store: Store) -> None:
    store.runs.save(run("r1", 1))
    store.runs.save(run("r2", 2))
    store.runs.save(run("r1", 1, RunState.DONE))
    assert store.runs.all() == [run("r2", 2), run("r1", 1, RunState.DONE)]
    assert store.runs.get("r1") == run("r1", 1, RunState.DONE)
    with pytest.raises(BadInput):
        store.runs.get("r")


def test_step_records_keep_their_order_and_the_first_word(store: Store) -> None:
    kept = [record("c1", 0), record("c1", 1), record("c1", 1, undo=True), record("c2", 0)]
    for step in kept:
        store.runs.record("r1", step)
    store.runs.record("r1", record("c1", 0, outcome="done again"))
    store.runs.record("r2", record("c1", 0))
    assert store.runs.records("r1") == kept
    assert store.runs.records("nobody") == []


def test_targets_are_claimed_all_or_none(store: Store) -> None:
    until = NOON + timedelta(hours=1)
    assert store.runs.claim("r1", ["a", "b"], until) == []
    assert store.runs.claim("r2", ["c", "b"], until) == [("b", "r1")]
    assert store.runs.claim("r3", ["c"], until) == []
    assert store.runs.claim("r1", ["a", "b"], until) == []  # its own: renewed
    store.runs.release("r1")
    assert store.runs.claim("r2", ["a", "b"], until) == []


def test_a_claim_runs_out(store: Store, watch) -> None:
    store.runs.claim("r1", ["a"], NOON + timedelta(seconds=60))
    watch.pass_by(59)
    assert store.runs.claim("r2", ["a"], NOON + timedelta(hours=1)) == [("a", "r1")]
    watch.pass_by(1)
    assert store.runs.claim("r2", ["a"], NOON + timedelta(hours=1)) == []


def test_thousands_of_targets_are_claimed(store: Store) -> None:
    targets = [f"aws:1:eu-west-1:compute.instance/i-{number}" for number in range(2_500)]
    until = NOON + timedelta(hours=1)
    assert store.runs.claim("r1", targets, until) == []
    assert len(store.runs.claim("r2", targets, until)) == 2_500


def test_of_two_that_claim_at_once_one_wins(opener: Callable[[], Store]) -> None:
    stores = [opener() for _ in range(6)]
    stores[0].facts.put("made", "yes")
    start = threading.Barrier(len(stores))
    refused: list[int] = []

    def claim(number: int) -> None:
        start.wait()
        if stores[number].runs.claim(f"r{number}", ["a", "b"], NOON + timedelta(hours=1)):
            refused.append(number)

    together(claim, len(stores))
    assert len(refused) == len(stores) - 1


def test_words_for_runs(store: Store) -> None:
    assert store.runs.commanded("r1") is None
    store.runs.command("r1", "pause")
    store.runs.command("r1", "abort")
    assert store.runs.commanded("r1") == "abort"
    store.runs.command("r1", None)
    assert store.runs.commanded("r1") is None


def test_log_lines_are_chained(store: Store, opener: Callable[[], Store]) -> None:
    first = store.log.append(line("one", count=1, text="Ünïcode ⚙"))
    second = opener().log.append(line("two"))
    assert (first.seq, first.previous, first.hash) == (1, GENESIS, entry_hash(first))
    assert (second.seq, second.previous, second.hash) == (2, first.hash, entry_hash(second))
    assert store.log.entries() == [first, second]
    assert store.log.entries(since=2) == [second]
    assert store.log.entries(limit=1) == [first]


def test_many_writers_make_one_chain(opener: Callable[[], Store]) -> None:
    stores = [opener() for _ in range(4)]
    stores[0].facts.put("made", "yes")
    together(lambda number: [stores[number].log.append(line(f"{number}")) for _ in range(15)], len(stores))
    lines = stores[0].log.entries()
    assert [entry.seq for entry in lines] == list(range(1, 61))
    assert [link_flaw(before, after) for before, after in zip([None, *lines], lines, strict=False)] == [""] * 60


def test_checkpoints(store: Store) -> None:
    store.log.checkpoint(7, "sha256:7", SIGNATURE, NOON)
    store.log.checkpoint(3, "sha256:3", SIGNATURE, NOON)
    assert store.log.checkpoints() == [(3, "sha256:3", SIGNATURE, NOON), (7, "sha256:7", SIGNATURE, NOON)]


def test_waivers(store: Store) -> None:
    waiver = Waiver(
        id="w1", rule="r", resource="aws:*", owner="platform", reason="known", expires=date(2026, 6, 1), created_at=NOON
    )
    store.waivers.add(waiver)
    assert store.waivers.all() == [waiver]
    assert store.waivers.remove("w1") is True
    assert store.waivers.remove("w1") is False
    assert store.waivers.all() == []


def test_facts(store: Store) -> None:
    assert store.facts.get("last") is None
    store.facts.put("last", "1")
    store.facts.put("last", "2")
    assert store.facts.get("last") == "2"


def test_opened_by_many_at_first_use(opener: Callable[[], Store]) -> None:
    stores = [opener() for _ in range(6)]
    together(lambda number: stores[number].facts.put(f"k{number}", "v"), len(stores))
    assert [stores[0].facts.get(f"k{number}") for number in range(6)] == ["v"] * 6


def together(act: Callable[[int], object], count: int) -> None:
    """Run ``act`` in ``count`` threads; the first fault is raised here."""
    faults: list[BaseException] = []

    def one(number: int) -> None:
        try:
            act(number)
        except BaseException as fault:  # noqa: BLE001 - handed to the caller below
            faults.append(fault)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
