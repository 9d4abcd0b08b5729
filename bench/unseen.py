"""The engines as they are, on data and settings that nothing was chosen on: real series of other sources, made ones, other bins.

Fixed before the first run: every series, scale, seed and setting here (see _made.py). Requests: pods that serve 3 requests a
second, ready after 60 s, 10 days, the last 40 % scored, risk 1.25 %; and the busier web trace with pods of other sizes and delays.
Commitments: terms of 24 hours at 0.6 and 0.5, and of 168 at 0.6. Sizes: ten CPU series of two weeks. Bins: other nodes of the
packing trace.
"""

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from bench import _made as made
from bench.data import data, missing
from bench.measure import measured

DAYS, RISK, CAPACITY, DELAY_S = 10, 0.0125, 3.0, 60
TARGETS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
OTHER_PODS = ((2.0, 300), (6.0, 15), (40.0, 90))
TERMS = ((24, 0.6), (24, 0.5), (168, 0.6))
HOURS, SEEDS = 60 * 24, 10
BINS = ((104_000, 524_288), (64_000, 262_144), (32_000, 262_144), (32_000, 131_072))
SECONDS = 50.0


def run() -> dict[str, Any]:
    """A part an engine; a part whose data are not there is left out and says so."""
    parts: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
        "autoscaling": (autoscaling, ("nab", "planetlab-vm", "web-traces")),
        "commitments": (commitments, ("nab",)),
        "rightsizing": (rightsizing, ("nab",)),
        "packing": (packing, ("openb",)),
    }
    found: dict[str, Any] = {}
    with measured() as figures:
        for name, (part, needs) in parts.items():
            gone = next((one for folder in needs if (one := missing(f"unseen {name}", folder))), None)
            found[name] = gone or part()
    return {**found, **figures}


def autoscaling() -> dict[str, Any]:
    """For each trace: pod-hours and % of seconds over, ours and HPA 70 %; HPA's pod-hours at our risk over ours; how many of nine
    HPA targets are better in both."""
    from skywright.adapters.columns import read_numbers

    twitter = read_numbers(data("web-traces") / "twitter_rps.txt.gz")
    traces = [*made.real_requests(DAYS), *made.made_requests(DAYS, 1)]
    return {
        **{name: _flown(demand, CAPACITY, DELAY_S) for name, demand in traces},
        **{f"web trace, C {capacity:g}, {delay} s": _flown(twitter, capacity, delay) for capacity, delay in OTHER_PODS},
    }


def _flown(demand: Any, capacity: float, delay_s: int) -> dict[str, Any]:
    from skywright.topics.scaling.replay import better, replay
    from skywright.topics.scaling.simulate import Setup

    found = replay(demand, Setup(pod_capacity=capacity, start_delay_s=delay_s), risks=(RISK,), targets=TARGETS)
    ours, hpa70, same = found.ours[0], found.hpa[TARGETS.index(0.7)], found.hpa_pod_hours_same_risk[0]
    return {
        "pod_hours": round(ours.pod_hours, 1),
        "seconds_over_pct": round(ours.seconds_over_pct, 3),
        "requests_over_pct": round(ours.requests_over_pct, 3),
        "hpa70_pod_hours": round(hpa70.pod_hours, 1),
        "hpa70_seconds_over_pct": round(hpa70.seconds_over_pct, 3),
        "hpa70_requests_over_pct": round(hpa70.requests_over_pct, 3),
        "hpa_pod_hours_at_our_risk": None if same is None else round(same, 1),
        "hpa_points_better": sum(better(one, ours) for one in found.hpa),
    }


def commitments() -> dict[str, Any]:
    """Cost over the optimum, ours and the break-even rule's: of real demand; mean and greatest over the seeds of made demand."""
    found: dict[str, Any] = {}
    for term, ratio in TERMS:
        price = f"{term} h at {ratio}"
        for name, demand in made.real_demand():
            found[f"{name}, {price}"] = dict(zip(("online", "break_even"), _bought(demand, term, ratio), strict=True))
        for kind in made.KINDS:
            ratios = np.array([_bought(made.made_demand(kind, HOURS, seed), term, ratio) for seed in range(SEEDS)])
            mean, most = ratios.mean(axis=0).round(4).tolist(), ratios.max(axis=0).round(4).tolist()
            found[f"{kind}, {price}"] = {
                "online": mean[0],
                "online_max": most[0],
                "break_even": mean[1],
                "break_even_max": most[1],
                "dearer_than_break_even": int((ratios[:, 0] > ratios[:, 1]).sum()),
            }
    return found


def _bought(demand: Any, term: int, ratio: float) -> tuple[float, float]:
    from skywright.topics.commitments.online import online
    from skywright.topics.commitments.optimum import cost_of, optimum
    from skywright.topics.commitments.terms import Terms
    from skywright.topics.commitments.thresholds import break_even

    terms = Terms(term, ratio)
    best = optimum(demand, terms).cost
    ways = (online(demand, terms), break_even(demand, terms))
    first, second = (round(cost_of(demand, one, terms) / best, 4) for one in ways)
    return first, second


def rightsizing() -> dict[str, Any]:
    """CPU series of another provider, ten of two weeks, a sample every five minutes, 40 % before the scored part: as in bench
    rightsizing, ours at the rules' risks and where it is over as often as they are."""
    from bench.rightsizing import CORE, RISKS, TRAIN, figures, same_risk
    from skywright.model.series import Series
    from skywright.topics.scaling.rightsize import study, table

    folder = "realAWSCloudwatch"
    names = sorted(f"{folder}/{one.name}" for one in (data("nab") / "data" / folder).glob("*_cpu_utilization_*.csv"))
    start, step = datetime(2000, 1, 1), timedelta(minutes=5)
    usage = table([Series(name, start, step, tuple(made.values(name).tolist())) for name in names])
    found = study(usage, 0.01, train=TRAIN, core=CORE)
    points = sorted((study(usage, risk, train=TRAIN, core=CORE).ours for risk in RISKS), key=lambda one: one.over_pct)
    return {**figures(found), **same_risk(found, points)}


def packing() -> dict[str, Any]:
    """Nodes, proved bound and gap of pods in other nodes; the best of ten first-fit and best-fit decreasing ones' gap."""
    from bench.packing import packed

    with (data("openb") / "openb_pod_list_default.csv").open(encoding="utf-8") as lines:
        sizes = [(Decimal(row["cpu_milli"]), Decimal(row["memory_mib"])) for row in csv.DictReader(lines)]
    return {f"{size[0] // 1000} cores, {size[1] // 1024} GiB": packed(sizes, size) for size in BINS}
