"""What a cloud may do wrong: refusals, throttling, broken paging, changed answers, cut lines, wrong clocks, dead ends."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.clouds.openstack._harness import HOME, REGION, SHOP, StillClock, World

from skywright.adapters.clouds.openstack import OpenstackCloud, OpenstackConfig
from skywright.adapters.clouds.openstack.faults import Asked, refused
from skywright.lab.kit import Fault
from skywright.model.errors import AskHuman, Denied, NotSignedIn, NotThere, PlanAgain, SkywrightError, TryAgain
from skywright.model.estate import Coverage, CoverageState
from skywright.model.kinds import Resource

COMPLETE, DENIED, FAILED = CoverageState.COMPLETE, CoverageState.DENIED, CoverageState.FAILED
THROTTLED, SKIPPED = CoverageState.THROTTLED, CoverageState.SKIPPED


def read(world: World, reader: str) -> tuple[list[Resource], Coverage]:
    """What one reader gives, and the coverage of its first kind."""
    world.cloud.scopes()
    scope = next(scope for scope in world.cloud.scopes()[0] if scope.reader == reader)
    batch = world.cloud.read(scope)
    return list(batch.resources), batch.coverage[0]


@pytest.mark.parametrize(
    ("fault", "state", "said"),
    [
        (Fault(status=403), DENIED, "OpenStack denies compute:GET /servers/detail in RegionOne of project"),
        (Fault(status=429, headers={"Retry-After": "7"}), THROTTLED, "OpenStack throttles compute:GET /servers/detail"),
        (Fault(status=413, headers={"Retry-After": "7"}), THROTTLED, "OpenStack throttles"),
        (Fault(status=500), FAILED, "OpenStack could not answer compute:GET /servers/detail in RegionOne"),
        (Fault(status=503), FAILED, "(HTTP 503)"),
        (Fault(status=401), DENIED, "OpenStack does not accept the credentials of lab-demo"),
        (Fault(cut=True), FAILED, "No answer to compute:GET /servers/detail"),
        (Fault(status=200, body=b"{", headers={"Content-Type": "application/json"}), FAILED, "is garbled"),
        (Fault(status=200, body=b"<html>maintenance</html>"), FAILED, "in a shape that is not understood"),
        (Fault(status=200, body=[]), FAILED, "in a shape that is not understood"),
        (Fault(status=200, body={}), FAILED, "no list of servers in the answer"),
        (Fault(status=200, body={"servers": {}}), FAILED, "no list of servers in the answer"),
        (Fault(status=404), SKIPPED, "The cloud does not offer compute:GET /servers/detail."),
        (Fault(status=501), SKIPPED, "The cloud does not offer"),
        (Fault(status=300), FAILED, "OpenStack refuses"),
    ],
)
def test_a_list_that_cannot_be_read_is_a_gap(world: World, fault: Fault, state: CoverageState, said: str) -> None:
    world.cloud.scopes()
    fault.contains = "/servers/detail"
    world.standin.faults.append(fault)
    rows, coverage = read(world, "servers")
    assert rows == []
    assert coverage.state is state
    assert said in coverage.reason


def test_what_passes_is_tried_again_and_a_wait_that_is_asked_for_is_kept(world: World) -> None:
    world.standin.faults.append(Fault(contains="/servers/detail", status=429, headers={"Retry-After": "30"}, times=2))
    rows, coverage = read(world, "servers")
    assert (len(rows), coverage.state) == (4, COMPLETE)
    assert world.clock.slept >= 60
    assert world.cloud.api_calls["compute:GET /servers/detail"] == 3


def test_only_columns_are_missing_when_another_list_fails(world: World) -> None:
    world.standin.faults.append(Fault(contains="/ports", status=403))
    rows, coverage = read(world, "servers")
    assert (len(rows), coverage.state, coverage.partial) == (4, COMPLETE, True)
    assert [(row.firewalls, row.subnet, row.state is None) for row in rows] == [(None, None, False)] * 4  # type: ignore[attr-defined]


def test_pages_are_followed(world: World) -> None:
    world.state.page_max = 1
    rows, coverage = read(world, "servers")
    assert (len(rows), coverage.state) == (4, COMPLETE)
    assert world.cloud.api_calls["compute:GET /servers/detail"] == 4
    buckets, _ = read(world, "images")
    assert len(buckets) == 2


def test_a_page_lost_in_the_middle_is_a_gap_and_no_smaller_estate(world: World) -> None:
    world.state.page_max = 1
    world.standin.faults.append(Fault(contains=f"marker={world.one('servers', name='web-2')['id']}", status=500))
    _, coverage = read(world, "servers")
    assert coverage.state is FAILED


def test_paging_in_a_circle_ends(world: World) -> None:
    world.cloud.scopes()
    link = [{"rel": "next", "href": "http://x.invalid/servers/detail?limit=500&marker=a"}]
    world.standin.faults.append(Fault(contains="/servers/detail", status=200, body={"servers": [], "servers_links": link}))
    _, coverage = read(world, "servers")
    assert coverage.state is FAILED
    assert "OpenStack pages compute:GET /servers/detail in a circle." in coverage.reason


def test_a_list_that_the_server_cuts_short_is_a_gap(new_world: Callable[..., World]) -> None:
    world = new_world("lab-admin")
    world.standin.faults.append(
        Fault(contains="/v3/users", status=200, body={"users": [], "truncated": True, "links": {"next": None}})
    )
    _, coverage = read(world, "users")
    assert coverage.state is FAILED
    assert "the list of users is cut short by the server" in coverage.reason


@pytest.mark.parametrize(
    ("collection", "reader", "field", "value", "columns"),
    [
        ("servers", "servers", "unheard_of", {"a": [1]}, {}),
        ("servers", "servers", "status", 5, {"state": None}),
        ("servers", "servers", "created", "yesterday", {"created_at": None}),
        ("servers", "servers", "locked", "perhaps", {"termination_protected": None}),
        ("volumes", "volumes", "size", "much", {"size_gib": None}),
        ("volumes", "volumes", "encrypted", None, {"encrypted": None}),
        ("ports", "ports", "port_security_enabled", None, {"source_check": None}),
        ("images", "images", "visibility", None, {"public": None}),
    ],
)
def test_a_field_that_has_changed_leaves_its_column_unknown(
    world: World, collection: str, reader: str, field: str, value: Any, columns: dict[str, Any]
) -> None:
    for item in world.state.all(collection).values():
        item[field] = value
    rows, coverage = read(world, reader)
    assert rows
    assert coverage.state is COMPLETE
    assert all(getattr(rows[0], name) is unknown for name, unknown in columns.items())


@pytest.mark.parametrize(
    ("collection", "reader", "field", "count"),
    [
        ("volumes", "volumes", "attachments", 2),
        ("security_group_rules", "security-groups", "direction", 5),
        ("subnets", "subnets", "cidr", 3),
    ],
)
def test_one_item_without_what_it_must_have_is_a_gap_and_the_others_stay(
    world: World, collection: str, reader: str, field: str, count: int
) -> None:
    next(iter(world.state.all(collection).values())).pop(field)
    rows, coverage = read(world, reader)
    assert (len(rows) < count, coverage.state) == (True, FAILED)
    assert "in a shape that is not understood" in coverage.reason


def test_deleted_while_listed(world: World) -> None:
    world.cloud.scopes()
    world.standin.faults.append(Fault(contains="/assets", method="HEAD", status=404))
    rows, coverage = read(world, "containers")
    assert ([row.name for row in rows], coverage.state) == (["backups"], COMPLETE)


def test_gone_is_none_and_unread_is_missing(world: World) -> None:
    server = world.one("servers", name="web-1")
    there, gone = (f"openstack:{SHOP}:{REGION}:compute.instance/{name}" for name in (server["id"], "00000000-dead"))
    assert world.cloud.refresh([there, gone])[gone] is None
    world.standin.faults.append(Fault(contains="/servers/", status=500))
    assert world.cloud.refresh([there, gone]) == {}


def test_a_token_that_has_ended_is_renewed(world: World) -> None:
    read(world, "servers")
    world.state.tokens.clear()
    rows, coverage = read(world, "servers")
    assert (len(rows), coverage.state) == (4, COMPLETE)


def test_a_clock_that_is_ahead_is_named(world: World) -> None:
    world.cloud.scopes()
    now = world.clock.now() + timedelta(hours=3)
    world.clock.now = lambda: now  # type: ignore[method-assign]
    _, coverage = read(world, "servers")
    assert coverage.state is DENIED
    assert "This machine's clock is 180 minutes ahead of OpenStack's" in coverage.reason


def test_a_wrong_password_is_a_gap_of_the_whole_cloud_and_says_no_password(world: World) -> None:
    path = world.standin.clouds_yaml
    path.write_text(path.read_text().replace("lab-demo-password", "hunter2"))
    cloud = OpenstackCloud(world.config, StillClock())
    scopes, gaps = cloud.scopes()
    assert list(scopes) == []
    (gap,) = gaps
    assert (gap.account, gap.region, gap.kind, gap.state) == ("lab-demo", "*", "*", DENIED)
    assert "OpenStack does not accept the credentials of lab-demo: " in gap.reason
    assert "Check user, password or application credential of lab-demo in clouds.yaml or OS_*." in gap.reason
    assert "hunter2" not in gap.reason


def test_a_cloud_that_is_not_in_the_file(world: World) -> None:
    cloud = OpenstackCloud(OpenstackConfig(clouds=["nowhere"], config_file=str(world.standin.clouds_yaml)), StillClock())
    (gap,) = cloud.scopes()[1]
    assert "The OpenStack configuration cannot be used: Cloud nowhere was not found." in gap.reason


def test_no_configuration_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "none.yaml"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (gap,) = OpenstackCloud(OpenstackConfig(), StillClock()).scopes()[1]
    assert gap.state in (DENIED, FAILED)
    assert gap.reason


def test_a_dead_endpoint(world: World) -> None:
    world.standin.server.stop()
    (gap,) = OpenstackCloud(world.config, StillClock()).scopes()[1]
    assert gap.state is FAILED
    assert "No answer to identity:POST /auth/tokens" in gap.reason
    world.standin.server.stop = lambda: None  # type: ignore[method-assign]


def test_services_that_the_catalogue_lacks_are_skipped(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.state.lacks |= {"block-storage", "load-balancer", "object-store"}
    scopes, gaps = world.cloud.scopes()
    said = {row.kind: row for scope in scopes for row in world.cloud.read(scope).coverage if row.state is SKIPPED}
    assert list(gaps) == []
    assert {"storage.volume", "storage.snapshot", "storage.bucket", "network.balancer", "network.targets"} <= said.keys()
    assert said["storage.volume"].reason.startswith("The catalogue of lab-demo has no block-storage in RegionOne.")


def test_services_that_the_configuration_leaves_out(new_world: Callable[..., World]) -> None:
    world = new_world(skip_services=["compute"])
    scopes, gaps = world.cloud.scopes()
    assert "servers" not in {scope.reader for scope in scopes}
    assert {row.reason for row in gaps} == {"Service compute is skipped by the configuration."}


def test_the_environment_decides_without_a_configuration(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in world.standin.environment().items():
        monkeypatch.setenv(name, value)
    scopes, _ = OpenstackCloud(OpenstackConfig(), StillClock()).scopes()
    assert {scope.account for scope in scopes} == {SHOP}
    assert {scope.region for scope in scopes} == {REGION, "global"}


def test_the_variables_of_an_openrc_file(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "none.yaml"))
    for name, value in {
        "OS_AUTH_URL": f"{world.standin.server.endpoint}/identity/v3",
        "OS_USERNAME": "demo",
        "OS_PASSWORD": "lab-demo-password",
        "OS_PROJECT_NAME": "shop",
        "OS_USER_DOMAIN_ID": "default",
        "OS_PROJECT_DOMAIN_ID": "default",
    }.items():
        monkeypatch.setenv(name, value)
    scopes, _ = OpenstackCloud(OpenstackConfig(), StillClock()).scopes()
    assert {scope.account for scope in scopes} == {SHOP}


def test_several_clouds_and_regions_have_names_of_their_own(world: World) -> None:
    world.standin.front.regions = ("north", "south")
    config = OpenstackConfig(clouds=["lab-demo", "lab-admin"], config_file=str(world.standin.clouds_yaml))
    cloud = OpenstackCloud(config, StillClock())
    scopes, gaps = cloud.scopes()
    assert list(gaps) == []
    assert {(scope.account, scope.region) for scope in scopes if scope.reader == "servers"} == {
        (SHOP, "lab-demo.north"),
        (SHOP, "lab-demo.south"),
        (HOME, "lab-admin.north"),
        (HOME, "lab-admin.south"),
    }
    servers = next(scope for scope in scopes if (scope.reader, scope.region) == ("servers", "lab-demo.south"))
    assert len(cloud.read(servers).resources) == 4
    only = OpenstackConfig(clouds=["lab-demo"], config_file=str(world.standin.clouds_yaml), regions=["south"])
    assert {scope.region for scope in OpenstackCloud(only, StillClock()).scopes()[0]} == {"south", "global"}


def test_two_logins_to_one_project_count_once(world: World) -> None:
    config = OpenstackConfig(clouds=["lab-demo", "lab-reader"], config_file=str(world.standin.clouds_yaml))
    assert {scope.region for scope in OpenstackCloud(config, StillClock()).scopes()[0]} == {"lab-demo.RegionOne", "global"}


def test_projects_that_are_left_out(new_world: Callable[..., World]) -> None:
    world = new_world("lab-admin", wide=True, skip_projects=[SHOP])
    assert SHOP not in {scope.account for scope in world.cloud.scopes()[0]}


def test_an_older_nova_is_asked_in_its_own_version(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from skywright.lab.openstack import front

    monkeypatch.setitem(front.NEWEST, "compute", "2.25")
    rows, coverage = read(world, "servers")
    assert coverage.state is COMPLETE
    assert {(row.labels, row.vcpus) for row in rows} == {(None, None)}  # type: ignore[attr-defined]


ASKED = Asked("p", "r", "network", "network:POST /ports", "lab")


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (403, {"forbidden": {"message": "Quota exceeded for cores: Requested 9"}}, AskHuman, "A quota of OpenStack is used up"),
        (409, {"NeutronError": {"message": "Quota exceeded for resources: ['port']."}}, AskHuman, "A quota of OpenStack"),
        (403, {"forbidden": {"message": "Policy doesn't allow os_compute_api:servers:stop to be performed."}}, Denied, "denies"),
        (409, {"conflictingRequest": {"message": "Cannot 'stop' while it is in vm_state stopped"}}, PlanAgain, "present state"),
        (412, {"NeutronError": {"message": "revision"}}, PlanAgain, "present state"),
        (400, {"badRequest": {"message": "Invalid volume: Volume status must be available"}}, PlanAgain, "present state"),
        (400, {"badRequest": {"message": "Invalid input for field"}}, AskHuman, "Mend what OpenStack names"),
        (404, "<html><body>no image</body></html>", NotThere, "no image"),
        (498, "", TryAgain, "throttles"),
        (502, "", TryAgain, "no reason was given"),
        (401, {"error": {"message": "The request requires authentication"}}, NotSignedIn, "does not accept"),
        (405, {}, SkywrightError, "does not offer"),
    ],
)
def test_every_refusal_says_what_to_do_next(status: int, body: Any, kind: type[SkywrightError], said: str) -> None:
    error = refused(status, {"Retry-After": "soon"}, body, ASKED)
    assert isinstance(error, kind)
    assert said in str(error)


def test_a_denial_names_the_rule_of_the_policy() -> None:
    error = refused(403, {}, {"f": {"message": "Policy doesn't allow os_compute_api:servers:stop to be performed."}}, ASKED)
    assert isinstance(error, Denied)
    assert error.permission == "os_compute_api:servers:stop"
    assert str(error) == (
        "OpenStack denies network:POST /ports in r of project p: Policy doesn't allow os_compute_api:servers:stop to be performed. "
        "Give the user of lab a role that the policy of network allows this."
    )
