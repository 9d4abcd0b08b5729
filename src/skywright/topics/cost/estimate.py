"""A sketch and its prices -> what it will cost a month: before, after, and what nobody can say yet."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

import msgspec

from skywright.model.errors import BadInput
from skywright.model.kinds import KIND_BY_NAME, resource_id
from skywright.model.plan import Change
from skywright.model.sketch import Part, Sketch, Sketched
from skywright.model.words import t

_ACCOUNT = "sketch"
_CENT = Decimal("0.000001")


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """What the price book says of one part. ``monthly`` None: not known; ``note`` says why, or what is left out."""

    monthly: Decimal | None
    currency: str
    source: str
    dated: str
    note: str


Prices = Mapping[str, Priced]
"""Resource id -> its price."""


class PartCost(msgspec.Struct, frozen=True, kw_only=True):
    """One part of an address, in one state: a month's cost of all of it."""

    name: str
    kind: str
    what: str  # its type
    quantity: Decimal
    monthly: Decimal | None
    currency: str
    source: str
    dated: str
    note: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One address. ``before`` and ``after`` are None where a part's price is not known: the rest is told in the parts."""

    address: str
    type: str
    action: str
    currency: str
    before: Decimal | None
    after: Decimal | None
    parts_before: tuple[PartCost, ...]
    parts_after: tuple[PartCost, ...]
    unpriced: str = ""

    @property
    def complete(self) -> bool:
        """Whether all of it is known."""
        return not self.unpriced and self.before is not None and self.after is not None


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """The whole. ``before`` and ``after``: the sums of what is known, by currency; ``unknown``: the addresses of which something is
    not in the sums."""

    form: str
    source: str
    lines: tuple[Line, ...]
    before: Mapping[str, Decimal]
    after: Mapping[str, Decimal]
    unknown: tuple[str, ...]
    remarks: tuple[str, ...]


class Usage(msgspec.Struct, frozen=True):
    """What a file cannot know, said by the user in the file ``where``: address -> column (``size_gib``, ``quantity``) -> value."""

    usage: Mapping[str, Mapping[str, Any]]
    where: str


def rows_of(sketch: Sketch) -> dict[str, list[dict[str, Any]]]:
    """Kind -> rows as the estate's tables have them, one a part and side, to be priced by the same SQL as everything else."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for item in sketch.items:
        for identifier, part in _parts(item):
            where = {"cloud": part.cloud, "account": _ACCOUNT, "region": part.region, "native_id": identifier.partition("/")[2]}
            rows.setdefault(part.kind, []).append({"id": identifier, **where, **part.columns})
    return rows


def estimate(sketch: Sketch, prices: Prices) -> Estimate:
    """What a sketch costs, by the price of each of its rows (id -> price)."""
    return _whole(sketch.form, sketch.source, tuple(_line(item, prices) for item in sketch.items), sketch.remarks)


def estimate_changes(source: str, changes: Sequence[Change], before: Prices, after: Prices) -> Estimate:
    """What a plan of our own costs: the price of every target (id -> price) as it is and as it will be."""
    lines = tuple(_changed(change, before.get(change.target), after.get(change.target)) for change in changes)
    return _whole("plan", source, lines, ())


def with_usage(sketch: Sketch, said: Usage) -> Sketch:
    """Lay what the user says over every part that has such a column. Raises BadInput for an address or column that is not there."""
    usage, where = said.usage, said.where
    known = {item.address: item for item in sketch.items}
    for address, columns in usage.items():
        if address not in known:
            near = get_close_matches(address, known, 1)
            hint = t("Did you mean {near}?", near=near[0]) if near else ""
            raise BadInput(t("{address} is not in {file}.", address=address, file=sketch.source), where=where, next_step=hint)
        for column in columns:
            if not any(_takes(part, column) for part in known[address].after.values()):
                raise BadInput(t("{address} has no part with {column}.", address=address, column=column), where=where)
    items = (_used(item, usage[item.address]) if item.address in usage else item for item in sketch.items)
    return msgspec.structs.replace(sketch, items=tuple(items))


def _takes(part: Part, column: str) -> bool:
    return column == "quantity" or column in KIND_BY_NAME[part.kind].__struct_fields__


def _used(item: Sketched, columns: Mapping[str, Any]) -> Sketched:
    sides = {}
    for side in ("before", "after"):
        parts: dict[str, Part] = getattr(item, side)
        sides[side] = {name: _with(part, columns) for name, part in parts.items()}
    return msgspec.structs.replace(item, **sides)


def _with(part: Part, columns: Mapping[str, Any]) -> Part:
    own = {column: value for column, value in columns.items() if column != "quantity" and _takes(part, column)}
    quantity = Decimal(str(columns["quantity"])) if "quantity" in columns else part.quantity
    return msgspec.structs.replace(part, columns=part.columns | own, quantity=quantity)


def _parts(item: Sketched) -> Iterator[tuple[str, Part]]:
    for side in ("before", "after"):
        parts: Mapping[str, Part] = getattr(item, side)
        for name, part in parts.items():
            yield _identifier(item, side, name, part), part


def _identifier(item: Sketched, side: str, name: str, part: Part) -> str:
    return resource_id(part.cloud, _ACCOUNT, part.region, part.kind, f"{item.address}#{side}#{name}")


def _whole(form: str, source: str, lines: tuple[Line, ...], remarks: tuple[str, ...]) -> Estimate:
    return Estimate(
        form=form,
        source=source,
        lines=lines,
        before=_sums(part for line in lines for part in line.parts_before),
        after=_sums(part for line in lines for part in line.parts_after),
        unknown=tuple(line.address for line in lines if not line.complete),
        remarks=remarks,
    )


def _changed(change: Change, old: Priced | None, new: Priced | None) -> Line:
    """A change's two sides; what does not exist on a side costs nothing there."""
    before = () if change.before is None else (_said(change, old),)
    after = () if change.after is None else (_said(change, new),)
    currency = next((part.currency for part in (*after, *before)), "USD")
    return Line(
        address=change.target,
        type=change.kind,
        action=change.action.value,
        currency=currency,
        before=_sum(before),
        after=_sum(after),
        parts_before=before,
        parts_after=after,
    )


