"""Our policy looks at nothing that lies ahead, keeps the risk that it was told, and learns what comes back by the clock."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.topics.scaling import foresight
from skywright.topics.scaling.foresight import Foresight
from skywright.topics.scaling.hpa import Hpa
from skywright.topics.scaling.simulate import Setup, fly, outcome

SETUP = Setup(pod_capacity=3.0, start_delay_s=40)


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresight, "BLOCK_S", 150)


@pytest.mark.usefixtures("_quick")
@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**31), st.integers(20, 70), st.sampled_from([0.0, 3.0, 40.0]))
def test_what_comes_later_changes_nothing_before(seed: int, cut: int, scale: float) -> None:
    draw = np.random.default_rng(seed)
    demand = draw.poisson(20 + 15 * np.sin(np.arange(1200) / 90)).astype(float)
    other = demand.copy()
    other[cut * 15 :] = draw.poisson(scale * 20, 1200 - cut * 15)
    first, second = (fly(Foresight(0.02), one, SETUP).running for one in (demand, other))
    # at the tick ``cut`` all that is known lies a metrics' delay before it
    assert first[: cut + 1].tolist() == second[: cut + 1].tolist()
    assert first.min() >= 1


def test_the_stated_risk_is_kept_and_nothing_is_given_up() -> None:
    """Smooth demand: seconds over come to the risk from below, in days; no hour is mostly over, however cheap risk has become."""
    demand = np.random.default_rng(3).poisson(60 + 30 * np.sin(np.arange(40 * 3600) / 3600)).astype(float)
    for risk, least in ((0.01, 0.2), (0.05, 2.0)):
        flight = fly(Foresight(risk), demand, SETUP)
        found = outcome("x", flight, demand, SETUP, 20 * 3600)
        assert least < found.seconds_over_pct < 100 * risk * 1.2
        assert demand[72000:].mean() / 3 < found.pods_mean < 1.45 * demand[72000:].mean() / 3
        hours = (demand > flight.ready * 3).reshape(-1, 3600).mean(axis=1)
        assert hours[2:].max() < 0.35


def test_a_surge_that_comes_by_the_clock_is_met() -> None:
    """Three minutes in each half hour are four times as busy: after some, pods are ready when it begins; the autoscaler is late."""
    seconds = np.arange(16 * 3600)
    demand = np.random.default_rng(5).poisson(np.where(seconds % 1800 < 180, 160.0, 40.0)).astype(float)
    ours, theirs = (fly(policy, demand, SETUP) for policy in (Foresight(0.002), Hpa(0.7)))
    begins = np.arange(10 * 3600, 16 * 3600, 1800)
    assert np.mean(ours.ready[begins] * 3 >= 150) > 0.8
    assert (theirs.ready[begins] * 3 < 100).all()
    mine, other = (outcome("x", one, demand, SETUP, 10 * 3600) for one in (ours, theirs))
    assert mine.seconds_over_pct < other.seconds_over_pct
    assert mine.requests_over_pct < other.requests_over_pct


def test_an_hour_without_requests_teaches_nothing_about_the_price() -> None:
    steer = foresight._Steer(0.01, np.zeros(7200), SETUP)
    for tick in range(200):
        steer.look_back(tick, foresight.Fleet(1, 0))
    steer.adjust()
    assert steer.steps == 0.0
    steer = foresight._Steer(0.01, np.ones(7200), SETUP)
    for tick in range(200):
        steer.look_back(tick, foresight.Fleet(1, 0))
    steer.adjust()
    assert steer.steps == pytest.approx(-foresight.GAIN_FIRST)


def test_nothing_at_all_is_one_pod() -> None:
    flight = fly(Foresight(), np.zeros(4000), SETUP)
    assert flight.running.tolist() == [1] * len(flight.running)
