"""Pods serve when they are ready, are paid from their order, and every figure adds up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.topics.scaling.simulate import Fleet, Setup, fly, outcome


class Script:
    """A policy that wants what it was told."""

    name = "script"

    def __init__(self, wants: list[int]) -> None:
        self.wants = wants
        self.seen: list[Fleet] = []

    def board(self, demand: np.ndarray, setup: Setup) -> "Script":
        return self

    def wanted(self, tick: int, fleet: Fleet) -> int:
        self.seen.append(fleet)
        return self.wants[tick]


def test_a_trace_worked_out_by_hand() -> None:
    """Ticks of 10 s, ready after 15 s: 1 pod; 3 wanted at 10 s serve from 25 s; 2 at 30 s; one at 40 s."""
    setup = Setup(pod_capacity=5.0, start_delay_s=15, sync_s=10)
    demand = np.array([4.0] * 20 + [12.0] * 30)
    flight = fly(Script([1, 3, 3, 2, 1]), demand, setup)
    assert flight.ready.tolist() == [1] * 25 + [3] * 5 + [2] * 10 + [1] * 10
    assert flight.running.tolist() == [1, 3, 3, 2, 1]
    assert flight.changed.tolist() == [0, 1, 0, 1, 1]
    found = outcome("script", flight, demand, setup)
    assert found.pod_hours == pytest.approx((1 + 3 + 3 + 2 + 1) * 10 / 3600)
    assert found.seconds_over_pct == pytest.approx(100 * (5 + 20) / 50)  # 20..24 at one pod, 30..49 at two and one
    assert found.requests_over_pct == pytest.approx(100 * (5 * 7 + 10 * 2 + 10 * 7) / (20 * 4 + 30 * 12))
    assert (found.changes, found.pods_peak) == (3, 3)
    late = outcome("script", flight, demand, setup, since=30)
    assert late.pod_hours == pytest.approx(30 / 3600)
    assert late.seconds_over_pct == pytest.approx(100 * 20 / 20)
    assert late.changes == 2


def test_those_that_start_are_the_first_to_go() -> None:
    setup = Setup(pod_capacity=1.0, start_delay_s=25, sync_s=10)
    script = Script([1, 4, 2, 2, 2])
    flight = fly(script, np.ones(50), setup)
    assert script.seen == [Fleet(1, 0), Fleet(1, 0), Fleet(1, 3), Fleet(1, 1), Fleet(2, 0)]
    assert flight.ready.tolist() == [1] * 35 + [2] * 15


def test_without_delay_a_pod_serves_at_once() -> None:
    flight = fly(Script([1, 2]), np.ones(20), Setup(pod_capacity=1.0, start_delay_s=0, sync_s=10))
    assert flight.ready.tolist() == [1] * 10 + [2] * 10


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(0, 70), st.integers(1, 20), st.integers(0, 19))
def test_no_pod_serves_before_its_delay_and_hours_add_up(wants: list[int], delay: int, sync: int, rest: int) -> None:
    setup = Setup(pod_capacity=1.0, start_delay_s=delay, sync_s=sync)
    demand = np.ones(max(len(wants) * sync - rest % sync, (len(wants) - 1) * sync + 1))
    flight = fly(Script(wants), demand, setup)
    running = np.repeat(np.maximum(wants, 1), sync)[: len(demand)]
    for second in range(len(demand)):
        known_before = running[max(0, second - delay) : second + 1].min() if second >= delay else 1
        assert 0 <= flight.ready[second] <= running[second]
        # those that ran all the time of a start-up serve; nobody else does
        assert flight.ready[second] <= max(known_before, 0)
    assert outcome("x", flight, demand, setup).pod_hours == pytest.approx(running.sum() / 3600)
