"""One engine's API over HTTP: routes, and what each answers."""

# ruff: noqa: ARG001 - every handler is called alike, whatever it needs

import json
import re
import threading
from collections.abc import Callable
from typing import Any

from skywright.lab.kit import Answer, Request, Server
from skywright.lab.swarm import events
from skywright.lab.swarm.world import START, Machine, Names, Refused, Swarm

API = "1.41"
Handler = Callable[["Engine", Request, str], Any]
ROUTES: list[tuple[str, re.Pattern[str], str, Handler]] = []


def route(call: str) -> Callable[[Handler], Handler]:
    """Answer ``METHOD /path``; ``{id}`` stands for anything."""

    def keep(handler: Handler) -> Handler:
        method, path = call.split(" ")
        pattern = re.compile("^" + path.replace("{id}", "(.+)") + "$")
        ROUTES.append((method, pattern, call, handler))
        return handler

    return keep


class Engine:
    """A machine, and the swarm that it is a node of."""

    def __init__(self, machine: Machine, swarm: Swarm | None) -> None:
        self.machine = machine
        self.swarm = swarm if machine.node else None
        self.lock = threading.Lock()
        self.server = Server(self.answer)

    def answer(self, request: Request) -> Answer:
        """What the daemon says."""
        path = re.sub(r"^/v\d+\.\d+", "", request.path)
        for method, pattern, call, handler in ROUTES:
            if method == request.method and (match := pattern.match(path)):
                with self.lock:
                    name = match[1] if match.groups() else ""
                    try:
                        said = handler(self, request, name)
                    except Refused as refused:
                        return Answer(refused.status, {"message": refused.message}, call=call)
                    events.note(self, call, name, said)
                return said if isinstance(said, Answer) else Answer(200, json.loads(json.dumps(said)), call=call)
        return Answer(404, {"message": "page not found"})

    def managed(self) -> Swarm:
        """The swarm, of a manager. Raises Refused as a worker and a single engine do."""
        if self.swarm is None:
            raise Refused(
                503,
                'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm '
                "and try again.",
            )
        if self.swarm.nodes[self.machine.node]["Spec"]["Role"] != "manager":
            raise Refused(
                503,
                "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this "
                "command on a manager node or promote the current node to a manager.",
            )
        return self.swarm

    def container(self, name: str) -> dict[str, Any]:
        """By id or name."""
        for one in self.machine.containers.values():
            if name in (one["Id"], one["Name"].lstrip("/"), one["Name"]):
                return one
        raise Refused(404, f"No such container: {name}")

    def image(self, name: str) -> dict[str, Any]:
        """By id, tag or digest."""
        for one in self.machine.images.values():
            if name in (one["Id"], *(one["RepoTags"] or ()), *(one["RepoDigests"] or ())):
                return one
        raise Refused(404, f"No such image: {name}")


@route("GET /version")
def _version(engine: Engine, request: Request, name: str) -> Any:
    return {"Version": "20.10.24", "ApiVersion": API, "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64"}


@route("GET /events")
def _events(engine: Engine, request: Request, name: str) -> Any:
    return events.told(engine, request)


@route("GET /info")
def _info(engine: Engine, request: Request, name: str) -> Any:
    machine, swarm = engine.machine, engine.swarm
    running = sum(one["State"]["Running"] for one in machine.containers.values())
    said: dict[str, Any] = {
        "ID": f"LAB:{machine.name.upper()}",
        "Name": machine.name,
        "Containers": len(machine.containers),
        "ContainersRunning": running,
        "Images": len(machine.images),
        "Driver": "overlay2",
        "KernelVersion": "6.1.0-18-amd64",
        "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
        "OSVersion": "12",
        "OSType": "linux",
        "Architecture": "x86_64",
        "NCPU": 8,
        "MemTotal": 32 << 30,
        "ServerVersion": "20.10.24",
        "Warnings": None if machine.guarded else ["WARNING: API is accessible on http://0.0.0.0:2375 without encryption."],
        "Swarm": {"NodeID": "", "NodeAddr": "", "LocalNodeState": "inactive", "ControlAvailable": False},
    } | machine.settings
    if swarm:
        node = swarm.nodes[machine.node]
        manager = node["Spec"]["Role"] == "manager"
        said["Swarm"] = {
            "NodeID": machine.node,
            "NodeAddr": node["Status"]["Addr"],
            "LocalNodeState": "active",
            "ControlAvailable": manager,
        } | ({"Cluster": {"ID": swarm.id, "Version": {"Index": swarm.version}}} if manager else {})
    return said


@route("GET /containers/json")
def _containers(engine: Engine, request: Request, name: str) -> Any:
    every = request.parameter("all") in ("1", "true", "True")
    return [_summary(one) for one in engine.machine.containers.values() if every or one["State"]["Running"]]


