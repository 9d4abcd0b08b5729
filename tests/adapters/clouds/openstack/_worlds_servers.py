"""A case for each action on servers, volumes, snapshots and images."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.openstack._bound import _bound, _id
from tests.adapters.clouds.openstack._harness import Case, World


def _server(
    world: World,
    name: str,
    before: dict[str, Any],
    after: dict[str, Any],
    see: Callable[[dict[str, Any]], dict[str, Any]],
    **more: Any,
) -> Case:
    server = world.one("servers", name=name)

    def look() -> dict[str, Any]:
        world.settle()
        return see(server)

    return Case(kind="compute.instance", native_id=server["id"], before=before, after=after, see=look, **more)


def _state(server: dict[str, Any]) -> dict[str, Any]:
    return {"state": {"ACTIVE": "running", "SHUTOFF": "stopped"}[server["status"]], "task": server["OS-EXT-STS:task_state"]}


def _type(server: dict[str, Any]) -> dict[str, Any]:
    return {"type": server["flavor"]["original_name"], "status": server["status"]}


def _free_volume(world: World) -> Case:
    volume = world.one("volumes", name="forgotten")

    def look() -> dict[str, Any]:
        world.settle()
        facts = [
            (one["name"], one["size"], one["volume_type"], {k: v for k, v in one["metadata"].items() if "skywright" not in k})
            for one in world.state.every("volumes")
        ]
        return {"gone": volume["id"] not in world.state.all("volumes"), "volumes": sorted(facts, key=repr)}

    return Case(
        kind="storage.volume",
        native_id=volume["id"],
        before={"state": "available", "attached": False},
        after=None,
        see=look,
        undone={"gone": True},
    )


def _detach(world: World) -> Case:
    volume, server = world.one("volumes", name="db-data"), world.one("servers", name="db-1")

    def look() -> dict[str, Any]:
        world.settle()
        return {"attached": bool(volume["attachments"]), "status": volume["status"]}

    return Case(
        kind="storage.volume",
        native_id=volume["id"],
        before={"attached": True, "attached_to": _id("compute.instance", server["id"]), "state": "in-use"},
        after={"attached": False, "attached_to": "", "state": "available"},
        see=look,
        wanted={"attached": False, "status": "available"},
    )


def _image(name: str, before: dict[str, Any], after: dict[str, Any], wanted: dict[str, Any]) -> Callable[[World], Case]:
    def see(image: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in image.items() if key in ("visibility", "protected", "tags", "skywright_was")}

    return _bound("images", "compute.image", before, after, see, find={"name": name}, wanted=wanted)


CASES: dict[str, Callable[[World], Case]] = {
    "stop a server": lambda world: _server(world, "web-1", {"state": "running"}, {"state": "stopped"}, _state),
    "start a server": lambda world: _server(world, "old-1", {"state": "stopped"}, {"state": "running"}, _state),
    "lock a server against changes by its owner": lambda world: _server(
        world,
        "db-1",
        {"termination_protected": False},
        {"termination_protected": True},
        lambda server: {"termination_protected": server["locked"]},
    ),
    "change the metadata of a server": lambda world: _server(
        world,
        "web-1",
        {"tags": {"owner": "shop", "environment": "prod"}},
        {"tags": {"owner": "search", "team": "x"}},
        lambda server: {"tags": dict(server["metadata"])},
    ),
    "change the tags of a server": lambda world: _server(
        world, "web-2", {"labels": ["blue"]}, {"labels": ["green", "new"]}, lambda server: {"labels": list(server["tags"])}
    ),
    "resize a server": lambda world: _server(
        world,
        "web-1",
        {"type": "m1.medium"},
        {"type": "m1.small", "vcpus": 1},
        _type,
        wanted={"type": "m1.small", "status": "ACTIVE"},
    ),
    "change the metadata of a volume": _bound(
        "volumes",
        "storage.volume",
        {"tags": {"owner": "shop"}},
        {"tags": {"owner": "search"}},
        lambda item: {"tags": dict(item["metadata"])},
        find={"name": "forgotten"},
    ),
    "change the metadata of a snapshot": _bound(
        "snapshots",
        "storage.snapshot",
        {"tags": {}},
        {"tags": {"keep": "true"}},
        lambda item: {"tags": dict(item["metadata"])},
        find={"name": "db-before-upgrade"},
    ),
    "change the type of a volume": _bound(
        "volumes",
        "storage.volume",
        {"type": "standard"},
        {"type": "fast"},
        lambda item: {"type": item["volume_type"], "status": item["status"]},
        find={"name": "forgotten"},
    ),
    "make a volume larger": _bound(
        "volumes",
        "storage.volume",
        {"size_gib": 50},
        {"size_gib": 60},
        lambda item: {"size_gib": item["size"]},
        find={"name": "forgotten"},
    ),
    "detach a volume from a server": _detach,
    "delete a snapshot": _bound(
        "snapshots",
        "storage.snapshot",
        {"state": "available"},
        None,
        lambda _item: {"gone": False},
        find={"name": "db-before-upgrade"},
    ),
    "delete a volume that is attached to nothing": _free_volume,
    "make an image private": _image("shop-golden", {"public": True}, {"public": False}, {"visibility": "private"}),
    "protect an image against deletion": _image("shop-golden", {"protected": False}, {"protected": True}, {"protected": True}),
    "change the tags of an image": _image("shop-golden", {"tags": {}}, {"tags": {"owner": "shop"}}, {"tags": ["owner=shop"]}),
}


VARIANTS: dict[str, Callable[[World], Case]] = {
    "resize a stopped server": lambda world: _server(
        world, "old-1", {"type": "m1.small"}, {"type": "m1.medium"}, _type, wanted={"type": "m1.medium", "status": "SHUTOFF"}
    ),
}
