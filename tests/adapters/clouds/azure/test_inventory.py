"""Resource Graph is believed only where silence would be an answer."""

from typing import Any

import pytest

from skywright.adapters.clouds.azure import AzureCloud, AzureConfig
from skywright.adapters.clouds.azure.accounts import Accounts
from skywright.adapters.clouds.azure.calls import ArmCalls
from skywright.adapters.clouds.azure.permissions import allows
from skywright.adapters.clouds.azure.read.inventory import GROUPS, Inventory
from skywright.adapters.clouds.azure.read.inventory import location_name as place
from skywright.adapters.clouds.kit.reading import Memo
from skywright.lab.kit.server import Answer
from skywright.model.errors import Denied, TryAgain

SUB = "22222222-0000-0000-0000-000000000000"
DISKS = "Microsoft.Compute/disks"
LIST = f"/subscriptions/{SUB}/providers/{DISKS}"


def disk(name: str, location: str = "West Europe") -> dict[str, Any]:
    path = f"/subscriptions/{SUB}/resourceGroups/rg/providers/{DISKS}/{name}"
    return {"id": path, "name": name, "type": DISKS.lower(), "subscriptionId": SUB, "location": location, "properties": {}}


def inventory(calls: ArmCalls) -> Inventory:
    return Inventory(calls, Memo(), lambda: [SUB])


def names(found: Any) -> list[str]:
    return [row["name"] for row in found.decoded()]


def test_one_query_serves_every_type_of_a_group(calls: ArmCalls, arm: Any) -> None:
    arm.graph = lambda _: [disk("a"), disk("b", "northeurope")]
    there = inventory(calls)
    assert names(there.listed(DISKS, SUB, "westeurope")) == ["a"]
    assert names(there.listed(DISKS, SUB, None)) == ["a", "b"]
    assert names(there.listed("Microsoft.Compute/images", SUB, None)) == []
    assert calls.counter["Microsoft.ResourceGraph/resources/action"] == 1


def test_where_the_permissions_do_not_say_so_the_types_own_list_is_asked(calls: ArmCalls, arm: Any) -> None:
    """A reader of one resource group alone gets an empty answer of Resource Graph's, which is no proof of absence."""
    arm.tell_list(f"/subscriptions/{SUB}/providers/microsoft.authorization/permissions", {"actions": ["Microsoft.Network/*/read"]})
    arm.fail(LIST.lower(), 403, "AuthorizationFailed")
    arm.fail(LIST, 403, "AuthorizationFailed")
    found = inventory(calls).listed(DISKS, SUB, None)
    assert isinstance(found.failure, Denied) and names(found) == []
    assert calls.counter["Microsoft.ResourceGraph/resources/action"] == 0


def test_permissions_that_cannot_be_read_say_nothing(calls: ArmCalls, arm: Any) -> None:
    arm.fail("/permissions", 403, "AuthorizationFailed")
    arm.tell_list(LIST, disk("a"))
    assert names(inventory(calls).listed(DISKS, SUB, "westeurope")) == ["a"]


def test_a_refusing_resource_graph_is_replaced_by_lists(calls: ArmCalls, arm: Any) -> None:
    arm.fail("Microsoft.ResourceGraph", 403, "AuthorizationFailed")
    arm.tell_list(LIST, disk("a"))
    found = inventory(calls).listed(DISKS, SUB, "westeurope")
    assert names(found) == ["a"] and found.failure is None


def test_a_throttling_resource_graph_is_not_replaced_by_a_hundred_lists(calls: ArmCalls, arm: Any) -> None:
    arm.fail("Microsoft.ResourceGraph", 429, "RateLimiting", headers={"Retry-After": "0"})
    found = inventory(calls).listed(DISKS, SUB, "westeurope")
    assert isinstance(found.failure, TryAgain) and found.failure.throttled
    assert arm.paths("disks") == []


def test_what_was_read_before_a_page_was_lost_is_kept(calls: ArmCalls, arm: Any) -> None:
    pages = [{"data": [disk("a")], "$skipToken": "t"}, Answer(500, {"error": {"code": "InternalServerError", "message": "x"}})]
    arm.tell("POST", "/providers/Microsoft.ResourceGraph/resources", pages)
    found = inventory(calls).listed(DISKS, SUB, None)
    assert names(found) == ["a"] and isinstance(found.failure, TryAgain)


def test_a_row_without_an_id_is_a_failure_and_no_crash(calls: ArmCalls, arm: Any) -> None:
    arm.graph = lambda _: [disk("a"), {"name": "b"}]
    arm.fail(LIST, 500, "x")
    found = inventory(calls).listed(DISKS, SUB, None)
    assert found.failure is not None


def test_children_are_listed_parent_by_parent(calls: ArmCalls, arm: Any) -> None:
    arm.fail("Microsoft.ResourceGraph", 403, "AuthorizationFailed")
    server = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Sql/servers/s"
    arm.tell_list(f"/subscriptions/{SUB}/providers/Microsoft.Sql/servers", {"id": server, "location": "westeurope"})
    arm.tell_list(f"{server}/databases", {"id": f"{server}/databases/d", "name": "d", "location": "westeurope"})
    assert names(inventory(calls).listed("Microsoft.Sql/servers/databases", SUB, "westeurope")) == ["d"]


