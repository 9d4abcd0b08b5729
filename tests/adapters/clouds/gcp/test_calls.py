"""Calls over a server that misbehaves: paging, throttling, garbage, silence, operations."""

import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from skywright.adapters.clouds.gcp.calls import GcpCalls
from skywright.adapters.clouds.gcp.config import GcpConfig
from skywright.adapters.clouds.gcp.session import Session
from skywright.lab.kit import Answer, Fault, Request, Server
from skywright.model.errors import AskHuman, NotSignedIn, NotThere, TryAgain
from skywright.model.settings import SecretRef


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class World:
    """A server that answers from a table: path -> answer, or what makes one of the request."""

    def __init__(self) -> None:
        self.table: dict[str, Any] = {}
        self.requests: list[Request] = []
        self.server = Server(self.answer)
        self.clock = Clock()

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        found = self.table.get(request.path, Answer(404, {"error": {"code": 404, "message": "Not here"}}))
        found = found(request) if isinstance(found, Callable) else found
        return found if isinstance(found, Answer) else Answer(200, found)

    def calls(self, **config: Any) -> GcpCalls:
        given = {"endpoint": f"{self.server.endpoint}/{{service}}", "anonymous": True} | config
        return GcpCalls(Session(GcpConfig(**given), lambda _: "t0ken"), self.clock)


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.server.stop()


INSTANCES = "/compute/compute/v1/projects/shop/aggregated/instances"
TOPICS = "/pubsub/v1/projects/shop/topics"


def listed(world: World, **more: Any) -> list:
    return [
        one["name"] for one in world.calls().pages("shop", "compute.instances.aggregatedList", "instances", project="shop", **more)
    ]


def topics(calls: GcpCalls) -> list:
    return [one["name"] for one in calls.pages("shop", "pubsub.projects.topics.list", "topics", project="projects/shop")]


def by_page(pages: dict[str, Any]) -> Callable[[Request], Any]:
    return lambda request: pages[request.parameter("pageToken")]


def test_pages_follow_one_another(world: World) -> None:
    world.table[TOPICS] = by_page({"": {"topics": [{"name": "a"}], "nextPageToken": "2"}, "2": {"topics": [{"name": "b"}]}})
    assert topics(world.calls()) == ["a", "b"]


def test_an_aggregated_list_gives_the_items_of_every_scope(world: World) -> None:
    world.table[INSTANCES] = {
        "items": {
            "zones/a-b1-c": {"instances": [{"name": "one"}]},
            "zones/a-b1-d": {"warning": {"code": "NO_RESULTS_ON_PAGE"}},
            "zones/a-b2-c": {"instances": [{"name": "two"}]},
        }
    }
    assert listed(world) == ["one", "two"]


def test_what_could_not_be_reached_is_told_or_raised(world: World) -> None:
    world.table[INSTANCES] = {
        "items": {"zones/a-b1-c": {"warning": {"code": "UNREACHABLE"}}, "zones/a-b1-d": {"instances": [{"name": "one"}]}},
        "unreachables": ["zones/x-y1-z"],
    }
    missed: dict[str, str] = {}
    assert listed(world, missed=missed.__setitem__) == ["one"]
    assert missed == {
        "zones/x-y1-z": "Google Cloud could not reach zones/x-y1-z.",
        "zones/a-b1-c": "Google Cloud could not list zones/a-b1-c (UNREACHABLE).",
    }
    with pytest.raises(TryAgain, match=r"^compute\.instances\.aggregatedList could not look into zones/a-b1-c, zones/x-y1-z\.$"):
        listed(world)


def test_pages_that_go_in_a_circle_end(world: World) -> None:
    world.table[TOPICS] = {"topics": [{"name": "a"}], "nextPageToken": "again"}
    with pytest.raises(TryAgain, match=r"^pubsub\.projects\.topics\.list pages in a circle\.$"):
        topics(world.calls())


def test_a_page_lost_in_the_middle_is_an_error_after_three_attempts(world: World) -> None:
    world.table[TOPICS] = by_page({"": {"topics": [{"name": "a"}], "nextPageToken": "2"}})
    world.server.faults.append(Fault(contains="pageToken=2", status=500, body=b"oops"))
    pages = world.calls().pages("shop", "pubsub.projects.topics.list", "topics", project="projects/shop")
    assert next(pages)["name"] == "a"
    with pytest.raises(TryAgain, match="could not answer"):
        next(pages)
    assert world.server.faults[0].hits == 3


