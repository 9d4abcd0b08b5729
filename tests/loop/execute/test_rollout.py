"""Carrying a plan out: the good way, and every way in which it fails."""

from pathlib import Path

import pytest
from tests.sim.office import Office, delete, instance, states, update, volume

from skywright.loop.execute.order import token
from skywright.model.errors import AskHuman, BadInput
from skywright.model.run import ChangeState, RunState

APPLIED, VERIFIED, UNDONE = ChangeState.APPLIED, ChangeState.VERIFIED, ChangeState.UNDONE
SKIPPED, STUCK = ChangeState.SKIPPED, ChangeState.STUCK


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, instance("a"), instance("b"), volume("v"), volume("w"))


def test_a_plan_is_carried_out_and_proven(office: Office) -> None:
    run = office.execute(
        update(instance("a"), type="m5.large"), update(volume("v"), type="gp3", wave=1), delete(volume("w"), wave=1)
    )
    assert (run.state, run.reason, run.wave, run.waves) == (RunState.DONE, "", 1, 2)
    assert states(run) == {"c-a": VERIFIED, "c-v": VERIFIED, "c-w": VERIFIED}
    assert run.results[0].observed == {"type": "m5.large"}
    assert office.world.get(instance("a").id) == instance("a", type="m5.large")
    assert office.world.get(volume("v").id) == volume("v", type="gp3")
    assert office.world.get(volume("w").id) is None
    assert len(office.copies()) == 1
    assert office.store.runs.get("run-1") == run


def test_steps_are_done_in_order_and_recorded(office: Office) -> None:
    office.execute(update(instance("a"), type="m5.large"))
    assert [what for what, _ in office.world.effects()] == ["fake:Stop", "fake:Resize", "fake:Start"]
    records = office.store.runs.records("run-1")
    assert [(one.change, one.index, one.name, one.undo, one.outcome) for one in records] == [
        ("c-a", 0, "fake:Stop", False, "done"),
        ("c-a", 1, "fake:Resize", False, "done"),
        ("c-a", 2, "fake:Start", False, "done"),
    ]
    assert records[1].result == {"previous": {"type": "m5.2xlarge"}}


def test_what_was_done_is_in_the_log(office: Office) -> None:
    office.execute(update(volume("v"), type="gp3"))
    assert [(what, target) for what, target, _, _ in office.lines] == [
        ("run.started", ""),
        ("change.applied", volume("v").id),
        ("change.verified", volume("v").id),
        ("run.ended", ""),
    ]
    assert all(details["run"] == "run-1" for *_, details in office.lines)


def test_the_plans_waves_are_cut_smaller(office: Office) -> None:
    changes = [update(instance("a"), type="x"), update(instance("b"), type="x"), update(volume("v"), type="gp3")]
    assert office.execute(*changes, canary=1, wave_size=1).waves == 3


def test_only_the_named_changes_are_done(office: Office) -> None:
    run = office.execute(update(volume("v"), type="gp3"), update(volume("w"), type="gp3"), only=("c-w",))
    assert states(run) == {"c-w": VERIFIED}
    assert office.world.get(volume("v").id) == volume("v")


def test_only_refuses_names_that_are_not_there_and_half_dependencies(office: Office) -> None:
    with pytest.raises(BadInput) as caught:
        office.execute(update(volume("v"), type="gp3"), only=("c-x",))
    assert str(caught.value) == "--only: The plan has no change c-x. `skywright explain PLAN` shows their ids."
    with pytest.raises(BadInput) as caught:
        office.execute(update(volume("v"), type="gp3"), delete(volume("w"), depends_on=("c-v",)), only=("c-w",))
    assert str(caught.value) == "--only: c-w needs c-v to be done before it. Name it too."
    assert office.world.effects() == []


