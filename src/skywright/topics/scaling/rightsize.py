"""Series of usage -> what sizes would have been set, step by step without looking ahead, and how tight and how safe they were."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from skywright.model.series import Series
from skywright.topics.scaling.size_rules import VPA_FIRST_CORES, DecayingHistogram, peak_rule
from skywright.topics.scaling.sizing import Fleet, Recommendation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GAIN = 0.2
STEER_MAX = 4.0


class Table(msgspec.Struct, frozen=True):
    """Series on one clock: ``values`` is series x time, nan where there is no sample; ``step_h`` hours apart."""

    names: tuple[str, ...]
    values: "Floats"
    step_h: float


class Sized(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one way to size over the scored samples. ``slack_pct``: the share of what was recommended that was not used;
    ``slack_mean``: recommended minus used, in the usage's unit; ``over_pct``: samples above the size; ``worst_over_pct``: the same
    for the series at the 95th percentile; ``size_mean`` in the usage's unit."""

    method: str
    slack_pct: float
    slack_mean: float
    over_pct: float
    worst_over_pct: float
    size_mean: float


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """All ways side by side. ``at_vpa`` and ``at_peak`` are ours at the risk that those rules ran before the scored part."""

    series: int
    samples: int
    scored: int
    ours: Sized
    vpa: Sized
    peak: Sized
    at_vpa: Sized
    at_peak: Sized
    sizes: tuple[Recommendation, ...]


class _Tally:
    """Adds up what a way to size came to."""

    def __init__(self, count: int) -> None:
        import numpy as np

        self.over, self.seen = np.zeros(count), np.zeros(count)
        self.size = self.used = 0.0

    def add(self, sizes: "Floats", block: "Floats") -> None:
        import numpy as np

        there = np.isfinite(block) & np.isfinite(sizes)[:, None]
        self.size += float((np.nan_to_num(sizes)[:, None] * there).sum())
        self.used += float(block[there].sum())
        self.over += ((block > sizes[:, None]) & there).sum(axis=1)
        self.seen += there.sum(axis=1)

    def rate(self) -> float:
        return float(self.over.sum() / max(self.seen.sum(), 1.0))

    def figures(self, method: str) -> Sized:
        import numpy as np

        seen = max(float(self.seen.sum()), 1.0)
        each = self.over[self.seen > 0] / self.seen[self.seen > 0]
        return Sized(
            method=method,
            slack_pct=100 * (1 - self.used / self.size) if self.size else 0.0,
            slack_mean=(self.size - self.used) / seen,
            over_pct=100 * self.rate(),
            worst_over_pct=100 * float(np.percentile(each, 95)) if len(each) else 0.0,
            size_mean=self.size / seen,
        )


class Steered:
    """Our sizes for a stated risk. The risk that is asked of the fleet's histograms is moved by what came (adaptive conformal
    inference, Gibbs and Candes 2021), so that the share over comes to the stated one also where usage drifts."""

    def __init__(self, fleet: Fleet, risk: float) -> None:
        self.fleet, self.risk, self.steer = fleet, risk, 0.0

    def sizes(self, active: "NDArray[np.bool_]") -> "Floats":
        """Sizes for the next block, in which the ``active`` series will have samples."""
        import numpy as np

        return self.fleet.sizes(min(self.risk * float(np.exp(self.steer)), 0.5), active)[0]

    def came(self, sizes: "Floats", block: "Floats") -> None:
        """Hear what the block was."""
        tally = _Tally(len(sizes))
        tally.add(sizes, block)
        if tally.seen.sum():
            moved = self.steer + GAIN * (1.0 - min(tally.rate() / self.risk, 3.0))
            self.steer = min(max(moved, -STEER_MAX), STEER_MAX)


def table(series: Sequence[Series]) -> Table:
    """Series -> one table; those of one name are one row. Raises ValueError for steps of different lengths."""
    import numpy as np

    step = series[0].step
    if any(one.step != step for one in series):
        raise ValueError("series with different steps")
    start = min(one.start for one in series)
    places = [round((one.start - start) / step) for one in series]
    rows: dict[str, int] = {}
    for one in series:
        rows.setdefault(one.name, len(rows))
    values = np.full((len(rows), max(place + len(one.values) for place, one in zip(places, series, strict=True))), np.nan)
    for place, one in zip(places, series, strict=True):
        values[rows[one.name], place : place + len(one.values)] = one.values
    return Table(tuple(rows), values, step.total_seconds() / 3600)


