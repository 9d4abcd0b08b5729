"""Rails about what must not happen: to what is protected, beyond what can be taken back, or at the price of a new finding."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from skywright.loop.validate.facts import Facts
from skywright.model.finding import RuleVerdict
from skywright.model.kinds import parse_id
from skywright.model.plan import Change, Reversibility
from skywright.model.verdict import Objection, Weight
from skywright.model.words import t


def protected(facts: Facts) -> Iterator[Objection]:
    """Refuse to touch what its owner has put under protection: by tag, by name, by account."""
    for change in facts.plan.changes:
        for what, next_step in _protections(facts, change):
            reason = t("{target} is protected by {what} and would be {done}.", target=change.target, what=what, done=_done(change))
            yield Objection(rail="protected", target=change.target, change=change.id, reason=reason, next_step=next_step)


def irreversible(facts: Facts) -> Iterator[Objection]:
    """Refuse what can neither be undone nor is preceded by a safety copy."""
    if facts.settings.irreversible_allowed:
        return
    for change in facts.plan.changes:
        if change.reversibility is Reversibility.NONE:
            yield Objection(
                rail="irreversible",
                target=change.target,
                change=change.id,
                reason=t(
                    "{target} would be {done}, which cannot be undone, and no safety copy is made first.",
                    target=change.target,
                    done=_done(change),
                ),
                next_step=t("Drop this change, or set rails.irreversible_allowed in the configuration."),
            )


def introduced(facts: Facts) -> Iterator[Objection]:
    """Refuse a plan that breaks something: what fails on the twin and does not fail now. What it makes unknown is a warning."""
    for finding in facts.consequences.introduced:
        fails = finding.verdict is RuleVerdict.FAIL
        reason = (
            t(
                "{resource} would newly fail {rule} ({severity}).",
                resource=finding.resource,
                rule=finding.rule,
                severity=finding.severity.value,
            )
            if fails
            else t("Whether {resource} passes {rule} could no longer be told.", resource=finding.resource, rule=finding.rule)
        )
        yield Objection(
            rail="introduced",
            target=finding.resource,
            reason=reason,
            next_step=t("Drop the change that causes it, or plan its repair along with it."),
            weight=Weight.BLOCK if fails else Weight.WARN,
        )


def _protections(facts: Facts, change: Change) -> Iterator[tuple[str, str]]:
    """(what protects the target, what to do about it)."""
    row, settings, where = facts.estate.rows.get(change.target, {}), facts.settings, parse_id(change.target)
    tags = facts.tags(change.target)
    for key, value in settings.protected_tags.items():
        if key in tags and fnmatchcase(tags[key].casefold(), value.casefold()):
            yield t("tag {key}={value}", key=key, value=tags[key]), t("Remove the tag, or drop this change.")
    if row and row.get("tags") is None and change.after is None and settings.protected_tags:
        yield t("tags that could not be read"), t("Gather again with the right to read tags, or drop this change.")
    for glob in settings.protected_names:
        if any(fnmatchcase(str(name), glob) for name in (row.get("name"), change.name, where.native_id) if name):
            yield t("its name ({glob})", glob=glob), t("Change rails.protected_names, or drop this change.")
    if where.account in settings.protected_accounts:
        yield t("its account ({account})", account=where.account), t("Change rails.protected_accounts, or drop this change.")


def _done(change: Change) -> str:
    if change.after is None:
        return t("deleted")
    return t("created") if change.before is None else t("changed")
