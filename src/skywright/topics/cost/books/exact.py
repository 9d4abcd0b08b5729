"""Exact arithmetic on amounts: sums without rounding, parts that add up to the whole.

Python's decimals round to 28 digits unless told otherwise; an amount of 10^12 with 18 digits behind the point has 31.
"""

from collections.abc import Hashable, Iterable, Sequence
from decimal import ROUND_FLOOR, Context, Decimal, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from typing import TypeVar

ZERO = Decimal(0)
DIGITS_MAX = 18
"""Digits behind the point that the ledger keeps."""

_EXACT = Context(prec=300, traps=[Inexact, InvalidOperation, Overflow])
_ROUNDING = Context(prec=300, traps=[InvalidOperation, Overflow])


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, to the last digit."""
    result = ZERO
    for amount in amounts:
        result = _EXACT.add(result, amount)
    return result


Key = TypeVar("Key", bound=Hashable)


def sums(pairs: Iterable[tuple[Key, Decimal]]) -> dict[Key, Decimal]:
    """Amounts added up by key, to the last digit; in the order in which keys come first."""
    found: dict[Key, Decimal] = {}
    for key, amount in pairs:
        found[key] = _EXACT.add(found.get(key, ZERO), amount)
    return found


def minus(left: Decimal, right: Decimal) -> Decimal:
    """The difference, to the last digit."""
    return _EXACT.subtract(left, right)


def times(amount: Decimal, factor: Decimal) -> Decimal:
    """The product, to the last digit."""
    return _EXACT.multiply(amount, factor)


def digits(amounts: Iterable[Decimal], least: int = 2) -> int:
    """How many digits behind the point the longest of the amounts has, without zeros at its end; at least ``least``."""
    found = least
    for amount in amounts:
        exponent = amount.normalize(_ROUNDING).as_tuple().exponent
        found = max(found, -exponent if isinstance(exponent, int) else 0)
    return found


def decimal_of(value: Fraction, places: int = DIGITS_MAX) -> Decimal:
    """A fraction as a decimal, rounded down to ``places`` digits behind the point."""
    return Decimal(value.numerator * 10**places // value.denominator).scaleb(-places, _ROUNDING)


def split(whole: Decimal, weights: Sequence[Fraction | Decimal | int], places: int | None = None) -> list[Decimal]:
    """Parts of ``whole`` in proportion to the weights, which add up to it exactly: each is rounded down to ``places`` digits, and
    what is left goes, one last digit each, to the parts that lost most (the method of largest remainders; at a tie the first).
    ``places`` None: as many as the whole has, at least cents. Raises ValueError for weights that are negative or all zero."""
    shares = [Fraction(weight) for weight in weights]
    among = sum(shares, Fraction(0))
    if among <= 0 or min(shares) < 0:
        raise ValueError("weights must not be negative, and not all be zero")
    places = digits([whole]) if places is None else places
    ideal = [Fraction(whole) * share / among for share in shares]
    return apportion(ideal, whole, places)


def apportion(ideal: Sequence[Fraction], whole: Decimal, places: int) -> list[Decimal]:
    """Parts of any sign that should be ``ideal`` (they add up to ``whole``), with ``places`` digits behind the point and the same
    sum as ``whole``. A whole with more digits than that keeps them in its first part."""
    scale = 10**places
    short = whole.quantize(Decimal(1).scaleb(-places), rounding=ROUND_FLOOR, context=_ROUNDING)
    units = [(part * scale).__floor__() for part in ideal]
    spare = int(_EXACT.scaleb(short, places)) - sum(units)
    order = sorted(range(len(ideal)), key=lambda index: (units[index] - ideal[index] * scale, index))
    for index in order[:spare]:  # never more than there are parts: each lost less than one unit
        units[index] += 1
    parts = [Decimal(unit).scaleb(-places, _ROUNDING) for unit in units]
    if parts and short != whole:
        parts[0] = _EXACT.add(parts[0], minus(whole, short))
    return parts


def shown(amounts: Sequence[Decimal], places: int = 2) -> list[Decimal]:
    """Amounts rounded for people so that what is shown adds up to the rounded total."""
    whole = total(amounts)
    return apportion(
        [Fraction(amount) for amount in amounts], whole.quantize(Decimal(1).scaleb(-places), context=_ROUNDING), places
    )


def plain(amount: Decimal) -> str:
    """An amount in full, without an exponent and without zeros at its end; at least two digits behind the point."""
    places = digits([amount])
    return f"{amount.quantize(Decimal(1).scaleb(-places), context=_ROUNDING):f}"
