"""Metrics -> usage; permissions -> what is missing; health."""

from datetime import datetime
from typing import Any

import pytest

from skywright.adapters.clouds.azure import AzureCloud
from skywright.adapters.clouds.azure.calls import ArmCalls
from skywright.adapters.clouds.azure.health import health
from skywright.adapters.clouds.azure.least import least_privilege
from skywright.adapters.clouds.azure.usage import usage
from skywright.adapters.clouds.azure.write import WAYS
from skywright.lab.kit.server import Answer
from skywright.model.errors import Denied
from skywright.model.estate import Usage
from skywright.model.kinds.compute import Instance

SUB = "22222222-0000-0000-0000-000000000000"
BATCH = f"/subscriptions/{SUB}/metrics:getbatch"
SINCE, UNTIL = datetime(2026, 7, 1, 0, 30), datetime(2026, 7, 1, 4, 10)


def machine(name: str) -> Instance:
    where = f"azure:{SUB}:westeurope:compute.instance/rg/{name}"
    return Instance(id=where, cloud="azure", account=SUB, region="westeurope", native_id=f"rg/{name}")


def path(name: str) -> str:
    return f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/{name}"


def metric(name: str, *points: dict[str, Any]) -> dict[str, Any]:
    data = [{"timeStamp": f"2026-07-01T{hour:02}:00:00Z", **point} for hour, point in enumerate(points)]
    return {
        "name": {"value": name},
        "unit": "Percent",
        "timeseries": [{"metadatavalues": [], "data": data}],
        "errorCode": "Success",
    }


CPU = metric(
    "Percentage CPU", {"average": 1.0, "maximum": 2.0}, {"average": 3.0, "maximum": 90.0}, {}, {"average": 2.0, "maximum": 4.0}
)
OUT = metric("Network Out Total", {"total": 10.0}, {"total": 30.0})


def read(calls: ArmCalls, *names: str) -> list[Usage]:
    return list(usage(calls, [machine(name) for name in names], SINCE, UNTIL))


def test_a_batch_answers_for_many(calls: ArmCalls, arm: Any) -> None:
    values = [
        {"resourceid": path("A").upper().replace("/SUB", "/sub"), "value": [CPU, OUT]},
        {"resourceid": path("stranger"), "value": [CPU]},
    ]
    arm.tell("POST", BATCH, {"values": values})
    rows = read(calls, "a", "b")
    assert rows == [
        Usage(
            resource=machine("a").id,
            metric="cpu_pct",
            window_days=4 / 24,
            samples=3,
            p50=2.0,
            p95=90.0,
            p99=90.0,
            max=90.0,
            mean=2.0,
        ),
        Usage(
            resource=machine("a").id,
            metric="network_out_bytes",
            window_days=4 / 24,
            samples=2,
            p50=10.0,
            p95=30.0,
            p99=30.0,
            max=30.0,
            mean=20.0,
        ),
    ]
    sent = arm.asked[0]
    assert sent.json() == {"resourceids": [path("a").lower(), path("b").lower()]}
    assert sent.parameter("metricnamespace") == "microsoft.compute/virtualmachines"
    assert (sent.parameter("starttime"), sent.parameter("endtime"), sent.parameter("interval")) == (
        "2026-07-01T00:00:00Z",
        "2026-07-01T04:00:00Z",
        "PT1H",
    )
    assert calls.counter == {"Microsoft.Insights/metrics/read": 1}


def test_fifty_resources_a_call(calls: ArmCalls, arm: Any) -> None:
    arm.tell("POST", BATCH, {"values": []})
    assert read(calls, *(f"m{number}" for number in range(101))) == []
    assert [len(request.json()["resourceids"]) for request in arm.asked] == [50, 50, 1]


def test_without_the_batch_each_is_asked_by_itself_and_the_gone_have_none(calls: ArmCalls, arm: Any) -> None:
    arm.tell("POST", BATCH, Answer(403, {"error": {"code": "AuthorizationFailed", "message": "x"}}))
    arm.tell("GET", f"{path('a')}/providers/Microsoft.Insights/metrics", {"value": [CPU]})
    rows = read(calls, "a", "gone")
    assert [(row.resource, row.metric) for row in rows] == [(machine("a").id, "cpu_pct")]


def test_a_metric_that_azure_does_not_know_does_not_take_the_others_with_it(calls: ArmCalls, arm: Any) -> None:
    said = "Failed to find metric configuration for provider, metric: CPU Credits Remaining, Valid metrics: Percentage CPU,Disk Ops"
    refused = Answer(400, {"error": {"code": "BadRequest", "message": said}})
    arm.tell("POST", BATCH, [refused, {"values": [{"resourceid": path("a"), "value": [CPU]}]}])
    assert [row.metric for row in read(calls, "a")] == ["cpu_pct"]
    assert arm.asked[1].parameter("metricnames") == "Percentage CPU"


