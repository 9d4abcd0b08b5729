"""How a past is used: seasons that were seen, tries that do not tell the same story, errors that do not vouch for themselves."""

import numpy as np
import pytest

from skywright.topics.series.forecast import interval
from skywright.topics.series.forecast.plan import Plan, plan_of

# length, horizon, seasons -> seasons that are used, forecasts that are tried, how far apart, of how many steps
PLANS = [
    (2, 5, (7,), ((), 0, 1, 0)),
    (3, 5, (7,), ((), 2, 1, 1)),
    (13, 3, (7,), ((), 6, 1, 3)),
    (40, 14, (7,), ((7,), 2, 7, 13)),
    (120, 14, (7,), ((7,), 7, 7, 14)),
    (120, 14, (7, 365), ((7,), 7, 7, 14)),
    (400, 395, (7,), ((7,), 4, 35, 133)),
    (960, 48, (24, 168), ((24, 168), 7, 24, 48)),
]


@pytest.mark.parametrize(("length", "horizon", "seasons", "expected"), PLANS)
def test_plans(length, horizon, seasons, expected):
    found = plan_of(length, horizon, seasons)
    assert (found.seasons, found.origins, found.stride, found.tested) == expected
    if found.origins:
        left = length - found.span
        assert left * 3 >= length - 2 or found.origins == 1
        assert all(2 * season <= left for season in found.seasons)
        assert found.stride * 4 >= found.tested or found.origins == 1


def test_a_bad_week_does_not_vouch_for_itself():
    """One origin of seven erred ten times as much as the others: it is ten times what was usual, not twice."""
    errors = np.ones((30, 7, 4))
    errors[:, 3] = 10.0
    _, up = interval._reach(errors, Plan((7,), 7, 7, 4, pooled=True), 0.95)
    assert up == pytest.approx(10.0)


def test_few_errors_reach_further():
    few = interval._reach(np.ones((1, 2, 5)), Plan((), 2, 1, 5, pooled=False), 0.95)[1]
    more = interval._reach(np.ones((1, 7, 5)), Plan((), 7, 5, 5, pooled=False), 0.95)[1]
    assert few > 1.2 * more > 1.2 * 1.96
