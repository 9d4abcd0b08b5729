"""What Azure refuses, throttles, cuts or spells otherwise is a row of coverage with the reason; nothing is taken for absent."""

from collections.abc import Callable
from typing import Any

import pytest

from skywright.adapters.clouds.azure import AzureCloud
from skywright.lab.kit.server import Answer
from skywright.model.estate import Coverage, Scope
from skywright.ports.cloud import Batch

SUB = "22222222-0000-0000-0000-000000000000"
RG = f"/subscriptions/{SUB}/resourceGroups/rg/providers"
KIND = "storage.volume"


def scope(cloud: AzureCloud, reader: str, region: str = "westeurope") -> Scope:
    cloud._accounts.find()
    return Scope("azure", SUB, region, reader, cloud._readers[reader].kinds)


def read(cloud: AzureCloud, reader: str, region: str = "westeurope") -> Batch:
    return cloud.read(scope(cloud, reader, region))


def of(batch: Batch, kind: str) -> Coverage:
    return next(row for row in batch.coverage if row.kind == kind)


def there(raw: dict[str, Any]) -> dict[str, Any]:
    """An example as this subscription's."""
    import json

    text = json.dumps(raw).replace("/subscriptions/S/", f"/subscriptions/{SUB}/")
    found: dict[str, Any] = json.loads(text)
    return found | {"subscriptionId": SUB}


@pytest.fixture
def disks(arm: Any, example: Callable[[str], Any]) -> list[dict[str, Any]]:
    """What Resource Graph knows: one disk."""
    rows = [there(example("disk"))]
    arm.graph = lambda _: rows
    return rows


def test_what_is_there_is_complete(cloud: AzureCloud, disks: Any) -> None:
    batch = read(cloud, "disks")
    assert [row.native_id for row in batch.resources] == ["rg/data"]
    assert (of(batch, KIND).state.name, of(batch, KIND).rows, of(batch, KIND).partial) == ("COMPLETE", 1, False)
    assert len(batch.relations) == 1


def test_another_location_holds_nothing(cloud: AzureCloud, disks: Any) -> None:
    batch = read(cloud, "disks", "uksouth")
    assert batch.resources == () and of(batch, KIND).state.name == "COMPLETE"


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [
        (403, "AuthorizationFailed", "DENIED"),
        (429, "TooManyRequests", "THROTTLED"),
        (500, "InternalServerError", "FAILED"),
        (401, "ExpiredAuthenticationToken", "DENIED"),
    ],
)
def test_a_refused_list_is_a_gap(cloud: AzureCloud, arm: Any, status: int, code: str, state: str) -> None:
    arm.graph = lambda _: []
    cloud._accounts.find()
    arm.fail("", status, code)
    coverage = of(read(cloud, "disks"), KIND)
    assert (coverage.state.name, coverage.rows) == (state, 0) and coverage.reason


def test_a_service_that_is_not_registered_is_skipped(cloud: AzureCloud, arm: Any) -> None:
    arm.fail("/permissions", 403, "AuthorizationFailed")
    arm.fail("/providers/Microsoft.Compute", 409, "MissingSubscriptionRegistration", "The subscription is not registered.")
    assert of(read(cloud, "disks"), KIND).state.name == "SKIPPED"


def test_unknown_fields_change_nothing(cloud: AzureCloud, disks: list[dict[str, Any]]) -> None:
    disks[0]["brandNew"] = {"deep": [1]}
    disks[0]["properties"]["alsoNew"] = "x"
    assert of(read(cloud, "disks"), KIND).state.name == "COMPLETE"


@pytest.mark.parametrize(
    ("broken", "kept"),
    [
        ({"properties": "text"}, 0),
        ({"properties": None}, 0),
        ({"id": "not a path"}, 0),
        ({"sku": 7, "zones": "x", "tags": 7}, 1),
        ({"properties": {"diskSizeGB": "big", "timeCreated": 7.5, "diskState": 3}}, 1),
    ],
)
def test_wrong_types_are_a_gap_or_unknown_and_the_others_are_kept(
    cloud: AzureCloud, disks: list[dict[str, Any]], broken: dict[str, Any], kept: int
) -> None:
    disks.append(disks[0] | {"name": "bad", "id": disks[0]["id"] + "-bad"} | broken)
    batch = read(cloud, "disks")
    assert len(batch.resources) == 1 + kept
    assert of(batch, KIND).state.name == ("COMPLETE" if kept else "FAILED")


def test_a_missing_field_is_null(cloud: AzureCloud, disks: list[dict[str, Any]]) -> None:
    del disks[0]["properties"]["diskSizeGB"]
    row = read(cloud, "disks").resources[0]
    assert row.size_gib is None  # type: ignore[attr-defined]


def test_one_account_that_refuses_its_details_leaves_its_own_columns_unknown(
    cloud: AzureCloud, arm: Any, example: Callable[[str], Any]
) -> None:
    raw = there(example("account"))
    arm.graph = lambda _: [raw]
    blob = f"{raw['id']}/blobServices/default"
    arm.tell("GET", blob, {"properties": {"isVersioningEnabled": False}})
    arm.fail("/containers", 403, "AuthorizationFailed")
    arm.fail("diagnosticSettings", 429, "TooManyRequests")
    batch = read(cloud, "storage")
    row = batch.resources[0]
    assert (row.versioning, row.containers, row.public_acl, row.access_logging, row.lifecycle_rules) == ("off", None, None, None, 0)  # type: ignore[attr-defined]
    coverage = of(batch, "storage.bucket")
    assert coverage.state.name == "COMPLETE" and coverage.partial and "denies" in coverage.reason


