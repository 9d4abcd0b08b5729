"""What a user may set about budgets (``cost.budgets``)."""

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

from skywright.model.cost_books import known
from skywright.model.settings_base import Currency, Strict

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Basis(StrEnum):
    """What a threshold looks at: what is spent, or what is expected by the end of the period."""

    ACTUAL = "actual"
    FORECAST = "forecast"


class Every(StrEnum):
    """How long a budget's period is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ONCE = "once"


class Guard(StrEnum):
    """What is said of a plan that would push a budget over its amount."""

    NONE = "none"  # not "no", which YAML reads as false
    WARN = "warn"
    APPROVAL = "approval"
    BLOCK = "block"


class Threshold(Strict, frozen=True):
    """``percent`` of the amount, spent or expected. An expected one is told when passing it is at least so probable."""

    percent: float
    of: Basis = Basis.ACTUAL
    probability: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.percent <= 1000:
            raise ValueError("percent is over 0 and at most 1000")
        if not 0 < self.probability < 1:
            raise ValueError("probability is between 0 and 1")


USUAL = [Threshold(percent=80), Threshold(percent=100), Threshold(percent=100, of=Basis.FORECAST)]


class Budget(Strict, frozen=True):
    """``amount`` for each ``period``, or ``amounts`` by month (``2026-11: 1200``; a period's is their sum). ``where``: dimension ->
    value or values (globs), as in `skywright cost show --where`; none: everything. ``start`` and ``end`` (the day after the last)
    for a period that comes once. ``cost``: billed or effective. ``currency`` empty: that of ``cost.currency``. ``notify``: who is
    told (names of ``notify``). ``guard``: whether plans are held to it."""

    amount: Decimal | None = None
    amounts: dict[str, Decimal] = {}
    period: Every = Every.MONTH
    start: date | None = None
    end: date | None = None
    where: dict[str, str | list[str]] = {}
    cost: Literal["billed", "effective"] = "billed"
    currency: Currency = ""
    thresholds: list[Threshold] = msgspec.field(default_factory=lambda: list(USUAL))
    notify: list[str] = []
    guard: Guard = Guard.NONE

    def __post_init__(self) -> None:
        if (self.amount is None) == (not self.amounts):
            raise ValueError("a budget needs an amount, or amounts by month; one of them")
        given = [*self.amounts.values(), *([] if self.amount is None else [self.amount])]
        if any(not amount.is_finite() or amount <= 0 for amount in given):
            raise ValueError("an amount is more than 0")
        if wrong := [month for month in self.amounts if not _MONTH.fullmatch(month)]:
            raise ValueError(f"amounts: {wrong[0]} is no month; write 2026-11")
        if self.amounts and self.period is Every.ONCE:
            raise ValueError("amounts by month go with periods of month, quarter or year")
        dated = [day for day in (self.start, self.end) if day is not None]
        if len(dated) != (2 if self.period is Every.ONCE else 0):
            raise ValueError("start and end go with period: once, and it needs both")
        if self.start and self.end and self.start >= self.end:
            raise ValueError("end must come after start")
        for name in self.where:
            known(name)
