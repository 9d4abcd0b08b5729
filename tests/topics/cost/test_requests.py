"""What workloads ask for beside what they use, and databases that are needed in working hours only."""
# ruff: noqa: E501 - a table of cases reads best with one case a line

from decimal import Decimal

import pytest

from skywright.loop.analyse import analyse
from skywright.model.estate import Usage
from skywright.model.kinds.cluster import Autoscaler, Container, Node, Workload
from skywright.model.kinds.compute import Instance
from skywright.model.kinds.storage import Database
from skywright.model.settings import InsightSettings
from skywright.topics.cost.requests import REQUESTED_TOO_LITTLE, REQUESTED_TOO_MUCH
from skywright.topics.cost.sizing import OFF_HOURS_SHARE, SCHEDULABLE_DATABASE

PLACE = {"cloud": "kubernetes", "account": "c1", "region": "c1"}
MACHINE = Instance(
    id="aws:1:us-east-1:compute.instance/i-1", cloud="aws", account="1", region="us-east-1", native_id="i-1", type="m5.xlarge",
    state="running", platform="Linux/UNIX",
)  # fmt: skip
NODE = Node(
    id="kubernetes:c1:c1:container.node/n1",
    **PLACE,
    native_id="n1",
    provider_id="aws:///a/i-1",
    instance=MACHINE.id,
    cpu_millis=4000,
    memory_mib=16384,
)


def box(cpu=1000, memory=2048, cpu_limit=-1, memory_limit=-1, *, init=False, name="app"):
    return Container(
        name=name, image="app:1", init=init, cpu_request_millis=cpu, memory_request_mib=memory, cpu_limit_millis=cpu_limit, memory_limit_mib=memory_limit
    )  # fmt: skip


def workload(*boxes, **columns):
    usual = {"type": "deployment", "namespace": "shop", "desired": 3, "ready": 3, "autoscaled": False, "suspended": False}
    return Workload(
        id="kubernetes:c1:c1:container.workload/deployment/shop/web", **PLACE, native_id="deployment/shop/web", containers=list(boxes), **usual | columns
    )  # fmt: skip


def used(target, metric, p95, most, *, days=14.0, p50=0.0):
    return Usage(
        resource=target.id, metric=metric, window_days=days, samples=int(days * 24), p50=p50, p95=p95, p99=most, max=most, mean=p95
    )


def asked(opened, measure, target, cpu, memory, *more, days=14.0):
    usage = [used(target, "cpu_millis", cpu, cpu, days=days), used(target, "memory_mib", memory, memory, days=days)]
    return analyse(opened([target, NODE, MACHINE, *more], usage), [measure], InsightSettings())


BECOMES = [
    # name                                                   one container                                   used        becomes: cpu, limit, memory, limit
    ("both too large", box(1000, 2048), (200, 500), (230, -1, 600, -1)),
    ("never below the floor", box(1000, 2048), (1, 1), (10, -1, 16, -1)),
    ("the limit of memory stays", box(1000, 2048, 2000, 4096), (200, 500), (230, 2000, 600, 4096)),
    ("memory that was too small grows, its limit with it", box(4000, 100, -1, 128), (200, 500), (230, -1, 600, 600)),
    ("not above the limit of the processor", box(1000, 2048, 210, -1), (200, 500), (210, 210, 600, -1)),
    ("what is not asked for stays so", box(1000, -1), (200, 500), (230, -1, -1, -1)),
    ("an eighth less is not worth it", box(260, 680), (200, 500), None),
    ("a fifth less is", box(288, 750), (200, 500), (230, -1, 600, -1)),
    ("nothing is asked for", box(-1, -1), (200, 500), None),
]


@pytest.mark.parametrize(("name", "one", "load", "becomes"), BECOMES, ids=[case[0] for case in BECOMES])
def test_requests_become_what_is_used_with_room(opened, name, one, load, becomes):
    found = asked(opened, REQUESTED_TOO_MUCH, workload(one), *load)
    made = [
        (c["cpu_request_millis"], c["cpu_limit_millis"], c["memory_request_mib"], c["memory_limit_mib"])
        for insight in found
        for c in insight.set["containers"]
    ]
    assert made == ([becomes] if becomes else [])


def test_everything_else_of_the_containers_stays(opened):
    first, main = box(50, 64, init=True, name="first"), box(1000, 2048)
    [insight] = asked(opened, REQUESTED_TOO_MUCH, workload(first, main), 200, 500)
    kept, made = insight.set["containers"]
    assert (kept["name"], kept["cpu_request_millis"], kept["memory_request_mib"]) == ("first", 50, 64)
    assert (made["name"], made["image"], made["init"]) == ("app", "app:1", False)
    assert list(made) == list(Container.__struct_fields__)


