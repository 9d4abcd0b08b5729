"""What may take the place of what in the ledger, and what is told about it."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from decimal import Decimal

import msgspec

from skywright.adapters.bills.ledger.manifest import Key, Part
from skywright.adapters.bills.ledger.sums import added
from skywright.model.bill import Restated
from skywright.model.errors import BadInput
from skywright.model.focus import Dataset
from skywright.model.words import t

CLOSED_AFTER_MONTHS = 2


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What comes new, what it takes the place of (by key), and what is the same as before."""

    new: tuple[Part, ...]
    old: tuple[Part, ...]
    same: tuple[Part, ...]

    def after(self, held: Iterable[Part]) -> tuple[Part, ...]:
        """What is held when it has been taken in, of what was held before."""
        gone = {part.path for part in self.old}
        return (*(part for part in held if part.path not in gone), *self.new)


def delivered(parts: Sequence[Part], held: Sequence[Part]) -> Delivery:
    """Set a delivery against what is held. A half takes the place of that half only; halves take that of a whole bill, and the
    other way round. A key that came with a delivery before, and is missing where the rest of its account's period comes again, is
    gone: what takes its place is nothing."""
    before = {part.key: part for part in held}
    shapes = {(part.key.place, bool(part.key.half)) for part in parts}
    same = tuple(before[part.key] for part in parts if part.key in before and before[part.key].print == part.print)
    new = tuple(part for part in parts if before.get(part.key) not in same)
    replaced = {part.key for part in new} & before.keys()
    batches = {_batch(before[key]) for key in replaced}
    keys = {part.key for part in parts}
    gone = [
        part for part in held if part.key not in keys and (_batch(part) in batches or (part.key.place, not part.key.half) in shapes)
    ]
    return Delivery(new=new, old=(*(before[key] for key in sorted(replaced)), *gone), same=same)


def _batch(part: Part) -> tuple[str, Dataset, str, datetime, str]:
    return (part.receipt, part.key.dataset, part.key.account, part.key.period, part.key.half)


def check_overlap(parts: Sequence[Part], current: Sequence[Part], where: str) -> None:
    """Raises BadInput when two periods of one account cover the same days but are not the same period."""
    keys = {part.key for part in parts}
    others = [part for part in current if part.key not in keys]
    for index, part in enumerate(parts):
        for other in (*parts[:index], *others):
            if _overlap(part, other):
                raise BadInput(
                    t(
                        "the billing period {one} of account {account} ({issuer}) overlaps with {other}, which is {held}: the days "
                        "in both would count twice.",
                        one=_span(part),
                        account=part.key.account,
                        issuer=part.key.issuer,
                        other=_span(other),
                        held=t("held") if other in others else t("delivered with it"),
                    ),
                    where=where,
                    next_step=t(
                        "Nothing was imported. Deliver whole billing periods; `skywright cost periods` shows what is held."
                    ),
                )


def _overlap(one: Part, other: Part) -> bool:
    same = (one.key.dataset, one.key.issuer, one.key.account) == (other.key.dataset, other.key.issuer, other.key.account)
    if not same or one.end is None or other.end is None or one.key.period == other.key.period:
        return False
    return one.key.period < other.end and other.key.period < one.end


def _span(part: Part) -> str:
    end = t(" to {end}", end=f"{part.end:%Y-%m-%d}") if part.end else ""
    return f"{part.key.period:%Y-%m-%d}{end}"


def check_replacing(delivery: Delivery, closed: frozenset[Key], strangers: frozenset[Key], where: str) -> None:
    """Raises BadInput for what may only be replaced when that was asked for: a closed period, a bill in another form, and what
    looks like another piece of a period rather than the period again (``strangers``: it has no row of those held)."""
    news = {part.key.place: part for part in delivery.new} | {part.key: part for part in delivery.new}
    for old in delivery.old:
        if old.key.beside:
            continue  # the same is asked of the half alone
        new = news.get(old.key) or news.get(old.key.place)
        named = {"period": f"{old.key.period:%Y-%m-%d}", "account": old.key.account or "-", "issuer": old.key.issuer}
        if old.key in closed:
            raise BadInput(
                t("the billing period {period} of account {account} ({issuer}) is closed, and what is delivered differs.", **named),
                where=where,
                next_step=t("Nothing was imported. Pass --restate to replace it; what was there stays on record."),
            )
        if new and new.form.rsplit("-", 1)[0] != old.form.rsplit("-", 1)[0]:
            raise BadInput(
                t(
                    "the billing period {period} of account {account} ({issuer}) is held as {old}: as {new} too it would count "
                    "twice.",
                    **named,
                    old=old.form,
                    new=new.form,
                ),
                where=where,
                next_step=t("Nothing was imported. Pass --restate to replace it."),
            )
        if new and (_apart(old, new) or old.key in strangers):
            raise _piece(old, new, named, where)


