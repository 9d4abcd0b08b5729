"""The whole reading half over the lab's server: what is seen, in how many calls, and what is said when something cannot be seen."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from skywright.adapters.clouds.gcp import GcpCloud, GcpConfig
from skywright.adapters.clouds.gcp.read import READERS
from skywright.adapters.clouds.gcp.write import actions
from skywright.lab.gcp import GcpStandin, start
from skywright.lab.kit import Fault
from skywright.model.canonical import row_hash
from skywright.model.estate import Coverage, CoverageState
from skywright.model.kinds import Resource

NOW = datetime(2026, 11, 20, 12)
MEASURED = {"compute.instance", "database.instance", "storage.bucket", "messaging.topic", "network.balancer"}


class QuickClock:
    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        """Time passes at once."""


@pytest.fixture(scope="module")
def shared_lab() -> Iterator[GcpStandin]:
    lab = start(seed=1, estate="default", now=NOW)
    yield lab
    lab.stop()


@pytest.fixture
def lab(shared_lab: GcpStandin) -> Iterator[GcpStandin]:
    yield shared_lab
    shared_lab.mend()
    shared_lab.world.denied.clear()
    shared_lab.world.disabled.clear()
    shared_lab.world.unreachable.clear()


def cloud_of(lab: GcpStandin, **more: Any) -> GcpCloud:
    return GcpCloud(msgspec.convert(lab.section() | more, GcpConfig), QuickClock())


def gathered(cloud: GcpCloud) -> tuple[dict[str, Resource], list[Coverage]]:
    scopes, gaps = cloud.scopes()
    batches = [cloud.read(scope) for scope in scopes]
    return {row.id: row for one in batches for row in one.resources}, [*gaps, *(row for one in batches for row in one.coverage)]


def states(coverage: list[Coverage], kind: str) -> set[CoverageState]:
    return {row.state for row in coverage if row.kind == kind}


def test_every_service_lists_what_the_inventory_lists(lab: GcpStandin) -> None:
    """One translation serves both, so that the rows are the same; backups are told by the services alone here."""
    through, _ = gathered(cloud_of(lab))
    listed, _ = gathered(cloud_of(lab, assets=False))
    apart = {"database.snapshot", "identity.binding", "dns.zone"}
    one = {name: row_hash(row) for name, row in through.items() if row.KIND not in apart}
    other = {name: row_hash(row) for name, row in listed.items() if row.KIND not in apart}
    assert one == other
    assert len({row.KIND for row in through.values()}) >= 35


def test_a_fresh_read_is_the_same_and_says_what_is_gone(lab: GcpStandin) -> None:
    cloud = cloud_of(lab)
    rows, _ = gathered(cloud)
    asked = [name for name, row in rows.items() if row.KIND not in {"identity.binding", "dns.zone"}]
    fresh = cloud.refresh(asked)
    assert {name: row_hash(row) if row else None for name, row in fresh.items()} == {name: row_hash(rows[name]) for name in asked}
    project = lab.projects[0]
    never = [
        f"gcp:{project}:europe-west1:compute.instance/europe-west1-b/never",
        f"gcp:{project}:europe-west1:network.interface/europe-west1-b/never/nic0",
        f"gcp:{project}:europe-west1:storage.volume/never",
        f"gcp:{project}:global:storage.bucket/eu/never-there",
        f"gcp:{project}:europe-west1:crypto.key/never/never",
        f"gcp:{project}:global:identity.key/never@{project}.iam.gserviceaccount.com/1",
        f"gcp:{project}:global:identity.binding/projects/{project}/roles/never/user:x@y",
    ]
    assert cloud.refresh(never) == dict.fromkeys(never)


def test_a_refresh_asks_for_little(lab: GcpStandin) -> None:
    cloud = cloud_of(lab)
    rows, _ = gathered(cloud)
    disk = next(name for name, row in rows.items() if row.KIND == "storage.volume")
    before = Counter(cloud.api_calls)
    cloud.refresh([disk])
    assert Counter(cloud.api_calls) - before == {"compute.disks.get": 1}


def test_few_calls_for_many_resources(lab: GcpStandin) -> None:
    cloud = cloud_of(lab)
    rows, _ = gathered(cloud)
    calls = Counter(cloud.api_calls)
    assert calls["cloudasset.assets.list"] == 2 * len(lab.projects)
    assert not [
        name
        for name in calls
        if name.startswith("compute.") and name.endswith(("disks.aggregatedList", "instances.aggregatedList"))
    ]
    assert sum(calls.values()) < len(rows)


def test_without_the_inventory_the_services_are_asked_and_the_coverage_says_so(lab: GcpStandin) -> None:
    lab.refuse("/cloudasset/")
    rows, coverage = gathered(cloud_of(lab))
    seen = {row.reason for row in coverage if row.kind == "storage.volume" and row.rows}
    assert len(seen) == len(lab.projects)
    assert all(reason.startswith("Listed by compute itself: Google Cloud denies cloudasset.assets.list") for reason in seen)
    assert states(coverage, "storage.volume") == {CoverageState.COMPLETE}
    assert states(coverage, "identity.binding") == {CoverageState.DENIED}
    assert [row for row in rows.values() if row.KIND == "compute.instance"]


def test_a_denied_service_is_a_gap_and_no_empty_list(lab: GcpStandin) -> None:
    lab.fault(
        Fault(contains="/cloudasset/", status=403, body={"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}})
    )
    lab.fault(
        Fault(
            contains="/aggregated/disks", status=403, body={"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}}
        )
    )
    rows, coverage = gathered(cloud_of(lab))
    assert states(coverage, "storage.volume") == {CoverageState.DENIED}
    assert not [row for row in rows.values() if row.KIND == "storage.volume"]
    instances = [row for row in coverage if row.kind == "compute.instance" and row.rows]
    assert all(row.state is CoverageState.COMPLETE and row.partial for row in instances)  # their images are not known


def test_a_service_that_is_not_enabled_is_skipped_with_its_reason(lab: GcpStandin) -> None:
    body = {"error": {"code": 403, "message": "off", "errors": [{"reason": "accessNotConfigured"}]}}
    lab.fault(Fault(contains="/redis/", status=403, body=body))
    lab.fault(Fault(contains="/cloudasset/", status=403, body=body))
    _, coverage = gathered(cloud_of(lab))
    found = {(row.state, row.reason) for row in coverage if row.kind == "database.cache"}
    assert {state for state, _ in found} == {CoverageState.SKIPPED}
    assert any(reason.startswith("The API of redis is not enabled in project") for _, reason in found)


def test_a_zone_that_cannot_be_reached_is_a_gap_of_its_region_only(lab: GcpStandin) -> None:
    lab.world.unreachable.add("zones/europe-west1-b")
    rows, coverage = gathered(cloud_of(lab, assets=False))
    found = {(row.region, row.state) for row in coverage if row.kind == "storage.volume"}
    assert ("europe-west1", CoverageState.FAILED) in found
    assert ("us-central1", CoverageState.COMPLETE) in found
    firewalls = [row for row in rows.values() if row.KIND == "network.firewall"]
    assert firewalls
    assert all(row.used_by is None for row in firewalls)  # whoever may carry them was not all in sight


def test_what_is_deleted_while_it_is_listed_is_left_out(lab: GcpStandin) -> None:
    lab.refuse("/cloudasset/")
    lab.fault(Fault(contains="/cryptoKeys?", status=404, body={"error": {"code": 404, "message": "The ring is gone"}}))
    rows, coverage = gathered(cloud_of(lab))
    assert not [row for row in rows.values() if row.KIND == "crypto.key"]
    assert states(coverage, "crypto.key") == {CoverageState.COMPLETE}


def test_a_type_that_the_inventory_does_not_know_is_left_to_its_service(lab: GcpStandin) -> None:
    message = "Unsupported asset types: redis.googleapis.com/Instance."
    lab.fault(Fault(contains="redis.googleapis.com%2FInstance", status=400, body={"error": {"code": 400, "message": message}}))
    cloud = cloud_of(lab)
    rows, coverage = gathered(cloud)
    assert [row for row in rows.values() if row.KIND == "database.cache"]
    assert states(coverage, "database.cache") == {CoverageState.COMPLETE}
    assert cloud.api_calls["redis.projects.locations.instances.list"] == len(lab.projects)
    assert "compute.disks.aggregatedList" not in cloud.api_calls


def test_a_throttled_service_is_a_gap_that_says_throttled(lab: GcpStandin) -> None:
    lab.fault(Fault(contains="/cloudasset/", status=403))
    lab.fault(Fault(contains="/v1/projects/", method="GET", status=429, headers={"Retry-After": "1"}))
    _, coverage = gathered(cloud_of(lab))
    assert states(coverage, "crypto.vault") == {CoverageState.THROTTLED}


def test_garbage_from_the_inventory_is_no_empty_estate(lab: GcpStandin) -> None:
    lab.fault(Fault(contains="/cloudasset/", status=200, body=b"<html>"))
    rows, coverage = gathered(cloud_of(lab))
    assert [row for row in rows.values() if row.KIND == "storage.volume"]
    assert all(
        "is garbled" in row.reason for row in coverage if row.kind == "storage.volume" and row.state is CoverageState.COMPLETE
    )


def test_expired_credentials_are_told_for_each_project(lab: GcpStandin) -> None:
    lab.fault(Fault(status=401, body={"error": {"code": 401, "message": "Expired", "status": "UNAUTHENTICATED"}}))
    scopes, gaps = cloud_of(lab).scopes()
    assert list(scopes) == []
    assert {row.state for row in gaps} == {CoverageState.DENIED}
    assert [row.account for row in gaps] == sorted(lab.projects, key=lab.projects.index)


def test_skipped_services_and_regions(lab: GcpStandin) -> None:
    cloud = cloud_of(lab, regions=["europe-west1"], skip_services=["storage"])
    scopes, left_out = cloud.scopes()
    assert {scope.region for scope in scopes} == {"europe-west1", "global"}
    assert {(row.kind, row.state) for row in left_out} == {("storage.bucket", CoverageState.SKIPPED)}


def test_usage_is_one_list_of_series_a_metric_and_project(lab: GcpStandin) -> None:
    cloud = cloud_of(lab)
    rows, _ = gathered(cloud)
    here = [row for row in rows.values() if (row.account, row.region) == (lab.projects[0], "europe-west1")]
    before = cloud.api_calls.get("monitoring.projects.timeSeries.list", 0)
    found = list(cloud.usage(here, NOW - timedelta(days=2), NOW))
    assert len({(one.resource, one.metric) for one in found}) == len(found)
    cpu = [one for one in found if one.metric == "cpu_pct" and "compute.instance" in one.resource]
    running = [row for row in here if row.KIND == "compute.instance" and row.state == "running"]
    assert {one.resource for one in cpu} == {row.id for row in running}
    assert all(one.samples == 48 and one.window_days == 2 and 0 <= one.p50 <= one.p99 <= one.max <= 100 for one in cpu)
    assert cloud.api_calls["monitoring.projects.timeSeries.list"] - before < 45
    assert list(cloud.usage(here, NOW, NOW)) == []


def test_usage_of_a_project_s_other_regions_costs_no_more_calls_and_its_rows_are_the_same(lab: GcpStandin) -> None:
    cloud, fresh = cloud_of(lab), cloud_of(lab)
    rows, _ = gathered(cloud)
    project = [row for row in rows.values() if row.account == lab.projects[0]]
    since = NOW - timedelta(days=2)
    regions = sorted({row.region for row in project})
    assert len(regions) > 1
    by_region = [one for region in regions for one in cloud.usage([row for row in project if row.region == region], since, NOW)]
    method = "monitoring.projects.timeSeries.list"
    assert by_region == list(fresh.usage(project, since, NOW))
    assert cloud.api_calls[method] == fresh.api_calls[method] <= 45
    list(cloud.usage(project, NOW - timedelta(days=1), NOW))
    assert cloud.api_calls[method] > fresh.api_calls[method]  # another window is asked for anew


def test_health_and_doctor(lab: GcpStandin) -> None:
    cloud = cloud_of(lab)
    rows, _ = gathered(cloud)
    asked = [name for name, row in rows.items() if row.KIND in ("compute.instance", "database.instance", "storage.bucket")]
    told = {one.resource: one for one in cloud.health(asked)}
    assert list(told) == asked
    for name in asked:
        row = rows[name]
        expected = {"running": True, "available": True}.get(row.state) if row.KIND != "storage.bucket" else None
        assert told[name].well == expected, name
    said = list(cloud.doctor())
    reading = {name for reader in READERS for name in reader.permissions}
    assert {one.name for one in said} == reading | {name for action in actions() for name in action.permissions}
    assert all(one.allowed for one in said)
    lab.world.denied.add("compute.disks.list")
    denied = [one for one in cloud.doctor() if one.allowed is False]
    assert {(one.name, one.reason) for one in denied} == {("compute.disks.list", "No role grants it.")}


def test_readers_are_named_apart_and_say_what_they_need() -> None:
    assert len({reader.name for reader in READERS}) == len(READERS)
    assert all(reader.permissions and reader.kinds for reader in READERS)


def test_a_role_on_a_single_resource_is_not_said_to_be_gone(lab: GcpStandin) -> None:
    """Only the inventory knows it, which may be hours behind: who refreshes is told nothing."""
    cloud = cloud_of(lab)
    project = lab.projects[0]
    on_bucket = f"gcp:{project}:global:identity.binding/{project}-docs/roles/storage.objectViewer/allUsers"
    assert cloud.refresh([on_bucket]) == {}


def test_a_token_that_is_no_longer_taken_is_renewed(lab: GcpStandin) -> None:
    cloud = cloud_of(lab)
    assert cloud.scopes()[0]
    lab.expire()
    scopes, gaps = cloud.scopes()
    assert scopes
    assert list(gaps) == []


def test_routes_for_tagged_instances_are_apart_from_the_network_s_table() -> None:
    from skywright.adapters.clouds.gcp.read.network import READERS as OF_NETWORK
    from skywright.lab.kit import Answer, Server

    prefix = "https://www.googleapis.com/compute/v1/projects/p/global"
    network = {"name": "main", "selfLink": f"{prefix}/networks/main"}
    out = {"network": network["selfLink"], "destRange": "0.0.0.0/0", "nextHopGateway": "x/default-internet-gateway", "priority": 1}
    listed = {"networks": [network], "routes": [{**out, "name": "all"}, {**out, "name": "some", "tags": ["nat"]}]}
    server = Server(lambda request: Answer(200, {"items": listed.get(request.path.rpartition("/")[2], [])}))
    try:
        given = GcpConfig(projects=["p"], endpoint=f"{server.endpoint}/{{service}}", anonymous=True, assets=False)
        cloud = GcpCloud(given, QuickClock())
        reader = next(one for one in OF_NETWORK if one.name == "routes")
        reading = cloud.reading(reader, "p", "global")
        reader.read(reading)
        rows = {row.name: (row.main, len(row.routes), row.target_tags) for row in reading.resources}
        assert rows == {"main": (True, 1, None), "some": (False, 1, ["nat"])}
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("state", "well", "reason"),
    [("RUNNABLE", True, ""), ("FAILED", False, "Its state is FAILED."), (None, False, "Its state is ?.")],
)
def test_a_database_is_well_when_it_runs(state: str | None, well: bool, reason: str) -> None:
    from skywright.adapters.clouds.gcp.health import health

    class Calls:
        def call(self, *_args: Any, **_params: Any) -> dict[str, Any]:
            return {"state": state} if state else {}

    (said,) = health(Calls(), ["gcp:p:europe-west1:database.instance/orders"])
    assert (said.well, said.reason) == (well, reason)
