"""A packing as bins with named items, and what is wrong with one: found without the packer."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from skywright.topics.packing.pack import Packing
from skywright.topics.packing.problem import Problem

TOLERANCE = 1e-6


class Packed(msgspec.Struct, frozen=True):
    """One bin: its kind and the items in it, by their place in the problem."""

    bin: str
    items: tuple[int, ...]


def packed(given: Problem, found: Packing) -> list[Packed]:
    """Every bin with its items."""
    queues = [iter(members) for members in given.members]
    bins = []
    for (which, put), times in sorted(found.filled.items(), reverse=True):
        for _ in range(times):
            items = tuple(next(queues[kind]) for kind, amount in enumerate(put) for _ in range(amount))
            bins.append(Packed(given.bins[which].name, items))
    return bins


def violations(given: Problem, bins: Sequence[Packed], found: Packing) -> list[str]:
    """Every way in which a packing is wrong: a bin too full or unknown, an item twice or nowhere, a bound that is not proved."""
    return [*_rooms(given, bins), *_items(given, bins), *_cost(given, bins, found), *_bound(given, found)]


def _rooms(given: Problem, bins: Sequence[Packed]) -> Iterator[str]:
    kinds = {one.name: one for one in given.bins}
    used = Counter(one.bin for one in bins)
    for name, count in used.items():
        if name not in kinds or (kinds[name].most is not None and count > (kinds[name].most or 0)):
            yield f"{count} bins of kind {name}"
    for number, one in enumerate(bins):
        room = kinds[one.bin].sizes
        held = [sum((given.items[index].sizes[d] for index in one.items), Decimal(0)) for d in range(len(room))]
        if any(amount > most for amount, most in zip(held, room, strict=True)):
            yield f"bin {number} holds {held} of {room}"


def _items(given: Problem, bins: Sequence[Packed]) -> Iterator[str]:
    seen = Counter(index for one in bins for index in one.items)
    wrong = [index for index in range(len(given.items)) if seen[index] != 1]
    if wrong or len(seen) != len(given.items):
        yield f"{len(wrong)} items are not in exactly one bin, the first {wrong[:1]}"


def _cost(given: Problem, bins: Sequence[Packed], found: Packing) -> Iterator[str]:
    prices = {one.name: one.price for one in given.bins}
    cost = float(sum((prices[one.bin] for one in bins), Decimal(0)))
    if abs(cost - found.cost) > TOLERANCE * max(1.0, cost) or found.cost < found.bound * (1 - TOLERANCE):
        yield f"the bins cost {cost}, not {found.cost} (bound {found.bound})"


def _bound(given: Problem, found: Packing) -> Iterator[str]:
    """The certificate: bins that are found here are worth no more than it says, and the sum is the bound."""
    worth, most = found.proof.worth, found.proof.most
    for which, put in found.filled:
        if sum(amount * price for amount, price in zip(put, worth, strict=True)) > most[which] * (1 + TOLERANCE):
            yield f"a bin of kind {given.bins[which].name} is worth more than the bound says"
    total = sum(int(count) * price for count, price in zip(given.counts, worth, strict=True))
    rent = 0.0
    for one, top in zip(given.bins, most, strict=True):
        over = top - float(one.price)
        if over > TOLERANCE * float(one.price) and one.most is None:
            yield f"a bin of kind {one.name} may be worth more than its price"
        rent += max(0.0, over) * (one.most or 0)
    if abs(total - rent - found.proof.bound) > TOLERANCE * max(1.0, total):
        yield "the worths do not add up to the bound"