def test_the_saving_is_the_share_of_the_nodes_cost(opened):
    [insight] = asked(opened, REQUESTED_TOO_MUCH, workload(box(1000, 2048)), 200, 500)
    worth = 4 * 0.031611 + 16 * 0.004237
    less = 3 * ((1 - 0.23) * 0.031611 + (2048 - 600) / 1024 * 0.004237)
    assert insight.saving_monthly.amount == round(Decimal(0.192 * 730 * less / worth), 2)
    assert insight.note == "saved once a node becomes free"


LEFT = [
    # name                                  workload                                                       note
    ("several containers", workload(box(1000, 2048), box(500, 512, name="side")), "one copy needs 230 millis and 600 MiB in all; which of its 2 containers needs what is not measured"),
    ("an autoscaler", workload(box(1000, 2048), autoscaled=True), "as 230 millis and 600 MiB; its autoscaler aims at 20 % of the request: at the same load that is 87 % of the new one, so set both at once"),
    ("perhaps an autoscaler", workload(box(1000, 2048), autoscaled=None), "whether an autoscaler counts its copies by what they ask for is not known"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "target", "note"), LEFT, ids=[case[0] for case in LEFT])
def test_what_is_left_to_people(opened, name, target, note):
    scaler = Autoscaler(id="h", **PLACE, native_id="h", type="horizontal", workload=target.id, target_cpu_pct=20)
    [insight] = asked(opened, REQUESTED_TOO_MUCH, target, 200, 500, scaler)
    assert (insight.set, insight.note) == ({}, note)


def test_what_becomes_of_the_class_of_its_pods_is_said(opened):
    [insight] = asked(opened, REQUESTED_TOO_MUCH, workload(box(1000, 2048, 1000, 2048)), 200, 500)
    assert insight.note == "saved once a node becomes free; its pods are no longer of the class Guaranteed"


def test_nothing_is_said_of(opened):
    vertical = Autoscaler(id="v", **PLACE, native_id="v", type="vertical", workload=workload().id)
    large = box(1000, 2048)
    assert asked(opened, REQUESTED_TOO_MUCH, workload(large), 200, 500, days=6.0) == ()
    assert asked(opened, REQUESTED_TOO_MUCH, workload(large), 200, 500, vertical) == ()
    assert asked(opened, REQUESTED_TOO_MUCH, workload(large, type="job"), 200, 500) == ()
    assert asked(opened, REQUESTED_TOO_MUCH, workload(large, namespace="kube-system"), 200, 500) == ()
    assert asked(opened, REQUESTED_TOO_MUCH, workload(large, desired=0, ready=0), 200, 500) == ()


LITTLE = [("processor", 1200, 500, 1), ("memory", 200, 2300, 1), ("a tenth is not told", 1100, 2200, 0), ("less", 900, 2000, 0)]


@pytest.mark.parametrize(("name", "cpu", "memory", "count"), LITTLE, ids=[case[0] for case in LITTLE])
def test_more_is_used_than_asked_for(opened, name, cpu, memory, count):
    found = asked(opened, REQUESTED_TOO_LITTLE, workload(box(1000, 2048)), cpu, memory)
    assert [(insight.set, insight.saving_monthly) for insight in found] == [({}, None)] * count


def database(**columns):
    usual = {
        "engine": "postgres",
        "type": "db.m5.large",
        "state": "available",
        "cluster": "",
        "multi_zone": False,
        "storage_gib": 100,
    }
    more = {"storage_type": "gp3", "tags": {"environment": "dev"}}
    return Database(
        id="aws:1:us-east-1:database.instance/d",
        cloud="aws",
        account="1",
        region="us-east-1",
        native_id="d",
        **usual | more | columns,
    )


NIGHTS = [
    # name                                   database            connections: p50, max   told
    ("empty nights", database(), (0.0, 12.0), True),
    ("never used: that is for another measure", database(), (0.0, 0.0), False),
    ("used all day", database(), (3.0, 12.0), False),
    ("production", database(tags={"environment": "prod"}), (0.0, 12.0), False),
    ("on a schedule already", database(tags={"environment": "dev", "skywright:schedule": "x"}), (0.0, 12.0), False),
    ("a member of a cluster", database(cluster="c"), (0.0, 12.0), False),
    ("cannot be stopped", database(engine="sqlserver-se", multi_zone=True), (0.0, 12.0), False),
]


@pytest.mark.parametrize(("name", "target", "load", "told"), NIGHTS, ids=[case[0] for case in NIGHTS])
def test_databases_of_working_hours(opened, name, target, load, told):
    p50, most = load
    found = analyse(
        opened([target], [used(target, "connections_count", most, most, p50=p50)]), [SCHEDULABLE_DATABASE], InsightSettings()
    )
    assert [insight.set for insight in found] == ([{"tags": {"skywright:schedule": "office-hours"}}] if told else [])
    if told:
        hours = Decimal("0.178") * 730  # of the instance, without its storage
        assert found[0].saving_monthly.amount == round(hours * Decimal(f"{OFF_HOURS_SHARE:.6f}"), 2)
