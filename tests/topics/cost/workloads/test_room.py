"""Clusters over the ledger and the estate: by namespace and label, day by day, with what is idle; exactly the machines' bill."""

from datetime import datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.topics.cost.books.asking import TODAY
from tests.topics.cost.books.ledger import MemoryLedger, row
from tests.topics.cost.matching.small import gather, made

from skywright.model.cost_settings import CostSettings
from skywright.model.cost_shares import Method, Share
from skywright.model.cost_workloads import WorkloadSettings
from skywright.model.errors import BadInput
from skywright.model.estate import Usage
from skywright.topics.cost.books import Books
from skywright.topics.cost.books.exact import total
from skywright.topics.cost.books.period import parse_period
from skywright.topics.cost.books.question import Measure
from skywright.topics.cost.matching.room import Estate
from skywright.topics.cost.sharing.room import Sharing
from skywright.topics.cost.sharing.statements import statements
from skywright.topics.cost.workloads.allocate import Bearer, grouped
from skywright.topics.cost.workloads.room import Workloads, parse_names
from skywright.wiring import House, open_house

AWS = "111122223333"
KUBE = ("kubernetes", "shop", "global")
EVEN = WorkloadSettings(cpu_hour=Decimal(1), memory_gib_hour=Decimal(1))


def pod(name: str, namespace: str, cpu: int, memory: int, node="kubernetes:shop:global:container.node/n1", **columns):
    owner = f"kubernetes:shop:global:container.workload/deployment/{namespace}/{name}"
    return made(
        "container.pod", f"{namespace}/{name}-1", *KUBE, namespace=namespace, workload=owner, node=node, cpu_request_millis=cpu,
        memory_request_mib=memory, state="running", **columns,
    )  # fmt: skip


MACHINE = made("compute.instance", "i-0node", vcpus=4, memory_mib=4096)
NODE = made("container.node", "n1", *KUBE, instance=MACHINE.id, cpu_millis=3000, memory_mib=3072)
SWARM_HOST = made("compute.host", "h1", "hosts", "site", "site", vcpus=2, memory_mib=2048)
SWARM_NODE = made("container.node", "s1", "swarm", "dock", "global", cpu_millis=2000, memory_mib=2048, instance=SWARM_HOST.id)
API = "swarm:dock:global:container.service/api"
ASKED = {"cpu_request_millis": 1000, "memory_request_mib": 1024}
TASK = made("container.pod", "api.1", "swarm", "dock", "global", workload=API, node=SWARM_NODE.id, **ASKED)


@pytest.fixture
def house(tmp_path) -> House:
    return open_house(data=tmp_path / ".skywright")


def bill(house: House, rows, period="2026-09", **set_):
    beside = Estate(house.engine, house.store.snapshots.all, lambda: house.folder("keys")).beside()
    books = Books(MemoryLedger(rows), CostSettings(**{"workloads": EVEN} | set_), lambda path, kind: kind(), lambda: beside.pair)
    return Workloads(books, house.engine, house.store.snapshots.all).bill(parse_period(period, TODAY), Measure.BILLED)


def node_row(cost, day=1, **columns):
    return row(cost, day=day, ResourceId="i-0node", SubAccountId=AWS, **columns)


def told(found, *by):
    return [(one.bearer.value, *one.key, str(one.amount)) for one in grouped(found, by)]


def test_by_namespace_with_system_idle_and_overhead(house) -> None:
    pods = [pod("web", "shop", 1500, 1536), pod("job", "batch", 300, 0), pod("dns", "kube-system", 100, 100)]
    gather(house, datetime(2026, 9, 1, 8), [MACHINE, NODE, *pods])
    found = bill(house, [node_row("8.00"), row("5", ResourceId="i-0other", SubAccountId=AWS)])
    assert told(found, "namespace") == [
        ("workload", "shop", "3.00"), ("workload", "batch", "0.30"), ("system", "kube-system", "0.20"), ("idle", "", "2.50"),
        ("overhead", "", "2.00"),
    ]  # fmt: skip
    assert found.billed == {"USD": 8}


