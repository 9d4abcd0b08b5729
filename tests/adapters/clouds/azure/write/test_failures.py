"""A failure at every changing call of every action, before and after its effect: it ends in before or in after, never between."""

from collections.abc import Iterator

import pytest
from tests.adapters.clouds.acting import holds
from tests.adapters.clouds.azure.write._harness import Case, LineDead, Saga, World
from tests.adapters.clouds.azure.write._worlds import ALL, DISTINCT

from skywright.adapters.clouds.azure.write import WAYS
from skywright.model.errors import AskHuman
from skywright.model.plan import Reversibility


def reversible(case: Case) -> bool:
    return WAYS.can(case.kind, case.before, case.after) is not Reversibility.NONE


def failing_sagas(name: str) -> Iterator[tuple[World, Case, Saga, int, str]]:
    """A fresh world for every changing call of the way there and each side of its effect; the saga has just failed."""
    nth = 0
    while True:
        nth += 1
        for after in (False, True):
            world = World()
            case = ALL[name](world)
            world.wire.fails, world.wire.after = nth, after
            saga = Saga(world, case)
            failed = saga.do()
            if failed < 0:
                assert nth > 1, "an action that changes nothing"
                return
            world.wire.fails = 0
            yield world, case, saga, failed, f"{world.wire.changes[-1]} failed {'after' if after else 'before'} its effect"


def alike(seen: dict, before: dict, case: Case) -> bool:
    """The words that describe a rule are in the result of a step, and a step that failed has none."""
    return {**seen, "text": None} in ({**before, "text": None}, {**before, **case.undone, "text": None})


@pytest.mark.parametrize("name", DISTINCT)
def test_after_a_failure_undo_leads_back(name: str):
    world = World()
    before = ALL[name](world).see()
    for _, case, saga, failed, words in failing_sagas(name):
        try:
            saga.undo(failed)
        except AskHuman:
            assert not reversible(case), words
            assert holds(case.see(), case.goal), words
            continue
        assert alike(case.see(), before, case), words


@pytest.mark.parametrize("name", DISTINCT)
def test_after_a_failure_trying_again_leads_on(name: str):
    for _, case, saga, failed, words in failing_sagas(name):
        assert saga.do(failed) == -1, words
        assert holds(case.see(), case.goal), words


@pytest.mark.parametrize("name", DISTINCT)
def test_a_failure_on_the_way_back_is_no_dead_end(name: str):
    nth = 0
    while True:
        nth += 1
        for after in (False, True):
            world = World()
            case = ALL[name](world)
            if not reversible(case):
                return
            before = case.see()
            saga = Saga(world, case)
            saga.do()
            world.wire.fails, world.wire.after = len(world.wire.changes) + nth, after
            try:
                saga.undo()
            except LineDead:
                world.wire.fails = 0
                saga.undo()
            else:
                assert nth > 1
                return
            assert alike(case.see(), before, case), world.wire.changes
