"""Relations between clouds, over a small estate in the real engine."""

from datetime import datetime

import pytest

from skywright.adapters.engines.duckdb import DuckEngine, ParquetShelf
from skywright.model.estate import Coverage, CoverageState, Scope, Snapshot
from skywright.model.kinds import KIND_BY_NAME
from skywright.topics.graph.links import ACROSS_CLOUDS

AT = datetime(2026, 7, 1)


def row(cloud, kind, native, **columns):
    name = f"{cloud}:a:r:{kind}/{native}"
    return KIND_BY_NAME[kind](id=name, cloud=cloud, account="a", region="r", native_id=native, **columns)


@pytest.mark.parametrize(
    ("node", "other", "verb"),
    [
        ({"provider_id": "aws:///eu-west-1a/i-0a"}, row("aws", "compute.instance", "i-0a"), "runs-on"),
        ({"provider_id": "gce://shop/europe-west1-b/n1"}, row("gcp", "compute.instance", "europe-west1-b/n1"), "runs-on"),
        (
            {
                "provider_id": "azure:///subscriptions/s/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/N1",
            },
            row("azure", "compute.instance", "rg/n1"),
            "runs-on",
        ),
        ({"provider_id": "openstack:///5b1c"}, row("openstack", "compute.instance", "5b1c"), "runs-on"),
        ({"provider_id": "", "private_ip": "10.0.0.9"}, row("hosts", "compute.host", "rack-1", addresses=["10.0.0.9"]), "runs-on"),
        ({"provider_id": "aws:///eu-west-1a/i-0b"}, row("aws", "compute.instance", "i-0a"), None),
        ({"provider_id": None, "private_ip": None}, row("aws", "compute.instance", "i-0a", private_ip=None), None),
    ],
)
def test_a_node_meets_the_machine_that_it_runs_on(tmp_path, node, other, verb):
    found = related(tmp_path, row("kubernetes", "container.node", "n1", **node), other)
    assert found == ([("kubernetes:a:r:container.node/n1", verb, other.id)] if verb else [])


@pytest.mark.parametrize(
    ("external", "balancer", "met"),
    [
        (["lb.example.test"], {"dns_name": "lb.example.test"}, True),
        (["52.1.2.3"], {"public_ips": ["52.1.2.3"]}, True),
        (["52.1.2.4"], {"public_ips": ["52.1.2.3"], "dns_name": "x"}, False),
        (None, {"public_ips": None, "dns_name": None}, False),
    ],
)
def test_a_service_meets_its_balancer(tmp_path, external, balancer, met):
    service = row("kubernetes", "container.endpoint", "shop/web", external=external)
    found = related(tmp_path, service, row("aws", "network.balancer", "lb", **balancer))
    assert [verb for _, verb, _ in found] == (["uses"] if met else [])


def related(folder, *rows):
    shelf, engine = ParquetShelf(folder), DuckEngine(folder, made={"relation": ACROSS_CLOUDS})
    files, coverage = [], []
    for one in rows:
        scope = Scope(one.cloud, "a", "r", "reader", (one.KIND,))
        files.append(shelf.write(one.KIND, scope, [one]))
        coverage.append(Coverage(one.cloud, "a", "r", one.KIND, CoverageState.COMPLETE, AT))
    snapshot = Snapshot(id="s", taken_at=AT, files=tuple(files), coverage=tuple(coverage))
    with engine.open(snapshot) as session:
        return session.query("SELECT source, verb, target FROM relation ORDER BY ALL").rows
