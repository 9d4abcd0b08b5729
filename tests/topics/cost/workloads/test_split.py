"""Machines split among pods: known cases by hand, and for any node the parts are the bill."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from skywright.topics.cost.books.exact import total
from skywright.topics.cost.workloads.allocate import days_to_snapshots
from skywright.topics.cost.workloads.gpus import whole
from skywright.topics.cost.workloads.split import Node, Pod, Worth, parts, shares, used_share

EVEN = Worth(Fraction(1), Fraction(1))


def pod(cpu=None, memory=None, cpu_used=None, memory_used=None, name="p") -> Pod:
    return Pod(
        id=name, name=name, namespace="n", workload="w", labels={}, cpu_request=cpu, memory_request=memory, cpu_used=cpu_used,
        memory_used=memory_used,
    )  # fmt: skip


def node(*pods: Pod, cpu=4000, memory=4096, cpu_allocatable=4000, memory_allocatable=4096) -> Node:
    return Node(
        id="n", name="n", cluster="c", machine="m", cpu=cpu, memory=memory, cpu_allocatable=cpu_allocatable,
        memory_allocatable=memory_allocatable, pods=pods,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (node(pod(4000, 4096)), (["8.00"], "0.00", "0.00")),
        (node(pod(2000, 2048)), (["4.00"], "4.00", "0.00")),
        (node(pod(2000, 0)), (["2.00"], "6.00", "0.00")),
        (node(pod(1000, 1024, 3000.0, 512.0)), (["4.00"], "4.00", "0.00")),
        (node(pod(None, None, 1000.0, 1024.0)), (["2.00"], "6.00", "0.00")),
        (node(pod(), pod()), (["0.00", "0.00"], "8.00", "0.00")),
        (node(), ([], "8.00", "0.00")),
        (node(pod(4000, 4096), pod(4000, 4096)), (["4.00", "4.00"], "0.00", "0.00")),
        (node(pod(3000, 3072), cpu_allocatable=3000, memory_allocatable=3072), (["6.00"], "0.00", "2.00")),
        (node(pod(1500, 0), cpu_allocatable=3000, memory_allocatable=4096), (["1.50"], "5.50", "1.00")),
        (node(pod(2000, 2048), cpu_allocatable=9000, memory_allocatable=9000), (["4.00"], "4.00", "0.00")),
    ],
)
def test_each_way_to_run_on_a_node(node, expected) -> None:
    found = parts(node, Decimal("8.00"), EVEN)
    assert ([str(part) for part in found.pods], str(found.idle), str(found.overhead)) == expected


def test_a_processor_is_worth_more_than_a_gib() -> None:
    found = parts(node(pod(4000, 0)), Decimal(100), Worth(Fraction(3), Fraction(1)))
    assert (found.pods[0], found.idle) == (75, 25)


@pytest.mark.parametrize(
    ("pod", "share"),
    [
        (pod(1000, 1024, 500.0, 512.0), Fraction(1, 2)), (pod(1000, 1024, 2000.0, 1024.0), 1), (pod(1000, 1024), None),
        (pod(0, 0, 0.0, 0.0), None),
    ],
)  # fmt: skip
def test_how_much_of_what_is_charged_was_used(pod, share) -> None:
    assert used_share(pod, EVEN) == share


SIZES = st.one_of(st.none(), st.integers(0, 10**6))
USED = st.one_of(st.none(), st.floats(0, 1e6))
PODS = st.lists(st.builds(pod, SIZES, SIZES, USED, USED), max_size=12)
NODES = st.builds(
    lambda pods, cpu, memory, own: node(
        *pods, cpu=cpu, memory=memory, cpu_allocatable=max(1, cpu - own), memory_allocatable=max(1, memory - own)
    ),
    PODS,
    st.integers(1, 10**6),
    st.integers(1, 10**6),
    st.integers(0, 10**6),
)


GPUS = st.fractions(0, 8, max_denominator=7)


@given(
    NODES, st.decimals(-(10**9), 10**12, places=18), st.fractions(0, 10), st.fractions(Fraction(1, 100), 10), st.fractions(0, 10),
    GPUS, st.lists(GPUS, max_size=4),
)  # fmt: skip
def test_parts_are_the_bill_whatever_ran(node, cost, cpu, memory, gpu, gpus, asked) -> None:
    pods_ = [
        replace(one, gpus=gpus_) for one, gpus_ in zip_longest(node.pods, asked, fillvalue=Fraction(0)) if isinstance(one, Pod)
    ]
    node = replace(node, gpus=gpus, gpus_allocatable=gpus * Fraction(3, 4), pods=tuple(pods_))
    worth = Worth(cpu, memory, gpu)
    pods, idle, idle_gpus, overhead = shares(node, worth)
    assert sum(pods, idle + idle_gpus + overhead) == 1
    assert min([*pods, idle, idle_gpus, overhead]) >= 0
    found = parts(node, cost, worth)
    assert total([*found.pods, found.idle, found.idle_gpus, found.overhead]) == cost
    assert gpus or found.idle_gpus == 0


def with_gpus(*asked, gpus=4, allocatable=4) -> Node:
    pods = [replace(pod(0, 0), gpus=Fraction(one)) for one in asked]
    return replace(node(*pods), gpus=Fraction(gpus), gpus_allocatable=Fraction(allocatable))


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (with_gpus(1, 2), (["10.00", "20.00"], "8.00", "10.00", "0.00")),
        (with_gpus(), ([], "8.00", "40.00", "0.00")),
        (with_gpus("3/7", "1/7", gpus=1, allocatable=1), (["17.14", "5.72"], "8.00", "17.14", "0.00")),
        (with_gpus(3, allocatable=3), (["30.00"], "8.00", "0.00", "10.00")),
        (with_gpus(1, gpus=0, allocatable=0), (["0.00"], "48.00", "0.00", "0.00")),
    ],
)
def test_graphics_processors_are_whose_they_were_asked_for(node, expected) -> None:
    """Eight for processors and memory, ten for each of four graphics processors."""
    cost, worth = Decimal("48.00"), Worth(Fraction(1), Fraction(1), Fraction(10))
    if node.gpus == 1:
        worth = Worth(Fraction(1), Fraction(1), Fraction(40))
    found = parts(node, cost, worth)
    assert ([str(one) for one in found.pods], str(found.idle), str(found.idle_gpus), str(found.overhead)) == expected


@pytest.mark.parametrize(
    ("named", "labels", "expected"),
    [
        ({"nvidia.com/gpu": 8}, {}, Fraction(8)), ({"amd.com/gpu": 2}, {}, Fraction(2)), ({}, {}, Fraction(0)),
        ({"nvidia.com/gpu": 1, "nvidia.com/mig-1g.5gb": 3, "nvidia.com/mig-3g.20gb": 1}, {}, Fraction(13, 7)),
        ({"nvidia.com/mig-1g.5gb.me": 1}, {}, Fraction(1, 7)), ({"nvidia.com/mig-2g.12gb": 2}, {}, Fraction(1)),
        ({"nvidia.com/gpu": 7}, {"nvidia.com/gpu.product": "A100-SXM4-40GB-MIG-1g.5gb"}, Fraction(1)),
        ({"nvidia.com/gpu.shared": 8}, {"nvidia.com/gpu.replicas": "4"}, Fraction(2)),
        ({"nvidia.com/gpu": 2}, {"nvidia.com/gpu.replicas": "0"}, Fraction(2)),
        ({"nvidia.com/gpu": 2}, {"nvidia.com/gpu.replicas": "many"}, Fraction(2)),
    ],
)  # fmt: skip
def test_how_many_whole_ones_that_is(named, labels, expected) -> None:
    assert whole(named, labels) == expected


def test_what_graphics_processors_did_is_not_known() -> None:
    assert used_share(replace(pod(1000, 1024, 500.0, 512.0), gpus=Fraction(1)), EVEN) is None


def test_which_snapshot_tells_of_a_day() -> None:
    snapshots = [("a", date(2026, 9, 1)), ("b", date(2026, 9, 10)), ("c", date(2026, 9, 20))]
    found = days_to_snapshots([date(2026, 8, 30), date(2026, 9, 10), date(2026, 9, 15)], snapshots)
    assert list(found.values()) == [["a", "b", "c"], ["b", "a", "c"], ["b", "a", "c"]]
