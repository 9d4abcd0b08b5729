"""Make a plan: proposals x the world -> Plan. The same inputs give the same bytes, in whatever order the proposals come."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from skywright.loop.plan.impact import disruption, undo_cost
from skywright.loop.plan.order import Needs, dependencies, find_circle
from skywright.loop.plan.saving import savings
from skywright.loop.plan.settle import Draft, settle
from skywright.loop.plan.waves import assign, risk_of
from skywright.loop.plan.world import Means, World
from skywright.model.canonical import canonical, digest
from skywright.model.errors import BadInput
from skywright.model.kinds import parse_id
from skywright.model.money import Money
from skywright.model.plan import CHANGES_PER_PLAN_MAX, Change, Plan, Proposal, Rejected, Reversibility
from skywright.model.settings import WaveSettings
from skywright.model.words import t

ID_LENGTH = 12


def make_plan(
    proposals: Iterable[Proposal], world: World, means: Means, waves: WaveSettings, now: datetime, note: str = ""
) -> Plan:
    """Settle, order, price and number the changes. Every proposal ends among a change's reasons or in ``rejected``.

    Raises BadInput when more than CHANGES_PER_PLAN_MAX changes come of it.
    """
    drafts, rejected = _settled(proposals, world, means)
    if len(drafts) > CHANGES_PER_PLAN_MAX:
        raise BadInput(
            t("The plan would hold {count} changes; {most} is the most.", count=len(drafts), most=CHANGES_PER_PLAN_MAX),
            next_step=t("Plan a part: --only, --rule or --target."),
        )
    needs = _without_circles(drafts, world, rejected)
    numbers = assign(drafts, needs, waves)
    saved = savings(drafts, means.costs)
    ids = {target: _change_id(draft) for target, draft in drafts.items()}
    changes = [_change(draft, ids, needs, numbers[target], saved.get(target)) for target, draft in drafts.items()]
    changes.sort(key=lambda change: (change.wave, change.kind, change.target))
    rejected.sort(key=lambda one: (one.proposal.target, canonical(one)))
    content = (world.snapshot.id, changes, rejected, note)
    return Plan(
        id=f"plan-{_short(content)}",
        created_at=now,
        snapshot=world.snapshot.id,
        changes=tuple(changes),
        rejected=tuple(rejected),
        estate_size=world.size,
        note=note,
    )


def _settled(proposals: Iterable[Proposal], world: World, means: Means) -> tuple[dict[str, Draft], list[Rejected]]:
    by_target: dict[str, list[Proposal]] = {}
    for proposal in proposals:
        by_target.setdefault(proposal.target, []).append(proposal)
    drafts: dict[str, Draft] = {}
    rejected: list[Rejected] = []
    for target in sorted(by_target):
        draft, refused = settle(target, by_target[target], world, means.can)
        rejected += refused
        if draft and draft.reversibility is Reversibility.NONE and not means.irreversible:
            reason = t("It cannot be undone, and rails.irreversible_allowed is off.")
            rejected += [Rejected(proposal, reason) for proposal in draft.proposals]
        elif draft:
            drafts[target] = draft
    _without_the_ground(drafts, rejected)
    return drafts, rejected


def _without_the_ground(drafts: dict[str, Draft], rejected: list[Rejected]) -> None:
    """Take out what needs a change that is not in the plan, and what needs that."""
    while lacking := [(target, missing) for target, draft in drafts.items() if (missing := _missing(draft, drafts))]:
        for target, missing in lacking:
            reason = t("It needs a change of {other} before, and that is not in the plan.", other=missing)
            rejected += [Rejected(proposal, reason) for proposal in drafts.pop(target).proposals]


def _missing(draft: Draft, drafts: Mapping[str, Draft]) -> str:
    return next((other for one in draft.proposals for other in one.needs if other not in drafts), "")


def _without_circles(drafts: dict[str, Draft], world: World, rejected: list[Rejected]) -> Needs:
    """The order of the drafts. Those that wait for one another in a circle are taken out and rejected."""
    needs = dependencies(drafts, world.relations)
    while circle := find_circle(needs):
        reason = t("Its change and others wait for one another: {circle}.", circle=" -> ".join([*circle, circle[0]]))
        for target in circle:
            rejected += [Rejected(proposal, reason) for proposal in drafts.pop(target).proposals]
        _without_the_ground(drafts, rejected)
        needs = dependencies(drafts, world.relations)
    return needs


def _change(draft: Draft, ids: Mapping[str, str], needs: Needs, wave: int, saving: Money | None) -> Change:
    kind, before, after = parse_id(draft.target).kind, draft.before, draft.after
    proposals = draft.proposals
    columns = sorted(after or {})
    return Change(
        id=ids[draft.target],
        target=draft.target,
        kind=kind,
        action=draft.action,
        before=before,
        after=after,
        why="; ".join(dict.fromkeys(proposal.why for proposal in proposals)),
        reasons=tuple(dict.fromkeys(reason for proposal in proposals for reason in proposal.reasons)),
        risk=risk_of(draft),
        reversibility=draft.reversibility,
        observed=draft.observed,
        wave=wave,
        name=draft.row.get("name") or draft.wanted.get("name"),
        saving_monthly=saving,
        undo_cost=undo_cost(draft.action, draft.reversibility, columns),
        disruption=disruption(draft.action, kind, columns, draft.row.get("state")),
        evidence=tuple(dict.fromkeys(one for proposal in proposals for one in proposal.evidence)),
        depends_on=tuple(sorted(ids[before] for before in needs[draft.target])),
    )


def _change_id(draft: Draft) -> str:
    return f"chg-{_short((draft.target, draft.action, draft.after))}"


def _short(content: object) -> str:
    return digest(content).removeprefix("sha256:")[:ID_LENGTH]
