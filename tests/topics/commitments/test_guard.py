"""The guard's books, by hand: six hours of one unit, a fee of six, a base that promises 1.5."""

import numpy as np
import pytest

from skywright.topics.commitments.guard import Guard, Prices
from skywright.topics.commitments.terms import Terms

TERMS = Terms(10, 0.6)


@pytest.fixture
def guard() -> Guard:
    made = Guard(TERMS, 40, 1.5)
    for _ in range(6):
        made.see(1.0, 1.0)
        made.pay(demand=1.0, on_demand=1.0, base_on_demand=1.0)
    return made


def test_credit_is_what_the_guarantee_leaves_over_the_base(guard: Guard):
    assert guard.paid == 6.0
    assert guard._credit() == pytest.approx((2.0 - 1.5) * 6.0)


def test_a_purchase_takes_its_whole_fee_and_what_it_saves_comes_back(guard: Guard):
    guard._spend(0.25)
    assert guard._credit() == pytest.approx(3.0 - 0.25 * 6.0)
    assert guard.paid == pytest.approx(6.0 + 0.25 * 6.0)
    guard.pay(demand=1.0, on_demand=0.75, base_on_demand=1.0)
    assert guard._credit() == pytest.approx(3.0 - 1.5 + 0.25)


def test_what_the_base_bought_for_nothing_comes_back(guard: Guard):
    guard.cancel(0.5)
    assert guard._credit() == pytest.approx(3.0 + 0.5 * 6.0)


def test_the_past_alone_counts_only_what_we_hold_too(guard: Guard):
    """What somebody bought in the first hour may all be of use to them later, unless we hold as much."""
    assert guard._closed(np.zeros(10)) == 0.0
    assert guard._closed(np.full(10, 0.5)) == pytest.approx(3.0)
    assert guard._closed(np.ones(10)) == pytest.approx(6.0)
    assert guard._closed(np.full(10, 9.0)) == pytest.approx(6.0)


def test_credit_pays_first(guard: Guard):
    guard.see(1.0, 1.0)
    assert guard.allow(0.3, np.zeros(10), 1.0) == pytest.approx(0.3)
    assert not guard.must
    assert guard._credit() == pytest.approx(3.0 - 0.3 * 6.0)


def test_to_serve_on_demand_what_the_base_would_hold_needs_credit(guard: Guard):
    assert guard.decline(2.0, on_demand=2.0, base_on_demand=0.0) == 0.0
    assert guard.decline(4.0, on_demand=4.0, base_on_demand=0.0) == 4.0


def test_an_epoch_begins_when_it_leaves_more(guard: Guard):
    guard._spend(0.45)
    assert not guard.renew(np.zeros(10))
    assert guard.renew(np.ones(10))
    assert guard.credit == pytest.approx(2 * 6.0 - 8.7)


def test_prices_of_hours_never_exceed_the_fee_in_a_term():
    prices = Prices(TERMS, 30)
    for _ in range(25):
        prices.see(2.0)
    assert max(prices.prices[first : first + 10].sum() for first in range(16)) <= TERMS.fee
    before = prices.total.copy()
    prices.improve()
    assert (prices.total >= before - 1e-9).all()
    assert prices.total[25] == pytest.approx(2.0 * 2 * 6.0 + 2.0 * 5)
