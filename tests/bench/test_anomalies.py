"""The Numenta benchmark's scoring is done as it is published: by its own values, by hand, and by a peer's published score."""

import json
import math

import numpy as np
import pytest
from bench import _nab as nab
from bench.anomalies import windowed_gaussian
from bench.data import data

STANDARD = nab.Profile(1.0, 0.11, 1.0)


def series(count: int, *windows: tuple[int, int], name: str = "x/y.csv") -> nab.File:
    return nab.File(name, [str(index) for index in range(count)], [0.0] * count, list(windows))


def hits(file: nab.File, *points: int) -> dict[str, np.ndarray]:
    scores = np.zeros(len(file.times))
    scores[list(points)] = 1.0
    return {file.name: scores}


@pytest.mark.parametrize(
    ("position", "value"),
    [(-1.0, 0.98661), (-0.5, 0.84828), (0.0, 0.0), (1.0, -0.98661), (2.9, -0.9999990), (3.0, -1.0), (50.0, -1.0)],
)
def test_the_sigmoid_has_its_published_values(position: float, value: float) -> None:
    assert nab.sigmoid(position) == pytest.approx(value, abs=1e-5)


def test_a_file_by_hand() -> None:
    file = series(1000, (400, 499))
    assert file.probation == 150
    assert series(20000).probation == 750
    first = nab.at_threshold([file], hits(file, 400), STANDARD, 0.5)
    assert first == pytest.approx(1.0)
    middle = (2 / (1 + math.exp(5 * -0.5)) - 1) / nab.sigmoid(-1.0)
    assert nab.at_threshold([file], hits(file, 450, 470), STANDARD, 0.5) == pytest.approx(middle)
    far, near, inside_probation = 300, 519, 20
    just_after = 0.11 * (2 / (1 + math.exp(5 * 20 / 99)) - 1)
    assert nab.at_threshold([file], hits(file, far), STANDARD, 0.5) == pytest.approx(-1.11)
    assert nab.at_threshold([file], hits(file, near), STANDARD, 0.5) == pytest.approx(-1 + just_after)
    assert nab.at_threshold([file], hits(file, inside_probation), STANDARD, 0.5) == -1.0


def test_nothing_said_is_0_and_everything_at_once_is_100() -> None:
    files = [series(1000, (400, 499), (700, 750), name="a"), series(2000, (900, 1000), name="b"), series(900, name="c")]
    nothing = {file.name: np.zeros(len(file.times)) for file in files}
    perfect = {file.name: hits(file, *(first for first, _ in file.windows))[file.name] for file in files}
    for profile in (STANDARD, nab.Profile(1.0, 0.22, 1.0), nab.Profile(1.0, 0.11, 2.0)):
        assert nab.normalised(nab.at_threshold(files, nothing, profile, 0.5), files, profile) == 0.0
        threshold, total = nab.sweep(files, perfect, profile)
        assert (threshold, nab.normalised(total, files, profile)) == (1.0, pytest.approx(100.0))


def test_the_sweep_finds_the_best_of_all_thresholds() -> None:
    rng = np.random.default_rng(3)
    files = [series(600, (200, 260), (400, 440), name="a"), series(500, (300, 330), name="b")]
    scores = {file.name: np.round(rng.random(len(file.times)) ** 3, 2) for file in files}
    for file in files:
        for first, last in file.windows:
            scores[file.name][(first + last) // 2] = 1.5
    best = max(
        nab.at_threshold(files, scores, STANDARD, threshold) for threshold in [*np.unique([*scores["a"], *scores["b"]]), 2.0]
    )
    threshold, total = nab.sweep(files, scores, STANDARD)
    assert total == pytest.approx(best)
    assert nab.at_threshold(files, scores, STANDARD, threshold) == pytest.approx(best)


@pytest.mark.skipif(not data("nab").exists(), reason="the Numenta benchmark's data are not there")
def test_a_peer_comes_to_its_published_score_in_every_profile() -> None:
    files = nab.corpus(data("nab"))
    scores = {file.name: windowed_gaussian(file.values) for file in files}
    published = json.loads((data("nab") / "results" / "final_results.json").read_text())["windowedGaussian"]
    for name, profile in nab.profiles(data("nab")).items():
        assert nab.normalised(nab.sweep(files, scores, profile)[1], files, profile) == pytest.approx(published[name], abs=1e-6)
