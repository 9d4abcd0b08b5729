"""What can be done and what not, and how it is taken back: a table."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from skywright.adapters.clouds.azure.write import WAYS
from skywright.model.plan import Reversibility

FULL, COPY, NONE = Reversibility.FULL, Reversibility.SAFETY_COPY, Reversibility.NONE


def line(name: str = "ssh", priority: int = 300, **more: Any) -> dict[str, Any]:
    return {"direction": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0", "description": name,
            "priority": priority, **more}  # fmt: skip


TABLE: list[tuple[str, dict[str, Any], dict[str, Any] | None, Reversibility | None]] = [
    ("compute.instance", {"type": "Standard_D2s_v5"}, {"type": "Standard_D4s_v5"}, FULL),
    ("compute.instance", {"type": None}, {"type": "Standard_D4s_v5"}, None),
    ("compute.instance", {"state": "running"}, {"state": "stopped"}, FULL),
    ("compute.instance", {"state": "running"}, {"state": "terminated"}, None),
    ("compute.instance", {"state": "pending"}, {"state": "stopped"}, None),
    ("compute.instance", {"allocated": True, "state": "running"}, {"allocated": False}, None),
    ("compute.instance", {"allocated": False}, {"allocated": True}, None),
    ("compute.instance", {"termination_protected": True}, {"termination_protected": False}, None),
    ("compute.instance", {"state": "running"}, None, None),
    ("compute.instance", {"type": "a", "name": "x"}, {"type": "b", "name": "y"}, None),
    ("compute.group", {"desired": 3}, {"desired": 0}, FULL),
    ("compute.group", {"desired": 3}, {"desired": -1}, None),
    ("storage.volume", {"size_gib": 100}, {"size_gib": 200}, NONE),
    ("storage.volume", {"size_gib": 200}, {"size_gib": 100}, None),
    ("storage.volume", {"type": "Premium_LRS"}, {"type": "StandardSSD_LRS"}, FULL),
    ("storage.volume", {"type": "Premium_LRS"}, {"type": "Premium_ZRS"}, None),
    ("storage.volume", {"type": "Premium_LRS"}, {"type": "UltraSSD_LRS"}, None),
    ("storage.volume", {"size_gib": 100, "type": "Premium_LRS"}, {"size_gib": 200, "type": "Standard_LRS"}, NONE),
    ("storage.volume", {"state": "available", "attached": False}, None, COPY),
    ("storage.volume", {"state": "in-use", "attached": True}, None, None),
    ("storage.snapshot", {"state": "available"}, None, NONE),
    ("network.address", {"attached": False}, None, NONE),
    ("network.address", {"attached": True}, None, None),
    ("network.interface", {"public_ip": "20.1.2.3"}, {"public_ip": ""}, FULL),
    ("network.interface", {"public_ip": ""}, {"public_ip": "20.1.2.3"}, None),
    ("network.firewall", {"rules": [line()]}, {"rules": []}, FULL),
    ("network.firewall", {"rules": [line(priority=65000)]}, {"rules": []}, None),  # every group has it
    ("network.firewall", {"rules": [line(description=None)]}, {"rules": []}, None),  # whose line is it
    ("network.firewall", {"rules": None}, {"rules": []}, None),
    ("network.firewall", {"rules": [line()]}, {"rules": [line()]}, None),
    ("network.firewall", {"rules": [line(cidr=None, peer="/subscriptions/s/asg")]}, {"rules": []}, None),
    (
        "network.firewall",
        {"rules": [line(), line(from_port=80, to_port=80), line(cidr="::/0")]},
        {"rules": [line(from_port=80, to_port=80), line(cidr="::/0")]},
        None,  # two lines that no one rule says alone
    ),
    ("network.firewall", {"used_by": 0}, None, NONE),
    ("network.firewall", {"used_by": 1}, None, None),
    ("network.firewall", {"used_by": None}, None, None),
    ("storage.bucket", {"block_public_acls": False}, {"block_public_acls": True}, FULL),
    (
        "storage.bucket",
        {"block_public_acls": False, "ignore_public_acls": True},
        {"block_public_acls": True, "ignore_public_acls": False},
        None,
    ),
    ("storage.bucket", {"public_containers": ["a"]}, {"public_containers": []}, FULL),
    ("storage.bucket", {"public_containers": []}, {"public_containers": ["a"]}, None),
    ("storage.bucket", {"soft_delete_days": 0}, {"soft_delete_days": 400}, None),
    ("database.instance", {"backup_retention_days": 2}, {"backup_retention_days": 36}, None),
    ("database.instance", {"encrypted": None}, {"encrypted": True}, None),
    ("database.instance", {"authorized_cidrs": None}, {"authorized_cidrs": []}, None),
    ("database.table", {"point_in_time_recovery": False}, {"point_in_time_recovery": True}, NONE),
    ("database.table", {"point_in_time_recovery": True}, {"point_in_time_recovery": False}, None),
    ("database.cache", {"tls_minimum": "1.0"}, {"tls_minimum": "2.0"}, None),
    ("crypto.vault", {"purge_protected": False}, {"purge_protected": True}, NONE),
    ("crypto.vault", {"purge_protected": True}, {"purge_protected": False}, None),
    ("kubernetes.cluster", {"public_cidrs": ["0.0.0.0/0"]}, {"public_cidrs": []}, None),  # [] would be everyone
    ("kubernetes.cluster", {"public_cidrs": ["0.0.0.0/0"]}, {"public_cidrs": [f"10.0.{n}.0/24" for n in range(201)]}, None),
    ("log.group", {"retention_days": 30}, {"retention_days": 7}, None),
    ("identity.binding", {"principal": "p", "role": "Owner", "scope": "/subscriptions/s", "conditional": False}, None, FULL),
    ("identity.binding", {"principal": "p", "role": "Owner", "scope": "/subscriptions/s", "conditional": True}, None, None),
    ("identity.binding", {"principal": "p", "role": None, "scope": "/subscriptions/s", "conditional": False}, None, None),
    ("storage.volume", {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, FULL),
    ("storage.volume", {"tags": None}, {"tags": {"a": "2"}}, None),
    ("storage.volume", {"tags": {"hidden-link:x": "1"}}, {"tags": {}}, None),
    ("network.subnet", {"tags": {}}, {"tags": {"a": "1"}}, None),
]


@pytest.mark.parametrize(("kind", "before", "after", "expected"), TABLE)
def test_can(kind: str, before: dict[str, Any], after: dict[str, Any] | None, expected: Reversibility | None):
    assert WAYS.can(kind, before, after) is expected


RULES = Path(__file__).parents[5] / "src" / "skywright" / "topics"


def fixes() -> dict[str, tuple[str, dict[str, Any]]]:
    """Rule -> its kind and what its fix sets, of all the rules that ship."""
    found = {}
    for path in sorted(RULES.glob("*/rules/*.yaml")):
        said = msgspec.yaml.decode(path.read_bytes())
        for rule in said["rules"] if isinstance(said, dict) else said:
            if wanted := (rule.get("fix") or {}).get("set"):
                found[rule["id"]] = (rule["kind"], wanted)
    return found


OPPOSITE: dict[Any, Any] = {"on": "off", 7: 2, 365: 30}


def reached() -> set[str]:
    """The rules whose fix Azure's actions can carry out, from the opposite of what is wanted."""
    found = set()
    for name, (kind, wanted) in fixes().items():
        before = {
            column: OPPOSITE.get(value, not value) if not isinstance(value, bool) else not value for column, value in wanted.items()
        }
        if WAYS.can(kind, before, wanted) is not None:
            found.add(name)
    return found


def test_fixes_of_shipped_rules_that_azure_can_carry_out():
    assert reached() == {
        "database_cluster_not_deletion_protected",
        "database_instance_not_deletion_protected",
        "database_instance_public",
        "database_instance_short_backup",
        "database_instance_without_backup",
        "database_table_not_deletion_protected",
        "database_table_without_recovery",
        "log_group_without_retention",
        "storage_bucket_public",
        "storage_bucket_public_access_not_blocked",
        "storage_bucket_versioning_off",
    }
