"""What was done to a resource and when, by an engine's events."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from skywright.adapters.clouds.swarm import SwarmCloud, SwarmConfig
from skywright.adapters.clouds.swarm.trail import deeds
from skywright.lab.kit import Fault
from skywright.lab.swarm import SwarmLab
from skywright.model.errors import AskHuman, Denied, TryAgain
from skywright.ports.cloud import Deed, Historian

BOX = "swarm:edge:global:container.pod/c0ffee"
NET = "swarm:edge:global:container.network/shop@0123456789ab"
SINCE, UNTIL = datetime(2026, 7, 1), datetime(2026, 7, 2)
AT = datetime(2026, 7, 1, 8, 30)
STAMP = int(AT.replace(tzinfo=UTC).timestamp())


class Engine:
    """Answers events, and keeps what was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def ask(self, account: str, name: str, /, **rest: Any) -> Any:
        self.asked.append((account, name, rest["query"]))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def event(action: str = "stop", type_: str = "container", own: str = "c0ffee", **more: Any) -> dict[str, Any]:
    found = {"Type": type_, "Action": action, "Actor": {"ID": own, "Attributes": {}}, "time": STAMP, "timeNano": STAMP * 10**9}
    return found | more


def told(answer: Any, *targets: str) -> list[Deed]:
    return list(deeds(Engine(answer), targets or [BOX], SINCE, UNTIL))  # type: ignore[arg-type]


def test_what_was_done_is_told_oldest_first_and_nobody_is_named() -> None:
    later = event("start", time=STAMP + 60, timeNano=(STAMP + 60) * 10**9, newer="field")
    assert told([later, event()]) == [
        Deed(AT, BOX, "", "container stop"),
        Deed(AT + timedelta(minutes=1), BOX, "", "container start"),
    ]
    assert told(event()) == [Deed(AT, BOX, "", "container stop")]  # one event is one line
    assert told(None) == []


def test_a_resource_is_known_by_its_id_its_name_or_its_task() -> None:
    labelled = {"ID": "abc", "Attributes": {"name": "box", "com.docker.swarm.task.id": "c0ffee"}}
    assert told(event(Actor=labelled)) == [Deed(AT, BOX, "", "container stop")]
    named = {"ID": "0123456789abcdef", "Attributes": {"name": "shop"}}
    assert told(event("connect", "network", Actor=named), NET) == [Deed(AT, NET, "", "network connect")]


@pytest.mark.parametrize(
    "odd",
    [
        event("exec_start: sh"),
        event("health_status: healthy"),
        event("top"),
        event(own="other"),
        event(type_="volume"),
        event(Actor="text"),
        {"Action": "stop", "Actor": {"ID": "c0ffee"}, "time": STAMP},
        event(time="soon", timeNano=None),
        {},
        "text",
    ],
)
def test_readings_others_and_what_says_too_little_are_left_out(odd: Any) -> None:
    assert told([odd, odd]) == []


def test_one_call_a_host_with_the_types_that_matter() -> None:
    engine = Engine(None)
    targets = [BOX, NET, "swarm:edge:global:container.image/sha256:1", "swarm:sw4rm:global:container.service/s"]
    assert list(deeds(engine, targets, SINCE, UNTIL)) == []  # type: ignore[arg-type]
    window = {"since": "1782864000.000000", "until": "1782950400.000000"}
    assert engine.asked == [
        ("edge", "GET /events", {**window, "filters": '{"type": ["container", "image", "network"]}'}),
        ("sw4rm", "GET /events", {**window, "filters": '{"type": ["service"]}'}),
    ]
    engine.asked.clear()
    assert list(deeds(engine, ["swarm:sw4rm:global:container.cluster/sw4rm"], SINCE, UNTIL)) == []  # type: ignore[arg-type]
    assert list(deeds(engine, [BOX], UNTIL, SINCE)) == []  # type: ignore[arg-type]
    assert engine.asked == []


def test_events_that_cannot_be_read_are_said_to_be_so() -> None:
    with pytest.raises(Denied):
        told(Denied("No."))
    with pytest.raises(AskHuman, match="events that are no list"):
        told("text")


def test_a_host_that_is_silent_hides_no_others_deeds() -> None:
    class Half(Engine):
        def ask(self, account: str, name: str, /, **rest: Any) -> Any:
            if account == "away":
                raise TryAgain("It does not answer.")
            return super().ask(account, name, **rest)

    found: list[Deed] = []
    with pytest.raises(TryAgain):
        found.extend(deeds(Half(event()), ["swarm:away:global:container.pod/x", BOX], SINCE, UNTIL))  # type: ignore[arg-type]
    assert found == [Deed(AT, BOX, "", "container stop")]


# --- through the lab ---


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC).replace(tzinfo=None)

    def sleep(self, seconds: float) -> None:
        """Time passes at once."""


def test_the_lab_tells_what_was_done_to_a_container_and_a_service(lab: SwarmLab) -> None:
    cloud = SwarmCloud(msgspec.convert(lab.section(), SwarmConfig), Now())
    rows = [row for scope in cloud.scopes()[0] for row in cloud.read(scope).resources]
    pods = [row for row in rows if row.KIND == "container.pod" and len(row.native_id) == 64 and row.state == "running"]
    service = next(row for row in rows if row.KIND == "container.service")
    box = pods[0]
    spec = cloud.calls.ask(service.account, "GET /services/{id}", service.native_id)
    cloud.calls.ask(box.account, "POST /containers/{id}/stop", box.native_id)
    cloud.calls.ask(box.account, "POST /containers/{id}/stop", box.native_id)  # it is stopped already
    cloud.calls.ask(
        service.account,
        "POST /services/{id}/update",
        service.native_id,
        query={"version": spec["Version"]["Index"]},
        body=spec["Spec"],
    )
    assert isinstance(cloud, Historian)
    since = Now().now() - timedelta(minutes=5)
    found = list(cloud.deeds([row.id for row in rows], since, since + timedelta(days=1)))
    whats = {(one.resource, one.who, one.what) for one in found}
    assert {(box.id, "", "container stop"), (service.id, "", "service update")} <= whats
    assert {one.resource.rpartition("/")[2] for one in found} == {box.native_id, service.native_id}
    assert sum(one.resource == box.id for one in found) == 1


def test_doctor_asks_for_events_without_waiting_for_them(lab: SwarmLab) -> None:
    cloud = SwarmCloud(msgspec.convert(lab.section(), SwarmConfig), Now())
    assert {one.allowed for one in cloud.doctor() if one.name == "GET /events"} == {True}
    for server in lab.servers.values():
        server.faults.append(Fault(contains="/events", status=403, body={"message": "authorization denied by plugin"}))
    assert {one.allowed for one in cloud.doctor() if one.name == "GET /events"} == {False}
