"""A change that was carried out, and the bill around it -> what it came to save.

The counterfactual is difference in differences (Card and Krueger, 1994): what the target cost a day before the change, times what
untouched resources of the same service cost after it over what they cost before. What the target then did cost is taken off. How
far that may be off is told by placebos, the same reckoning of resources that nothing was done to, and by the days themselves,
whichever is wider; without such resources by the target's own weeks before (interval.py).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import fmean

import msgspec
from msgspec.structs import replace

from skywright.model.money import Money
from skywright.model.words import t
from skywright.topics.cost.realised.interval import moves, of_days, of_moves, of_placebos, placebos

DAYS_BEFORE_MAX = 28
DAYS_AFTER_MAX = 28
ALONE_DAYS_MAX = 84
"""Without peers the target's own weeks before tell how it moves by itself: twelve of them, if there are."""
WIDTHS = ((2, 7), (1, 3))
"""Weeks on either side that are compared then, and how many moves of such means there must have been."""
DAYS_MIN = 7
"""Whole weeks where there are any; less than one week says nothing of weekends."""
DAYS_A_MONTH = 365.0 / 12
PEERS_MIN = 3
PEER_RATIO_MIN, PEER_RATIO_MAX = 0.5, 2.0
"""Beyond these the peers are not like the target, and are left out."""


class Outcome(StrEnum):
    """What can be said of a change. ``unsure``: all that was promised and nothing at all are both likely enough; ``early``: not
    enough whole days yet; ``unseen``: the bill does not know its target."""

    KEPT = "kept"
    SHORT = "short"
    EXCEEDED = "exceeded"
    UNSURE = "unsure"
    EARLY = "early"
    UNSEEN = "unseen"
    UNPROMISED = "unpromised"


class Basis(StrEnum):
    """What an interval rests on: placebos of peers, of the target's own weeks before, or the scatter of days alone."""

    PEERS = "peers"
    TIME = "time"
    DAYS = "days"


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
    basis: Basis | None = None


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
    if not any(_costs(daily.own, before)):
        return replace(seen, outcome=Outcome.UNSEEN, why=t("the bill has no row of it before the change"))
    peers = _peers(daily.peers, before, after)
    if alone := None if peers else _alone(daily, done, after):
        before, after, half, basis = alone
    else:
        half, basis = _half_width(daily, before, after, peers), Basis.PEERS if peers else Basis.DAYS
    ratio = sum(new for _, new in peers) / sum(old for old, _ in peers) if peers else 1.0
    first, second = fmean(_costs(daily.own, before)), fmean(_costs(daily.own, after))
    seen = replace(seen, days_before=len(before), days_after=len(after), peers=len(peers), basis=basis,
                   peer_ratio=round(ratio, 4) if peers else None)  # fmt: skip
    return _settled(seen, daily.currency, (first, first * ratio, second), half)


def _settled(seen: Settled, currency: str, costs: tuple[float, float, float], half: float) -> Settled:
    """With the amounts of a month. ``costs`` a day: before, what it would have cost after, what it did cost then."""
    before, counterfactual, actual = costs
    saved = counterfactual - actual
    outcome, why = _outcome(seen.kept.promised, currency, saved, half)
    return replace(
        seen,
        outcome=outcome,
        why=why,
        currency=currency,
        before=_month(before),
        counterfactual=_month(counterfactual),
        actual=_month(actual),
        realised=_month(saved),
        low=_month(saved - half),
        high=_month(saved + half),
    )


def _outcome(promised: Money | None, currency: str, saved: float, half: float) -> tuple[Outcome, str]:
    """The promise is kept when it lies in the interval, or within a tenth of what was saved; unless the interval holds that nothing
    was saved, too."""
    if promised is None or promised.currency != currency:
        return Outcome.UNPROMISED, t("nothing was promised in {currency}", currency=currency)
    wanted = float(promised.amount) / DAYS_A_MONTH
    slack = max(half, abs(wanted) / 10)
    if saved < wanted - slack:
        return Outcome.SHORT, ""
    if saved - half <= 0 < wanted <= saved + half:
        return Outcome.UNSURE, t("all that was promised and nothing at all are both within the interval")
    return (Outcome.EXCEEDED, "") if saved > wanted + slack else (Outcome.KEPT, "")


def _span(days: frozenset[date], done: date, step: int, most: int) -> list[date]:
    """The days of the bill next to the change, without its own day; whole weeks when there are any."""
    found = [day for day in (done + timedelta(days=step * far) for far in range(1, most + 1)) if day in days]
    weeks = len(found) // 7 * 7
    return found[:weeks] if weeks else found


def _costs(own: Mapping[date, Decimal], days: Sequence[date]) -> list[float]:
    return [float(own.get(day, 0)) for day in days]


def _peers(peers: Mapping[str, Mapping[date, Decimal]], before: Sequence[date], after: Sequence[date]) -> list[tuple[float, float]]:
    """What each peer on both sides cost a day before and after; none without enough of them, or where they are not like the
    target."""
    both = [cost for cost in peers.values() if any(day in cost for day in before) and any(day in cost for day in after)]
    found = [(fmean(_costs(cost, before)), fmean(_costs(cost, after))) for cost in both]
    old, new = sum(one for one, _ in found), sum(one for _, one in found)
    alike = old > 0 and PEER_RATIO_MIN <= new / old <= PEER_RATIO_MAX
    return found if len(found) >= PEERS_MIN and alike else []


def _half_width(daily: Daily, before: Sequence[date], after: Sequence[date], peers: Sequence[tuple[float, float]]) -> float:
    """Half the 95 % interval of what is saved a day: of placebos where there are any, and never less than the days' own."""
    first, second = _costs(daily.own, before), _costs(daily.own, after)
    if not peers:
        return of_days(first, second)
    scale = _course(daily.peers, before, after)
    own = of_days(*([cost * scale[day] for cost, day in zip(costs, days, strict=True)]
                    for costs, days in ((first, before), (second, after))))  # fmt: skip
    found = placebos(peers)
    return max(own, of_placebos(found) * fmean(first)) if len(found) > 1 else own


def _alone(daily: Daily, done: date, after: Sequence[date]) -> tuple[list[date], list[date], float, Basis] | None:
    """Without peers: the weeks next to the change (two on either side, or one), and how far such a comparison may be off by how the
    target moved in the weeks before. None where these are too few."""
    history = _span(daily.days, done, -1, ALONE_DAYS_MAX)
    costs = _costs(daily.own, history)
    weeks = [fmean(costs[start : start + 7]) for start in range(0, len(costs) - 6, 7)][::-1]
    for width, least in WIDTHS:
        found = moves(weeks, width)
        if len(found) < least or len(after) < 7 * width:
            continue
        first, second = history[: 7 * width], list(after[: 7 * width])
        return first, second, of_moves(found, width) * fmean(_costs(daily.own, first)), Basis.TIME
    return None


def _course(peers: Mapping[str, Mapping[date, Decimal]], before: Sequence[date], after: Sequence[date]) -> dict[date, float]:
    """By which each day is multiplied to be a day as the peers have them after the change, on the mean: what all do alike
    (weekends, a trend) is no scatter of one."""
    total = {day: float(sum((cost.get(day, Decimal(0)) for cost in peers.values()), Decimal(0))) for day in (*before, *after)}
    mean = fmean([total[day] for day in after])
    return {day: mean / cost if cost > 0 else 1.0 for day, cost in total.items()}


def _month(a_day: float) -> Decimal:
    return Decimal(repr(a_day * DAYS_A_MONTH)).quantize(Decimal("0.01"))
