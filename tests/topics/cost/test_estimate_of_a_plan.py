"""What a plan of our own costs, before and after; and what proposals keep of the insights that they come from."""

from decimal import Decimal

import pytest
from tests.adapters.clouds.acting import change_of

from skywright.model.finding import Evidence, Insight, InsightType
from skywright.model.money import Money
from skywright.topics.cost.estimate import PartCost, Priced, estimate_changes
from skywright.topics.cost.fragments import measured, price
from skywright.topics.cost.propose import from_insights, precedence

WEB = "aws:1111:eu-west-1:compute.instance/i-1"


def priced(monthly: str | None, note: str = "") -> Priced:
    return Priced(monthly=monthly and Decimal(monthly), currency="EUR", source="list", dated="2026-01", note=note)


def cost(monthly: str | None, currency: str = "EUR", source: str = "list", dated: str = "2026-01", note: str = "") -> PartCost:
    return PartCost(
        name="", kind="compute.instance", what="", quantity=Decimal(1), monthly=monthly and Decimal(monthly), currency=currency,
        source=source, dated=dated, note=note,
    )  # fmt: skip


def test_a_change_has_both_its_sides():
    found = estimate_changes("plan-1", [change_of(WEB, {"type": "m"}, {"type": "s"})], {WEB: priced("20")}, {WEB: priced("12.5")})
    (line,) = found.lines
    assert (found.form, found.source, found.before, found.after, found.unknown) == (
        "plan", "plan-1", {"EUR": Decimal(20)}, {"EUR": Decimal("12.5")}, (),
    )  # fmt: skip
    assert (line.address, line.type, line.action, line.currency) == (WEB, "compute.instance", "update", "EUR")
    assert (line.before, line.after) == (20, Decimal("12.5"))
    assert (line.parts_before, line.parts_after) == ((cost("20"),), (cost("12.5"),))


def test_what_is_deleted_costs_nothing_afterwards():
    (line,) = estimate_changes("plan-1", [change_of(WEB, {"type": "m"}, None)], {WEB: priced("20")}, {}).lines
    assert (line.action, line.currency, line.before, line.after, line.parts_after) == ("delete", "EUR", 20, 0, ())


def test_what_has_no_price_is_unknown_on_that_side():
    found = estimate_changes("plan-1", [change_of(WEB, {}, {"type": "s"})], {WEB: priced("20")}, {})
    (line,) = found.lines
    assert (line.before, line.after, found.unknown) == (20, None, (WEB,))
    assert line.parts_after == (cost(None, "USD", "", "", "no price is known for compute.instance"),)


def test_a_proposal_keeps_what_its_insight_says():
    evidence = (Evidence(metric="cpu_pct", statistic="p95", value=3.0, window_days=14, samples=336, threshold=5.0),)
    saving = Money(Decimal("7.5"), "EUR")
    insight = Insight(
        id="idle-0123", type=InsightType.IDLE, resource=WEB, kind="compute.instance", title="Idle", evidence=evidence,
        confidence=0.75, saving_monthly=saving, set={"state": "stopped"},
    )  # fmt: skip
    (found,) = from_insights([insight])
    assert (found.target, found.why, found.evidence, found.confidence) == (WEB, "Idle", evidence, 0.75)
    assert (found.saving_monthly, found.precedence) == (saving, 60)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (InsightType.IDLE, InsightType.UNATTACHED),
        (InsightType.UNATTACHED, InsightType.OVERSIZED),
        (InsightType.OVERSIZED, InsightType.CHEAPER_FAMILY),
        (InsightType.CHEAPER_FAMILY, InsightType.OVERPROVISIONED_IOPS),
        (InsightType.OVERPROVISIONED_IOPS, InsightType.OLD_GENERATION),
        (InsightType.OLD_GENERATION, InsightType.CHEAPER_ELSEWHERE),
        (InsightType.CHEAPER_ELSEWHERE, InsightType.COLD),
        (InsightType.COLD, InsightType.SCHEDULABLE),
        (InsightType.SCHEDULABLE, InsightType.LICENSED),
        (InsightType.LICENSED, InsightType.UNDERSIZED),
    ],
)
def test_of_two_the_one_that_makes_the_other_pointless_goes_first(first: InsightType, then: InsightType):
    assert precedence(first) > precedence(then)


def test_data_that_is_absent_is_no_evidence_unless_that_is_asked_for():
    assert measured("u", "i", "cpu_pct").startswith("JOIN usage u ON u.resource = i.id AND u.metric = 'cpu_pct'")
    assert measured("u", "i", "cpu_pct", outer=True).startswith("LEFT JOIN usage u ON ")
    assert price("p", "i", "i.type", "hour", "compute.instance").startswith("LEFT JOIN price p ON p.cloud = i.cloud")
    assert price("p", "i", "i.type", "hour", "compute.instance", outer=False).startswith("JOIN price p ON ")
