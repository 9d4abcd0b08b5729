"""What speaks for a surprise and what against it: habits, values seen before, the youth of a series, and how they are weighed."""

import random
from datetime import datetime, timedelta

import pytest

from skywright.topics.series.anomaly.detector import Detector, Evidence, weighed
from skywright.topics.series.anomaly.habit import Habit
from skywright.topics.series.anomaly.watch import ALARM

START = datetime(2026, 3, 2)
DAY = 24 * 12


def scores(values: list[float]) -> list[float]:
    """Five-minute points through a detector."""
    detector = Detector()
    return [detector.judge(START + index * timedelta(minutes=5), value).score for index, value in enumerate(values)]


def quiet(days: int, seed: int = 3) -> list[float]:
    """A level with noise."""
    noise = random.Random(seed)
    return [50 + noise.gauss(0, 1) for _ in range(days * DAY)]


def nightly(days: int) -> list[float]:
    """A job at about three in the morning, never as long or as large as the night before."""
    values, odd = quiet(days), random.Random(5)
    for day in range(days):
        begins = day * DAY + 36 + odd.randrange(6)
        values[begins : begins + 1 + odd.randrange(3)] = [75 + odd.gauss(0, 4)]
    return values


def test_a_job_of_every_night_surprises_less_than_the_same_at_noon() -> None:
    by_night, by_noon = nightly(12), nightly(12)
    night, noon = 10 * DAY + 38, 10 * DAY + 12 * 12
    by_night[10 * DAY : 10 * DAY + 60] = quiet(1)[:60]
    by_night[night], by_noon[noon] = 78.0, 78.0
    judged = scores(by_night)
    told = [day for day in range(12) if max(judged[day * DAY : day * DAY + 60]) >= ALARM]
    assert told[:2] == [1, 2]  # new at first
    assert len(told) <= 3
    assert judged[night] < 0.7 * scores(by_noon)[noon]


def test_the_same_spike_counts_less_in_a_young_series() -> None:
    young, old = quiet(6), quiet(6)
    young[DAY // 2] += 12
    old[4 * DAY + DAY // 2] += 12
    assert scores(young)[DAY // 2] < 0.5 * scores(old)[4 * DAY + DAY // 2]


def test_a_value_seen_before_is_less_new_than_one_never_seen() -> None:
    detector, values = Detector(), quiet(5)
    values[3 * DAY : 3 * DAY + 2] = [80.0, 80.5]
    for index, value in enumerate(values):
        detector.judge(START + index * timedelta(minutes=5), value)
    seen, new = (detector._unseen(value) for value in (80.2, 95.0))
    assert 0 < seen < 0.05
    assert new == pytest.approx((95.0 - 80.0) / 45, rel=0.02)


def test_a_habit_is_what_came_on_two_of_five_days_within_an_hour() -> None:
    habit = Habit()
    for day in range(6):
        for hour in range(24):
            habit.learn(
                START + timedelta(days=day, hours=hour),
                {(1, 9): 7.0, (3, 10): 9.0, (0, 15): 8.0, (5, 15): 8.0}.get((day, hour), 1.0),
            )
    after = START + timedelta(days=6)
    assert [habit.strongest(after + timedelta(hours=hour)) for hour in (8, 9, 10, 11, 15)] == [1.0, 7.0, 7.0, 1.0, 1.0]


def test_days_of_few_hours_make_no_habit() -> None:
    habit = Habit()
    for day in range(10):
        habit.learn(START + timedelta(days=day), 9.0)
    assert habit.strongest(START + timedelta(days=10)) == 0.0


@pytest.mark.parametrize(
    ("more", "surer"),
    [("strength", True), ("second", True), ("unusual", True), ("unseen", True), ("age", False)],
)
def test_each_piece_of_evidence_speaks_in_its_direction(more: str, surer: bool) -> None:
    plain = dict.fromkeys(Evidence.__struct_fields__, 0.5)
    assert (weighed(Evidence(**plain | {more: 0.9})) > weighed(Evidence(**plain))) is surer
