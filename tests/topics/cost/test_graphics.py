"""Graphics processors that are held and not used: what they cost, and when nothing is said."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.topics.cost.test_requests import MACHINE, NODE, PLACE, box, workload

from skywright.loop.analyse import analyse
from skywright.model.estate import Usage
from skywright.model.kinds.cluster import Pod
from skywright.model.settings import InsightSettings
from skywright.topics.cost.graphics import GPUS_IDLE, GPUS_SPARE
from skywright.topics.cost.requests import REQUESTED_TOO_MUCH

TRAIN = workload(box())
GPUS = replace(NODE, native={"gpus": {"nvidia.com/gpu": 2}, "gpus_allocatable": {"nvidia.com/gpu": 2}})
MONTHLY = Decimal("140.16")  # of the machine
PART = 2 * 0.95 / (2 * 0.95 + 4 * 0.031611 + 16 * 0.004237)
"""What of it its graphics processors are worth."""


def pod(name="a", named=None, node=GPUS):
    return Pod(id=f"kubernetes:c1:c1:container.pod/shop/web-{name}", **PLACE, native_id=f"shop/web-{name}", workload=TRAIN.id,
               node=node.id, state="running", native={"gpus": named or {"nvidia.com/gpu": 1}})  # fmt: skip


def used(metric, p99, *, days=14.0):
    return Usage(resource=TRAIN.id, metric=metric, window_days=days, samples=int(days * 24), p99=p99, max=p99, mean=p99)


def found(opened, measure, busy, filled, *more, days=14.0, node=GPUS):
    usage = [used("gpu_pct", busy, days=days), *([used("gpu_memory_pct", filled, days=days)] if filled is not None else [])]
    return analyse(opened([TRAIN, node, MACHINE, *more], usage), [measure], InsightSettings())


def test_processors_that_did_nothing_cost_their_part_of_the_machine(opened):
    [one] = found(opened, GPUS_IDLE, 0.0, 30.0, pod("a"), pod("b"))
    assert float(one.saving_monthly.amount) == pytest.approx(float(MONTHLY) * PART, abs=0.01)
    assert (one.set or None, [(fact.metric, fact.value) for fact in one.evidence]) == (None, [("gpu_pct", 0.0)])
    assert one.note == (
        "graphics processors held by its copies (2): 2; nobody else can use them: scale it to none when it is not needed; "
        "saved once their nodes become free"
    )


def test_one_of_two_costs_half_of_it(opened):
    [one] = found(opened, GPUS_IDLE, 0.5, None, pod())
    assert float(one.saving_monthly.amount) == pytest.approx(float(MONTHLY) * PART / 2, abs=0.01)


@pytest.mark.parametrize(("busy", "days", "pods"), [(1.5, 14.0, [pod()]), (0.0, 5.0, [pod()]), (0.0, 14.0, [])])
def test_nothing_is_said_of_what_works_is_young_or_holds_none(opened, busy, days, pods):
    assert list(found(opened, GPUS_IDLE, busy, 10.0, *pods, days=days)) == []


def test_slices_and_a_node_of_unknown_price_give_no_amount(opened):
    [one] = found(opened, GPUS_IDLE, 0.0, None, pod(named={"nvidia.com/mig-1g.5gb": 1}))
    assert (one.saving_monthly, "its copies (1): slices; nobody" in one.note) == (None, True)


def test_without_the_machines_price_there_is_no_amount(opened):
    [one] = found(opened, GPUS_IDLE, 0.0, None, pod(), node=replace(GPUS, instance="", provider_id=""))
    assert one.saving_monthly is None


def test_a_small_part_is_a_hint_and_no_amount(opened):
    [one] = found(opened, GPUS_SPARE, 23.2, 30.1, pod())
    assert (one.set, one.saving_monthly) == ({}, None)
    assert one.note == (
        "99 % of the time below 24 % of a processor and never above 31 % of its memory: a slice (MIG) or one shared in time would "
        "hold it, if its model can be cut and its latency allows"
    )


@pytest.mark.parametrize(("busy", "filled"), [(50.0, 30.0), (20.0, 80.0), (20.0, None), (0.5, 10.0)])
def test_no_hint_where_it_is_used_or_not_known(opened, busy, filled):
    assert list(found(opened, GPUS_SPARE, busy, filled, pod())) == []


def test_nodes_with_graphics_processors_do_not_tell_what_a_processor_costs(opened):
    usage = [Usage(resource=TRAIN.id, metric=metric, window_days=14.0, samples=336, p95=100.0, max=100.0) for metric in
             ("cpu_millis", "memory_mib")]  # fmt: skip
    [one] = analyse(opened([TRAIN, GPUS, MACHINE], usage), [REQUESTED_TOO_MUCH], InsightSettings())
    assert one.saving_monthly is None