def test_a_vault_deleted_while_it_was_listed_is_no_gap(cloud: AzureCloud, arm: Any, example: Callable[[str], Any]) -> None:
    raw = there(example("vault"))
    arm.graph = lambda _: [raw]
    batch = read(cloud, "vaults")  # the server knows nothing of its keys and secrets: 404
    assert of(batch, "crypto.key").state.name == "COMPLETE"
    assert of(batch, "crypto.vault").partial  # its logs could not be read


def test_a_vault_that_refuses_its_keys_is_a_gap_of_keys_alone(cloud: AzureCloud, arm: Any, example: Callable[[str], Any]) -> None:
    raw = there(example("vault"))
    arm.graph = lambda _: [raw]
    arm.tell_list(f"{raw['id']}/secrets")
    arm.tell_list(f"{raw['id']}/providers/microsoft.insights/diagnosticsettings")
    arm.fail("/keys/keys", 403, "AuthorizationFailed")
    batch = read(cloud, "vaults")
    states = {row.kind: row.state.name for row in batch.coverage}
    assert states == {
        "crypto.vault": "COMPLETE",
        "crypto.key": "DENIED",
        "crypto.secret": "COMPLETE",
        "crypto.certificate": "COMPLETE",
    }


def test_machines_without_their_cards_have_unknown_firewalls(cloud: AzureCloud, arm: Any, example: Callable[[str], Any]) -> None:
    raw = there(example("vm"))
    arm.graph = lambda query: [raw] if "virtualmachines'" in query else pytest.fail(query)
    arm.tell_list(f"/subscriptions/{SUB}/providers/Microsoft.Compute/skus")
    network = Answer(503, {"error": {"code": "ServiceUnavailable", "message": "x"}})

    def graph(request: Any) -> Answer:
        return network if "virtualnetworks'" in request.json()["query"] else Answer(200, {"data": [raw]})

    arm.tell("POST", "/providers/Microsoft.ResourceGraph/resources", graph)
    batch = read(cloud, "instances")
    row = batch.resources[0]
    assert (row.firewalls, row.subnet, row.public_ip, row.state) == (None, None, None, "running")  # type: ignore[attr-defined]
    assert of(batch, "compute.instance").partial


def test_a_denied_directory_is_a_gap_and_guests_are_unknown(cloud: AzureCloud, arm: Any, example: Callable[[str], Any]) -> None:
    head = f"/subscriptions/{SUB}/providers/Microsoft.Authorization"
    arm.tell_list(f"{head}/roleAssignments", there(example("assignment")))
    arm.tell_list(f"{head}/roleDefinitions", there(example("owner")))
    arm.fail("/v1.0/", 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    batch = read(cloud, "role-assignments", "global")
    row = batch.resources[0]
    assert (row.administrator, row.external) == (True, None)  # type: ignore[attr-defined]
    assert of(batch, "identity.binding").partial
    states = {row.kind: row.state.name for row in read(cloud, "directory", "global").coverage}
    assert states == {"identity.user": "DENIED", "identity.group": "DENIED", "identity.key": "DENIED"}


def test_a_skipped_service_is_not_asked_and_its_facts_are_unknown(cloud: AzureCloud, arm: Any) -> None:
    cloud._skipped = frozenset({"compute"})
    arm.graph = lambda _: [{"subscriptionId": SUB, "location": "westeurope"}]
    scopes, gaps = cloud.scopes()
    assert not any(one.reader in ("disks", "instances") for one in scopes)
    assert any(gap.kind == KIND and gap.state.name == "SKIPPED" for gap in gaps)


# refresh


def volume(name: str) -> str:
    return f"azure:{SUB}:westeurope:{KIND}/rg/{name}"


def test_a_refresh_asks_for_the_resource_itself(cloud: AzureCloud, arm: Any, example: Callable[[str], Any]) -> None:
    raw = there(example("disk"))
    arm.tell("GET", raw["id"], raw)
    found = cloud.refresh([volume("data"), volume("gone")])
    row = found[volume("data")]
    assert row is not None and row.native_id == "rg/data" and found[volume("gone")] is None
    assert arm.paths("ResourceGraph") == []
    assert len(arm.paths("/disks/")) == 2


def test_what_cannot_be_read_again_is_unknown_and_not_gone(cloud: AzureCloud, arm: Any, example: Callable[[str], Any]) -> None:
    raw = there(example("disk"))
    arm.tell("GET", raw["id"], raw)
    arm.fail("/disks/hidden", 403, "AuthorizationFailed")
    found = cloud.refresh([volume("data"), volume("hidden")])
    assert list(found) == [volume("data")]


def test_a_resource_that_moved_to_another_location_is_gone_from_here(
    cloud: AzureCloud, arm: Any, example: Callable[[str], Any]
) -> None:
    raw = there(example("disk")) | {"location": "uksouth"}
    arm.tell("GET", raw["id"], raw)
    assert cloud.refresh([volume("data")]) == {volume("data"): None}
