"""Two periods -> why the second costs more or less, effect by effect; the effects add up to the difference exactly.

Usage is told apart into items: what is sold (SkuId), where, to which account, in which unit. With the price p = cost / quantity
q of an item, l its list price, and Q the quantity of all items of a group in one unit that were there both times (0 before, 1
after):

    volume    sum p0 q0 (Q1 / Q0 - 1)          as much more of everything
    mix       sum p0 (q1 - q0 Q1 / Q0)         more of what is dear, less of what is cheap
    price     sum (l1 - l0) q1                 list prices
    discount  sum ((p1 - l1) - (p0 - l0)) q1   what is paid beside the list: commitments, negotiated rates
    new       items only there after           gone: only before

(price-volume-mix of managerial accounting; the split of the price effect is ours). Credits, taxes, purchases, corrections and
unused commitments stand for themselves; ``unmetered`` is usage without a quantity; ``exchange`` what rates alone changed. All in
fractions: nothing is rounded until the last digit of the bill, and then so that the sum stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

import msgspec

from skywright.ports.engine import Session
from skywright.topics.cost.books.absent import remarks, unanswered
from skywright.topics.cost.books.dimensions import Book
from skywright.topics.cost.books.exact import ZERO, apportion, digits, minus, total
from skywright.topics.cost.books.period import Period
from skywright.topics.cost.books.question import Question, day_sql, keys_sql, scope
from skywright.topics.cost.books.rates import Rates

Key = tuple[str | None, ...]
NOTHING = Fraction(0)


class Effect(StrEnum):
    """Why a cost changed."""

    VOLUME = "volume"
    MIX = "mix"
    PRICE = "price"
    DISCOUNT = "discount"
    NEW = "new"
    GONE = "gone"
    UNMETERED = "unmetered"
    UNUSED = "unused commitment"
    PURCHASE = "purchase"
    CREDIT = "credit"
    TAX = "tax"
    ADJUSTMENT = "adjustment"
    CORRECTION = "correction"
    EXCHANGE = "exchange"


class Side(msgspec.Struct, frozen=True):
    """An item in one period: its cost, the same in the currency that is shown, its list cost, and its quantity."""

    cost: Decimal = ZERO
    converted: Decimal = ZERO
    listed: Decimal = ZERO
    quantity: Decimal | None = None
    there: bool = False


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What is sold, where, to whom, before and after. ``kind`` is not a usage's when the charge stands for itself."""

    key: Key
    sku: str
    account: str
    region: str
    unit: str
    currency: str
    kind: Effect | None
    before: Side
    after: Side


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One key in one currency: before, after, and the effects, which add up to the difference."""

    key: Key
    currency: str
    before: Decimal
    after: Decimal
    effects: Mapping[Effect, Decimal]

    @property
    def change(self) -> Decimal:
        """After less before."""
        return minus(self.after, self.before)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Why a period costs more or less than another: by key (the largest change first), and item by item (the same)."""

    by: tuple[str, ...]
    period: Period
    compared: Period
    groups: tuple[Group, ...]
    totals: tuple[Group, ...]
    items: tuple[Item, ...]
    remarks: tuple[str, ...] = ()


def why(session: Session, book: Book, question: Question, compared: Period, rates: Rates) -> Answer:
    """Ask the ledger. Raises BadInput when neither period holds anything."""
    before, after = (_sides(session, book, _over(question, period), rates) for period in (compared, question.period))
    items = _items(before, after)
    if not items:
        raise unanswered(session, book, question)
    groups = [group_of(key, currency, members) for (key, currency), members in _grouped(items).items()]
    totals = [_total([one for one in groups if one.currency == currency]) for currency in sorted({one.currency for one in groups})]
    return Answer(
        by=question.by, period=question.period, compared=compared, totals=tuple(totals),
        groups=tuple(sorted(groups, key=lambda one: -abs(one.change))),
        items=tuple(sorted(items, key=lambda one: -abs(minus(one.after.converted, one.before.converted)))),
        remarks=tuple(remarks(session, question, [one.key for one in groups], compared)),
    )  # fmt: skip


def group_of(key: Key, currency: str, items: Sequence[Item]) -> Group:
    """The effects within one key, rounded to the last digit of its bill so that they add up."""
    before, after = (total(side.converted for side in sides) for sides in ([i.before for i in items], [i.after for i in items]))
    found: dict[Effect, Fraction] = {}
    for item in items:
        for effect, amount in _standing(item):
            found[effect] = found.get(effect, NOTHING) + amount
    for members in _by_unit(items).values():
        for effect, amount in _moving(members):
            found[effect] = found.get(effect, NOTHING) + amount
    names = [effect for effect in Effect if found.get(effect)]
    places = digits(side.converted for item in items for side in (item.before, item.after))
    parts = apportion([found[name] for name in names], minus(after, before), places) if names else []
    return Group(key=key, currency=currency, before=before, after=after, effects=dict(zip(names, parts, strict=True)))


def moves(item: Item) -> dict[Effect, Fraction]:
    """One item's own effects; of one there both times volume is its own quantity's, and there is no mix."""
    found = dict(_standing(item))
    if item.kind is None and _metered(item):
        for effect, amount in _moving([item]):
            found[effect] = found.get(effect, NOTHING) + amount
    return {effect: amount for effect, amount in found.items() if amount}


