"""1,000 workloads on 200 offers of five clouds, to a proven gap: seeded, with quotas, compliance, latency, shares and standbys."""

import random

from bench.measure import measured
from skywright.topics.place.problem import Latency, Offer, Policy, Pool, Problem, Standby, Workload
from skywright.topics.place.proof import violations
from skywright.topics.place.solve import place

CLOUDS = {"aws": 1.0, "gcp": 0.96, "azure": 1.03, "openstack": 0.7, "hosts": 0.5}
SIZES = (2, 4, 8, 16, 32)


def problem(seed: int = 1, workloads: int = 1000, pools: int = 20) -> Problem:
    """Twenty pools of ten types each."""
    draw = random.Random(seed)
    made = [_pool(draw, number, workloads) for number in range(pools)]
    return Problem(
        pools=made,
        workloads=[_workload(draw, number) for number in range(workloads)],
        policy=Policy(share_min={"aws": 0.1}, share_max={"hosts": 0.3, "openstack": 0.3}),
    )


def _pool(draw: random.Random, number: int, workloads: int) -> Pool:
    cloud = list(CLOUDS)[number % len(CLOUDS)]
    factor = CLOUDS[cloud] * draw.uniform(0.9, 1.15)
    offers = [
        Offer(f"{family}{size}", float(size), float(size * ratio), round(size * price * factor, 4))
        for family, ratio, price in (("c", 2, 0.0425), ("m", 4, 0.048))
        for size in SIZES
    ]
    place_ms = {place: draw.uniform(2, 90) for place in ("frankfurt", "london", "virginia")}
    compliance = ["eu"] if number % 2 else ["eu", "pci"]
    return Pool(
        f"pool-{number}", cloud, f"{cloud}-{number}", offers, vcpus=workloads * 2.0, compliance=compliance, latency_ms=place_ms
    )


def _workload(draw: random.Random, number: int) -> Workload:
    vcpus = draw.choice((0.5, 1, 1.5, 2, 3, 4, 6, 8, 12))
    return Workload(
        f"w-{number}",
        vcpus,
        vcpus * draw.choice((1, 2, 3, 4)),
        draw.randint(1, 12),
        compliance=["pci"] if draw.random() < 0.2 else [],
        latency=Latency("frankfurt", 60.0) if draw.random() < 0.3 else None,
        share_max=0.6 if draw.random() < 0.2 else None,
        standby=Standby(1, draw.choice(("cloud", "region"))) if draw.random() < 0.1 else None,
    )


def run() -> dict[str, object]:
    """The gap that is proven, and the constraints that are broken (none)."""
    asked = problem()
    with measured() as figures:
        found = place(asked)
    return {
        **figures,
        "gap": round(found.gap, 6),
        "monthly": str(found.monthly),
        "bound_monthly": str(found.bound_monthly),
        "workloads": len(asked.workloads),
        "offers": sum(len(pool.offers) for pool in asked.pools),
        "violations": len(violations(asked, found)),
    }