def _summary(one: dict[str, Any]) -> dict[str, Any]:
    ports = []
    for inner, bound in one["NetworkSettings"]["Ports"].items():
        port, protocol = inner.split("/")
        for each in bound or [{}]:
            outer = {"IP": each["HostIp"], "PublicPort": int(each["HostPort"])} if each else {}
            ports.append({"PrivatePort": int(port), "Type": protocol, **outer})
    return {
        "Id": one["Id"],
        "Names": [one["Name"]],
        "Image": one["Config"]["Image"],
        "ImageID": one["Image"],
        "Command": "serve",
        "Created": 1_769_932_800,
        "Ports": ports,
        "Labels": one["Config"]["Labels"],
        "State": one["State"]["Status"],
        "Status": "Up 3 weeks",
        "HostConfig": {"NetworkMode": one["HostConfig"]["NetworkMode"]},
        "NetworkSettings": {"Networks": one["NetworkSettings"]["Networks"]},
        "Mounts": one["Mounts"],
    }


@route("GET /containers/{id}/json")
def _inspect(engine: Engine, request: Request, name: str) -> Any:
    return engine.container(name)


@route("GET /containers/{id}/stats")
def _stats(engine: Engine, request: Request, name: str) -> Any:
    one = engine.container(name)
    if not one["State"]["Running"]:
        return {"read": "0001-01-01T00:00:00Z", "cpu_stats": {}, "precpu_stats": {}, "memory_stats": {}}
    return {
        "read": START,
        "cpu_stats": {"cpu_usage": {"total_usage": 1_250_000_000}, "system_cpu_usage": 108_000_000_000, "online_cpus": 8},
        "precpu_stats": {"cpu_usage": {"total_usage": 1_000_000_000}, "system_cpu_usage": 100_000_000_000, "online_cpus": 8},
        "memory_stats": {"usage": 300 << 20, "limit": 1 << 30, "stats": {"total_inactive_file": 44 << 20}},
    }


@route("POST /containers/{id}/stop")
def _stop(engine: Engine, request: Request, name: str) -> Any:
    one = engine.container(name)
    if not one["State"]["Running"]:
        return Answer(304, call="POST /containers/{id}/stop")
    one["State"] |= {"Status": "exited", "Running": False}
    return Answer(204, call="POST /containers/{id}/stop")


@route("POST /containers/{id}/start")
def _start(engine: Engine, request: Request, name: str) -> Any:
    one = engine.container(name)
    if one["State"]["Running"]:
        return Answer(304, call="POST /containers/{id}/start")
    one["State"] |= {"Status": "running", "Running": True}
    return Answer(204, call="POST /containers/{id}/start")


@route("POST /containers/{id}/update")
def _update_container(engine: Engine, request: Request, name: str) -> Any:
    engine.container(name)["HostConfig"] |= request.json()
    return {"Warnings": None}


@route("POST /containers/create")
def _create(engine: Engine, request: Request, name: str) -> Any:
    called, body = request.parameter("name"), request.json()
    if any(one["Name"] == f"/{called}" for one in engine.machine.containers.values()):
        raise Refused(
            409, f'Conflict. The container name "/{called}" is already in use. You have to remove (or rename) that container.'
        )
    image = engine.image(body["Image"])
    settings = body.get("HostConfig") or {}
    bindings = settings.get("PortBindings") or {}
    made = engine.machine.container(
        called,
        image,
        state="created",
        Labels=body.get("Labels") or {},
        Ports=bindings,
        network=settings.get("NetworkMode") or "bridge",
    )
    made["HostConfig"] |= settings
    return Answer(201, {"Id": made["Id"], "Warnings": []}, call="POST /containers/create")


@route("DELETE /containers/{id}")
def _remove(engine: Engine, request: Request, name: str) -> Any:
    one = engine.container(name)
    if one["State"]["Running"]:
        raise Refused(
            409, f"You cannot remove a running container {one['Id']}. Stop the container before attempting removal or force remove"
        )
    del engine.machine.containers[one["Id"]]
    return Answer(204, call="DELETE /containers/{id}")


@route("POST /commit")
def _commit(engine: Engine, request: Request, name: str) -> Any:
    one = engine.container(request.parameter("container"))
    made = engine.machine.image(f"{request.parameter('repo')}:{request.parameter('tag', 'latest')}")
    made["Labels"] = one["Config"]["Labels"] | (request.json() or {}).get("Labels", {})
    return Answer(201, {"Id": made["Id"]}, call="POST /commit")


@route("GET /images/json")
def _images(engine: Engine, request: Request, name: str) -> Any:
    return list(engine.machine.images.values())


@route("GET /images/{id}/json")
def _image(engine: Engine, request: Request, name: str) -> Any:
    one = engine.image(name)
    return one | {"Config": {"Labels": one["Labels"]}}