def _standing(item: Item) -> Iterable[tuple[Effect, Fraction]]:
    """What does not depend on other items; all of it but for metered usage that was there both times."""
    change = Fraction(item.after.converted) - Fraction(item.before.converted)
    if item.kind is not None:
        yield item.kind, change
    elif not item.before.there:
        yield Effect.NEW, change
    elif not item.after.there:
        yield Effect.GONE, change
    else:
        exchange = change - _rate(item) * (Fraction(item.after.cost) - Fraction(item.before.cost))
        yield Effect.EXCHANGE, exchange
        if not _metered(item):
            yield Effect.UNMETERED, change - exchange


def _moving(items: Sequence[Item]) -> Iterable[tuple[Effect, Fraction]]:
    """Volume, mix, price and discount of items in one unit that are metered and were there both times."""
    before, after = (sum((Fraction(side.quantity or 0) for side in sides), NOTHING) for sides in _both(items))
    growth = after / before
    for item in items:
        was, now = item.before, item.after
        first, second = Fraction(was.quantity or 0), Fraction(now.quantity or 0)
        rate = _rate(item)
        price, price_now = Fraction(was.cost) / first, Fraction(now.cost) / second
        listed, listed_now = Fraction(was.listed) / first, Fraction(now.listed) / second
        yield Effect.VOLUME, rate * price * first * (growth - 1)
        yield Effect.MIX, rate * price * (second - first * growth)
        yield Effect.PRICE, rate * (listed_now - listed) * second
        yield Effect.DISCOUNT, rate * ((price_now - listed_now) - (price - listed)) * second


def _both(items: Sequence[Item]) -> tuple[list[Side], list[Side]]:
    return [item.before for item in items], [item.after for item in items]


def _rate(item: Item) -> Fraction:
    """What one unit of the bill's currency was worth before; after, where that does not tell; else one."""
    sides = [side for side in (item.before, item.after) if side.cost]
    return Fraction(sides[0].converted) / Fraction(sides[0].cost) if sides else Fraction(1)


def _metered(item: Item) -> bool:
    return all(side.there and side.quantity is not None and side.quantity > 0 for side in (item.before, item.after))


def _by_unit(items: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        if item.kind is None and _metered(item):
            found.setdefault(item.unit, []).append(item)
    return found


def _grouped(items: Iterable[Item]) -> dict[tuple[Key, str], list[Item]]:
    found: dict[tuple[Key, str], list[Item]] = {}
    for item in items:
        found.setdefault((item.key, item.currency), []).append(item)
    return found


def _total(groups: Sequence[Group]) -> Group:
    effects = {effect: total(group.effects.get(effect, ZERO) for group in groups) for effect in Effect}
    return Group(
        key=(), currency=groups[0].currency, before=total(one.before for one in groups), after=total(one.after for one in groups),
        effects={effect: amount for effect, amount in effects.items() if amount},
    )  # fmt: skip


def _over(question: Question, period: Period) -> Question:
    return msgspec.structs.replace(question, period=period)


_Identity = tuple[Key, str, str, str, str, str, str]


def _items(before: Mapping[_Identity, Side], after: Mapping[_Identity, Side]) -> list[Item]:
    return [
        Item(
            key=identity[0], sku=identity[1], account=identity[2], region=identity[3], unit=identity[4], currency=identity[6],
            kind=_kind(identity[5]), before=before.get(identity, Side()), after=after.get(identity, Side()),
        )
        for identity in dict.fromkeys([*before, *after])
    ]  # fmt: skip


def _kind(text: str) -> Effect | None:
    return None if text == "usage" else Effect(text)


_ITEM = {
    "sku": "coalesce(SkuId, SkuMeter, CASE WHEN ServiceSubcategory NOT LIKE 'Other (%' THEN ServiceSubcategory END, ServiceName)",
    "account": "coalesce(SubAccountId, BillingAccountId)",
    "region": "coalesce(RegionId, '')",
    "unit": "coalesce(PricingUnit, '')",
    "kind": (
        "CASE WHEN ChargeClass = 'Correction' THEN 'correction' WHEN CommitmentDiscountStatus = 'Unused' THEN 'unused commitment'"
        " ELSE lower(ChargeCategory) END"
    ),
}


def _sides(session: Session, book: Book, question: Question, rates: Rates) -> dict[_Identity, Side]:
    """Every item of one period."""
    width = len(question.by)
    item = ", ".join(f"{sql} AS {name}" for name, sql in _ITEM.items())
    keys = "".join(f"{part}, " for part in keys_sql(book, question.by))
    sql = (
        f"SELECT {keys}{item}, BillingCurrency AS currency, {day_sql(question.currency)} AS day,"
        f" coalesce(sum({question.measure.column}), 0) AS cost, coalesce(sum(ListCost), 0) AS listed,"
        f" sum(PricingQuantity) AS quantity"
        f" FROM cost_and_usage WHERE {scope(book, question)} GROUP BY ALL ORDER BY ALL"
    )
    since, until = question.period.ends
    found: dict[_Identity, Side] = {}
    for row in session.query(sql, {"since": since, "until": until}).rows:
        sku, account, region, unit, kind, currency, day, cost, listed, quantity = row[width:]
        converted, into = rates.convert(cost, currency, day)
        identity = (tuple(row[:width]), sku, account, region, unit, kind, into)
        found[identity] = _added(found.get(identity), Side(cost, converted, listed, quantity, there=True))
    return found


def _added(one: Side | None, other: Side) -> Side:
    """Days of one item, which stood apart for their rates."""
    if one is None:
        return other
    quantity = (
        total([one.quantity or ZERO, other.quantity or ZERO]) if one.quantity is not None or other.quantity is not None else None
    )
    cost, converted = total([one.cost, other.cost]), total([one.converted, other.converted])
    return Side(cost, converted, total([one.listed, other.listed]), quantity, there=True)
