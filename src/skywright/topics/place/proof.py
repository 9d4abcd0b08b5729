"""An assignment -> what it violates, found without the solver; and the constraints that it meets, in words."""

from collections import defaultdict
from collections.abc import Iterator

from skywright.model.words import t
from skywright.topics.place.problem import Problem, unsuited
from skywright.topics.place.problem import fits as large_enough
from skywright.topics.place.problem import tasks as tasks_of
from skywright.topics.place.solve import Assigned, Placement, primary_min, spread_max

TOLERANCE = 1e-6


def violations(problem: Problem, placement: Placement) -> list[str]:
    """Every way in which an assignment breaks what the file asks; empty when it keeps all of it."""
    return [*_counts(problem, placement), *_suits(problem, placement), *_quotas(problem, placement), *_policy(problem, placement)]


def _counts(problem: Problem, placement: Placement) -> Iterator[str]:
    placed: dict[tuple[str, bool], int] = defaultdict(int)
    by_pool: dict[tuple[str, bool, str], int] = defaultdict(int)
    places: dict[tuple[str, bool], set[Assigned]] = defaultdict(set)
    for one in placement.assigned:
        placed[one.workload, one.standby] += one.replicas
        by_pool[one.workload, one.standby, one.pool] += one.replicas
        places[one.workload, one.standby].add(one)
    for task in tasks_of(problem):
        workload = problem.workloads[task.workload]
        key = (workload.name, task.standby)
        if placed[key] != task.replicas:
            yield t("{name}: {found} of {wanted} replicas are placed", name=workload.name, found=placed[key], wanted=task.replicas)
        most = spread_max(problem, task)
        if most is not None and any(count > most for (n, s, _), count in by_pool.items() if (n, s) == key):
            yield t("{name}: more than {most} replicas in one pool", name=workload.name, most=most)
        home = sum(one.replicas for one in places[key] if one.cloud == problem.policy.primary)
        if home < primary_min(problem, task):
            yield t("{name}: too few replicas in the primary cloud", name=workload.name)
        if task.standby and workload.standby:
            apart = workload.standby.apart
            mine = {getattr(one, apart) for one in places[key]}
            if mine & {getattr(one, apart) for one in places[workload.name, False]}:
                yield t("{name}: the standby is in the same {apart}", name=workload.name, apart=apart)


def _suits(problem: Problem, placement: Placement) -> Iterator[str]:
    pools = {pool.name: pool for pool in problem.pools}
    workloads = {workload.name: workload for workload in problem.workloads}
    for one in placement.assigned:
        pool, workload = pools[one.pool], workloads[one.workload]
        if reason := unsuited(pool, workload):
            yield t("{name} in {pool}: {reason}", name=one.workload, pool=one.pool, reason=reason)
        if one.offer and not any(offer.type == one.offer and large_enough(offer, workload) for offer in pool.offers):
            yield t("{name} does not fit on {offer}", name=one.workload, offer=one.offer)


def _quotas(problem: Problem, placement: Placement) -> Iterator[str]:
    workloads = {workload.name: workload for workload in problem.workloads}
    for pool in problem.pools:
        here = [one for one in placement.assigned if one.pool == pool.name]
        used = {
            "vcpus": sum(one.replicas * workloads[one.workload].vcpus for one in here),
            "memory_gib": sum(one.replicas * workloads[one.workload].memory_gib for one in here),
            "instances": sum(one.replicas for one in here),
        }
        for what, amount in used.items():
            quota = getattr(pool, what)
            if quota is not None and amount > quota + TOLERANCE:
                yield t("{pool}: {amount:g} of {quota:g} {what}", pool=pool.name, amount=amount, quota=quota, what=what)


def _policy(problem: Problem, placement: Placement) -> Iterator[str]:
    shares = shares_of(problem, placement)
    for cloud, least in problem.policy.share_min.items():
        if shares.get(cloud, 0.0) < least - TOLERANCE:
            yield t("{cloud} holds {share:.1%} of the vCPUs", cloud=cloud, share=shares.get(cloud, 0.0))
    for cloud, most in problem.policy.share_max.items():
        if shares.get(cloud, 0.0) > most + TOLERANCE:
            yield t("{cloud} holds {share:.1%} of the vCPUs", cloud=cloud, share=shares.get(cloud, 0.0))


def shares_of(problem: Problem, placement: Placement) -> dict[str, float]:
    """Cloud -> its share of all vCPUs."""
    vcpus = {workload.name: workload.vcpus for workload in problem.workloads}
    held: dict[str, float] = defaultdict(float)
    for one in placement.assigned:
        held[one.cloud] += one.replicas * vcpus[one.workload]
    total = sum(held.values())
    return {cloud: amount / total for cloud, amount in sorted(held.items())} if total else {}
