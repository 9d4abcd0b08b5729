"""Calls over a server with TLS: paging, patience, operations, and where a token never goes."""

import re
from typing import Any

import msgspec
import pytest

from skywright.adapters.clouds.azure import AzureConfig
from skywright.adapters.clouds.azure.calls import ArmCalls
from skywright.adapters.clouds.azure.session import KNOWN, Session, endpoints
from skywright.lab.kit.server import Answer, Fault, Server
from skywright.model.errors import AskHuman, Denied, NotSignedIn, NotThere, PlanAgain, TryAgain

SUB = "22222222-0000-0000-0000-000000000000"
DISKS = f"/subscriptions/{SUB}/providers/Microsoft.Compute/disks"
DISK = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Compute/disks/d"
GRAPH = "/providers/Microsoft.ResourceGraph/resources"
OPERATION = f"/subscriptions/{SUB}/providers/Microsoft.Compute/locations/westeurope/operations/1"


def test_a_certificate_may_be_named_from_home(config: AzureConfig, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found there is no certificate: it was looked for in the right place."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine.pem").write_text("none")
    named = msgspec.structs.replace(config, client_secret=None, certificate="~/mine.pem")
    with pytest.raises(ValueError, match="certificate") as caught:
        Session(named, lambda _: "")._credential()
    assert "No such file" not in str(caught.value)


def test_a_call_carries_the_types_version_and_the_token(calls: ArmCalls, arm: Any) -> None:
    arm.tell("GET", DISK, {"name": "d"})
    assert calls.request("GET", SUB, DISK) == {"name": "d"}
    assert arm.asked[0].parameter("api-version") == "2024-03-02"
    assert arm.asked[0].headers["authorization"] == "Bearer token-of-the-test"
    assert calls.counter == {"Microsoft.Compute/disks/read": 1}


def test_a_body_and_an_etag_are_sent(calls: ArmCalls, arm: Any) -> None:
    arm.tell("PUT", DISK, Answer(200))
    assert calls.request("PUT", SUB, DISK, "2020-01-01", {"a": 1}, if_match='"7"') == {}
    sent = arm.asked[0]
    assert (sent.json(), sent.headers["if-match"], sent.parameter("api-version")) == ({"a": 1}, '"7"', "2020-01-01")


def test_a_changed_resource_is_left_alone(calls: ArmCalls, arm: Any) -> None:
    arm.fail("/disks/d", 412, "PreconditionFailed", "The ETag does not match")
    with pytest.raises(PlanAgain) as error:
        calls.request("PATCH", SUB, DISK, body={}, if_match='"1"')
    assert str(error.value) == (
        f"Azure refuses Microsoft.Compute/disks/write in subscription {SUB} in the present state: The ETag does not match."
    )


def test_denied_names_the_permission_that_azure_names(calls: ArmCalls, arm: Any) -> None:
    said = "The client 'x' does not have authorization to perform action 'Microsoft.Compute/disks/read' over scope '/'."
    arm.fail("/disks", 403, "AuthorizationFailed", said)
    with pytest.raises(Denied) as error:
        calls.request("GET", SUB, DISK)
    assert str(error.value) == (
        f"Azure denies Microsoft.Compute/disks/read in subscription {SUB} (AuthorizationFailed). "
        "Give the identity that Skywright uses a role with Microsoft.Compute/disks/read there."
    )
    assert error.value.permission == "Microsoft.Compute/disks/read"


def test_throttled_waits_as_long_as_azure_asks(calls: ArmCalls, arm: Any, clock: Any) -> None:
    arm.fail("/disks/d", 429, "TooManyRequests", headers={"Retry-After": "17"}, times=2)
    arm.tell("GET", DISK, {"name": "d"})
    assert calls.request("GET", SUB, DISK) == {"name": "d"}
    assert len([pause for pause in clock.slept if pause >= 17]) == 2


def test_throttled_to_the_end_is_try_again(calls: ArmCalls, arm: Any) -> None:
    arm.fail("/disks/d", 429, "SubscriptionRequestsThrottled", headers={"Retry-After": "1"})
    with pytest.raises(TryAgain, match=r"throttles") as error:
        calls.request("GET", SUB, DISK)
    assert error.value.throttled and error.value.after_s == 1.0
    assert calls.counter["Microsoft.Compute/disks/read"] == 6


