"""Standings x what a plan's changes cost -> objections: a budget holds plans to it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, Protocol

import msgspec

from skywright.model.cost_budgets import Budget, Guard
from skywright.model.cost_dimensions import TAG, squashed
from skywright.model.plan import Change
from skywright.model.verdict import Objection, Verdict, Weight
from skywright.model.words import t
from skywright.topics.cost.books.exact import ZERO, total
from skywright.topics.cost.budgets.nouns import Standing

RAIL = "budget"
DAYS_A_MONTH = Decimal(365) / 12
_COLUMNS = {"account": "account", "region": "region", "resource": "native_id", "kind": "kind"}
_TAGS = {"owner": "owner", "cost_center": "costcenter"}


class Dearer(msgspec.Struct, frozen=True, kw_only=True):
    """What a change adds a month (less than nothing: it saves), and its target's row before or after."""

    target: str
    monthly: Decimal
    currency: str
    row: Mapping[str, Any]


class Priced(Protocol):
    """What a resource costs a month, where it is known."""

    @property
    def monthly(self) -> Decimal | None:
        """An amount, or None."""

    @property
    def currency(self) -> str | None:
        """Its currency."""


def held_to(budgets: Mapping[str, Budget]) -> list[str]:
    """The budgets that plans are held to."""
    return [name for name, budget in budgets.items() if budget.guard is not Guard.NONE]


def dearer(
    changes: Sequence[Change], rows: Mapping[str, Mapping[str, Any]], before: Mapping[str, Priced], after: Mapping[str, Priced]
) -> list[Dearer]:
    """What each change adds a month; one whose cost is not known on either side is left out (the rail spend-cap says so)."""
    found = []
    for change in changes:
        sides = [priced for side in (before, after) if (priced := side.get(change.target)) and priced.monthly is not None]
        if not sides:
            continue
        was, comes = (_monthly(side.get(change.target)) for side in (before, after))
        row = {**rows.get(change.target, {}), **(change.after or {})}
        found.append(Dearer(target=change.target, monthly=comes - was, currency=sides[-1].currency or "", row=row))
    return found


def _monthly(priced: Priced | None) -> Decimal:
    return ZERO if priced is None or priced.monthly is None else priced.monthly


def with_objections(
    verdict: Verdict, standings: Sequence[Standing], budgets: Mapping[str, Budget], changes: Sequence[Dearer], today: date
) -> Verdict:
    """The verdict, and what budgets say."""
    found = tuple(objections(standings, budgets, changes, today))
    return msgspec.structs.replace(verdict, objections=(*verdict.objections, *found))


def objections(
    standings: Sequence[Standing], budgets: Mapping[str, Budget], changes: Sequence[Dearer], today: date
) -> Iterator[Objection]:
    """Object where a plan would push a budget's expected end over its amount, or further over it."""
    for one in standings:
        budget = budgets[one.name]
        inside = [(change, _inside(budget, change.row)) for change in changes if change.currency == one.currency]
        more = total(change.monthly for change, known in inside if known is not False)
        days = max(0, (one.end - max(today, one.start)).days)
        extra = (more * days / DAYS_A_MONTH).quantize(Decimal("0.01"))
        after = one.expected + extra
        if extra <= ZERO or (after <= one.amount and one.judged):
            continue
        sure = all(known is not None for _, known in inside)
        yield _objection(one, budget, extra, after, sure=sure)


def _inside(budget: Budget, row: Mapping[str, Any]) -> bool | None:
    """Whether a resource is in a budget's scope; None where its row does not tell."""
    unsure = False
    for name, wanted in budget.where.items():
        known, value = _value(name, row)
        globs = [wanted] if isinstance(wanted, str) else wanted
        if not known:
            unsure = True
        elif not any(fnmatchcase((value or "").lower(), glob.lower()) for glob in globs):
            return False
    return None if unsure else True


def _value(name: str, row: Mapping[str, Any]) -> tuple[bool, str | None]:
    """Whether a row says a dimension, and what."""
    if name in _COLUMNS:
        return row.get(_COLUMNS[name]) is not None, row.get(_COLUMNS[name])
    if name.startswith(TAG) or name in _TAGS:
        key = squashed(_TAGS.get(name, name.removeprefix(TAG)))
        tags = row.get("tags")
        if tags is None:
            return False, None
        return True, next((value for tag, value in tags.items() if squashed(tag) == key), None)
    return False, None


def _objection(one: Standing, budget: Budget, extra: Decimal, after: Decimal, *, sure: bool) -> Objection:
    weight = {Guard.BLOCK: Weight.BLOCK, Guard.APPROVAL: Weight.APPROVAL}.get(budget.guard, Weight.WARN)
    text = "Budget {name}: the plan adds {extra} by {last}; expected {expected} becomes {after} of {amount} {currency}."
    reason = t(
        text, name=one.name, extra=f"{extra:,.2f}", last=f"{one.end - timedelta(days=1)}", expected=f"{one.expected:,.2f}",
        after=f"{after:,.2f}", amount=f"{one.amount:,.2f}", currency=one.currency,
    )  # fmt: skip
    if not one.judged:
        weight = weight if after > one.amount else Weight.WARN
        reason += " " + t("Charges in {others} are not counted: no rate leads from there.", others=", ".join(one.uncounted))
    if not sure:
        weight = Weight.WARN
        reason += " " + t("Whether all of it is in the budget's scope cannot be told from the estate.")
    step = t("Plan less, raise cost.budgets.{name}, or set its guard to warn.", name=one.name)
    return Objection(rail=RAIL, target="", reason=reason, next_step=step, weight=weight)
