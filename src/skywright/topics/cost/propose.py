"""Insights -> proposals: which of them are worth a change, how much they matter beside others, and what they risk."""

from collections.abc import Iterable, Iterator

from skywright.model.finding import Insight, InsightType
from skywright.model.plan import Action, Proposal, Risk


def precedence(insight: InsightType) -> int:  # noqa: C901 - one case a member, nothing nested
    """Below every finding. Of two insights on one resource the one that makes the other pointless goes first."""
    match insight:
        case InsightType.IDLE:
            return 60
        case InsightType.UNATTACHED:
            return 50
        case InsightType.OVERSIZED:
            return 40
        case InsightType.OVERPROVISIONED_IOPS:
            return 30
        case InsightType.OLD_GENERATION:
            return 20
        case InsightType.CHEAPER_FAMILY:
            return 35
        case InsightType.CHEAPER_ELSEWHERE:
            return 15
        case InsightType.COLD:
            return 12
        case InsightType.SCHEDULABLE:
            return 10
        case InsightType.LICENSED:
            return 8
        case InsightType.UNDERSIZED:
            return 5


def risk(insight: Insight) -> Risk:
    """What goes away is a high risk, unless a copy of it is kept; what stops or restarts a medium one; the rest is low."""
    if insight.delete:
        return Risk.MEDIUM if insight.kind == "storage.volume" else Risk.HIGH
    interrupts = {"state", "type", "containers"} & set(insight.set) and insight.kind != "storage.volume"
    return Risk.MEDIUM if interrupts else Risk.LOW


def from_insights(insights: Iterable[Insight]) -> Iterator[Proposal]:
    """One proposal an insight that says what would be better; the others are for people."""
    for insight in insights:
        if insight.delete or insight.set:
            yield Proposal(
                proposer=insight.id.rpartition("-")[0],
                target=insight.resource,
                action=Action.DELETE if insight.delete else Action.UPDATE,
                set=dict(insight.set),
                why=insight.title,
                reasons=(insight.id,),
                precedence=precedence(insight.type),
                risk=risk(insight),
                saving_monthly=insight.saving_monthly,
                evidence=insight.evidence,
                confidence=insight.confidence,
            )
