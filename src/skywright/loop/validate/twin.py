"""Plan -> twin -> consequences: the ``after`` rows are laid over the snapshot, and what the plan can alter is asked again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from skywright.loop.validate.facts import Opinions, Row, by_kind
from skywright.loop.validate.measures import Measured, measure, measure_estate, reached
from skywright.model.estate import BESIDE
from skywright.model.finding import Finding, RuleVerdict, Waiver, finding_id
from skywright.model.kinds import parse_id
from skywright.model.money import Money
from skywright.model.plan import Change, Plan
from skywright.model.rule import Rule
from skywright.model.schema import READ_BY_REACH
from skywright.model.verdict import Consequences
from skywright.ports.engine import Overlay, Rows, Session

Evaluate = Callable[[Session, Sequence[Rule], Sequence[str] | None], Rows]
"""Rules x resources (None: all) -> one row (rule, resource, verdict) for each that fails or is unknown."""

Verdicts = Mapping[tuple[str, str], RuleVerdict]
"""(rule, resource) -> fail or unknown; a pair that is missing passes."""


class Sides(msgspec.Struct, frozen=True):
    """What the rules say before and after, of everything that the plan can alter."""

    before: Verdicts
    after: Verdicts


def overlay_of(plan: Plan, rows: Mapping[str, Row]) -> Overlay:
    """The twin: each target's whole row with ``after`` laid over it; what is deleted is removed.

    A target that is not in ``rows`` starts from what its id tells, so that a created resource is seen by the rules too.
    """
    replaced: dict[str, list[dict[str, Any]]] = {}
    removed = set()
    for change in plan.changes:
        if change.after is None:
            removed.add(change.target)
        else:
            replaced.setdefault(change.kind, []).append({**_start(change, rows), **change.after})
    return Overlay(replaced, frozenset(removed))


def compare_rules(before: Session, after: Session, plan: Plan, rules: Sequence[Rule], evaluate: Evaluate) -> Sides:
    """Ask on both sides what the plan can alter, and no more.

    A rule that reads nothing but its own row is asked of the targets alone. A rule that reads a table that the plan touches may
    change its mind about any resource (a volume's neighbour, a firewall's peer), and is asked of all.
    """
    touched = _touched(plan)
    wide = [rule for rule in rules if touched & set(rule.reads)]
    kinds = {change.kind for change in plan.changes}
    own = [rule for rule in rules if rule.kind in kinds and not touched & set(rule.reads)]
    targets = [change.target for change in plan.changes]
    sides = [
        {
            **_verdicts(evaluate(session, own, targets) if own else None),
            **_verdicts(evaluate(session, wide, None) if wide else None),
        }
        for session in (before, after)
    ]
    return Sides(sides[0], sides[1])


def without_accepted(sides: Sides, waivers: Sequence[Waiver], today: date) -> Sides:
    """Both sides without what somebody has accepted until today or later: it neither counts as fixed nor as introduced."""
    live = [waiver for waiver in waivers if waiver.expires >= today]

    def kept(side: Verdicts) -> Verdicts:
        return {pair: verdict for pair, verdict in side.items() if not any(_covers(waiver, *pair) for waiver in live)}

    return Sides(kept(sides.before), kept(sides.after)) if live else sides


def consequences(
    before: Session, after: Session, plan: Plan, sides: Sides, rules: Sequence[Rule], opinions: Opinions
) -> Consequences:
    """The difference between the estate and its twin."""
    targets = by_kind([change.target for change in plan.changes])
    estate, was, will = measure_estate(before, opinions), measure(before, targets, opinions), measure(after, targets, opinions)
    fixed = {pair: RuleVerdict.FAIL for pair, verdict in sides.before.items() if _is_fixed(verdict, sides.after.get(pair))}
    names = {rule.id: rule for rule in rules}
    comparable = [change for change in plan.changes if _is_priced(change, was, will)]
    open_before, open_after = (reached(before), reached(after)) if _moves_walls(targets) else (frozenset(), frozenset())
    return Consequences(
        fixed=_findings(fixed, names, plan),
        introduced=_findings(introduced(sides), names, plan),
        cost_before=_sum(was, comparable),
        cost_after=_sum(will, comparable),
        cost_unknown=len(plan.changes) - len(comparable),
        exposed_before=estate.exposed,
        exposed_after=estate.exposed + will.exposed - was.exposed,
        opened=tuple(sorted(open_after - open_before)),
        closed=tuple(sorted(open_before - open_after)),
        vcpus_before=estate.vcpus,
        vcpus_after=estate.vcpus + will.vcpus - was.vcpus,
        memory_before_mib=estate.memory_mib,
        memory_after_mib=estate.memory_mib + will.memory_mib - was.memory_mib,
        storage_before_gib=estate.storage_gib,
        storage_after_gib=estate.storage_gib + will.storage_gib - was.storage_gib,
    )


def _moves_walls(kinds: Iterable[str]) -> bool:
    """Does a change of these kinds touch what reachability is computed from."""
    return not set(READ_BY_REACH).isdisjoint(kinds)


def introduced(sides: Sides) -> dict[tuple[str, str], RuleVerdict]:
    """What fails after and did not fail before; and what can no longer be told, though it passed before."""
    return {
        pair: verdict
        for pair, verdict in sides.after.items()
        if (verdict is RuleVerdict.FAIL and sides.before.get(pair) is not RuleVerdict.FAIL) or pair not in sides.before
    }


def _covers(waiver: Waiver, rule: str, resource: str) -> bool:
    return waiver.rule == rule and (resource == waiver.resource or fnmatchcase(resource, waiver.resource))


def _is_fixed(before: RuleVerdict, after: RuleVerdict | None) -> bool:
    return before is RuleVerdict.FAIL and after is None


def _start(change: Change, rows: Mapping[str, Row]) -> Row:
    name = parse_id(change.target)
    base = {"id": change.target, "cloud": name.cloud, "account": name.account, "region": name.region, "native_id": name.native_id}
    return {key: value for key, value in rows.get(change.target, base).items() if key != "seen_at"}


def _touched(plan: Plan) -> frozenset[str]:
    """What a rule may read that the plan alters, in the words of ``Rule.reads``."""
    kinds = {change.kind for change in plan.changes}
    gone = {*BESIDE} if any(change.after is None for change in plan.changes) else set()
    walls = {"reach"} if _moves_walls(kinds) else set()
    return frozenset({*kinds, "resource", "cost", *gone, *walls})


def _verdicts(answer: Rows | None) -> dict[tuple[str, str], RuleVerdict]:
    if answer is None:
        return {}
    columns = [answer.columns.index(column) for column in ("rule", "resource", "verdict")]
    return {(row[columns[0]], row[columns[1]]): RuleVerdict(row[columns[2]]) for row in answer.rows}


def _findings(pairs: Mapping[tuple[str, str], RuleVerdict], rules: Mapping[str, Rule], plan: Plan) -> tuple[Finding, ...]:
    """Findings that nobody stores: they are what would be found, had the plan been carried out."""
    found = (_finding(rules[rule], resource, verdict, plan) for (rule, resource), verdict in pairs.items())
    return tuple(sorted(found, key=lambda finding: (-finding.severity.rank, finding.rule, finding.resource)))


def _finding(rule: Rule, resource: str, verdict: RuleVerdict, plan: Plan) -> Finding:
    name = parse_id(resource)
    return Finding(
        id=finding_id(rule.id, resource),
        rule=rule.id,
        verdict=verdict,
        severity=rule.severity,
        kind=rule.kind,
        resource=resource,
        native_id=name.native_id,
        cloud=name.cloud,
        account=name.account,
        region=name.region,
        first_seen=plan.created_at,
        last_seen=plan.created_at,
    )


def _is_priced(change: Change, was: Measured, will: Measured) -> bool:
    """Whether it is known what the target costs on every side on which it exists: else its cost would look like a saving."""
    known_before = change.before is None or change.target in was.costs
    return known_before and (change.after is None or change.target in will.costs)


def _sum(side: Measured, changes: Sequence[Change]) -> Money | None:
    """What these targets cost a month; None when there are none, or when currencies differ: they are not added up."""
    known = [side.costs[change.target] for change in changes if change.target in side.costs]
    currencies = {cost.currency for cost in known} or {"USD"}
    if not changes or len(currencies) > 1:
        return None
    return Money(sum((cost.amount for cost in known), Decimal(0)), currencies.pop())
