"""Every action, there and back: before -> after -> before, each step and each way twice, and a failure at every changing call."""

from collections.abc import Callable

import pytest
from tests.adapters.clouds.kubernetes._harness import Failing, Saga, holds, new_calls
from tests.adapters.clouds.kubernetes.write._worlds import ALL, CASES, SAME_CALLS

from skywright.adapters.clouds.kubernetes.write import actions, can
from skywright.lab.kubernetes import KubernetesLab
from skywright.model.errors import AskHuman, TryAgain
from skywright.model.plan import Reversibility

NewLab = Callable[..., KubernetesLab]


def reversible(case) -> bool:
    return can(case.kind, case.before, case.after) is not Reversibility.NONE


def test_every_action_has_a_case():
    named = {action.name for action in actions()}
    assert len(named) >= 30
    assert named - set(CASES) == {name for name in named - set(CASES) if name.startswith(SAME_CALLS)}
    assert set(CASES) <= named


@pytest.mark.parametrize("name", ALL)
def test_there_and_back_and_each_twice(name: str, lab: KubernetesLab):
    case = ALL[name](lab)
    assert can(case.kind, case.before, case.after) is not None
    before = case.see()
    assert not holds(before, case.goal), "the case begins where it is to end"
    saga = Saga(case, new_calls(lab))
    assert saga.do() == -1
    assert holds(case.see(), case.goal), case.see()
    assert saga.do() == -1
    assert holds(case.see(), case.goal), "the whole once more changes nothing"
    if not reversible(case):
        with pytest.raises(AskHuman):
            saga.undo()
        return
    saga.undo()
    assert case.see() == {**before, **case.kept}
    saga.undo()
    assert case.see() == {**before, **case.kept}


@pytest.mark.parametrize("name", ALL)
def test_undo_needs_no_results_and_changes_nothing_that_was_not_done(name: str, lab: KubernetesLab):
    case = ALL[name](lab)
    before = case.see()
    Saga(case, new_calls(lab)).undo()
    assert case.see() == before
    if not reversible(case):
        return
    Saga(case, new_calls(lab)).do()
    Saga(case, new_calls(lab)).undo()
    assert case.see() == {**before, **case.kept}


@pytest.mark.parametrize("after", [False, True], ids=["before its effect", "after its effect"])
@pytest.mark.parametrize("name", ALL)
def test_after_a_failure_undo_leads_back_and_trying_again_leads_on(name: str, after: bool, new_lab: NewLab):
    nth = 0
    while True:
        nth += 1
        lab = new_lab()
        case = ALL[name](lab)
        before = case.see()
        failing = Failing(new_calls(lab), nth, after=after)
        saga = Saga(case, failing.calls)
        failed = saga.do()
        if failed < 0:
            lab.stop()
            if nth > len(failing.changes):
                assert nth > 1, "an action that changes nothing"
                return
            continue  # it was refused with good reason, and another call did it
        words = f"{failing.changes[-1]} failed"
        if reversible(case):
            saga.undo(failed)
            assert case.see() == {**before, **case.kept}, words
            failed = 0
        assert saga.do(failed) == -1, words
        assert holds(case.see(), case.goal), words
        lab.stop()


@pytest.mark.parametrize("name", ALL)
def test_a_failure_on_the_way_back_is_no_dead_end(name: str, lab: KubernetesLab):
    case = ALL[name](lab)
    if not reversible(case):
        return
    before = case.see()
    Saga(case, new_calls(lab)).do()
    back = Saga(case, Failing(new_calls(lab), 1, after=True).calls)
    try:
        back.undo()
    except TryAgain:
        back.undo()
    assert case.see() == {**before, **case.kept}