def test_a_step_that_is_throttled_is_tried_again_with_growing_pauses(office: Office) -> None:
    office.faults.fail_nth(1, "before", "TryAgain")  # call 0 is the look
    office.faults.fail_nth(2, "after", "TryAgain")
    run = office.execute(update(volume("v"), type="gp3"))
    assert run.state is RunState.DONE
    assert office.clock.slept == [2.0, 4.0]
    assert [what for what, _ in office.world.effects()] == ["fake:Set type"]


def test_a_failing_step_is_undone_itself_then_those_before_it(office: Office) -> None:
    office.faults.fail_nth(3, "after", "AskHuman")  # 0 look, 1 stop, 2 resize, 3 start: started, and then it fails
    run = office.execute(update(instance("a"), type="m5.large"))
    assert run.state is RunState.ROLLED_BACK
    assert run.reason == f"fake:Start {instance('a').id} was refused. Grant the permission."
    assert states(run) == {"c-a": UNDONE}
    assert [what for what, _ in office.world.effects()] == [
        "fake:Stop",
        "fake:Resize",
        "fake:Start",
        "undo fake:Start",
        "undo fake:Resize",
        "undo fake:Stop",
    ]
    assert office.world.get(instance("a").id) == instance("a")


def test_a_failing_change_takes_its_wave_back_and_leaves_the_waves_before(office: Office) -> None:
    office.faults.fail_always(f"fake:Set type {volume('w').id}", "AskHuman")
    changes = [update(instance("a"), type="m5.large"), update(volume("v"), type="gp3", wave=1)]
    run = office.execute(*changes, update(instance("b"), wave=1, type="x"), update(volume("w"), type="gp3", wave=1))
    assert run.state is RunState.PARTIAL
    assert states(run) == {"c-a": VERIFIED, "c-v": UNDONE, "c-b": UNDONE, "c-w": UNDONE}
    undone = [target for what, target in office.world.effects() if what.startswith("undo")]
    assert undone == [instance("b").id] * 3 + [volume("v").id]  # the last change first
    assert office.rows() == {row.id: row for row in (instance("a", type="m5.large"), instance("b"), volume("v"), volume("w"))}


def test_all_waves_are_taken_back_when_that_was_asked(office: Office) -> None:
    office.faults.fail_always(f"fake:Set type {volume('w').id}", "AskHuman")
    run = office.execute(update(volume("v"), type="gp3"), update(volume("w"), type="gp3", wave=1), rollback_all=True)
    assert run.state is RunState.ROLLED_BACK
    assert states(run) == {"c-v": UNDONE, "c-w": UNDONE}
    assert office.rows()[volume("v").id] == volume("v")


def test_changes_that_were_not_begun_say_so(office: Office) -> None:
    office.faults.fail_always(f"fake:Set type {volume('v').id}", "AskHuman")
    run = office.execute(update(volume("v"), type="gp3"), update(volume("w"), type="gp3", wave=1))
    assert (run.results[1].state, run.results[1].reason) == (SKIPPED, "The run ended before it began.")


def test_an_undo_that_fails_is_for_a_person(office: Office) -> None:
    office.faults.fail_always("fake:Resize", "AskHuman")
    office.faults.fail_always("undo fake:Stop", "AskHuman")
    run = office.execute(update(instance("a"), type="m5.large"))
    name = instance("a").id
    assert run.state is RunState.FAILED
    assert states(run) == {"c-a": STUCK}
    assert run.reason == (
        f"1 change is neither done nor undone, and a person must look: fake:Resize {name} was refused. Grant the "
        f"permission. fake:Stop could not be undone: undo fake:Stop {name} was refused. Grant the permission."
    )


def test_a_target_that_moved_is_skipped_with_what_leans_on_it(office: Office) -> None:
    office.world.put(volume("v", size_gib=200))
    run = office.execute(
        update(volume("v"), type="gp3"),
        delete(volume("w"), wave=1, depends_on=("c-v",)),
        update(instance("a"), wave=1, type="m5.large"),
    )
    assert (run.state, run.reason) == (RunState.PARTIAL, "2 changes were skipped. Plan again.")
    assert states(run) == {"c-v": SKIPPED, "c-w": SKIPPED, "c-a": VERIFIED}
    assert [result.reason for result in run.results[:2]] == [
        f"{volume('v').id} has moved.",
        "It needs c-v, which was not done.",
    ]


