"""Sizes of 2,747 virtual machines from their CPU use: five days, the first two for choosing constants, the last three scored.

A machine's days are one series (names persist); it is sized anew every six hours from what came before. The rules' own over-rates
in the first two days are the risks that ours is asked for beside the stated 1 % (no prefix: VPA's; ``at_co_``: the other rule's);
``at_*_over`` is what ours leaves unused where it is over exactly as often as the rule was in the scored days (read off ours at
seven risks).
"""

from datetime import timedelta

from bench.data import data, missing
from bench.measure import measured
from skywright.adapters.usage import read_usage
from skywright.model.history import SAMPLES, sketched, unfolded
from skywright.topics.scaling.rightsize import Sized, Study, Table, study, table
from skywright.topics.scaling.sizing import Fleet

KEYS = ("slack_pct", "over_pct", "vpa_slack_pct", "vpa_over_pct")
TRAIN = 0.4
CORE = 100.0  # the data are percent of a core
RISKS = (0.003, 0.005, 0.008, 0.02, 0.04, 0.06, 0.09)


def run() -> dict[str, object]:
    """Slack and over-rate of ours and of both rules."""
    if skipped := missing("rightsizing", "planetlab-vm"):
        return dict(skipped)
    usage = table(read_usage(data("planetlab-vm") / "planetlab.tar.gz", timedelta(minutes=5)))
    with measured() as spent:
        found = study(usage, 0.01, train=TRAIN, core=CORE)
    points = sorted((study(usage, risk, train=TRAIN, core=CORE).ours for risk in RISKS), key=lambda one: one.over_pct)
    return {**figures(found), **same_risk(found, points), **by_sketch(usage, round(len(usage.values[0]) * TRAIN)), **spent}


def by_sketch(usage: Table, since: int) -> dict[str, object]:
    """Sizes for a risk of 1 % from what a gathering keeps of each six hours (model.history) beside those from all samples, both
    without steering; scored on the samples."""
    import numpy as np

    values, told = usage.values, {"samples": usage.values, "sketch": np.full_like(usage.values, np.nan)}
    for begin in range(0, values.shape[1], SAMPLES):
        for row, block in enumerate(values[:, begin : begin + SAMPLES]):
            told["sketch"][row, begin : begin + len(block)] = unfolded(sketched(block.tolist()))[: len(block)]
    found: dict[str, object] = {}
    for name, learned in told.items():
        fleet, size, used, over, seen = Fleet(len(values)), 0.0, 0.0, 0, 0
        for begin in range(0, values.shape[1], SAMPLES):
            block = values[:, begin : begin + SAMPLES]
            if begin >= since:
                sizes = fleet.sizes(0.01, np.asarray(np.isfinite(block).any(axis=1)))[0][:, None]
                there = np.isfinite(block) & np.isfinite(sizes)
                size, used = size + float((sizes * there)[there].sum()), used + float(block[there].sum())
                over, seen = over + int(((block > sizes) & there).sum()), seen + int(there.sum())
            fleet.learn(learned[:, begin : begin + SAMPLES])
        found |= {f"by_{name}_slack_pct": round(100 * (1 - used / size), 2), f"by_{name}_over_pct": round(100 * over / seen, 3)}
    return found


def figures(found: Study) -> dict[str, object]:
    """Each way's figures, by a prefix."""
    ways = {"": found.at_vpa, "vpa_": found.vpa, "at_co_": found.at_peak, "co_": found.peak, "risk1_": found.ours}
    return {
        **{f"{prefix}slack_pct": round(one.slack_pct, 2) for prefix, one in ways.items()},
        **{f"{prefix}over_pct": round(one.over_pct, 3) for prefix, one in ways.items()},
        **{f"{prefix}unused_cpu_pct": round(one.slack_mean, 2) for prefix, one in ways.items()},
        **{f"{prefix}worst_over_pct": round(one.worst_over_pct, 2) for prefix, one in ways.items()},
        "series": found.series,
        "scored_samples": found.scored,
    }


def same_risk(found: Study, points: list[Sized]) -> dict[str, object]:
    """What ours leaves unused where it is over as often as a rule was, read off ours at several risks."""
    import numpy as np

    over = np.log([one.over_pct for one in points])
    at = {"vpa": np.log(found.vpa.over_pct), "co": np.log(found.peak.over_pct)}
    return {
        **{
            f"slack_pct_at_{name}_over": round(float(np.interp(x, over, [p.slack_pct for p in points])), 2)
            for name, x in at.items()
        },
        **{
            f"unused_cpu_pct_at_{name}_over": round(float(np.interp(x, over, [p.slack_mean for p in points])), 2)
            for name, x in at.items()
        },
    }
