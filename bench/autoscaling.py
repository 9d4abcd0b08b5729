"""Autoscaling policies on two traces of real services, scored on the last 40 % of each: ours at several risks, and the autoscaler.

Pods, chosen beforehand: a capacity at which the mean load of the first 60 % takes about 21 pods, ready 60 s after their order;
decisions every 15 s, metrics 15 s old. Constants were chosen on the first 60 % of both traces. The unprefixed keys are the busier
trace at a stated risk of 1.25 %; ``nasa_`` are the quieter one, whose requests come singly.
"""

from bench.data import data, missing
from bench.measure import measured
from skywright.adapters.columns import read_numbers
from skywright.topics.scaling.replay import Replay, better, replay
from skywright.topics.scaling.simulate import Outcome, Setup

KEYS = ("pod_hours", "seconds_over_pct", "requests_over_pct", "changes", "hpa70_pod_hours", "hpa70_seconds_over_pct")
RISKS = (0.0125, 0.005, 0.01, 0.02, 0.04)
TARGETS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
START_DELAY_S = 60
TRACES = (("twitter_rps.txt.gz", 3.0, ""), ("nasa_rps.txt.gz", 0.04, "nasa_"))


def run() -> dict[str, object]:
    """Pod-hours and seconds over, ours and the autoscaler's, and whether any of its targets is better in both."""
    if skipped := missing("autoscaling", "web-traces"):
        return dict(skipped)
    found: dict[str, object] = {}
    for name, capacity, prefix in TRACES:
        demand = read_numbers(data("web-traces") / name)
        setup = Setup(pod_capacity=capacity, start_delay_s=START_DELAY_S)
        with measured() as figures:
            first = replay(demand, setup, risks=RISKS[:1], targets=())
        rest = replay(demand, setup, risks=RISKS[1:], targets=TARGETS)
        found |= {f"{prefix}{key}": value for key, value in (_figures(first.ours[0], rest) | figures).items()}
        found[f"{prefix}pod_capacity"], found[f"{prefix}start_delay_s"] = capacity, START_DELAY_S
    return found


def _figures(ours: Outcome, rest: Replay) -> dict[str, object]:
    hpa70 = rest.hpa[TARGETS.index(0.7)]
    all_ours = (ours, *rest.ours)
    return {
        "pod_hours": round(ours.pod_hours, 1),
        "seconds_over_pct": round(ours.seconds_over_pct, 3),
        "requests_over_pct": round(ours.requests_over_pct, 3),
        "changes": ours.changes,
        "hpa70_pod_hours": round(hpa70.pod_hours, 1),
        "hpa70_seconds_over_pct": round(hpa70.seconds_over_pct, 3),
        "hpa70_requests_over_pct": round(hpa70.requests_over_pct, 3),
        "hpa70_changes": hpa70.changes,
        "pod_hours_over_hpa70": round(ours.pod_hours / hpa70.pod_hours, 4),
        "hpa_points_better_than_any_of_ours": sum(better(theirs, one) for theirs in rest.hpa for one in all_ours),
        "frontier": [_point(one) for one in sorted(all_ours, key=lambda one: one.pod_hours)],
        "hpa_frontier": [_point(one) for one in sorted(rest.hpa, key=lambda one: one.pod_hours)],
    }


def _point(one: Outcome) -> list[object]:
    return [one.policy, round(one.pod_hours, 1), round(one.seconds_over_pct, 3), round(one.requests_over_pct, 3), one.changes]
