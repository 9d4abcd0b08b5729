"""What is worth doing, measure by measure, over an estate as the engine opens it. Absence of data is never evidence."""
# ruff: noqa: E501 - a table of cases reads best with one case a line

from datetime import datetime
from decimal import Decimal

import pytest

from skywright.loop.analyse import analyse, in_force
from skywright.model.errors import BadInput
from skywright.model.estate import Usage
from skywright.model.finding import InsightType
from skywright.model.kinds.base import resource_id
from skywright.model.kinds.compute import Instance
from skywright.model.kinds.network import Address, Balancer, Gateway
from skywright.model.kinds.storage import Database, Volume
from skywright.model.money import Money
from skywright.model.settings import InsightSettings
from skywright.topics.cost.measure import MEASURES

OLD = datetime(2026, 1, 1)


def make(kind, native="x1", region="us-east-1", **columns):
    identifier = resource_id("aws", "1", region, kind.KIND, native)
    return kind(id=identifier, cloud="aws", account="1", region=region, native_id=native, **columns)


def usage(resource, metric, *, samples=336, days=14.0, **values):
    return Usage(resource=resource.id, metric=metric, window_days=days, samples=samples, **values)


def flat(resource, metric, value, **more):
    """The same value in every hour."""
    return usage(resource, metric, **(dict.fromkeys(("p50", "p95", "p99", "max", "mean"), value) | more))


def machine(**columns):
    return make(Instance, **{"type": "m5.2xlarge", "state": "running", "scaling_group": "", "platform": "Linux/UNIX"} | columns)


def found(opened, resources, used=(), name=None, **settings):
    measures = [measure for measure in MEASURES if name in (None, measure.name)]
    return analyse(opened(resources, used), measures, InsightSettings(**settings))


OVERSIZED = [
    # name                                    type          cpu_p99  cpu_mean  memory_p99  credits_p50  expected
    ("no data", "m5.2xlarge", None, None, None, None, None),
    ("low, memory known: the cheapest of the series that fits", "m5.2xlarge", 12.0, 6.0, 30.0, None, "r5.large"),
    ("low, memory small: another family", "m5.2xlarge", 12.0, 6.0, 10.0, None, "c5.large"),
    ("memory not measured: none is taken away", "m5.2xlarge", 12.0, 6.0, None, None, "r5.xlarge"),
    ("memory full: none is taken away", "m5.2xlarge", 12.0, 6.0, 79.0, None, "r5.xlarge"),
    ("half of the headroom line", "m5.2xlarge", 20.0, 10.0, 20.0, None, "m5.large"),
    ("a hair over it", "m5.2xlarge", 20.1, 10.0, 20.0, None, "c5.xlarge"),
    ("on the line of half the size", "m5.2xlarge", 40.0, 20.0, 40.0, None, "m5.xlarge"),
    ("over it", "m5.2xlarge", 40.1, 20.0, 40.1, None, None),
    ("busy", "m5.2xlarge", 85.0, 60.0, 70.0, None, None),
    ("the smallest", "m5.large", 6.0, 5.5, 60.0, None, None),
    ("burstable with credits", "t3.xlarge", 15.0, 6.0, 30.0, 500.0, "t3.large"),
    ("burstable, the smaller one's baseline is too low", "t3.xlarge", 30.0, 26.0, 10.0, 500.0, None),
    ("burstable without credits", "t3.xlarge", 15.0, 6.0, 30.0, 0.0, None),
    ("burstable, credits not known, far below baseline", "t3.xlarge", 15.0, 6.0, 30.0, None, "t3.large"),
    ("burstable, credits not known, near baseline", "t3.xlarge", 25.0, 21.0, 30.0, None, None),
    ("an unknown type", "m99.large", 12.0, 6.0, 30.0, None, None),
]