def _said(change: Change, price: Priced | None) -> PartCost:
    return _cost(change.name or "", Part(cloud="", region="", kind=change.kind, columns={}), price)


def _line(item: Sketched, prices: Prices) -> Line:
    before, after = (_costs(item, side, prices) for side in ("before", "after"))
    currencies = [part.currency for part in (*after, *before)]
    return Line(
        address=item.address,
        type=item.type,
        action=item.action,
        currency=currencies[0] if currencies else "USD",
        before=_sum(before),
        after=_sum(after),
        parts_before=before,
        parts_after=after,
        unpriced=item.unpriced,
    )


def _costs(item: Sketched, side: str, prices: Prices) -> tuple[PartCost, ...]:
    parts: Mapping[str, Part] = getattr(item, side)
    return tuple(_cost(name, part, prices.get(_identifier(item, side, name, part))) for name, part in parts.items())


def _cost(name: str, part: Part, price: Priced | None) -> PartCost:
    missing = t("no price is known for {kind}", kind=part.kind)
    found = price or Priced(monthly=None, currency="USD", source="", dated="", note=missing)
    monthly = None if found.monthly is None else (found.monthly * part.quantity).quantize(_CENT)
    unsaid = found.monthly is None and "type" in part.columns and part.columns["type"] is None
    notes = "; ".join(note for note in (part.note, t("its type is not known yet") if unsaid else found.note) if note)
    what = part.columns.get("type") or part.columns.get("manager") or ""
    said = {"currency": found.currency, "source": found.source, "dated": found.dated}
    return PartCost(name=name, kind=part.kind, what=str(what), quantity=part.quantity, monthly=monthly, note=notes, **said)


def _sum(parts: Sequence[PartCost]) -> Decimal | None:
    """The sum of one address's parts; None when one is not known or they differ in currency."""
    if any(part.monthly is None for part in parts) or len({part.currency for part in parts}) > 1:
        return None
    return sum((part.monthly for part in parts if part.monthly is not None), Decimal(0))


def _sums(parts: Iterator[PartCost]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for part in parts:
        if part.monthly is not None:
            sums[part.currency] = sums.get(part.currency, Decimal(0)) + part.monthly
    return sums
