"""A failure at every changing call of every action, before and after its effect: it ends in before or in after, never between."""

from collections.abc import Callable, Iterator

import pytest
from tests.adapters.clouds.acting import holds
from tests.adapters.clouds.aws.write._harness import Case, Failing, Saga, World
from tests.adapters.clouds.aws.write._worlds import ALL
from tests.adapters.clouds.aws.write._worlds_ec2_tags import TAGGED

from skywright.adapters.clouds.aws.write import can
from skywright.model.errors import AskHuman, TryAgain
from skywright.model.plan import Reversibility

SAME_CALLS = [f"change the tags of {kind}" for kind in list(TAGGED)[1:]]
"""Tags of every EC2 kind go through the same calls: one kind of them is enough here."""
DISTINCT = [name for name in ALL if name not in SAME_CALLS]

NewWorld = Callable[[], World]


def failing_sagas(name: str, new_world: NewWorld) -> Iterator[tuple[Case, Saga, int, str]]:
    """A fresh world for every changing call of the way there and each side of its effect; the saga has just failed."""
    nth = 0
    while True:
        nth += 1
        for after in (False, True):
            world = new_world()
            case = ALL[name](world)
            calls = Failing(world.calls, nth, after=after)
            saga = Saga(case, calls, world.clock.sleep)
            failed = saga.do()
            if failed < 0:
                assert nth > 1, "an action that changes nothing"
                return
            yield case, saga, failed, f"{calls.changes[-1]} failed {'after' if after else 'before'} its effect"


@pytest.mark.parametrize("name", DISTINCT)
def test_after_a_failure_undo_leads_back(name: str, new_world: NewWorld):
    world = new_world()
    case = ALL[name](world)
    before = case.see()
    reversible = can(case.kind, case.before, case.after) is not Reversibility.NONE
    for broken, saga, failed, words in failing_sagas(name, new_world):
        try:
            saga.undo(failed)
        except AskHuman:
            assert not reversible, words
            assert holds(broken.see(), broken.goal), words
            continue
        seen = broken.see()
        assert _alike(seen, before) or _alike(seen, {**before, **case.undone}), words


@pytest.mark.parametrize("name", DISTINCT)
def test_after_a_failure_trying_again_leads_on(name: str, new_world: NewWorld):
    for case, saga, failed, words in failing_sagas(name, new_world):
        assert saga.do(failed) == -1, words
        assert holds(case.see(), case.goal), words


@pytest.mark.parametrize("name", DISTINCT)
def test_a_failure_on_the_way_back_is_no_dead_end(name: str, new_world: NewWorld):
    nth = 0
    while True:
        nth += 1
        for after in (False, True):
            world = new_world()
            case = ALL[name](world)
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
                assert nth > 1
                return
            assert _alike(case.see(), {**before, **case.undone}), calls.changes[-1]


def _alike(seen: dict, wanted: dict) -> bool:
    """The same facts; ids that a world makes up differ from world to world."""
    return _shape(seen) == _shape(wanted)


def _shape(value: object) -> object:
    match value:
        case dict():
            return {key: _shape(item) for key, item in value.items()}
        case list() | tuple():
            return [_shape(item) for item in value]
        case str() if value.startswith(("sg-", "subnet-", "vpc-", "i-", "vol-")):
            return value.partition("-")[0]
    return value