def test_a_step_that_finds_another_world_is_skipped_and_the_rest_goes_on(office: Office) -> None:
    office.faults.fail_always(f"fake:Set type {volume('v').id}", "PlanAgain")
    run = office.execute(update(volume("v"), type="gp3"), update(volume("w"), type="gp3"))
    assert states(run) == {"c-v": SKIPPED, "c-w": VERIFIED}


def test_a_wave_that_cannot_be_proven_is_taken_back(office: Office) -> None:
    office.cloud.hidden.add(volume("v").id)
    rooms = office.rooms()
    object.__setattr__(rooms.checks, "recheck", lambda plan, changes, fresh: {})
    run = _execute_in(office, rooms, update(volume("v"), type="gp3"))
    assert (run.state, run.reason) == (RunState.ROLLED_BACK, f"{volume('v').id} could not be read again.")
    assert (run.results[0].state, run.results[0].reason) == (UNDONE, f"Undone, but: {volume('v').id} could not be read again.")
    assert office.world.get(volume("v").id) == volume("v")


def test_a_target_that_is_not_well_afterwards_takes_its_wave_back(office: Office) -> None:
    change = update(instance("a"), type="m5.large")
    office.fault = Sickening(office, instance("a").id)
    run = office.execute(change)
    said = f"{instance('a').id} was well before and is not now: status check failed."
    assert (run.state, run.reason) == (RunState.ROLLED_BACK, said)
    assert office.rows()[instance("a").id] == instance("a")


def test_one_that_was_not_well_before_does_not_fail_the_gate(office: Office) -> None:
    office.cloud.sick.add(instance("a").id)
    assert office.execute(update(instance("a"), type="m5.large")).state is RunState.DONE


def test_soaking_waits_and_looks_again(office: Office) -> None:
    run = office.execute(update(volume("v"), type="gp3"), update(volume("w"), type="gp3", wave=1), soak_s=600)
    assert run.state is RunState.DONE
    assert office.clock.slept == [600, 600]


def test_what_changed_after_its_wave_is_said_at_the_end(office: Office) -> None:
    office.fault = Meddling(office, volume("v", type="io1"))
    run = office.execute(update(volume("v"), type="gp3"), update(volume("w"), type="gp3", wave=1))
    expected = f'Proven after its wave, but at the end of the run: {volume("v").id}: type is "io1", not "gp3".'
    assert (run.results[0].state, run.results[0].reason) == (APPLIED, expected)


def test_what_was_emptied_so_that_something_could_go_is_not_looked_at_again(office: Office) -> None:
    office.fault = Meddling(office, volume("v", type="io1"))
    first = update(volume("v"), type="gp3")
    run = office.execute(first, delete(volume("w"), wave=1, depends_on=(first.id,)))
    assert (run.results[0].state, run.results[0].reason) == (ChangeState.VERIFIED, "")


def test_a_target_in_the_hands_of_another_run_is_refused(office: Office) -> None:
    office.store.runs.claim("run-0", [volume("v").id], office.clock.now().replace(hour=23))
    run = office.execute(update(volume("v"), type="gp3"))
    assert run.state is RunState.ABORTED
    assert run.reason == (
        f"{volume('v').id} is in the hands of run run-0. Wait for it, take it up (`skywright resume run-0`) or stop it "
        "(`skywright abort run-0`)."
    )
    assert office.world.effects() == []


def test_targets_are_given_back(office: Office) -> None:
    office.execute(update(volume("v"), type="gp3"))
    assert office.execute(update(volume("v", type="gp3"), type="io1"), run="run-2").state is RunState.DONE


