"""Who did what to a server, by Nova's answers and by the stand-in's."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.adapters.clouds.openstack._harness import REGION, SHOP, World

from skywright.adapters.clouds.openstack.calls import Ask, Got
from skywright.adapters.clouds.openstack.trail import deeds
from skywright.model.errors import AskHuman, Denied, NotThere
from skywright.ports.cloud import Deed, Historian

SINCE, UNTIL = datetime(2026, 7, 1), datetime(2026, 7, 2)
WEB = "openstack:p:RegionOne:compute.instance/s-1"
AT = datetime(2026, 7, 1, 8, 30)


class Nova:
    """Answers a list of actions, and names of users."""

    def __init__(self, *actions: Any, failure: Exception | None = None, users: dict[str, Any] | None = None) -> None:
        self.actions = actions
        self.failure = failure
        self.users = {"u-1": {"user": {"name": "carla"}}} if users is None else users
        self.asked: list[Ask] = []

    def pages(self, account: str, region: str, what: Ask, key: str) -> Any:
        self.asked.append(what)
        if self.failure:
            raise self.failure
        assert (account, region, key) == ("p", "RegionOne", "instanceActions")
        return iter(self.actions)

    def ask(self, _account: str, _region: str, what: Ask) -> Got:
        self.asked.append(what)
        if what.ids[0] not in self.users:
            raise Denied("OpenStack denies it.", permission="identity:get_user")
        return Got(200, {}, self.users[what.ids[0]])


def action(what: str = "stop", start: str = "2026-07-01T08:30:00.000000", **more: Any) -> dict[str, Any]:
    return {"action": what, "start_time": start, "user_id": "u-1", "message": None, "updated_at": start, **more}


def told(nova: Nova, *targets: str) -> list[Deed]:
    return list(deeds(nova, targets or [WEB], SINCE, UNTIL))  # type: ignore[arg-type]


def test_what_was_done_is_told_oldest_first_with_the_users_name() -> None:
    nova = Nova(action("start", "2026-07-01T09:00:00.000000", newer="field"), action())
    assert told(nova) == [Deed(AT, WEB, "carla", "compute:stop"), Deed(datetime(2026, 7, 1, 9), WEB, "carla", "compute:start")]
    first, *names = nova.asked
    assert (first.path, first.query, first.micro) == (
        "/servers/s-1/os-instance-actions",
        {"changes-since": "2026-07-01T00:00:00Z"},
        "2.58",
    )
    assert [one.path for one in names] == ["/users/u-1"]  # asked once


@pytest.mark.parametrize(
    ("user", "who"),
    [({}, "u-1"), ({"u-1": {"user": "text"}}, "u-1"), ({"u-1": None}, "u-1")],
)
def test_a_user_whose_name_is_not_for_us_is_told_by_its_id(user: dict[str, Any], who: str) -> None:
    assert [one.who for one in told(Nova(action(), users=user))] == [who]


def test_what_nova_did_by_itself_has_nobody() -> None:
    assert [one.who for one in told(Nova(action(user_id=None)))] == [""]


@pytest.mark.parametrize(
    "odd",
    [
        action(start="2026-06-30T08:00:00.000000"),
        action(start="2026-07-03T08:00:00.000000"),
        action(start="soon"),
        action(what=None),  # type: ignore[arg-type]
        "text",
    ],
)
def test_what_is_of_another_time_or_says_too_little_is_left_out(odd: Any) -> None:
    assert told(Nova(odd)) == []


def test_what_began_before_and_ended_within_counts() -> None:
    (found,) = told(Nova(action(start="2026-06-30T23:59:00.000000", updated_at="2026-07-01T00:01:00.000000")))
    assert found.at == datetime(2026, 6, 30, 23, 59)


def test_only_servers_have_a_history_and_a_forgotten_one_has_none() -> None:
    nova = Nova(action())
    assert told(nova, "openstack:p:RegionOne:storage.volume/v") == []
    assert nova.asked == []
    assert told(Nova(failure=NotThere("Gone."))) == []


@pytest.mark.parametrize(("failure", "raised"), [(Denied("No.", permission="x"), Denied), (ValueError("no list"), AskHuman)])
def test_a_history_that_cannot_be_read_is_said_to_be_so(failure: Exception, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        told(Nova(failure=failure))


# --- through the stand-in ---


def test_the_stand_in_tells_who_stopped_a_server_page_by_page(new_world: Callable[..., World]) -> None:
    from skywright.adapters.clouds.openstack.place import COMPUTE

    world = new_world()
    world.state.page_max = 1
    server = next(one for one in world.state.all("servers").values() if one["tenant_id"] == SHOP and one["status"] == "ACTIVE")
    for body in ({"lock": None}, {"unlock": None}, {"os-stop": None}):
        world.calls.ask(SHOP, REGION, Ask(service=COMPUTE, verb="POST /servers/{}/action", ids=(server["id"],), json=body))
    target = f"openstack:{SHOP}:{REGION}:compute.instance/{server['id']}"
    now = world.clock.now()
    assert isinstance(world.cloud, Historian)
    found = list(world.cloud.deeds([target], now - timedelta(minutes=5), now + timedelta(minutes=5)))
    assert [(one.who, one.what) for one in found] == [
        ("demo", "compute:lock"),
        ("demo", "compute:unlock"),
        ("demo", "compute:stop"),
    ]
    assert list(world.cloud.deeds([target], now - timedelta(days=9), now - timedelta(days=8))) == []
