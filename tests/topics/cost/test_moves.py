"""Machines that would cost less as something else, or elsewhere: what fits, and what would be lost."""
# ruff: noqa: E501 - a table of cases reads best with one case a line

from decimal import Decimal

import pytest

from skywright.loop.analyse import analyse
from skywright.model.estate import Usage
from skywright.model.kinds.base import resource_id
from skywright.model.kinds.compute import Instance
from skywright.model.money import Money
from skywright.model.settings import InsightSettings
from skywright.topics.cost.moves import OTHER_ARCHITECTURE, OTHER_FAMILY, OTHER_REGION

LOW = {
    "cpu_pct": 30.0,
    "memory_pct": 60.0,
    "network_in_bytes": 1e9,
    "network_out_bytes": 1e9,
    "disk_read_bytes": 1e9,
    "disk_write_bytes": 1e9,
}


def machine(cloud="aws", region="us-east-1", **columns):
    identifier = resource_id(cloud, "1", region, Instance.KIND, "i-1")
    usual = {"type": "m5.2xlarge", "state": "running", "scaling_group": "", "platform": "Linux/UNIX"}
    return Instance(id=identifier, cloud=cloud, account="1", region=region, native_id="i-1", **usual | columns)


def used(target, **metrics):
    return [
        Usage(
            resource=target.id,
            metric=metric,
            window_days=14.0,
            samples=336,
            **dict.fromkeys(("p50", "p95", "p99", "max", "mean"), value),
        )
        for metric, value in metrics.items()
        if value is not None
    ]


def insights(opened, measure, target, metrics, **params):
    return analyse(
        opened([target], used(target, **metrics)), [measure], InsightSettings(params={measure.name: params} if params else {})
    )


FAMILY = [
    # name                                                       type           load                                              becomes
    ("what an older family does, a newer one does for less", "m4.2xlarge", LOW | {"cpu_pct": 70.0}, "m5a.2xlarge"),
    ("nothing measured", "m4.2xlarge", {}, None),
    ("nothing is a tenth cheaper", "m5.2xlarge", LOW | {"cpu_pct": 79.0, "memory_pct": 79.0}, None),
    ("its own disks would be lost", "m5d.2xlarge", LOW | {"cpu_pct": 79.0, "memory_pct": 79.0}, None),
    ("special machines are left alone", "g4dn.2xlarge", LOW, None),
]


@pytest.mark.parametrize(("name", "type_", "load", "becomes"), FAMILY, ids=[case[0] for case in FAMILY])
def test_another_family(opened, name, type_, load, becomes):
    found = insights(opened, OTHER_FAMILY, machine(type=type_), load)
    assert [insight.set["type"] for insight in found] == ([becomes] if becomes else [])


def shape(opened, sku):
    [row] = opened([machine()]).query(
        "SELECT vcpus, memory_mib, network_mbps, disk_mbps, local_disk, generation, architecture, amount FROM price"
        " WHERE sku = $sku AND region = 'us-east-1' AND kind = 'compute.instance' AND unit = 'hour'", {"sku": sku}
    ).dicts()  # fmt: skip
    return row


@pytest.mark.parametrize("cpu", [5.1, 20.0, 40.0, 60.0, 79.0])
@pytest.mark.parametrize("memory", [5.0, 40.0, 79.0, None])
@pytest.mark.parametrize("network", [1e9, 2e11, None])
@pytest.mark.parametrize("type_", ["m4.4xlarge", "c4.2xlarge", "r5.2xlarge", "m5d.2xlarge", "t3.2xlarge"])
def test_whatever_is_proposed_fits_in_every_dimension(opened, cpu, memory, network, type_):
    target = machine(type=type_)
    load = LOW | {
        "cpu_pct": cpu,
        "memory_pct": memory,
        "network_in_bytes": network,
        "network_out_bytes": network,
        "credits_count": 500.0,
    }
    for insight in insights(opened, OTHER_FAMILY, target, load):
        old, new = shape(opened, type_), shape(opened, insight.set["type"])
        assert cpu / 100 * old["vcpus"] <= 0.8 * new["vcpus"]
        assert (memory / 100 * old["memory_mib"] <= 0.8 * new["memory_mib"]) if memory else new["memory_mib"] >= old["memory_mib"]
        assert (network * 8 / 3.6e9 <= 0.8 * new["network_mbps"]) if network else new["network_mbps"] >= old["network_mbps"]
        assert new["local_disk"] or not old["local_disk"]
        assert new["generation"] > old["generation"]
        assert new["architecture"] == old["architecture"]
        assert new["amount"] < old["amount"] * Decimal("0.9")


def test_another_family_is_told_with_every_limit(opened):
    [insight] = insights(opened, OTHER_FAMILY, machine(type="m4.2xlarge"), LOW | {"cpu_pct": 70.0})
    assert [(said.metric, said.value is not None, said.threshold is not None) for said in insight.evidence] == [
        ("cpu_pct", True, True), ("memory_pct", True, True), ("network_mbps", True, True), ("disk_mbps", True, True),
    ]  # fmt: skip
    assert insight.saving_monthly.amount > 0


def test_where_limits_are_not_known_that_is_said(opened):
    target = machine("gcp", "europe-west1", type="n1-standard-8", platform=None)
    [insight] = insights(opened, OTHER_FAMILY, target, {"cpu_pct": 20.0, "memory_pct": 20.0})
    assert insight.set["type"] == "e2-standard-2"
    assert insight.note == "limits of network and volumes are not known"


def test_another_architecture_is_for_people_to_decide(opened):
    [insight] = insights(opened, OTHER_ARCHITECTURE, machine(type="m5.2xlarge"), LOW | {"cpu_pct": 70.0, "memory_pct": 70.0})
    assert insight.set == {}
    assert insight.note.endswith("; its image and software must be built for that architecture")
    assert shape(opened, insight.note.split()[1].rstrip(";"))["architecture"] == "arm64"


def test_windows_does_not_change_its_architecture(opened):
    assert insights(opened, OTHER_ARCHITECTURE, machine(platform="windows"), LOW) == ()


def test_another_region_is_looked_at_only_where_the_user_allows_it(opened):
    target = machine(region="eu-central-1", type="m5.large")
    assert insights(opened, OTHER_REGION, target, {}) == ()
    [insight] = insights(opened, OTHER_REGION, target, {}, regions=["us-east-1", "eu-west-1"])
    assert (insight.set, insight.saving_monthly) == ({}, Money(Decimal("13.87")))  # (0.115 - 0.096) x 730
    assert insight.note == "in us-east-1; traffic between regions, latency and where data may be are not in it"
