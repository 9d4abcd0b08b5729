"""Every reader against an AWS API over HTTP: what was made is found, what is gone is gone, what is secret stays out."""

import importlib.util
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from skywright.adapters.clouds.aws import AwsCloud
from skywright.adapters.clouds.aws.config import AwsAccount, AwsConfig
from skywright.model.estate import CoverageState, Relation, Verb
from skywright.model.kinds import Resource
from skywright.model.kinds.compute import COMPUTE
from skywright.model.kinds.network import NETWORK
from skywright.model.kinds.storage import STORAGE

REGION, ACCOUNT = "eu-west-1", "123456789012"
OTHERS = {
    "compute.host",
    "compute.flavor",
    "dns.zone",
    "cdn.distribution",
    "storage.bucket",
    "database.warehouse",
    "backup.vault",
    "backup.plan",
}  # have their own tests
OURS = {kind.KIND for kind in (*COMPUTE, *NETWORK, *STORAGE)} - OTHERS
SECRET = "hunter2"


class StillClock:
    """Time that stands; sleeping takes none."""

    def now(self) -> datetime:
        return datetime(2026, 7, 1, 12)

    def sleep(self, seconds: float) -> None:
        pass


class Estate:
    """What was made, and what was read of it."""

    def __init__(self, made: dict[str, str], cloud: AwsCloud) -> None:
        self.made = made
        self.cloud = cloud
        self.rows: dict[str, list[Any]] = {}
        self.relations: set[Relation] = set()
        self.incomplete: list[str] = []
        for scope in cloud.scopes()[0]:
            batch = cloud.read(scope)
            self.relations.update(batch.relations)
            self.incomplete += [
                f"{row.kind}: {row.reason}" for row in batch.coverage if row.partial or row.state is not CoverageState.COMPLETE
            ]
            for row in batch.resources:
                self.rows.setdefault(row.KIND, []).append(row)

    def one(self, kind: str, native_id: str) -> Any:
        (found,) = [row for row in self.rows[kind] if row.native_id == native_id]
        return found

    def id(self, kind: str, native_id: str) -> str:
        return f"aws:{ACCOUNT}:{REGION}:{kind}/{native_id}"

    def related(self, source: str, verb: Verb, target: str) -> bool:
        return Relation(source, verb, target) in self.relations


@pytest.fixture(scope="module")
def estate(_moto: str) -> Iterator[Estate]:
    """Made once: nothing here changes it."""
    spec = importlib.util.spec_from_file_location("_town", Path(__file__).with_name("_town.py"))
    assert spec is not None and spec.loader is not None
    town = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(town)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_ENDPOINT_URL": _moto,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_REGION": REGION,
        }.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        _reset(_moto)
        yield Estate(town.build(), AwsCloud(AwsConfig(regions=[REGION]), StillClock()))


def _reset(url: str) -> None:
    import urllib.request

    with urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST"), timeout=60):
        pass


def test_every_kind_of_ours_is_found(estate: Estate) -> None:
    assert OURS - set(estate.rows) == set()


def test_nothing_of_ours_is_incomplete(estate: Estate) -> None:
    assert [text for text in estate.incomplete if text.partition(":")[0] in OURS] == []


def test_no_secret_is_kept(estate: Estate) -> None:
    assert SECRET not in msgspec.json.encode(estate.rows).decode()
    assert "cGFzc3dvcmQ9aHVudGVyMg==" not in msgspec.json.encode(estate.rows).decode()


def test_an_instance_with_the_shape_of_its_type_and_the_role_of_its_profile(estate: Estate) -> None:
    row = estate.one("compute.instance", estate.made["instance"])
    assert (row.name, row.state, row.type, row.vcpus, row.memory_mib, row.burstable) == (
        "web-1",
        "running",
        "t3.micro",
        2,
        1024,
        True,
    )
    assert (row.metadata_token_required, row.metadata_hop_limit, row.lifecycle) == (True, 2, "on-demand")
    assert row.role == f"aws:{ACCOUNT}:global:identity.role/machine"
    assert row.firewalls == [estate.id("network.firewall", estate.made["firewall"])]
    assert estate.related(row.id, Verb.ACTS_AS, row.role)
    assert estate.related(row.id, Verb.IN, estate.id("network.subnet", estate.made["subnet"]))
    assert estate.related(row.id, Verb.GUARDED_BY, row.firewalls[0])
    for volume in row.volumes:
        assert estate.related(volume, Verb.ATTACHED_TO, row.id)


