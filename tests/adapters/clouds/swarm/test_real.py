"""Actions on a real Docker Engine and its swarm: there and back, and what it says when it refuses."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.clouds.swarm._real import NoDocker, RealDocker
from tests.adapters.clouds.swarm._town import rows
from tests.adapters.clouds.swarm._worlds import Case

from skywright.adapters.clock import SystemClock
from skywright.adapters.clouds.swarm import SwarmCloud, SwarmConfig
from skywright.adapters.clouds.swarm.config import DockerHost
from skywright.adapters.clouds.swarm.trail import deeds
from skywright.model.errors import AskHuman, PlanAgain, TryAgain

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def docker() -> Iterator[RealDocker]:
    try:
        made = RealDocker(Path(tempfile.mkdtemp(prefix="docker-")))  # a short path: sockets have a limit
    except NoDocker as error:
        pytest.skip(f"NO REAL DOCKER: {error}")
    yield made
    made.stop()


@pytest.fixture
def cloud(docker) -> SwarmCloud:
    return SwarmCloud(SwarmConfig(hosts=[DockerHost(name="here", host=docker.url)]), SystemClock())


CHANGES = {
    "scale": ("container.service", "web", {"desired": 2}),
    "limits": ("container.service", "web", {"memory_limit_mib": 64, "cpu_limit_millis": 500}),
    "labels": ("container.service", "web", {"tags": {"owner": "shop", "tier": "web"}}),
    "failure action": ("container.service", "web", {"update_failure_action": "rollback"}),
    "read-only root": ("container.service", "web", {"read_only_root": True}),
    "availability": ("container.node", None, {"availability": "pause"}),
    "node labels": ("container.node", None, {"tags": {"zone": "a"}}),
    "autolock": ("container.cluster", "default", {"autolock": True}),
    "certificates": ("container.cluster", "default", {"certificate_days": 30}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_there_and_back(cloud, name: str) -> None:
    kind, called, after = CHANGES[name]
    row = next(one for one in rows(cloud, kind).values() if called in (None, one.name))
    before = {column: getattr(row, column) for column in after}
    assert before != after
    case = Case(target=row.id, before=before, after=after, see=dict, goal={})
    for _ in range(2):
        step = cloud.steps(case.change())[0]
        step.do("token")
        assert seen(cloud, row.id, after) == after
    step.undo("token", None)
    assert seen(cloud, row.id, after) == before
    step.undo("token", None)
    assert seen(cloud, row.id, after) == before


def seen(cloud: SwarmCloud, target: str, columns: dict[str, Any]) -> dict[str, Any]:
    row = cloud.refresh([target])[target]
    return {column: getattr(row, column) for column in columns}


def test_undo_was_the_swarms_own_rollback(cloud, docker) -> None:
    row = next(one for one in rows(cloud, "container.service").values() if one.name == "web")
    before, after = {"memory_limit_mib": row.memory_limit_mib}, {"memory_limit_mib": 128}
    case = Case(target=row.id, before=before, after=after, see=dict, goal={})
    for _ in range(3):  # where the swarm wrote between the two, its previous spec is not ours, and undo is an update
        there_and_back(cloud, case)
        assert seen(cloud, row.id, after) == before
        state = docker.api.inspect_service(row.native_id)["UpdateStatus"]["State"]
        if state == "rollback_completed":
            break
    assert state == "rollback_completed"


def there_and_back(cloud: SwarmCloud, case: Case) -> None:
    step = cloud.steps(case.change())[0]
    step.do("token")
    patiently(lambda: step.undo("token", None))


def patiently(act: Callable[[], None]) -> None:
    """As an execution does: the swarm may write to the service at the same moment."""
    for _ in range(10):
        with suppress(TryAgain):
            return act()
        SystemClock().sleep(0.2)
    return act()


def test_the_last_manager_stays_one(cloud) -> None:
    row = next(iter(rows(cloud, "container.node").values()))
    case = Case(target=row.id, before={"role": "control-plane"}, after={"role": "worker"}, see=dict, goal={})
    with pytest.raises(PlanAgain, match="attempting to demote the last manager of the swarm"):
        cloud.steps(case.change())[0].do("token")


def test_volumes_and_networks_and_secrets(cloud, docker) -> None:
    docker.api.create_volume("leftover")
    docker.api.create_secret("unused", b"x")
    found = {(row.KIND, row.name): row for row in rows(cloud).values()}
    for kind in (("container.volume", "leftover"), ("container.secret", "unused")):
        row = found[kind]
        before = {column: getattr(row, column) for column in ("used", "used_by", "native") if hasattr(row, column)}
        step = cloud.steps(Case(target=row.id, before=before, after=None, see=dict, goal={}).change())[0]
        step.do("token")
        step.do("token")
        assert cloud.refresh([row.id]) == {row.id: None}
        with pytest.raises(AskHuman, match="has been deleted, and that cannot be undone"):
            step.undo("token", None)


def test_usage_of_what_runs(cloud) -> None:
    pods = [row for row in rows(cloud, "container.pod").values() if row.state == "running"]
    found = list(cloud.usage(pods, SystemClock().now(), SystemClock().now()))
    assert {one.metric for one in found} >= {"memory_pct"}


def test_events_tell_what_was_done_and_when(cloud, docker) -> None:
    since = SystemClock().now()
    docker.api.create_volume("traced")
    service = next(one for one in rows(cloud, "container.service").values() if one.name == "web")
    volume = next(one for one in rows(cloud, "container.volume").values() if one.name == "traced")
    spec = docker.api.inspect_service(service.native_id)
    cloud.calls.ask(
        service.account,
        "POST /services/{id}/update",
        service.native_id,
        query={"version": spec["Version"]["Index"]},
        body=spec["Spec"] | {"Labels": {"traced": "yes"}},
    )
    docker.api.remove_volume("traced")
    soon = SystemClock().now() + timedelta(seconds=2)  # a swarm's events come from its store, a moment later: let the engine wait
    found = {(one.resource, one.who, one.what) for one in deeds(cloud.calls, [service.id, volume.id], since, soon)}
    assert found >= {(volume.id, "", "volume create"), (volume.id, "", "volume destroy"), (service.id, "", "service update")}
    assert list(cloud.deeds([service.id, volume.id], since - timedelta(days=2), since - timedelta(days=1))) == []
