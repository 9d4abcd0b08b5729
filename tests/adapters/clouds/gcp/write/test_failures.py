"""A failure at every changing call of every action, before and after its effect: it ends in before or in after, never between."""

from collections.abc import Iterator

import pytest
from tests.adapters.clouds.gcp.write._harness import Case, Failing, Place, Saga
from tests.adapters.clouds.gcp.write._worlds import CASES, NAMES
from tests.adapters.clouds.gcp.write.test_round_trip import back, begun, reversible

from skywright.model.errors import AskHuman, TryAgain

SAME = {"storage.volume", "storage.snapshot", "compute.image", "network.address", "crypto.secret", "registry.repository"}
"""Kinds whose labels go through the same code as those of another kind."""
DISTINCT = [name for name in NAMES if not (name.startswith("change the tags of") and name.rpartition(" ")[2] in SAME)]


def failing(name: str) -> Iterator[tuple[Place, Case, Saga, int, str]]:
    """A fresh world for every changing call of the way there and each side of its effect; the saga has just failed."""
    nth = 0
    while True:
        nth += 1
        for after in (False, True):
            place, case = begun(name)
            calls = Failing(place.calls, nth, after=after)
            saga = Saga(case, place, calls)
            failed = saga.do()
            if failed < 0:
                assert nth > 1, "an action that changes nothing"
                return
            yield place, case, saga, failed, f"{calls.changes[-1]} failed {'after' if after else 'before'} its effect"


@pytest.mark.parametrize("name", DISTINCT)
def test_after_a_failure_undo_leads_back(name: str):
    for place, case, saga, failed, words in failing(name):
        try:
            saga.undo(failed)
        except AskHuman:
            assert not reversible(case), words
            assert case.came_about(place.get(case.key)), words
            continue
        assert back(place, case) == {}, words


@pytest.mark.parametrize("name", DISTINCT)
def test_after_a_failure_trying_again_leads_on(name: str):
    for place, case, saga, failed, words in failing(name):
        assert saga.do(failed) == -1, words
        assert case.came_about(place.get(case.key)), words


@pytest.mark.parametrize("name", DISTINCT)
def test_a_failure_on_the_way_back_is_no_dead_end(name: str):
    nth = 0
    while True:
        nth += 1
        for after in (False, True):
            place, case = begun(name)
            if not reversible(case):
                return
            done = Saga(case, place)
            done.do()
            calls = Failing(place.calls, nth, after=after)
            again = Saga(case, place, calls)
            again.results = done.results
            try:
                again.undo()
            except TryAgain:
                again.undo()
            else:
                assert nth > 1
                return
            assert back(place, case) == {}, calls.changes[-1]


def test_every_case_is_tried():
    assert set(DISTINCT) <= set(CASES)