def _piece(old: Part, new: Part, named: Mapping[str, str], where: str) -> BadInput:
    why = (
        t("it has charges from {new}, held are those from {old}", new=_charges(new), old=_charges(old))
        if _apart(old, new)
        else t("none of the {rows} rows that are held is in it", rows=old.rows)
    )
    return BadInput(
        t("this looks like another piece of the billing period {period} of account {account} ({issuer}): {why}.", **named, why=why),
        where=where,
        next_step=t("Nothing was imported. Import all pieces at once (a folder), or pass --restate to replace what is held."),
    )


def _apart(old: Part, new: Part) -> bool:
    if None in {old.first, old.last, new.first, new.last}:
        return False
    return bool(old.last <= new.first or new.last <= old.first)  # type: ignore[operator]  # None was looked for


def _charges(part: Part) -> str:
    return t("{first} to {last}", first=f"{part.first:%Y-%m-%d %H:%M}", last=f"{part.last:%Y-%m-%d %H:%M}")


def closed_keys(
    old: Iterable[Part], current: Sequence[Part], said: Mapping[tuple[str, datetime], str], months: int
) -> frozenset[Key]:
    """Which of the periods about to be replaced are closed: by the issuer's word (``said``: issuer and period -> status), else by
    age, counted back from the newest period of the same issuer and account."""
    newest: dict[tuple[str, str], datetime] = {}
    for part in current:
        who = (part.key.issuer, part.key.account)
        newest[who] = max(newest.get(who, part.key.period), part.key.period)
    found = set()
    for part in old:
        if part.key.dataset not in {Dataset.COST_AND_USAGE, Dataset.INVOICE_DETAIL}:
            continue
        status = said.get((part.key.issuer, part.key.period))
        age = _months(part.key.period, newest[part.key.issuer, part.key.account])
        if status == "Closed" or (status is None and age > months):
            found.add(part.key)
    return frozenset(found)


def _months(earlier: datetime, later: datetime) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def restatements(
    places: Iterable[Key], before: Sequence[Part], after: Sequence[Part], closed: AbstractSet[Key]
) -> tuple[Restated, ...]:
    """What changes, and by how much, in each of the places that held something already, and in each currency. ``before`` and
    ``after``: the parts that count."""
    told = []
    for place in dict.fromkeys(places):
        old, new = ([part for part in parts if part.key.place == place] for parts in (before, after))
        if old and place.dataset is not Dataset.BILLING_PERIOD:  # which is meant to change: a period opens, and closes
            currencies = {key.partition("/")[2] for part in (*old, *new) for key in part.sums} or {""}
            told += [_restated(place, old, new, currency, place in closed) for currency in sorted(currencies)]
    return tuple(told)


def _restated(place: Key, old: Sequence[Part], new: Sequence[Part], currency: str, closed: bool) -> Restated:
    was, now = (added(part.sums for part in parts) for parts in (old, new))
    return Restated(
        issuer=place.issuer,
        account=place.account,
        period=place.period,
        currency=currency,
        billed_before=was.get(f"BilledCost/{currency}", Decimal(0)),
        billed_after=now.get(f"BilledCost/{currency}", Decimal(0)),
        effective_before=was.get(f"EffectiveCost/{currency}", Decimal(0)),
        effective_after=now.get(f"EffectiveCost/{currency}", Decimal(0)),
        rows_before=sum(part.rows for part in old),
        rows_after=sum(part.rows for part in new),
        closed=closed,
    )
