"""Taking a run back when not all of it can be: what is undone, what stays, and what both runs say of it afterwards."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from tests.sim.office import NOON, Office, delete, instance, resource, states, update, volume

from skywright.model.errors import BadInput
from skywright.model.money import Money
from skywright.model.run import ChangeState, RunState

APPLIED, VERIFIED, UNDONE, STUCK = ChangeState.APPLIED, ChangeState.VERIFIED, ChangeState.UNDONE, ChangeState.STUCK
A, V, W = instance("a"), volume("v"), volume("w")
RESIZE, GP3_V, GP3_W = update(A, type="m5.large"), update(V, type="gp3"), update(W, type="gp3")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, A, V, W)


def test_a_way_back_that_is_refused_leaves_the_run_as_it_was(office: Office) -> None:
    run = office.execute(GP3_V)
    office.store.runs.claim("run-0", [V.id], NOON + timedelta(hours=1))
    back = office.rollback(run)
    assert back.state is RunState.ABORTED
    assert back.reason == (
        f"{V.id} is in the hands of run run-0. Wait for it, take it up (`skywright resume run-0`) or stop it "
        "(`skywright abort run-0`)."
    )
    assert office.store.runs.get("run-1") == run
    assert office.world.get(V.id) == volume("v", type="gp3")


def test_one_that_gets_stuck_does_not_keep_the_others_from_going_back(office: Office) -> None:
    run = office.execute(GP3_V, GP3_W)
    office.faults.fail_always(f"undo fake:Set type {W.id}", "AskHuman")
    back = office.rollback(run)
    assert (back.state, states(back)) == (RunState.FAILED, {"c-v": UNDONE, "c-w": STUCK})
    assert office.world.get(V.id) == V
    left = office.store.runs.get("run-1")
    assert (left.state, states(left)) == (RunState.PARTIAL, {"c-v": UNDONE, "c-w": VERIFIED})


def test_what_one_way_back_left_the_next_takes(office: Office) -> None:
    run = office.execute(GP3_V, GP3_W)
    office.faults.fail_always(f"undo fake:Set type {W.id}", "AskHuman")
    office.rollback(run)
    office.faults.clear()
    back = office.rollback(office.store.runs.get("run-1"), "run-3")
    assert (back.state, states(back)) == (RunState.DONE, {"c-w": UNDONE})
    assert office.rows() == {row.id: row for row in (A, V, W)}
    assert office.store.runs.get("run-1").state is RunState.ROLLED_BACK


def test_a_deed_that_never_reported_back_is_undone_too(office: Office) -> None:
    office.faults.fail_nth(2, "after", "AskHuman")  # 0 look, 1 stop, 2 resize: it happens, and nobody is told
    office.faults.fail_always("undo fake:Resize", "AskHuman")
    run = office.execute(RESIZE)
    assert states(run) == {"c-a": STUCK}
    assert office.world.get(A.id) == instance("a", type="m5.large", state="stopped")
    office.faults.clear()
    assert office.rollback(run).state is RunState.DONE
    assert office.world.get(A.id) == A


def test_nor_is_a_first_deed_that_never_reported_back_forgotten(office: Office) -> None:
    office.faults.fail_nth(4, "after", "AskHuman")  # 0 look, 1 set v, 2 proof, 3 look at the next wave, 4 stop a
    office.faults.fail_always("undo fake:Stop", "AskHuman")
    run = office.execute(GP3_V, update(A, wave=1, type="m5.large"), rollback_all=False)
    assert states(run) == {"c-v": VERIFIED, "c-a": STUCK}
    assert office.world.get(A.id) == instance("a", state="stopped")
    office.faults.clear()
    back = office.rollback(run)
    assert (back.state, states(back)) == (RunState.DONE, {"c-v": UNDONE, "c-a": UNDONE})
    assert [what for what, _ in office.world.effects()][2:] == ["undo fake:Stop", "undo fake:Set type"]
    assert office.rows() == {row.id: row for row in (A, V, W)}


def test_a_change_that_is_whole_has_no_deed_that_was_not_told(office: Office) -> None:
    run = office.execute(delete(W))
    office.rollback(run)
    assert [what for what, _ in office.world.effects()] == ["fake:Copy", "fake:Delete", "undo fake:Delete", "undo fake:Copy"]
    assert [(one.index, one.undo) for one in office.store.runs.records("run-2")] == [(1, True), (0, True)]


def test_what_was_saved_is_saved_no_longer(office: Office) -> None:
    run = office.execute(GP3_V, GP3_W)
    saved = [msgspec.structs.replace(result, realised_monthly=Money(Decimal(7))) for result in run.results]
    office.store.runs.save(msgspec.structs.replace(run, results=tuple(saved)))
    office.faults.fail_always(f"undo fake:Set type {W.id}", "AskHuman")
    office.rollback(office.store.runs.get("run-1"))
    assert [result.realised_monthly for result in office.store.runs.get("run-1").results] == [None, Money(Decimal(7))]


def test_several_that_stay_are_counted(office: Office) -> None:
    addresses = [resource("network.address", f"eip-{number}") for number in range(2)]
    for address in addresses:
        office.world.put(address)
    run = office.execute(*(delete(address, copy=False) for address in addresses))
    back = office.rollback(run)
    assert (back.state, back.reason, back.waves) == (RunState.PARTIAL, "2 changes could not be taken back.", 1)
    assert states(back) == {"c-eip-0": APPLIED, "c-eip-1": APPLIED}
    left = office.store.runs.get("run-1")
    assert (left.state, states(left)) == (RunState.PARTIAL, {"c-eip-0": VERIFIED, "c-eip-1": VERIFIED})


def test_only_what_stands_is_taken_back(office: Office) -> None:
    office.world.put(volume("v", size_gib=7))
    run = office.execute(GP3_V, GP3_W)
    assert states(office.rollback(run)) == {"c-w": UNDONE}


def test_what_is_told_on_the_way_back(office: Office) -> None:
    run = office.execute(GP3_V, GP3_W)
    told = len(office.told)
    office.rollback(run)
    assert office.told[told:] == ["Begun.", "c-w is undone.", "c-v is undone.", "Done."]


@pytest.mark.parametrize("state", [RunState.WAITING, RunState.RUNNING, RunState.PAUSED])
def test_a_run_in_hand_is_not_taken_back(office: Office, state: RunState) -> None:
    run = office.execute(GP3_V)
    with pytest.raises(BadInput, match="still in hand"):
        office.rollback(msgspec.structs.replace(run, state=state))