def test_graphics_processors_by_workload_and_idle_ones_for_themselves(house) -> None:
    """8 for processors and memory, 8 for each of four graphics processors, of which one is cut into seven slices."""
    named = {"nvidia.com/gpu": 3, "nvidia.com/mig-1g.5gb": 7}
    node = replace(NODE, native={"gpus": named, "gpus_allocatable": named}, cpu_millis=4000, memory_mib=4096)
    pods = [
        pod("train", "ml", 2000, 2048, native={"gpus": {"nvidia.com/gpu": 2}}),
        pod("serve", "ml", 0, 0, native={"gpus": {"nvidia.com/mig-1g.5gb": 3}}), pod("web", "shop", 1000, 1024),
    ]  # fmt: skip
    gather(house, datetime(2026, 9, 1, 8), [MACHINE, node, *pods])
    found = bill(house, [node_row("40.00")], workloads=WorkloadSettings(cpu_hour=1, memory_gib_hour=1, gpu_hour=Decimal(8)))
    assert told(found, "workload") == [
        ("workload", "deployment/ml/train", "20.00"), ("workload", "deployment/ml/serve", "3.43"),
        ("workload", "deployment/shop/web", "2.00"), ("idle", "", "2.00"), ("idle-gpus", "", "12.57"), ("overhead", "", "0.00"),
    ]  # fmt: skip
    assert total(one.amount for one in found.parts) == 40


GPU_NODE = replace(
    NODE, native={"gpus": {"nvidia.com/gpu": 2}, "gpus_allocatable": {"nvidia.com/gpu": 2}}, cpu_millis=4000, memory_mib=4096
)


def used_of(pod, cpu, memory, gpu=None):
    facts = [("cpu_millis", cpu), ("memory_mib", memory), *([("gpu_pct", gpu)] if gpu is not None else [])]
    return [Usage(resource=pod.id, metric=metric, window_days=1.0, samples=24, mean=value) for metric, value in facts]


@pytest.mark.parametrize(
    ("busy", "idle", "used"),
    [(0.0, "8.00", 0.2), (25.0, "6.00", 0.4), (100.0, "0.00", 1.0), (None, None, None)],
)
def test_what_was_paid_for_graphics_processors_that_did_nothing(house, busy, idle, used) -> None:
    """8 for processors and memory, 8 for each of two graphics processors; the pod has one, and a quarter of the rest."""
    train = pod("train", "ml", 1000, 1024, native={"gpus": {"nvidia.com/gpu": 1}})
    gather(house, datetime(2026, 9, 1, 8), [MACHINE, GPU_NODE, train], used_of(train, 1000, 1024, busy))
    found = bill(house, [node_row("24.00")], workloads=WorkloadSettings(cpu_hour=1, memory_gib_hour=1, gpu_hour=Decimal(8)))
    [one, *rest] = grouped(found, ("workload",))
    assert (str(one.amount), one.gpus, None if one.gpus_idle is None else str(one.gpus_idle)) == ("10.00", True, idle)
    assert (one.used if one.used is None else round(float(one.used), 6)) == used
    assert all(not row.gpus and row.gpus_idle is None for row in rest)


def test_by_workload_and_label_and_what_was_used(house) -> None:
    pods = [pod("web", "shop", 1500, 1536, labels={"app": "front"}), pod("job", "shop", 1500, 1536, labels={"app": "back"})]
    usage = [
        Usage(resource=pods[0].id, metric=metric, window_days=1.0, samples=24, mean=value)
        for metric, value in (("cpu_millis", 750.0), ("memory_mib", 768.0))
    ]
    gather(house, datetime(2026, 9, 1, 8), [MACHINE, NODE, *pods], usage)
    found = bill(house, [node_row("8.00")])
    assert told(found, "workload", "label:app")[:2] == [
        ("workload", "deployment/shop/job", "back", "3.00"), ("workload", "deployment/shop/web", "front", "3.00")
    ]  # fmt: skip
    assert [float(one.used) if one.used is not None else None for one in grouped(found, ("workload",))][:2] == [None, 0.5]


def test_each_day_by_what_ran_then(house) -> None:
    gather(house, datetime(2026, 9, 1, 8), [MACHINE, NODE, pod("old", "shop", 3000, 3072)])
    gather(house, datetime(2026, 9, 10, 8), [MACHINE, NODE, pod("new", "shop", 3000, 3072)])
    found = bill(house, [node_row("4.00", day=5), node_row("8.00", day=12), node_row("1.00", day=20)])
    assert told(found, "pod")[:2] == [("workload", "shop/new-1", "6.75"), ("workload", "shop/old-1", "3.00")]


def test_a_machine_that_is_gone_is_split_by_when_it_was_there(house) -> None:
    gather(house, datetime(2026, 9, 1, 8), [MACHINE, NODE, pod("old", "shop", 3000, 3072)])
    gather(house, datetime(2026, 9, 10, 8), [made("compute.instance", "i-0else")])
    found = bill(house, [node_row("8.00", day=12)])
    assert told(found, "pod")[0] == ("workload", "shop/old-1", "6.00")


