"""Every action, there and back: before -> after -> before, each step and each way twice, and nothing else in the world moved."""

import pytest
from tests.adapters.clouds.acting import token
from tests.adapters.clouds.gcp.write._harness import Case, Place, Saga
from tests.adapters.clouds.gcp.write._worlds import CASES, NAMES

from skywright.adapters.clouds.gcp.write import can
from skywright.model.errors import AskHuman
from skywright.model.plan import Reversibility


def begun(name: str) -> tuple[Place, Case]:
    place = Place()
    case = CASES[name](place)
    place.begin()
    assert not case.came_about(place.get(case.key)), "the case begins where it is to end"
    return place, case


def back(place: Place, case: Case) -> dict[str, object]:
    """What undo left different, but for what it may."""
    return {key: value for key, value in place.seen().items() if not any(text in key for text in case.undone)}


def reversible(case: Case) -> bool:
    return can(case.kind, case.before, case.after) is not Reversibility.NONE


def test_every_action_has_a_case():
    assert sorted(CASES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_there_and_back(name: str):
    place, case = begun(name)
    assert can(case.kind, case.before, case.after) is not None
    saga = Saga(case, place)
    assert saga.do() == -1
    assert case.came_about(place.get(case.key)), place.get(case.key)
    if not reversible(case):
        with pytest.raises(AskHuman):
            saga.undo()
        return
    assert place.seen(), "nothing has changed"
    saga.undo()
    assert back(place, case) == {}
    saga.undo()
    assert back(place, case) == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_step_may_run_again(name: str):
    place, case = begun(name)
    saga = Saga(case, place)
    for index, step in enumerate(saga.steps):
        step.do(token(index))
        saga.results[index] = step.do(token(index))
    assert case.came_about(place.get(case.key))
    seen = place.seen()
    assert saga.do() == -1
    assert place.seen() == seen, "the whole once more changes nothing"


@pytest.mark.parametrize("name", NAMES)
def test_undo_of_what_was_never_done_changes_nothing(name: str):
    place, case = begun(name)
    Saga(case, place).undo()
    assert place.seen() == {}
