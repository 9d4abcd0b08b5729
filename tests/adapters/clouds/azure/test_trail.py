"""Who changed a resource, by the Activity Log's answers and by the lab's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.lab.azure._tenant import Tenant

from skywright.adapters.clock import SystemClock
from skywright.adapters.clouds.azure import AzureCloud, AzureConfig
from skywright.adapters.clouds.azure.calls import ArmCalls
from skywright.adapters.clouds.azure.trail import GROUPS_MAX, deeds
from skywright.lab.azure import start
from skywright.lab.azure.standin import AzureLab
from skywright.model.errors import AskHuman, Denied
from skywright.ports.cloud import Deed, Historian

SUB = "22222222-0000-0000-0000-000000000000"
GROUP = f"/subscriptions/{SUB}/resourceGroups/Shop"
LOG = f"/subscriptions/{SUB}/providers/microsoft.insights/eventtypes/management/values"
WEB = f"azure:{SUB}:westeurope:compute.instance/shop/web"
RULES = f"azure:{SUB}:westeurope:network.firewall/shop/front"
NET, SUBNET = f"azure:{SUB}:westeurope:network.vpc/shop/net", f"azure:{SUB}:westeurope:network.subnet/shop/net/inner"
HOLDER = f"azure:{SUB}:westeurope:account.group/shop"
NOW = datetime(2026, 7, 3)
SINCE, UNTIL = datetime(2026, 7, 1), datetime(2026, 7, 2)
AT = datetime(2026, 7, 1, 8, 30, 0, 123456)
BEA = "bea@shop.example"
MACHINE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/web"
STOP = "Microsoft.Compute/virtualMachines/deallocate/action"


def event(resource: str, what: str = STOP, **more: Any) -> dict[str, Any]:
    return {
        "caller": BEA,
        "eventTimestamp": "2026-07-01T08:30:00.1234567Z",
        "operationName": {"value": what, "localizedValue": "Stop"},
        "resourceId": resource,
        "category": {"value": "Administrative", "localizedValue": "Administrative"},
        "status": {"value": "Succeeded", "localizedValue": "Succeeded"},
        "correlationId": f"{resource} {what}",
        **more,
    }


def told(calls: ArmCalls, arm: Any, targets: list[str], *events: dict[str, Any]) -> list[Deed]:
    arm.tell_list(LOG, *events)
    return list(deeds(calls, targets, SINCE, UNTIL, NOW))


@pytest.mark.parametrize(
    ("target", "written"),
    [
        (WEB, event(MACHINE)),
        (WEB, event(MACHINE.upper())),
        (WEB, event(f"{MACHINE}/extensions/agent", "Microsoft.Compute/virtualMachines/extensions/write")),
        (WEB, event(f"{MACHINE}/providers/Microsoft.Authorization/locks/l", "Microsoft.Authorization/locks/delete")),
        (WEB, event(GROUP, "Microsoft.Resources/subscriptions/resourceGroups/delete")),
        (HOLDER, event(GROUP, "Microsoft.Resources/subscriptions/resourceGroups/write")),
        (
            RULES,
            event(
                f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/front/securityRules/all",
                "Microsoft.Network/networkSecurityGroups/securityRules/write",
            ),
        ),
        (SUBNET, event(f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/inner", "x/write")),
    ],
)
def test_a_resource_is_known_by_its_path(calls: ArmCalls, arm: Any, target: str, written: dict[str, Any]) -> None:
    assert told(calls, arm, [target], written) == [Deed(AT, target, BEA, written["operationName"]["value"])]


@pytest.mark.parametrize(
    ("target", "written"),
    [
        (WEB, event(f"{MACHINE}-2")),
        (WEB, event(MACHINE, status={"value": "Failed"})),
        (WEB, event(MACHINE, "Microsoft.Compute/virtualMachines/read")),
        (WEB, event(MACHINE, "Microsoft.Storage/storageAccounts/listKeys/action")),
        (WEB, event(MACHINE, category={"value": "ResourceHealth"})),
        (WEB, event(MACHINE, eventTimestamp="soon")),
        (WEB, event(MACHINE, operationName="text")),
        (WEB, event(GROUP, "Microsoft.Resources/subscriptions/resourceGroups/write")),
        (HOLDER, event(MACHINE)),
        (HOLDER, event(f"{GROUP}/providers/Microsoft.Else/things/x", "Microsoft.Else/things/write")),
        (NET, event(f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/inner", "x/write")),
        (WEB, {}),
    ],
)
def test_others_failures_and_readings_are_left_out(calls: ArmCalls, arm: Any, target: str, written: dict[str, Any]) -> None:
    assert told(calls, arm, [target], written) == []


def test_an_operation_is_told_once_at_its_beginning_and_not_at_all_when_it_failed(calls: ArmCalls, arm: Any) -> None:
    ended = event(MACHINE, eventTimestamp="2026-07-01T08:40:00Z", newField={"of": "tomorrow"})
    begun = event(MACHINE, status={"value": "Started"})
    assert told(calls, arm, [WEB], ended, begun) == [Deed(AT, WEB, BEA, STOP)]
    assert told(calls, arm, [WEB], ended | {"status": {"value": "Failed"}}, begun) == []


def test_an_application_is_told_by_its_claims(calls: ArmCalls, arm: Any) -> None:
    claims = {"appid": "44444444-0000-0000-0000-000000000000"}
    (found,) = told(calls, arm, [WEB], event(MACHINE, caller=None, claims=claims))
    assert found.who == claims["appid"]
    (found,) = told(calls, arm, [WEB], event(MACHINE, caller=None, claims="none"))
    assert found.who == ""


def filters(arm: Any) -> list[str]:
    return [request.parameter("$filter") for request in arm.asked]


def test_one_query_for_all_of_a_group_and_one_for_the_subscription_when_there_are_many(calls: ArmCalls, arm: Any) -> None:
    time = "eventTimestamp ge '2026-07-01T00:00:00.000Z' and eventTimestamp le '2026-07-02T00:00:00.000Z'"
    told(calls, arm, [WEB, RULES, NET, "azure:tenant:global:identity.user/55555555"])
    assert filters(arm) == [f"{time} and resourceGroupName eq 'shop'"]
    assert arm.asked[0].parameter("api-version") == "2015-04-01"
    arm.asked.clear()
    told(calls, arm, [f"azure:{SUB}:westeurope:storage.volume/group{number}/d" for number in range(GROUPS_MAX + 1)])
    assert filters(arm) == [time]
    arm.asked.clear()
    told(calls, arm, [WEB, f"azure:{SUB}:global:audit.trail/-/all"])
    assert filters(arm) == [time]


def test_what_is_older_than_the_log_is_not_asked_for(calls: ArmCalls, arm: Any) -> None:
    arm.tell_list(LOG)
    assert list(deeds(calls, [WEB], datetime(2026, 1, 1), UNTIL, NOW)) == []
    assert filters(arm)[0].startswith("eventTimestamp ge '2026-04-04T01:00:00.000Z'")
    arm.asked.clear()
    assert list(deeds(calls, [WEB], datetime(2026, 1, 1), datetime(2026, 1, 2), NOW)) == []
    assert arm.asked == []


def test_pages_are_read_to_their_end_and_told_oldest_first(calls: ArmCalls, arm: Any) -> None:
    newer = event(MACHINE, eventTimestamp="2026-07-01T09:00:00Z", correlationId="2")
    following = f"{arm.endpoint}{LOG}?page=2"
    arm.tell("GET", LOG, [{"value": [newer], "nextLink": following}, {"value": [event(MACHINE)]}])
    assert [one.at for one in deeds(calls, [WEB], SINCE, UNTIL, NOW)] == [AT, datetime(2026, 7, 1, 9)]


def test_a_log_that_may_not_be_read_or_that_is_none_is_said_to_be_so(calls: ArmCalls, arm: Any) -> None:
    arm.tell("GET", LOG, {"value": {}})
    with pytest.raises(AskHuman, match="a page without a list"):
        list(deeds(calls, [WEB], SINCE, UNTIL, NOW))
    arm.fail("eventtypes", 403, "AuthorizationFailed")
    with pytest.raises(Denied, match=r"Microsoft\.Insights/eventtypes/values/read"):
        list(deeds(calls, [WEB], SINCE, UNTIL, NOW))


# --- through the lab ---


@pytest.fixture(scope="module")
def lab() -> Iterator[AzureLab]:
    lab = start(seed=1, estate="small")
    yield lab
    lab.stop()


@pytest.fixture
def cloud(lab: AzureLab) -> Iterator[AzureCloud]:
    made = AzureCloud(msgspec.convert(lab.section(reader=True), AzureConfig), SystemClock())
    yield made
    made._threads.shutdown()
    made.close()
    lab.front.denied.clear()


def test_the_lab_tells_who_changed_what_with_azures_own_client(lab: AzureLab, cloud: AzureCloud) -> None:
    rows = [row for scope in cloud.scopes()[0] for row in cloud.read(scope).resources]
    volume = next(row for row in rows if row.KIND == "storage.volume")
    rules = next(row for row in rows if row.KIND == "network.firewall")
    client = Tenant(lab)
    client.send("PATCH", str(volume.native["id"]), {"tags": {"owner": "nobody"}})
    client.get(str(rules.native["id"]))
    client.close()
    now = datetime.now(UTC).replace(tzinfo=None)
    assert isinstance(cloud, Historian)
    found = list(cloud.deeds([volume.id, rules.id], now - timedelta(minutes=5), now + timedelta(minutes=5)))
    assert [(one.resource, one.who, one.what) for one in found] == [
        (volume.id, lab.operator.object_id, "Microsoft.Compute/disks/write")
    ]
    lab.deny("Microsoft.Insights/eventtypes/values/read")
    with pytest.raises(Denied):
        list(cloud.deeds([volume.id], now - timedelta(minutes=5), now))
