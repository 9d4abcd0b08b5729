"""The detector judges each point by what was before it, and says an episode once."""

import random
from datetime import datetime, timedelta

import pytest

from skywright.topics.series.anomaly.detector import Detector
from skywright.topics.series.anomaly.watch import ALARM, remembered, written

START = datetime(2026, 3, 2)


def daily(count: int, seed: int = 7) -> list[float]:
    """Five-minute load: low at night, high by day, with noise."""
    noise = random.Random(seed)
    return [40 + 20 * (8 <= (index // 12) % 24 < 20) + noise.gauss(0, 1) for index in range(count)]


def scores(values: list[float], detector: Detector | None = None, first: int = 0) -> list[float]:
    """A series through a detector."""
    detector = detector or Detector()
    step = timedelta(minutes=5)
    return [detector.judge(START + (first + index) * step, value).score for index, value in enumerate(values)]


def spike(values: list[float]) -> None:
    values[3000] += 40


def shift(values: list[float]) -> None:
    values[3000:] = [value + 25 for value in values[3000:]]


def dropout(values: list[float]) -> None:
    values[3000:3020] = [0.0] * 20


@pytest.mark.parametrize("change", [spike, shift, dropout])
def test_what_is_planted_is_found_at_once_and_said_once(change) -> None:
    values = daily(4000)
    change(values)
    found = [index for index, score in enumerate(scores(values)) if score >= ALARM]
    planted = [index for index in found if 2995 <= index < 3150]
    assert planted
    assert planted[0] <= 3003
    assert len(planted) <= 4
    assert len(found) - len(planted) <= 1


def test_nothing_of_the_future_is_used() -> None:
    values = daily(3500)
    spike(values)
    assert scores(values)[:3100] == scores(values[:3100])


def test_a_memory_goes_on_where_it_was_left() -> None:
    values = daily(3100)
    spike(values)
    detector = Detector()
    head = scores(values[:2500], detector)
    tail = scores(values[2500:], remembered(written(detector), "memory"), first=2500)
    assert head + tail == scores(values)


def test_memory_is_bounded() -> None:
    short, long = Detector(), Detector()
    scores(daily(6000), short)
    scores(daily(12000), long)
    assert len(written(long)) < 1.05 * len(written(short))
