"""Sizes: the stated risk is met with the least capacity, short histories are not believed, and nothing looks ahead."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.topics.scaling.size_rules import DecayingHistogram, peak_rule
from skywright.topics.scaling.sizing import EACH_MAX, Fleet, recommend, recommend_all


def test_one_series_gets_the_quantile_of_what_it_used() -> None:
    draw = np.random.default_rng(1).gamma(4.0, 5.0, 5000)
    for risk in (0.01, 0.05, 0.2):
        found = recommend(draw.tolist(), risk)
        assert np.mean(np.random.default_rng(2).gamma(4.0, 5.0, 100_000) > found.size) == pytest.approx(risk, rel=0.35)
        assert found.over_chance <= risk


def test_a_short_history_is_not_believed() -> None:
    """Twenty equal samples say little about one in a thousand: the size lies above all of them."""
    assert recommend([5.0, 6.0] * 10, 0.001).size > 6.0
    assert recommend([5.0] * 20_000, 0.01).size == pytest.approx(5.0, rel=0.06)


def test_a_fleet_meets_its_risk_with_less_than_equal_quantiles() -> None:
    """One steady series and one with a long tail: the steady one is covered, the tail is not bought whole."""
    draw = np.random.default_rng(4)
    usage = {f"steady{i}": draw.normal(20, 1, 3000).clip(0) for i in range(10)}
    usage |= {f"wild{i}": draw.pareto(1.5, 3000) * 8 for i in range(10)}
    found = recommend_all({name: one.tolist() for name, one in usage.items()}, 0.02)
    over = np.mean([np.mean(usage[one.series] > one.size) for one in found])
    assert over == pytest.approx(0.02, rel=0.3)
    assert max(one.over_chance for one in found) <= EACH_MAX * 0.02
    equal = sum(float(np.quantile(one, 1 - over)) for one in usage.values())
    assert sum(one.size for one in found) < 0.9 * equal


def test_a_risk_that_no_size_meets_is_the_largest_thought_of() -> None:
    assert recommend([1.0, 10.0], 1e-9).size > 15.0
    assert min(one.size for one in recommend_all({"a": [1.0, 9.0], "b": [2.0, 10.0]}, 1e-9)) > 15.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1000), min_size=1, max_size=300), st.floats(0.001, 0.3))
def test_any_history_has_a_size(values: list[float], risk: float) -> None:
    found = recommend(values, risk)
    assert math.isfinite(found.size)
    assert 0 <= found.over_chance <= 1
    assert found.used_most == max(values)
    assert recommend(values, min(risk * 2, 0.9)).size <= found.size + 1e-9


@pytest.mark.parametrize("risk", [0.0, 1.0, -1.0])
def test_no_such_risk(risk: float) -> None:
    with pytest.raises(ValueError, match="is no share between 0 and 1"):
        recommend([1.0], risk)


def test_no_sample_no_size() -> None:
    with pytest.raises(ValueError, match="a series without a sample has no size"):
        recommend_all({"a": [1.0], "b": [math.nan]}, 0.1)


def test_what_is_missing_is_no_usage() -> None:
    holes = [5.0, math.nan] * 500
    assert recommend(holes, 0.05).size == recommend([5.0] * 500, 0.05).size
    fleet = Fleet(2)
    fleet.learn(np.array([[1.0, 2.0], [np.nan, np.nan]]))
    assert math.isnan(fleet.sizes(0.1)[0][1])


def test_the_decaying_histogram_by_hand() -> None:
    """Ten samples, the newest highest: the 90th percentile by weight lies in the last bucket; its end, plus 15 %."""
    rule = DecayingHistogram(1, 1.0, 1.0)
    rule.learn(np.array([[3.0] * 30 + [10.0] * 5]))
    weights = 2.0 ** ((np.arange(35) - 34) / 24)
    assert weights[:30].sum() < 0.9 * weights.sum()
    bucket = int(math.log(10.0 * 0.05 + 1) / math.log(1.05))
    assert rule.sizes()[0] == pytest.approx((1.05 ** (bucket + 1) - 1) / 0.05 * 1.15)
    slow = DecayingHistogram(1, 1.0, 1.0)
    for value in [3.0] * 30 + [10.0] * 5:
        slow.learn(np.array([[value]]))
    assert slow.sizes()[0] == pytest.approx(rule.sizes()[0])


def test_the_peak_rule_by_hand() -> None:
    history = np.array([[99.0] * 10 + [float(i) for i in range(14 * 24)], [np.nan] * (14 * 24 + 10)])
    found = peak_rule(history, 1.0)
    assert found[0] == pytest.approx(1.2 * np.percentile(np.arange(14 * 24), 99.5))
    assert math.isnan(found[1])
