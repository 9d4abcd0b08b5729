"""Every cloud that there is, each with a little world of its own."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from skywright.lab.fake import FakeCloud, World
from skywright.model.canonical import row_hash
from skywright.model.errors import AskHuman
from skywright.model.kinds import Resource
from skywright.model.plan import Action, Change, Reversibility, Risk
from skywright.ports.cloud import Cloud


@dataclass
class Case:
    """A cloud, and what is known of its world."""

    cloud: Cloud
    updated: str  # a resource, and columns that can be set
    after: dict[str, Any]
    deleted: str  # a resource that can be deleted, or "" where nothing can be
    gone: str  # an id of something that is not there
    blind: Callable[[], None]  # from here on the cloud refuses every read
    kinds: frozenset[str] = frozenset({"storage.volume", "storage.snapshot"})  # all that these tests touch

    def rows(self) -> dict[str, Resource]:
        """What the cloud shows of what these tests touch."""
        scopes = [scope for scope in self.cloud.scopes()[0] if self.kinds & set(scope.kinds)]
        return {row.id: row for scope in scopes for row in self.cloud.read(scope).resources}

    def update(self) -> Change:
        row = self.rows()[self.updated]
        return change(row, {column: getattr(row, column) for column in self.after}, self.after)

    def deletion(self) -> Change:
        row = self.rows()[self.deleted]
        return change(row, {"state": row.state}, None)

    def changes(self) -> Sequence[Change]:
        return [self.update(), self.deletion()] if self.deleted else [self.update()]

    @property
    def named(self) -> list[str]:
        return [name for name in (self.updated, self.deleted) if name]

    def change(self, which: int) -> Change:
        changes = self.changes()
        if which >= len(changes):
            pytest.skip(f"{self.cloud.name} deletes nothing")
        return changes[which]


def change(row: Resource, before: dict[str, Any], after: dict[str, Any] | None) -> Change:
    return Change(
        id=f"c-{row.native_id}",
        target=row.id,
        kind=row.KIND,
        action=Action.DELETE if after is None else Action.UPDATE,
        before=before,
        after=after,
        why="because",
        reasons=("f",),
        risk=Risk.LOW,
        reversibility=Reversibility.SAFETY_COPY if after is None else Reversibility.FULL,
        observed=row_hash(row),
    )


class QuickClock:
    """Time that passes at once."""

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12)

    def sleep(self, seconds: float) -> None:
        """Nothing."""


def fake(_request: pytest.FixtureRequest) -> Case:
    from tests.sim.office import instance, volume

    rows = (instance("a"), volume("v"), volume("w"))
    cloud = FakeCloud(World())
    for row in rows:
        cloud.world.put(row)
    return Case(
        cloud=cloud,
        updated=rows[1].id,
        after={"type": "gp3", "size_gib": 200},
        deleted=rows[2].id,
        gone=volume("never").id,
        blind=lambda: cloud.faults.fail_always("fake:", "AskHuman"),
    )


def aws(request: pytest.FixtureRequest) -> Case:
    import boto3

    from skywright.adapters.clouds.aws import AwsCloud, AwsConfig

    monkeypatch = request.getfixturevalue("monkeypatch")
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # hundreds of public images and their snapshots
    request.getfixturevalue("aws_environment")
    ec2 = boto3.client("ec2", region_name="eu-west-1")
    kept, dropped = (
        ec2.create_volume(AvailabilityZone="eu-west-1a", Size=20, VolumeType="gp2", TagSpecifications=_tags())["VolumeId"]
        for _ in "ab"
    )
    cloud = AwsCloud(AwsConfig(regions=["eu-west-1"]), QuickClock())

    def refuse(*_: object, **__: object) -> None:
        raise AskHuman("Everything is denied.", next_step="Ask for the right.")

    def blind() -> None:
        monkeypatch.setattr(cloud.calls, "client_call", refuse)
        monkeypatch.setattr(cloud.calls, "pages", refuse)

    place = "aws:123456789012:eu-west-1:storage.volume"
    return Case(cloud, f"{place}/{kept}", {"type": "gp3"}, f"{place}/{dropped}", f"{place}/vol-0123456789abcdef0", blind)


def _tags() -> list[dict[str, Any]]:
    return [{"ResourceType": "volume", "Tags": [{"Key": "owner", "Value": "search"}]}]


def kubernetes(request: pytest.FixtureRequest) -> Case:
    from tests.conformance.cloud._kubernetes import standin

    return Case(**standin(request, QuickClock()))


def kubernetes_real(request: pytest.FixtureRequest) -> Case:
    from tests.conformance.cloud._kubernetes import real

    return Case(**real(request, QuickClock()))


def openstack(request: pytest.FixtureRequest) -> Case:
    from skywright.adapters.clouds.openstack import OpenstackCloud, OpenstackConfig
    from skywright.lab.kit import Fault
    from skywright.lab.openstack import PROJECTS, start
    from skywright.lab.openstack.volumes import volume

    standin = start()
    request.addfinalizer(standin.stop)
    shop = PROJECTS["shop"]
    for name in ("kept", "dropped"):
        standin.state.put("volumes", volume(name, shop, {"name": name, "size": 2}))
    cloud = OpenstackCloud(OpenstackConfig(clouds=["lab-demo"], config_file=str(standin.clouds_yaml)), QuickClock())
    place = f"openstack:{shop}:RegionOne:storage.volume"

    def blind() -> None:
        standin.faults.append(Fault(status=403))

    return Case(cloud, f"{place}/kept", {"type": "fast"}, f"{place}/dropped", f"{place}/never", blind)


def openstack_real(request: pytest.FixtureRequest) -> Case:
    from tests.adapters.clouds.openstack._town import build
    from tests.adapters.clouds.openstack.test_there_and_back_on_both import RealClock
    from tests.real_openstack import clouds_yaml

    from skywright.adapters.clouds.openstack import OpenstackCloud, OpenstackConfig

    path = clouds_yaml()
    if getattr(request.node, "callspec", None) and request.node.callspec.params.get("which") == 1:
        pytest.skip("NOT TESTED ON A REAL OPENSTACK: its volumes are records without data, so that no image is made from them")
    demo = build(path, RealClock())
    found = {one["name"]: one["id"] for one in demo.say("block-storage", "GET /volumes")["volumes"]}
    cloud = OpenstackCloud(OpenstackConfig(clouds=["lab-demo"], config_file=path), RealClock())
    monkeypatch = request.getfixturevalue("monkeypatch")

    def refuse(*_: object, **__: object) -> None:
        raise AskHuman("Everything is denied.", next_step="Ask for the right.")

    def blind() -> None:
        monkeypatch.setattr(cloud.calls, "ask", refuse)
        monkeypatch.setattr(cloud.calls, "pages", refuse)

    place = f"openstack:{demo.account}:RegionOne:storage.volume"
    target = f"{place}/{found['forgotten']}"
    return Case(cloud, target, {"tags": {"owner": "search"}}, target, f"{place}/00000000-0000-4000-8000-000000000000", blind)


def azure(request: pytest.FixtureRequest) -> Case:
    from tests.adapters.clouds.azure.write._case import conforming

    return Case(**conforming(request, QuickClock()))


def gcp(request: pytest.FixtureRequest) -> Case:
    import msgspec

    from skywright.adapters.clouds.gcp import GcpCloud, GcpConfig
    from skywright.lab.gcp import start

    standin = start(estate="small")
    request.addfinalizer(standin.stop)
    place = "gcp:lab-production:europe-west1:storage.volume/europe-west1-b"
    return Case(
        cloud=GcpCloud(msgspec.convert(standin.section() | {"regions": ["europe-west1"]}, GcpConfig), QuickClock()),
        updated=f"{place}/web",
        after={"tags": {"owner": "search"}},
        deleted=f"{place}/archive",
        gone=f"{place}/never",
        blind=lambda: standin.refuse() and None,
    )


def swarm(request: pytest.FixtureRequest) -> Case:
    import msgspec

    from skywright.adapters.clouds.swarm import SwarmCloud, SwarmConfig
    from skywright.lab.kit import Fault
    from skywright.lab.swarm import start

    lab = start(1, "small")
    request.addfinalizer(lab.stop)
    cloud = SwarmCloud(msgspec.convert(lab.section(), SwarmConfig), QuickClock())

    def blind() -> None:
        for server in lab.servers.values():
            server.faults = [Fault(status=403, body={"message": "authorization denied by a plugin"})]

    ids = {one["Name"]: one["Id"] for one in lab.planted.machines[1].containers.values()}
    place = "swarm:build-1:global:container.pod"
    return Case(
        cloud,
        f"{place}/{ids['/scratch-db']}",
        {"restart_policy": "on-failure"},
        f"{place}/{ids['/old-build']}",
        f"{place}/{'0' * 64}",
        blind,
        frozenset({"container.pod"}),
    )


def swarm_real(request: pytest.FixtureRequest) -> Case:
    from skywright.adapters.clouds.swarm import SwarmCloud, SwarmConfig
    from skywright.adapters.clouds.swarm.config import DockerHost

    docker = request.getfixturevalue("real_docker")
    updated, deleted = docker.container("updated"), docker.container("deleted")
    for name in (updated, deleted):
        docker.api.start(name)
    docker.api.kill(deleted)
    docker.api.wait(deleted)

    def clear() -> None:
        for one in docker.api.containers(all=True):
            if "com.docker.swarm.task.id" not in one["Labels"]:
                docker.api.remove_container(one["Id"], force=True)

    request.addfinalizer(clear)
    cloud = SwarmCloud(SwarmConfig(hosts=[DockerHost(name="here", host=docker.url)]), QuickClock())

    def refuse(*_: object, **__: object) -> None:
        raise AskHuman("Everything is denied.", next_step="Ask for the right.")

    def blind() -> None:
        request.getfixturevalue("monkeypatch").setattr(cloud.calls, "ask", refuse)

    place = "swarm:here:global:container.pod"
    gone = f"{place}/{'0' * 64}"
    after = {"restart_policy": "on-failure"}
    return Case(cloud, f"{place}/{updated}", after, f"{place}/{deleted}", gone, blind, frozenset({"container.pod"}))


@pytest.fixture(scope="session")
def real_docker() -> Iterator[Any]:
    import tempfile
    from pathlib import Path

    from tests.adapters.clouds.swarm._real import NoDocker, RealDocker

    try:
        made = RealDocker(Path(tempfile.mkdtemp(prefix="docker-")))
    except NoDocker as error:
        pytest.skip(f"NO REAL DOCKER: {error}")
    yield made
    made.stop()


def hosts(request: pytest.FixtureRequest) -> Case:
    import msgspec

    from skywright.adapters.clouds.hosts import HostsCloud, HostsConfig
    from skywright.lab.hosts import start

    lab = start(1, "small")
    request.addfinalizer(lab.stop)
    section = lab.section()
    section["sites"] = {"dc": {**section["sites"]["dc"], "hosts": section["sites"]["dc"]["hosts"][:3]}}
    cloud = HostsCloud(msgspec.convert(section, HostsConfig), QuickClock())

    def blind() -> None:
        for machine in lab.machines.values():
            machine.fault = "mute"

    place = "hosts:dc:global:compute.host"
    after = {"tags": {"owner": "search"}}
    return Case(cloud, f"{place}/app-000", after, "", f"{place}/never", blind, frozenset({"compute.host"}))


CASES = {
    "fake": fake,
    "aws": aws,
    "azure": azure,
    "gcp": gcp,
    "kubernetes": kubernetes,
    "kubernetes-real": kubernetes_real,
    "openstack": openstack,
    "openstack-real": openstack_real,
    "swarm": swarm,
    "swarm-real": swarm_real,
    "hosts": hosts,
}


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.real) if name.endswith("-real") else name for name in CASES])
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param](request)