def test_a_fresh_reading_asks_the_list_and_not_resource_graph(calls: ArmCalls, arm: Any) -> None:
    arm.tell_list(LIST, disk("new"))
    assert names(inventory(calls).listed(DISKS, SUB, None, fresh=True)) == ["new"]


def test_locations_are_those_that_hold_something(calls: ArmCalls, arm: Any) -> None:
    arm.graph = lambda _: [
        {"subscriptionId": SUB, "location": where, "count_": 1} for where in ("West Europe", "global", "northeurope")
    ]
    assert inventory(calls).locations(SUB) == ["northeurope", "westeurope"]
    arm.fail("Microsoft.ResourceGraph", 403, "AuthorizationFailed")
    arm.tell_list(f"/subscriptions/{SUB}/resources", {"location": "uksouth"}, {"location": "Global"})
    assert inventory(calls).locations(SUB) == ["uksouth"]


def test_a_resource_elsewhere_is_found_by_its_path(calls: ArmCalls, arm: Any) -> None:
    arm.graph = lambda _: [disk("a", "uksouth")]
    there = inventory(calls)
    assert there.place_of(disk("A")["id"].upper().replace("/SUBSCRIPTIONS", "/subscriptions")) == "uksouth"
    assert there.place_of("/subscriptions/other/resourceGroups/rg/providers/Microsoft.Compute/disks/a") is None
    assert there.place_of("nonsense") is None


def test_every_type_is_asked_for_once() -> None:
    types = [type_.lower() for types in GROUPS.values() for type_ in types]
    assert len(types) == len(set(types))


@pytest.mark.parametrize(("spelled", "name"), [("West Europe", "westeurope"), ("global", "global"), (None, ""), (7, "")])
def test_locations_are_spelled_in_two_ways(spelled: Any, name: str) -> None:
    assert place(spelled) == name


@pytest.mark.parametrize(
    ("entries", "action", "expected"),
    [
        ([{"actions": ["*"]}], "Microsoft.Compute/disks/read", True),
        ([{"actions": ["*/read"]}], "Microsoft.Compute/disks/READ", True),
        ([{"actions": ["*/read"]}], "Microsoft.Compute/disks/write", False),
        ([{"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"]}], "microsoft.authorization/locks/write", False),
        (
            [{"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"]}, {"actions": ["*/write"]}],
            "Microsoft.Authorization/locks/write",
            True,
        ),
        ([{"actions": ["Microsoft.Compute/disks/*"]}], "Microsoft.Compute/disks/read", True),
        ([{"actions": ["Microsoft.Compute.disks/read"]}], "MicrosoftXCompute/disks/read", False),
        ([{"actions": None}, {}, "x"], "Microsoft.Compute/disks/read", False),
        ([], "x", False),
    ],
)
def test_wildcards(entries: list[Any], action: str, expected: bool) -> None:
    assert allows(entries, action) is expected


# subscriptions


def subscription(number: int, name: str, state: str = "Enabled") -> dict[str, Any]:
    return {"id": f"/subscriptions/S{number}", "subscriptionId": f"S{number}", "displayName": name, "state": state}


def found(calls: ArmCalls, **given: Any) -> tuple[list[str], list[str]]:
    accounts, failures = Accounts(AzureConfig(**given), calls).find()
    return [one.id for one in accounts], [str(error) for _, error in failures]


def test_subscriptions_by_name_by_id_and_by_management_group(calls: ArmCalls, arm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    arm.tell_list("/subscriptions", subscription(1, "Shop"), subscription(2, "Test"), subscription(3, "Old", "Deleted"))
    arm.tell_list(
        "/providers/microsoft.management/managementgroups/corp/descendants",
        {"name": "S2", "type": "Microsoft.Management/managementGroups/subscriptions"},
        {"name": "inner", "type": "Microsoft.Management/managementGroups"},
    )
    assert found(calls) == (["s1", "s2"], [])
    assert found(calls, subscriptions=["shop"]) == (["s1"], [])
    assert found(calls, subscriptions=["S2"]) == (["s2"], [])
    assert found(calls, management_groups=["corp"]) == (["s2"], [])
    monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", "s1")
    assert found(calls) == (["s1"], [])


def test_a_subscription_that_is_not_visible_is_named(calls: ArmCalls, arm: Any) -> None:
    arm.tell_list("/subscriptions", subscription(1, "Shop"))
    assert found(calls, subscriptions=["shop", "gone"]) == (
        ["s1"],
        [
            (
                "Subscription gone is not visible to the identity that Skywright uses. "
                "Give that identity the role Reader there, or take the subscription out of clouds.azure."
            )
        ],
    )


def test_subscriptions_that_cannot_be_listed_are_a_gap(cloud: AzureCloud, arm: Any) -> None:
    arm.fail("/subscriptions", 403, "AuthorizationFailed")
    scopes, gaps = cloud.scopes()
    assert scopes == [] and [(gap.account, gap.kind, gap.state.name) for gap in gaps] == [("*", "*", "DENIED")]
