"""The Numenta Anomaly Benchmark's scoring (Lavin and Ahmad 2015, "Evaluating Real-Time Anomaly Detection Algorithms"; NAB v1.1).

Each labelled window counts once, by its earliest detection; a detection outside costs by how far it is behind the last window. One
threshold for the whole corpus is the best of all that occur; 0 is a detector that never speaks, 100 one that speaks first in every
window and never else. Rates are (tpWeight, fpWeight, fnWeight) of NAB's profiles.
"""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

PROBATION, PROBATION_MAX = 0.15, 750


class File(msgspec.Struct, frozen=True):
    """A series of the corpus with the first and last index of each window."""

    name: str
    times: list[str]
    values: list[float]
    windows: list[tuple[int, int]]

    @property
    def probation(self) -> int:
        """Points at the beginning that are not scored."""
        return int(min(math.floor(PROBATION * len(self.times)), PROBATION_MAX))


class Profile(msgspec.Struct, frozen=True):
    """What a found window, a false alarm and a missed window weigh."""

    tp: float
    fp: float
    fn: float


def corpus(root: Path) -> list[File]:
    """Read every series with its windows."""
    windows = json.loads((root / "labels" / "combined_windows.json").read_text())
    return [_file(root / "data" / name, name, limits) for name, limits in sorted(windows.items())]


def _file(path: Path, name: str, limits: list[list[str]]) -> File:
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    times = [row["timestamp"] for row in rows]
    index = {time: at for at, time in reversed(list(enumerate(times)))}
    spans = [(index[first.split(".")[0]], index[last.split(".")[0]]) for first, last in limits]
    return File(name, times, [float(row["value"]) for row in rows], spans)


def profiles(root: Path) -> dict[str, Profile]:
    """NAB's three application profiles."""
    read: dict[str, Any] = json.loads((root / "config" / "profiles.json").read_text())
    matrices = {name: one["CostMatrix"] for name, one in read.items()} if "CostMatrix" in next(iter(read.values())) else read
    return {name: Profile(one["tpWeight"], one["fpWeight"], one["fnWeight"]) for name, one in matrices.items()}


def sigmoid(position: float) -> float:
    """What a detection is worth by its place: -1 is a window's left edge, 0 its right edge, 1 one width after it."""
    return -1.0 if position >= 3.0 else 2.0 / (1.0 + math.exp(5.0 * position)) - 1.0


class Worth(msgspec.Struct, frozen=True):
    """What a detection at each scored point is worth: its window (-1: none) and the sigmoid, before the profile's weights."""

    window: NDArray[np.int64]
    value: NDArray[np.float64]
    start: int


def worth(file: File) -> Worth:
    """A file's windows -> the worth of a detection at each of its points after probation."""
    count = len(file.times)
    window = np.full(count, -1)
    value = np.full(count, -1.0)
    best = sigmoid(-1.0)
    for number, (first, last) in enumerate(file.windows):
        width = last - first + 1
        window[first : last + 1] = number
        value[first : last + 1] = [sigmoid(-(last - at + 1) / width) / best for at in range(first, last + 1)]
        until = file.windows[number + 1][0] if number + 1 < len(file.windows) else count
        value[last + 1 : until] = [sigmoid((at - last) / (width - 1)) for at in range(last + 1, until)]
    start = file.probation
    return Worth(window[start:], value[start:], start)


def sweep(files: Sequence[File], scores: Mapping[str, NDArray[np.float64]], profile: Profile) -> tuple[float, float]:
    """The best threshold for these files under a profile -> (threshold, sum of the scores there). A point is a detection when its
    score is at least the threshold."""
    events: list[tuple[float, float]] = []
    base = 0.0
    for file in files:
        there = worth(file)
        of_file = scores[file.name][there.start :]
        outside = there.window < 0
        events += zip(of_file[outside], profile.fp * there.value[outside], strict=True)
        for number in set(there.window[~outside].tolist()):
            base -= profile.fn
            inside = there.window == number
            events += _steps(of_file[inside], profile.tp * there.value[inside], -profile.fn)
    if not events:
        return 1.1, base
    table = np.array(events)
    table = table[np.argsort(-table[:, 0], kind="stable")]
    sums = base + np.cumsum(table[:, 1])
    last = np.append(np.diff(table[:, 0]) != 0, True)
    best = int(np.argmax(np.where(last, sums, -np.inf)))
    return (1.1, base) if sums[best] <= base else (float(table[best, 0]), float(sums[best]))


def _steps(scores: NDArray[np.float64], values: NDArray[np.float64], floor: float) -> list[tuple[float, float]]:
    """A window's gains as the threshold falls: only a detection that is worth more than the best so far adds anything."""
    steps, best = [], floor
    for at in np.lexsort((-values, -scores)):
        if values[at] > best:
            steps.append((float(scores[at]), float(values[at] - best)))
            best = float(values[at])
    return steps


def at_threshold(files: Sequence[File], scores: Mapping[str, NDArray[np.float64]], profile: Profile, threshold: float) -> float:
    """The sum of the scores of these files with a threshold that was fixed elsewhere."""
    total = 0.0
    for file in files:
        there = worth(file)
        hit = scores[file.name][there.start :] >= threshold
        total += profile.fp * float(there.value[hit & (there.window < 0)].sum())
        for number in set(there.window[there.window >= 0].tolist()):
            found = there.value[hit & (there.window == number)]
            total += max(profile.tp * float(found.max()), -profile.fn) if found.size else -profile.fn
    return total


def normalised(total: float, files: Sequence[File], profile: Profile) -> float:
    """A sum of scores on NAB's scale: 0 the null detector, 100 the perfect one."""
    windows = sum(len({number for number in worth(file).window.tolist() if number >= 0}) for file in files)
    null, perfect = -profile.fn * windows, profile.tp * windows
    return 100.0 * (total - null) / (perfect - null)
