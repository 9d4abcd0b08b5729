"""Anomalies: the Numenta Anomaly Benchmark, whole (standard, low_fp), and its 17 AWS series with the threshold of the other 41.

``ms_per_point`` is CPU time of the detector alone. The scorer is checked in the same run: the windowed Gaussian detector, computed
here, must come to the score that was published for it. docs/accuracy.md says what the detector's constants were chosen on.
"""

import json
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import _nab as nab
from bench.data import data, missing
from bench.measure import measured

KEYS = ("standard", "low_fp", "aws17", "ms_per_point")
CLOUD = "realAWSCloudwatch/"
PUBLISHED = {"ARTime": "artime", "numenta": "htm", "randomCutForest": "random_cut_forest"}
Scores = Mapping[str, NDArray[np.float64]]


def run() -> dict[str, Any]:
    """Judge every point of the corpus, then score."""
    if nothing := missing("anomalies", "nab"):
        return nothing
    files = nab.corpus(data("nab"))
    with measured() as figures:
        began = time.process_time()
        scores = {file.name: judged(file) for file in files}
        spent = time.process_time() - began
    count = sum(len(file.values) for file in files)
    return {
        **figured(files, scores),
        "ms_per_point": round(1000 * spent / count, 4),
        "points": count,
        **peers(files),
        **figures,
    }


def judged(file: nab.File) -> NDArray[np.float64]:
    """A series through our detector."""
    from datetime import datetime

    from skywright.topics.series.anomaly.detector import Detector

    detector = Detector()
    times = map(datetime.fromisoformat, file.times)
    return np.array([detector.judge(at, value).score for at, value in zip(times, file.values, strict=True)])


def figured(files: Sequence[nab.File], scores: Scores) -> dict[str, Any]:
    """Every profile on the whole corpus; the standard profile on the AWS series with the threshold of the rest; by folder."""
    profiles = nab.profiles(data("nab"))
    standard = profiles["standard"]
    best = {name: nab.sweep(files, scores, profile) for name, profile in profiles.items()}
    cloud = [file for file in files if file.name.startswith(CLOUD)]
    rest = [file for file in files if not file.name.startswith(CLOUD)]
    fixed, of_rest = nab.sweep(rest, scores, standard)
    short = {"standard": "standard", "reward_low_FP_rate": "low_fp", "reward_low_FN_rate": "low_fn"}
    marks = {short[name]: round(nab.normalised(total, files, profiles[name]), 2) for name, (_, total) in best.items()}
    folders = {}
    for folder in sorted({file.name.split("/")[0] for file in files if file.windows}):
        some = [file for file in files if file.name.startswith(folder + "/")]
        total = nab.at_threshold(some, scores, standard, best["standard"][0])
        folders[folder] = round(nab.normalised(total, some, standard), 1)
    unseen = cloud[1::2]  # no choice but the last two, each between two versions, looked at them; see docs/accuracy.md
    of_unseen = nab.normalised(nab.at_threshold(unseen, scores, standard, fixed), unseen, standard)
    aws17 = nab.normalised(nab.at_threshold(cloud, scores, standard, fixed), cloud, standard)
    return {
        **marks,
        "aws17": round(aws17, 2),
        "aws_unseen8": round(of_unseen, 2),
        "other41": round(nab.normalised(of_rest, rest, standard), 2),
        "threshold": round(best["standard"][0], 4),
        "threshold_other41": round(fixed, 4),
        "by_folder": folders,
    }


def peers(files: Sequence[nab.File]) -> dict[str, Any]:
    """Published scores of others (standard profile), and the windowed Gaussian computed here against its published score."""
    root = data("nab")
    published = json.loads((root / "results" / "final_results.json").read_text())
    standard = nab.profiles(root)["standard"]
    gaussian = {file.name: windowed_gaussian(file.values) for file in files}
    ours = nab.normalised(nab.sweep(files, gaussian, standard)[1], files, standard)
    return {
        **{f"{short}_standard": round(published[name]["standard"], 2) for name, short in PUBLISHED.items()},
        "gaussian_standard": round(ours, 4),
        "gaussian_published": round(published["windowedGaussian"]["standard"], 4),
    }


def windowed_gaussian(values: Sequence[float], window: int = 6400, step: int = 100) -> NDArray[np.float64]:
    """NAB's simplest peer: how far in the tail of a Gaussian over the last 6,400 values a value lies (12 digits, as was kept)."""
    all_values = np.array(values)
    scores = np.zeros(len(values))
    first = last = waiting = 0
    mean, deviation, squares = 0.0, 1.0, 0.0
    for index, value in enumerate(values):
        if last > first:
            scores[index] = 1.0 - 0.5 * math.erfc(abs(value - mean) / deviation / math.sqrt(2))
        if last - first < window:
            last += 1
            apart = value - mean  # Welford: the window only grows, so that its sums need not be taken anew for each value
            mean += apart / last
            squares += apart * (value - mean)
            deviation = math.sqrt(squares / last) or 1e-6
            continue
        waiting += 1
        if waiting == step:
            first, last, waiting = first + step, last + step, 0
            mean, deviation = float(all_values[first:last].mean()), float(all_values[first:last].std()) or 1e-6
    return np.round(scores, 12)
