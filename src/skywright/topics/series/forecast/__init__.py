"""Forecasts of series: what comes next, within which interval, and how far the same method was off in the past."""

from collections.abc import Sequence
from importlib.util import find_spec

from skywright.model.errors import AskHuman
from skywright.model.series import Forecast, Series
from skywright.model.words import t

COVERAGE = 0.95
"""What share of what comes an interval is meant to hold."""

Span = tuple[int, int]
"""Steps ahead, from and until before: (0, 1) is the next one."""


def forecast(
    series: Sequence[Series], horizon: int, seasons: Sequence[int] = (), coverage: float = COVERAGE
) -> tuple[Forecast, ...]:
    """What comes after each series' end, in its order: a point and an interval for each of ``horizon`` steps.

    ``seasons`` are lengths in steps (24 and 168 for hours); those that a series has not shown twice are not used for it. Series
    that are given together lend each other what they have in common. Raises BadInput for what cannot be forecast, and AskHuman
    where numpy is not installed.
    """
    return forecast_sums(series, [(step, step + 1) for step in range(horizon)], seasons, coverage)


def forecast_sums(
    series: Sequence[Series], spans: Sequence[Span], seasons: Sequence[int] = (), coverage: float = COVERAGE
) -> tuple[Forecast, ...]:
    """Like ``forecast``, of sums over spans of steps, which may overlap: the rest of a month, a month, every beginning of a month.
    Their intervals come from the errors of such sums in the past, not from those of steps."""
    if find_spec("numpy") is None:
        raise AskHuman(t("Forecasts need numpy, which is not installed."), next_step=t("Install skywright[finops]."))
    from skywright.topics.series.forecast.engine import foretell

    return foretell(series, spans, seasons, coverage)
