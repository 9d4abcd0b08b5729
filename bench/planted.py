"""Planted surprises: how many of each kind the anomaly detector finds in real telemetry, and how often it speaks besides.

Found: an alarm (a score of at least ``ALARM``, what the command shows) between the surprise's beginning and two hours after its
end. False: any other from the first 15 % on, but those of a day after a surprise. Some kinds cannot be seen in some series: a
dropout of what is mostly 0, a stuck value of what hardly moves.
"""

import time
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import _planted as planted
from bench.data import missing
from bench.measure import measured

KEYS = ("found_pct", "false_per_1000")
_AFTER, _ECHO, _LEARNING = 24, planted.DAY, 0.15


def run() -> dict[str, Any]:
    """Judge every series, count by kind and by base."""
    for folder in ("planetlab-vm", "web-traces"):
        if nothing := missing("planted", folder):
            return nothing
    made = list(planted.series(planted.telemetry()))
    with measured() as figures:
        began = time.process_time()
        alarms = [alarmed(one.values) for one in made]
        spent = time.process_time() - began
    hits = [found(one, at) for one, at in zip(made, alarms, strict=True)]
    wrong = [false(one, at) for one, at in zip(made, alarms, strict=True)]
    points = [len(one.values) for one in made]
    kinds, bases = [one.kind for one in made], [one.base for one in made]
    return {
        "found_pct": round(100 * sum(hits) / len(hits), 1),
        "false_per_1000": round(1000 * sum(wrong) / sum(points), 2),
        "found_by_kind": {kind: f"{_sum(hits, kinds, kind)} of {kinds.count(kind)}" for kind in planted.KINDS},
        "found_by_base": {base: f"{_sum(hits, bases, base)} of {bases.count(base)}" for base in planted.BASES},
        "false_per_1000_by_base": {
            base: round(1000 * _sum(wrong, bases, base) / _sum(points, bases, base), 2) for base in planted.BASES
        },
        "ms_per_point": round(1000 * spent / sum(points), 4),
        **figures,
    }


def _sum(counts: list[int], names: list[str], wanted: str) -> int:
    return sum(count for count, name in zip(counts, names, strict=True) if name == wanted)


def alarmed(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """A series -> the points at which the detector speaks."""
    from skywright.topics.series.anomaly.detector import Detector
    from skywright.topics.series.anomaly.watch import ALARM

    detector, begin, step = Detector(), datetime(2026, 3, 2), timedelta(minutes=5)
    scores = [detector.judge(begin + index * step, value).score for index, value in enumerate(values.tolist())]
    return np.flatnonzero(np.array(scores) >= ALARM)


def found(one: planted.Planted, alarms: NDArray[np.int64]) -> int:
    """1 where an alarm comes in time."""
    return int(((alarms >= one.begin) & (alarms < one.end + _AFTER)).any())


def false(one: planted.Planted, alarms: NDArray[np.int64]) -> int:
    """How many alarms nothing was planted for."""
    near = (alarms >= one.begin) & (alarms < one.end + _ECHO)
    return int((~near & (alarms >= _LEARNING * len(one.values))).sum())
