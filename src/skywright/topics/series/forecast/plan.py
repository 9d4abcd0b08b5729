"""How a series' own past is used: which seasons it can show, and where a forecast is tried on what is known already."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from skywright.topics.series.forecast.shape import Array

ORIGINS_MAX = 7
TOGETHER_MAX = 440  # series that share a model: memory is bounded
SEEN_TWICE = 2
OVERLAP = 4


class Plan(msgspec.Struct, frozen=True, order=True):
    """``seasons`` that are seen often enough; ``origins`` forecasts of ``tested`` steps are tried, ``stride`` apart, the last one
    on the newest values; ``pooled``: whether the history is long enough for a regression on lags."""

    seasons: tuple[int, ...]
    origins: int
    stride: int
    tested: int
    pooled: bool

    @property
    def apart(self) -> float:
        """How many of the forecasts that are tried do not overlap."""
        return 1 + (self.origins - 1) * self.stride / max(1, self.tested) if self.origins else 0.0

    @property
    def span(self) -> int:
        """How many of the newest values are kept from the models that are tried."""
        return self.tested + (self.origins - 1) * self.stride if self.origins else 0


def plan_of(length: int, horizon: int, seasons: Sequence[int]) -> Plan:
    """What a series of this length allows. At least a third of it is left to learn from; under three values nothing is tried.

    Forecasts that are tried overlap by three quarters at most: neighbours tell the same story."""
    seen = tuple(sorted({season for season in seasons if 1 < season <= length // SEEN_TWICE}))
    tested = min(horizon, length // 3)
    if tested < 1:
        return Plan((), 0, 1, 0, pooled=False)
    season = seen[0] if seen else max(1, tested // 2)
    stride = season * max(1, -(-tested // (OVERLAP * season)))
    origins = max(1, min(ORIGINS_MAX, 1 + (length - tested - (length + 2) // 3) // stride))
    left = length - tested - (origins - 1) * stride
    fitting = tuple(season for season in seen if SEEN_TWICE * season <= left)
    return Plan(fitting, origins, stride, tested, pooled=left >= 3 * max((*fitting, 8)))


def together(values: Sequence[Array], horizon: int, seasons: Sequence[int]) -> list[tuple[Plan, list[int]]]:
    """Series that can share a model: plan and their places, in groups of bounded size."""
    groups: defaultdict[Plan, list[int]] = defaultdict(list)
    for place, one in enumerate(values):
        groups[plan_of(len(one), horizon, seasons)].append(place)
    return [
        (plan, places[first : first + TOGETHER_MAX])
        for plan, places in sorted(groups.items())
        for first in range(0, len(places), TOGETHER_MAX)
    ]
