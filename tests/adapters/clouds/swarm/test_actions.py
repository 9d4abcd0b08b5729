"""Every action, there and back, each step and each way twice, and with a failure at every call that changes something."""

# ruff: noqa: E501, ISC004, A002 - whole sentences are asserted as they are shown; `id` is what the API calls it

from collections.abc import Iterator
from typing import Any

import pytest
from tests.adapters.clouds.acting import Doing
from tests.adapters.clouds.swarm._town import Failing, QuickClock, cloud_of
from tests.adapters.clouds.swarm._worlds import ALL, CASES, Case

from skywright.adapters.clouds.swarm.write import WAYS, steps
from skywright.lab.swarm import SwarmLab, start
from skywright.model.errors import AskHuman, PlanAgain, TryAgain
from skywright.model.plan import Reversibility


class World:
    """A lab, a case in it, and calls into it."""

    def __init__(self, name: str, lab: SwarmLab | None = None) -> None:
        self.lab = lab or start(1, "small")
        self.case: Case = ALL[name](self.lab)
        self.cloud = cloud_of(self.lab)
        self.cloud.scopes()
        self.clock = QuickClock()

    def saga(self, calls: Any = None) -> "Doing":
        return Doing(steps(calls or self.cloud.calls, self.case.change(), self.clock.sleep))

    @property
    def reversibility(self) -> Reversibility | None:
        return WAYS.can(self.case.change().kind, self.case.before, self.case.after)


@pytest.fixture
def worlds() -> Iterator[Any]:
    made: list[World] = []

    def make(name: str) -> World:
        made.append(World(name))
        return made[-1]

    yield make
    for world in made:
        world.lab.stop()


def holds(seen: dict[str, Any], goal: dict[str, Any]) -> bool:
    return all(seen.get(key) == value for key, value in goal.items())


def test_every_action_has_a_case() -> None:
    assert sorted(action.name for action in WAYS.actions()) == sorted(CASES)


@pytest.mark.parametrize("name", ALL)
def test_there_and_back_and_each_twice(name: str, worlds) -> None:
    world = worlds(name)
    case, before = world.case, world.case.see()
    assert not holds(before, case.goal), "the case begins where it is to end"
    world.saga().undo() if world.reversibility is not Reversibility.NONE else None
    assert case.see() == before, "undoing what was never done changes nothing"
    saga = world.saga()
    assert saga.do() == -1
    assert holds(case.see(), case.goal), case.see()
    assert saga.do() == -1
    assert holds(case.see(), case.goal)
    if world.reversibility is Reversibility.NONE:
        with pytest.raises(AskHuman):
            saga.undo()
        return
    saga.undo()
    assert case.see() == before
    saga.undo()
    assert case.see() == before


@pytest.mark.parametrize("name", ALL)
def test_after_a_failure_undo_leads_back_and_trying_again_leads_on(name: str, worlds) -> None:
    nth = 0
    while True:
        nth += 1
        for after in (False, True):
            for onward in (False, True):
                world = worlds(name)
                case, before = world.case, world.case.see()
                calls = Failing(world.cloud.calls, nth, after=after)
                saga = world.saga(calls)
                failed = saga.do()
                if failed < 0:
                    assert nth > 1, "an action that changes nothing"
                    return
                words = f"{calls.changes[-1]} failed {'after' if after else 'before'} its effect"
                if onward:
                    assert saga.do(failed) == -1, words
                    assert holds(case.see(), case.goal), words
                    continue
                try:
                    saga.undo(failed)
                except AskHuman:
                    assert world.reversibility is Reversibility.NONE, words
                    assert holds(case.see(), case.goal), words
                    continue
                assert case.see() == before, words


@pytest.mark.parametrize("name", ALL)
def test_a_failure_on_the_way_back_is_no_dead_end(name: str, worlds) -> None:
    nth = 0
    while True:
        nth += 1
        for after in (False, True):
            world = worlds(name)
            if world.reversibility is Reversibility.NONE:
                return
            before = world.case.see()
            done = world.saga()
            done.do()
            back = world.saga(Failing(world.cloud.calls, nth, after=after))
            back.results = done.results
            try:
                back.undo()
            except TryAgain:
                back.undo()
            else:
                assert nth > 1
                assert world.case.see() == before
                return
            assert world.case.see() == before


def test_undo_of_a_service_uses_the_swarms_own_rollback(worlds) -> None:
    world = worlds("change the image of a service 0")
    saga = world.saga()
    saga.do()
    service = next(one for one in world.lab.planted.swarm.services.values() if one["Spec"]["Name"] == "shop-web")
    saga.undo()
    assert service["UpdateStatus"]["State"] == "rollback_completed"


def test_a_later_update_by_somebody_else_is_kept_by_undo(worlds) -> None:
    world = worlds("change the image of a service 0")
    saga = world.saga()
    saga.do()
    swarm = world.lab.planted.swarm
    service = next(one for one in swarm.services.values() if one["Spec"]["Name"] == "shop-web")
    spec = {**service["Spec"], "Labels": {"owner": "somebody else"}}
    swarm.update_service(service["ID"], service["Version"]["Index"], spec, rollback=False)
    saga.undo()
    assert service["Spec"]["Labels"] == {"owner": "somebody else"}
    assert service["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"].startswith("registry.lab.internal/shop@")


