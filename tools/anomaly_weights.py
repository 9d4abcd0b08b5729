"""Fit how the anomaly detector weighs its evidence, on the 41 series of the Numenta benchmark that are not a cloud's.

A logistic regression over the points that top their episode. Each labelled window weighs as much as finding it gains, shared among
its points by strength; each point outside as much as a false alarm costs there (NAB's standard profile). The penalty is one half of
the squared standardised weights. Printed: the weights to write down, and what files score that were left out of the fit (ten folds,
four shuffles). Run it as `python -m tools.anomaly_weights`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
import numpy as np
from bench import _nab as nab
from bench.anomalies import CLOUD
from bench.data import data
from numpy.typing import NDArray

from skywright.topics.series.anomaly.detector import Detector, Evidence

PROFILE = "standard"
_RIDGE, _NEWTON, _FOLDS, _SHUFFLES = 1.0, 30, 10, 4
Array = NDArray[np.float64]


class Sample(msgspec.Struct, frozen=True):
    """A file's points with evidence (n x 5): whether they lie in a window, and what each weighs in the fit (0: probation)."""

    file: nab.File
    index: NDArray[np.int64]
    evidence: Array
    found: NDArray[np.bool_]
    weight: Array


def sample(file: nab.File, profile: nab.Profile) -> Sample:
    """A file through the detector -> its sample."""
    detector, index, evidence = Detector(), [], []
    for at, (time, value) in enumerate(zip(map(datetime.fromisoformat, file.times), file.values, strict=True)):
        one = detector.evidence(time, value, detector.clock.expect(time))
        if one is not None:
            index.append(at)
            evidence.append(msgspec.structs.astuple(one))
    places, sizes = np.array(index, dtype=np.int64), np.array(evidence, dtype=np.float64).reshape(len(index), 5)
    there = nab.worth(file)
    window, worth = np.full(len(file.times), -1), np.zeros(len(file.times))
    window[there.start :], worth[there.start :] = there.window, there.value
    inside, weight = window[places], profile.fp * np.abs(worth[places])
    strength = np.expm1(sizes[:, 0])
    for number in set(inside[inside >= 0].tolist()):
        of_window = inside == number
        share = np.exp(strength[of_window] - strength[of_window].max())
        weight[of_window] = (profile.tp * 0.9 + profile.fn) * share / share.sum()
    weight[places < there.start] = 0.0
    return Sample(file, places, sizes, inside >= 0, weight)


def fitted(samples: Sequence[Sample]) -> Array:
    """Samples -> weights of the evidence and the bias (6), by Newton's method."""
    sizes = np.vstack([one.evidence[one.weight > 0] for one in samples])
    found = np.concatenate([one.found[one.weight > 0] for one in samples])
    weight = np.concatenate([one.weight[one.weight > 0] for one in samples])
    middle, spread = sizes.mean(axis=0), sizes.std(axis=0)
    design = np.column_stack([(sizes - middle) / spread, np.ones(len(sizes))])
    penalty = np.diag([_RIDGE] * sizes.shape[1] + [0.0])
    beta = np.zeros(design.shape[1])
    for _ in range(_NEWTON):
        odds = 1.0 / (1.0 + np.exp(-design @ beta))
        slope = design.T @ (weight * (found - odds)) - penalty @ beta
        curve = (design * (weight * odds * (1.0 - odds))[:, None]).T @ design + penalty
        beta += np.linalg.solve(curve, slope)
    return np.append(beta[:-1] / spread, beta[-1] - (beta[:-1] / spread) @ middle)


def scored(samples: Sequence[Sample], weights: Array) -> dict[str, Array]:
    """Every point's score by weights (0 where nothing was weighed)."""
    scores = {}
    for one in samples:
        scores[one.file.name] = np.zeros(len(one.file.times))
        scores[one.file.name][one.index] = 1.0 / (1.0 + np.exp(-one.evidence @ weights[:-1] - weights[-1]))
    return scores


def best(files: Sequence[nab.File], scores: Mapping[str, Array], profile: nab.Profile) -> float:
    """The normalised score of files at their best threshold."""
    return nab.normalised(nab.sweep(files, scores, profile)[1], files, profile)


def left_out(samples: Sequence[Sample], profile: nab.Profile, seed: int) -> float:
    """What files score that the fit did not see."""
    order, scores = np.random.default_rng(seed).permutation(len(samples)), {}
    for fold in range(_FOLDS):
        out = set(order[fold::_FOLDS].tolist())
        weights = fitted([one for at, one in enumerate(samples) if at not in out])
        scores.update(scored([samples[at] for at in out], weights))
    return best([one.file for one in samples], scores, profile)


def main() -> None:
    profile = nab.profiles(data("nab"))[PROFILE]
    samples = [sample(file, profile) for file in nab.corpus(data("nab")) if not file.name.startswith(CLOUD)]
    weights = fitted(samples)
    print(dict(zip([*Evidence.__struct_fields__, "bias"], weights.round(2).tolist(), strict=True)))
    print("fitted:", round(best([one.file for one in samples], scored(samples, weights), profile), 2))
    print("left out:", [round(left_out(samples, profile, seed), 2) for seed in range(_SHUFFLES)])


if __name__ == "__main__":
    main()
