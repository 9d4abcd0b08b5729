"""What is told of a demand: how much of what was bought is used, what stays on demand, and what to hold for good."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.topics.commitments.study import Steady, steady, study
from skywright.topics.commitments.terms import Terms


def test_use_and_what_is_left_are_counted_within_the_demand():
    """Two units for ten hours of which four are seen: in three of those four both are used."""
    found = study("a", [2.0, 2.0, 2.0, 0.0], Terms(10, 0.25)).optimum
    assert (found.cost, found.utilisation, found.left) == (5.0, 0.75, 0.0)
    nothing = study("a", [1.0, 0.0], Terms(10, 0.9)).optimum
    assert (nothing.utilisation, nothing.left) == (None, 1.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=40),
    st.integers(1, 30),
    st.sampled_from([(0.3, 0.0), (0.6, 0.0), (0.6, 0.3), (0.95, 0.5)]),
)
def test_what_to_hold_for_good_is_the_best_of_all_levels(demand: list[int], term: int, price: tuple[float, float]):
    terms, units = Terms(term, *price), np.array(demand, dtype=float)

    def cost(level: float) -> float:
        served = np.minimum(units, level)
        return float(terms.fee / term * level * len(units) + terms.alpha * served.sum() + (units - served).sum())

    found = steady(units, terms)
    assert cost(found.units) == pytest.approx(min(cost(level) for level in range(10)))
    assert found.saved == pytest.approx(1 - cost(found.units) / units.sum() if units.any() else 0.0)


def test_nothing_is_held_for_nothing():
    assert steady(np.zeros(3), Terms(5, 0.5)) == Steady(0.0, 0.0)