def test_a_failure_is_raised_after_what_could_be_read(calls: ArmCalls, arm: Any) -> None:
    denied = Answer(403, {"error": {"code": "AuthorizationFailed", "message": "x"}})
    arm.tell("POST", BATCH, [denied, {"values": [{"resourceid": path("m50"), "value": [CPU]}]}])
    arm.tell("GET", f"{path('m0')}/providers/Microsoft.Insights/metrics", denied)
    found = usage(calls, [machine(f"m{number}") for number in range(51)], SINCE, UNTIL)
    assert next(found).resource == machine("m50").id
    with pytest.raises(Denied):
        next(found)


@pytest.mark.parametrize("value", [None, "text", float("inf"), True])
def test_what_is_no_number_is_no_data(calls: ArmCalls, arm: Any, value: Any) -> None:
    arm.tell(
        "POST",
        BATCH,
        {
            "values": [
                {
                    "resourceid": path("a"),
                    "value": [metric("Percentage CPU", {"average": str(value) if value == float("inf") else value})],
                }
            ]
        },
    )
    assert read(calls, "a") == []


def test_half_an_hour_is_no_window(calls: ArmCalls, arm: Any) -> None:
    assert list(usage(calls, [machine("a")], SINCE, SINCE)) == [] and arm.asked == []


# doctor


def test_the_doctor_names_what_is_missing(cloud: AzureCloud, arm: Any) -> None:
    entries = [{"actions": ["*/read"], "notActions": ["Microsoft.Network/networkWatchers/*"]}]
    arm.tell("GET", f"/subscriptions/{SUB}/providers/microsoft.authorization/permissions", {"value": entries})
    found = {one.name: one for one in cloud.doctor()}
    missing = found["Microsoft.Network/networkWatchers/flowLogs/read"]
    assert (missing.allowed, missing.reason) == (False, "No role on the subscription allows it.")
    assert missing.needed_for == f"network.peering, network.subnet, network.vpc of subscription {SUB}"
    assert found["Microsoft.Compute/snapshots/read"].allowed is True
    assert found["Microsoft.Graph/User.Read.All"].allowed is None
    for action in WAYS.actions():  # what is written needs its rights too, and a reader has none
        assert all(found[name].allowed is name.endswith("/read") for name in action.permissions), action.name


def test_a_doctor_that_may_not_look_does_not_guess(cloud: AzureCloud, arm: Any) -> None:
    arm.fail("/permissions", 403, "AuthorizationFailed")
    assert {one.allowed for one in cloud.doctor()} == {None}


def test_least_privileges_are_roles_to_copy() -> None:
    titles = [(title, language) for title, language, _ in least_privilege(["a/read"], ["b/write"])]
    assert titles == [("For gathering", "json"), ("For executing plans, besides", "json")]
    assert '"Actions": [\n    "b/write"\n  ]' in list(least_privilege(["a/read"], ["b/write"]))[1][2]


def test_every_permission_is_spelled_as_azure_spells_it(cloud: AzureCloud) -> None:
    for reader in cloud.readers():
        assert reader.permissions, reader.name
        for name in reader.permissions:
            assert name.startswith("Microsoft.") and name.count("/") >= 1, name
    names = [reader.name for reader in cloud.readers()]
    assert len(names) == len(set(names))


# health

CURRENT = "/providers/Microsoft.ResourceHealth/availabilityStatuses/current"


@pytest.mark.parametrize(("said", "well"), [("Available", True), ("Degraded", False), ("Unavailable", False), ("Unknown", None)])
def test_resource_health(calls: ArmCalls, arm: Any, said: str, well: bool | None) -> None:
    arm.tell("GET", path("a") + CURRENT, {"properties": {"availabilityState": said, "summary": "Words."}})
    found = health(calls, [machine("a").id])[0]
    assert (found.well, found.reason) == (well, "" if well else "Words.")


def test_what_somebody_has_switched_off_is_not_ill(calls: ArmCalls, arm: Any) -> None:
    said = {"availabilityState": "Unavailable", "summary": "It is stopped.", "reasonType": "User Initiated"}
    arm.tell("GET", path("a") + CURRENT, {"properties": said})
    found = health(calls, [machine("a").id])[0]
    assert (found.well, found.reason) == (None, "It is stopped.")


@pytest.mark.parametrize(
    ("properties", "well", "reason"),
    [
        ({"provisioningState": "Succeeded", "instanceView": {"statuses": [{"code": "PowerState/running"}]}}, True, ""),
        (
            {"provisioningState": "Succeeded", "instanceView": {"statuses": [{"code": "PowerState/deallocated"}]}},
            None,
            "It is deallocated.",
        ),
        ({"provisioningState": "Failed"}, False, "Its last operation failed."),
        ({"provisioningState": "Updating"}, None, ""),
    ],
)
def test_where_azure_keeps_no_health_the_machine_tells(
    calls: ArmCalls, arm: Any, properties: dict[str, Any], well: bool | None, reason: str
) -> None:
    arm.tell("GET", path("a"), {"properties": properties})
    found = health(calls, [machine("a").id, machine("gone").id])
    assert (found[0].well, found[0].reason) == (well, reason)
    assert (found[1].well, found[1].reason) == (None, "It does not exist.")  # a planned deletion is no illness