def test_abort_stops_and_takes_the_wave_in_hand_back(office: Office) -> None:
    office.fault = Saying(office, "abort", at=(1, 0))
    run = office.execute(
        update(volume("v"), type="gp3"),
        *(update(row, type="x", wave=1) for row in (instance("a"), instance("b"))),
        update(volume("w"), type="gp3", wave=2),
    )
    assert (run.state, run.reason) == (RunState.ABORTED, "Stopped by hand.")
    assert states(run) == {"c-v": VERIFIED, "c-a": UNDONE, "c-b": SKIPPED, "c-w": SKIPPED}
    assert office.rows()[instance("a").id] == instance("a")


def test_pause_waits_until_it_may_go_on(office: Office) -> None:
    office.store.runs.command("run-1", "pause")
    seen: list[str] = []

    def sleep(seconds: float) -> None:
        seen.append(office.store.runs.get("run-1").state.value)
        if len(seen) == 3:
            office.store.runs.command("run-1", "resume")

    office.clock.sleep = sleep
    assert office.execute(update(volume("v"), type="gp3")).state is RunState.DONE
    assert seen == ["paused"] * 3
    assert [what for what, *_ in office.lines][:3] == ["run.started", "run.paused", "run.resumed"]


def test_an_error_of_the_store_leaves_the_run_to_be_resumed(office: Office) -> None:
    real, office.store.runs.record = office.store.runs.record, refuse
    with pytest.raises(AskHuman):
        office.execute(update(volume("v"), type="gp3"), update(volume("w"), type="gp3"))
    assert office.store.runs.get("run-1").state is RunState.RUNNING
    office.store.runs.record = real
    executor = office.executor()
    assert executor.resume([office.store.runs.get("run-1")]) == ["run-1"]
    run = office.store.runs.get("run-1")
    assert (run.state, run.resumed) == (RunState.DONE, 1)
    assert [what for what, _ in office.world.effects()] == ["fake:Set type"] * 2


def test_secrets_in_results_are_not_kept(office: Office) -> None:
    change = update(volume("v"), type="gp3")
    step = office.cloud.steps(change)[0]
    type(step).do, real = lambda self, token: {"Password": "hunter2", "id": "v"}, type(step).do
    try:
        rooms = office.rooms()
        object.__setattr__(rooms.checks, "prove", lambda changes, fresh, back=False: [])
        _execute_in(office, rooms, change)
    finally:
        type(step).do = real
    assert office.store.runs.records("run-1")[0].result == {"Password": "[redacted]", "id": "v"}
    assert b"hunter2" not in b"".join(result for _, result in office.memory["run-1"].steps)


def test_tokens_are_short_and_differ() -> None:
    tokens = {token(run, change, index) for run in "rs" for change in "cd" for index in range(3)}
    assert len(tokens) == 12
    assert {len(one) for one in tokens} == {64}


def refuse(*args: object) -> None:
    raise AskHuman("The disk is full.", next_step="Free some space.")


def _execute_in(office: Office, rooms, *changes):
    from tests.sim.office import signed

    from skywright.lab.fake import MemoryWorkflow
    from skywright.loop.execute import Executor

    plan = signed(*changes)
    return Executor(rooms, MemoryWorkflow(office.memory, office.clock.sleep)).execute(plan, office.order(plan))


class Sickening:
    """Makes a target sick after its last step."""

    def __init__(self, office: Office, target: str) -> None:
        self.office, self.target = office, target

    def at(self, change: int, step: int, when: str) -> None:
        self.office.cloud.sick.add(self.target)


class Meddling:
    """Somebody else changes a resource while the second change is being done."""

    def __init__(self, office: Office, row) -> None:
        self.office, self.row = office, row

    def at(self, change: int, step: int, when: str) -> None:
        if change == 1:
            self.office.world.put(self.row)


class Saying:
    """Leaves a word while a step is being done."""

    def __init__(self, office: Office, word: str, at: tuple[int, int]) -> None:
        self.office, self.word, self.place = office, word, at

    def at(self, change: int, step: int, when: str) -> None:
        if (change, step) == self.place:
            self.office.store.runs.command("run-1", self.word)
