"""Why a cost changed: known cases by hand, and for any two periods the effects add up exactly."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.topics.cost.books.asking import TODAY, books
from tests.topics.cost.books.ledger import row

from skywright.model.cost_settings import CostSettings
from skywright.model.errors import BadInput
from skywright.topics.cost.books.exact import total
from skywright.topics.cost.books.period import parse_period
from skywright.topics.cost.books.question import Measure, Question
from skywright.topics.cost.books.why import Answer, Effect, moves


def explained(rows, by=("service",), measure=Measure.EFFECTIVE, settings=None) -> Answer:
    question = Question(by=by, period=parse_period("2026-09", TODAY), measure=measure)
    return books(rows, settings).why(question, parse_period("2026-08", TODAY))


def used(cost, quantity, month="2026-09", sku="small", listed=None, **more):
    return row(
        "0", month, EffectiveCost=cost, ListCost=listed or cost, PricingQuantity=quantity, PricingUnit="Hours", SkuId=sku, **more
    )


BEFORE = "2026-08"
CASES = [
    ("as much more of everything", [used("10", "10", BEFORE), used("15", "15")], {"volume": "5"}),
    ("a higher list price", [used("10", "10", BEFORE), used("12", "10")], {"price": "2"}),
    ("more, and each dearer", [used("10", "10", BEFORE), used("24", "20")], {"volume": "10", "price": "4"}),
    ("a discount", [used("10", "10", BEFORE), used("7", "10", listed="10")], {"discount": "-3"}),
    ("a dearer list and a discount", [used("10", "10", BEFORE), used("9", "10", listed="12")], {"price": "2", "discount": "-3"}),
    (
        "more of what is dear, less of what is cheap",
        [used("10", "10", BEFORE), used("50", "10", BEFORE, "large"), used("5", "5"), used("75", "15", sku="large")],
        {"mix": "20"},
    ),
    ("new", [used("4", "1")], {"new": "4"}),
    ("gone", [used("4", "1", BEFORE)], {"gone": "-4"}),
    ("usage without a quantity", [used("4", None, BEFORE), used("6", None)], {"unmetered": "2"}),
    ("a quantity of zero", [used("4", "0", BEFORE), used("6", "2")], {"unmetered": "2"}),
    ("a credit", [row("-5", ChargeCategory="Credit")], {"credit": "-5"}),
    ("a tax", [row("3", BEFORE, ChargeCategory="Tax"), row("4", ChargeCategory="Tax")], {"tax": "1"}),
    ("a purchase", [row("9", ChargeCategory="Purchase")], {"purchase": "9"}),
    ("a correction", [used("-2", "-1", ChargeClass="Correction")], {"correction": "-2"}),
    ("an unused commitment", [used("2", "1", CommitmentDiscountStatus="Unused")], {"unused commitment": "2"}),
]


@pytest.mark.parametrize(("rows", "effects"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_effect(rows, effects) -> None:
    answer = explained(rows)
    assert answer.totals[0].effects == {Effect(name): Decimal(amount) for name, amount in effects.items()}


def test_an_item_by_itself_has_no_mix() -> None:
    rows = [used("10", "10", BEFORE), used("50", "10", BEFORE, "large"), used("5", "5"), used("75", "15", sku="large")]
    first, second = explained(rows).items
    assert (first.sku, moves(first)) == ("large", {Effect.VOLUME: 25})
    assert (second.sku, moves(second)) == ("small", {Effect.VOLUME: -5})


def test_a_fee_with_a_quantity_is_told_once() -> None:
    rows = [used("9", "1", month, ChargeCategory="Purchase") for month in (BEFORE, "2026-09")]
    rows[1] |= {"EffectiveCost": "12", "ListCost": "12"}
    (fee,) = explained(rows).items
    assert moves(fee) == {Effect.PURCHASE: 3}


def test_what_rates_alone_changed(tmp_path) -> None:
    (tmp_path / "rates.csv").write_text("date,currency,rate\n2026-08-01,EUR,1\n2026-09-01,EUR,1.5\n")
    rows = [used("10", "10", BEFORE, BillingCurrency="EUR"), used("20", "20", BillingCurrency="EUR")]
    answer = explained(rows, settings=CostSettings(rates=str(tmp_path / "rates.csv")))
    assert (answer.totals[0].currency, answer.totals[0].effects) == ("USD", {Effect.VOLUME: 10, Effect.EXCHANGE: 10})


def test_nothing_in_either_period() -> None:
    with pytest.raises(BadInput) as caught:
        explained([row("1", "2026-01")])
    assert str(caught.value) == "Nothing in the ledger answers that for 2026-09. It holds 2026-01 to 2026-01."


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "cost": st.decimals(-(10**12), 10**12, places=18),
            "quantity": st.one_of(st.none(), st.decimals(-10, 10**9, places=9)),
            "listed": st.decimals(1, 10**12, places=18),
            "month": st.sampled_from([BEFORE, "2026-09"]),
            "sku": st.sampled_from(["a", "b", None]),
            "ServiceName": st.sampled_from(["x", "y"]),
            "BillingCurrency": st.sampled_from(["USD", "EUR"]),
            "ChargeCategory": st.sampled_from(["Usage", "Usage", "Usage", "Tax", "Credit", "Adjustment"]),
            "ChargeClass": st.sampled_from([None, None, "Correction"]),
        }
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_effects_add_up_to_the_difference(rows) -> None:
    made = [used(**one) for one in rows]
    answer = explained(made)
    for group in (*answer.groups, *answer.totals):
        assert total(group.effects.values()) == group.change
    for whole in answer.totals:
        sides = {
            month: total(
                r["EffectiveCost"]
                for r in made
                if r["BillingCurrency"] == whole.currency and r["BillingPeriodStart"].month == month
            )
            for month in (8, 9)
        }
        assert (whole.before, whole.after) == (sides[8], sides[9])
    for item in answer.items:
        assert sum(moves(item).values()) == Fraction(item.after.converted) - Fraction(item.before.converted)