@pytest.mark.parametrize(
    ("name", "type_", "cpu", "mean", "memory", "credit", "expected"), OVERSIZED, ids=[case[0] for case in OVERSIZED]
)
def test_right_sizing(opened, name, type_, cpu, mean, memory, credit, expected):
    target = machine(type=type_)
    used = [flat(target, "network_in_bytes", 1e9), flat(target, "network_out_bytes", 1e9)]
    if cpu is not None:
        used.append(flat(target, "cpu_pct", cpu, mean=mean))
    if memory is not None:
        used.append(flat(target, "memory_pct", memory))
    if credit is not None:
        used.append(flat(target, "credits_count", credit))
    insights = found(opened, [target], used, "compute_instance_oversized")
    assert [insight.set["type"] for insight in insights] == ([expected] if expected else [])


def test_an_oversized_machine_is_told_with_its_evidence(opened):
    target = machine()
    used = [flat(target, "cpu_pct", 30.0, mean=6.0), flat(target, "memory_pct", 30.0)]
    (insight,) = found(opened, [target], used, "compute_instance_oversized")
    assert insight.type is InsightType.OVERSIZED
    assert insight.set == {"type": "m5.xlarge", "vcpus": 4, "memory_mib": 16384}
    assert insight.saving_monthly == Money(Decimal("140.16"))  # (0.384 - 0.192) x 730
    assert [(e.metric, e.statistic, e.value, e.window_days, e.samples, e.threshold) for e in insight.evidence] == [
        ("cpu_pct", "p99", 30.0, 14.0, 336, 40.0),
        ("memory_pct", "p99", 30.0, 14.0, 336, 40.0),
    ]
    assert insight.confidence == 0.9


def test_memory_that_is_not_measured_lowers_the_confidence_and_is_said(opened):
    target = machine()
    (insight,) = found(opened, [target], [flat(target, "cpu_pct", 12.0, mean=6.0)], "compute_instance_oversized")
    assert insight.set == {"type": "r5.xlarge", "vcpus": 4, "memory_mib": 32768}
    assert insight.confidence == 0.6
    assert insight.note == "memory is not measured, so it is not made smaller"
    assert insight.evidence[1].value is None


NOT_OURS = [
    ("too few samples", {}, {"samples": 100}),
    ("too short a time", {}, {"days": 3.0}),
    ("stopped", {"state": "stopped"}, {}),
    ("in a scaling group", {"scaling_group": "aws:1:us-east-1:compute.group/g"}, {}),
    ("group not read", {"scaling_group": None}, {}),
    ("spot", {"lifecycle": "spot"}, {}),
    ("no price there", {"region": "ap-south-1", "type": "c4.xlarge"}, {}),
]


@pytest.mark.parametrize(("name", "columns", "sampled"), NOT_OURS, ids=[case[0] for case in NOT_OURS])
def test_nothing_is_said_of_the_size(opened, name, columns, sampled):
    target = machine(**columns)
    used = [flat(target, "cpu_pct", 12.0, **sampled), flat(target, "memory_pct", 10.0, **sampled)]
    assert found(opened, [target], used, "compute_instance_oversized") == ()


IDLE = [
    # name             cpu    network a hour   samples   idle
    ("idle", 1.0, 1_000.0, 336, True),
    ("computes", 5.0, 1_000.0, 336, False),
    ("talks", 1.0, 500_000.0, 336, False),
    ("network not measured", 1.0, None, 336, False),
    ("cpu not measured", None, 1_000.0, 336, False),
    ("too few samples", 1.0, 1_000.0, 149, False),
]


@pytest.mark.parametrize(("name", "cpu", "network", "samples", "idle"), IDLE, ids=[case[0] for case in IDLE])
def test_idle_machine(opened, name, cpu, network, samples, idle):
    target = machine(type="m5.large")
    used = [flat(target, "cpu_pct", cpu, samples=samples)] if cpu is not None else []
    if network is not None:
        used += [flat(target, f"network_{way}_bytes", network, samples=samples) for way in ("in", "out")]
    insights = found(opened, [target], used, "compute_instance_idle")
    assert [(i.set, i.saving_monthly) for i in insights] == ([({"state": "stopped"}, Money(Decimal("70.08")))] if idle else [])


