"""What the stand-in refuses, in Google's words: bad schemas, bad credentials, services that are off, and trouble on demand."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from skywright.lab.gcp import GcpStandin, start
from skywright.lab.kit import Fault

from .conftest import PROJECT, ZONE  # isort: skip

Ask = Callable[..., tuple[int, Any, dict[str, str]]]
DISKS = f"/compute/compute/v1/projects/{PROJECT}/zones/{ZONE}/disks"


@pytest.fixture
def ask(lab: GcpStandin) -> Ask:
    """One request: status, JSON and headers."""

    def make(method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any, dict[str, str]]:
        data = body if isinstance(body, bytes) else None if body is None else msgspec.json.encode(body)
        headers = {"Authorization": f"Bearer {token or lab.token}"}
        request = urllib.request.Request(lab.endpoint + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, msgspec.json.decode(answer.read() or b"null"), dict(answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, msgspec.json.decode(error.read() or b"null"), dict(error.headers)

    return make


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": "d", "colour": "red"}, 'Invalid JSON payload received. Unknown name "colour": Cannot find field.'),
        ({"name": "d", "labels": ["a"]}, "Invalid value at 'labels', \"['a']\""),
        ({"name": "d", "sizeGb": "many"}, "Invalid value at 'sizeGb', \"many\""),
        ({"name": "d", "status": "SLEEPY"}, "Invalid value at 'status', \"SLEEPY\""),
        (
            {"name": "d", "diskEncryptionKey": {"kms": "k"}},
            "Invalid JSON payload received. Unknown name \"kms\" at 'diskEncryptionKey': Cannot find field.",
        ),
        ({"name": "d", "guestOsFeatures": [{"type": 7}]}, "Invalid value at 'guestOsFeatures[0].type', \"7\""),
        (
            {"name": "-bad-"},
            "Invalid value for field 'resource.name': '-bad-'. Must be a match of regex '[a-z]([-a-z0-9]{0,61}[a-z0-9])?'",
        ),
        (b"{", "Parse Error: Input data was truncated"),
        (b"[1]", 'Invalid JSON payload received. Unknown name "": Root element must be a message.'),
    ],
)
def test_a_body_against_the_schema(ask: Ask, body: Any, message: str):
    status, answer, _ = ask("POST", DISKS, body)
    assert (status, answer["error"]["code"], answer["error"]["message"]) == (400, 400, message)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?colour=red", "Field 'colour' could not be found in request message."),
        ("?maxResults=many", "Invalid value at 'maxResults', \"many\""),
        ("?pageToken=%21", "Invalid value for field 'pageToken': '!'."),
    ],
)
def test_a_query_against_the_parameters(ask: Ask, query: str, message: str):
    status, answer, _ = ask("GET", DISKS + query)
    assert status == 400
    assert message in answer["error"]["message"]


def test_the_older_services_list_their_errors_and_the_newer_have_a_status(ask: Ask):
    _, old, _ = ask("GET", f"{DISKS}/none")
    assert old["error"]["errors"] == [
        {
            "message": f"The resource 'projects/{PROJECT}/zones/{ZONE}/disks/none' was not found",
            "domain": "global",
            "reason": "notFound",
        }
    ]
    status, new, _ = ask("GET", f"/pubsub/v1/projects/{PROJECT}/topics/none")
    assert (status, new["error"]["status"], "errors" in new["error"]) == (404, "NOT_FOUND", False)


@pytest.mark.parametrize("path", ["/compute/compute/v1/nothing/here", "/nosuch/v1/projects/p", "/compute/compute/v9/projects/p"])
def test_what_no_method_answers(ask: Ask, path: str):
    assert ask("GET", path)[0] == 404


def test_a_method_that_is_documented_and_not_played(ask: Ask):
    status, answer, _ = ask("POST", f"{DISKS.rsplit('/', 1)[0]}/instances/web/simulateMaintenanceEvent")
    assert status == 501
    assert (
        answer["error"]["message"]
        == "compute.instances.simulateMaintenanceEvent is documented, but this stand-in does not play it."
    )


@pytest.mark.parametrize(("token", "reason"), [("ya29.old", "ACCESS_TOKEN_EXPIRED"), (" ", "CREDENTIALS_MISSING")])
def test_without_a_good_token(ask: Ask, token: str, reason: str):
    status, answer, _ = ask("GET", DISKS, token=token)
    assert (status, answer["error"]["status"], answer["error"]["details"][0]["reason"]) == (401, "UNAUTHENTICATED", reason)


def test_a_key_file_signs_in_and_again_when_the_token_expired():
    from google.auth.transport.requests import Request
    from google.oauth2 import service_account

    lab = start(estate="empty")
    try:
        path = lab.environment()["GOOGLE_APPLICATION_CREDENTIALS"]
        found = service_account.Credentials.from_service_account_file(
            path, scopes=["https://www.googleapis.com/auth/cloud-platform"]
        )
        transport = Request()
        found.refresh(transport)
        first = found.token
        lab.expire()
        found.refresh(transport)
        transport.session.close()
        assert first != found.token
        assert lab.calls() == {"token": 2}
    finally:
        lab.stop()


def test_a_service_that_is_off(lab: GcpStandin, ask: Ask):
    lab.world.disabled.add((PROJECT, "redis"))
    status, answer, _ = ask("GET", f"/redis/v1/projects/{PROJECT}/locations/-/instances")
    assert (status, answer["error"]["details"][0]["reason"]) == (403, "SERVICE_DISABLED")
    assert answer["error"]["message"].startswith(
        f"redis.googleapis.com has not been used in project {PROJECT} before or it is disabled."
    )


def test_a_permission_that_is_missing(lab: GcpStandin, ask: Ask):
    lab.world.denied.add("compute.disks.list")
    status, answer, _ = ask("GET", DISKS)
    assert (status, answer["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert answer["error"]["message"] == f"Required 'compute.disks.list' permission for 'projects/{PROJECT}/zones/{ZONE}/disks'"
    assert ask("GET", f"{DISKS}/archive")[0] == 200
    asked = {"permissions": ["compute.disks.list", "compute.disks.get"]}
    manager = f"/cloudresourcemanager/v3/projects/{PROJECT}:testIamPermissions"
    assert ask("POST", manager, asked)[1] == {"permissions": ["compute.disks.get"]}


def test_throttled_for_a_while(lab: GcpStandin, ask: Ask):
    lab.throttle("/compute/", times=2, after_s=3)
    status, answer, headers = ask("GET", DISKS)
    assert (status, headers["Retry-After"], answer["error"]["errors"][0]["reason"]) == (429, "3", "rateLimitExceeded")
    assert [ask("GET", DISKS)[0] for _ in range(2)] == [429, 200]


def test_an_answer_that_gets_lost_after_its_effect(lab: GcpStandin, ask: Ask):
    lab.fault(Fault(contains="/topics/lost", method="PUT", status=500, after=True, times=1))
    topic = f"/pubsub/v1/projects/{PROJECT}/topics/lost"
    assert ask("PUT", topic, {})[0] == 500
    assert ask("GET", topic)[0] == 200


def test_an_operation_that_ends_badly(lab: GcpStandin, ask: Ask):
    lab.fail_operation("/disks/hopeless", "The zone does not have enough resources available.")
    _, operation, _ = ask("POST", DISKS, {"name": "hopeless"})
    path = f"{DISKS.rsplit('/', 1)[0]}/operations/{operation['name']}"
    states = [ask("GET", path)[1]["status"] for _ in range(2)]
    assert states == ["RUNNING", "DONE"]
    ended = ask("GET", path)[1]
    assert ended["error"]["errors"] == [
        {"code": "ZONE_RESOURCE_POOL_EXHAUSTED", "message": "The zone does not have enough resources available."}
    ]
    assert ask("GET", f"{DISKS}/hopeless")[0] == 404


def test_a_page_token_is_good_though_its_row_is_gone(lab: GcpStandin, ask: Ask):
    topics = f"/pubsub/v1/projects/{PROJECT}/topics"
    for name in "abc":
        ask("PUT", f"{topics}/page-{name}", {})
    first = ask("GET", f"{topics}?pageSize=1")[1]
    gone = first["topics"][0]["name"]
    ask("DELETE", f"/pubsub/v1/{gone}")
    rest = ask("GET", f"{topics}?pageToken={first['nextPageToken']}")[1]["topics"]
    assert gone not in [one["name"] for one in rest]
    assert len(rest) >= 2


def test_a_key_ring_is_listed_in_one_location_only(ask: Ask):
    assert ask("GET", f"/cloudkms/v1/projects/{PROJECT}/locations/-/keyRings")[0] == 400
    found = ask("GET", f"/cloudkms/v1/projects/{PROJECT}/locations/europe-west1/keyRings")[1]["keyRings"]
    assert len(found) == 1


def test_many_at_once_are_served_in_turn(ask: Ask):
    from concurrent.futures import ThreadPoolExecutor

    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ask("GET", DISKS)[0], range(200)))
    assert found == [200] * 200
    assert time.monotonic() - begun < 60


def test_a_partial_response_leaves_out_the_times_of_points(ask: Ask):
    series = (
        f"/monitoring/v3/projects/{PROJECT}/timeSeries?filter=metric.type%3D%22compute.googleapis.com/instance/cpu/utilization%22"
    )
    window = "&interval.startTime=2026-03-01T00:00:00Z&interval.endTime=2026-03-01T02:00:00Z&aggregation.alignmentPeriod=3600s"
    points = ask("GET", series + window + "&fields=timeSeries(points/value,resource/labels)")[1]["timeSeries"][0]["points"]
    assert [list(point) for point in points] == [["value"], ["value"]]
