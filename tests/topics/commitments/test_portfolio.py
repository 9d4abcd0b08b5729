"""Portfolios against closed forms, limits that are kept, and a weighing that does not trust the solver."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.adapters.bills.machines import views
from skywright.model.commitment import Basis, Held, Offer, Usage
from skywright.model.errors import BadInput
from skywright.model.focus import Dataset, table_sql
from skywright.ports.engine import Rows
from skywright.topics.commitments.ledger import found
from skywright.topics.commitments.portfolio import AS_IT_WAS, SCENARIOS, Limits, case, needed, portfolio
from skywright.topics.commitments.weigh import advise, applied, cost_by_hour

FREE = Limits(capital=0.0)


def offer(
    match: str, ratio: str, *, product: str = "plan", months: int = 12, upfront: str = "0", order: int = 0, **more: Any
) -> Offer:
    return Offer(
        product=product, provider="p", region="*", match=match, term_months=months, payment="", ratio=Decimal(ratio),
        upfront=Decimal(upfront), order=order, unit="money", source="", dated="", **more,
    )  # fmt: skip


def usage(type_: str, hourly: list[float], covered: list[float] | None = None) -> Usage:
    return Usage(provider="p", region="r", type=type_, hourly=tuple(hourly), covered=tuple(covered or [0.0] * len(hourly)))


DAYS = [float(4 + (hour % 24 < 12) * 6 + hour % 5) for hour in range(96)]


@pytest.mark.parametrize("ratio", ["0.3", "0.6", "0.9"])
def test_one_offer_and_one_pool_is_the_quantile_at_break_even(ratio: str):
    question = case([usage("a", DAYS)], [offer("*", ratio)], FREE)
    found = portfolio(question, FREE, AS_IT_WAS)
    levels = [float(ratio) * level + np.clip(np.array(DAYS) - level, 0, None).mean() for level in [0.0, *DAYS]]
    assert found.cost == pytest.approx(min(levels))
    assert found.bound == pytest.approx(found.cost)
    assert float(cost_by_hour(question, found.hourly, FREE, AS_IT_WAS[0]).mean()) == pytest.approx(found.cost)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 9), min_size=12, max_size=12), min_size=1, max_size=3),
    st.lists(st.tuples(st.sampled_from(["*", "a*", "b*", "a0"]), st.sampled_from(["0.4", "0.55", "0.7"])), min_size=1, max_size=4),
)
def test_no_list_is_below_the_bound(pools: list[list[int]], kinds: list[tuple[str, str]]):
    question = case(
        [usage(f"{'ab'[index % 2]}{index}", [float(value) for value in hourly]) for index, hourly in enumerate(pools)],
        [offer(match, ratio, product=f"plan {index}") for index, (match, ratio) in enumerate(kinds)],
        FREE,
    )
    best = portfolio(question, FREE, AS_IT_WAS)
    assert best.bound <= best.cost + 1e-9
    rng = np.random.default_rng(len(pools))
    for hourly in (best.hourly, [0.0] * len(question.offers), rng.uniform(0, 6, len(question.offers)).tolist()):
        assert cost_by_hour(question, hourly, FREE, AS_IT_WAS[0]).mean() >= best.bound - 1e-6
        served = applied(question, hourly, AS_IT_WAS[0]).served
        assert sum(served, np.zeros(12)).max(initial=0) <= question.left.sum(axis=0).max(initial=0) + 1e-9


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["*", "a*", "a1", "b*"]),
            st.sampled_from(["0.4", "0.5", "0.6"]),
            st.sampled_from(["0", "1"]),
            st.sampled_from([12, 36]),
        ),
        min_size=2,
        max_size=7,
    ),
    st.sampled_from([Limits(), Limits(budget=9000.0), Limits(utilisation=0.9)]),
)
def test_what_another_offer_makes_needless_is_never_missed(kinds: list[tuple[str, str, str, int]], limits: Limits):
    pools = [usage("a1", DAYS[:24]), usage("a2", [3.0] * 24), usage("b1", DAYS[24:48])]
    offers = [offer(match, ratio, upfront=upfront, months=months) for match, ratio, upfront, months in kinds]
    question = case(pools, offers, limits)
    kept = needed(question, limits)
    everything = portfolio(question, limits, only=frozenset(range(len(question.offers))))
    assert kept
    assert portfolio(question, limits).cost == pytest.approx(everything.cost)


def test_the_first_of_two_alike_stays():
    question = case([usage("a1", DAYS)], [offer("*", "0.5"), offer("a*", "0.5"), offer("*", "0.4", upfront="1")], FREE)
    assert needed(question, FREE) == {0, 2}


def test_together_cost_no_more_than_any_alone():
    question = case(
        [usage("a1", DAYS), usage("b1", [value / 2 for value in DAYS]), usage("c1", [3.0] * 96)],
        [offer("a*", "0.4", product="narrow", order=0), offer("*", "0.6", product="wide", order=2)],
        FREE,
    )
    advice = advise(question, FREE)
    assert sorted(advice.alone) == ["narrow, 1 y", "wide, 1 y"]
    assert advice.bound_monthly <= min(advice.alone.values()) + 1e-6
    assert advice.gap < 0.01
    assert [one.offer for one in advice.purchases] == ["narrow a*, 1 y, ", "wide, 1 y, "]
    assert advice.monthly < advice.on_demand_monthly


def test_what_if_tells_the_regret_of_every_scenario():
    advice = advise(case([usage("a1", [10.0] * 48)], [offer("*", "0.5")], FREE), FREE)
    by_name = {one.scenario: one for one in advice.scenarios}
    assert list(by_name) == [one.name for one in SCENARIOS]
    assert all(one.regret >= -0.01 for one in advice.scenarios)
    assert by_name["30 % less"].utilisation < by_name["as it was"].utilisation
    assert by_name["the dearest pool moves"].utilisation == 0.0


def test_upfront_payments_keep_the_budget():
    question = case([usage("a1", [10.0] * 24)], [offer("*", "0.4", upfront="1")], FREE)
    limits = Limits(capital=0.0, budget=8760.0)
    bought = portfolio(question, limits, AS_IT_WAS).hourly[0]
    assert bought == pytest.approx(1.0)
    assert advise(question, limits, AS_IT_WAS).purchases[0].upfront <= 8760.0


def test_every_commitment_is_used_as_much_as_it_must_be():
    question = case([usage("a1", DAYS)], [offer("*", "0.3")], FREE)
    loose = advise(question, FREE, AS_IT_WAS).purchases[0]
    strict = advise(question, Limits(capital=0.0, utilisation=0.95), AS_IT_WAS).purchases[0]
    assert loose.utilisation < 0.95 <= strict.utilisation + 0.001
    assert strict.hourly < loose.hourly


def test_spot_takes_what_may_be_interrupted():
    limits = Limits(capital=0.0, spot_share=0.5, spot_ratio=0.2)
    question = case([usage("a1", [10.0] * 24)], [offer("*", "0.5")], limits)
    assert portfolio(question, limits, AS_IT_WAS).cost == pytest.approx(10 * (0.5 * 0.2 + 0.5 * 0.5))


def test_what_commitments_serve_already_is_not_bought_again():
    question = case([usage("a1", [10.0] * 24, [8.0] * 24)], [offer("*", "0.5")], FREE)
    assert portfolio(question, FREE, AS_IT_WAS).hourly[0] == pytest.approx(1.0)


def test_terms_longer_than_wanted_are_left_out():
    offers = [offer("*", "0.3", months=36), offer("*", "0.6", months=12)]
    assert [one.term_months for one in case([usage("a", DAYS)], offers, Limits(months=12)).offers] == [12]


def test_what_comes_off_by_itself_makes_a_commitment_worth_less():
    """0.54 of the list price is 0.675 of what a full month costs after 20 %; at 0.72 of 0.7 nothing is left to save."""
    steady = Usage(provider="p", region="r", type="n2-*", hourly=(8.0,) * 24, covered=(0.0,) * 24, paid=0.8)
    question = case([steady], [offer("*", "0.54")], FREE)
    assert portfolio(question, FREE, AS_IT_WAS).cost == pytest.approx(8.0 * 0.54 / 0.8)
    bought = advise(question, FREE, AS_IT_WAS).purchases[0]
    assert (bought.hourly, bought.utilisation, bought.covers_hourly) == (5.4, 1.0, pytest.approx(8.0))
    assert case([msgspec.structs.replace(steady, paid=0.7)], [offer("*", "0.72")], FREE).offers == ()


def test_one_commitment_serves_where_it_saves_most_first():
    pools = [usage("a", [4.0] * 24), msgspec.structs.replace(usage("b", [4.0] * 24), paid=0.8)]
    question = case(pools, [offer("*", "0.5")], FREE)
    done = applied(question, [3.0], AS_IT_WAS[0])
    assert done.left.mean(axis=1).tolist() == [0.0, pytest.approx(4.0 - 1.0 / 0.625)]
    assert (done.used[0].mean(), done.served[0].mean()) == (pytest.approx(3.0), pytest.approx(4.0 + 1.6))


def test_only_the_best_case_is_told_and_not_weighed():
    advice = advise(case([usage("a", DAYS)], [offer("*", "0.28", basis=Basis.UP_TO)], FREE), FREE)
    assert (advice.purchases, [one.ratio for one in advice.unweighed]) == ((), [Decimal("0.28")])


def test_a_siblings_rate_gives_way_where_there_is_a_rate():
    mine = offer("a*", "0.6", product="plan")
    question = case(
        [usage("a1", DAYS), usage("b1", DAYS)],
        [offer("*", "0.5", basis=Basis.SIBLING), mine, offer("*", "0.3", basis=Basis.UP_TO), offer("b*", "0.2", months=36)],
        FREE,
    )
    assert [(one.match, dict(served)) for one, served in zip(question.offers, question.serves, strict=True)] == [
        ("*", {1: 0.5}),
        ("a*", {0: 0.6}),
        ("b*", {1: 0.2}),
    ]
    assert question.unweighed == ()


def test_a_licence_is_served_only_where_the_offer_says_so():
    windows = msgspec.structs.replace(usage("a", DAYS), system="windows")
    offers = [offer("*", "0.5", system="linux"), offer("*", "0.8", product="both")]
    assert [one.product for one in case([windows], offers, FREE).offers] == ["both"]
    assert [one.product for one in case([usage("a", DAYS)], offers, FREE).offers] == ["plan", "both"]


def test_what_stays_on_demand_is_told_for_every_pool():
    advice = advise(case([usage("a", [4.0] * 24, [1.0] * 24), usage("z", [1.0] * 24)], [offer("a", "0.5")], FREE), FREE, AS_IT_WAS)
    told = [(one.name, one.monthly, one.covered, one.served, one.left) for one in advice.pools]
    assert told == [("p r a", 2920.0, 730.0, 2190.0, 0.0), ("p r z", 730.0, 0.0, 0.0, 730.0)]


def test_nothing_on_offer_changes_nothing():
    advice = advise(case([usage("a1", [10.0] * 24)], [], FREE), FREE)
    assert (advice.purchases, advice.monthly) == ((), advice.on_demand_monthly)
    assert advice.gap == pytest.approx(0.0)


class Base:
    """The ledger's tables in memory."""

    def __init__(self) -> None:
        self.base = duckdb.connect()
        for dataset in (Dataset.COST_AND_USAGE, Dataset.CONTRACT_COMMITMENT):
            self.base.execute(f"CREATE TABLE {dataset.value} ({table_sql(dataset)})")
        for name, sql in views().items():
            self.base.execute(f"CREATE VIEW {name} AS {sql}")

    def add(self, table: str, **values: object) -> None:
        names = ", ".join(f'"{name}"' for name in values)
        self.base.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", list(values.values()))

    def query(self, sql: str, params: dict[str, object] | None = None) -> Rows:
        done = self.base.execute(sql, params or {})
        return Rows(tuple(column[0] for column in done.description), done.fetchall())