def test_a_version_that_is_old_is_read_again(worlds) -> None:
    world = worlds("scale a service 0")
    swarm, calls = world.lab.planted.swarm, world.cloud.calls
    service = next(one for one in swarm.services.values() if one["Spec"]["Name"] == "shop-web")
    asked = calls.ask

    def interfering(account: str, name: str, /, id: str = "", **rest: Any) -> Any:
        if name == "POST /services/{id}/update" and not service["Spec"]["Labels"].get("meanwhile"):
            spec = {**service["Spec"], "Labels": {"meanwhile": "yes"}}
            swarm.update_service(service["ID"], service["Version"]["Index"], spec, rollback=False)
        return asked(account, name, id, **rest)

    calls.ask = interfering
    assert world.saga().do() == -1
    assert service["Spec"]["Labels"] == {"meanwhile": "yes"}
    assert service["Spec"]["Mode"] == {"Replicated": {"Replicas": 5}}


@pytest.mark.parametrize(
    ("ends", "error", "said"),
    [
        ("paused", AskHuman, "Docker paused the update of {target}: paused. See `docker service ps {id}` for the tasks that fail."),
        (
            "rollback_completed",
            PlanAgain,
            "Docker rolled the update of {target} back: rollback completed. See `docker service ps {id}` for the tasks that failed, "
            "then plan again.",
        ),
    ],
)
def test_an_update_that_the_swarm_gives_up_is_no_success(worlds, ends: str, error: type, said: str) -> None:
    world = worlds("change the image of a service 0")
    target = world.case.target
    identifier = target.rpartition("/")[2]
    world.lab.planted.swarm.fails[identifier] = ends
    with pytest.raises(error) as caught:
        world.saga().do()
    assert str(caught.value) == said.format(target=target, id=identifier)
    world.saga().undo()
    service = world.lab.planted.swarm.services[identifier]
    assert service["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"].startswith("registry.lab.internal/shop@")


def test_an_update_without_end_is_handed_back_to_be_tried_again(worlds) -> None:
    world = worlds("change the image of a service 0")
    identifier = world.case.target.rpartition("/")[2]
    world.lab.planted.swarm.stuck.add(identifier)
    assert world.saga().do() == 0
    assert world.clock.slept > 900


def test_the_last_manager_stays_one(worlds) -> None:
    world = worlds("make a node a manager or a worker 0")
    manager = next(one for one in world.lab.planted.swarm.nodes.values() if one["Spec"]["Role"] == "manager")
    target = f"swarm:{world.lab.planted.swarm.id}:global:container.node/{manager['ID']}"
    world.case = Case(target=target, before={"role": "control-plane"}, after={"role": "worker"}, see=dict, goal={})
    with pytest.raises(PlanAgain, match="attempting to demote the last manager of the swarm"):
        world.saga().do()


def test_a_task_is_left_to_its_service(worlds) -> None:
    world = worlds("stop or start a container 0")
    task = next(iter(world.lab.planted.swarm.tasks))
    target = f"swarm:{world.lab.planted.swarm.id}:global:container.pod/{task}"
    world.case = Case(target=target, before={"state": "running"}, after={"state": "exited"}, see=dict, goal={})
    with pytest.raises(AskHuman) as caught:
        world.saga().do()
    assert str(caught.value) == f"{target} is a task of a swarm, and its service decides about it. Change its service."


def test_what_has_come_into_use_is_not_deleted(worlds) -> None:
    world = worlds("delete an unused volume 0")
    build = world.lab.planted.machines[1]
    build.container("late", next(iter(build.images.values())), Mounts=[{"Type": "volume", "Name": "ci-cache"}])
    with pytest.raises(PlanAgain, match="volume is in use"):
        world.saga().do()
    assert "ci-cache" in build.volumes


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("container.image", {"used": True}, None),
        ("container.image", {}, None),
        ("container.volume", {"used": None}, None),
        ("container.secret", {"used_by": 1}, None),
        ("container.network", {"members": 0, "native": {"Name": "bridge"}}, None),
        ("container.network", {"members": 2, "native": {"Name": "mine"}}, None),
        ("container.pod", {"state": "running"}, None),
        ("container.pod", {"state": "exited", "workload": "a"}, None),
        ("container.service", {"desired": None}, {"desired": 2}),
        ("container.service", {"desired": 2}, {"desired": -1}),
        ("container.node", {"availability": "active"}, {"availability": "asleep"}),
        ("container.cluster", {"certificate_days": 90}, {"certificate_days": 0}),
    ],
)
def test_what_cannot_be_done(kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> None:
    assert WAYS.can(kind, before, after) is None


def test_an_image_that_no_registry_has_is_gone_for_good() -> None:
    native = {"RepoTags": ["mine:1"], "RepoDigests": []}
    assert WAYS.can("container.image", {"used": False, "native": native}, None) is Reversibility.NONE


def test_an_update_that_was_more_than_ours_is_not_rolled_back_whole(worlds) -> None:
    world = worlds("change the image of a service 0")
    swarm = world.lab.planted.swarm
    service = next(one for one in swarm.services.values() if one["Spec"]["Name"] == "shop-web")
    template = service["Spec"]["TaskTemplate"]
    changed = {**template, "ContainerSpec": {**template["ContainerSpec"], "Image": "shop:2"}}
    spec = {**service["Spec"], "TaskTemplate": changed, "Labels": {"owner": "somebody else"}}
    swarm.update_service(service["ID"], service["Version"]["Index"], spec, rollback=False)
    world.saga().undo()
    assert service["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"].startswith("registry.lab.internal/shop@")
    assert service["Spec"]["Labels"] == {"owner": "somebody else"}
