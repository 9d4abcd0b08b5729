"""Policies side by side: who beats whom, and the frontier through the autoscaler's targets."""

import numpy as np
import pytest

from skywright.topics.scaling.replay import better, pod_hours_at, replay
from skywright.topics.scaling.simulate import Outcome, Setup


def point(pod_hours: float, over: float) -> Outcome:
    return Outcome(
        policy="x", pod_hours=pod_hours, seconds_over_pct=over, requests_over_pct=0.0, changes=0, pods_mean=0.0, pods_peak=0
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (point(10, 1), point(11, 2), True),
        (point(10, 1), point(10, 2), True),
        (point(10, 1), point(10, 1), False),
        (point(9, 2), point(10, 1), False),
        (point(11, 2), point(10, 1), False),
    ],
)
def test_better_is_better_in_both(one: Outcome, other: Outcome, *, expected: bool) -> None:
    assert better(one, other) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [(0.5, None), (1.0, 100.0), (2.0, 75.0), (3.0, 50.0), (9.0, 40.0), (4.0, 47.5)],
)
def test_between_two_targets_a_mix_of_them(at: float, expected: float | None) -> None:
    assert pod_hours_at([point(100, 1), point(50, 3), point(40, 7)], at) == expected


def test_a_target_that_is_worse_in_both_is_not_on_the_frontier() -> None:
    assert pod_hours_at([point(100, 1), point(120, 2), point(50, 3)], 2.0) == 75.0


def test_only_the_last_part_is_scored() -> None:
    setup = Setup(pod_capacity=1.0, start_delay_s=30)
    quiet, busy = [2.0] * 1800, [4.0] * 1200
    found = replay(quiet + busy, setup, risks=[0.05], targets=[0.5], train=0.6)
    assert (found.seconds, found.scored_from, found.demand_mean) == (3000, 1800, 4.0)
    assert [one.policy for one in (*found.ours, *found.hpa)] == ["Foresight 5.00%", "HPA 50%"]
    assert found.hpa[0].pods_mean == pytest.approx(8.0, rel=0.05)
    assert len(found.strip.demand) == 72
    assert found.strip.demand[0] == 4.0
    assert np.mean(found.strip.over) == pytest.approx(found.ours[0].seconds_over_pct / 100, abs=0.01)


def test_the_pods_that_ran_are_enough_to_score_every_policy_anew() -> None:
    """As docs/concepts/autoscaling.md tells a reader of --pods to do it: second by second, the last ordered go first."""
    demand = np.random.default_rng(4).poisson(np.repeat([20.0, 60.0, 5.0, 45.0], 900)).tolist()
    setup = Setup(pod_capacity=4.0, start_delay_s=40)
    ran: dict[str, list[int]] = {}
    found = replay(
        demand, setup, risks=[0.05], targets=[0.7], landed=lambda name, one: ran.update({name: one.running.astype(int).tolist()})
    )
    for one in (*found.ours, *found.hpa):
        starts, before, over, pods = [-40], 1, 0, 0
        for tick, count in enumerate(ran[one.policy]):
            starts = [*starts, *[tick * 15] * (count - before)][:count]
            before = count
            for second in range(tick * 15, tick * 15 + 15):
                if second >= found.scored_from:
                    pods += count
                    over += demand[second] > 4.0 * sum(start + 40 <= second for start in starts)
        assert (pods / 3600, 100 * over / (len(demand) - found.scored_from)) == (one.pod_hours, one.seconds_over_pct)
