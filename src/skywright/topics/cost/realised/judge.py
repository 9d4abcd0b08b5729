"""A change that was carried out, and the bill around it -> what it came to save.

The counterfactual is difference in differences (Card and Krueger, 1994): what the target cost a day before the change, times what
untouched resources of the same service cost after it over what they cost before. What the target then did cost is taken off. The
interval is Welch's (1947), of the daily costs; it does not hold what the peers' own change adds to it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import fmean, variance

import msgspec
from msgspec.structs import replace

from skywright.model.money import Money
from skywright.model.words import t

DAYS_BEFORE_MAX = 28
DAYS_AFTER_MAX = 28
DAYS_MIN = 7
"""Whole weeks where there are any; less than one week says nothing of weekends."""
DAYS_A_MONTH = 365.0 / 12
PEERS_MIN = 3
PEER_RATIO_MIN, PEER_RATIO_MAX = 0.5, 2.0
"""Beyond these the peers are not like the target, and are left out."""

_T_95 = {4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 12: 2.179, 15: 2.131, 20: 2.086, 30: 2.042}
"""Student's t, two-sided 95 %, by degrees of freedom (any table of it)."""


class Outcome(StrEnum):
    """What can be said of a change. ``early``: not enough whole days yet; ``unseen``: the bill does not know its target."""

    KEPT = "kept"
    SHORT = "short"
    EXCEEDED = "exceeded"
    EARLY = "early"
    UNSEEN = "unseen"
    UNPROMISED = "unpromised"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A change that stands: when it was done, and what was promised of it a month."""

    run: str
    change: str
    target: str
    proposer: str
    done_at: datetime
    promised: Money | None
    by_prices: Money | None


class Daily(msgspec.Struct, frozen=True, kw_only=True):
    """What the bill says day by day, in one currency. ``own``: day -> the target's cost; ``peers``: resource -> day -> cost, of the
    same service and never changed by us; ``days``: the days that the bill holds wholly for the target's account. A day of these
    without a row of the target cost nothing."""

    currency: str
    own: Mapping[date, Decimal]
    peers: Mapping[str, Mapping[date, Decimal]]
    days: frozenset[date]


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What the bill says of one change. Amounts are a month's. ``low`` and ``high`` are the ends of a 95 % interval."""

    kept: Kept
    outcome: Outcome
    why: str = ""
    currency: str = ""
    before: Decimal | None = None
    counterfactual: Decimal | None = None
    actual: Decimal | None = None
    realised: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    days_before: int = 0
    days_after: int = 0
    peers: int = 0
    peer_ratio: float | None = None


def judge(kept: Kept, daily: Daily | None) -> Settled:
    """Hold one change against the bill. ``daily`` None: nothing of the target was found in it."""
    if daily is None or not daily.own:
        return Settled(kept=kept, outcome=Outcome.UNSEEN, why=t("the bill has no row of it"))
    done = kept.done_at.date()
    before = _span(daily.days, done, -1, DAYS_BEFORE_MAX)
    after = _span(daily.days, done, 1, DAYS_AFTER_MAX)
    seen = Settled(kept=kept, outcome=Outcome.EARLY, days_before=len(before), days_after=len(after))
    if min(len(before), len(after)) < DAYS_MIN:
        said = t(
            "{before} whole days before and {after} after; {least} are needed", before=len(before), after=len(after), least=DAYS_MIN
        )
        return replace(seen, why=said)
    first, second = _costs(daily.own, before), _costs(daily.own, after)
    if not any(first):
        return replace(seen, outcome=Outcome.UNSEEN, why=t("the bill has no row of it before the change"))
    peers, ratio = _peers(daily.peers, before, after)
    counterfactual, actual = fmean(first) * ratio, fmean(second)
    half = _half_width([cost * ratio for cost in first], second)
    saved = counterfactual - actual
    outcome, why = _outcome(kept.promised, daily.currency, saved, half)
    return replace(
        seen,
        outcome=outcome,
        why=why,
        currency=daily.currency,
        before=_month(fmean(first)),
        counterfactual=_month(counterfactual),
        actual=_month(actual),
        realised=_month(saved),
        low=_month(saved - half),
        high=_month(saved + half),
        peers=peers,
        peer_ratio=round(ratio, 4) if peers else None,
    )


def _outcome(promised: Money | None, currency: str, saved: float, half: float) -> tuple[Outcome, str]:
    """The promise is kept when it lies in the interval, or within a tenth of what was saved."""
    if promised is None or promised.currency != currency:
        return Outcome.UNPROMISED, t("nothing was promised in {currency}", currency=currency)
    wanted = float(promised.amount) / DAYS_A_MONTH
    slack = max(half, abs(wanted) / 10)
    if saved < wanted - slack:
        return Outcome.SHORT, ""
    return (Outcome.EXCEEDED, "") if saved > wanted + slack else (Outcome.KEPT, "")


def _span(days: frozenset[date], done: date, step: int, most: int) -> list[date]:
    """The days of the bill next to the change, without its own day; whole weeks when there are any."""
    found = [day for day in (done + timedelta(days=step * far) for far in range(1, most + 1)) if day in days]
    weeks = len(found) // 7 * 7
    return found[:weeks] if weeks else found


def _costs(own: Mapping[date, Decimal], days: Sequence[date]) -> list[float]:
    return [float(own.get(day, 0)) for day in days]


def _peers(peers: Mapping[str, Mapping[date, Decimal]], before: Sequence[date], after: Sequence[date]) -> tuple[int, float]:
    """How many peers there are on both sides, and what they cost after over before; 1 without enough of them."""
    both = [cost for cost in peers.values() if any(day in cost for day in before) and any(day in cost for day in after)]
    old = sum(sum(_costs(cost, before)) for cost in both) / len(before)
    new = sum(sum(_costs(cost, after)) for cost in both) / len(after)
    if len(both) < PEERS_MIN or old <= 0 or not PEER_RATIO_MIN <= new / old <= PEER_RATIO_MAX:
        return 0, 1.0
    return len(both), new / old


def _half_width(first: Sequence[float], second: Sequence[float]) -> float:
    """Half of Welch's 95 % interval of the difference of two means."""
    parts = [variance(one) / len(one) for one in (first, second)]
    together = sum(parts)
    if together == 0:
        return 0.0
    freedom = together**2 / sum(part**2 / (len(one) - 1) for part, one in zip(parts, (first, second), strict=True))
    return _student(freedom) * float(together**0.5)


def _student(freedom: float) -> float:
    """The table's value for as many degrees of freedom, or the next fewer; 1.96 is never reached from above."""
    known = [degrees for degrees in _T_95 if degrees <= freedom]
    return _T_95[max(known)] if known else _T_95[4]


def _month(a_day: float) -> Decimal:
    return Decimal(repr(a_day * DAYS_A_MONTH)).quantize(Decimal("0.01"))
