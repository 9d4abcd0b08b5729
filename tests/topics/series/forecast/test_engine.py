"""Forecasts: intervals hold their points, units do not matter, what is known beforehand is found, and nothing looks ahead."""

import math
import random
import sys
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.model.errors import AskHuman, BadInput
from skywright.model.series import Series
from skywright.topics.series.forecast import forecast, forecast_sums
from skywright.topics.series.forecast.candidates import _held
from skywright.topics.series.forecast.plan import Plan

START, DAY = datetime(2026, 1, 1), timedelta(days=1)


def series(values, name="s") -> Series:
    return Series(name, START, DAY, tuple(map(float, values)))


def weekly(count: int, noise: float = 1.0, seed: int = 1, growth: float = 0.1) -> list[float]:
    draw = random.Random(seed)
    return [100 + growth * day - 25 * (day % 7 > 4) + draw.gauss(0, noise) for day in range(count)]


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40),
    horizon=st.integers(1, 9),
    season=st.sampled_from([(), (7,), (3, 6)]),
)
def test_every_interval_holds_its_point_and_is_finite(values, horizon, season):
    (told,) = forecast([series(values)], horizon, season)
    assert len(told.points) == len(told.low) == len(told.high) == horizon
    for low, point, high in zip(told.low, told.points, told.high, strict=True):
        assert low <= point <= high
        assert math.isfinite(low)
        assert math.isfinite(high)
    if min(values) >= 0:
        assert min(told.low) >= 0


@pytest.mark.parametrize("factor", [1e-6, 1000.0, 1e12])
def test_another_unit_gives_the_same_forecast_in_that_unit(factor):
    values = weekly(90)
    (one,), (other,) = forecast([series(values)], 14, [7]), forecast([series(v * factor for v in values)], 14, [7])
    for name in ("points", "low", "high"):
        assert getattr(other, name) == pytest.approx([value * factor for value in getattr(one, name)], rel=1e-6)
    assert other.error_share == pytest.approx(one.error_share, rel=1e-6)


def test_a_shift_shifts_the_forecast_where_values_have_both_signs():
    values = [value - 100 for value in weekly(90)]
    (one,), (other,) = forecast([series(values)], 7, [7]), forecast([series(v + 5 for v in values)], 7, [7])
    assert other.points == pytest.approx([value + 5 for value in one.points], abs=1e-4)
    assert other.low == pytest.approx([value + 5 for value in one.low], abs=1e-3)


def test_a_week_that_repeats_is_foretold_to_the_last_digit_and_tight():
    values = [10, 20, 30, 40, 50, 5, 5] * 12
    (told,) = forecast([series(values)], 14, [7])
    assert told.points == pytest.approx([10, 20, 30, 40, 50, 5, 5] * 2, rel=1e-3)
    assert told.error_share < 1e-3
    assert max(high - low for low, high in zip(told.low, told.high, strict=True)) < 1


def test_seasons_are_not_used_before_they_were_seen_twice():
    (told,) = forecast([series(weekly(12))], 3, [7, 365])
    assert "365" not in told.method


def test_what_comes_later_does_not_change_what_was_said_before():
    """A forecast looks at its series only, not at what its neighbours in the file did after its end."""
    short, long = weekly(60), weekly(120, seed=2)
    (alone, _) = forecast([series(short, "a"), series(long, "b")], 7, [7])
    (again, _) = forecast([series(short, "a"), series([*long[:90], *(v * 9 for v in long[90:])], "b")], 7, [7])
    assert again.points == pytest.approx(alone.points, rel=1e-9)


def test_the_order_of_series_does_not_matter():
    many = [series(weekly(90, seed=seed), str(seed)) for seed in range(5)]
    told, turned = forecast(many, 7, [7]), forecast(many[::-1], 7, [7])
    for one, other in zip(told, turned[::-1], strict=True):
        assert one.points == pytest.approx(other.points, rel=1e-7)


def test_intervals_hold_about_as_much_as_they_say():
    """150 series, of which the last 14 days were kept back: between 90 % and 99 % of them lie inside."""
    made = [weekly(134, noise=5, seed=seed) for seed in range(150)]
    told = forecast([series(one[:120], str(place)) for place, one in enumerate(made)], 14, [7])
    inside = [
        low <= value <= high
        for one, said in zip(made, told, strict=True)
        for value, low, high in zip(one[120:], said.low, said.high, strict=True)
    ]
    assert 0.90 <= sum(inside) / len(inside) <= 0.99


def test_the_interval_of_a_single_series_holds_too():
    held = []
    for seed in range(40):
        made = weekly(104, noise=5, seed=seed)
        (said,) = forecast([series(made[:90])], 14, [7])
        held += [low <= value <= high for value, low, high in zip(made[90:], said.low, said.high, strict=True)]
    assert 0.90 <= sum(held) / len(held) <= 1


