"""Leaves and every branch above them, judged day by day; what a leaf already explains is not said again by its branch."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

import msgspec

from skywright.topics.cost.anomalies.expect import LEVEL_DAYS, Course
from skywright.topics.cost.anomalies.nouns import Key, Leaf, Shape
from skywright.topics.cost.anomalies.read import summed
from skywright.topics.cost.books.exact import ZERO

DEVIATIONS_MAX = 1000.0
_EXPLAINED = 0.7
"""A branch is silent when what its leaves and lower branches said makes up this share of its own surprise."""
_SHARE_LEAST = 0.15
"""A surprise is at least this share of what was expected: less is a price of living."""


class Terms(msgspec.Struct, frozen=True):
    """What counts: ``least`` in money, ``deviations`` from the usual, which days cannot be trusted downwards, and holidays."""

    least: float
    deviations: float
    settled: date
    holidays: frozenset[date] = frozenset()


class Odd(msgspec.Struct, frozen=True):
    """One day of one branch that surprised."""

    key: Key
    day: date
    expected: float
    actual: float
    deviations: float
    shape: Shape

    @property
    def impact(self) -> float:
        """Money more (or, negative, less) than expected."""
        return self.actual - self.expected


def branches(leaves: Sequence[Leaf]) -> dict[Key, list[Leaf]]:
    """Every branch, from the whole (the empty key) down to the leaves, with the leaves under it."""
    found: dict[Key, list[Leaf]] = {}
    for leaf in leaves:
        for depth in range(len(leaf.key) + 1):
            found.setdefault(leaf.key[:depth], []).append(leaf)
    return found


Gaps = dict[date, float]
"""Day -> how far a cost was from what was expected."""


def judge(days: Mapping[date, Decimal], key: Key, span: tuple[date, date], terms: Terms) -> tuple[list[Odd], Gaps | None]:
    """A branch's daily costs from the first to the last day of ``span`` -> its odd days, and every day's gap (None: it never was
    large enough to count). A day without a row is a day without cost."""
    first, last = span
    if max((abs(float(cost)) for cost in days.values()), default=0.0) < terms.least:
        return [], None
    course = Course(first, terms.holidays)
    begun = False
    found: list[Odd] = []
    gaps: Gaps = {}
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        actual = float(days.get(day, ZERO))
        expected = course.expect()
        odd = None
        if expected is not None:
            value = expected.nearest(actual)
            gaps[day] = actual - value
            odd = _odd(Odd(key, day, value, actual, _held((actual - value) / expected.spread), Shape.RISE), terms, begun=begun)
        begun = begun or bool(actual)
        course.learn(actual, expected, odd=odd is not None)
        if odd is not None:
            found.append(odd)
    return found, gaps


def _held(deviations: float) -> float:
    """Held within what tells anything: where nothing ever moved, any move is countless deviations away."""
    return max(-DEVIATIONS_MAX, min(DEVIATIONS_MAX, deviations))


def _odd(one: Odd, terms: Terms, *, begun: bool) -> Odd | None:
    """Whether a day counts, and as what."""
    if abs(one.impact) < terms.least or abs(one.impact) < _SHARE_LEAST * abs(one.expected):
        return None
    if not begun and one.actual:
        return msgspec.structs.replace(one, shape=Shape.NEW)
    if abs(one.deviations) < terms.deviations or (one.impact < 0 and one.day > terms.settled):
        return None
    shape = Shape.RISE if one.impact > 0 else Shape.GONE if not one.actual else Shape.DROP
    return msgspec.structs.replace(one, shape=shape)


def surprising(leaves: Sequence[Leaf], span: tuple[date, date], terms: Terms) -> list[Odd]:
    """Leaves of one sort and currency -> the odd days, each said as low in the tree as it can be."""
    tree = branches(leaves)
    said: dict[date, list[Odd]] = {}
    gaps: dict[Key, Gaps | None] = {}
    for key in sorted(tree, key=lambda key: (-len(key), key)):
        own = tree[key]
        if len(key) < len(own[0].key) and len(own) == 1:
            continue  # the same numbers as the leaf below
        judged, gaps[key] = judge(summed(own), key, span, terms)
        for odd in judged:
            below = [one for one in said.get(odd.day, []) if one.key[: len(key)] == key]
            settled = len(own) > 1 and abs(_gap(own, gaps, odd.day)) < max(terms.least, (1 - _EXPLAINED) * abs(odd.impact))
            if not settled and not _told(odd, below, terms):
                said.setdefault(odd.day, []).append(odd)
    return [one for day in sorted(said) for one in said[day]]


def _gap(leaves: Sequence[Leaf], gaps: Mapping[Key, Gaps | None], day: date) -> float:
    """How far the leaves were from what they were expected to be, together: a branch may be slower to get used to a new level than
    its leaves are, and is then no news."""
    found = 0.0
    for leaf in leaves:
        own = gaps.get(leaf.key)
        if own is not None:
            found += own.get(day, 0.0)
        else:
            before = [float(leaf.costs.get(day - timedelta(days=back), ZERO)) for back in range(1, LEVEL_DAYS + 1)]
            found += float(leaf.costs.get(day, ZERO)) - median(before)
    return found


def _told(odd: Odd, below: Sequence[Odd], terms: Terms) -> bool:
    """Whether what was said below leaves nothing of a branch's surprise that would count by itself."""
    rest = odd.impact - sum(one.impact for one in below)
    return bool(below) and (abs(rest) < max(terms.least, (1 - _EXPLAINED) * abs(odd.impact)) or rest * odd.impact < 0)