DAY = datetime(2026, 6, 1)


def spent(base: Base, hour: int, hours: int, cost: str, **values: object) -> None:
    said = {
        "ServiceProviderName": "P", "RegionId": "r", "SkuPriceDetails": {"InstanceType": "a1"}, "ChargeCategory": "Usage",
        "ServiceCategory": "Compute", "BillingCurrency": "USD", "ListCost": Decimal(cost),
        "ChargePeriodStart": DAY + timedelta(hours=hour), "ChargePeriodEnd": DAY + timedelta(hours=hour + hours),
    } | values  # fmt: skip
    base.add("cost_and_usage", **said)


def test_the_ledger_becomes_pools_by_the_hour():
    base = Base()
    spent(base, 0, 2, "4", CommitmentDiscountStatus=None)
    spent(base, 1, 1, "3", CommitmentDiscountId="kept", CommitmentDiscountStatus="Used")
    spent(base, 2, 1, "5", CommitmentDiscountId="ends", CommitmentDiscountStatus="Used")
    spent(base, 2, 1, "9", CommitmentDiscountId="kept", CommitmentDiscountStatus="Unused")
    spent(base, 0, 1, "7", BillingCurrency="EUR")
    spent(base, 0, 1, "7", ServiceCategory="Storage")
    base.add("contract_commitment", ContractCommitmentId="ends", ContractCommitmentPeriodEnd=DAY + timedelta(days=9))
    base.add("contract_commitment", ContractCommitmentId="kept", ContractCommitmentPeriodEnd=DAY + timedelta(days=99))
    seen = found(base, "USD", timedelta(days=30))
    assert [(one.name, one.hourly, one.covered) for one in seen.usage] == [("P r a1", (2.0, 5.0, 5.0), (0.0, 3.0, 0.0))]
    assert (seen.hours, seen.ending, [one.id for one in seen.held]) == (3, ("ends",), ["ends", "kept"])


