"""The promise of buying without knowing the future: kept on whatever demand comes, and no hour looks ahead."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.topics.commitments.online import mixture, online, promised
from skywright.topics.commitments.optimum import cost_of, optimum
from skywright.topics.commitments.terms import Terms
from skywright.topics.commitments.thresholds import Thresholds, break_even

TERMS = st.builds(
    lambda term, fee, alpha: Terms(term, alpha + fee * (1 - alpha), alpha),
    st.integers(2, 12),
    st.floats(0.1, 0.9),
    st.sampled_from([0.0, 0.0, 0.2, 0.5]),
)
BURSTS = st.lists(st.tuples(st.integers(0, 6), st.integers(1, 14)), min_size=1, max_size=12).map(
    lambda runs: [float(level) for level, hours in runs for _ in range(hours)]
)


def ratio(demand: np.ndarray, bought: np.ndarray, terms: Terms) -> float:
    least = optimum(demand, terms).cost
    return cost_of(demand, bought, terms) / least if least else 1.0


@settings(max_examples=50, deadline=None)
@given(BURSTS, TERMS)
def test_neither_policy_ever_costs_more_than_it_promises(runs: list[float], terms: Terms):
    demand = np.array(runs)
    assert ratio(demand, break_even(demand, terms), terms) <= terms.guarantee + 1e-6
    assert ratio(demand, online(demand, terms), terms) <= terms.guarantee + 1e-6


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), TERMS)
def test_the_promise_holds_on_noise(noise: list[int], terms: Terms):
    demand = np.array(noise, dtype=float)
    assert ratio(demand, online(demand, terms), terms) <= terms.guarantee + 1e-6


@pytest.mark.parametrize("enough", [0.1, 0.95])
@pytest.mark.parametrize("alpha", [0.0, 0.3])
@pytest.mark.parametrize("term", [4, 9])
def test_an_adversary_who_stops_when_it_has_bought(term: int, alpha: float, enough: float):
    """Demand as long as nothing is in force, none as soon as something is: again and again, the worst for every threshold."""
    terms = Terms(term, 0.6, alpha)
    runs: list[float] = []
    for _ in range(3 * term):
        held = online(np.array(runs), terms)[-term + 1 :].sum() if runs else 0.0
        runs.append(1.0 if held < enough else 0.0)
        demand = np.array(runs)
        assert ratio(demand, online(demand, terms), terms) <= terms.guarantee + 1e-6


def test_nothing_for_two_terms_and_then_a_step():
    """Found by search: what is declined on a forecast of nothing must be within what the base leaves over."""
    terms = Terms(32, 0.6689030944432288, 0.5)
    demand = np.array([0.0] * 51 + [2.0] * 32)
    bought = online(demand, terms)
    for end in range(52, len(demand) + 1):
        assert ratio(demand[:end], bought[:end], terms) <= terms.guarantee + 1e-6


@settings(max_examples=40, deadline=None)
@given(BURSTS, TERMS)
def test_the_base_alone_keeps_its_own_promise(runs: list[float], terms: Terms):
    demand = np.array(runs)
    hours, shares = mixture(terms)
    rules = Thresholds(hours, terms.term, len(demand))
    bought = np.array([rules.hour(amount) for amount in demand])
    cost = sum(share * cost_of(demand, bought[:, index], terms) for index, share in enumerate(shares))
    assert cost <= promised(terms) * optimum(demand, terms).cost * (1 + 1e-6) + 1e-6
    assert promised(terms) < terms.guarantee


def test_no_hour_looks_ahead():
    rng = np.random.default_rng(3)
    demand = rng.integers(0, 9, 200).astype(float)
    other = np.concatenate([demand[:120], rng.integers(0, 50, 80)])
    terms = Terms(24, 0.6)
    assert online(demand, terms)[:120].tolist() == online(other, terms)[:120].tolist()


def test_steady_demand_costs_hardly_more_than_the_best():
    demand = np.full(24 * 30, 10.0)
    terms = Terms(24, 0.6)
    assert ratio(demand, online(demand, terms), terms) < 1.05
    assert ratio(demand, break_even(demand, terms), terms) > 1.2


@pytest.mark.parametrize("terms", [Terms(24, 0.6), Terms(24, 0.8, 0.5), Terms(8760, 0.6), Terms(2, 0.5)])
def test_the_shares_of_the_base_are_whole(terms: Terms):
    hours, shares = mixture(terms)
    assert shares.sum() == pytest.approx(1.0)
    assert (shares >= 0).all()
    assert hours.min() >= 0
    assert hours.max() <= terms.break_even + 1e-9


def test_break_even_buys_when_an_hour_is_one_too_many():
    """0.6 of 10 hours: the seventh hour of the last ten on demand is one too many."""
    bought = break_even(np.ones(12), Terms(10, 0.6))
    assert bought.tolist() == [0.0] * 6 + [1.0] + [0.0] * 5
