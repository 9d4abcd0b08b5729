"""The stage itself: SignedPlan -> Verdict."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

import msgspec

from skywright.loop.validate.facts import Facts, Opinions, read_estate
from skywright.loop.validate.rails import object_to
from skywright.loop.validate.twin import Evaluate, Sides, compare_rules, consequences, overlay_of, without_accepted
from skywright.model.estate import Snapshot
from skywright.model.finding import RuleVerdict, Waiver, finding_id
from skywright.model.plan import Plan, SignedPlan
from skywright.model.rule import Rule
from skywright.model.settings import RailSettings
from skywright.model.verdict import Verdict
from skywright.ports.engine import Overlay, Session

SessionOf = Callable[[Overlay | None], AbstractContextManager[Session]]


class Rooms(msgspec.Struct, frozen=True):
    """What validation needs of the other rooms, handed in by the wiring: they are strangers here."""

    session_of: SessionOf  # the snapshot, or its twin under an overlay
    evaluate: Evaluate
    rules: Sequence[Rule]
    opinions: Opinions
    waivers: Sequence[Waiver] = ()


def validate(
    signed: SignedPlan, snapshot: Snapshot, rooms: Rooms, settings: RailSettings, now: datetime, approvals: Sequence[str] = ()
) -> Verdict:
    """SignedPlan -> Verdict: the consequences on the twin, and every rail's objections, all at once.

    ``snapshot`` is what the plan is checked against (the newest one); ``approvals`` are the names given so far.
    """
    plan = signed.plan
    with rooms.session_of(None) as before:
        estate = read_estate(before, plan, snapshot.coverage, rooms.opinions, settings.environment_tag)
        with rooms.session_of(overlay_of(plan, estate.rows)) as after:
            sides = compare_rules(before, after, plan, rooms.rules, rooms.evaluate)
            sides = without_accepted(sides, rooms.waivers, now.date())
            seen = consequences(before, after, plan, sides, rooms.rules, rooms.opinions)
    facts = Facts(
        plan=plan,
        settings=settings,
        now=now,
        estate=estate,
        consequences=seen,
        unknown_reasons=_unknown_reasons(plan, sides),
        approvals=tuple(approvals),
        opinions=rooms.opinions,
    )
    return Verdict(plan_hash=signed.hash, objections=object_to(facts), consequences=seen)


def _unknown_reasons(plan: Plan, sides: Sides) -> Mapping[str, str]:
    """Change -> the rule that it rests on and that could not be decided for its target."""
    unknown = {
        finding_id(rule, resource): rule for (rule, resource), verdict in sides.before.items() if verdict is RuleVerdict.UNKNOWN
    }
    return {change.id: unknown[reason] for change in plan.changes for reason in change.reasons if reason in unknown}
