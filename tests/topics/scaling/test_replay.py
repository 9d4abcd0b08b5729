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
