"""Who is asked for what, what is kept of an earlier answer, and rates of one plan as one commitment."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

import pytest

from skywright.model.commitment import Basis, Offer, Quote, Usage, Ware
from skywright.topics.commitments.market import Market, asked
from skywright.topics.commitments.portfolio import AS_IT_WAS, Limits, case, portfolio
from skywright.topics.commitments.weigh import advise, cost_by_hour

TODAY = date(2026, 7, 1)
FREE = Limits(capital=0.0)


def offer(match: str, ratio: str = "0.5", *, product: str = "plan", region: str = "*", **more: object) -> Offer:
    given = {"provider": "p*", "term_months": 12, "payment": "no upfront", "upfront": Decimal(0), "order": 0, "unit": "money"}
    known = given | {"source": "s", "dated": "2026-07-01", "system": "linux"} | more
    return Offer(product=product, region=region, match=match, ratio=Decimal(ratio), **known)  # type: ignore[arg-type]


def usage(provider: str, type_: str, *hourly: float, system: str = "", region: str = "r") -> Usage:
    return Usage(provider=provider, region=region, type=type_, system=system, hourly=hourly, covered=(0.0,) * len(hourly))


class Shop:
    """Answers with one offer for each machine that it knows."""

    sells = "p*|q"

    def __init__(self, *known: str) -> None:
        self.known = known
        self.wanted: list[Ware] = []

    def quotes(self, wanted: Sequence[Ware], today: date) -> Iterator[Quote]:
        self.wanted += wanted
        for ware in wanted:
            found = (offer(ware.type, region=ware.region, dated=today.isoformat()),) if ware.type in self.known else ()
            yield Quote(ware=ware, on_demand=Decimal(1), currency="USD", offers=found, why="" if found else "No such machine.")


def test_each_is_asked_for_its_own_the_dearest_first_and_the_rest_is_told():
    shop, told = Shop("a", "b"), []
    pools = [usage("P", "a", 1.0), usage("Q", "b", 5.0), usage("P", "c", 2.0, system="linux"), usage("other", "a", 9.0)]
    found = asked(pools, {"shop": shop}, TODAY, lambda *words: told.append(words))
    assert shop.wanted == [Ware("r", "b"), Ware("r", "c"), Ware("r", "a")]
    assert [(one.type, quote.why) for one, quote in found.quotes] == [("b", ""), ("c", "No such machine."), ("a", "")]
    assert [one.provider for one in found.unasked] == ["other"]
    assert [one.match for one in found.offers] == ["b", "a"]
    assert told == [("shop", 1, 3), ("shop", 2, 3), ("shop", 3, 3)]


def test_a_machine_of_two_accounts_is_asked_for_once():
    shop = Shop("a")
    found = asked([usage("P", "a", 1.0), usage("Pp", "a", 2.0)], {"shop": shop}, TODAY, lambda *_: None)
    assert shop.wanted == [Ware("r", "a")]
    assert len(found.quotes) == 2
    assert len(found.offers) == 1


def test_what_was_not_answered_for_keeps_its_earlier_rates_and_their_date():
    before = [offer("a", "0.7", region="r", dated="2026-01-01"), offer("c", "0.8", region="r", dated="2026-01-01")]
    market = asked([usage("p", "a", 1.0), usage("p", "c", 1.0)], {"shop": Shop("a")}, TODAY, lambda *_: None)
    kept = market.beside([*before, offer("a", "0.9", region="s", dated="2026-01-01")])
    assert [(one.match, one.region, one.ratio, one.dated) for one in kept] == [
        ("c", "r", Decimal("0.8"), "2026-01-01"),
        ("a", "s", Decimal("0.9"), "2026-01-01"),
        ("a", "r", Decimal("0.5"), "2026-07-01"),
    ]
    assert Market(quotes=(), unasked=()).beside(before) == tuple(before)


def test_rates_of_one_plan_are_one_commitment_that_follows_the_usage():
    """Each machine alone is used half of the time, both together always: apart, neither is worth 0.6; as one plan both are."""
    half = [usage("p", "a.x", *[2.0, 0.0] * 24), usage("p", "b.x", *[0.0, 2.0] * 24)]
    apart = case(half, [offer("a.x", "0.6"), offer("b.x", "0.6")], FREE)
    assert portfolio(apart, FREE, AS_IT_WAS).cost == pytest.approx(2.0)
    plan = {"plan": "* *.x"}
    together = case(half, [offer("a.x", "0.6", **plan), offer("b.x", "0.6", **plan)], FREE)
    best = portfolio(together, FREE, AS_IT_WAS)
    assert best.cost == pytest.approx(1.2)
    assert best.bound == pytest.approx(1.2)
    assert float(cost_by_hour(together, best.hourly, FREE, AS_IT_WAS[0]).mean()) == pytest.approx(1.2)
    (bought,) = advise(together, FREE).purchases
    assert (bought.region, bought.match, bought.hourly) == ("*", "*.x", pytest.approx(1.2))


def test_a_plan_has_each_machines_own_rate_and_is_only_nearly_known_where_one_is_a_siblings():
    pools = [usage("p", "a.x", 1.0), usage("p", "b.x", 1.0)]
    rates = [
        offer("a.x", "0.4", plan="* *.x", dated="2026-07-01", source="asked"),
        offer("*.x", "0.7", plan="* *.x", dated="2025-01", source="of a", basis=Basis.SIBLING),
    ]
    found = case(pools, rates, FREE)
    (whole,) = found.offers
    assert dict(found.serves[0]) == {0: pytest.approx(0.4), 1: pytest.approx(0.7)}
    assert (whole.basis, whole.ratio, whole.dated, whole.source) == (Basis.SIBLING, Decimal("0.7"), "2025-01", "asked; of a")


def test_plans_of_another_payment_or_term_are_other_commitments():
    rates = [
        offer("a", "0.6", plan="* *"),
        offer("a", "0.5", plan="* *", payment="all upfront", upfront=Decimal(1)),
        offer("a", "0.4", plan="* *", term_months=36),
        offer("a", "0.4", plan="r *"),
    ]
    assert len(case([usage("p", "a", 1.0)], rates, FREE).offers) == 4


def test_the_users_own_word_counts_before_what_was_asked_for_and_that_before_the_packaged():
    packaged = offer("*", "0.3")
    asked_for = offer("a", "0.5", layer=1)
    own = offer("a", "0.6", layer=2)
    pools = [usage("p", "a", 2.0), usage("p", "b", 1.0)]
    for offers, expected in (
        ([packaged], [{0: 0.3, 1: 0.3}]),
        ([packaged, asked_for], [{1: 0.3}, {0: 0.5}]),
        ([packaged, asked_for, own], [{1: 0.3}, {0: 0.6}]),
        ([packaged, offer("a", "0.5", layer=1, payment="all upfront")], [{0: 0.3, 1: 0.3}, {0: 0.5}]),
    ):
        assert [dict(one) for one in case(pools, offers, FREE).serves] == expected