def test_volumes_and_snapshots(estate: Estate) -> None:
    volume = estate.one("storage.volume", estate.made["volume"])
    assert (volume.type, volume.size_gib, volume.attached, volume.attached_to, volume.encrypted) == ("gp2", 8, False, "", True)
    snapshot = estate.one("storage.snapshot", estate.made["snapshot"])
    assert estate.related(snapshot.id, Verb.COPY_OF, volume.id)


def test_addresses_that_are_used_and_that_are_not(estate: Estate) -> None:
    assert estate.one("network.address", estate.made["idle_address"]).attached is False


def test_a_firewall_with_its_rules_and_how_many_cards_carry_it(estate: Estate) -> None:
    row = estate.one("network.firewall", estate.made["firewall"])
    ingress = [
        (rule.protocol, rule.from_port, rule.to_port, rule.cidr, rule.peer) for rule in row.rules if rule.direction == "ingress"
    ]
    assert ingress == [("tcp", 22, 22, "0.0.0.0/0", None), ("tcp", 443, 443, None, row.id)]
    assert row.used_by >= 1
    egress = [rule for rule in row.rules if rule.direction == "egress"]
    assert [(rule.protocol, rule.from_port, rule.cidr) for rule in egress] == [("all", None, "0.0.0.0/0")]


def test_routes_lead_to_gateways(estate: Estate) -> None:
    row = estate.one("network.route", estate.made["routes"])
    gateway = estate.id("network.gateway", estate.made["igw"])
    assert gateway in [route.target for route in row.routes]
    assert estate.related(row.id, Verb.ROUTES_TO, gateway)
    assert estate.related(estate.id("network.subnet", estate.made["subnet"]), Verb.ROUTES_TO, row.id)


def test_gateways_peerings_and_endpoints(estate: Estate) -> None:
    assert estate.one("network.gateway", estate.made["igw"]).attached is True
    nat = estate.one("network.gateway", estate.made["nat"])
    assert (nat.type, nat.state, bool(nat.public_ip)) == ("nat", "available", True)
    peering = estate.one("network.peering", estate.made["peering"])
    assert peering.peer_vpc == estate.id("network.vpc", estate.made["peer"])
    assert estate.one("network.endpoint", estate.made["endpoint"]).type == "gateway"


def test_a_balancer_with_listeners_attributes_tags_and_targets(estate: Estate) -> None:
    row = estate.one("network.balancer", estate.made["balancer"])
    assert (row.public, row.type, row.deletion_protected, row.web_acl) == (True, "application", False, False)
    assert [(listener.port, listener.protocol) for listener in row.listeners] == [(80, "HTTP")]
    assert (row.tags, row.targets) == ({"owner": "web"}, 1)
    targets = estate.id("network.targets", estate.made["targets"])
    assert estate.related(row.id, Verb.TARGETS, targets)
    assert estate.related(targets, Verb.TARGETS, estate.id("compute.instance", estate.made["instance"]))


def test_a_classic_balancer(estate: Estate) -> None:
    row = estate.one("network.balancer", "old")
    assert (row.type, row.targets, row.web_acl) == ("classic", 1, False)
    assert estate.related(row.id, Verb.TARGETS, estate.id("compute.instance", estate.made["instance"]))


def test_databases_and_their_snapshots(estate: Estate) -> None:
    row = estate.one("database.instance", "orders")
    assert (row.engine, row.type, row.storage_gib, row.public, row.encrypted) == ("postgres", "db.t3.micro", 20, True, True)
    copy = estate.one("database.snapshot", "orders-copy")
    assert (copy.manual, copy.public, copy.shared_with) == (True, True, ["999988887777"])
    assert estate.related(copy.id, Verb.COPY_OF, row.id)
    assert estate.one("database.cluster", "ledger").engine == "aurora-postgresql"


def test_tables_caches_and_file_systems(estate: Estate) -> None:
    table = estate.one("database.table", "carts")
    assert (table.billing, table.point_in_time_recovery, table.tags) == ("on-demand", False, {"owner": "shop"})
    assert estate.one("database.cache", "sessions").engine == "redis"
    files = estate.one("storage.filesystem", estate.made["files"])
    assert (files.encrypted, files.backup, files.mount_targets, files.name) == (True, False, 0, "shared")


def test_a_function_that_everyone_may_call(estate: Estate) -> None:
    row = estate.one("function.function", "mailer")
    assert (row.runtime, row.public, row.environment_names, row.url_auth) == ("python3.9", True, ["TOKEN"], "")
    assert (row.tags, row.reserved_concurrency) == ({"owner": "mail"}, None)
    assert estate.related(row.id, Verb.ACTS_AS, f"aws:{ACCOUNT}:global:identity.role/runner")