def test_resource_graph_says_in_its_own_header_how_long_to_wait(calls: ArmCalls, arm: Any, clock: Any) -> None:
    arm.fail(GRAPH, 429, "RateLimiting", headers={"x-ms-user-quota-resets-after": "00:00:05"}, times=1)
    assert list(calls.query("resources", [SUB])) == []
    assert max(clock.slept) >= 5


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (
            {"status": 200, "body": b"<html>gateway</html>"},
            "The answer to Microsoft.Compute/disks/read in subscription {} is garbled.",
        ),
        ({"status": 200, "body": b'{"name": "cut'}, "The answer to Microsoft.Compute/disks/read in subscription {} is garbled."),
        ({"status": 502, "body": b"bad gateway"}, "Azure could not answer Microsoft.Compute/disks/read in subscription {} (502)."),
    ],
)
def test_what_passes_is_tried_three_times(calls: ArmCalls, arm: Any, fault: dict[str, Any], sentence: str) -> None:
    arm.server.faults.append(Fault(contains="/disks/d", **fault))
    with pytest.raises(TryAgain) as error:
        calls.request("GET", SUB, DISK)
    assert str(error.value) == sentence.format(SUB)
    assert calls.counter["Microsoft.Compute/disks/read"] == 3


def test_a_connection_that_is_cut_is_tried_again(calls: ArmCalls, arm: Any) -> None:
    arm.fail("/disks/d", 0, "x", cut=True, times=1)
    arm.tell("GET", DISK, {"name": "d"})
    assert calls.request("GET", SUB, DISK) == {"name": "d"}


def test_a_dead_endpoint_is_no_answer(config: AzureConfig, clock: Any, arm: Any) -> None:
    dead = Server(lambda _: Answer())
    dead.stop()
    port = dead.endpoint.rpartition(":")[2]
    there = AzureConfig(
        **{name: getattr(config, name) for name in config.__struct_fields__} | {"endpoint": f"https://127.0.0.1:{port}"}
    )
    calls = ArmCalls(Session(there, lambda _: ""), clock)
    with pytest.raises(TryAgain, match=r"^No answer to Microsoft.Compute/disks/read in subscription"):
        calls.request("GET", SUB, DISK)
    calls.close()


def test_an_answer_that_is_no_object_is_not_understood(calls: ArmCalls, arm: Any) -> None:
    arm.tell("GET", DISK, Answer(200, [1]))
    with pytest.raises(AskHuman, match=r"in a shape that is not understood: TypeError\('list where an object was expected'\)"):
        calls.request("GET", SUB, DISK)


# signing in


def test_an_expired_sign_in_stops_every_further_call_of_the_account(calls: ArmCalls, arm: Any) -> None:
    arm.fail("/disks", 401, "ExpiredAuthenticationToken", "The access token expired.")
    for _ in range(2):
        with pytest.raises(NotSignedIn) as error:
            calls.request("GET", SUB, DISK)
    assert str(error.value) == (
        f"Azure does not accept the sign-in for Microsoft.Compute/disks/read in subscription {SUB} (ExpiredAuthenticationToken): "
        "The access token expired. Sign in again with `az login`, or renew the secret of the application "
        "that Skywright signs in as."
    )
    assert calls.counter["Microsoft.Compute/disks/read"] == 1
    arm.server.faults.clear()
    arm.tell("GET", DISK, {"name": "d"})
    calls.forgive()
    assert calls.request("GET", SUB, DISK) == {"name": "d"}


def test_a_clock_that_is_wrong_is_named(calls: ArmCalls, arm: Any, clock: Any) -> None:
    from datetime import timedelta

    clock.offset = timedelta(hours=2)
    arm.fail("/disks", 401, "InvalidAuthenticationToken", "The access token is invalid.")
    with pytest.raises(NotSignedIn, match=r"^This machine's clock differs from Azure's by too much"):
        calls.request("GET", SUB, DISK)


def test_a_wrong_secret_is_no_sign_in_and_is_not_told(config: AzureConfig, clock: Any, arm: Any) -> None:
    wrong = AzureConfig(**{name: getattr(config, name) for name in config.__struct_fields__} | {"client_secret": "hush-hush"})
    calls = ArmCalls(Session(wrong, lambda _: ""), clock)
    with pytest.raises(NotSignedIn, match=r"^Nobody could be signed in to Azure for Microsoft.Compute/disks/read") as error:
        calls.request("GET", SUB, DISK)
    assert "hush" not in str(error.value)
    calls.close()


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "nowhere", "ftp://x"])
def test_a_token_goes_nowhere_in_the_clear(endpoint: str) -> None:
    with pytest.raises(AskHuman) as error:
        endpoints(AzureConfig(endpoint=endpoint))
    assert str(error.value) == (
        f"clouds.azure.endpoint is {endpoint}, which is neither public, china, usgov nor an https URL. "
        "Name a cloud, or give a URL that begins with https://."
    )


