"""Vaults, secrets, roles, locks and trails become rows."""

from datetime import datetime

from tests.adapters.clouds.azure._translating import HERE, ID, Example, has

from skywright.adapters.clouds.azure.read import (
    access,
    subscriptions,
    vaults,
)
from skywright.adapters.clouds.azure.read.base import Locks, Place, categories


def test_a_vault_without_purge_protection(example: Example) -> None:
    has(
        vaults.vault(example("vault"), HERE, [], 2),
        soft_delete=True,
        purge_protected=False,
        public=True,
        rbac=False,
        logging=False,
        keys=2,
    )
    has(vaults.vault(example("vault"), HERE, None, None), logging=None, keys=None)


def test_a_secret_is_never_its_value() -> None:
    path = "/subscriptions/S/resourceGroups/RG/providers/Microsoft.KeyVault/vaults/keys/secrets/db"
    raw = {"id": path, "name": "db", "properties": {"value": "hunter2", "attributes": {"enabled": True, "created": 1700000000}}}
    row = vaults.secret(raw, HERE)
    assert "hunter2" not in str(row)
    has(row, id=f"{ID}crypto.secret/rg/keys/db", created_at=datetime(2023, 11, 14, 22, 13, 20), rotation=None)


def test_who_administers(example: Example) -> None:
    roles = {"owner": example("owner"), "contributor": example("contributor")}
    row = access.binding(example("assignment"), Place("s", "global"), roles, {"p1"})
    has(
        row,
        role="Owner",
        principal="p1",
        principal_type="user",
        scope="azure:s:global:account.account/s",
        administrator=True,
        external=True,
        conditional=False,
    )
    assert access.administers(roles["contributor"]) is False
    has(access.binding(example("assignment"), HERE, None, None), administrator=None, external=None, role="owner")


def test_a_role_of_ones_own(example: Example) -> None:
    raw = example("owner") | {"name": "own"}
    raw["properties"]["permissions"] = [
        {"actions": ["Microsoft.Compute/*", "*/read", "Microsoft.Authorization/roleAssignments/write"]}
    ]
    row = access.policy(raw, HERE, [{"properties": {"roleDefinitionId": "/x/roleDefinitions/OWN"}}])
    has(row, name="Owner", attachments=1, administrator=False, wildcard_services=["Microsoft.Compute"], privilege_escalation=True)
    has(access.policy(example("owner"), HERE, None), administrator=True, attachments=None)


def test_locks_hold_what_is_below() -> None:
    head = "/subscriptions/S/resourceGroups/RG"
    tail = "/providers/Microsoft.Authorization/locks/keep"
    locks = Locks(iter([{"id": f"{head}/providers/Microsoft.Sql/servers/s{tail}", "properties": {"level": "CanNotDelete"}}]))
    assert locks.hold(f"{head}/providers/Microsoft.Sql/servers/S/databases/d")
    assert not locks.hold(f"{head}/providers/Microsoft.Sql/servers/s2")
    assert Locks(iter([{"id": f"{head}{tail}", "properties": {"level": "ReadOnly"}}])).hold(f"{head}/providers/x/y/z")
    assert not Locks(iter([{"id": f"{head}{tail}", "properties": {"level": "NotSpecified"}}])).hold(head)


def test_categories_are_those_that_are_on() -> None:
    logs = [{"category": "A", "enabled": True}, {"category": "B", "enabled": False}, {"categoryGroup": "allLogs", "enabled": True}]
    assert categories([{"properties": {"logs": logs}}]) == ["A", "allLogs"]
    assert categories(None) is None and categories([]) == []


def test_a_trail_writes_what_is_on() -> None:
    raw = {
        "id": "/subscriptions/S/providers/microsoft.insights/diagnosticSettings/main",
        "name": "main",
        "properties": {"logs": [{"category": "Security", "enabled": True}]},
    }
    row = subscriptions.trail(raw, Place("s", "global"), "bucket", "")
    has(row, native_id="-/main", logging=True, multi_region=True, bucket="bucket", log_group="")
    raw["properties"]["logs"] = []
    has(subscriptions.trail(raw, HERE, "", ""), logging=False)
