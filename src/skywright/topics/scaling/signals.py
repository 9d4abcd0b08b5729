"""What is known of demand at each tick -> how high it is, how it moves, and since when: the contexts that forecasts are learned in.

Every number at a tick is made of demand before the tick, less the metrics' delay.
"""

from typing import TYPE_CHECKING

import msgspec

from skywright.topics.scaling.simulate import Setup, recent_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ticks = NDArray[np.float64]
    Cells = NDArray[np.int64]

SLOW_S = 1800
PEAK_S = 300
DAY_S = 86_400
CLOCKS_S = (1800, 7200)
REGIME_EDGES = (0.3, 0.7, 0.9, 1.1, 1.4, 2.0, 3.5)
SLOPE_EDGES = (0.7, 0.9, 1.1, 1.4, 2.0)
SURGE = 1.6
"""Demand this many times its half-hour median is a surge (beside what chance would do)."""
QUIET_S = 240
"""A surge is a new one after this long without."""
AGES = 80
HEIGHTS = 40
SLOTS = 8
FLOOR_SHARE = 0.02
FLOOR_PODS = 0.25
"""Levels below this share of the day's mean, or of a pod, are taken for it."""


class Levels(msgspec.Struct, frozen=True):
    """Demand in requests a second at each tick: means of the last tick, 60 s, 180 s and day, the median tick of half an hour,
    the highest tick of five minutes."""

    now: "Ticks"
    minute: "Ticks"
    minutes: "Ticks"
    slow: "Ticks"
    day: "Ticks"
    peak: "Ticks"


class Context(msgspec.Struct, frozen=True):
    """One way to sort ticks: the cell that each belongs to, and the level (its logarithm) that demand is measured against there."""

    name: str
    cells: "Cells"
    against: "Ticks"


def levels(demand: "Ticks", setup: Setup) -> Levels:
    """Demand -> its levels at each tick."""
    import numpy as np

    now = recent_mean(demand, setup, setup.sync_s)
    half_hour = max(SLOW_S // setup.sync_s, 2)
    return Levels(
        now=now,
        minute=recent_mean(demand, setup, 60),
        minutes=recent_mean(demand, setup, 180),
        slow=np.median(_windows(now, half_hour)[:, :: max(half_hour // 30, 1)], axis=1),
        day=recent_mean(demand, setup, DAY_S),
        peak=_windows(now, max(PEAK_S // setup.sync_s, 1)).max(axis=1),
    )


def _windows(values: "Ticks", width: int) -> "Ticks":
    """The last ``width`` values at each tick, a row a tick; the first value stands for those before it."""
    import numpy as np

    padded = np.concatenate((np.full(width - 1, values[0]), values))
    found: Ticks = np.lib.stride_tricks.sliding_window_view(padded, width)
    return found


def contexts(at: Levels, setup: Setup) -> list[Context]:
    """Levels -> the contexts, the plainest first (the others have to prove themselves against it)."""
    import numpy as np

    count = len(at.now)
    lowest = setup.pod_capacity * FLOOR_PODS
    floor = np.maximum(at.day * FLOOR_SHARE, lowest)
    now, minute, minutes, slow, day, peak = (
        np.log(np.maximum(one, floor)) for one in (at.now, at.minute, at.minutes, at.slow, at.day, at.peak)
    )
    regime = np.digitize(now - slow, np.log(REGIME_EDGES))
    slope, slopes = np.digitize(now - minute, np.log(SLOPE_EDGES)), len(SLOPE_EDGES) + 1
    surging = surges(at, setup)
    onset = last_onset(surging, setup)
    age = np.clip(np.arange(count) - onset, 0, AGES)
    hot = (surging | (regime > REGIME_EDGES.index(1.4))).astype(np.int64)
    height = _steps(minute - np.log(lowest), 0.7)
    found = [
        Context("height", height, minute),
        Context("height, smooth", height * slopes + slope, minutes),
        Context("height of peaks", _steps(peak - np.log(lowest), 0.5), peak),
        Context("moves", regime * slopes + slope, minute),
        Context("moves, now", regime * slopes + slope, now),
        Context("moves, whole", regime * slopes + slope, day),
        Context("age of a surge", age * slopes + slope, now),
    ]
    seconds = np.arange(count) * setup.sync_s
    for clock in CLOCKS_S:
        phase = seconds % clock // setup.sync_s
        since = np.clip(seconds // clock - onset * setup.sync_s // clock, 0, SLOTS - 1)
        rhythm = (phase * SLOTS + since) * 2 + hot
        found += [
            Context(f"{clock} s", phase * 2 + hot, minute),
            Context(f"{clock} s, surges", rhythm, minute),
            Context(f"{clock} s, surges, slow", rhythm, slow),
        ]
    today = seconds % DAY_S // setup.sync_s * 2 + hot
    return [*found, Context("day", today, minute), Context("day, whole", today, day)]


def _steps(logarithm: "Ticks", width: float) -> "Cells":
    """Logarithms from 0 -> classes of a width."""
    import numpy as np

    found: Cells = np.clip(np.round(logarithm / width), 0, HEIGHTS).astype(np.int64)
    return found


def surges(at: Levels, setup: Setup) -> "NDArray[np.bool_]":
    """Whether demand is far above its half-hour median at each tick, further than chance takes it (four Poisson deviations)."""
    import numpy as np

    chance = 4.0 * np.sqrt(at.slow / setup.sync_s) + 0.01 * at.day
    found: NDArray[np.bool_] = (at.now > SURGE * at.slow) & (at.now > at.slow + chance)
    return found


def last_onset(surging: "NDArray[np.bool_]", setup: Setup) -> "Cells":
    """The tick at which the last surge began, at each tick; far in the past before the first."""
    import numpy as np

    ticks = np.arange(len(surging))
    long_ago = -(10**6)
    last = np.maximum.accumulate(np.where(surging, ticks, long_ago))
    before = np.concatenate(([long_ago], last[:-1]))
    begins = surging & (ticks - before > QUIET_S // setup.sync_s)
    found: Cells = np.maximum.accumulate(np.where(begins, ticks, long_ago))
    return found
