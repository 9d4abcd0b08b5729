"""What is read of the stand-in: neutral rows, relations, who owns what, and how few calls it takes."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from tests.adapters.clouds.openstack._harness import HOME, REGION, SHOP, World

from skywright.lab.openstack.ground import PROJECTS
from skywright.model.estate import Coverage, CoverageState, Relation, Verb
from skywright.model.kinds import Resource, resource_id


class Read:
    """Everything that a world shows."""

    def __init__(self, world: World) -> None:
        self.rows: dict[str, Resource] = {}
        self.relations: set[Relation] = set()
        self.gaps: list[Coverage] = []
        before = Counter(world.cloud.api_calls)  # what other tests ask, in whatever order, is not counted
        for scope in world.cloud.scopes()[0]:
            batch = world.cloud.read(scope)
            assert not {row.id for row in batch.resources} & self.rows.keys(), "read twice"
            self.rows |= {row.id: row for row in batch.resources}
            self.relations |= set(batch.relations)
            self.gaps += [row for row in batch.coverage if row.state is not CoverageState.COMPLETE or row.partial]
        self.asked = Counter(world.cloud.api_calls) - before

    def named(self, kind: str, name: str, account: str = SHOP) -> Any:
        found = [row for row in self.rows.values() if (row.KIND, row.name, row.account) == (kind, name, account)]
        assert len(found) == 1, (kind, name, len(found))
        return found[0]

    def all(self, kind: str, account: str = SHOP) -> list[Any]:
        return [row for row in self.rows.values() if (row.KIND, row.account) == (kind, account)]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World("lab-admin", wide=True)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def read(world: World) -> Read:
    return Read(world)


def _id(kind: str, native_id: str, account: str = SHOP, region: str = REGION) -> str:
    return resource_id("openstack", account, region, kind, native_id)


def test_nothing_is_missing_and_little_is_asked(read: Read) -> None:
    assert [row.reason for row in read.gaps] == []
    assert read.asked["network:GET /ports"] == 1
    assert read.asked["compute:GET /servers/detail"] == 1
    assert sum(read.asked.values()) < 60


def test_every_reference_leads_to_a_row(read: Read) -> None:
    """But for the public image of another project, which is a row there."""
    ids = {f"openstack:{owner}" for owner in PROJECTS.values()}
    dangling = [
        (row.id, name, one)
        for row in read.rows.values()
        for name, value in msgspec.structs.asdict(row).items()
        if name not in ("id", "native", "tags")
        for one in (value if isinstance(value, list) else [value])
        if isinstance(one, str) and one[:42] in ids and one not in read.rows and "compute.image" not in one
    ]
    assert dangling == []


def test_a_server(world: World, read: Read) -> None:
    row, raw = read.named("compute.instance", "web-1"), world.one("servers", name="web-1")
    port = world.one("ports", device_id=raw["id"])
    (host,) = [one for one in read.all("compute.host", HOME) if one.name == "compute-1.lab"]
    shape = (row.state, row.type, row.vcpus, row.memory_mib, row.zone, row.key_pair)
    assert shape == ("running", "m1.medium", 2, 4096, "nova", "ops")
    assert row.tags == {"owner": "shop", "environment": "prod"}
    assert (row.private_ip, row.public_ip) == (port["fixed_ips"][0]["ip_address"], "203.0.113.20")
    assert row.firewalls == [_id("network.firewall", world.one("security_groups", name="web")["id"])]
    assert row.subnet == read.named("network.subnet", "shop-subnet").id
    assert row.vpc == read.named("network.vpc", "shop").id
    assert (row.host, row.lifecycle, row.burstable, row.termination_protected) == (host.id, "on-demand", False, False)
    assert Relation(row.id, Verb.RUNS_ON, host.id) in read.relations
    assert read.named("compute.instance", "web-2").labels == ["blue"]
    assert read.named("compute.instance", "db-1").public_ip == ""
    stopped = read.named("compute.instance", "old-1")
    assert stopped.state == "stopped"
    assert stopped.stopped_at is not None
    assert row.stopped_at is None


def test_a_network_with_its_router(world: World, read: Read) -> None:
    shop, data = read.named("network.vpc", "shop"), read.named("network.vpc", "data")
    outer = read.named("network.vpc", "public", HOME)
    assert (outer.external, shop.external, shop.cidr, shop.tags) == (True, False, "10.20.0.0/24", {"env": "prod", "reviewed": ""})
    (gateway,) = read.all("network.gateway")
    assert (gateway.type, gateway.attached, gateway.public_ip, gateway.source_nat) == ("internet", True, "203.0.113.9", True)
    assert sorted(gateway.subnets) == sorted(row.id for row in read.all("network.subnet"))
    assert Relation(gateway.id, Verb.ROUTES_TO, outer.id) in read.relations
    (peering,) = read.all("network.peering")
    assert {peering.vpc, peering.peer_vpc} == {shop.id, data.id}
    table = next(row for row in read.all("network.route") if row.vpc == shop.id)
    assert {(one.cidr, one.target) for one in table.routes} == {
        ("10.20.0.0/24", "local"),
        ("10.21.0.0/24", peering.id),
        ("0.0.0.0/0", gateway.id),
    }
    subnet = read.named("network.subnet", "shop-subnet")
    assert (subnet.route_table, table.subnets) == (table.id, [subnet.id])
    assert (subnet.firewalls, subnet.public, subnet.auto_public_ip) == ([], False, False)
    assert read.named("network.subnet", "public-subnet", HOME).public is True
    assert subnet.free_addresses is not None
    assert 0 < subnet.free_addresses < 250


def test_firewalls_add_up_and_name_their_peers(world: World, read: Read) -> None:
    web, database = read.named("network.firewall", "web"), read.named("network.firewall", "database")
    openings = {(one.direction, one.protocol, one.from_port, one.to_port, one.cidr) for one in web.rules}
    assert ("ingress", "tcp", 22, 22, "0.0.0.0/0") in openings
    assert ("ingress", "tcp", 443, 443, "::/0") in openings
    assert {("egress", "all", None, None, "0.0.0.0/0"), ("egress", "all", None, None, "::/0")} <= openings
    assert (web.evaluation, web.denials, web.vpc, web.is_default, web.used_by) == ("union", [], "", False, 2)
    (peer,) = [one for one in database.rules if one.direction == "ingress"]
    assert (peer.peer, peer.cidr, peer.ip_version) == (web.id, None, 4)
    default = read.named("network.firewall", "default")
    assert sorted(one.ip_version for one in default.rules if one.peer == default.id) == [4, 6]
    assert default.is_default is True
    assert Relation(database.id, Verb.USES, web.id) in read.relations


def test_a_card_without_port_security_is_open_to_all(read: Read) -> None:
    (bare,) = [row for row in read.all("network.interface") if row.source_check is False and row.type == "interface"]
    (name,) = bare.firewalls
    stand_in = read.rows[name]
    assert stand_in.native_id == "no-port-security"  # type: ignore[attr-defined]
    assert {(one.direction, one.protocol, one.cidr) for one in stand_in.rules} == {  # type: ignore[attr-defined]
        (direction, "all", cidr) for direction in ("ingress", "egress") for cidr in ("0.0.0.0/0", "::/0")
    }
    routers = [row for row in read.all("network.interface") if row.type == "network:router_interface"]
    assert [row.firewalls for row in routers] == [[], []]


def test_addresses_hang_on_servers(world: World, read: Read) -> None:
    rows = {row.public_ip: row for row in read.all("network.address")}
    assert (rows["203.0.113.20"].attached, rows["203.0.113.20"].attached_to) == (True, read.named("compute.instance", "web-1").id)
    assert (rows["203.0.113.21"].attached, rows["203.0.113.21"].attached_to, rows["203.0.113.21"].state) == (False, "", "available")
    assert rows["203.0.113.21"].network == read.named("network.vpc", "public", HOME).id


def test_storage(world: World, read: Read) -> None:
    held, free = read.named("storage.volume", "db-data"), read.named("storage.volume", "forgotten")
    assert (held.state, held.attached, held.attached_to) == ("in-use", True, read.named("compute.instance", "db-1").id)
    assert (held.delete_with_instance, held.encrypted, held.size_gib) == (False, True, 100)
    assert (free.state, free.attached, free.attached_to, free.encrypted) == ("available", False, "", False)
    (copy,) = read.all("storage.snapshot")
    assert (copy.volume, copy.encrypted, copy.public, copy.shared_with) == (held.id, True, False, [])


def test_containers_and_images(read: Read) -> None:
    assets, backups = read.named("storage.bucket", "assets"), read.named("storage.bucket", "backups")
    assert (assets.public_acl, assets.read_acl, assets.versioning, assets.quota_bytes) == (True, ".r:*,.rlistings", "off", -1)
    assert (backups.public_acl, backups.versioning, backups.tags, backups.size_gib) == (False, "on", {"owner": "shop"}, 3.0)
    golden, base = read.named("compute.image", "shop-golden"), read.named("compute.image", "shop-base")
    assert (golden.public, golden.state, golden.shared_with) == (True, "available", [])
    assert (base.public, base.shared_with) == (False, [PROJECTS["lab"]])


def test_a_balancer_and_what_is_behind_it(read: Read) -> None:
    (balancer,), (group,) = read.all("network.balancer"), read.all("network.targets")
    assert (balancer.type, balancer.public, balancer.public_ips) == ("application", True, ["203.0.113.30"])
    assert [(one.port, one.protocol, one.redirects_to_tls) for one in balancer.listeners] == [(80, "HTTP", False)]
    assert (balancer.targets, balancer.healthy_targets, balancer.target_groups) == (2, 2, [group.id])
    assert group.targets == sorted(read.named("compute.instance", name).id for name in ("web-1", "web-2"))
    assert (group.port, group.health_check_path, group.healthy, group.balancers) == (80, "/healthz", 2, [balancer.id])


def test_identities(read: Read) -> None:
    people = {row.name: row for row in read.all("identity.user", HOME)}
    assert {name: row.administrator for name, row in people.items()} == {"admin": True, "demo": False, "reader": False}
    assert (people["demo"].access_keys_active, people["demo"].mfa, people["demo"].password_enabled) == (2, False, True)
    roles = {row.name: (row.administrator, row.service_linked) for row in read.all("identity.role", HOME)}
    assert roles["admin"] == (True, True)
    bindings = {(row.name, row.scope, row.administrator) for row in read.all("identity.binding", HOME)}
    shop = f"openstack:{SHOP}:global:account.account/{SHOP}"
    assert ("demo: member", shop, False) in bindings
    assert read.rows[shop].administrators == 1  # type: ignore[attr-defined]
    assert {row.native.get("type") for row in read.all("identity.key", HOME)} == {"ec2", "application-credential"}


def test_quotas_hosts_flavors_and_zones(read: Read) -> None:
    quotas = {row.native_id: (row.metric, row.limit_value, row.used_value) for row in read.all("account.quota")}
    assert quotas["compute.cores"] == ("vcpus", 20.0, 9.0)
    assert quotas["block-storage.gigabytes"] == ("volume_storage", 1000.0, 150.0)
    assert quotas["network.router"] == ("routers", 10.0, 1.0)
    hosts = read.all("compute.host", HOME)
    assert [(row.type, row.state, row.vcpus, row.zone) for row in hosts] == [("hypervisor", "up", 32, "nova")] * 2
    flavors = {row.name: (row.vcpus, row.memory_mib, row.used_by) for row in read.all("compute.flavor", HOME)}
    assert flavors["m1.medium"] == (2, 4096, 2)
    groups = {(row.type, row.name) for row in read.all("account.group", HOME)}
    assert groups == {("domain", "Default"), ("aggregate", "ssd"), ("availability-zone", "nova")}


def test_no_secret_is_kept(read: Read) -> None:
    assert b"not-to-be-kept" not in msgspec.json.encode([msgspec.to_builtins(row) for row in read.rows.values()])


def test_reading_again_gives_the_same(world: World, read: Read) -> None:
    again = Read(world)
    assert again.rows == read.rows
    assert again.relations == read.relations


def test_a_fresh_read_of_anything_shows_what_the_gathering_showed(world: World, read: Read) -> None:
    """Narrow calls see the same as lists. What a list of many cannot be narrowed to is read whole."""
    ids = sorted(read.rows)
    fresh: dict[str, Any] = {}
    for one in ids:
        fresh |= world.cloud.refresh([one])
    different = {one: (read.rows[one], fresh.get(one)) for one in ids if fresh.get(one, ...) != _steady(read.rows[one])}
    assert different == {}


def _steady(row: Resource) -> Resource:
    """Counts over the whole cloud are not asked for one row."""
    return msgspec.structs.replace(row, used_by=None) if row.KIND == "compute.flavor" else row


def test_a_fresh_read_is_narrow(new_world: Any) -> None:
    world = new_world()
    server = world.one("servers", name="web-1")
    world.cloud.scopes()
    before = sum(world.cloud.api_calls.values())
    target = _id("compute.instance", server["id"])
    assert world.cloud.refresh([target])[target].state == "running"
    assert sum(world.cloud.api_calls.values()) - before <= 3


def test_a_member_sees_the_project_and_what_it_shares(new_world: Any) -> None:
    read = Read(new_world())
    assert {row.account for row in read.rows.values()} == {SHOP}
    assert read.named("network.vpc", "public").external is True
    denied = {gap.kind for gap in read.gaps if gap.state is CoverageState.DENIED}
    assert denied == {
        "compute.host",
        "account.group",
        "identity.user",
        "identity.group",
        "identity.role",
        "identity.binding",
        "identity.key",
    }
    assert {gap.kind for gap in read.gaps if gap.partial} == {"network.subnet", "account.account"}
    assert [row.native_id for row in read.all("identity.key")] != []


def test_usage_from_gnocchi_and_without_it(new_world: Any) -> None:
    from datetime import timedelta

    world = new_world("lab-admin", wide=True)
    read = Read(world)
    row, now = read.named("compute.instance", "web-1"), world.clock.now()
    found = {one.metric: one for one in world.cloud.usage([row], now - timedelta(days=2), now)}
    assert (found["cpu_pct"].mean, found["cpu_pct"].samples, found["cpu_pct"].p99) == (25.0, 48, 37.5)
    assert found["memory_pct"].mean == 25.0
    bare = new_world("lab-admin", wide=True)
    bare.state.lacks.add("metric")
    told = {one.metric: one for one in bare.cloud.usage([row], now - timedelta(days=2), now)}
    assert told["cpu_pct"].mean == pytest.approx(100 / 3)
    assert told["cpu_pct"].p99 is None
    assert told["network_in_bytes"].mean == pytest.approx(100_000)
    assert told["running_pct"].mean == pytest.approx(50.0)


def test_health(world: World) -> None:
    servers = {one["name"]: _id("compute.instance", one["id"]) for one in world.state.every("servers")}
    balancer = _id("network.balancer", next(iter(world.state.all("loadbalancers"))))
    targets = [servers["web-1"], servers["old-1"], balancer, _id("compute.instance", "none"), _id("network.firewall", "x")]
    said = [(one.well, one.reason) for one in world.cloud.health(targets)]
    assert said == [
        (True, ""),
        (None, "It is SHUTOFF."),
        (True, ""),
        (False, "It does not exist any more."),
        (None, "OpenStack says nothing about its health."),
    ]


def test_the_doctor_says_what_a_member_lacks(new_world: Any) -> None:
    said = {one.name: one for one in new_world().cloud.doctor()}
    assert said["os_compute_api:servers:detail"].allowed is True
    assert said["identity:list_users"].allowed is False
    assert said["volume:get"].allowed is None
    assert said["volume:get"].reason == "It needs a thing to be tried on."
