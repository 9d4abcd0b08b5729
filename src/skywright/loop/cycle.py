"""One turn through the corridor: gather, audit, analyse, plan, validate. Nothing is changed: a turn ends before execution.

There are two steps back, no more: execution reads its targets afresh before it acts, and PlanAgain (the world moved) leads
to the start of a new turn, never to the middle of this one.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from skywright.loop.gather import Choice as Where
from skywright.loop.plan import Choice as What
from skywright.model.estate import Snapshot
from skywright.model.finding import Finding, Insight
from skywright.model.plan import SignedPlan
from skywright.model.verdict import Verdict
from skywright.ports.cloud import Progress


class Corridor(Protocol):
    """The rooms, as wiring hands them over."""

    def gather(self, progress: Progress, choice: Where | None = None) -> Snapshot:
        """Every cloud in scope as it is now."""

    def audit(self, snapshot: Snapshot) -> Sequence[Finding]:
        """What is wrong in it."""

    def insights(self, snapshot: Snapshot) -> Sequence[Insight]:
        """What could be better in it."""

    def plan(self, choice: What) -> SignedPlan:
        """What to do about both."""

    def validate(self, signed: SignedPlan, approvals: Sequence[str] = ()) -> Verdict:
        """What that would do, and what stands against it."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one turn found out."""

    snapshot: Snapshot
    findings: tuple[Finding, ...]
    insights: tuple[Insight, ...]
    plan: SignedPlan
    verdict: Verdict


def turn(corridor: Corridor, progress: Progress, where: Where | None = None, what: What | None = None) -> Turn:
    """Walk one turn. Raises what the rooms raise; nothing is half-done, for nothing but the snapshot and findings is kept."""
    snapshot = corridor.gather(progress, where)
    findings = corridor.audit(snapshot)
    insights = corridor.insights(snapshot)
    plan = corridor.plan(what or What())
    verdict = corridor.validate(plan)
    return Turn(snapshot=snapshot, findings=tuple(findings), insights=tuple(insights), plan=plan, verdict=verdict)
