"""A placement -> proposals that bring the existing homes of workloads to it, and what has no home yet."""

from collections import defaultdict
from collections.abc import Iterator

from skywright.model.plan import Action, Proposal, Risk
from skywright.model.words import t
from skywright.topics.place.problem import Problem
from skywright.topics.place.solve import Assigned, Placement

PROPOSER = "placement"
PRECEDENCE = 30


def from_placement(problem: Problem, placement: Placement) -> Iterator[Proposal]:
    """One proposal a home: its ``desired`` count becomes the number of replicas that are placed in its pool."""
    wanted: dict[tuple[str, str], int] = defaultdict(int)
    for one in placement.assigned:
        wanted[one.workload, one.pool] += one.replicas
    for workload in problem.workloads:
        for pool, home in sorted(workload.homes.items()):
            count = wanted[workload.name, pool]
            yield Proposal(
                proposer=PROPOSER,
                target=home,
                action=Action.UPDATE,
                set={"desired": count},
                why=t("{count} replicas of {workload} belong in {pool}.", count=count, workload=workload.name, pool=pool),
                reasons=(f"{PROPOSER}-{workload.name}-{pool}",),
                precedence=PRECEDENCE,
                risk=Risk.MEDIUM,
            )


def homeless(problem: Problem, placement: Placement) -> list[Assigned]:
    """What is placed where the file names no home: somebody has to make one first."""
    homes = {(workload.name, pool) for workload in problem.workloads for pool in workload.homes}
    return [one for one in placement.assigned if (one.workload, one.pool) not in homes]
