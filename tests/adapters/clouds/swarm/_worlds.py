"""One case for each action: what to change, and a look at the lab's own state that is not the code under test."""

from collections.abc import Callable
from typing import Any

import msgspec
from tests.adapters.clouds.acting import change_of
from tests.adapters.clouds.swarm._town import cloud_of, rows

from skywright.lab.swarm import SwarmLab
from skywright.model.plan import Change


class Case(msgspec.Struct, kw_only=True):
    """A resource, the change to try, and facts about it: ``goal`` must come true, all must be as before after undo."""

    target: str
    before: dict[str, Any]
    after: dict[str, Any] | None
    see: Callable[[], dict[str, Any]]
    goal: dict[str, Any]

    def change(self) -> Change:
        return change_of(self.target, self.before, self.after)


def _row(lab: SwarmLab, kind: str, name: str) -> Any:
    return next(row for row in rows(cloud_of(lab), kind).values() if row.name == name)


def _service(lab: SwarmLab, after: dict[str, Any], see: Callable[[dict[str, Any]], Any], goal: Any, name: str = "shop-web") -> Case:
    row = _row(lab, "container.service", name)
    after = {key: value(row) if callable(value) else value for key, value in after.items()}
    raw = lab.planted.swarm.services[row.native_id]
    return Case(
        target=row.id,
        before={column: getattr(row, column) for column in after},
        after=after,
        see=lambda: {"it": see(raw["Spec"]), "rest": raw["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"]},
        goal={"it": goal},
    )


def _node(lab: SwarmLab, after: dict[str, Any], goal: dict[str, Any], name: str = "worker-0") -> Case:
    row = _row(lab, "container.node", name)
    raw = lab.planted.swarm.nodes[row.native_id]
    before = {column: getattr(row, column) for column in after}
    return Case(target=row.id, before=before, after=after, see=lambda: dict(raw["Spec"]), goal=goal)


def _swarm(lab: SwarmLab, after: dict[str, Any], see: Callable[[dict[str, Any]], Any], goal: Any) -> Case:
    row = next(iter(rows(cloud_of(lab), "container.cluster").values()))
    swarm = lab.planted.swarm
    before = {column: getattr(row, column) for column in after}
    return Case(target=row.id, before=before, after=after, see=lambda: {"it": see(swarm.spec)}, goal={"it": goal})


def _container(lab: SwarmLab, name: str, after: dict[str, Any], goal: dict[str, Any]) -> Case:
    row = _row(lab, "container.pod", name)
    raw = next(one for machine in lab.planted.machines for one in machine.containers.values() if one["Id"] == row.native_id)
    before = {column: getattr(row, column) for column in after}

    def see() -> dict[str, Any]:
        return {"state": raw["State"]["Status"], "policy": raw["HostConfig"]["RestartPolicy"]["Name"]}

    return Case(target=row.id, before=before, after=after, see=see, goal=goal)


def _deletion(lab: SwarmLab, kind: str, name: str, see: Callable[[], dict[str, Any]]) -> Case:
    row = _row(lab, kind, name)
    before = {key: value for key, value in msgspec.structs.asdict(row).items() if value is not None}
    return Case(target=row.id, before=before, after=None, see=see, goal={"gone": True})


def _stopped(lab: SwarmLab) -> Case:
    build = lab.planted.machines[1]

    def see() -> dict[str, Any]:
        found = [one for one in build.containers.values() if one["Name"] == "/old-build"]
        kept = [image for image in build.images.values() if "skywright-kept" in str(image["RepoTags"])]
        if not found:
            return {"gone": True, "copies": len(kept)}
        labels = found[0]["Config"]["Labels"]
        return {"gone": False, "memory": found[0]["HostConfig"]["Memory"], "runs": found[0]["State"]["Running"], "labels": labels}

    return _deletion(lab, "container.pod", "old-build", see)


def _image(lab: SwarmLab) -> Case:
    build = lab.planted.machines[1]

    def see() -> dict[str, Any]:
        found = [image for image in build.images.values() if "builder:0" in (image["RepoTags"] or [])]
        return {"gone": not found, "ids": [image["Id"] for image in found]}

    return _deletion(lab, "container.image", "builder:0", see)


def _network(lab: SwarmLab) -> Case:
    build = lab.planted.machines[1]
    build.network("ci-2", IPAM={"Driver": "default", "Options": None, "Config": [{"Subnet": "10.9.0.0/24"}]}, Labels={"a": "b"})

    def see() -> dict[str, Any]:
        found = [one for one in build.networks.values() if one["Name"] == "ci-2"]
        return {"gone": not found, "facts": [(one["Driver"], one["IPAM"]["Config"], one["Labels"]) for one in found]}

    return _deletion(lab, "container.network", "ci-2", see)