def test_containers(estate: Estate) -> None:
    assert estate.one("container.cluster", "apps").insights is True
    service = estate.one("container.service", "apps/app")
    assert (service.desired, service.circuit_breaker) == (2, False)
    assert estate.related(service.id, Verb.IN, estate.id("container.cluster", "apps"))
    repository = estate.one("registry.repository", "app")
    assert (repository.scan_on_push, repository.lifecycle_policy, repository.public) == (True, False, False)
    cluster = estate.one("kubernetes.cluster", "k8s")
    assert (cluster.version, cluster.node_groups, cluster.nodes_desired) == ("1.30", 0, 0)


def test_what_is_made_from_what(estate: Estate) -> None:
    group = estate.one("compute.group", "fleet")
    assert (group.min_size, group.max_size, group.desired, group.health_check) == (0, 2, 1, "instance")
    assert estate.related(group.id, Verb.MADE_FROM, estate.id("compute.template", estate.made["template"]))
    template = estate.one("compute.template", estate.made["template"])
    assert (template.name, template.type, template.metadata_token_required) == ("web", "t3.small", False)
    assert estate.one("compute.keypair", estate.made["key_pair"]).name == "ops"


def test_reading_again_gives_the_same_rows(estate: Estate) -> None:
    again = Estate(estate.made, estate.cloud)
    assert {row.id: row for rows in again.rows.values() for row in rows} == {
        row.id: row for rows in estate.rows.values() for row in rows
    }
    assert again.relations == estate.relations


def test_refresh_gives_the_row_as_gathered_and_none_for_what_is_gone(estate: Estate) -> None:
    """Rows must be equal, else a plan would seem stale."""
    gone = {
        estate.id("compute.instance", "i-0123456789abcdef0"),
        estate.id("storage.volume", "vol-0123456789abcdef0"),
        estate.id("network.firewall", "sg-0123456789abcdef0"),
        estate.id("database.instance", "gone"),
        estate.id("database.table", "gone"),
    }
    wanted: dict[str, Resource] = {row.id: row for rows in estate.rows.values() for row in rows}
    found = estate.cloud.refresh([*wanted, *gone])
    assert {identifier: found[identifier] for identifier in gone} == dict.fromkeys(gone)
    assert {identifier for identifier, row in wanted.items() if found.get(identifier) != row} == set()


def test_refresh_leaves_out_what_it_cannot_read(estate: Estate) -> None:
    elsewhere = f"aws:999999999999:{REGION}:compute.instance/i-0123456789abcdef0"
    unheard = f"aws:{ACCOUNT}:{REGION}:no.kind/x"
    assert estate.cloud.refresh([elsewhere, unheard]) == {}


def test_calls_are_counted(estate: Estate) -> None:
    assert estate.cloud.api_calls["ec2:DescribeInstances"] >= 1


def test_an_account_that_is_not_the_expected_one_is_a_gap(estate: Estate) -> None:
    cloud = AwsCloud(AwsConfig(accounts=[AwsAccount(id="999999999999")], regions=[REGION]), StillClock())
    scopes, gaps = cloud.scopes()
    assert list(scopes) == []
    assert [(row.account, row.kind, row.state, row.reason) for row in gaps] == [
        (
            "999999999999",
            "*",
            CoverageState.FAILED,
            (
                f"The credentials for account 999999999999 lead to account {ACCOUNT}. "
                "Check profile and role of that account in the configuration."
            ),
        )
    ]


def test_a_skipped_service_is_recorded_as_skipped(estate: Estate) -> None:
    cloud = AwsCloud(AwsConfig(regions=[REGION], skip_services=["rds"]), StillClock())
    scopes, gaps = cloud.scopes()
    assert not [scope for scope in scopes if "database.instance" in scope.kinds]
    assert ("database.instance", CoverageState.SKIPPED, "Service rds is skipped by the configuration.") in [
        (row.kind, row.state, row.reason) for row in gaps
    ]


def test_a_role_is_assumed_on_the_way(estate: Estate) -> None:
    roles = [AwsAccount(role_arn="arn:aws:iam::444455556666:role/reader", external_id="reader")]
    scopes, gaps = AwsCloud(AwsConfig(accounts=roles, regions=[REGION]), StillClock()).scopes()
    assert not gaps
    assert {scope.account for scope in scopes} == {"444455556666"}
