"""Calls that many workers share: together they never exceed the bucket, and what one learns all know."""

import random
from collections.abc import Iterator

import pytest

from skywright.adapters.clouds.kit.limits import SharedLimiter
from skywright.adapters.stores.sql.budgets import BURST_S, CHUNK_S, RATE_MIN, RATE_START, SqlBudgets
from skywright.adapters.stores.sql.database import Database
from skywright.model.errors import TryAgain
from skywright.ports.other import Grant


class Time:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def budgets(postgres_url: str, time: Time) -> Iterator[SqlBudgets]:
    database = Database(postgres_url)
    yield SqlBudgets(database, time)
    database.close()


def calls_made(limiters: list[SharedLimiter], time: Time, seconds: float, seed: int, share_used: float = 1.0) -> list[float]:
    """Every limiter's calls, each made as soon as it may be, by a client that sometimes does something else first."""
    chance = random.Random(seed)
    made: list[float] = []
    ready = [(time.now, number) for number in range(len(limiters))]
    end = time.now + seconds
    while True:
        ready.sort()
        at, number = ready.pop(0)
        if at > end:
            return sorted(made)
        time.now = max(time.now, at)
        when = time.now + limiters[number].wait_s()
        made.append(when)
        pause = 0.0 if chance.random() < share_used else chance.uniform(0, 0.5)
        ready.append((when + pause, number))


@pytest.mark.parametrize("workers", [1, 2, 4, 8])
@pytest.mark.parametrize("eager", [1.0, 0.5])
def test_workers_together_never_exceed_the_budget(budgets: SqlBudgets, time: Time, workers: int, eager: float) -> None:
    limiters = [SharedLimiter(time, budgets, "aws/1/eu-west-1/ec2") for _ in range(workers)]
    made = calls_made(limiters, time, 6.0, seed=workers, share_used=eager)
    spare = RATE_START * (BURST_S + workers * CHUNK_S)  # the burst, and what each may hold in hand
    for start in range(0, len(made), 7):
        for length_s in (0.5, 1.0, 3.0):
            inside = sum(made[start] <= at <= made[start] + length_s for at in made)
            assert inside <= RATE_START * length_s + spare + 1
    assert len([at for at in made if at <= 1_006.0]) <= RATE_START * 6 + RATE_START * BURST_S + 1
    if eager == 1.0:
        assert len(made) >= RATE_START * 6  # and the budget is used


def test_what_one_is_refused_slows_all_down(budgets: SqlBudgets, time: Time) -> None:
    one, other = (SharedLimiter(time, budgets, "b") for _ in range(2))
    one.wait_s(), other.wait_s()
    one.throttled()
    assert one.rate == RATE_START / 2
    time.now += 3
    other.wait_s()
    assert other.rate == RATE_START / 2


def test_refusals_that_were_under_way_together_count_once(budgets: SqlBudgets, time: Time) -> None:
    limiters = [SharedLimiter(time, budgets, "b") for _ in range(5)]
    for limiter in limiters:
        limiter.throttled()
    assert budgets.reserve("b", 0).rate == RATE_START / 2
    for _ in range(30):
        time.now += 2
        limiters[0].throttled()
    assert budgets.reserve("b", 0).rate == RATE_MIN


def test_answered_calls_win_the_rate_back(budgets: SqlBudgets, time: Time) -> None:
    budgets.throttled("b")
    limiter = SharedLimiter(time, budgets, "b")
    for _ in range(200):
        time.now += limiter.wait_s() + 0.01
        limiter.succeeded()
    assert RATE_START / 2 + 5 < budgets.reserve("b", 0).rate < RATE_START / 2 + 11


def test_buckets_are_apart(budgets: SqlBudgets, time: Time) -> None:
    budgets.throttled("one")
    assert budgets.reserve("other", 0) == Grant(int(RATE_START * CHUNK_S), RATE_START * BURST_S, RATE_START)


def test_a_bucket_begins_with_the_rate_of_who_asks_first(budgets: SqlBudgets, time: Time) -> None:
    first, second = (SharedLimiter(time, budgets, "b") for _ in range(2))
    first.rate = 3.0
    first.wait_s(), second.wait_s()
    assert second.rate == 3.0


class Away:
    """Budgets that cannot be reached."""

    def reserve(self, bucket: str, answered: int, start: float) -> Grant:
        raise TryAgain("The store does not answer.")

    def throttled(self, bucket: str) -> float:
        raise TryAgain("The store does not answer.")


def test_without_the_store_calls_go_on_slowly(time: Time) -> None:
    limiter = SharedLimiter(time, Away(), "b")
    limiter.throttled()
    waits = []
    for _ in range(20):
        waits.append(limiter.wait_s())
        time.now += waits[-1]
    assert sum(waits) == pytest.approx(20 / (RATE_START / 4))
