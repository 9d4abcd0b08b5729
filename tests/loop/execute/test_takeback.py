"""Taking a finished run back, and the executor's ways in."""

from pathlib import Path

import pytest
from tests.sim.office import NOON, Office, delete, instance, resource, states, update, volume

from skywright.loop.execute import new_run_id
from skywright.model.errors import BadInput
from skywright.model.run import ChangeState, RunState

UNDONE = ChangeState.UNDONE


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, instance("a"), volume("v"), volume("w"))


def test_everything_is_as_before_in_reverse_order(office: Office) -> None:
    before = office.rows()
    run = office.execute(
        update(instance("a"), type="m5.large"), update(volume("v"), type="gp3", wave=1), delete(volume("w"), wave=1)
    )
    done = len(office.world.effects())
    back = office.rollback(run)
    assert (back.state, back.reason, back.undoes) == (RunState.DONE, "", "run-1")
    assert set(states(back).values()) == {UNDONE}
    assert office.rows() == before
    assert office.copies() == []
    assert [what for what, _ in office.world.effects()[done:]] == [
        "undo fake:Delete",
        "undo fake:Copy",
        "undo fake:Set type",
        "undo fake:Start",
        "undo fake:Resize",
        "undo fake:Stop",
    ]


def test_the_run_that_was_taken_back_says_so(office: Office) -> None:
    office.rollback(office.execute(update(volume("v"), type="gp3")))
    run = office.store.runs.get("run-1")
    assert (run.state, states(run)) == (RunState.ROLLED_BACK, {"c-v": UNDONE})


def test_what_cannot_be_undone_stays_and_is_said(office: Office) -> None:
    address = resource("network.address", "eip")
    office.world.put(address)
    run = office.execute(delete(address, copy=False), update(volume("v"), type="gp3"))
    back = office.rollback(run)
    assert (back.state, back.reason) == (RunState.PARTIAL, "1 change could not be taken back.")
    assert back.results[0].reason == f"{address.id}: this cannot be undone."
    assert office.store.runs.get("run-1").state is RunState.PARTIAL


def test_a_stuck_change_is_taken_back_once_the_way_is_free(office: Office) -> None:
    office.faults.fail_always("fake:Resize", "AskHuman")
    office.faults.fail_always("undo fake:Stop", "AskHuman")
    run = office.execute(update(instance("a"), type="m5.large"))
    assert run.state is RunState.FAILED
    assert office.world.get(instance("a").id) == instance("a", state="stopped")
    office.faults.clear()
    back = office.rollback(run)
    assert (back.state, states(back)) == (RunState.DONE, {"c-a": UNDONE})
    assert office.rows()[instance("a").id] == instance("a")


def test_a_change_that_got_stuck_at_its_first_step_is_taken_back_too(office: Office) -> None:
    office.faults.fail_nth(1, "after", "AskHuman")  # the deed: done, and then it fails
    office.faults.fail_nth(2, "before", "AskHuman")  # its undo
    run = office.execute(update(volume("v"), type="gp3"))
    assert (run.state, office.store.runs.records("run-1")) == (RunState.FAILED, [])
    back = office.rollback(run)
    assert (back.state, states(back)) == (RunState.DONE, {"c-v": UNDONE})
    assert office.rows()[volume("v").id] == volume("v")


def test_a_target_that_somebody_changed_since_is_for_a_person(office: Office) -> None:
    run = office.execute(update(volume("v"), type="gp3"))
    office.world.put(volume("v", type="io2"))
    back = office.rollback(run)
    name = volume("v").id
    assert back.state is RunState.FAILED
    assert back.reason == (
        f"1 change is neither done nor undone, and a person must look: fake:Set type could not be undone: {name} is "
        "neither as planned nor as wanted. Plan again."
    )
    assert office.world.get(name) == volume("v", type="io2")


def test_what_is_undone_but_not_exactly_as_before_is_said(office: Office) -> None:
    run = office.execute(update(volume("v"), type="gp3"))
    office.cloud.hidden.add(volume("v").id)
    back = office.rollback(run)
    assert (back.state, back.reason) == (RunState.PARTIAL, "1 change is not exactly as before.")
    assert back.results[0].reason == f"Undone, but: {volume('v').id} could not be read again."


def test_a_rollback_that_dies_goes_on(office: Office) -> None:
    run = office.execute(update(volume("v"), type="gp3"), update(volume("w"), type="gp3"))
    real, office.store.runs.record = office.store.runs.record, fail
    with pytest.raises(BadInput):
        office.rollback(run)
    office.store.runs.record = real
    assert office.executor().resume([office.store.runs.get("run-2")]) == ["run-2"]
    assert office.store.runs.get("run-2").state is RunState.DONE
    assert len(office.world.effects()) == 4  # two deeds, two undone: none twice


def test_nothing_to_take_back(office: Office) -> None:
    run = office.execute(update(volume("v"), type="gp3"))
    office.rollback(run)
    with pytest.raises(BadInput) as caught:
        office.rollback(office.store.runs.get("run-1"), "run-3")
    assert str(caught.value) == "Nothing of run run-1 stands: there is nothing to take back."


def test_a_run_in_hand_is_not_taken_back(office: Office) -> None:
    run = office.execute(update(volume("v"), type="gp3"))
    import msgspec

    with pytest.raises(BadInput) as caught:
        office.rollback(msgspec.structs.replace(run, state=RunState.PAUSED))
    assert str(caught.value) == "Run run-1 is still in hand. `skywright abort run-1` stops it and rolls its wave back."


def test_words_are_for_runs_in_hand(office: Office) -> None:
    run = office.execute(update(volume("v"), type="gp3"))
    with pytest.raises(BadInput) as caught:
        office.executor().pause(run)
    assert str(caught.value) == "Run run-1 has ended (done)."


def test_run_ids_sort_by_time() -> None:
    assert new_run_id(NOON, "sha256:1").startswith("20260301-120000-")
    assert new_run_id(NOON, "sha256:1") != new_run_id(NOON, "sha256:2")


def fail(*args: object) -> None:
    raise BadInput("no")
