"""A score rests on what came before it: whatever follows, it stays the same, and every point has one."""

from datetime import datetime, timedelta
from random import Random

import pytest

from skywright.topics.series.anomaly.detector import Detector
from skywright.topics.series.anomaly.points import points
from skywright.topics.series.anomaly.watch import watch

START = datetime(2026, 1, 1)


def scores(values: list[float]) -> list[float]:
    rows = [[(START + timedelta(minutes=5 * place)).isoformat(), repr(value)] for place, value in enumerate(values)]
    read = points("f.csv", ("timestamp", "value"), rows, range(2, len(rows) + 2))
    return [one.score for one in watch(Detector(), read)]


@pytest.mark.parametrize("after", [[], [1e6] * 5, [0.0] * 40, [float(place) for place in range(60)]])
def test_what_follows_changes_no_score(after: list[float]) -> None:
    draw = Random(4)
    seen = [100 + draw.gauss(0, 3) + (60 if place == 230 else 0) for place in range(260)]
    first = scores(seen)
    assert len(first) == len(seen)
    assert max(first) == first[230] > 0
    assert scores(seen + after)[: len(seen)] == first
