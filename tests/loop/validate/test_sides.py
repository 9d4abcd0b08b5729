"""The two sides of a plan: what counts as introduced, what somebody has accepted, what is asked of whom, and what adds up."""

from datetime import date
from decimal import Decimal

import pytest

from skywright.loop.validate.measures import Measured
from skywright.loop.validate.twin import Sides, compare_rules, consequences, introduced, without_accepted
from skywright.model.finding import RuleVerdict, Severity, Waiver
from skywright.model.money import Money
from skywright.model.plan import Plan
from skywright.model.rule import Rule
from skywright.ports.engine import Rows

from .conftest import NOW, change, rid

FAIL, UNKNOWN = RuleVerdict.FAIL, RuleVerdict.UNKNOWN
VOLUME, OTHER = rid("storage.volume", "vol-1"), rid("storage.volume", "vol-2")
PAIR = ("r", VOLUME)


def side(verdict):
    return {PAIR: verdict} if verdict else {}


def plan(*changes):
    return Plan(id="p", created_at=NOW, snapshot="s", changes=changes)


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        (None, FAIL, True),
        (UNKNOWN, FAIL, True),
        (None, UNKNOWN, True),
        (FAIL, FAIL, False),
        (UNKNOWN, UNKNOWN, False),
        (FAIL, UNKNOWN, False),
        (FAIL, None, False),
    ],
)
def test_what_counts_as_introduced(before, after, new):
    assert introduced(Sides(side(before), side(after))) == ({PAIR: after} if new else {})


@pytest.mark.parametrize(
    ("rule", "resource", "expires", "accepted"),
    [
        ("r", VOLUME, date(2026, 3, 4), True),
        ("r", VOLUME, date(2026, 3, 3), False),
        ("r", "*/vol-*", date(2027, 1, 1), True),
        ("r", OTHER, date(2027, 1, 1), False),
        ("other", VOLUME, date(2027, 1, 1), False),
        ("other", "*", date(2027, 1, 1), False),
    ],
)
def test_an_exception_covers_its_rule_and_resource_until_its_day(rule, resource, expires, accepted):
    waiver = Waiver(id="w", rule=rule, resource=resource, owner="ann", reason="x", expires=expires, created_at=NOW)
    left = {} if accepted else side(FAIL)
    assert without_accepted(Sides(side(FAIL), side(FAIL)), [waiver], NOW.date()) == Sides(left, left)


def test_a_name_that_looks_like_a_pattern_is_covered_by_itself():
    odd = rid("storage.volume", "a[1]")
    waiver = Waiver(id="w", rule="r", resource=odd, owner="ann", reason="x", expires=NOW.date(), created_at=NOW)
    assert without_accepted(Sides({("r", odd): FAIL}, {}), [waiver], NOW.date()) == Sides({}, {})


def rule(name, kind="storage.volume", reads=(), severity=Severity.LOW):
    facts = {"topic": "t", "when": "true", "why": "w", "remedy": "r", "source": "s", "file": "f", "line": 1}
    return Rule(id=name, kind=kind, title="t", severity=severity, reads=tuple(reads), **facts)


RULES = [
    rule("own"),
    rule("elsewhere", kind="storage.bucket"),
    rule("peers", kind="compute.instance", reads=["storage.volume"]),
    rule("all", kind="compute.instance", reads=["resource"]),
    rule("price", kind="compute.instance", reads=["cost"]),
    rule("neighbours", kind="compute.instance", reads=["relation"]),
    rule("traffic", kind="compute.instance", reads=["usage"]),
    rule("walls", kind="compute.instance", reads=["network.firewall"]),
]


@pytest.mark.parametrize(
    ("planned", "wide"),
    [
        (change(VOLUME), ["peers", "all", "price"]),
        (change(VOLUME, delete=True), ["peers", "all", "price", "neighbours", "traffic"]),
    ],
)
def test_who_is_asked_about_the_targets_alone_and_who_about_all(planned, wide):
    asked = []

    def evaluate(session, rules, ids):
        asked.append((session, [one.id for one in rules], ids))
        return Rows(("rule", "resource", "verdict"), [])

    compare_rules("before", "after", plan(planned), RULES, evaluate)
    each = [(["own"], [VOLUME]), (wide, None)]
    assert asked == [(session, *question) for session in ("before", "after") for question in each]


def test_rules_that_cannot_change_their_mind_are_not_asked():
    assert compare_rules("before", "after", plan(change(VOLUME)), [rule("elsewhere", kind="storage.bucket")], None) == Sides({}, {})


NOTHING, ESTATE = Measured(), Measured(exposed=9, vcpus=9, memory_mib=9, storage_gib=9)


def seen(*changes, before=NOTHING, after=NOTHING, sides=None, rules=(), monkeypatch):
    """The consequences of changes whose measures before and after are given."""
    measured = iter([before, after])
    monkeypatch.setattr("skywright.loop.validate.twin.measure_estate", lambda session, opinions: ESTATE)
    monkeypatch.setattr("skywright.loop.validate.twin.measure", lambda session, targets, opinions: next(measured))
    return consequences(None, None, plan(*changes), sides or Sides({}, {}), rules, None)


def dollars(**amounts):
    return {rid("storage.volume", name.replace("_", "-")): Money(Decimal(amount)) for name, amount in amounts.items()}


def test_costs_of_different_currencies_are_not_added_up(monkeypatch):
    mixed = {VOLUME: Money(Decimal(1), "USD"), OTHER: Money(Decimal(2), "EUR")}
    known = seen(
        change(VOLUME),
        change(OTHER),
        before=Measured(costs=mixed),
        after=Measured(costs=dollars(vol_1=1, vol_2=2)),
        monkeypatch=monkeypatch,
    )
    assert (known.cost_before, known.cost_after, known.cost_unknown) == (None, Money(Decimal(3)), 0)


def test_a_cost_that_is_known_on_one_side_alone_is_in_neither_sum(monkeypatch):
    before, after = Measured(costs=dollars(vol_1=1, vol_2=2)), Measured(costs=dollars(vol_2=5))
    known = seen(change(VOLUME), change(OTHER), before=before, after=after, monkeypatch=monkeypatch)
    assert (known.cost_before, known.cost_after, known.cost_unknown) == (Money(Decimal(2)), Money(Decimal(5)), 1)


@pytest.mark.parametrize("name", ["exposed", "vcpus", "memory_mib", "storage_gib"])
def test_what_the_targets_gain_and_lose_is_laid_on_the_estate(name, monkeypatch):
    known = seen(change(VOLUME), before=Measured(**{name: 2}), after=Measured(**{name: 5}), monkeypatch=monkeypatch)
    stem, _, unit = name.partition("_")
    before, after = (getattr(known, "_".join(filter(None, (stem, when, unit)))) for when in ("before", "after"))
    assert (before, after) == (9, 12)


def test_the_gravest_finding_is_told_first_then_by_rule_and_resource(monkeypatch):
    rules = [rule("b"), rule("a"), rule("z", severity=Severity.HIGH)]
    pairs = {(name, resource): FAIL for name in ("b", "a", "z") for resource in (OTHER, VOLUME)}
    known = seen(change(VOLUME), sides=Sides({}, pairs), rules=rules, monkeypatch=monkeypatch)
    told = [(one.rule, one.resource) for one in known.introduced]
    assert told == [(name, resource) for name in ("z", "a", "b") for resource in (VOLUME, OTHER)]
