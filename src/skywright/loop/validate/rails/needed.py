"""Rails about who still needs the target: those that use it, and the groups that it is the last healthy member of."""

from collections.abc import Iterator

from skywright.loop.validate.facts import Facts, Need, Team
from skywright.model.estate import Verb
from skywright.model.plan import Change
from skywright.model.verdict import Objection, Weight
from skywright.model.words import t

_SURVIVES = frozenset({Verb.COPY_OF.value, Verb.WATCHES.value, Verb.ATTACHED_TO.value})
"""Sources that live on without their target: a copy, an alarm, a disk that comes loose. They are told, not defended."""

_STOPPED = frozenset({"stopped", "terminated"})


def dependency(facts: Facts) -> Iterator[Objection]:
    """Refuse to delete what something still uses, unless the user is deleted in an earlier wave of the same plan."""
    deleted = {change.target: change for change in facts.plan.changes if change.after is None}
    emptied = {change.target: change.id for change in facts.plan.changes if (change.after or {}).get("availability") == "drain"}
    for need in facts.estate.needs:
        if need.verb == Verb.RUNS_ON.value and emptied.get(need.source) in _before(deleted.get(need.target)):
            continue  # nothing runs on it by then
        if need.target in deleted and not _goes_first(deleted, need.source, need.target):
            yield _used(deleted[need.target], need)
        if need.source in deleted and need.verb == Verb.ATTACHED_TO.value and not _goes_first(deleted, need.target, need.source):
            yield _attached(deleted[need.source], need)


def last_healthy(facts: Facts) -> Iterator[Objection]:
    """Refuse to take the last healthy member out of a group: for good over the whole plan, or for a while within one wave."""
    leaving = {change.target for change in facts.plan.changes if _leaves(change)}
    for team in facts.estate.teams:
        gone = sorted(leaving & set(team.members))
        if gone and _left(team, len(gone)) < 1:
            yield _emptied(team, gone)
            continue
        for wave in sorted({change.wave for change in facts.plan.changes}):
            away = {
                change.target for change in facts.plan.changes if change.wave == wave and change.disruption and not _leaves(change)
            }
            out = sorted((away | set(gone)) & set(team.members))
            if away & set(team.members) and _left(team, len(out)) < 1:
                yield _interrupted(team, out, wave)


def _goes_first(deleted: dict[str, Change], first: str, then: str) -> bool:
    """Whether ``first`` is deleted before ``then``: in an earlier wave, or because ``then`` waits for it."""
    if first not in deleted:
        return False
    return deleted[first].wave < deleted[then].wave or deleted[first].id in deleted[then].depends_on


def _before(change: Change | None) -> tuple[str, ...]:
    return change.depends_on if change else ()


def _leaves(change: Change) -> bool:
    return change.after is None or change.after.get("state") in _STOPPED


def _left(team: Team, out: int) -> int:
    """How many healthy members are left at worst: every one that leaves may be a healthy one."""
    return (len(team.members) if team.healthy is None else min(team.healthy, len(team.members))) - out


def _used(change: Change, need: Need) -> Objection:
    survives = need.verb in _SURVIVES
    return Objection(
        rail="dependency",
        target=change.target,
        change=change.id,
        reason=t(
            "{target} would be deleted, but {source} needs it ({verb}).", target=need.target, source=need.source, verb=need.verb
        ),
        next_step=t("Nothing, if that is what you want.")
        if survives
        else t("Plan the removal of {source} first, or drop this change.", source=need.source),
        weight=Weight.WARN if survives else Weight.BLOCK,
    )


def _attached(change: Change, need: Need) -> Objection:
    return Objection(
        rail="dependency",
        target=change.target,
        change=change.id,
        reason=t("{source} would be deleted, but it is attached to {target}.", source=need.source, target=need.target),
        next_step=t("Detach it from {target} first, or drop this change.", target=need.target),
    )


def _emptied(team: Team, gone: list[str]) -> Objection:
    return Objection(
        rail="last-healthy",
        target=gone[0],
        reason=t("{team} would be left without a healthy member: {gone} would leave it.", team=team.id, gone=", ".join(gone)),
        next_step=t("Drop one of these changes, or add healthy members first."),
    )


def _interrupted(team: Team, out: list[str], wave: int) -> Objection:
    return Objection(
        rail="last-healthy",
        target=out[0],
        reason=t(
            "{team} would be without a healthy member during wave {wave}: {out} would be interrupted.",
            team=team.id,
            wave=wave,
            out=", ".join(out),
        ),
        next_step=t("Plan with smaller waves (waves.size_max), or add healthy members first."),
    )
