"""A change held against the bill around it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.model.money import Money
from skywright.topics.cost.realised import Basis, Kept, Outcome, calibrate, judge
from skywright.topics.cost.realised.judge import DAYS_A_MONTH, Daily

DONE = datetime(2026, 9, 15, 14)


def day(offset):
    return date(2026, 9, 15) + timedelta(days=offset)


def kept(promised="300", proposer="compute_instance_idle"):
    money = None if promised is None else Money(Decimal(promised))
    return Kept(run="r", change="c1", target="t", proposer=proposer, done_at=DONE, promised=money, by_prices=money)


def daily(before, after, peers=(), reach=28, currency="USD"):
    """The target costs ``before`` a day, then ``after``; each peer has (before, after)."""

    def cost(old, new):
        sides = {day(far): Decimal(str(old if far < 0 else new)) for far in range(-reach, reach + 1)}
        return {when: amount for when, amount in sides.items() if amount}

    return Daily(
        currency=currency,
        own=cost(before, after),
        peers={f"peer-{number}": cost(*pair) for number, pair in enumerate(peers)},
        days=frozenset(day(far) for far in range(-reach, reach + 1)),
    )


MONTH = Decimal(repr(DAYS_A_MONTH))
JUDGED = [
    # name                                  daily                                             realised a day  ratio  outcome
    ("kept to the cent", daily(10, 0), "10", None, Outcome.KEPT),
    ("half of it", daily(10, 5), "5", None, Outcome.SHORT),
    ("twice of it", daily(20, 0), "20", None, Outcome.EXCEEDED),
    ("it costs more", daily(10, 12), "-2", None, Outcome.SHORT),
    ("peers fell by half: it would have fallen too", daily(20, 0, [(8, 4)] * 3), "10", 0.5, Outcome.KEPT),
    ("two peers are too few", daily(10, 0, [(8, 4)] * 2), "10", None, Outcome.KEPT),
    ("peers that fell to a tenth are not like it", daily(10, 0, [(10, 1)] * 5), "10", None, Outcome.KEPT),
    ("new peers do not count", daily(10, 0, [(0, 50)] * 9), "10", None, Outcome.KEPT),
]


@pytest.mark.parametrize(("name", "bill", "realised", "ratio", "outcome"), JUDGED, ids=[name for name, *_ in JUDGED])
def test_what_came_of_a_promise(name, bill, realised, ratio, outcome):
    found = judge(kept("304.17"), bill)
    assert (found.outcome, found.peer_ratio) == (outcome, ratio)
    assert found.realised == (Decimal(realised) * MONTH).quantize(Decimal("0.01"))
    assert found.realised == pytest.approx(found.counterfactual - found.actual, abs=Decimal("0.011"))


def test_the_day_of_the_change_itself_is_left_out():
    bill = daily(10, 0)
    strange = Daily(currency="USD", own={**bill.own, day(0): Decimal(10**6)}, peers={}, days=bill.days)
    assert judge(kept(), strange).realised == judge(kept(), bill).realised


def test_whole_weeks_are_taken():
    found = judge(kept(), daily(10, 0, reach=12))
    assert (found.days_before, found.days_after) == (7, 7)


def test_a_day_that_the_bill_does_not_hold_is_not_a_day_without_cost():
    bill = daily(10, 10)
    holes = frozenset(one for one in bill.days if one <= day(8))
    own = {one: cost for one, cost in bill.own.items() if one in holes}
    found = judge(kept(), Daily(currency="USD", own=own, peers={}, days=holes))
    assert (found.days_after, found.realised) == (7, Decimal("0.00"))


UNKNOWN = [
    ("nothing in the bill", None, Outcome.UNSEEN, "the bill has no row of it"),
    ("no day before", daily(0, 5), Outcome.UNSEEN, "the bill has no row of it before the change"),
    ("too early", daily(10, 0, reach=6), Outcome.EARLY, "6 whole days before and 6 after; 7 are needed"),
]


@pytest.mark.parametrize(("name", "bill", "outcome", "why"), UNKNOWN, ids=[name for name, *_ in UNKNOWN])
def test_what_cannot_be_said_is_not_said(name, bill, outcome, why):
    found = judge(kept(), bill)
    assert (found.outcome, found.why, found.realised) == (outcome, why, None)


@pytest.mark.parametrize("promised", [None, "300"])
def test_without_a_promise_in_the_bills_currency_the_saving_is_told_alone(promised):
    found = judge(kept(promised), daily(10, 0, currency="EUR"))
    assert (found.outcome, found.why) == (Outcome.UNPROMISED, "nothing was promised in EUR")
    assert found.realised == Decimal("304.17")


@given(st.lists(st.decimals(0, 1000, places=2), min_size=14, max_size=14))
def test_the_interval_holds_the_estimate(costs):
    own = {day(far): cost for far, cost in zip([*range(-7, 0), *range(1, 8)], costs, strict=True)}
    bill = Daily(currency="USD", own=own, peers={}, days=frozenset(own))
    found = judge(kept(), bill)
    assert found.outcome is Outcome.UNSEEN or found.low <= found.realised <= found.high


def test_noise_widens_the_interval_and_forgives():
    own = {day(far): Decimal(10 + (far % 2) * 10 if far < 0 else 4 + (far % 2) * 8) for far in range(-7, 8) if far}
    found = judge(kept("304"), Daily(currency="USD", own=own, peers={}, days=frozenset(own)))
    assert found.outcome is Outcome.KEPT
    assert found.high - found.low > 200


def test_what_may_be_all_or_nothing_is_not_called_kept():
    own = {day(far): Decimal(10 + (far % 2) * 40 if far < 0 else 20 + (far % 2) * 8) for far in range(-7, 8) if far}
    found = judge(kept("304"), Daily(currency="USD", own=own, peers={}, days=frozenset(own)))
    assert (found.outcome, found.why) == (Outcome.UNSURE, "all that was promised and nothing at all are both within the interval")
    assert found.low <= 0 < 304 <= found.high
    (line,) = calibrate([found], lambda _: "total")
    assert (line.changes, line.open) == (0, 1)


def test_calibration_by_proposer_counts_what_is_open_apart():
    settled = [
        judge(kept("304.17", "idle"), daily(10, 0)),
        judge(kept("304.17", "idle"), daily(10, 5)),
        judge(kept("304.17", "idle"), None),
        judge(kept("100", "old"), None),
    ]
    idle, old = calibrate(settled, lambda one: one.kept.proposer)
    assert (idle.name, idle.changes, idle.promised, idle.realised, idle.kept, idle.open) == (
        "idle", 2, Decimal("608.34"), Decimal("456.25"), 0.5, 1,
    )  # fmt: skip
    assert idle.ratio == 0.75
    assert (old.changes, old.ratio, old.open) == (0, None, 1)


def test_calibration_never_adds_currencies():
    settled = [judge(kept("304.17"), daily(10, 0)), judge(kept(), daily(10, 0, currency="EUR"))]
    assert [(line.currency, line.changes, line.open) for line in calibrate(settled, lambda _: "all")] == [("USD", 1, 1)]


def alone(weeks, after=5.0):
    """A target without peers: what it cost a day in each week before, the last one next to the change; then ``after``."""
    days = [day(far) for far in range(-7 * len(weeks), 0)]
    own = {when: Decimal(str(cost)) for when, cost in zip(days, [week for week in weeks for _ in range(7)], strict=True)}
    own |= {day(far): Decimal(str(after)) for far in range(1, 29)}
    return Daily(currency="USD", own=own, peers={}, days=frozenset(own))


ALONE = [
    # name                                 weeks before                       basis        days  half a day  outcome
    ("it never moved", [10] * 4, Basis.TIME, 7, 0.0, Outcome.KEPT),
    ("three weeks are too few", [10] * 3, Basis.DAYS, 28, 0.0, Outcome.KEPT),
    ("ten weeks: two on either side", [10] * 10, Basis.TIME, 14, 0.0, Outcome.KEPT),
    ("it moves by half every week", [20, 10, 20, 10], Basis.TIME, 7, 26.0, Outcome.UNSURE),
]


@pytest.mark.parametrize(("name", "weeks", "basis", "days", "half", "outcome"), ALONE, ids=[name for name, *_ in ALONE])
def test_without_peers_its_own_weeks_say_how_sure_it_is(name, weeks, basis, days, half, outcome):
    found = judge(kept("152.08"), alone(weeks))
    assert (found.basis, found.days_after, found.outcome) == (basis, days, outcome)
    assert float(found.high - found.realised) == pytest.approx(half * DAYS_A_MONTH, rel=0.02, abs=0.01)


def test_with_peers_its_own_weeks_are_not_asked():
    assert judge(kept(), daily(10, 0, [(8, 8)] * 3)).basis is Basis.PEERS