def test_an_idle_machine_is_not_made_smaller_as_well(opened):
    target = machine(tags={"environment": "dev"}, type="m4.2xlarge")
    used = [flat(target, "cpu_pct", 1.0), flat(target, "memory_pct", 10.0)]
    used += [flat(target, f"network_{way}_bytes", 1.0) for way in ("in", "out")]
    assert [insight.type for insight in found(opened, [target], used)] == [InsightType.IDLE]


SCHEDULE = [
    # name                tags                                          p50   p95    expected
    ("quiet at night", {"environment": "dev"}, 2.0, 60.0, True),
    ("in any script", {"environment": "DEV"}, 2.0, 60.0, True),
    ("production", {"environment": "production"}, 2.0, 60.0, False),
    ("no tags read", None, 2.0, 60.0, False),
    ("no such tag", {}, 2.0, 60.0, False),
    ("never busy", {"environment": "dev"}, 2.0, 10.0, False),
    ("never quiet", {"environment": "dev"}, 20.0, 60.0, False),
    ("scheduled already", {"environment": "dev", "skywright:schedule": "x"}, 2.0, 60.0, False),
]


@pytest.mark.parametrize(("name", "tags", "p50", "p95", "expected"), SCHEDULE, ids=[case[0] for case in SCHEDULE])
def test_schedulable_machine(opened, name, tags, p50, p95, expected):
    target = machine(tags=tags, type="m5.large")
    used = [usage(target, "cpu_pct", p50=p50, p95=p95, p99=p95, max=p95, mean=p50)]
    insights = found(opened, [target], used, "compute_instance_schedulable")
    assert [insight.set for insight in insights] == ([{"tags": {"skywright:schedule": "office-hours"}}] if expected else [])


THINGS = [
    # name                  resource                                                                          usage (metric, value)     insights: (name, set, delete, saving)
    (
        "unattached volume",
        make(Volume, type="gp3", size_gib=100, iops=3000, attached=False, state="available", created_at=OLD),
        None,
        [("storage_volume_unattached", {}, True, "8.00")],
    ),
    ("attached volume", make(Volume, type="gp3", size_gib=100, iops=3000, attached=True, state="in-use", created_at=OLD), None, []),
    (
        "attachment not read",
        make(Volume, type="gp3", size_gib=100, iops=3000, attached=None, state="available", created_at=OLD),
        None,
        [],
    ),
    (
        "fresh volume",
        make(Volume, type="gp3", size_gib=100, iops=3000, attached=False, state="available", created_at=datetime(2026, 7, 31)),
        None,
        [],
    ),
    ("age not read", make(Volume, type="gp3", size_gib=100, iops=3000, attached=False, state="available"), None, []),
    ("idle address", make(Address, attached=False), None, [("network_address_unattached", {}, True, "3.65")]),
    ("used address", make(Address, attached=True), None, []),
    ("address not read", make(Address), None, []),
    (
        "gp2",
        make(Volume, type="gp2", size_gib=100, iops=300, attached=True),
        None,
        [("storage_volume_old_generation", {"type": "gp3", "iops": 3000, "throughput_mibps": 125}, False, "2.00")],
    ),
    (
        "large gp2",
        make(Volume, type="gp2", size_gib=2000, iops=6000, attached=True),
        None,
        [("storage_volume_old_generation", {"type": "gp3", "iops": 6000, "throughput_mibps": 250}, False, "20.00")],
    ),
    (
        "gp2 whose speed would cost more",
        make(Volume, type="gp2", size_gib=171, iops=513, attached=True),
        None,
        [],
    ),
    (
        "gp2 where no price is known",
        make(Volume, region="sa-east-1", type="gp2", size_gib=100, attached=True),
        None,
        [("storage_volume_old_generation", {"type": "gp3", "iops": 3000, "throughput_mibps": 125}, False, None)],
    ),
    (
        "io1 that does little",
        make(Volume, type="io1", size_gib=100, iops=4000, attached=True),
        ("disk_%s_ops", 90_000.0),
        [("storage_volume_iops_overprovisioned", {"iops": 200}, False, "247.00")],
    ),
    ("io1 that does much", make(Volume, type="io1", size_gib=100, iops=4000, attached=True), ("disk_%s_ops", 4_000_000.0), []),
    ("io1 not measured", make(Volume, type="io1", size_gib=100, iops=4000, attached=True), None, []),
    (
        "gp3 keeps what is included",
        make(Volume, type="gp3", size_gib=100, iops=10000, throughput_mibps=125, attached=True),
        ("disk_%s_ops", 90_000.0),
        [("storage_volume_iops_overprovisioned", {"iops": 3000}, False, "35.00")],
    ),
    (
        "old machine",
        machine(type="m4.large"),
        None,
        [("compute_instance_old_generation", {"type": "m5.large", "vcpus": 2, "memory_mib": 8192}, False, "2.92")],
    ),
    ("new machine", machine(type="m7i.large"), None, []),
    (
        "idle database",
        make(
            Database,
            engine="mysql",
            cluster="",
            type="db.m5.large",
            state="available",
            storage_type="gp2",
            storage_gib=100,
            multi_zone=False,
        ),
        ("connections_count", 0.0),
        [("database_instance_idle", {"state": "stopped"}, False, "124.83")],
    ),
    (
        "used database",
        make(Database, engine="mysql", cluster="", type="db.m5.large", state="available"),
        ("connections_count", 1.0),
        [],
    ),
    ("idle balancer", make(Balancer, type="application"), ("requests_count", 0.0), [("network_balancer_idle", {}, True, "16.42")]),
    ("balancer not measured", make(Balancer, type="application"), None, []),
    ("idle nat", make(Gateway, type="nat"), ("network_out_bytes", 0.0), [("network_gateway_idle", {}, True, "32.85")]),
    ("internet gateway", make(Gateway, type="internet"), ("network_out_bytes", 0.0), []),
]


