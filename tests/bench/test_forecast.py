"""The M4 scoring is the competition's: Naive2's published figures come out to the last digit that was published."""

import numpy as np
import pytest
from bench.data import data
from bench.forecast import errors, naive2, owa, read, scales, seasonal

FOLDER = data("m4-hourly")


@pytest.mark.skipif(not FOLDER.exists(), reason="the M4 data are not there (SKYWRIGHT_DATA)")
def test_naive2_scores_as_published():
    """18.383 and 2.395: M4 competition, Evaluation and Ranks, Hourly."""
    known, real = read(FOLDER / "Hourly-train.csv"), np.array(read(FOLDER / "Hourly-test.csv"))
    base = np.array([naive2(one) for one in known])
    smape, mase = errors(base, real, scales(known))
    assert (round(smape, 3), round(mase, 3)) == (18.383, 2.395)
    assert owa(base, base, real, scales(known)) == 1.0


def test_a_season_is_found_where_there_is_one():
    draw = np.random.default_rng(1)
    noise = draw.normal(size=480)
    assert seasonal(10 + np.sin(np.arange(480) * 2 * np.pi / 24) + 0.1 * noise)
    assert not seasonal(noise[:71])  # under three seasons nothing is said
    assert not seasonal(np.random.default_rng(3).normal(size=480))