def test_commitments_that_only_the_estate_knows_end_too():
    base = Base()
    spent(base, 0, 1, "3", CommitmentDiscountId="arn:x:reserved/ri-1", CommitmentDiscountStatus="Used")
    known = [Held(id="ri-1", kind="reserved-instance", hourly=None, ends=DAY + timedelta(days=3))]
    assert found(base, "USD", timedelta(days=30), known).usage[0].covered == (0.0,)
    assert found(base, "USD", timedelta(days=1), known).usage[0].covered == (3.0,)
    assert found(base, "USD", timedelta(days=30)).usage[0].covered == (3.0,)


def test_what_is_no_machine_stands_apart_and_idle_hours_are_left_out():
    base = Base()
    spent(base, 0, 1, "3")
    spent(base, 9, 1, "3")
    spent(base, 0, 1, "8", SkuPriceDetails=None, ServiceName="Traffic")
    seen = found(base, "USD", timedelta(days=30), paid=lambda provider, type_: 0.5 if (provider, type_) == ("P", "a1") else 1.0)
    assert [(one.hourly, one.paid) for one in seen.usage] == [((1.5, 1.5), 0.5)]
    assert [(one.provider, one.service, one.cost) for one in seen.others] == [("P", "Traffic", 8.0)]
    assert (seen.hours, seen.idle) == (2, 8)


def test_a_region_that_is_not_said_follows_from_the_zone():
    base = Base()
    for zone in ("eu-west-1b", "europe-west3-a", "PHX-AD-3", None):
        spent(base, 0, 1, "1", RegionId=None, AvailabilityZone=zone)
    assert sorted(one.region for one in found(base, "USD", timedelta(days=30)).usage) == ["", "eu-west-1", "europe-west3"]


def test_a_ledger_whose_compute_names_no_machine_is_told():
    base = Base()
    spent(base, 0, 1, "8", SkuPriceDetails=None, ServiceName="Traffic")
    with pytest.raises(BadInput) as caught:
        found(base, "USD", timedelta(days=30))
    assert str(caught.value) == (
        "No row of the ledger's compute in USD says its type of machine: Traffic. Export bills with SkuPriceDetails (FOCUS 1.2) or "
        "with SKU meters, or give a file with --demand."
    )


def test_a_ledger_without_compute_is_told():
    with pytest.raises(BadInput) as caught:
        found(Base(), "USD", timedelta(days=30))
    message = "The ledger holds no compute usage in USD. Import bills with `skywright cost import`, or set cost.currency."
    assert str(caught.value) == message
