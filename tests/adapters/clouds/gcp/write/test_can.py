"""What can be done and what not, without a call, and what the table of actions says."""

from typing import Any

import pytest
from tests.adapters.clouds.gcp.write._worlds_network import _line

from skywright.adapters.clouds.gcp.documents import documented, method
from skywright.adapters.clouds.gcp.write import actions, can
from skywright.adapters.clouds.gcp.write.base import permissions
from skywright.adapters.clouds.gcp.write.network import product
from skywright.model.kinds import KIND_BY_NAME
from skywright.model.kinds.network import FirewallRule
from skywright.model.plan import Reversibility

FULL, NONE, COPY = Reversibility.FULL, Reversibility.NONE, Reversibility.SAFETY_COPY
BLOCKS = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
OFF, ON = dict.fromkeys(BLOCKS, False), dict.fromkeys(BLOCKS, True)
UNIFORM = {**OFF, "block_public_acls": True, "ignore_public_acls": True}

CHANGES: list[tuple[str, str, dict[str, Any], dict[str, Any] | None, Reversibility | None]] = [
    ("an instance to another type", "compute.instance", {"type": "e2-small"}, {"type": "e2-micro"}, FULL),
    ("of an unknown type", "compute.instance", {"type": None}, {"type": "e2-micro"}, None),
    ("a suspended instance", "compute.instance", {"state": "pending"}, {"state": "stopped"}, None),
    ("deleting an instance", "compute.instance", {"state": "stopped"}, None, None),
    ("a disk grows", "storage.volume", {"size_gib": 10}, {"size_gib": 20}, NONE),
    ("a disk shrinks", "storage.volume", {"size_gib": 20}, {"size_gib": 10}, None),
    ("another type of disk", "storage.volume", {"type": "pd-ssd"}, {"type": "pd-standard"}, None),
    ("deleting a loose disk", "storage.volume", {"state": "available", "attached": False}, None, COPY),
    ("deleting a disk in use", "storage.volume", {"state": "in-use", "attached": True}, None, None),
    ("releasing a loose address", "network.address", {"attached": False}, None, NONE),
    ("releasing an address in use", "network.address", {"attached": True}, None, None),
    ("closing a port", "network.firewall", {"rules": [_line(22), _line(80)]}, {"rules": [_line(80)]}, FULL),
    ("closing all", "network.firewall", {"rules": [_line(22)]}, {"rules": []}, FULL),
    ("opening what is switched off", "network.firewall", {"rules": []}, {"rules": [_line(22)]}, None),
    (
        "what one rule cannot say",
        "network.firewall",
        {"rules": [_line(22), _line(22, "10.0.0.0/8")]},
        {"rules": [_line(22), _line(80, "10.0.0.0/8")]},
        None,
    ),
    ("a whole bucket", "storage.bucket", OFF, ON, FULL),
    ("a bucket with uniform access", "storage.bucket", UNIFORM, ON, FULL),
    ("half a bucket", "storage.bucket", OFF, {**OFF, "block_public_acls": True}, None),
    ("versions on", "storage.bucket", {"versioning": "off"}, {"versioning": "on"}, FULL),
    ("versions suspended, as only AWS knows", "storage.bucket", {"versioning": "on"}, {"versioning": "suspended"}, None),
    ("backups for a week", "database.instance", {"backup_retention_days": 0}, {"backup_retention_days": 7}, FULL),
    ("no backups at all", "database.instance", {"backup_retention_days": 7}, {"backup_retention_days": 0}, None),
    ("backups for too long", "database.instance", {"backup_retention_days": 7}, {"backup_retention_days": 400}, None),
    ("a database in private", "database.instance", {"public": True}, {"public": False}, FULL),
    ("a protected database", "database.instance", {"deletion_protected": False}, {"deletion_protected": True}, FULL),
    (
        "two settings at once",
        "database.instance",
        {"public": True, "tls_required": False},
        {"public": False, "tls_required": True},
        FULL,
    ),
    ("one that is out of reach beside", "database.instance", {"public": True, "port": 1}, {"public": False, "port": 2}, None),
    ("a key that rotates", "crypto.key", {"rotation": False}, {"rotation": True}, FULL),
    ("a key that no longer rotates", "crypto.key", {"rotation": True}, {"rotation": False}, None),
    ("logs for a year", "log.group", {"retention_days": 30, "keeps_forever": False}, {"retention_days": 365}, FULL),
    ("logs for eleven years", "log.group", {"retention_days": 30}, {"retention_days": 4015}, None),
    ("messages for a minute", "messaging.queue", {"retention_s": 3600}, {"retention_s": 60}, None),
    ("a private image", "compute.image", {"public": True}, {"public": False}, FULL),
    ("a public image", "compute.image", {"public": False}, {"public": True}, None),
    ("a private snapshot", "storage.snapshot", {"public": True}, {"public": False}, FULL),
    ("a cluster in private", "kubernetes.cluster", {"endpoint_public": True}, {"endpoint_public": False}, FULL),
    (
        "a cluster that nobody could reach",
        "kubernetes.cluster",
        {"endpoint_public": True, "endpoint_private": False},
        {"endpoint_public": False},
        None,
    ),
    ("a key of an account off", "identity.key", {"active": True}, {"active": False}, FULL),
    ("a binding", "identity.binding", {"scope": "gcp:p:global:account.account/p"}, None, FULL),
    ("a binding of a topic", "identity.binding", {"scope": "projects/p/topics/t"}, None, None),
    ("labels", "storage.bucket", {"tags": {}}, {"tags": {"owner": "search"}}, FULL),
    ("a label in capitals", "storage.bucket", {"tags": {}}, {"tags": {"Owner": "search"}}, None),
    ("a label with a space", "storage.bucket", {"tags": {}}, {"tags": {"owner": "web search"}}, None),
    ("a label that was there in capitals", "storage.bucket", {"tags": {"A": "B"}}, {"tags": {"A": "B", "c": "d"}}, FULL),
    ("a label of Google's", "compute.instance", {"tags": {"goog-gke-node": ""}}, {"tags": {}}, None),
    ("labels that could not be read", "storage.bucket", {"tags": None}, {"tags": {"owner": "x"}}, None),
]


