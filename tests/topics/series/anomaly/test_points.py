"""Any file of cells gives points or a sentence about a line of it; any finite numbers give scores in 0..1."""

import math
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.model.errors import BadInput
from skywright.topics.series.anomaly.detector import Detector
from skywright.topics.series.anomaly.points import VALUE_MAX, points

CELLS = st.one_of(
    st.text(max_size=12), st.floats().map(str), st.datetimes().map(str), st.sampled_from(["", "nan", "2026-01-01T00:00Z"])
)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=8))
def test_any_cells(rows: list[tuple[str, str]]) -> None:
    lines = range(2, 2 + len(rows))
    try:
        found = points("f.csv", ("Timestamp", "value"), rows, list(lines))
    except BadInput as error:
        assert error.where == "f.csv" or error.where.removeprefix("f.csv:").isdigit()
        assert error.next_step
    else:
        assert len(found.times) == len(found.values) == len(found.lines) > 0
        assert all(math.isfinite(value) for value in found.values)


def test_zones_are_turned_into_utc_and_columns_found_by_name() -> None:
    found = points("f.csv", ("region", "cost", "Date"), [("x", "3.5", "2026-01-01T02:00:00+02:00")], [2])
    assert (found.times, found.values, found.remarks) == ((datetime(2026, 1, 1),), (3.5,), ())


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-VALUE_MAX, VALUE_MAX), min_size=1, max_size=12), st.integers(0, 3))
def test_any_numbers(values: list[float], repeated: int) -> None:
    detector = Detector()
    for index in range(150):
        value = values[index % len(values)] if index % (repeated + 1) == 0 else 0.0
        score = detector.judge(datetime(2026, 1, 1) + timedelta(minutes=index), value).score
        assert 0.0 <= score <= 1.0


@pytest.mark.parametrize("value", [0.0, 5.0, 1e300, -1e-300])
def test_a_flat_line_never_surprises(value: float) -> None:
    detector = Detector()
    scores = [detector.judge(datetime(2026, 1, 1) + timedelta(minutes=5 * index), value).score for index in range(600)]
    assert max(scores) < 0.5