@pytest.mark.parametrize("body", [{"topics": {"name": "a"}}, {"topics": "a"}])
def test_items_of_another_type_are_no_empty_list(world: World, body: dict) -> None:
    world.table[TOPICS] = body
    with pytest.raises(AskHuman, match="in a shape that is not understood"):
        topics(world.calls())


def test_scopes_of_another_type_are_no_empty_list(world: World) -> None:
    world.table[INSTANCES] = {"items": [{"name": "a"}]}
    with pytest.raises(AskHuman, match="in a shape that is not understood"):
        listed(world)


def test_what_google_leaves_out_is_empty(world: World) -> None:
    world.table[TOPICS] = {}
    world.table[INSTANCES] = {"kind": "compute#instanceAggregatedList"}
    assert (topics(world.calls()), listed(world)) == ([], [])


@pytest.mark.parametrize("body", [b"<html>", b"[1, 2]", b'"text"', b'{"topics": [', b"\xff\xfe"])
def test_garbage_is_tried_again_and_then_told(world: World, body: bytes) -> None:
    world.table[TOPICS] = Answer(200, body)
    with pytest.raises(TryAgain, match=r"^The answer to pubsub\.projects\.topics\.list in project shop is garbled\.$"):
        topics(world.calls())
    assert len(world.requests) == 3


def test_a_cut_connection_is_tried_again(world: World) -> None:
    world.table[TOPICS] = {"topics": [{"name": "a"}]}
    world.server.faults.append(Fault(contains="topics", cut=True, times=2))
    calls = world.calls()
    assert topics(calls) == ["a"]
    assert calls.counter == {"pubsub.projects.topics.list": 3}


def test_a_dead_endpoint_is_told(world: World) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        calls = world.calls(endpoint=f"http://127.0.0.1:{held.getsockname()[1]}")
    with pytest.raises(TryAgain, match=r"^No answer to pubsub\.projects\.topics\.list in project shop: "):
        topics(calls)


def test_an_endpoint_that_is_no_address_is_told(world: World) -> None:
    with pytest.raises(AskHuman, match=r"^The endpoint of pubsub is no address"):
        topics(world.calls(endpoint="nowhere"))


def test_throttling_is_waited_out_as_long_as_asked(world: World) -> None:
    world.table[TOPICS] = {"topics": [{"name": "a"}]}
    world.server.faults.append(Fault(contains="topics", status=429, headers={"Retry-After": "33"}, times=1))
    assert topics(world.calls()) == ["a"]
    assert 33.0 in world.clock.slept


def test_credentials_that_are_no_good_stop_every_further_call(world: World) -> None:
    world.table[TOPICS] = Answer(401, {"error": {"code": 401, "message": "Expired", "status": "UNAUTHENTICATED"}})
    calls = world.calls(anonymous=False, token=SecretRef(env="X"))
    for _ in range(3):
        with pytest.raises(NotSignedIn):
            topics(calls)
    assert len(world.requests) == 1
    calls.forgive()
    with pytest.raises(NotSignedIn):
        topics(calls)
    assert world.requests[0].headers["authorization"] == "Bearer t0ken"


def test_a_change_is_made_once_unless_it_may_be_repeated(world: World) -> None:
    world.server.faults.append(Fault(method="POST", status=500))
    stop = {"project": "shop", "zone": "a-b1-c", "instance": "web"}
    for more, attempts in (({}, 1), ({"requestId": "r"}, 3), ({"again": True}, 3)):
        before = world.server.faults[0].hits
        with pytest.raises(TryAgain):
            world.calls().call("shop", "compute.instances.stop", **stop, **more)
        assert world.server.faults[0].hits - before == attempts


def test_a_question_by_post_may_be_repeated(world: World) -> None:
    world.server.faults.append(Fault(method="POST", status=500))
    with pytest.raises(TryAgain):
        world.calls().call("shop", "cloudresourcemanager.projects.getIamPolicy", resource="projects/shop", body={})
    assert world.server.faults[0].hits == 3