@route("DELETE /images/{id}")
def _remove_image(engine: Engine, request: Request, name: str) -> Any:
    one = engine.image(name)
    user = next((c for c in engine.machine.containers.values() if c["Image"] == one["Id"]), None)
    if user:
        raise Refused(
            409,
            f"conflict: unable to delete {one['Id'][7:19]} (must be forced) - image is being used by container {user['Id'][:12]}",
        )
    tags = one["RepoTags"] or []
    if name == one["Id"] and len(tags) > 1:
        raise Refused(
            409, f"conflict: unable to delete {one['Id'][7:19]} (must be forced) - image is referenced in multiple repositories"
        )
    if name in tags and len(tags) > 1:
        tags.remove(name)
        return [{"Untagged": name}]
    del engine.machine.images[one["Id"]]
    return [{"Deleted": one["Id"]}]


@route("POST /images/create")
def _pull(engine: Engine, request: Request, name: str) -> Any:
    source = f"{request.parameter('fromImage')}@{request.parameter('tag')}"
    if source not in engine.machine.registry:
        said = f"manifest for {source} not found: manifest unknown: manifest unknown"
        return Answer(404, {"message": said}, call="POST /images/create")
    kept = engine.machine.registry[source]
    engine.machine.images.setdefault(kept["Id"], kept | {"RepoTags": []})
    body = b'{"status":"Pulling from it"}\r\n{"status":"Status: Downloaded newer image"}\r\n'
    return Answer(200, body, {"Content-Type": "application/json"}, call="POST /images/create")


@route("POST /images/{id}/tag")
def _tag(engine: Engine, request: Request, name: str) -> Any:
    one = engine.image(name)
    reference = f"{request.parameter('repo')}:{request.parameter('tag')}"
    one["RepoTags"] = sorted({*(one["RepoTags"] or ()), reference})
    return Answer(201, call="POST /images/{id}/tag")


@route("GET /volumes")
def _volumes(engine: Engine, request: Request, name: str) -> Any:
    return {"Volumes": list(engine.machine.volumes.values()) or None, "Warnings": None}


@route("GET /volumes/{id}")
def _volume(engine: Engine, request: Request, name: str) -> Any:
    if name not in engine.machine.volumes:
        raise Refused(404, f"get {name}: no such volume")
    return engine.machine.volumes[name]


@route("DELETE /volumes/{id}")
def _remove_volume(engine: Engine, request: Request, name: str) -> Any:
    _volume(engine, request, name)
    for one in engine.machine.containers.values():
        if any(mount.get("Name") == name for mount in one["Mounts"]):
            raise Refused(409, f"remove {name}: volume is in use - [{one['Id']}]")
    del engine.machine.volumes[name]
    return Answer(204, call="DELETE /volumes/{id}")


@route("GET /networks")
def _networks(engine: Engine, request: Request, name: str) -> Any:
    shared = engine.swarm.networks.values() if engine.swarm else ()
    return [*engine.machine.networks.values(), *shared]


@route("GET /networks/{id}")
def _network(engine: Engine, request: Request, name: str) -> Any:
    for one in _networks(engine, request, name):
        if name in (one["Id"], one["Name"]):
            return one
    raise Refused(404, f"network {name} not found")


@route("POST /networks/create")
def _create_network(engine: Engine, request: Request, name: str) -> Any:
    body = request.json()
    fields = ("Name", "Driver", "Internal", "Attachable", "IPAM", "Options", "Labels")
    given = {field: body[field] for field in fields if body.get(field) is not None}
    if any(body["Name"] == one["Name"] for one in _networks(engine, request, name)):
        raise Refused(409, f"network with name {body['Name']} already exists")
    made = engine.machine.network(given.pop("Name"), given.pop("Driver", "bridge"), **given)
    if made["Driver"] == "overlay":
        made |= {"Scope": "swarm", "Id": engine.machine.names.short()}
        engine.machine.networks = {key: one for key, one in engine.machine.networks.items() if one is not made}
        engine.managed().networks[made["Id"]] = made
    return Answer(201, {"Id": made["Id"], "Warning": ""}, call="POST /networks/create")


@route("DELETE /networks/{id}")
def _remove_network(engine: Engine, request: Request, name: str) -> Any:
    one = _network(engine, request, name)
    if one["Name"] in ("bridge", "host", "none"):
        raise Refused(403, f"{one['Name']} is a pre-defined network and cannot be removed")
    if any(one["Name"] in c["NetworkSettings"]["Networks"] for c in engine.machine.containers.values()):
        raise Refused(403, f"error while removing network: network {one['Name']} id {one['Id']} has active endpoints")
    engine.machine.networks.pop(one["Id"], None)
    if engine.swarm:
        engine.swarm.networks.pop(one["Id"], None)
    return Answer(204, call="DELETE /networks/{id}")


__all__ = ["ROUTES", "START", "Engine", "Names", "route"]
