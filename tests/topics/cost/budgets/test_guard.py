"""A budget holds plans to it: it objects where what they cost would push its forecast over its amount."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from skywright.model.cost_budgets import Budget
from skywright.model.verdict import Consequences, Verdict
from skywright.topics.cost.budgets.guard import Dearer, held_to, objections, with_objections
from skywright.topics.cost.budgets.nouns import Standing, Step

TODAY = date(2026, 11, 1)


def budget(**said) -> Budget:
    return msgspec.convert({"amount": 1000, "guard": "block", **said}, Budget)


def standing(expected="900", amount="1000", uncounted=()) -> Standing:
    step = Step(percent=100, of="forecast", limit=Decimal(amount), reached=False, probability=0.1)
    return Standing(
        name="web", start=date(2026, 11, 1), end=date(2026, 12, 1), through=date(2026, 10, 31), currency="USD",
        amount=Decimal(amount), spent=Decimal(0), pace=Decimal(0), expected=Decimal(expected), low=Decimal(expected),
        high=Decimal(expected), out=step, steps=(), course=(), bounds=(), method="", error_share=None, error_windows=0,
        uncounted=uncounted,
    )  # fmt: skip


def dearer(monthly, currency="USD", **row) -> Dearer:
    known = {"account": "a1", "region": "north", "tags": {"Team": "web"}, **row}
    return Dearer(target="t", monthly=Decimal(monthly), currency=currency, row=known)


def said(changes, one=None, **standing_said):
    one = one or budget()
    return list(objections([standing(**standing_said)], {"web": one}, changes, TODAY))


def test_a_plan_that_pushes_it_over_is_objected_to_with_the_sums():
    (objection,) = said([dearer(200)])
    assert objection.reason == ("Budget web: the plan adds 197.26 by 2026-11-30; expected 900.00 becomes 1,097.26 of 1,000.00 USD.")
    assert objection.next_step == "Plan less, raise cost.budgets.web, or set its guard to warn."
    assert (objection.rail, objection.weight.value) == ("budget", "block")


@pytest.mark.parametrize(
    "changes",
    [[], [dearer(100)], [dearer(-200)], [dearer(500), dearer(-450)], [dearer(200, currency="EUR")], [dearer(200, account="b")]],
    ids=["nothing", "fits", "saves", "evens out", "other currency", "other account"],
)
def test_others_are_not(changes):
    assert said(changes, budget(where={"account": "a*"})) == []


@pytest.mark.parametrize(("monthly", "weight"), [(50, "warn"), (200, "block")])
def test_where_charges_are_not_counted_no_plan_that_adds_to_it_is_fine(monthly, weight):
    (objection,) = said([dearer(monthly)], uncounted=("EUR",))
    assert objection.reason.endswith(" of 1,000.00 USD. Charges in EUR are not counted: no rate leads from there.")
    assert objection.weight.value == weight
    assert said([dearer(-50)], uncounted=("EUR",)) == []


def test_a_saving_is_never_objected_to_though_the_budget_is_over():
    assert said([dearer(-5)], expected="2000") == []
    assert len(said([dearer(5)], expected="2000")) == 1


@pytest.mark.parametrize(("guard", "weight"), [("block", "block"), ("approval", "approval"), ("warn", "warn")])
def test_its_weight_is_the_settings(guard, weight):
    (objection,) = said([dearer(200)], budget(guard=guard))
    assert objection.weight.value == weight


@pytest.mark.parametrize(
    ("where", "inside"), [({"tag:team": "web"}, True), ({"tag:team": ["db", "w*"]}, True), ({"tag:team": "db"}, False)]
)
def test_tags_are_read_whatever_their_spelling(where, inside):
    assert bool(said([dearer(200)], budget(where=where))) is inside


def test_what_the_estate_does_not_tell_only_warns():
    (objection,) = said([dearer(200)], budget(where={"service": "Machines"}))
    assert objection.weight.value == "warn"
    assert objection.reason.endswith("Whether all of it is in the budget's scope cannot be told from the estate.")
    (objection,) = said([dearer(200, tags=None)], budget(where={"tag:team": "web"}))
    assert objection.weight.value == "warn"


def test_the_verdict_is_blocked():
    verdict = Verdict(plan_hash="x", objections=(), consequences=Consequences())
    assert with_objections(verdict, [standing()], {"web": budget()}, [dearer(200)], TODAY).blocked
    assert not with_objections(verdict, [standing()], {"web": budget()}, [dearer(20)], TODAY).blocked


def test_only_budgets_with_a_guard_hold():
    assert held_to({"a": budget(), "b": budget(guard="none")}) == ["a"]
