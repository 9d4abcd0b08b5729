"""M4 Hourly: 414 series x 48 steps against Naive2 as the competition scores it (sMAPE, MASE, OWA; MSIS and coverage of 95 %).

Makridakis, Spiliotis, Assimakopoulos, The M4 Competition: 100,000 time series and 61 forecasting methods, IJF 2020. Methods and
constants were chosen on the training part (its last 48 and 168 hours held out); the test file is read here only, to score.
MSTL with AutoETS (statsforecast) runs on the same series and is scored by the same functions where the peers' environment is there
(`peer_measured`); else its figures are constants. The competition's winner is always a constant, as published.
"""

import csv
import os
import tempfile

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # seconds of one processor, so that they can be compared

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from bench import _peers
from bench.data import data, missing
from bench.measure import measured
from skywright.model.series import Forecast, Series
from skywright.topics.series.forecast import forecast

KEYS = ("owa", "msis", "coverage")
HORIZON, SEASONS, SEASON = 48, (24, 168), 24
MSTL = {"mstl_autoets_owa": 0.604, "mstl_autoets_cpu_s": 144.0}
WINNER_OWA = 0.440  # Smyl's; M4 competition, Evaluation and Ranks
PEER_MAX_S = 900
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


def mstl(train: Path, known: list[np.ndarray], real: np.ndarray) -> dict[str, float] | None:
    """MSTL with AutoETS on the same series, scored here; None where it cannot be run."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "points.csv"
        spent = _peers.cpu_s([Path(_peers.__file__).with_name("m4.py"), train, out], PEER_MAX_S)
        if spent is None:
            return None
        points = np.loadtxt(out, delimiter=",")
    base, scale = np.array([naive2(one) for one in known]), scales(known)
    smape, mase = errors(points, real, scale)
    return {
        "mstl_autoets_owa": round(owa(points, base, real, scale), 4),
        "mstl_autoets_cpu_s": spent,
        "mstl_autoets_smape": round(smape, 3),
        "mstl_autoets_mase": round(mase, 3),
    }


def run() -> dict[str, object]:
    """The test file's score, beside the peers'."""
    if found := missing("forecast", "m4-hourly"):
        return dict(found)
    train = data("m4-hourly") / "Hourly-train.csv"
    known, real = read(train), np.array(read(data("m4-hourly") / "Hourly-test.csv"))
    result = scored(known, real)
    peer = mstl(train, known, real)
    told = peer or MSTL
    ours = float(str(result["owa"]))
    return {
        **result,
        "peer_measured": peer is not None,
        **told,
        "mstl_autoets_ratio": round(ours / told["mstl_autoets_owa"], 3),
        "mstl_autoets_cpu_ratio": round(float(str(result["cpu_s"])) / told["mstl_autoets_cpu_s"], 3),
        "m4_winner_owa": WINNER_OWA,
        "m4_winner_ratio": round(ours / WINNER_OWA, 3),
        "targets": TARGETS,
    }