SHOP = "v1/projects/shop"
OPERATIONS = [
    (
        "compute",
        {"kind": "compute#operation", "zone": "https://x/zones/a-b1-c"},
        f"/compute/compute/{SHOP}/zones/a-b1-c/operations/op",
    ),
    ("compute", {"kind": "compute#operation", "region": "https://x/a-b1"}, f"/compute/compute/{SHOP}/regions/a-b1/operations/op"),
    ("compute", {"kind": "compute#operation"}, f"/compute/compute/{SHOP}/global/operations/op"),
    ("sqladmin", {"kind": "sql#operation"}, f"/sqladmin/{SHOP}/operations/op"),
    ("container", {"operationType": "UPDATE_CLUSTER", "zone": "a-b1"}, f"/container/{SHOP}/locations/a-b1/operations/op"),
]


@pytest.mark.parametrize(("service", "started", "path"), OPERATIONS, ids=[case[2].split("/")[-4] for case in OPERATIONS])
def test_an_operation_is_waited_for_at_the_same_endpoint(world: World, service: str, started: dict, path: str) -> None:
    """The generated client polls the public endpoint, wherever its own calls go."""
    states = iter(["RUNNING", "DONE"])
    world.table[path] = lambda _: {**started, "name": "op", "status": next(states)}
    ended = world.calls().operation("shop", service, {**started, "name": "op", "status": "PENDING"})
    assert ended["status"] == "DONE"
    assert world.clock.slept == [0.5, 1.0]


def test_a_long_running_operation(world: World) -> None:
    name = "projects/shop/locations/europe-west1/operations/op"
    world.table[f"/run/v2/{name}"] = {"name": name, "done": True, "response": {"x": 1}}
    assert world.calls().operation("shop", "run", {"name": name, "done": False})["response"] == {"x": 1}


def test_an_operation_that_fails_or_never_ends(world: World) -> None:
    started = {"kind": "compute#operation", "name": "op", "status": "RUNNING"}
    path = "/compute/compute/v1/projects/shop/global/operations/op"
    error = {"errors": [{"code": "RESOURCE_NOT_FOUND", "message": "The disk is gone"}]}
    world.table[path] = {**started, "status": "DONE", "error": error, "httpErrorStatusCode": 404}
    with pytest.raises(NotThere, match=r"compute\.globalOperations\.get in project shop: The disk is gone\.$"):
        world.calls().operation("shop", "compute", started)
    world.table[path] = started
    with pytest.raises(TryAgain, match=r"^op is not done after 1 minutes\.$"):
        world.calls().operation("shop", "compute", started, within_s=60)


def test_an_answer_that_is_no_operation_is_given_back(world: World) -> None:
    assert world.calls().operation("shop", "storage", {"name": "bucket"}) == {"name": "bucket"}


def test_gcloud_s_variables_move_one_service(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB", f"{world.server.endpoint}/elsewhere/")
    world.table["/elsewhere/v1/projects/shop/topics"] = {"topics": [{"name": "a"}]}
    assert topics(world.calls(endpoint=None)) == ["a"]


def test_vertex_is_asked_at_the_endpoint_of_the_region() -> None:
    from skywright.adapters.clouds.gcp.documents import method

    session = Session(GcpConfig(anonymous=True), lambda _: "")
    url = session.url(
        "aiplatform", method("aiplatform.projects.locations.endpoints.list"), {"parent": "projects/p/locations/europe-west1"}
    )
    assert url == "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/europe-west1/endpoints"


def test_a_ready_token_of_gcloud_is_used(world: World, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("from-file\n")
    monkeypatch.setenv("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", str(tmp_path / "token"))
    world.table[TOPICS] = {}
    topics(world.calls(anonymous=False))
    assert world.requests[0].headers["authorization"] == "Bearer from-file"


def test_a_token_file_that_is_not_there_is_told(world: World, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", str(tmp_path / "never"))
    with pytest.raises(AskHuman, match=r"^The access token's file cannot be read: .*Check CLOUDSDK_AUTH_ACCESS_TOKEN_FILE\.$"):
        topics(world.calls(anonymous=False))
