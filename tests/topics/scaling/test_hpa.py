"""The horizontal pod autoscaler as its documentation has it, worked out by hand and held to its formula."""

from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.topics.scaling.hpa import Hpa
from skywright.topics.scaling.simulate import Setup, fly


def flown(demand: list[float], *, target: float = 0.5, delay: int = 30, metrics: int = 0) -> list[int]:
    setup = Setup(pod_capacity=10.0, start_delay_s=delay, metrics_delay_s=metrics)
    return fly(Hpa(target), np.array(demand), setup).running.astype(int).tolist()


def test_it_goes_up_by_at_most_four_pods_or_double_in_fifteen_seconds() -> None:
    """100 requests a second over 5 a pod are 20 pods; 1, then +4, then doubling; unready pods count as idle."""
    assert flown([100.0] * 90) == [1, 5, 10, 20, 20, 20]


def test_within_a_tenth_of_the_target_nothing_moves() -> None:
    calm = [20.0] * 120  # 4 pods
    assert flown(calm)[-1] == 4
    assert flown(calm + [21.9] * 300)[-1] == 4  # 1.095 times the target
    assert flown(calm + [22.2] * 300)[-1] == 5


def test_down_only_to_the_highest_recommendation_of_five_minutes() -> None:
    wants = flown([40.0] * 120 + [10.0] * 600)
    assert wants[8] == 8
    falls = next(tick for tick, want in enumerate(wants) if tick > 8 and want < 8)
    assert falls * 15 == 120 + 300  # the last recommendation of 8 was made at 120 s; it is forgotten 300 s later
    assert wants[falls] == 2


def test_an_old_metric_comes_late() -> None:
    step = [5.0] * 60 + [50.0] * 60
    assert flown(step)[4:6] == [1, 5]
    assert flown(step, metrics=15)[4:7] == [1, 1, 5]


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 900), st.sampled_from([0.5, 0.7, 0.8, 0.9]), st.integers(0, 90))
def test_constant_load_settles(load: int, target: float, delay: int) -> None:
    settled = flown([float(load)] * 1500, target=target, delay=delay)[-1]
    ideal = load / (10.0 * target)
    assert settled == max(1, ceil(ideal - 1e-9)) or abs(ideal / settled - 1.0) <= 0.1 + 1e-9


@pytest.mark.parametrize(("load", "pods"), [(70, 10), (71, 11), (140, 20), (700, 100)])
def test_reached_from_far_below_it_is_the_ceiling(load: int, pods: int) -> None:
    wants = flown([float(load)] * 900, target=0.7)
    assert wants[-1] == pods or abs(load / 7 / wants[-1] - 1) <= 0.1
    assert flown([10_000.0] * 60 + [float(load)] * 1200, target=0.7)[-1] in (pods, wants[-1])