def study(
    usage: Table,
    risk: float,
    *,
    every: int = 72,
    train: float = 0.6,
    core: float | None = None,
    tell: Callable[[str, int, int], None] = lambda _what, _done, _total: None,
    sized: "Callable[[int, Floats], None]" = lambda _begin, _sizes: None,
) -> Study:
    """Size every series each ``every`` samples from what came before; score the samples after the first ``train`` of the time.
    ``core`` is one core in the usage's unit, for VPA's buckets; where nobody says, the largest usage is taken for one. ``sized``
    hears our sizes at the stated risk: from which sample on, and a size a series."""
    import numpy as np

    since = int(usage.values.shape[1] * train) // every * every
    tell("rules", 0, 4)
    vpa_before, vpa, peak_before, peak = _rules(usage, every, since, core or float(np.nanmax(usage.values)))
    ours = {}
    for number, (name, asked) in enumerate((("ours", risk), ("vpa", vpa_before), ("peak", peak_before)), 1):
        tell(name, number, 4)
        hears = sized if name == "ours" else lambda _begin, _sizes: None
        ours[name], fleet, scored = _ours(usage, max(asked, 1e-4), (every, since), hears)
    return Study(
        series=len(usage.names),
        samples=int(np.isfinite(usage.values).sum()),
        scored=scored,
        ours=ours["ours"],
        vpa=vpa,
        peak=peak,
        at_vpa=ours["vpa"],
        at_peak=ours["peak"],
        sizes=_now(usage, fleet, risk),
    )


def _blocks(usage: Table, every: int) -> range:
    return range(0, usage.values.shape[1], every)


def _rules(usage: Table, every: int, since: int, core: float) -> tuple[float, Sized, float, Sized]:
    """The others' rules: how often they were over before the scored part, and their figures in it."""
    count = len(usage.names)
    histogram = DecayingHistogram(count, VPA_FIRST_CORES * core, usage.step_h)
    tallies = {name: _Tally(count) for name in ("vpa before", "vpa", "peak before", "peak")}
    for begin in _blocks(usage, every):
        block = usage.values[:, begin : begin + every]
        if begin:
            when = "" if begin >= since else " before"
            tallies[f"vpa{when}"].add(histogram.sizes(), block)
            tallies[f"peak{when}"].add(peak_rule(usage.values[:, :begin], usage.step_h), block)
        histogram.learn(block)
    vpa = tallies["vpa"].figures("VPA: p90 x 1.15, half-life 24 h")
    peak = tallies["peak"].figures("Compute Optimizer's rule: p99.5 + 20%")
    return tallies["vpa before"].rate(), vpa, tallies["peak before"].rate(), peak


def walk(usage: Table, risk: float, every: int, fleet: Fleet) -> "Iterator[tuple[int, Floats]]":
    """Our sizes for each block of ``every`` samples but the first: where it begins, and a size a series, from what came before."""
    import numpy as np

    steered = Steered(fleet, risk)
    for begin in _blocks(usage, every):
        block = usage.values[:, begin : begin + every]
        if begin:
            sizes = steered.sizes(np.asarray(np.isfinite(block).any(axis=1)))
            yield begin, sizes
            steered.came(sizes, block)
        fleet.learn(block)


def _ours(usage: Table, risk: float, when: tuple[int, int], sized: "Callable[[int, Floats], None]") -> tuple[Sized, Fleet, int]:
    """The figures of our sizes, what the fleet's histograms hold at the end, and how many samples met a size."""
    every, since = when
    fleet = Fleet(len(usage.names))
    tally = _Tally(len(usage.names))
    for begin, sizes in walk(usage, risk, every, fleet):
        sized(begin, sizes)
        if begin >= since:
            tally.add(sizes, usage.values[:, begin : begin + every])
    return tally.figures(f"ours, risk {risk:.2%}"), fleet, int(tally.seen.sum())


def _now(usage: Table, fleet: Fleet, risk: float) -> tuple[Recommendation, ...]:
    """What to set now: sizes from all that is known."""
    import numpy as np

    sizes, chances = fleet.sizes(risk)
    most = np.nanmax(np.where(np.isfinite(usage.values), usage.values, -1.0), axis=1)
    rows = zip(usage.names, sizes, chances, fleet.means(), most, fleet.samples, strict=True)
    return tuple(
        Recommendation(
            series=name,
            size=float(size),
            over_chance=float(chance),
            used_mean=float(mean),
            used_most=float(top),
            samples=int(count),
        )
        for name, size, chance, mean, top, count in rows
    )