def test_a_cloud_by_name_is_all_of_its_endpoints() -> None:
    assert endpoints(AzureConfig(endpoint="china")) == KNOWN["china"]
    assert endpoints(AzureConfig(endpoint="public", authority="usgov")).authority == "https://login.microsoftonline.us"
    session = Session(AzureConfig(), lambda _: "")
    assert session.url("metrics", "westeurope") == "https://westeurope.metrics.monitor.azure.com"
    assert session._audience("metrics") == "https://metrics.monitor.azure.com"


# pages


def test_pages_go_on_until_there_is_no_link(calls: ArmCalls, arm: Any) -> None:
    nxt = f"{arm.endpoint}{DISKS}?api-version=2024-03-02&$skiptoken=2"
    arm.tell("GET", DISKS, [{"value": [1], "nextLink": nxt}, {"value": [2]}])
    assert list(calls.pages(SUB, DISKS)) == [1, 2]
    assert arm.asked[1].parameter("$skiptoken") == "2"


def test_pages_in_a_circle_end(calls: ArmCalls, arm: Any) -> None:
    arm.tell("GET", DISKS, {"value": [1], "nextLink": f"{arm.endpoint}{DISKS}?api-version=2024-03-02"})
    with pytest.raises(TryAgain, match=rf"^Azure pages {re.escape(DISKS)} in a circle\.$"):
        list(calls.pages(SUB, DISKS))


@pytest.mark.parametrize("link", ["https://127.0.0.1:1/more", "https://example.org/more"])
def test_no_token_goes_to_another_host(calls: ArmCalls, arm: Any, link: str) -> None:
    arm.tell("GET", DISKS, {"value": [1], "nextLink": link})
    found = calls.pages(SUB, DISKS)
    assert next(found) == 1
    with pytest.raises(AskHuman) as error:
        next(found)
    host = link.split("/")[2]
    assert str(error.value) == (
        f"Azure's answer goes on at {host}, and not at {arm.endpoint[8:]} that was asked: no token is sent there. "
        "Check clouds.azure.endpoint, and whether something between here and Azure rewrites answers."
    )


def test_no_token_goes_over_plain_http(calls: ArmCalls, arm: Any) -> None:
    arm.tell("GET", DISKS, {"value": [], "nextLink": arm.endpoint.replace("https", "http") + DISKS})
    with pytest.raises(AskHuman, match=r"no token is sent there"):
        list(calls.pages(SUB, DISKS))


def test_a_page_lost_in_the_middle_is_an_error_after_what_was_read(calls: ArmCalls, arm: Any) -> None:
    nxt = f"{arm.endpoint}{DISKS}?api-version=2024-03-02&page=2"
    arm.tell("GET", DISKS, {"value": [1], "nextLink": nxt})
    arm.fail("page=2", 500, "InternalServerError")
    found = calls.pages(SUB, DISKS)
    assert next(found) == 1
    with pytest.raises(TryAgain):
        next(found)


def test_a_page_without_a_list_is_not_taken_for_an_empty_one(calls: ArmCalls, arm: Any) -> None:
    arm.tell("GET", DISKS, {"values": []})
    with pytest.raises(AskHuman, match=r"a page without a list"):
        list(calls.pages(SUB, DISKS))


def test_rows_of_resource_graph_come_page_by_page(calls: ArmCalls, arm: Any) -> None:
    pages = [{"data": [{"id": "a"}], "$skipToken": "t"}, {"data": [{"id": "b"}], "resultTruncated": "false"}]
    arm.tell("POST", GRAPH, pages)
    assert [bytes(row) for row in calls.query("resources", [SUB])] == [b'{"id": "a"}', b'{"id": "b"}']
    first, second = (request.json() for request in arm.asked)
    assert first["options"] == {"$top": 1000, "resultFormat": "objectArray"}
    assert second["options"]["$skipToken"] == "t" and first["subscriptions"] == [SUB]


def test_resource_graph_in_a_circle_ends(calls: ArmCalls, arm: Any) -> None:
    arm.tell("POST", GRAPH, {"data": [], "$skipToken": "t"})
    with pytest.raises(TryAgain, match=r"in a circle"):
        list(calls.query("resources", [SUB]))


def test_rows_that_were_cut_off_are_not_the_whole(calls: ArmCalls, arm: Any) -> None:
    arm.tell("POST", GRAPH, {"data": [], "resultTruncated": "true"})
    with pytest.raises(AskHuman, match=r"cut without a token to go on"):
        list(calls.query("resources", [SUB]))


