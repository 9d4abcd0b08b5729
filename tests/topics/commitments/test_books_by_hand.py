"""Figures by hand: the room of a new epoch, a study that is checked without the solver, and what a purchase is told to cost."""

from decimal import Decimal

import msgspec
import numpy as np
import pytest

from skywright.model.commitment import Offer, Usage
from skywright.topics.commitments.guard import Guard
from skywright.topics.commitments.portfolio import AS_IT_WAS, Limits, case
from skywright.topics.commitments.study import POLICIES, Study, check, study
from skywright.topics.commitments.terms import Terms
from skywright.topics.commitments.weigh import Advice, advise

TERMS = Terms(10, 0.5)


def test_an_epoch_has_room_for_what_the_past_leaves_over_what_was_paid():
    """Six hours of one unit on demand: 6 paid, and at a fee of 6 the past alone costs anyone 6. This hour half a unit is held, half
    is on demand: 6.5. A guarantee of 2 leaves 12 - 6.5, which is room for 1.1 units at 5 (a fee less what this hour saves)."""
    guard = Guard(Terms(10, 0.6), 40, 1.5)
    for _ in range(6):
        guard.see(1.0, 1.0)
        guard.pay(demand=1.0, on_demand=1.0, base_on_demand=1.0)
    held = np.array([0.5, *[1.0] * 10])
    assert guard._by_epoch(1.0, held, 1.0) == 1.0
    assert guard._by_epoch(1.09, held, 1.0) == 1.09
    assert guard._by_epoch(9.0, held, 1.2) == pytest.approx((12.0 - 6.7) / 5.0)
    assert guard._by_epoch(1.0, np.zeros(11), 1.0) == 0.0  # what others may still use is not paid for yet


@pytest.fixture
def checked() -> Study:
    return study("a", [2.0, 2.0, 2.0, 0.0, 1.0, 3.0, 1.0], TERMS, POLICIES)


def test_a_study_adds_up_without_the_solver(checked: Study):
    assert check([2.0, 2.0, 2.0, 0.0, 1.0, 3.0, 1.0], checked, TERMS) == []


def test_what_does_not_add_up_is_told(checked: Study):
    demand = [2.0, 2.0, 2.0, 0.0, 1.0, 3.0, 1.0]
    dearer = msgspec.structs.replace(checked.optimum, cost=checked.optimum.cost + 1)
    assert check(demand, msgspec.structs.replace(checked, optimum=dearer), TERMS) == [f"cost {dearer.cost} does not add up"]
    assert checked.online is not None
    odd = msgspec.structs.replace(checked.online, cost=99.0)
    assert check(demand, msgspec.structs.replace(checked, online=odd), TERMS) == ["cost 99.0 does not add up"]
    prices = tuple(price + 1 for price in checked.prices)
    assert check(demand, msgspec.structs.replace(checked, prices=prices), TERMS) == ["the certificate does not hold"]
    less = tuple(price - 9 for price in checked.prices)
    assert check(demand, msgspec.structs.replace(checked, prices=less), TERMS) == ["the certificate does not hold"]
    bound = checked.optimum.cost + 0.01
    assert check(demand, msgspec.structs.replace(checked, bound=bound), TERMS) == ["the optimum is below its bound"]


def advice(hourly: float) -> Advice:
    offer = Offer(
        product="plan", provider="p", region="*", match="*", term_months=12, payment="", ratio=Decimal("0.5"),
        upfront=Decimal("0.25"), order=0, unit="money", source="", dated="",
    )  # fmt: skip
    usage = Usage(provider="p", region="r", type="a1", hourly=(hourly,) * 48, covered=(0.0,) * 48)
    limits = Limits(capital=0.0)
    return advise(case([usage], [offer], limits), limits, AS_IT_WAS)


def test_a_purchase_is_told_to_the_cent():
    (bought,) = advice(0.3).purchases
    assert bought.hourly == pytest.approx(0.15)
    assert (bought.monthly, bought.upfront, bought.in_all) == (82.12, 328.5, 1314.0)


def test_the_gap_of_a_small_bill_is_told_too(monkeypatch: pytest.MonkeyPatch):
    """Below one a hour as well: the bound is 0.1, and a list that costs 0.11 is a tenth above it."""
    from skywright.topics.commitments import weigh

    costs = weigh.cost_by_hour
    monkeypatch.setattr(weigh, "cost_by_hour", lambda *asked: costs(*asked) * 1.1)
    assert advice(0.2).gap == pytest.approx(0.1, abs=1e-6)
