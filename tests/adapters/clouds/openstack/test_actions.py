"""Every action, there and back: before -> after -> before, each step and each way twice, and a failure at every changing call."""

from collections.abc import Callable, Iterator

import pytest
from tests.adapters.clouds.acting import holds, token
from tests.adapters.clouds.openstack._harness import Case, Failing, Saga, World
from tests.adapters.clouds.openstack._worlds import ALL, AS_ADMIN, CASES

from skywright.adapters.clouds.openstack.write import actions, can
from skywright.model.errors import AskHuman, TryAgain
from skywright.model.plan import Reversibility

NewWorld = Callable[..., World]
TAGS = [name for name in CASES if name.startswith("change the tags of network.")]
DISTINCT = [name for name in ALL if name not in TAGS[1:]]
"""Tags of every kind go through the same code: one kind of them is enough where failures are injected."""


def made(name: str, new_world: NewWorld) -> tuple[World, Case]:
    world = new_world("lab-admin", wide=True) if name in AS_ADMIN else new_world()
    return world, ALL[name](world)


def test_every_action_has_a_case():
    assert sorted(action.name for action in actions()) == sorted(CASES)


@pytest.mark.parametrize("name", ALL)
def test_there_and_back_and_each_twice(name: str, new_world: NewWorld):
    world, case = made(name, new_world)
    reversibility = can(case.kind, case.before, case.after)
    assert reversibility is not None
    before = case.see()
    assert not holds(before, case.goal), "the case begins where it is to end"
    saga = Saga(case, world.calls, world.clock.sleep)
    for index, step in enumerate(saga.steps):
        step.do(token(index))
        saga.results[index] = step.do(token(index))
    assert holds(case.see(), case.goal), case.see()
    assert saga.do() == -1
    assert holds(case.see(), case.goal), "the whole once more changes nothing"
    if reversibility is Reversibility.NONE:
        with pytest.raises(AskHuman):
            saga.undo()
        assert holds(case.see(), case.goal)
        return
    saga.undo()
    assert case.see() == {**before, **case.undone}
    saga.undo()
    assert case.see() == {**before, **case.undone}


@pytest.mark.parametrize("name", ALL)
def test_undo_needs_no_results_and_may_run_again_step_by_step(name: str, new_world: NewWorld):
    world, case = made(name, new_world)
    before = case.see()
    saga = Saga(case, world.calls, world.clock.sleep)
    saga.undo()
    assert case.see() == before, "undo of what was never done changes nothing"
    saga.do()
    if can(case.kind, case.before, case.after) is Reversibility.NONE:
        return
    for index in range(len(saga.steps) - 1, -1, -1):
        saga.steps[index].undo(token(index), None)
        saga.steps[index].undo(token(index), None)
    assert case.see() == {**before, **case.undone}


def failing_sagas(name: str, new_world: NewWorld) -> Iterator[tuple[World, Case, Saga, int, str]]:
    """A fresh world for every changing call of the way there and each side of its effect; the saga has just failed."""
    nth = 0
    while True:
        nth += 1
        for after in (False, True):
            world, case = made(name, new_world)
            calls = Failing(world.calls, nth, after=after)
            saga = Saga(case, calls, world.clock.sleep)
            failed = saga.do()
            if failed < 0:
                assert nth > 1, "an action that changes nothing"
                return
            yield world, case, saga, failed, f"{calls.changes[-1]} failed {'after' if after else 'before'} its effect"


@pytest.mark.parametrize("name", DISTINCT)
def test_after_a_failure_undo_leads_back_and_trying_again_leads_on(name: str, new_world: NewWorld):
    _, original = made(name, new_world)
    before = original.see()
    reversible = can(original.kind, original.before, original.after) is not Reversibility.NONE
    for _, case, saga, failed, words in failing_sagas(name, new_world):
        try:
            saga.undo(failed)
        except AskHuman:
            assert not reversible, words
            assert holds(case.see(), case.goal), words
            continue
        assert case.see() in (before, {**before, **case.undone}), words
        if not case.undone:
            assert saga.do() == -1, words
    for _, case, saga, failed, words in failing_sagas(name, new_world):
        assert saga.do(failed) == -1, words
        assert holds(case.see(), case.goal), words


@pytest.mark.parametrize("name", DISTINCT)
def test_a_failure_on_the_way_back_is_no_dead_end(name: str, new_world: NewWorld):
    nth = 0
    while True:
        nth += 1
        for after in (False, True):
            world, case = made(name, new_world)
            if can(case.kind, case.before, case.after) is Reversibility.NONE:
                return
            before = case.see()
            done = Saga(case, world.calls, world.clock.sleep)
            done.do()
            calls = Failing(world.calls, nth, after=after)
            back = Saga(case, calls, world.clock.sleep)
            back.results = done.results
            try:
                back.undo()
            except TryAgain:
                back.undo()
            else:
                if len(calls.changes) < nth:
                    assert nth > 1
                    return
            assert case.see() == {**before, **case.undone}, calls.changes[-1]
