"""The optimum against optima that are found in other ways, and a certificate that nobody needs to trust."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from skywright.model.errors import BadInput
from skywright.topics.commitments.optimum import certified, cost_of, in_force, optimum
from skywright.topics.commitments.terms import Terms

ALPHA = "Give the part of the on-demand price that a committed hour costs only when it is used, 0 without one."


def brute(demand: list[int], terms: Terms) -> float:
    """The least cost over every way to buy whole units, one by one: the state is what was bought in the last term."""
    peak = max(demand)
    states = {(): 0.0}
    for amount in demand:
        after: dict[tuple[int, ...], float] = {}
        for held, cost in states.items():
            for bought in range(peak + 1):
                now = (*held, bought)[-terms.term :]
                served = min(amount, sum(now))
                total = cost + terms.fee * bought + terms.alpha * served + (amount - served)
                if total < after.get(now, float("inf")):
                    after[now] = total
        states = after
    return min(states.values())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 2), min_size=1, max_size=8),
    st.integers(1, 4),
    st.sampled_from([(0.3, 0.0), (0.6, 0.0), (0.6, 0.3), (0.9, 0.5)]),
)
def test_it_is_the_least_of_every_way_to_buy(demand: list[int], term: int, price: tuple[float, float]):
    terms = Terms(term, *price)
    found = optimum(np.array(demand, dtype=float), terms)
    assert found.cost == pytest.approx(brute(demand, terms), rel=1e-6, abs=1e-9)
    assert found.gap <= 1e-6
    assert all(units == round(units) for units in found.buy)


@pytest.mark.parametrize("ratio", [0.25, 0.5, 0.75])
def test_one_term_is_the_quantile_at_break_even(ratio: float):
    """All demand within one term: commit to what is used in at least ``ratio`` of the term (a newsvendor's quantile)."""
    demand = np.random.default_rng(7).integers(0, 100, 200).astype(float)
    terms = Terms(200, ratio)
    levels = np.unique(np.concatenate([[0.0], demand]))
    closed = min(terms.fee * level + np.maximum(demand - level, 0).sum() for level in levels)
    assert optimum(demand, terms).cost == pytest.approx(closed, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 50), min_size=1, max_size=60), st.integers(1, 20), st.sampled_from([(0.6, 0.0), (0.7, 0.4)]))
@example([5.960464477539063e-08], 1, (0.6, 0.0))  # below the solver's tolerance
def test_the_certificate_holds_without_the_solver(demand: list[float], term: int, price: tuple[float, float]):
    terms = Terms(term, *price)
    units = np.array(demand)
    found = optimum(units, terms)
    prices = np.array(found.prices)
    assert (prices >= 0).all()
    assert (prices <= terms.saved).all()
    for first in range(len(prices)):
        assert prices[first : first + term].sum() <= terms.fee * (1 + 1e-12)
    bound = terms.alpha * units.sum() + prices @ units
    assert bound <= found.cost * (1 + 1e-9) + 1e-9
    assert found.cost <= bound * (1 + 1e-6) + 1e-9
    anything = np.random.default_rng(len(demand)).uniform(0, 5, len(units))
    assert bound <= cost_of(units, anything, terms) * (1 + 1e-9)


def test_prices_that_break_the_rule_are_scaled_until_they_keep_it():
    terms = Terms(3, 0.5)
    kept = certified(np.array([2.0, 1.0, 1.0, 0.0]), terms)
    assert kept.tolist() == [0.5, 0.5, 0.5, 0.0]


def test_units_are_in_force_for_their_term_and_no_longer():
    assert in_force(np.array([2.0, 0, 1, 0, 0, 0]), 3).tolist() == [2, 2, 3, 1, 1, 0]
    assert in_force(np.array([2.0, 0]), 3).tolist() == [2, 2]


def test_no_demand_costs_nothing():
    assert optimum(np.zeros(5), Terms(3, 0.5)).cost == 0.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 0.5), "--term 0 is not from 1 to 100000 hours. Give the hours for which a commitment holds: 8760 for a year."),
        ((10, 1.0), "--ratio 1 is not between 0 and 1. Give the committed price over the on-demand price: 0.63 for 37 % off."),
        (
            (10, float("nan")),
            "--ratio nan is not between 0 and 1. Give the committed price over the on-demand price: 0.63 for 37 % off.",
        ),
        (
            (10, 0.5, 0.5),
            f"--alpha 0.5 is not from 0 to below the ratio 0.5. {ALPHA}",
        ),
    ],
)
def test_terms_that_make_no_sense_are_refused(arguments: tuple[float, ...], message: str):
    with pytest.raises(BadInput) as caught:
        Terms(*arguments)
    assert str(caught.value) == message


def test_overlapping_terms_share_a_peak():
    """Two purchases overlap where demand is two: a rule that buys level by level needs three."""
    demand = np.array([1, 1, 1, 1, 2, 2, 2, 2, 1, 1, 1, 1], dtype=float)
    found = optimum(demand, Terms(8, 0.5))
    assert found.cost == pytest.approx(8.0)
    assert [hour for hour, units in enumerate(found.buy) if units] == [0, 4]


def test_every_small_pattern_once():
    for demand in itertools.product((0, 1), repeat=6):
        terms = Terms(3, 0.6)
        assert optimum(np.array(demand, dtype=float), terms).cost == pytest.approx(brute(list(demand), terms), abs=1e-9)
