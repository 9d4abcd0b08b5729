"""Series for `bench unseen`: real ones on which no engine but the anomaly detector was ever measured, and made ones."""

import csv
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data import data

Numbers = NDArray[np.float64]
DAY_S = 86_400
RATE = 63.0  # requests a second in the mean of the first 60 %
KINDS = ("seasonal", "growing", "falling", "bursty", "moved away")
# name -> (folder and file of the Numenta corpus, seconds between two of its values)
REAL = {
    "taxi trips": ("realKnownCause/nyc_taxi.csv", 1800),
    "messages AAPL": ("realTweets/Twitter_volume_AAPL.csv", 300),
    "messages GOOG": ("realTweets/Twitter_volume_GOOG.csv", 300),
    "load balancer": ("realAWSCloudwatch/elb_request_count_8c0756.csv", 300),
}


def values(name: str) -> Numbers:
    """One series of the corpus, its values alone."""
    with (data("nab") / "data" / name).open(encoding="utf-8", newline="") as lines:
        return np.array([float(row["value"]) for row in csv.DictReader(lines)])


def planetlab_total() -> Numbers:
    """CPU % of all machines of PlanetLab's days, one day after another, a value every five minutes."""
    days = defaultdict(list)
    with tarfile.open(data("planetlab-vm") / "planetlab.tar.gz") as archive:
        for member in archive:
            if (file := archive.extractfile(member)) is not None and "/" in member.name:
                days[Path(member.name).parent.name].append(np.array(file.read().split(), dtype=float)[:288])
    return np.concatenate([np.sum(machines, axis=0) for _, machines in sorted(days.items())])


def requests(rates: Numbers, step_s: int, days: int, seed: int) -> Numbers:
    """Requests in each second: Poisson draws at rates that go straight from value to value, RATE in the mean of the first 60 %."""
    seconds = min(days * DAY_S, len(rates) * step_s)
    each = np.interp(np.arange(seconds), np.arange(len(rates)) * step_s, rates)
    each *= RATE / each[: int(seconds * 0.6)].mean()
    return np.random.default_rng(seed).poisson(each).astype(float)


def real_requests(days: int) -> Iterator[tuple[str, Numbers]]:
    """Real rhythms; their seconds are drawn."""
    yield "PlanetLab's CPU", requests(planetlab_total(), 300, days, 1)
    for name, (file, step_s) in REAL.items():
        yield name, requests(values(file), step_s, days, 1)


def made_requests(days: int, seed: int) -> Iterator[tuple[str, Numbers]]:
    """A daily rhythm; the same with surges at any time; with a job every hour; a level that wanders and knows no hour."""
    draw = np.random.default_rng(seed)
    minutes = np.arange(days * 1440)
    daily = 1 + 0.6 * np.sin(2 * np.pi * minutes / 1440) + 0.1 * np.sin(2 * np.pi * minutes / 10080)
    surges = np.ones(len(minutes))
    for begin in draw.integers(0, len(minutes), 2 * days):
        length = int(draw.exponential(20)) + 5
        surges[begin : begin + length] += draw.exponential(1.5) * np.exp(-np.arange(len(surges[begin : begin + length])) / 15)
    jobs = 1 + 1.0 * (minutes % 60 < 4)
    walk = np.exp(np.cumsum(draw.normal(0, 0.01, len(minutes))))
    for name, rates in {"daily": daily, "surges": daily * surges, "hourly jobs": daily * jobs, "wandering": walk}.items():
        yield name, requests(rates, 60, days, seed)


def real_demand() -> Iterator[tuple[str, Numbers]]:
    """Hourly means in whole units, 30 at the highest of the first week."""
    for name, (file, step_s) in REAL.items():
        each = 3600 // step_s
        series = values(file)
        hourly = series[: len(series) // each * each].reshape(-1, each).mean(axis=1)
        yield name, np.ceil(30 * hourly / hourly[:168].max())


def made_demand(kind: str, hours: int, seed: int) -> Numbers:
    """Whole units in each hour: a daily and weekly rhythm over a level that wanders a little, and what ``kind`` says."""
    draw = np.random.default_rng(seed)
    hour = np.arange(hours)
    level = 20 * np.exp(np.cumsum(draw.normal(0, 0.01, hours)))
    weekday = np.where(hour // 24 % 7 < 5, 1.0, 0.7)
    rhythm = weekday * (1 + 0.35 * np.sin(2 * np.pi * (hour - 8) / 24))
    match kind:
        case "seasonal":
            change = np.ones(hours)
        case "growing":
            change = 1 + 1.5 * hour / hours
        case "falling":
            change = 1 - 0.8 * hour / hours
        case "moved away":
            change = np.where(hour < hours * draw.uniform(0.3, 0.7), 1.0, 0.3)
        case _:
            change = 0.3 + 3 * (draw.random(hours // 6 + 1) < 0.1).repeat(6)[:hours]
    return np.ceil(np.maximum(level * rhythm * change * draw.lognormal(0, 0.1, hours), 0))
