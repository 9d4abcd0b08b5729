"""Short histories: intervals that are of use, and hold what comes."""

import random
from datetime import date, timedelta
from statistics import median

import pytest
from tests.topics.cost.outlook.made import use

from skywright.topics.cost.outlook.prior import DAYS_MAX, DAYS_MIN, reaches
from skywright.topics.cost.outlook.use import Span, uses
from skywright.topics.series.forecast import forecast_sums

FIRST = date(2026, 9, 1)
SPANS = [Span(FIRST, FIRST, steps) for steps in ((0, 9), (9, 40), (9, 101))]


@pytest.mark.parametrize("days", [20, 28, 41])
def test_a_few_weeks_give_an_interval_of_use_that_holds(days):
    """Rest of the month, the month after it, three months: made bills with their truth."""
    inside, widths = 0, [[], [], []]
    for seed in range(12):
        every = [row[1] for row in use(random.Random(f"{days} {seed}"), FIRST, days + 101, drift=0.01 * (seed % 3))]
        through = FIRST + timedelta(days=days - 1)
        known = {FIRST + timedelta(days=day): cost for day, cost in enumerate(every[:days])}
        (told,) = uses([known], through, SPANS, forecast_sums)
        for place, span in enumerate(SPANS):
            truth = sum(every[days:][slice(*span.steps)])
            inside += told.low[place] <= truth <= told.high[place]
            widths[place].append((told.high[place] - told.low[place]) / told.points[place])
    assert inside >= 0.9 * 36
    assert [median(one) < most for one, most in zip(widths, (0.6, 0.8, 1.1), strict=True)] == [True] * 3


STEADY = [100.0, 101.0, 99.0, 100.0, 100.0, 75.0, 76.0]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("too short", STEADY * 2),
        ("long enough to tell by itself", STEADY * 8),
        ("a day that cost nothing", [*STEADY * 3, 0.0]),
        ("a credit", [*STEADY * 3, -5.0]),
    ],
)
def test_where_nothing_is_said(name, values):
    assert reaches(values, [(0, 9)], 0.0) is None


def test_how_far_it_reaches():
    (near, _), (far, up) = reaches(STEADY * 4, [(0, 9), (9, 40)], 0.0)
    assert 0 < far < near < 1 < up
    assert far * up == pytest.approx(1)
    wild = [cost * (1.3 if place // 7 % 2 else 1) for place, cost in enumerate(STEADY * 4)]
    assert reaches(wild, [(0, 9)], 0.0)[0][1] > 1 / near
    assert reaches(STEADY * 4, [(0, 9)], 0.2)[0][1] > 1 / near
    assert DAYS_MIN < 28 < DAYS_MAX