@pytest.mark.parametrize(("kind", "before", "after", "wanted"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_what_can_be_done(kind: str, before: dict[str, Any], after: dict[str, Any] | None, wanted: Reversibility | None):
    assert can(kind, before, after) is wanted


def test_every_column_is_one_of_its_kind_and_every_call_is_documented():
    for action in actions():
        assert {*action.columns, *action.implied} <= set(KIND_BY_NAME[action.kind].__struct_fields__), action.name
        for call in action.calls:
            assert method(call).path
        assert action.document.partition(": ")[2], action.name
        assert all(permission.count(".") == 2 for permission in action.permissions), action.permissions


def test_at_least_fourteen_actions_with_a_way_back():
    assert len([action for action in actions() if action.reversibility is not NONE]) >= 14


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("compute.regionInstanceGroupManagers.resize", "compute.instanceGroupManagers.update"),
        ("compute.firewalls.patch", "compute.networks.updatePolicy"),
        ("sqladmin.instances.patch", "cloudsql.instances.update"),
        ("iam.projects.serviceAccounts.keys.disable", "iam.serviceAccountKeys.disable"),
        ("cloudresourcemanager.projects.setIamPolicy", "resourcemanager.projects.setIamPolicy"),
        ("run.projects.locations.services.patch", "iam.serviceAccounts.actAs"),
        ("container.projects.locations.clusters.setResourceLabels", "container.clusters.update"),
        ("cloudkms.projects.locations.keyRings.cryptoKeys.patch", "cloudkms.cryptoKeys.update"),
    ],
)
def test_the_permission_of_a_call(call: str, wanted: str):
    assert wanted in permissions((call,))


def _rule(port: int | None, cidr: str | None, **more: Any) -> FirewallRule:
    return FirewallRule(
        **{"direction": "ingress", "protocol": "tcp", "from_port": port, "to_port": port, "cidr": cidr, "priority": 900, **more}
    )


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([_rule(22, "10.0.0.0/8")], (["10.0.0.0/8"], [], [{"IPProtocol": "tcp", "ports": ["22"]}])),
        ([_rule(None, "10.0.0.0/8", protocol="all")], (["10.0.0.0/8"], [], [{"IPProtocol": "all"}])),
        (
            [_rule(22, "a"), _rule(22, "b"), _rule(80, "a", to_port=90), _rule(80, "b", to_port=90)],
            (["a", "b"], [], [{"IPProtocol": "tcp", "ports": ["22", "80-90"]}]),
        ),
        ([_rule(22, None, peer="tag:web")], ([], ["tag:web"], [{"IPProtocol": "tcp", "ports": ["22"]}])),
        ([_rule(None, "a", protocol="icmpv6")], (["a"], [], [{"IPProtocol": "58"}])),
        ([_rule(22, "a"), _rule(80, "b")], None),
        ([_rule(22, "a"), _rule(80, "a", priority=1)], None),
        ([_rule(22, "a"), _rule(80, "a", direction="egress")], None),
    ],
)
def test_lines_that_one_rule_can_say(lines: list[FirewallRule], wanted: Any):
    assert product(lines) == wanted


def test_explaining_needs_no_library_of_googles():
    assert documented("compute").root == "https://compute.googleapis.com/"
