"""Every action, there and back: before -> after -> before, each step and each way twice."""

import pytest
from tests.adapters.clouds.acting import holds, token
from tests.adapters.clouds.azure.write._harness import Saga, World
from tests.adapters.clouds.azure.write._worlds import ALL, CASES

from skywright.adapters.clouds.azure.write import WAYS
from skywright.model.errors import AskHuman
from skywright.model.plan import Reversibility


def test_every_action_has_a_case():
    assert sorted(action.name for action in WAYS.actions()) == sorted(CASES)


def test_names_of_actions_are_all_different():
    names = [action.name for action in WAYS.actions()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ALL)
def test_there_and_back(name: str):
    world = World()
    case = ALL[name](world)
    reversibility = WAYS.can(case.kind, case.before, case.after)
    assert reversibility is not None
    before = case.see()
    assert not holds(before, case.goal), "the case begins where it is to end"
    saga = Saga(world, case)
    assert saga.do() == -1
    assert holds(case.see(), case.goal), case.see()
    if reversibility is Reversibility.NONE:
        return
    saga.undo()
    assert case.see() == {**before, **case.undone}
    saga.undo()
    assert case.see() == {**before, **case.undone}


@pytest.mark.parametrize("name", ALL)
def test_every_step_may_run_again(name: str):
    world = World()
    case = ALL[name](world)
    saga = Saga(world, case)
    for index, step in enumerate(saga.steps):
        step.do(token(index))
        saga.results[index] = step.do(token(index))
    assert holds(case.see(), case.goal)
    assert saga.do() == -1
    assert holds(case.see(), case.goal), "the whole once more changes nothing"


@pytest.mark.parametrize("name", ALL)
def test_doing_it_again_sends_nothing(name: str):
    world = World()
    case = ALL[name](world)
    saga = Saga(world, case)
    saga.do()
    sent = len(world.wire.changes)
    assert sent > 0
    saga.steps[-1].do(token(len(saga.steps) - 1))
    assert world.wire.changes[sent:] == []


@pytest.mark.parametrize("name", ALL)
def test_undo_needs_no_results_and_may_run_again_step_by_step(name: str):
    world = World()
    case = ALL[name](world)
    before = case.see()
    saga = Saga(world, case)
    saga.do()
    if WAYS.can(case.kind, case.before, case.after) is Reversibility.NONE:
        with pytest.raises(AskHuman):
            saga.undo()
        assert holds(case.see(), case.goal)
        return
    for index in range(len(saga.steps) - 1, -1, -1):
        saga.steps[index].undo(token(index), None)
        saga.steps[index].undo(token(index), None)
    seen, wanted = case.see(), {**before, **case.undone}
    assert {**seen, "text": None} == {**wanted, "text": None}, "what a rule is described by is in the step's result alone"


@pytest.mark.parametrize("name", ALL)
def test_undo_of_what_was_never_done_changes_nothing(name: str):
    world = World()
    case = ALL[name](world)
    before = case.see()
    Saga(world, case).undo()
    assert case.see() == before
    assert world.wire.changes == []


@pytest.mark.parametrize("name", ALL)
def test_explaining_makes_no_call(name: str):
    world = World()
    case = ALL[name](world)
    counted = dict(world.calls.counter)
    said = [(step.name, step.text, step.reversibility) for step in Saga(world, case).steps]
    assert said == [(step.name, step.text, step.reversibility) for step in Saga(world, case).steps]
    assert all(name and text for name, text, _ in said)
    assert dict(world.calls.counter) == counted


@pytest.mark.parametrize("name", ALL)
def test_permissions_are_those_that_the_calls_use(name: str):
    world = World()
    case = ALL[name](world)
    saga = Saga(world, case)
    saga.do()
    if WAYS.can(case.kind, case.before, case.after) is not Reversibility.NONE:
        saga.undo()
    named = {one.lower() for action in WAYS.actions() if action.kind == case.kind for one in action.permissions}
    used = {one.lower() for one in world.calls.counter if not one.startswith("Microsoft.Resources/operations")}
    assert used <= named, used - named