def test_resource_graph_in_another_shape_is_not_understood(calls: ArmCalls, arm: Any) -> None:
    arm.tell("POST", GRAPH, {"data": {"rows": []}})
    with pytest.raises(AskHuman, match=r"not understood"):
        list(calls.query("resources", [SUB]))


# operations


def test_an_operation_is_watched_until_it_succeeds(calls: ArmCalls, arm: Any, clock: Any) -> None:
    headers = {"Azure-AsyncOperation": arm.endpoint + OPERATION + "?api-version=1", "Retry-After": "3"}
    arm.tell("PUT", DISK, Answer(201, {"properties": {"provisioningState": "Creating"}}, headers))
    arm.tell("GET", OPERATION, [{"status": "InProgress"}, {"status": "Succeeded"}])
    arm.tell("GET", DISK, {"name": "d", "properties": {"provisioningState": "Succeeded"}})
    assert calls.settled("PUT", SUB, DISK, body={})["name"] == "d"
    assert clock.slept[:2] == [3.0, 5.0]


def test_an_operation_that_fails_says_why(calls: ArmCalls, arm: Any) -> None:
    headers = {"Azure-AsyncOperation": arm.endpoint + OPERATION}
    arm.tell("DELETE", DISK, Answer(202, None, headers))
    arm.tell("GET", OPERATION, {"status": "Failed", "error": {"code": "OperationNotAllowed", "message": "Disk is attached"}})
    with pytest.raises(PlanAgain) as error:
        calls.settled("DELETE", SUB, DISK)
    assert str(error.value) == (
        f"Azure refuses Microsoft.Compute/disks/delete in subscription {SUB} in the present state: Disk is attached."
    )


def test_an_operation_at_a_location_is_watched(calls: ArmCalls, arm: Any) -> None:
    here = arm.endpoint + OPERATION
    arm.tell("POST", DISK + "/beginGetAccess", Answer(202, None, {"Location": here, "Retry-After": "0"}))
    arm.tell("GET", OPERATION, [Answer(202, None, {"Location": here}), Answer(200, {"done": 1})])
    assert calls.settled("POST", SUB, DISK + "/beginGetAccess", body={}) == {"done": 1}


def test_a_resource_may_say_itself_when_it_has_settled(calls: ArmCalls, arm: Any) -> None:
    arm.tell("PATCH", DISK, {"properties": {"provisioningState": "Updating"}})
    arm.tell("GET", DISK, [{"properties": {"provisioningState": s}} for s in ("Updating", "Succeeded")])
    assert calls.settled("PATCH", SUB, DISK, body={}) == {"properties": {"provisioningState": "Succeeded"}}


def test_a_resource_that_settles_badly_is_an_error(calls: ArmCalls, arm: Any) -> None:
    arm.tell("PATCH", DISK, {"properties": {"provisioningState": "Updating"}})
    arm.tell("GET", DISK, {"properties": {"provisioningState": "Failed"}})
    with pytest.raises(PlanAgain, match=r"OperationFailed"):
        calls.settled("PATCH", SUB, DISK, body={})


def test_an_operation_that_does_not_end_is_handed_back(calls: ArmCalls, arm: Any) -> None:
    arm.tell("DELETE", DISK, Answer(202, None, {"Azure-AsyncOperation": arm.endpoint + OPERATION}))
    arm.tell("GET", OPERATION, {"status": "InProgress"})
    with pytest.raises(TryAgain) as error:
        calls.settled("DELETE", SUB, DISK, within_s=120)
    assert str(error.value) == (f"Azure has not finished Microsoft.Compute/disks/delete in subscription {SUB} after 2 minutes.")


def test_an_operation_is_not_followed_to_another_host(calls: ArmCalls, arm: Any) -> None:
    arm.tell("DELETE", DISK, Answer(202, None, {"Azure-AsyncOperation": "https://example.org/operation"}))
    with pytest.raises(AskHuman, match=r"no token is sent there"):
        calls.settled("DELETE", SUB, DISK)


def test_a_post_is_not_sent_twice_when_its_answer_is_lost(calls: ArmCalls, arm: Any) -> None:
    arm.tell("POST", DISK + "/start", Answer(200, {}))
    arm.fail("/start", 500, "InternalServerError", after=True)
    with pytest.raises(TryAgain):
        calls.settled("POST", SUB, DISK + "/start", body={})
    assert len(arm.paths("/start")) == 1


def test_what_does_not_exist_is_not_there(calls: ArmCalls, arm: Any) -> None:
    with pytest.raises(NotThere, match=r"^Azure says that it does not exist: Microsoft.Compute/disks/read in subscription"):
        calls.request("GET", SUB, DISK)
