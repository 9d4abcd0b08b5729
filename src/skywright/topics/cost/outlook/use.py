"""Daily use -> sums over spans of days ahead, with intervals; and sums of parts and of the whole made to agree."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import msgspec

from skywright.model.series import Forecast, Series
from skywright.model.words import t
from skywright.topics.cost.books.period import add_months
from skywright.topics.cost.outlook.nouns import Foretell
from skywright.topics.cost.outlook.prior import DAYS_ALONE, DAYS_MIN, reaches

RUN_RATE_DAYS = DAYS_MIN  # with fewer days of history than this nothing better is claimed
GUESS = 0.5  # of a run rate: how far its interval reaches
WEEK, YEAR = 7, 365
SHOWN_DAYS = 60


class Span(msgspec.Struct, frozen=True):
    """A month (or all twelve), and its days ahead as steps after the last whole day."""

    month: date
    end: date
    steps: tuple[int, int]


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What is expected of daily use over the spans."""

    points: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    past: tuple[float, ...]
    method: str
    error_share: float | None = None
    error_windows: int = 0
    error_steps: int = 0


def spans_of(first: date, months: int) -> list[Span]:
    """The month of ``first`` (from that day on), the months after it, and at last those together."""
    month = first.replace(day=1)
    ends = [add_months(month, place) for place in range(months + 2)]
    spans = [Span(start, end, (max(0, (start - first).days), (end - first).days)) for start, end in pairwise(ends)]
    return [*spans, Span(ends[1], ends[-1], (spans[1].steps[0], spans[-1].steps[1]))]


def uses(days: Sequence[Mapping[date, float]], through: date, spans: Sequence[Span], foretell: Foretell) -> list[Use]:
    """Days of every line -> what is expected of it. Lines with little history get the run rate."""
    series = [_series(str(place), some, through) for place, some in enumerate(days)]
    long = [place for place, one in enumerate(series) if one is not None and len(one.values) >= RUN_RATE_DAYS]
    picked = [one for place in long if (one := series[place]) is not None]
    longest = max((len(one.values) for one in picked), default=0)
    seasons = (WEEK, YEAR) if longest >= 3 * YEAR else (WEEK,)
    told = dict(zip(long, foretell(picked, [span.steps for span in spans], seasons), strict=True)) if picked else {}
    return [_use(one, told.get(place), spans) for place, one in enumerate(series)]


def _series(name: str, days: Mapping[date, float], through: date) -> Series | None:
    """Days without a charge cost nothing; a line begins with its first charge."""
    if not days:
        return None
    first = min(days)
    values = tuple(days.get(first + timedelta(days=day), 0.0) for day in range((through - first).days + 1))
    return Series(name, datetime.combine(first, time.min), timedelta(days=1), values)


def _use(series: Series | None, told: Forecast | None, spans: Sequence[Span]) -> Use:
    if series is None:
        nothing = (0.0,) * len(spans)
        return Use(points=nothing, low=nothing, high=nothing, past=(), method=t("no charges by the day"))
    past = series.values[-SHOWN_DAYS:]
    if told is None:
        weeks = len(series.values) // WEEK * WEEK
        rate = sum(series.values[-weeks:]) / (weeks or len(series.values))
        points = tuple(rate * (span.steps[1] - span.steps[0]) for span in spans)
        reach = [GUESS * abs(point) for point in points]
        low = tuple(point - far for point, far in zip(points, reach, strict=True))
        high = tuple(point + far for point, far in zip(points, reach, strict=True))
        return Use(points=points, low=low, high=high, past=past, method=t("run rate"))
    low, high = _within_reason(series, told, spans)
    return Use(
        points=told.points, low=low, high=high, past=past, method=told.method, error_share=told.error_share,
        error_windows=told.error_windows, error_steps=told.error_steps,
    )  # fmt: skip


def _within_reason(series: Series, told: Forecast, spans: Sequence[Span]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The ends of an interval; of a few weeks of history as far as levels of cost usually go, of some more no further than that."""
    usual = reaches(series.values, [span.steps for span in spans], told.error_share or 0.0)
    if usual is None or min(told.points) <= 0:
        return told.low, told.high
    low = tuple(point * less for point, (less, _) in zip(told.points, usual, strict=True))
    high = tuple(point * more for point, (_, more) in zip(told.points, usual, strict=True))
    if len(series.values) < DAYS_ALONE:
        return low, high
    return tuple(map(max, low, told.low)), tuple(map(min, high, told.high))


def reconciled(used: Sequence[Use]) -> list[Use]:
    """The whole and its parts, each moved so that the parts add up to the whole: least where an interval is narrow.

    Least squares weighted by the squared widths (Wickramasuriya, Athanasopoulos, Hyndman, JASA 2019, with a diagonal covariance).
    """
    whole, *parts = used
    moved = [[0.0] * len(whole.points) for _ in used]
    for place, point in enumerate(whole.points):
        widths = [(one.high[place] - one.low[place]) ** 2 for one in used]
        gap = point - math.fsum(one.points[place] for one in parts)
        among = math.fsum(widths)
        if among == 0 or not parts:
            moved[0][place] = -gap
            continue
        moved[0][place] = -gap * widths[0] / among
        for row, width in enumerate(widths[1:], start=1):
            moved[row][place] = gap * width / among
    return [_moved(one, by) for one, by in zip(used, moved, strict=True)]


def _moved(one: Use, by: Sequence[float]) -> Use:
    def shifted(values: Sequence[float]) -> tuple[float, ...]:
        return tuple(value + step for value, step in zip(values, by, strict=True))

    return msgspec.structs.replace(one, points=shifted(one.points), low=shifted(one.low), high=shifted(one.high))
