"""Rows of the bill that are shared -> rows of FOCUS that say to whom and how (AllocatedMethodId and its companions).

Row after row, each target's parts add up to what its statement says, and each row's parts to the row: a part is the difference
of two splits of the running sum, so that no remainder is left over at the end (the idea of Bresenham's line).
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from skywright.model.cost_shares import Share, in_order
from skywright.topics.cost.books.exact import ZERO, decimal_of, digits, minus, split, total
from skywright.topics.cost.sharing.split import Passed

COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
QUANTITIES = ("ConsumedQuantity", "PricingQuantity", "CommitmentDiscountQuantity")
_FROM = "_from"
Row = Mapping[str, Any]


class Running:
    """Splits amount after amount so that at every moment the parts so far are the split of the sum so far."""

    def __init__(self, weights: Sequence[Fraction], places: int) -> None:
        self._weights = weights
        self._places = places
        self._sum = ZERO
        self._given = [ZERO] * len(weights)

    def parts(self, amount: Decimal) -> list[Decimal]:
        """The parts of the next amount; they add up to it."""
        self._sum = total([self._sum, amount])
        now = split(self._sum, self._weights, self._places)
        parts = [minus(new, old) for new, old in zip(now, self._given, strict=True)]
        self._given = now
        return parts


def allocated(rows: Mapping[str, Sequence[Row]], passed: Sequence[Passed], shares: Sequence[Share]) -> Iterator[dict[str, Any]]:
    """``rows`` by the share whose they are (full rows of the ledger) -> the rows that stand in their place, target by target."""
    waiting = {share.name: list(rows.get(share.name, ())) for share in shares}
    for share in in_order(list(shares)):
        parts = [one for one in passed if one.share == share.name]
        for row in _divided(waiting[share.name], parts) if parts else waiting[share.name]:
            target = row.get("AllocatedResourceId")
            if parts and target in waiting:
                waiting[target].append(row)
            else:
                yield {name: value for name, value in row.items() if name != _FROM}


def _divided(rows: Sequence[Row], passed: Sequence[Passed]) -> Iterator[dict[str, Any]]:
    weights = [one.weight for one in passed]
    columns = [name for name in (*COSTS, *QUANTITIES) if any(row[name] is not None for row in rows)]
    running = {name: Running(weights, digits(_inflow(rows, name))) for name in columns}
    for row in rows:
        parts = {name: running[name].parts(row[name]) for name in columns if row[name] is not None}
        for index, one in enumerate(passed):
            yield {**row, **{name: part[index] for name, part in parts.items()}, **_method(row, one)}


def _method(row: Row, one: Passed) -> dict[str, Any]:
    """FOCUS's columns of an allocation; a row that was allocated before says both steps."""
    before = row.get("AllocatedMethodId")
    element = {
        "AllocatedRatio": float(decimal_of(one.ratio, 12)),
        "x_Weight": str(decimal_of(one.weight, 12)),
        "x_Share": one.share,
    }
    return {
        "AllocatedMethodId": f"{before} > {one.share}:{one.method.value}" if before else f"{one.share}:{one.method.value}",
        "AllocatedMethodDetails": msgspec.json.encode({"Elements": [element]}).decode(),
        "AllocatedResourceId": one.target,
        "AllocatedResourceName": one.target,
        "AllocatedTags": {"cost_center": one.target},
        _FROM: one.share,
    }


def _inflow(rows: Sequence[Row], column: str) -> Iterator[Decimal]:
    """What a share's own rows add up to, and what each other share passed to it: the amounts whose digits its split has, too."""
    for source in dict.fromkeys(row.get(_FROM) for row in rows):
        yield total(row[column] for row in rows if row.get(_FROM) == source and row[column] is not None)
