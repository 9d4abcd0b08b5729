"""A trace and several policies -> their figures side by side on the part that nobody was fitted to, and who beats whom."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from skywright.topics.scaling.foresight import Foresight
from skywright.topics.scaling.hpa import Hpa
from skywright.topics.scaling.simulate import Flight, Outcome, Policy, Setup, fly, outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HPA_TARGETS = (0.5, 0.6, 0.7, 0.8, 0.9)


class Strip(msgspec.Struct, frozen=True):
    """Our first policy over the scored part, stretch by stretch: mean demand and mean ready capacity (requests a second), and the
    share of seconds in which demand was over."""

    demand: tuple[float, ...]
    capacity: tuple[float, ...]
    over: tuple[float, ...]


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What came of every policy between ``scored_from`` and ``seconds``; ``hpa_pod_hours_same_risk`` are the pod-hours of the
    mix of two autoscaler targets that is over as often as our policy (None where no target is)."""

    setup: Setup
    seconds: int
    scored_from: int
    demand_mean: float
    ours: tuple[Outcome, ...]
    hpa: tuple[Outcome, ...]
    hpa_pod_hours_same_risk: tuple[float | None, ...]
    strip: Strip


def replay(
    demand: Sequence[float],
    setup: Setup,
    *,
    risks: Sequence[float] = (0.01,),
    targets: Sequence[float] = HPA_TARGETS,
    train: float = 0.6,
    tell: Callable[[str, int, int], None] = lambda _what, _done, _total: None,
    landed: Callable[[str, Flight], None] = lambda _policy, _flight: None,
    strip: int = 72,
) -> Replay:
    """Fly every policy through the whole trace and score what follows the first ``train`` of it. ``landed`` hears each flight."""
    import numpy as np

    asked = np.asarray(demand, dtype=np.float64)
    since = int(len(asked) * train) // setup.sync_s * setup.sync_s
    policies: list[Policy] = [*(Foresight(risk=risk) for risk in risks), *(Hpa(target) for target in targets)]
    outcomes: list[Outcome] = []
    ready = asked
    for number, policy in enumerate(policies):
        tell(policy.name, number, len(policies))
        flight = fly(policy, asked, setup)
        landed(policy.name, flight)
        ready = flight.ready if number == 0 else ready
        outcomes.append(outcome(policy.name, flight, asked, setup, since))
    ours, hpa = tuple(outcomes[: len(risks)]), tuple(outcomes[len(risks) :])
    return Replay(
        setup=setup,
        seconds=len(asked),
        scored_from=since,
        demand_mean=float(asked[since:].mean()),
        ours=ours,
        hpa=hpa,
        hpa_pod_hours_same_risk=tuple(pod_hours_at(hpa, one.seconds_over_pct) for one in ours),
        strip=_strip(asked[since:], ready[since:] * setup.pod_capacity, strip),
    )


def better(one: Outcome, other: Outcome) -> bool:
    """Whether ``one`` is at least as cheap and at most as often over as ``other``, and not the same in both."""
    cost, risk = (one.pod_hours, other.pod_hours), (one.seconds_over_pct, other.seconds_over_pct)
    return cost[0] <= cost[1] and risk[0] <= risk[1] and (cost[0] < cost[1] or risk[0] < risk[1])


def pod_hours_at(points: Sequence[Outcome], seconds_over_pct: float) -> float | None:
    """The frontier through some points at a risk: pod-hours of the cheapest mix of two of them (one part of the time this, the rest
    that) that is over no more often. None where every point is over more often."""
    safe = [one for one in points if one.seconds_over_pct <= seconds_over_pct]
    risky = [one for one in points if one.seconds_over_pct > seconds_over_pct]
    found = [one.pod_hours for one in safe]
    for low in safe:
        for high in risky:
            share = (seconds_over_pct - low.seconds_over_pct) / (high.seconds_over_pct - low.seconds_over_pct)
            found.append(low.pod_hours + share * (high.pod_hours - low.pod_hours))
    return min(found, default=None)


def _strip(demand: "NDArray[np.float64]", capacity: "NDArray[np.float64]", width: int) -> Strip:
    import numpy as np

    edges = np.unique(np.linspace(0, len(demand), min(width, len(demand)) + 1).astype(int))[:-1]
    counts = np.diff(edges, append=len(demand))
    means = [(np.add.reduceat(one, edges) / counts).tolist() for one in (demand, capacity, (demand > capacity).astype(float))]
    return Strip(*map(tuple, means))