def test_a_swarm_on_own_hosts(house) -> None:
    gather(house, datetime(2026, 9, 1, 8), [SWARM_HOST, SWARM_NODE, TASK])
    found = bill(house, [row("30.00", ResourceId="h1", SubAccountId="site")])
    assert told(found, "cluster", "workload") == [
        ("workload", "swarm:dock", "api", "15.00"), ("idle", "swarm:dock", "", "15.00"), ("overhead", "swarm:dock", "", "0.00")
    ]  # fmt: skip


def test_digits_of_the_bill_and_currencies_stay(house) -> None:
    gather(house, datetime(2026, 9, 1, 8), [MACHINE, NODE, pod("a", "x", 700, 123), pod("b", "y", 1, 1), pod("c", "z", 999, 3)])
    rows = [node_row("0.123456789012345678"), node_row("-0.02", day=2), node_row("7", day=3, BillingCurrency="EUR")]
    found = bill(house, rows)
    assert found.billed == {"EUR": 7, "USD": Decimal("0.103456789012345678")}
    for currency, amount in found.billed.items():
        assert total(one.amount for one in grouped(found, ("namespace",)) if one.currency == currency) == amount
    assert {part.bearer for part in found.parts} == {Bearer.WORKLOAD, Bearer.IDLE, Bearer.OVERHEAD}


def test_no_machine_of_a_cluster_was_billed(house) -> None:
    gather(house, datetime(2026, 9, 1, 8), [MACHINE])
    with pytest.raises(BadInput) as caught:
        bill(house, [node_row("8.00")])
    assert str(caught.value) == (
        "None of the machines billed for 2026-09 is known to be a node of a cluster. Gather the cluster and its machines;"
        " `skywright cost match` shows what of the bill is known."
    )


def test_a_name_that_clusters_are_not_told_apart_by() -> None:
    with pytest.raises(BadInput) as caught:
        parse_names("namespace,team")
    assert str(caught.value) == (
        "--by: Clusters are not told apart by team. There are cluster, node, namespace, workload, pod and label:KEY."
    )


def test_a_shared_cluster_is_borne_by_the_teams_of_its_workloads(house) -> None:
    pods = [pod("web", "shop", 1500, 1536, labels={"team": "a"}), pod("job", "shop", 300, 307, labels={"team": "b"})]
    gather(house, datetime(2026, 9, 1, 8), [MACHINE, NODE, *pods])
    rows = [node_row("12.00"), row("3.00", Tags={"cost-center": "a"})]
    beside = Estate(house.engine, house.store.snapshots.all, lambda: house.folder("keys")).beside()
    share = Share(name="cluster", where={"estate": "*i-0node"}, method=Method.METRIC, metric="workloads:label:team")
    settings = CostSettings(workloads=EVEN, shares=[share])
    books = Books(MemoryLedger(rows), settings, lambda path, kind: kind(), lambda: beside.pair)
    rooms = Workloads(books, house.engine, house.store.snapshots.all)
    found = statements(Sharing(books, lambda *_: [], rooms.borne).allocation(parse_period("2026-09", TODAY), Measure.BILLED))
    assert [(one.center, one.own, one.passed) for one in found] == [("a", 3, 10), ("b", 0, 2), (None, 0, 0)]


def test_volumes_are_borne_by_their_claims_and_idle_without(house) -> None:
    held, loose, other = (made("storage.volume", f"vol-{name}") for name in ("held", "loose", "other"))
    claim = made("container.volume", "claim/shop/data", *KUBE, type="claim", namespace="shop", provider_id="vol-held", bound=True,
                 name="data")  # fmt: skip
    kept = [
        made("container.volume", f"volume/pv-{name}", *KUBE, type="volume", namespace="", provider_id=f"vol-{name}", bound=bound)
        for name, bound in (("held", True), ("loose", False))
    ]
    gather(house, datetime(2026, 9, 1, 8), [MACHINE, NODE, pod("web", "shop", 3000, 3072), held, loose, other, claim, *kept])
    rows = [
        row(cost, ResourceId=one.native_id, SubAccountId=AWS) for cost, one in (("4.00", held), ("1.00", loose), ("9.00", other))
    ]
    found = bill(house, [node_row("8.00"), *rows])
    assert told(found, "workload") == [
        ("workload", "deployment/shop/web", "6.00"), ("workload", "claim/shop/data", "4.00"), ("idle", "", "1.00"),
        ("overhead", "", "2.00"),
    ]  # fmt: skip
    assert found.billed == {"USD": 13}