def _overlay(lab: SwarmLab) -> Case:
    swarm = lab.planted.swarm

    def see() -> dict[str, Any]:
        found = [one for one in swarm.networks.values() if one["Name"] == "legacy"]
        return {"gone": not found, "facts": [(one["Driver"], one["IPAM"]["Config"]) for one in found]}

    return _deletion(lab, "container.network", "legacy", see)


def _volume(lab: SwarmLab) -> Case:
    build = lab.planted.machines[1]
    return _deletion(lab, "container.volume", "ci-cache", lambda: {"gone": "ci-cache" not in build.volumes})


def _secret(lab: SwarmLab) -> Case:
    swarm = lab.planted.swarm
    return _deletion(
        lab,
        "container.secret",
        "old-token",
        lambda: {"gone": "old-token" not in [one["Spec"]["Name"] for one in swarm.secrets.values()]},
    )


def _config(lab: SwarmLab) -> Case:
    swarm = lab.planted.swarm
    return _deletion(lab, "container.config", "nginx.conf", lambda: {"gone": not swarm.configs})


def _spec(*path: str) -> Callable[[dict[str, Any]], Any]:
    def see(spec: Any) -> Any:
        for key in path:
            spec = (spec or {}).get(key)
        return spec

    return see


LIMITED = {"NanoCPUs": 500_000_000, "MemoryBytes": 256 << 20}

CASES: dict[str, list[Callable[[SwarmLab], Case]]] = {
    "scale a service": [lambda lab: _service(lab, {"desired": 5}, _spec("Mode", "Replicated", "Replicas"), 5)],
    "change the image of a service": [
        lambda lab: _service(lab, {"image": "shop:2"}, _spec("TaskTemplate", "ContainerSpec", "Image"), "shop:2")
    ],
    "limit and reserve CPU and memory": [
        lambda lab: _service(
            lab, {"cpu_limit_millis": 500, "memory_limit_mib": 256}, _spec("TaskTemplate", "Resources", "Limits"), LIMITED
        ),
        lambda lab: _service(
            lab,
            {"memory_limit_mib": 64, "memory_reserved_mib": 32},
            _spec("TaskTemplate", "Resources"),
            {"Limits": {"MemoryBytes": 64 << 20}, "Reservations": {"MemoryBytes": 32 << 20}},
            "reports",
        ),
    ],
    "change the labels of a service": [
        lambda lab: _service(lab, {"tags": {"owner": "shop", "tier": "web"}}, _spec("Labels"), {"owner": "shop", "tier": "web"})
    ],
    "say what a failed update leads to": [
        lambda lab: _service(lab, {"update_failure_action": "continue"}, _spec("UpdateConfig", "FailureAction"), "continue")
    ],
    "roll failed updates back": [
        lambda lab: _service(lab, {"circuit_breaker": True}, _spec("UpdateConfig", "FailureAction"), "rollback", "search")
    ],
    "make the root file system read-only": [
        lambda lab: _service(lab, {"read_only_root": True}, _spec("TaskTemplate", "ContainerSpec", "ReadOnly"), True, "uploads")
    ],
    "publish other ports, or none": [lambda lab: _service(lab, {"ports": []}, _spec("EndpointSpec", "Ports"), [])],
    "drain, pause or activate a node": [lambda lab: _node(lab, {"availability": "drain"}, {"Availability": "drain"})],
    "let a node take tasks, or not": [lambda lab: _node(lab, {"schedulable": False}, {"Availability": "pause"})],
    "make a node a manager or a worker": [lambda lab: _node(lab, {"role": "control-plane"}, {"Role": "manager"})],
    "change the labels of a node": [lambda lab: _node(lab, {"tags": {"zone": "b"}}, {"Labels": {"zone": "b"}})],
    "lock the managers' keys": [
        lambda lab: _swarm(lab, {"autolock": True}, _spec("EncryptionConfig", "AutoLockManagers"), True),
    ],
    "change how long certificates of nodes are valid": [
        lambda lab: _swarm(lab, {"certificate_days": 30}, _spec("CAConfig", "NodeCertExpiry"), 30 * 86_400 * 10**9)
    ],
    "stop or start a container": [
        lambda lab: _container(lab, "scratch-db", {"state": "exited"}, {"state": "exited"}),
        lambda lab: _container(lab, "old-build", {"state": "running"}, {"state": "running"}),
    ],
    "change when a container is restarted": [
        lambda lab: _container(lab, "scratch-db", {"restart_policy": "on-failure"}, {"policy": "on-failure"})
    ],
    "delete a stopped container": [_stopped],
    "delete an unused image": [_image],
    "delete an unused volume": [_volume],
    "delete an empty network": [_network, _overlay],
    "delete an unused secret": [_secret],
    "delete an unused config": [_config],
}
ALL = {f"{name} {index}": build for name, builds in CASES.items() for index, build in enumerate(builds)}
