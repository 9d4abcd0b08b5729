"""Nouns of an outlook: months ahead, with the part that is known and the part that is expected."""

import math
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from skywright.model.series import Forecast, Series

Foretell = Callable[[Sequence[Series], Sequence[tuple[int, int]], Sequence[int]], Sequence[Forecast]]
"""Series, spans of steps ahead and seasons -> forecasts of the sums over the spans (the wiring hands it in)."""

REACH = 1.96  # standard deviations from the point to an end of a 95 % interval of a normal distribution


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """One month: what is spent already, what is known to come (fees, subscriptions, taxes on both), and all together with the ends
    of its 95 % interval."""

    month: date
    actual: Decimal
    known: Decimal
    expected: Decimal
    low: Decimal
    high: Decimal


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Something known about the future that was reckoned with: a fee that comes, a commitment that ends. ``off``: half the 95 %
    interval of its amount, where that was not always the same."""

    day: date
    amount: Decimal
    what: str
    off: float = 0.0


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One key in one currency: months, their sum over the twelve after this one, the past as days, and how far the same method was
    off on it (``error_share`` of what came, ``error_windows`` times, up to ``error_days`` ahead; None: too little to try)."""

    key: tuple[str | None, ...]
    labels: tuple[str, ...]
    currency: str
    months: tuple[Ahead, ...]
    year: Ahead
    days: tuple[float, ...]
    method: str
    error_share: float | None
    error_windows: int
    error_days: int = 0
    known: tuple[Known, ...] = ()


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """Lines add up to the totals (one a currency), month by month; the ends of intervals do not add. ``through``: the
    last whole day of the ledger; ``remarks``: what a reader must know."""

    by: tuple[str, ...]
    measure: str
    through: date
    lines: tuple[Line, ...]
    totals: tuple[Line, ...]
    remarks: tuple[str, ...]


def exceeding(point: float, low: float, high: float, limit: float) -> float:
    """How probable it is that what comes passes ``limit``: of a normal distribution in two halves through point and ends."""
    reach = (high - point) if limit >= point else (point - low)
    if reach <= 0:
        return 1.0 if point > limit else 0.0
    return 0.5 * math.erfc((limit - point) / (reach / REACH) / math.sqrt(2))
