"""A small estate that was gathered twice, for scripts: built once, copied into each script's folder."""

from datetime import datetime
from pathlib import Path

import pytest

from skywright.model.estate import Coverage, CoverageState, Relation, Scope, Snapshot, Usage, Verb
from skywright.model.kinds import KIND_BY_NAME, Resource, resource_id
from skywright.model.kinds.network import FirewallRule
from skywright.wiring import House, open_house

ACCOUNT, REGION = "111122223333", "eu-west-1"
FIRST, SECOND = datetime(2026, 6, 30, 8), datetime(2026, 7, 1, 8)


def identifier(kind: str, native: str) -> str:
    """The id of a resource in the small estate."""
    return resource_id("aws", ACCOUNT, REGION, kind, native)


def resource(kind: str, native: str, **columns: object) -> Resource:
    """One resource of the small estate, made on the first of January."""
    known = {"tags": {"owner": "search", "environment": "test"}, "created_at": datetime(2026, 1, 1), "name": native, **columns}
    return KIND_BY_NAME[kind](id=identifier(kind, native), cloud="aws", account=ACCOUNT, region=REGION, native_id=native, **known)


def rows(second: bool) -> dict[str, list[Resource]]:
    """The estate at the first or the second gathering."""
    volumes = [
        resource("storage.volume", "vol-0used", state="in-use", attached=True, type="gp2" if not second else "gp3", size_gib=100,
                 encrypted=True, attached_to=identifier("compute.instance", "i-0web")),
        resource("storage.volume", "vol-0idle", state="available", attached=False, type="gp3", size_gib=50, encrypted=False),
    ]  # fmt: skip
    instances = [
        resource(
            "compute.instance", "i-0web", state="running", type="m5.2xlarge", vcpus=8, memory_mib=32768, public_ip="198.51.100.7",
            metadata_token_required=False, metadata_hop_limit=1, volumes=[identifier("storage.volume", "vol-0used")],
            firewalls=[identifier("network.firewall", "sg-0web")],
        ),
    ]  # fmt: skip
    if not second:
        instances.append(resource("compute.instance", "i-0gone", state="stopped", type="t3.micro", volumes=[]))
    opening = FirewallRule(direction="ingress", protocol="tcp", from_port=22, to_port=22, cidr="0.0.0.0/0")
    return {
        "compute.instance": instances,
        "storage.volume": volumes,
        "network.firewall": [resource("network.firewall", "sg-0web", is_default=False, rules=[opening], used_by=1)],
        "storage.bucket": [],
    }


def gathered(house: House, at: datetime, previous: str | None) -> Snapshot:
    """Write one gathering into the house."""
    tables = rows(second=at == SECOND)
    scope = Scope("aws", ACCOUNT, REGION, "small", tuple(tables))
    files = [house.shelf.write(kind, scope, table) for kind, table in tables.items()]
    web = identifier("compute.instance", "i-0web")
    relations = [
        Relation(identifier("storage.volume", "vol-0used"), Verb.ATTACHED_TO, web),
        Relation(web, Verb.GUARDED_BY, identifier("network.firewall", "sg-0web")),
    ]
    usage = [
        Usage(resource=web, metric="cpu_pct", window_days=14.0, samples=336, p50=3.0, p95=6.0, p99=8.0, max=11.0, mean=3.2),
        Usage(
            resource=web, metric="network_out_bytes", window_days=14.0, samples=336, p50=9e7, p95=1e8, p99=1e8, max=2e8, mean=9e7
        ),
    ]
    files += [house.shelf.write("relation", scope, relations), house.shelf.write("usage", scope, usage)]
    coverage = [
        Coverage("aws", ACCOUNT, REGION, kind, CoverageState.COMPLETE, at, rows=len(table)) for kind, table in tables.items()
    ]
    denied = Coverage("aws", ACCOUNT, REGION, "storage.bucket", CoverageState.DENIED, at, "s3:ListAllMyBuckets is not allowed.")
    coverage = [row for row in coverage if row.kind != "storage.bucket"] + [denied]
    snapshot = Snapshot(id=f"snap-{at:%Y%m%dT%H%M%S}", taken_at=at, files=tuple(files), coverage=tuple(coverage), previous=previous)
    house.store.snapshots.add(snapshot)
    return snapshot


@pytest.fixture(scope="session")
def small_estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the small estate."""
    data = tmp_path_factory.mktemp("small") / ".skywright"
    house = open_house(data=data)
    first = gathered(house, FIRST, None)
    gathered(house, SECOND, first.id)
    return data
