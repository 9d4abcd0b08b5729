"""What is to be packed into what: items of equal size are one kind with a count, sizes are whole numbers so that sums are exact."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

PLACES_MAX = 6  # digits after the point that a size may have
SIZE_MAX = 10**15  # of a size once it is whole


class Bin(msgspec.Struct, frozen=True):
    """A kind of bin: what it holds in each dimension, what one costs, and how many there may be (None: any number)."""

    name: str
    sizes: tuple[Decimal, ...]
    price: Decimal = Decimal(1)
    most: int | None = None


class Item(msgspec.Struct, frozen=True):
    """One thing to pack. ``where``: where it was read, for messages."""

    name: str
    sizes: tuple[Decimal, ...]
    where: str = ""


class Problem(msgspec.Struct, frozen=True):
    """Kinds of items (``sizes[kind]``, whole numbers; ``counts``) and of bins (``room[bin]``). ``members``: the items of each kind,
    by their place among all."""

    items: tuple[Item, ...]
    bins: tuple[Bin, ...]
    sizes: "Whole"
    counts: "Whole"
    room: "Whole"
    members: tuple[tuple[int, ...], ...]

    @property
    def prices(self) -> tuple[float, ...]:
        """What one bin of each kind costs."""
        return tuple(float(one.price) for one in self.bins)


def problem(items: Sequence[Item], bins: Sequence[Bin]) -> Problem:
    """Items and bins as a problem. Raises BadInput for an item that no bin holds, and for sizes that make no sense."""
    import numpy as np

    if not items:
        raise BadInput(t("There is no item to pack."), next_step=t("Give one row an item."))
    _sound(bins)
    scale = _scale(items, bins)
    room = np.array([_whole(one.sizes, scale) for one in bins], dtype=np.int64)
    kinds: dict[tuple[int, ...], list[int]] = {}
    for index, item in enumerate(items):
        if len(item.sizes) != len(scale):
            message = t(
                "{name} has {found} sizes where bins have {wanted}.", name=item.name, found=len(item.sizes), wanted=len(scale)
            )
            raise BadInput(message, where=item.where, next_step=t("Give one column a dimension."))
        kinds.setdefault(_whole(item.sizes, scale), []).append(index)
    for sizes, members in kinds.items():
        if not (room >= np.array(sizes)).all(axis=1).any():
            raise _homeless(items[members[0]], bins)
    ordered = sorted(kinds.items(), key=lambda kind: kind[0], reverse=True)
    return Problem(
        items=tuple(items),
        bins=tuple(bins),
        sizes=np.array([sizes for sizes, _ in ordered], dtype=np.int64),
        counts=np.array([len(members) for _, members in ordered], dtype=np.int64),
        room=room,
        members=tuple(tuple(members) for _, members in ordered),
    )


def _sound(bins: Sequence[Bin]) -> None:
    if not bins:
        raise BadInput(t("There is no bin to pack into."), next_step=t("Give --bin or --bins."))
    for one in bins:
        if len(one.sizes) != len(bins[0].sizes):
            raise BadInput(t("Bin {name} has another number of sizes than the first.", name=one.name), next_step=t("Mend it."))
        if not all(size.is_finite() and size > 0 for size in one.sizes):
            raise BadInput(t("Bin {name} has a size that is not above zero.", name=one.name), next_step=t("Mend it."))
        if not (one.price.is_finite() and one.price > 0):
            raise BadInput(t("Bin {name} has a price that is not above zero.", name=one.name), next_step=t("Mend it."))


def _scale(items: Sequence[Item], bins: Sequence[Bin]) -> tuple[int, ...]:
    """For each dimension the power of ten that makes every size whole."""
    scale = []
    every = [*(one.sizes for one in items), *(one.sizes for one in bins)]
    for index in range(len(bins[0].sizes)):
        column = [sizes[index] for sizes in every if index < len(sizes)]
        places = max(max(0, -int(size.normalize().as_tuple().exponent)) for size in column)
        scale.append(10 ** min(places, PLACES_MAX))
    return tuple(scale)


def _whole(sizes: tuple[Decimal, ...], scale: tuple[int, ...]) -> tuple[int, ...]:
    whole = tuple(int((size * factor).to_integral_value(ROUND_CEILING)) for size, factor in zip(sizes, scale, strict=True))
    if max(whole) > SIZE_MAX:
        raise BadInput(t("A size is larger than this can count exactly."), next_step=t("Use a larger unit."))
    return whole


def _homeless(item: Item, bins: Sequence[Bin]) -> BadInput:
    sizes = ", ".join(f"{size:f}" for size in item.sizes)
    largest = ", ".join(f"{max(one.sizes[index] for one in bins):f}" for index in range(len(item.sizes)))
    message = t("{name} ({sizes}) is larger than any bin ({largest}).", name=item.name, sizes=sizes, largest=largest)
    return BadInput(message, where=item.where, next_step=t("Give a larger bin, or leave it out."))


Pattern = tuple[int, tuple[int, ...]]
"""A filled bin: which kind of bin, and how many of each kind of item."""

Filled = Mapping[Pattern, int]
"""Patterns -> how many bins are filled so."""
