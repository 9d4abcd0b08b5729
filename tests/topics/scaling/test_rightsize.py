"""Sizes set step by step: on one clock, without looking ahead, with figures that add up."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from skywright.model.series import Series
from skywright.topics.scaling.rightsize import Table, study, table, walk
from skywright.topics.scaling.size_rules import DecayingHistogram
from skywright.topics.scaling.sizing import Fleet

STEP = timedelta(minutes=5)
START = datetime(2026, 1, 1)


def fleet(seed: int, length: int = 900, count: int = 30) -> Table:
    draw = np.random.default_rng(seed)
    return Table(tuple(f"vm{i}" for i in range(count)), draw.gamma(2.0, draw.uniform(1, 8, (count, 1)), (count, length)), 1 / 12)


def test_parts_of_one_name_are_one_row() -> None:
    found = table([
        Series("a", START, STEP, (1.0, 2.0)),
        Series("b", START + 2 * STEP, STEP, (3.0,)),
        Series("a", START + 3 * STEP, STEP, (4.0,)),
    ])  # fmt: skip
    assert found.names == ("a", "b")
    np.testing.assert_array_equal(found.values, [[1, 2, np.nan, 4], [np.nan, np.nan, 3, np.nan]])
    with pytest.raises(ValueError, match="different steps"):
        table([Series("a", START, STEP, (1.0,)), Series("b", START, 2 * STEP, (1.0,))])


def test_the_stated_risk_and_less_slack_than_the_rules_at_theirs() -> None:
    found = study(fleet(1), 0.02)
    assert found.ours.over_pct == pytest.approx(2.0, rel=0.3)
    assert found.at_vpa.slack_mean < found.vpa.slack_mean
    assert found.at_peak.slack_mean < found.peak.slack_mean
    assert found.at_vpa.over_pct == pytest.approx(found.vpa.over_pct, rel=0.3)
    assert (found.series, found.samples, found.scored) == (30, 27_000, 30 * (900 - 504))
    for one in (found.ours, found.vpa, found.peak):
        assert one.slack_pct == pytest.approx(100 * one.slack_mean / one.size_mean)


def test_what_comes_later_changes_no_earlier_size() -> None:
    usage = fleet(2, 600)
    changed = usage.values.copy()
    changed[:, 500:] *= 7.0
    first, second = (
        dict(walk(Table(usage.names, values, usage.step_h), 0.05, 100, Fleet(30))) for values in (usage.values, changed)
    )
    assert list(first) == [100, 200, 300, 400, 500]
    for begin in first:
        np.testing.assert_array_equal(first[begin], second[begin])


def test_a_fleet_that_slept_at_first_is_sized_when_it_wakes() -> None:
    values = np.concatenate((np.zeros((5, 200)), np.random.default_rng(1).gamma(9.0, 1000.0, (5, 800))), axis=1)
    found = study(Table(tuple("abcde"), values, 1 / 12), 0.05)
    assert found.ours.over_pct == pytest.approx(5.0, rel=0.4)
    assert 9_000 < found.ours.size_mean < 20_000


def test_the_histogram_is_the_recommenders() -> None:
    """The end of the bucket of the 90th percentile plus 15 %; buckets from 0.01 core that widen by 5 %; a day halves a weight.

    By hand, in percent of a core: 5 falls into the fifth bucket, which ends at (1.05**5 - 1) / 0.05 = 5.5256.
    """
    end = [(1.05 ** (bucket + 1) - 1) / 0.05 for bucket in range(20)]
    five, twenty = end[4] * 1.15, next(one for one in end if one > 20) * 1.15
    once = DecayingHistogram(1, 1.0, 24.0)
    once.learn(np.full((1, 3), 5.0))
    assert once.sizes() == pytest.approx([five])
    # Nineteen 5s and a 20: the 5s are 95 % of the weight at once, and 83 % when they are two days older.
    for days, expected in ((0, five), (2, twenty)):
        found = DecayingHistogram(1, 1.0, 1 / 60)
        found.learn(np.full((1, 19), 5.0))
        found.learn(np.full((1, days * 24 * 60), np.nan))
        found.learn(np.full((1, 1), 20.0))
        assert found.sizes() == pytest.approx([expected]), days


def test_a_core_sets_the_first_bucket_of_the_rule() -> None:
    usage = fleet(3)
    most = float(usage.values.max())
    assert study(usage, 0.02).vpa == study(usage, 0.02, core=most).vpa
    assert study(usage, 0.02, core=10 * most).vpa.size_mean > study(usage, 0.02).vpa.size_mean


def test_a_series_without_a_past_is_not_scored_before_it_has_one() -> None:
    usage = fleet(5, 400, 10)
    usage.values[4, :350] = np.nan
    told: dict[int, np.ndarray] = {}
    found = study(usage, 0.05, every=100, train=0.5, sized=lambda begin, sizes: told.update({begin: sizes}))
    assert list(told) == [100, 200, 300]
    assert np.isnan(told[300][4])
    met = [(usage.values[:, begin : begin + 100], told[begin][:, None]) for begin in (200, 300)]
    there = sum(int((np.isfinite(block) & np.isfinite(sizes)).sum()) for block, sizes in met)
    over = sum(int((block > sizes).sum()) for block, sizes in met)
    assert (found.scored, found.ours.over_pct) == (9 * 200, pytest.approx(100 * over / there))
    assert there == 9 * 200
