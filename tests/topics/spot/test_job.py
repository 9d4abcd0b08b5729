"""Jobs with a deadline: never late, never dearer than the peers, and right where it can be reckoned by hand."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.model.errors import BadInput
from skywright.topics.spot.job import Act, Job, solve


def job(**columns):
    usual = {"work_h": 4.0, "deadline_h": 8.0, "step_h": 0.5, "spot_price": 0.3, "on_demand_price": 1.0, "lost": 0.1, "back": 0.5}
    return Job(**usual | {"restart_h": 0.5} | columns)


def test_spot_that_is_never_lost_does_it_all():
    best, _ = solve(job(lost=0.0))
    assert (best.cost, best.on_demand_share, best.first) == (pytest.approx(4.5 * 0.3), 0.0, Act.SPOT)


def test_without_slack_it_runs_on_demand():
    best, greedy = solve(job(deadline_h=4.5))
    assert (best.cost, best.first, greedy.cost) == (pytest.approx(4.5), Act.ON_DEMAND, pytest.approx(4.5))


def test_one_step_by_hand():
    """One step of work in two, no restart: spot now, at 0.4; nothing can go wrong any more."""
    best, _ = solve(job(work_h=1.0, deadline_h=2.0, step_h=1.0, restart_h=0.0, spot_price=0.4))
    assert best.cost == pytest.approx(0.4)


def test_two_steps_by_hand():
    """Two of work in two: on spot at first (0.4); in the second step spot is there with 0.9 (0.4), else on demand (1.0)."""
    best, _ = solve(job(work_h=2.0, deadline_h=2.0, step_h=1.0, restart_h=0.0, spot_price=0.4))
    assert best.cost == pytest.approx(0.4 + 0.9 * 0.4 + 0.1 * 1.0)


def test_more_time_never_costs_more():
    costs = [solve(job(deadline_h=hours))[0].cost for hours in (4.5, 5.0, 6.0, 8.0, 12.0)]
    assert costs == sorted(costs, reverse=True)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.5, 6), st.floats(1, 3), st.floats(0, 1), st.floats(0, 0.9), st.floats(0.05, 1), st.floats(0, 1),
)  # fmt: skip
def test_the_best_is_at_most_the_greedy_one_and_on_demand_alone(work, slack, price, lost, back, restart):
    asked = job(work_h=work, deadline_h=work * slack + restart + 1, spot_price=price, lost=lost, back=back, restart_h=restart)
    best, greedy = solve(asked)
    assert best.cost <= greedy.cost + 1e-9
    assert best.cost <= best.on_demand_cost + 1e-9


def test_a_job_that_cannot_make_it_is_refused():
    with pytest.raises(BadInput) as error:
        solve(job(deadline_h=4.0))
    assert str(error.value) == "4.5 hours of work and restart do not fit into 4. Give it more time, or a larger machine."


def test_too_many_steps_are_refused():
    with pytest.raises(BadInput, match="4000 steps are too many; 300 are looked at"):
        solve(job(deadline_h=400.0, step_h=0.1))


def test_the_expected_cost_is_what_a_simulation_of_the_simplest_policy_costs():
    """Always spot when there, else wait, without restarts and with endless time: work x price, whatever is lost."""
    best, _ = solve(job(restart_h=0.0, deadline_h=60.0, back=0.9, step_h=1.0))
    draw, total = random.Random(1), 0.0
    for _ in range(2000):
        there, rest = True, 4
        while rest:
            if there:
                rest, total = rest - 1, total + 0.3
            there = draw.random() >= 0.1 if there else draw.random() < 0.9
    assert best.cost == pytest.approx(total / 2000, rel=0.02)
