"""Many workers: killed, stopped, and their store taken away, at random under load. Nothing is lost, nothing is done twice."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.sim.crowd import PATIENCE_S, Crowd

from skywright.lab.postgres import PostgresServer

TAKEN_OVER_S = 120
"""A few seconds on a quiet machine (docs/reliability.md), more on a busy one."""
NOTHING_AMISS = {"lost": [], "duplicated": [], "broken": []}


@pytest.fixture
def crowd(postgres: PostgresServer, tmp_path: Path) -> Iterator[Callable[[int], Crowd]]:
    """Makes a crowd by its seed."""
    made: list[Crowd] = []
    name = postgres.create()

    def make(seed: int) -> Crowd:
        made.append(Crowd(postgres.url(name), tmp_path, seed))
        made[-1].wait_for_workers(3)
        return made[-1]

    yield make
    for one in made:
        one.close()
    postgres.drop(name)


def load(crowd: Crowd, numbers: range) -> None:
    for number in numbers:
        crowd.ask_run(number)
    crowd.ask_gathering(numbers.start)


def test_six_workers_killed_at_random(crowd: Callable[[int], Crowd]) -> None:
    workers = crowd(1)
    for number in range(6):
        load(workers, range(number * 2, number * 2 + 2))
        assert workers.kill() < TAKEN_OVER_S
    assert workers.finish() == NOTHING_AMISS


def test_a_worker_that_was_stopped_longer_than_its_lease_does_nothing_twice(crowd: Callable[[int], Crowd]) -> None:
    workers = crowd(2)
    load(workers, range(6))
    workers.pause()
    assert workers.finish() == NOTHING_AMISS
    said = (workers.folder / "said").read_text()
    assert said.count("was not heard of for longer than its lease, and its work was given to others.") == 1
    assert said.count(" takes work.") == 4  # three, and the one that began anew


def test_the_store_goes_away_in_mid_run_and_comes_back(crowd: Callable[[int], Crowd], postgres: PostgresServer) -> None:
    workers = crowd(3)
    load(workers, range(6))
    workers.busy()
    postgres.kill()
    said = workers.folder / "said"
    workers.until(lambda: "The store does not answer; waiting. " in said.read_text(), PATIENCE_S, "a worker that notices")
    postgres.start()
    assert workers.finish() == NOTHING_AMISS
    assert "The store answers again." in said.read_text()
    assert "longer than its lease" not in said.read_text()


def test_work_that_is_asked_for_before_any_worker_lives_waits_for_one(crowd: Callable[[int], Crowd]) -> None:
    workers = crowd(4)
    for process in workers.workers:
        process.kill()
        process.wait()
    load(workers, range(2))
    workers.workers[0] = workers.start()
    assert workers.finish() == NOTHING_AMISS


def test_a_worker_that_is_told_to_stop_hands_its_work_over(crowd: Callable[[int], Crowd]) -> None:
    workers = crowd(6)
    load(workers, range(4))
    process, _, _ = workers.busy()
    process.terminate()
    assert process.wait(120) == 0
    assert workers.finish() == NOTHING_AMISS


@pytest.mark.soak
def test_a_hundred_kills_and_ten_stops(crowd: Callable[[int], Crowd]) -> None:
    workers = crowd(5)
    for number in range(100):
        load(workers, range(number * 2, number * 2 + 2))
        workers.kill()
        if number % 10 == 9:
            workers.pause()
    assert workers.finish(600) == NOTHING_AMISS
