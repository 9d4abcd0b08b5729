"""The sketch of what was used: small, never too low, and the same whatever comes later."""

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.model.history import BLOCK, KEPT, SAMPLES, STANDS_FOR, UsageHistory, block_of, sketched, unfolded

SAMPLE = st.one_of(st.floats(0, 1e7), st.just(math.nan))


@given(st.lists(SAMPLE, max_size=SAMPLES), st.floats(0, 1e7))
def test_no_share_of_time_above_a_value_is_told_too_low(samples: list[float], value: float) -> None:
    there = [one for one in samples if math.isfinite(one)]
    told = [one for one in unfolded(sketched(samples)) if math.isfinite(one)]
    assert len(there) <= len(told) < len(there) + max(STANDS_FOR)
    assert sum(one > value for one in told) >= sum(one > value for one in there)
    if there:
        assert max(there) <= max(told) <= max(0.001, max(there) * 1.01)


@given(st.lists(st.floats(1, 1e6), min_size=SAMPLES, max_size=SAMPLES))
def test_the_highest_of_a_whole_block_are_told_one_by_one_and_the_others_no_higher_than_their_groups(samples: list[float]) -> None:
    told, true = unfolded(sketched(samples)), sorted(samples, reverse=True)
    assert len(told) == sum(STANDS_FOR) == SAMPLES
    assert all(one <= other * 1.01 for one, other in zip(told[:4], true[:4], strict=True))
    first = 0
    for count in STANDS_FOR:
        assert set(told[first : first + count]) == {told[first]}
        assert true[first] <= told[first] <= true[first] * 1.01
        first += count


@pytest.mark.parametrize(
    ("samples", "kept"),
    [
        ([], []),
        ([math.nan, 3.0], [3.0]),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [7.0, 6.0, 5.0, 4.0, 3.0, 1.0]),
        ([1234.0], [1240.0]),  # up, never down
        ([0.0], [0.0]),
        ([800.0], [800.0]),
        ([99.95], [100.0]),
        ([1e-300], [0.001]),
    ],
)
def test_what_is_kept(samples: list[float], kept: list[float]) -> None:
    assert sketched(samples) == (*kept, *[None] * (KEPT - len(kept)))


def test_blocks_begin_at_midnight_and_every_six_hours() -> None:
    assert block_of(datetime(2026, 3, 1, 11, 59)) == datetime(2026, 3, 1, 6)
    row = UsageHistory(resource="r", part="p", metric="cpu_millis", start=datetime(2026, 3, 1, 18), kept=[1.0] * 2 * KEPT)
    assert [begin for begin, _ in row.blocks()] == [datetime(2026, 3, 1, 18), datetime(2026, 3, 2)]
    assert row.end == row.start + 2 * BLOCK
