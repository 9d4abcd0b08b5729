"""M4 Hourly: 414 series x 48 steps against Naive2 as the competition scores it (sMAPE, MASE, OWA; MSIS and coverage of 95 %).

Makridakis, Spiliotis, Assimakopoulos, The M4 Competition: 100,000 time series and 61 forecasting methods, IJF 2020. Methods and
constants were chosen on the training part (its last 48 and 168 hours held out); the test file is read here only, to score.
"""

import csv
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # seconds of one processor, so that they can be compared

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from bench.data import data, missing
from bench.measure import measured
from skywright.model.series import Forecast, Series
from skywright.topics.series.forecast import forecast

HORIZON, SEASONS, SEASON = 48, (24, 168), 24
PEERS = {"mstl_autoets_owa": 0.604, "m4_winner_owa": 0.440}
TARGETS = {"owa": 0.60, "owa_stretch": 0.484, "msis": 7.5, "coverage": (0.93, 0.97), "cpu_s": 144}


def read(path: Path) -> list[np.ndarray]:
    """A file of the competition: a row a series."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    return [np.array([float(cell) for cell in row[1:] if cell]) for row in rows]


def seasonal(values: np.ndarray) -> bool:
    """The competition's 90 % test of seasonality on the autocorrelation at lag 24."""
    count = len(values)
    if count < 3 * SEASON:
        return False
    centred = values - values.mean()
    own = (centred * centred).sum()
    correlations = np.array([(centred[: count - lag] * centred[lag:]).sum() / own for lag in range(1, SEASON + 1)])
    limit = 1.645 / np.sqrt(count) * np.sqrt(1 + 2 * (correlations[:-1] ** 2).sum())
    return bool(abs(correlations[-1]) > limit)


def naive2(values: np.ndarray) -> np.ndarray:
    """The last value, seasonally adjusted by classical multiplicative decomposition where the test finds a season."""
    if not seasonal(values):
        return np.full(HORIZON, values[-1])
    count, half = len(values), SEASON // 2
    trend = np.full(count, np.nan)
    trend[half : count - half] = np.convolve(values, np.r_[0.5, np.ones(SEASON - 1), 0.5] / SEASON, "valid")
    profile = np.array([np.nanmean((values / trend)[place::SEASON]) for place in range(SEASON)])
    profile /= profile.mean()
    adjusted = values / profile[np.arange(count) % SEASON]
    return adjusted[-1] * profile[(count + np.arange(HORIZON)) % SEASON]


def run_rate(values: np.ndarray) -> np.ndarray:
    """What cost tools do: the mean of the last week goes on."""
    return np.full(HORIZON, values[-168:].mean())


def scales(known: list[np.ndarray]) -> np.ndarray:
    """MASE's: the mean absolute change over a day, of the training part."""
    return np.array([np.abs(one[SEASON:] - one[:-SEASON]).mean() for one in known])


def errors(points: np.ndarray, real: np.ndarray, scale: np.ndarray) -> tuple[float, float]:
    """sMAPE (percent) and MASE, means over the series."""
    off = np.abs(points - real)
    smape = 200 * (off / (np.abs(points) + np.abs(real))).mean(axis=1)
    return float(smape.mean()), float((off.mean(axis=1) / scale).mean())


def owa(points: np.ndarray, base: np.ndarray, real: np.ndarray, scale: np.ndarray) -> float:
    """The mean of sMAPE and MASE over Naive2's."""
    return float(
        np.mean([ours / theirs for ours, theirs in zip(errors(points, real, scale), errors(base, real, scale), strict=True)])
    )


def msis(told: tuple[Forecast, ...], real: np.ndarray, scale: np.ndarray) -> tuple[float, float]:
    """Mean scaled interval score of 95 % (Gneiting and Raftery, JASA 2007), and the share of values inside."""
    low, high = np.array([one.low for one in told]), np.array([one.high for one in told])
    penalty = 2 / 0.05 * (np.maximum(low - real, 0) + np.maximum(real - high, 0))
    score = ((high - low + penalty) / scale[:, None]).mean()
    return float(score), float(((real >= low) & (real <= high)).mean())


def asked(known: list[np.ndarray]) -> list[Series]:
    """The series as the engine takes them."""
    start, hour = datetime(2000, 1, 1), timedelta(hours=1)
    return [Series(f"H{place + 1}", start, hour, tuple(one.tolist())) for place, one in enumerate(known)]


def scored(known: list[np.ndarray], real: np.ndarray) -> dict[str, object]:
    """Forecast what comes after ``known`` and score it."""
    series = asked(known)
    with measured() as figures:
        told = forecast(series, HORIZON, SEASONS)
    points, base, scale = np.array([one.points for one in told]), np.array([naive2(one) for one in known]), scales(known)
    smape, mase = errors(points, real, scale)
    interval, inside = msis(told, real, scale)
    base_errors = errors(base, real, scale)
    shares = [one.error_share for one in told if one.error_share is not None]
    return {
        **figures,
        "owa": round(owa(points, base, real, scale), 4),
        "msis": round(interval, 4),
        "coverage": round(inside, 4),
        "smape": round(smape, 3),
        "mase": round(mase, 3),
        "naive2_smape": round(base_errors[0], 3),
        "naive2_mase": round(base_errors[1], 3),
        "run_rate_owa": round(owa(np.array([run_rate(one) for one in known]), base, real, scale), 4),
        "seasonal_naive_owa": round(owa(np.array([np.resize(one[-SEASON:], HORIZON) for one in known]), base, real, scale), 4),
        "back_test_error_share": round(float(np.mean(shares)), 4),
        "series": len(known),
    }


def run() -> dict[str, object]:
    """The test file's score, beside the peers'."""
    if found := missing("forecast", "m4-hourly"):
        return dict(found)
    folder = data("m4-hourly")
    result = scored(read(folder / "Hourly-train.csv"), np.array(read(folder / "Hourly-test.csv")))
    ratios = {name.replace("_owa", "_ratio"): round(float(str(result["owa"])) / peer, 3) for name, peer in PEERS.items()}
    return {**result, **PEERS, **ratios, "targets": TARGETS}
