"""Rails about how much at once: changes, deletions, the share of a kind, and money."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from skywright.loop.validate.facts import Facts
from skywright.model.kinds import parse_id
from skywright.model.money import Money
from skywright.model.verdict import Objection, Weight
from skywright.model.words import n, t

_SMALLER = "Plan less at once (`skywright plan --only ...`), or raise {setting} in the configuration."


def blast_radius(facts: Facts) -> Iterator[Objection]:
    """Refuse a plan that touches more than was agreed: in number, or as a share of one kind in an account or environment."""
    changes, settings = facts.plan.changes, facts.settings
    deletes = sum(change.after is None for change in changes)
    if len(changes) > settings.changes_max:
        held = n("The plan has 1 change", "The plan has {count} changes", len(changes))
        yield _whole(t("{held}; at most {most} may be made.", held=held, most=settings.changes_max), "rails.changes_max")
    if deletes > settings.deletes_max:
        held = n("The plan has 1 deletion", "The plan has {count} deletions", deletes)
        yield _whole(t("{held}; at most {most} may be made.", held=held, most=settings.deletes_max), "rails.deletes_max")
    yield from _shares(facts)


def spend_cap(facts: Facts) -> Iterator[Objection]:
    """Refuse a plan that costs more than was agreed; warn where it is not known what it costs."""
    seen = facts.consequences
    if seen.cost_before is not None and seen.cost_after is not None:
        more = seen.cost_after - seen.cost_before
        most = Money(Decimal(str(facts.settings.spend_increase_max_monthly)), more.currency)
        if more.amount > most.amount:
            yield Objection(
                rail="spend-cap",
                target="",
                reason=t("The plan costs {more} more a month; {most} is allowed.", more=more, most=most),
                next_step=t(_SMALLER, setting="rails.spend_increase_max_monthly"),
            )
    if seen.cost_unknown:
        yield Objection(
            rail="spend-cap",
            target="",
            reason=t(
                "What {count} of the changed resources cost is not known, so that the sum leaves them out.", count=seen.cost_unknown
            ),
            next_step=t("`skywright explain` shows which."),
            weight=Weight.WARN,
        )


def _shares(facts: Facts) -> Iterator[Objection]:
    by_account: Counter[tuple[str, ...]] = Counter()
    by_environment: Counter[tuple[str, ...]] = Counter()
    for change in facts.plan.changes:
        account = parse_id(change.target).account
        by_account[change.kind, account] += 1
        if environment := facts.environment(change.target):
            by_environment[change.kind, account, environment] += 1
    held: Counter[tuple[str, ...]] = Counter()
    for (kind, account, environment), count in facts.estate.sizes.items():
        held[kind, account] += count
        held[kind, account, environment] += count
    for place, touched in sorted((by_account + by_environment).items()):
        if _too_much(facts, touched, held[place]):
            yield _share(facts, place, touched, held[place])


def _too_much(facts: Facts, touched: int, held: int) -> bool:
    return touched >= max(facts.settings.share_floor, 1) and 100 * touched > facts.settings.share_max_pct * held


def _share(facts: Facts, place: tuple[str, ...], touched: int, held: int) -> Objection:
    where = t("account {account}", account=place[1])
    if len(place) > 2:
        where += t(", environment {environment}", environment=place[2])
    return _whole(
        t(
            "The plan touches {touched} of {held} {kind} in {where}; {most:g} % are allowed.",
            touched=touched,
            held=held,
            kind=place[0],
            where=where,
            most=facts.settings.share_max_pct,
        ),
        "rails.share_max_pct",
    )


def _whole(reason: str, setting: str) -> Objection:
    return Objection(rail="blast-radius", target="", reason=reason, next_step=t(_SMALLER, setting=setting))
