"""Every action, there and back: before -> after -> before, each step and each way twice."""

from collections.abc import Callable

import pytest
from tests.adapters.clouds.acting import holds, token
from tests.adapters.clouds.aws.write._harness import Saga, World
from tests.adapters.clouds.aws.write._worlds import ALL, CASES

from skywright.adapters.clouds.aws.write import actions, can
from skywright.model.errors import AskHuman
from skywright.model.plan import Reversibility


def test_every_action_has_a_case():
    assert sorted(action.name for action in actions()) == sorted(CASES)


@pytest.mark.parametrize("name", ALL)
def test_there_and_back(name: str, new_world: Callable[[], World]):
    world = new_world()
    case = ALL[name](world)
    reversibility = can(case.kind, case.before, case.after)
    assert reversibility is not None
    before = case.see()
    assert not holds(before, case.goal), "the case begins where it is to end"
    saga = Saga(case, world.calls, world.clock.sleep)
    assert saga.do() == -1
    assert holds(case.see(), case.goal), case.see()
    if reversibility is Reversibility.NONE:
        return
    saga.undo()
    assert case.see() == {**before, **case.undone}
    saga.undo()
    assert case.see() == {**before, **case.undone}


@pytest.mark.parametrize("name", ALL)
def test_every_step_may_run_again(name: str, new_world: Callable[[], World]):
    world = new_world()
    case = ALL[name](world)
    saga = Saga(case, world.calls, world.clock.sleep)
    for index, step in enumerate(saga.steps):
        step.do(token(index))
        saga.results[index] = step.do(token(index))
    assert holds(case.see(), case.goal)
    assert saga.do() == -1
    assert holds(case.see(), case.goal), "the whole once more changes nothing"


@pytest.mark.parametrize("name", ALL)
def test_undo_needs_no_results_and_may_run_again_step_by_step(name: str, new_world: Callable[[], World]):
    world = new_world()
    case = ALL[name](world)
    before = case.see()
    saga = Saga(case, world.calls, world.clock.sleep)
    saga.do()
    if can(case.kind, case.before, case.after) is Reversibility.NONE:
        with pytest.raises(AskHuman):
            saga.undo()
        assert holds(case.see(), case.goal)
        return
    for index in range(len(saga.steps) - 1, -1, -1):
        saga.steps[index].undo(token(index), None)
        saga.steps[index].undo(token(index), None)
    assert case.see() == {**before, **case.undone}


@pytest.mark.parametrize("name", ALL)
def test_undo_of_what_was_never_done_changes_nothing(name: str, new_world: Callable[[], World]):
    world = new_world()
    case = ALL[name](world)
    before = case.see()
    Saga(case, world.calls, world.clock.sleep).undo()
    assert case.see() == before
