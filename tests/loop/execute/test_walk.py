"""What a run tells while it goes on, what it writes down, and how it holds, waits and gives back."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.sim.office import NOON, Office, delete, instance, resource, signed, states, update, volume

from skywright.lab.fake import MemoryWorkflow
from skywright.loop.execute import Executor, Rooms
from skywright.model.money import Money
from skywright.model.run import ChangeState, Proof, Run, RunState

APPLIED, VERIFIED, UNDONE = ChangeState.APPLIED, ChangeState.VERIFIED, ChangeState.UNDONE
SKIPPED, STUCK = ChangeState.SKIPPED, ChangeState.STUCK
V, W = volume("v"), volume("w")
GP3_V, GP3_W = update(V, type="gp3"), update(W, type="gp3")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, instance("a"), V, W)


def execute_in(office: Office, rooms: Rooms, *changes: Any, **options: Any) -> Run:
    plan = signed(*changes)
    workflow = MemoryWorkflow(office.memory, office.clock.sleep)
    return Executor(rooms, workflow).execute(plan, office.order(plan, **options))


def judging(office: Office, **judgements: Callable[..., Any]) -> Rooms:
    rooms = office.rooms()
    return dataclasses.replace(rooms, checks=dataclasses.replace(rooms.checks, **judgements))


class At:
    """Does something at one place of a run."""

    def __init__(self, place: tuple[int, int, str], act: Callable[[], object]) -> None:
        self.place, self.act = place, act

    def at(self, *place: Any) -> None:
        if place == self.place:
            self.act()


# --- what is told


def test_a_good_run_tells_what_it_does(office: Office) -> None:
    office.execute(GP3_V, update(W, type="gp3", wave=1))
    assert office.told == [
        "Begun.",
        "c-v is being done.",
        "c-v is applied.",
        "Wave 1 is proven.",
        "c-w is being done.",
        "c-w is applied.",
        "Wave 2 is proven.",
        "Done.",
    ]


def test_whoever_watches_sees_where_each_change_stands(office: Office) -> None:
    seen: list[tuple[str, int, list[str]]] = []

    def tell(run: Run, text: str) -> None:
        seen.append((run.state.value, run.wave, [result.state.value for result in run.results]))

    execute_in(office, dataclasses.replace(office.rooms(), tell=tell), GP3_V, update(W, type="gp3", wave=1))
    assert seen == [
        ("running", 0, ["pending", "pending"]),
        ("running", 0, ["doing", "pending"]),
        ("running", 0, ["applied", "pending"]),
        ("running", 0, ["verified", "pending"]),
        ("running", 1, ["verified", "doing"]),
        ("running", 1, ["verified", "applied"]),
        ("running", 1, ["verified", "verified"]),
        ("done", 1, ["verified", "verified"]),
    ]


def test_a_failing_run_tells_what_it_undoes(office: Office) -> None:
    office.faults.fail_always(f"fake:Set type {W.id}", "AskHuman")
    office.execute(GP3_V, GP3_W)
    said = f"fake:Set type {W.id} was refused. Grant the permission."
    assert office.told[3:] == ["c-w is being done.", said, "c-v is undone.", said]


def test_the_log_says_who_why_and_how_it_ended(office: Office) -> None:
    office.execute(GP3_V, approvals=("ann", "bob"))
    whys = [(what, why) for what, _, why, _ in office.lines]
    assert whys == [
        ("run.started", "Begun."),
        ("change.applied", "c-v is applied."),
        ("change.verified", "Wave 1 is proven."),
        ("run.ended", "Done."),
    ]
    started, ended = office.lines[0][3], office.lines[-1][3]
    assert started == {"run": "run-1", "approvals": ("ann", "bob"), "by": "someone"}
    assert ended == {"run": "run-1", "state": "done"}


def test_a_pause_is_told_and_its_end(office: Office) -> None:
    office.store.runs.command("run-1", "pause")
    seen: list[tuple[str, str]] = []
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        office.store.runs.command("run-1", "resume")

    office.clock.sleep = sleep
    rooms = dataclasses.replace(office.rooms(), tell=lambda run, text: seen.append((run.state.value, text)))
    execute_in(office, rooms, GP3_V)
    assert seen[:4] == [
        ("running", "Begun."),
        ("paused", "Paused by hand."),
        ("running", "Taken up again."),
        ("running", "c-v is being done."),
    ]
    assert slept == [1.0]
    assert office.store.runs.commanded("run-1") is None


def test_a_paused_run_can_be_stopped(office: Office) -> None:
    office.store.runs.command("run-1", "pause")
    office.clock.sleep = lambda _: office.store.runs.command("run-1", "abort")
    run = office.execute(GP3_V)
    assert (run.state, run.reason) == (RunState.ABORTED, "Stopped by hand.")
    assert (run.results[0].state, run.results[0].reason) == (SKIPPED, "The run ended before it began.")
    assert office.store.runs.commanded("run-1") is None


# --- what is held and given back


def test_targets_are_held_for_a_day(office: Office) -> None:
    claims: list[Any] = []
    rooms = office.rooms()
    claim = rooms.runs.claim
    rooms.runs.claim = lambda *asked: claims.append(asked) or claim(*asked)
    execute_in(office, rooms, GP3_V, GP3_W)
    assert claims == [("run-1", [V.id, W.id], NOON + timedelta(hours=24))]


def test_a_run_that_is_refused_ends_there(office: Office) -> None:
    office.store.runs.claim("run-0", [W.id], NOON + timedelta(hours=1))
    run = office.execute(GP3_V, GP3_W)
    assert states(run) == {"c-v": SKIPPED, "c-w": SKIPPED}
    assert {result.reason for result in run.results} == {"The run ended before it began."}
    assert [what for what, *_ in office.lines] == ["run.ended"]
    assert run.ended_at == NOON


def test_the_steps_of_a_run_keep_their_names(office: Office) -> None:
    """A run in hand is taken up by these names: a version that spells them otherwise cannot go on with it."""
    office.execute(GP3_V, soak_s=5)
    assert [name for name, _ in office.memory["run-1"].steps] == [
        "claim",
        "wave 0 look",
        "c-v word",
        "c-v 0 fake:Set type #1",
        "c-v settled",
        "wave 0 prove #1",
        "sleep",
        "wave 0 prove after soak #1",
        "wave 0 settled",
        "end",
    ]


def test_a_wave_of_which_nothing_was_applied_is_not_proven(office: Office) -> None:
    office.world.put(volume("v", size_gib=7))
    office.execute(GP3_V)
    assert [name for name, _ in office.memory["run-1"].steps] == ["claim", "wave 0 look", "c-v word", "c-v settled", "end"]
    assert office.told == ["Begun.", "c-v is being done.", f"{V.id} has moved.", "1 change was skipped. Plan again."]


def test_the_last_look_is_had_on_the_plan_and_the_changes_of_the_wave(office: Office) -> None:
    asked: list[Any] = []

    def recheck(plan: Any, changes: Any, fresh: Any) -> dict[str, str]:
        asked.append((plan.id, [one.id for one in changes], sorted(fresh)))
        return {}

    execute_in(office, judging(office, recheck=recheck), GP3_V, update(W, type="gp3", wave=1))
    assert asked == [("plan-1", ["c-v"], [V.id]), ("plan-1", ["c-w"], [W.id])]


def test_what_a_change_leans_on_may_have_been_left_out_of_the_run(office: Office) -> None:
    run = office.execute(update(V, type="gp3", depends_on=("c-gone",)))
    assert states(run) == {"c-v": VERIFIED}


def test_the_steps_of_a_way_back_keep_their_names(office: Office) -> None:
    run = office.execute(GP3_V)
    office.rollback(run)
    assert [name for name, _ in office.memory["run-2"].steps] == [
        "choose",
        "claim",
        "records",
        "c-v 0 undo fake:Set type #1",
        "c-v unwound settled",
        "undone prove #1",
        "end",
    ]


# --- the gate


def test_a_world_that_is_slow_to_show_is_looked_at_again(office: Office) -> None:
    shown = [False, False, True]

    def slow(changes: Any, fresh: Any, *, back: bool = False) -> list[Proof]:
        missing = "" if (shown.pop(0) if shown else True) else "Not yet."
        return [Proof(change=one.id, target=one.target, missing=missing) for one in changes]

    run = execute_in(office, judging(office, prove=slow), GP3_V)
    assert run.state is RunState.DONE
    assert office.clock.slept == [2.0, 4.0]


def test_a_world_that_never_shows_is_given_up_after_the_tries_with_pauses_of_half_a_minute_at_most(office: Office) -> None:
    def never(changes: Any, fresh: Any, *, back: bool = False) -> list[Proof]:
        return [Proof(change=one.id, target=one.target, missing="" if back else "Not yet.") for one in changes]

    run = execute_in(office, judging(office, prove=never), GP3_V, attempts=7)
    assert (run.state, run.reason) == (RunState.ROLLED_BACK, "Not yet.")
    assert office.clock.slept == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "No 0."), (3, "No 0. No 1. No 2."), (4, "No 0. No 1. No 2. And 1 more."), (5, "No 0. No 1. No 2. And 2 more.")],
)
def test_three_misses_are_told_and_how_many_more(tmp_path: Path, count: int, said: str) -> None:
    rows = [volume(f"v{number}") for number in range(count)]
    office = Office(tmp_path, *rows)

    def nothing(changes: Any, fresh: Any, *, back: bool = False) -> list[Proof]:
        found = enumerate(changes)
        return [Proof(change=one.id, target=one.target, missing="" if back else f"No {number}.") for number, one in found]

    run = execute_in(office, judging(office, prove=nothing), *(update(row, type="gp3") for row in rows), attempts=1)
    assert run.reason == said


def test_what_is_missing_and_what_is_not_well_are_told_together(office: Office) -> None:
    def missing(changes: Any, fresh: Any, *, back: bool = False) -> list[Proof]:
        return [Proof(change=one.id, target=one.target, missing="" if back else "Not so.") for one in changes]

    rooms = judging(office, prove=missing, worse=lambda before, after: {V.id: "it is ill"})
    run = execute_in(office, rooms, GP3_V, attempts=1)
    assert run.reason == f"Not so. {V.id} was well before and is not now: it is ill."


def test_health_before_is_held_against_health_after_of_what_was_applied(office: Office) -> None:
    asked: list[Any] = []

    def worse(before: Any, after: Any) -> dict[str, str]:
        asked.append(([one.resource for one in before], [one.resource for one in after]))
        return {}

    office.world.put(volume("w", size_gib=7))  # it has moved: skipped
    execute_in(office, judging(office, worse=worse), GP3_V, GP3_W)
    assert asked == [([V.id, W.id], [V.id])]


def test_what_goes_bad_while_it_soaks_takes_the_wave_back(office: Office) -> None:
    office.clock.sleep = lambda _: office.world.put(volume("v", type="gp3", state="error"))
    change = update(volume("v"), type="gp3", state="available")
    run = office.execute(change, soak_s=60, attempts=1)
    assert run.state is RunState.FAILED
    assert run.reason.startswith(f'{V.id}: state is "error", not "available". 1 change is neither done nor undone')


def test_without_a_soak_nobody_waits(office: Office) -> None:
    office.execute(GP3_V)
    assert office.clock.slept == []


# --- rolling back


def test_what_cannot_be_undone_stands_when_its_wave_fails(office: Office) -> None:
    address = resource("network.address", "eip")
    office.world.put(address)
    office.faults.fail_always(f"fake:Set type {V.id}", "AskHuman")
    run = office.execute(delete(address, copy=False), GP3_V)
    assert run.state is RunState.PARTIAL
    assert (run.results[0].state, run.results[0].reason) == (APPLIED, f"{address.id}: this cannot be undone.")
    assert run.results[1].state is UNDONE


def test_the_failure_and_what_got_stuck_are_both_told(office: Office) -> None:
    office.faults.fail_always(f"fake:Set type {W.id}", "AskHuman")
    office.faults.fail_always(f"undo fake:Set type {V.id}", "AskHuman")
    run = office.execute(GP3_V, GP3_W)
    assert run.state is RunState.FAILED
    assert run.reason == (
        f"fake:Set type {W.id} was refused. Grant the permission. "
        f"1 change is neither done nor undone, and a person must look: fake:Set type could not be undone: "
        f"undo fake:Set type {V.id} was refused. Grant the permission."
    )


def test_several_stuck_changes_are_counted_and_the_first_is_told(office: Office) -> None:
    office.faults.fail_always(f"fake:Set type {W.id}", "AskHuman")
    office.faults.fail_always("undo", "AskHuman")
    run = office.execute(GP3_V, GP3_W)
    assert states(run) == {"c-v": STUCK, "c-w": STUCK}
    assert run.reason.split(". The first: ")[0].endswith("2 changes are neither done nor undone, and a person must look")
    assert ". The first: fake:Set type could not be undone: undo fake:Set type " in run.reason


def test_an_undo_that_does_not_quite_bring_back_what_was_is_said(office: Office) -> None:
    office.faults.fail_always(f"fake:Set type {W.id}", "AskHuman")

    def other(changes: Any, fresh: Any, *, back: bool = False) -> list[Proof]:
        return [Proof(change=one.id, target=one.target, missing="It differs." if back else "") for one in changes]

    run = execute_in(office, judging(office, prove=other), GP3_V, GP3_W, attempts=1)
    assert (run.state, states(run)) == (RunState.ROLLED_BACK, {"c-v": UNDONE, "c-w": UNDONE})
    assert {result.reason for result in run.results} == {"Undone, but: It differs."}
    assert office.told.count("Not everything is exactly as it was before.") == 2


def test_what_comes_back_from_a_copy_is_not_held_against_its_old_self(office: Office) -> None:
    office.faults.fail_always(f"fake:Set type {W.id}", "AskHuman")
    asked: list[str] = []

    def listening(changes: Any, fresh: Any, *, back: bool = False) -> list[Proof]:
        asked.extend(one.id for one in changes if back)
        return [Proof(change=one.id, target=one.target) for one in changes]

    run = execute_in(office, judging(office, prove=listening), delete(V), GP3_W)
    assert run.state is RunState.ROLLED_BACK
    assert asked == ["c-w"]


def test_one_skipped_change_is_told_as_one(office: Office) -> None:
    office.world.put(volume("v", size_gib=200))
    run = office.execute(GP3_V, GP3_W)
    assert (run.state, run.reason) == (RunState.PARTIAL, "1 change was skipped. Plan again.")


def test_faults_are_counted_through_all_waves(office: Office) -> None:
    places: list[tuple[int, int, str]] = []
    office.fault = At((-1, -1, ""), lambda: None)
    office.fault.at = lambda *place: places.append(place)
    office.execute(GP3_V, update(W, type="gp3", wave=1))
    assert places == [(0, 0, "before"), (0, 0, "after"), (1, 0, "before"), (1, 0, "after")]


# --- the last look


def test_what_was_saved_is_reckoned_from_what_is_there_at_the_end(office: Office) -> None:
    asked: list[Any] = []

    def price(plan: Any, changes: Any, fresh: Any) -> dict[str, Money]:
        asked.append((plan.id, [one.id for one in changes], {target: row.type for target, row in fresh.items()}))
        return {"c-v": Money(Decimal(7))}

    office.world.put(volume("w", size_gib=7))  # skipped, and so not priced
    run = execute_in(office, judging(office, price=price), GP3_V, GP3_W, update(instance("a"), type="m5.large"))
    assert asked == [("plan-1", ["c-v", "c-a"], {V.id: "gp3", instance("a").id: "m5.large"})]
    assert [result.realised_monthly for result in run.results] == [Money(Decimal(7)), None, None]
    assert [result.promised_monthly for result in run.results] == [Money(Decimal(10))] * 3
    assert [result.reason for result in run.results if result.state is VERIFIED] == ["", ""]


def test_what_stands_is_looked_at_even_when_a_later_wave_got_stuck(office: Office) -> None:
    office.faults.fail_always(f"fake:Set type {W.id}", "AskHuman")
    office.faults.fail_always(f"undo fake:Set type {W.id}", "AskHuman")
    rooms = judging(office, price=lambda plan, changes, fresh: {one.id: Money(Decimal(7)) for one in changes})
    run = execute_in(office, rooms, GP3_V, update(W, type="gp3", wave=1))
    assert run.state is RunState.FAILED
    assert [result.realised_monthly for result in run.results] == [Money(Decimal(7)), None]


def test_what_was_taken_back_is_not_priced(office: Office) -> None:
    office.faults.fail_always(f"fake:Set type {W.id}", "AskHuman")
    asked: list[Any] = []
    execute_in(office, judging(office, price=lambda *given: asked.append(given) or {}), GP3_V, GP3_W)
    assert asked == []
