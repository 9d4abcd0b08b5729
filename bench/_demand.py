"""Hourly demand in units, made from traces: fixed before anything was measured on it."""

import csv
import tarfile
from collections import defaultdict

import numpy as np

from bench.data import data

WEB_UNIT = {"nasa": 0.1, "twitter": 5.0}  # requests a second that one unit serves: tens of units at peak
NODE_CPUS = 32


def demands() -> dict[str, np.ndarray]:
    """Trace -> whole units in each hour, for the traces that are there."""
    found = {}
    for name, unit in WEB_UNIT.items():
        if (path := data("web-traces") / f"{name}_rps.txt.gz").exists():
            found[name] = np.ceil(_hourly(np.loadtxt(path), 3600) / unit)
    if (path := data("planetlab-vm") / "planetlab.tar.gz").exists():
        found["planetlab"] = np.ceil(_planetlab(path) / 100)
    if (path := data("openb") / "openb_pod_list_default.csv").exists():
        found["openb"] = np.ceil(_openb(path) / NODE_CPUS)
    return found


def _hourly(values: np.ndarray, steps: int) -> np.ndarray:
    hours = len(values) // steps
    return values[: hours * steps].reshape(hours, steps).mean(axis=1)


def _planetlab(path) -> np.ndarray:
    """The days one after another: CPU % of all machines of a day, each hour's mean. 100 % is a unit."""
    days = defaultdict(list)
    with tarfile.open(path) as archive:
        for member in archive:
            if (file := archive.extractfile(member)) is not None and "/" in member.name:
                days[member.name.split("/")[-2]].append(np.array(file.read().split(), dtype=float)[:288])
    return np.concatenate([_hourly(np.sum(machines, axis=0), 12) for _, machines in sorted(days.items())])


def _openb(path) -> np.ndarray:
    """CPUs that pods ask for in each hour that they touch, from creation to deletion."""
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    last = max(int(row["deletion_time"]) for row in rows) // 3600
    change = np.zeros(last + 3)
    for row in rows:
        first, end = int(row["creation_time"]) // 3600, -(-int(row["deletion_time"]) // 3600)
        change[first] += int(row["cpu_milli"]) / 1000
        change[end] -= int(row["cpu_milli"]) / 1000
    return np.cumsum(change)[:last]
