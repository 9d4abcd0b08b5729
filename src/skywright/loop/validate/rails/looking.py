"""Rails about what we could see: unseen is not absent, and what was seen may have moved."""

from collections.abc import Iterator

from skywright.loop.validate.facts import Facts
from skywright.model.canonical import row_hash
from skywright.model.estate import Coverage, CoverageState
from skywright.model.finding import Evidence
from skywright.model.kinds import parse_id
from skywright.model.plan import Change
from skywright.model.verdict import Objection
from skywright.model.words import t

_LOOK_AGAIN = "Run `skywright gather` when the cloud answers, then plan again."
_PLAN_AGAIN = "Run `skywright plan` again."


def moved(facts: Facts) -> Iterator[Objection]:
    """Refuse to act on a resource that is no longer as it was when the plan was made."""
    for change in facts.plan.changes:
        row = facts.estate.rows.get(change.target)
        if change.before is None or (row is not None and row_hash(row) == change.observed):
            continue
        if row is None:
            reason = t("{target} is not in the snapshot that the plan is checked against.", target=change.target)
        else:
            reason = t(
                "{target} has changed since it was planned{fields}.", target=change.target, fields=_moved_fields(change, row)
            )
        yield _objection("moved", change, reason, t(_PLAN_AGAIN))


def unknown_evidence(facts: Facts) -> Iterator[Objection]:
    """Refuse to act on what we do not know: a rule that could not decide, a column that was not read, a metric without data."""
    for change in facts.plan.changes:
        if rule := facts.unknown_reasons.get(change.id):
            reason = t(
                "{target} would be changed because of {rule}, which could not be decided for it.", target=change.target, rule=rule
            )
            yield _objection("unknown-evidence", change, reason, t(_LOOK_AGAIN))
        for column in _unread(facts, change):
            reason = t(
                "{target} would get another {column}, but what it is now could not be read.", target=change.target, column=column
            )
            yield _objection("unknown-evidence", change, reason, t(_LOOK_AGAIN))
        for evidence in _without_data(change):
            reason = t(
                "{target} would be changed because of {metric}, of which there is no data: no data is no evidence.",
                target=change.target,
                metric=evidence.metric,
            )
            yield _objection("unknown-evidence", change, reason, t("Drop this change, or wait until there is data."))


def incomplete_coverage(facts: Facts) -> Iterator[Objection]:
    """Refuse to act where we could not look; and to delete where something that needs the target may be out of sight."""
    for change in facts.plan.changes:
        for gap in _gaps(facts, change):
            reason = t(
                "{target} would be {done}, but {kind} in account {account}, region {region} could not be read: {reason}.",
                target=change.target,
                done=t("deleted") if change.after is None else t("changed"),
                kind=gap.kind,
                account=gap.account,
                region=gap.region,
                reason=gap.reason or gap.state.value,
            )
            yield _objection("coverage", change, reason, t(_LOOK_AGAIN))


def _gaps(facts: Facts, change: Change) -> Iterator[Coverage]:
    """The target's own scope; for a deletion also, in its region and the global one, the kinds that may need it."""
    where = parse_id(change.target)
    needy = facts.opinions.dependents.get(change.kind, ()) if change.after is None else ()
    for row in facts.estate.gaps:
        if row.state is CoverageState.COMPLETE or (row.cloud, row.account) != (where.cloud, where.account):
            continue
        if (row.kind == change.kind and row.region == where.region) or (row.kind in needy and _reaches(row.region, where.region)):
            yield row


def _reaches(region: str, other: str) -> bool:
    return region == other or "global" in (region, other)


def _unread(facts: Facts, change: Change) -> Iterator[str]:
    """Columns that the change sets and whose present value is NULL in a scope where some columns could not be read."""
    if not change.before or not change.after:
        return
    where = parse_id(change.target)
    scope = (where.cloud, where.account, where.region, change.kind)
    if any(row.partial and (row.cloud, row.account, row.region, row.kind) == scope for row in facts.estate.gaps):
        yield from (column for column, value in change.before.items() if value is None)


def _without_data(change: Change) -> Iterator[Evidence]:
    """Measurements over a time of which no hour has data; and all the evidence, when none of it has a value. (A window of 0
    days is a fact of the row itself, and an unknown value beside known ones is there to be seen: it moved nothing.)"""
    nothing = all(evidence.value is None for evidence in change.evidence)
    for evidence in change.evidence:
        if nothing or (evidence.window_days > 0 and evidence.samples <= 0):
            yield evidence


def _moved_fields(change: Change, row: object) -> str:
    seen = row if isinstance(row, dict) else {}
    fields = [column for column, value in (change.before or {}).items() if column in seen and seen[column] != value]
    return ": " + ", ".join(fields) if fields else ""


def _objection(rail: str, change: Change, reason: str, next_step: str) -> Objection:
    return Objection(rail=rail, target=change.target, change=change.id, reason=reason, next_step=next_step)
