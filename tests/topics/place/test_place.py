"""Placements against brute force on small problems, and what is said when there is none."""

from itertools import combinations_with_replacement, product

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skywright.model.errors import BadInput
from skywright.topics.place.problem import Latency, Offer, Policy, Pool, Problem, Standby, Workload, tasks
from skywright.topics.place.proof import shares_of, violations
from skywright.topics.place.propose import from_placement, homeless
from skywright.topics.place.solve import Assigned, Placement, place


def pool(name, cloud="aws", hourly=1.0, **more):
    offers = [Offer("m", 4.0, 16.0, hourly), Offer("l", 8.0, 32.0, round(hourly * 1.9, 3))]
    return Pool(name, cloud, more.pop("region", name), offers, **more)


pools = st.lists(
    st.builds(
        pool,
        st.just("?"),
        cloud=st.sampled_from(("aws", "gcp")),
        hourly=st.sampled_from((0.7, 1.0, 1.3)),
        instances=st.sampled_from((None, 1, 2, 3)),
        vcpus=st.sampled_from((None, 6.0, 12.0)),
        compliance=st.sampled_from(([], ["eu"])),
    ),
    min_size=1,
    max_size=3,
)
workloads = st.lists(
    st.builds(
        Workload,
        st.just("?"),
        st.sampled_from((2.0, 6.0)),
        st.just(8.0),
        st.integers(1, 2),
        compliance=st.sampled_from(([], ["eu"])),
        share_max=st.sampled_from((None, 0.5)),
        standby=st.sampled_from((None, Standby(1, "region"), Standby(1, "cloud"))),
    ),
    min_size=1,
    max_size=2,
)
policies = st.sampled_from((Policy(), Policy(primary="aws"), Policy(share_max={"aws": 0.6}), Policy(share_min={"aws": 0.4})))


def named(made_pools, made_workloads, policy):
    found = [
        Pool(f"p{i}", p.cloud, f"r{i}", p.offers, None, None, p.vcpus, None, p.instances, p.compliance)
        for i, p in enumerate(made_pools)
    ]
    work = [msgspec.structs.replace(w, name=f"w{i}") for i, w in enumerate(made_workloads)]
    clouds = {p.cloud for p in found}
    if not clouds >= {*policy.share_min, *policy.share_max, *([policy.primary] if policy.primary else [])}:
        policy = Policy()
    return Problem(found, work, policy)


def brute(problem):
    """The cheapest of every assignment there is; None when none keeps all wishes."""
    work = tasks(problem)
    ways = [list(combinations_with_replacement(range(len(task.choices)), task.replicas)) for task in work]
    best = None
    for taken in product(*ways):
        assigned, cost = [], 0.0
        for task, picks in zip(work, taken, strict=True):
            for pick in set(picks):
                choice, count = task.choices[pick], picks.count(pick)
                home = problem.pools[choice.pool]
                name = problem.workloads[task.workload].name
                assigned.append(Assigned(name, task.standby, home.name, home.cloud, home.region, choice.offer, count, 0))
                cost += choice.hourly * count
        if (best is None or cost < best) and not violations(problem, Placement(tuple(assigned), 0, 0, 0.0, "USD")):
            best = cost
    return best


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pools, workloads, policies)
def test_the_cheapest_of_all_assignments_is_found_and_the_bound_is_below_it(made_pools, made_workloads, policy):
    problem = named(made_pools, made_workloads, policy)
    try:
        best = brute(problem)
    except BadInput:
        with pytest.raises(BadInput):
            place(problem)
        return
    if best is None:
        with pytest.raises(BadInput):
            place(problem)
        return
    found = place(problem)
    assert violations(problem, found) == []
    assert float(found.monthly) == pytest.approx(best * 730, rel=0.0021)
    assert found.bound_monthly <= found.monthly


def test_wishes_are_kept_and_shares_told():
    problem = Problem(
        [
            pool("near", compliance=["eu"], latency_ms={"berlin": 5.0}),
            pool("far", "gcp", 0.5, latency_ms={"berlin": 90.0}, compliance=["eu"]),
        ],
        [Workload("web", 4, 8, 2, latency=Latency("berlin", 20.0), standby=Standby(1, "cloud")), Workload("batch", 4, 8, 2)],
    )
    with pytest.raises(BadInput, match="No placement meets every quota, share and standby at once"):
        place(problem)
    eased = Problem(problem.pools, [Workload("web", 4, 8, 2, latency=Latency("berlin", 20.0)), Workload("batch", 4, 8, 2)])
    found = place(eased)
    assert {(one.workload, one.pool, one.replicas) for one in found.assigned} == {("web", "near", 2), ("batch", "far", 2)}
    assert shares_of(eased, found) == {"aws": 0.5, "gcp": 0.5}


def test_homes_get_their_counts_and_the_rest_is_named():
    home = "aws:1:r:compute.group/web"
    problem = Problem([pool("a"), pool("b", "gcp", 0.5, instances=1)], [Workload("web", 4, 8, 3, homes={"a": home})])
    found = place(problem)
    (proposal,) = from_placement(problem, found)
    assert (proposal.target, proposal.set) == (home, {"desired": 2})
    assert [(one.pool, one.replicas) for one in homeless(problem, found)] == [("b", 1)]


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (
            Problem([pool("a"), pool("a")], [Workload("w", 1, 1)]),
            "There are two of the pool a.",
        ),
        (
            Problem([pool("a")], [Workload("w", 1, 1, 0)]),
            "Workload w needs at least one replica, and vCPUs and memory above zero.",
        ),
        (
            Problem([pool("a")], [Workload("w", 64, 1)]),
            "No pool suits workload w: a: nothing there is large enough. Relax its wishes, or add a pool.",
        ),
        (
            Problem([pool("a")], [Workload("w", 1, 1, compliance=["pci", "eu"])]),
            "No pool suits workload w: a: it does not comply with eu, pci. Relax its wishes, or add a pool.",
        ),
        (
            Problem([pool("a", vcpus=4.0)], [Workload("w", 4, 1, 2)]),
            "The workloads need 8 vCPUs and the pools' quotas hold 4. Raise a quota, add a pool, or place less.",
        ),
        (
            Problem([pool("a")], [Workload("w", 1, 1)], Policy(share_min={"gpc": 0.1})),
            "The policy names gpc, of which no pool is.",
        ),
        (
            Problem([pool("a")], [Workload("w", 1, 1, homes={"b": "x"})]),
            "Workload w has a home in b, of which no pool is.",
        ),
    ],
)
def test_what_is_said_when_there_is_no_placement(problem, said):
    with pytest.raises(BadInput) as caught:
        place(problem)
    assert str(caught.value) == said