@pytest.mark.parametrize(("name", "resource", "used", "expected"), THINGS, ids=[case[0] for case in THINGS])
def test_other_things(opened, name, resource, used, expected):
    rows = []
    if used:
        metrics = [used[0] % way for way in ("read", "write")] if "%" in used[0] else [used[0]]
        rows = [flat(resource, metric, used[1]) for metric in metrics]
    insights = found(opened, [resource], rows)
    amounts = [None if i.saving_monthly is None else str(i.saving_monthly.amount) for i in insights]
    assert [(i.id.rpartition("-")[0], i.set, i.delete, amount) for i, amount in zip(insights, amounts, strict=True)] == expected


def test_the_largest_saving_stands_first(opened):
    resources = [make(Address, attached=False), make(Volume, type="gp2", size_gib=1000, iops=3000, attached=True)]
    assert [insight.kind for insight in found(opened, resources)] == ["storage.volume", "network.address"]


def test_thresholds_are_the_users(opened):
    target = machine(type="m5.large")
    used = [flat(target, "cpu_pct", 8.0)] + [flat(target, f"network_{way}_bytes", 1.0) for way in ("in", "out")]
    params = {"compute_instance_idle": {"idle_cpu_p99_pct": 10.0}}
    assert len(found(opened, [target], used, "compute_instance_idle", params=params)) == 1


def test_a_measure_can_be_disabled(opened):
    assert found(opened, [make(Address, attached=False)], disable=["network_address_unattached"]) == ()


def test_an_unknown_measure_or_threshold_is_bad_input():
    with pytest.raises(BadInput) as caught:
        list(in_force(MEASURES, InsightSettings(disable=["compute_instance_idel"])))
    assert str(caught.value) == "insights: There is no measure compute_instance_idel. Did you mean compute_instance_idle?"
    with pytest.raises(BadInput) as caught:
        list(in_force(MEASURES, InsightSettings(params={"compute_instance_idle": {"cpu": 1}})))
    assert str(caught.value).startswith("insights.params.compute_instance_idle: There is no threshold cpu. There are: days_min, ")


def test_every_measure_names_its_source():
    assert all(measure.source and measure.title and measure.kind for measure in MEASURES)
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)