def test_sums_of_wandering_series_are_held_too():
    """Daily costs that wander, of which 90 days are known: the rest of a month and the month after it."""
    spans, held = [(0, 9), (9, 40)], []
    for seed in range(30):
        draw, level, made = random.Random(seed), 100.0, []
        for day in range(130):
            level *= 1 + draw.gauss(0, 0.01)
            made.append(level * (0.75 if day % 7 > 4 else 1) * (1 + draw.gauss(0, 0.03)))
        (said,) = forecast_sums([series(made[:90])], spans, [7])
        held += [
            low <= sum(made[90 + first : 90 + last]) <= high
            for (first, last), low, high in zip(spans, said.low, said.high, strict=True)
        ]
    assert sum(held) / len(held) >= 0.90


def test_sums_are_the_sums_of_steps_and_their_intervals_are_narrower_than_the_sums_of_intervals():
    values = [series(weekly(120, noise=6))]
    (steps,), (sums,) = forecast(values, 14, [7]), forecast_sums(values, [(0, 7), (7, 14), (0, 14)], [7])
    assert sums.points == pytest.approx([sum(steps.points[:7]), sum(steps.points[7:]), sum(steps.points)], rel=1e-6)
    assert sums.high[2] - sums.low[2] < sum(steps.high) - sum(steps.low)


def test_beyond_what_could_be_tried_the_interval_grows():
    (told,) = forecast_sums([series(weekly(60, noise=6))], [(0, 10), (0, 300)], [7])
    near, far = ((high - low) / point for low, point, high in zip(told.low, told.points, told.high, strict=True))
    assert far > 3 * near


@pytest.mark.parametrize(("values", "windows"), [([5.0], 0), ([5.0, 6.0], 0), ([1, 2, 3, 4], 2), ([0.0] * 30, 7)])
def test_little_or_nothing_is_still_answered(values, windows):
    (told,) = forecast([series(values)], 5)
    assert told.error_windows == windows
    assert (told.error is None) == (windows == 0)
    assert min(told.low) >= 0


def test_a_value_alone_says_so():
    (told,) = forecast([series([5.0])], 2)
    assert told.points == (5.0, 5.0)
    assert told.low[0] == 0.0
    assert told.high[0] > 7.5
    assert told.method == "mean of 1 value; nothing could be tried"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"horizon": 0}, "A horizon of 0 steps; 1 to 10000 can be forecast."),
        ({"horizon": 20_000}, "A horizon of 20000 steps; 1 to 10000 can be forecast."),
        ({"seasons": [0]}, "A season of 0 steps is none. Give the length of a season in steps."),
        ({"coverage": 1.0}, "An interval that holds 100%; from 50 % to under 100 % can be given."),
        ({"values": []}, "Series s has no values. Leave it out."),
        ({"values": [1, math.nan]}, "Series s holds a value that is no number. Leave it out."),
    ],
)
def test_what_cannot_be_forecast_is_said(asked, sentence):
    with pytest.raises(BadInput) as caught:
        forecast([series(asked.get("values", [1, 2, 3]))], asked.get("horizon", 3), asked.get("seasons", ()),
                 asked.get("coverage", 0.95))  # fmt: skip
    assert str(caught.value) == sentence


def test_without_numpy_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(AskHuman) as caught:
        forecast([series([1, 2, 3])], 3)
    assert str(caught.value) == "Forecasts need numpy, which is not installed. Install skywright[finops]."


def test_a_surprise_at_the_end_does_not_set_a_regression_running():
    """A cost as steady as machines are, and two bursts in its last days (two lines of a bill that are alike): nobody expects a
    month of twice as much from that."""
    draw, burst = random.Random(4), [19.2] * 6 + [51.0] * 4 + [19.2] * 2
    steady = [188.6 - 3 * (day % 7 in {3, 4}) + draw.gauss(0, 0.16) for day in range(200)]
    values = [value + more for value, more in zip(steady, [0.0] * 188 + burst, strict=True)]
    spans = [(0, 9), *((9 + 30 * month, 39 + 30 * month) for month in range(12))]
    for told in forecast_sums([series(values, "all"), series(values, "one")], spans, [7]):
        assert min(told.points[1:]) >= 185 * 30
        assert max(told.points[1:]) <= 242 * 30


def test_beyond_what_was_tried_a_regression_repeats_its_last_season():
    made = np.arange(40.0)[None, :]
    plan = Plan(seasons=(7, 60), origins=1, stride=7, tested=40, pooled=True)
    assert _held(made, 56, plan)[0].tolist() == [*range(40), *range(33, 40), *range(33, 40), 33.0, 34.0]
    assert _held(made, 30, plan)[0, -1] == 39
    assert _held(made, 42, Plan(seasons=(), origins=1, stride=1, tested=40, pooled=True))[0, 39:].tolist() == [39, 39, 39]
