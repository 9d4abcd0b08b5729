"""Series for `bench planted`: real telemetry of machines and services, five minutes a point, with one surprise planted in each.

Real are the CPU % of PlanetLab's machines and the requests of two web services; made are their sums and what is planted. What was
odd in them before is not known, and counts as usual. Nothing in the detector was fitted to them.
"""

import tarfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.data import data

Numbers = NDArray[np.float64]
DAY, DAYS = 288, 5
SEED, EACH = 20, 16
LENGTH = 2600
BASES = ("machine", "fleet", "requests", "cpu", "jobs")
KINDS = ("burst", "shift up", "shift down", "dropout", "stuck", "noise", "leak", "unusual hour")


class Planted(msgspec.Struct, frozen=True):
    """A series with its surprise: where it begins and the first point after it."""

    base: str
    kind: str
    values: Numbers
    begin: int
    end: int


class Telemetry(msgspec.Struct, frozen=True):
    """What the series are made of: machines over five days, and requests in each five minutes of two services."""

    machines: list[Numbers]
    services: list[Numbers]


def telemetry() -> Telemetry:
    """Read the machines that were seen on all five days and did something, and the services."""
    from skywright.adapters.columns import read_numbers

    days: dict[str, dict[str, bytes]] = defaultdict(dict)
    with tarfile.open(data("planetlab-vm") / "planetlab.tar.gz") as archive:
        for member in archive:
            if (file := archive.extractfile(member)) is not None and "/" in member.name:
                days[Path(member.name).name][Path(member.name).parent.name] = file.read()
    parts = [[text for _, text in sorted(of.items())] for _, of in sorted(days.items()) if len(of) == DAYS]
    whole = [np.concatenate([np.array(text.split(), dtype=float)[:DAY] for text in texts]) for texts in parts]
    busy = [one for one in whole if one.std() > 0.4 and (one == 0).mean() < 0.7]
    rates = [np.asarray(read_numbers(data("web-traces") / f"{name}_rps.txt.gz"), dtype=float) for name in ("twitter", "nasa")]
    return Telemetry(busy, [rate[: len(rate) // 300 * 300].reshape(-1, 300).sum(axis=1) for rate in rates])


def series(read: Telemetry) -> Iterator[Planted]:
    """``EACH`` series of each base; the kinds take turns, so that each comes twice on each base."""
    for row, base in enumerate(BASES):
        for number in range(EACH):
            draw = np.random.default_rng([SEED, row, number])
            values = _base(base, read, draw)
            kind = KINDS[number % len(KINDS)]
            at = int(draw.integers(int(0.4 * len(values)), int(0.85 * len(values))))
            yield _planted(base, kind, values, at, draw)


def _base(base: str, read: Telemetry, draw: np.random.Generator) -> Numbers:
    """Telemetry without a surprise of ours."""
    match base:
        case "machine":
            return _machines(read, draw, 1).round(2)
        case "fleet":
            return _machines(read, draw, int(draw.integers(4, 30))).round(2)
        case "requests":
            return _requests(read, draw)
        case "cpu":
            load = _requests(read, draw)
            own = np.resize(_machines(read, draw, 3), LENGTH)
            return (2 + 20 * load / np.quantile(load, 0.99) + 0.5 * own).round(2)
        case _:
            own = np.resize(_machines(read, draw, 8), LENGTH)
            job = np.zeros(LENGTH)
            for at in range(int(draw.integers(0, DAY)), LENGTH, int(draw.choice([12, DAY // 2, DAY]))):
                job[at : at + int(draw.integers(1, 4))] = draw.normal(40, 3)
            return (own + job).round(2)


def _machines(read: Telemetry, draw: np.random.Generator, count: int) -> Numbers:
    """The mean of some machines."""
    chosen = draw.choice(len(read.machines), count, replace=False)
    mean: Numbers = np.mean([read.machines[one] for one in chosen], axis=0)
    return mean


def _requests(read: Telemetry, draw: np.random.Generator) -> Numbers:
    """Nine days of a service, all of its requests or those of a smaller one."""
    service = read.services[int(draw.integers(0, len(read.services)))]
    first = int(draw.integers(0, len(service) - LENGTH))
    return draw.binomial(service[first : first + LENGTH].astype(int), float(draw.choice([1, 0.3, 0.05]))).astype(float)


def _planted(base: str, kind: str, values: Numbers, at: int, draw: np.random.Generator) -> Planted:
    """The same series with a surprise at a place; how large is measured by the range that holds 96 % of what was before."""
    before = values[:at]
    low, high = np.quantile(before, [0.02, 0.98])
    wide = max(float(high - low), 1e-9)
    if kind == "unusual hour":
        at = at // DAY * DAY + _quietest(before)
    long = {"burst": (1, 12), "dropout": (3, 30), "unusual hour": (3, 18)}.get(kind, (60, 200))
    end = min(len(values), at + int(draw.integers(*long)))
    size, part = wide * draw.uniform(0.8, 2), values[at:end]
    match kind:
        case "burst":
            part += before.max() - np.median(before) + size
        case "shift up":
            part += size
        case "shift down":
            part[:] = np.maximum(0, part - size)
        case "dropout":
            part[:] = 0
        case "stuck":
            part[:] = values[at - 1]
        case "noise":
            part += size * np.abs(draw.normal(size=len(part)))
        case "leak":
            part += np.linspace(0, 1.5 * size, len(part))
        case _:
            part[:] = np.maximum(part, high * draw.uniform(0.9, 1.1))
    return Planted(base, kind, values, at, end)


def _quietest(before: Numbers) -> int:
    """The first point of the hour of the day that was lowest so far."""
    hours = np.arange(len(before)) % DAY // 12
    return 12 * int(np.argmin([np.quantile(before[hours == hour], 0.9) for hour in range(24)]))
