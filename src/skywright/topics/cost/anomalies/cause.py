"""Why a cost moved: which values of which dimension explain the difference, and whether it is volume or price.

Root cause by Adtributor (Bhagwan et al., "Adtributor: Revenue Debugging in Advertising Systems", NSDI 2014). For a value with
expected cost f and actual cost a, of F and A in all: its explanatory power is (a - f) / (A - F), its surprise the Jensen-
Shannon divergence of its share, with p = f / F and q = a / A: (p ln(2p / (p + q)) + q ln(2q / (p + q))) / 2. Within a dimension
the values of most surprise that explain at least a tenth each are taken until two thirds are explained; the dimension whose
taken values surprise most is the cause. Ours: the fewest values win a tie, and what explains against the difference (moves the
other way) is not taken.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from math import log
from statistics import median

from skywright.topics.cost.anomalies.nouns import Driver, Effects, Leaf
from skywright.topics.cost.books.exact import ZERO, minus, total

EACH_LEAST, TOGETHER = 0.1, 0.67
_WEEKS = 4


def usual(days: Mapping[date, Decimal], day: date) -> Decimal:
    """What a day usually is: the middle of the same weekday of the four weeks before; a day without a row is nothing."""
    return median([days.get(day - timedelta(weeks=week), ZERO) for week in range(1, _WEEKS + 1)])


def drivers(dimension: str, values: Mapping[str, Mapping[date, Decimal]], span: Sequence[date]) -> list[Driver]:
    """A dimension's values with their daily costs, and the days in question -> the values that explain the difference, the most
    surprising first; none when they do not explain two thirds of it together."""
    expected = {value: total(usual(days, day) for day in span) for value, days in values.items()}
    actual = {value: total(days.get(day, ZERO) for day in span) for value, days in values.items()}
    whole_expected, whole_actual = total(expected.values()), total(actual.values())
    difference = float(whole_actual - whole_expected)
    if not difference:
        return []
    found = [
        Driver(
            dimension=dimension,
            value=value,
            expected=expected[value],
            actual=actual[value],
            share=float(minus(actual[value], expected[value])) / difference,
            surprise=_surprise(
                _part(expected[value], whole_expected),
                _part(actual[value], whole_actual),
            ),
        )
        for value in values
    ]
    found.sort(key=lambda one: (-one.surprise, -one.share, one.value))
    taken: list[Driver] = []
    for one in found:
        if one.share >= EACH_LEAST and sum(other.share for other in taken) < TOGETHER:
            taken.append(one)
    return taken if sum(one.share for one in taken) >= TOGETHER else []


def ranked(dimensions: Sequence[list[Driver]]) -> list[Driver]:
    """The dimensions' answers -> one list, the dimension that surprises most first; of equals the one that needs fewer values."""
    answers = [answer for answer in dimensions if answer]
    answers.sort(key=lambda answer: (-round(sum(one.surprise for one in answer), 6), len(answer)))
    return [one for answer in answers for one in answer]


def effects(leaves: Sequence[Leaf], span: Sequence[date]) -> Effects | None:
    """Volume and price of the leaves' difference: quantities at the price that was usual, and the change of price on what was used.
    None where a leaf is not counted, or was not there before."""
    volume, price = ZERO, ZERO
    for leaf in leaves:
        quantity = total(leaf.quantities.get(day, ZERO) for day in span)
        before_quantity = total(usual(leaf.quantities, day) for day in span)
        cost = total(leaf.costs.get(day, ZERO) for day in span)
        before = total(usual(leaf.costs, day) for day in span)
        if cost == before == ZERO:
            continue
        if not leaf.quantities or not before_quantity or not quantity:
            return None
        of_volume = before * (quantity / before_quantity) - before
        volume, price = volume + of_volume, price + minus(cost, before) - of_volume
    return Effects(volume, price)


def _part(part: Decimal, whole: Decimal) -> float:
    return max(0.0, float(part) / float(whole)) if whole else 0.0


def _surprise(p: float, q: float) -> float:
    middle = p + q
    if not middle:
        return 0.0
    return 0.5 * sum(one * log(2 * one / middle) for one in (p, q) if one > 0)
