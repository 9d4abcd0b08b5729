"""Every action's case, by the name of the action."""

from collections.abc import Callable
from typing import Any

import msgspec
from tests.adapters.clouds.openstack._harness import HOME, REGION, SHOP, Case, World

from skywright.lab.openstack.ground import USERS
from skywright.model.kinds import resource_id

RULE = {"direction": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0"}


def _id(kind: str, native_id: str) -> str:
    return resource_id("openstack", SHOP, REGION, kind, native_id)


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


def _bound(collection: str, kind: str, before: dict[str, Any], after: dict[str, Any] | None, see: Any, /, **more: Any) -> Any:
    """A case whose look is a function of the item."""
    find = more.pop("find", {})

    def make(world: World) -> Case:
        item = world.one(collection, **find)

        def look() -> dict[str, Any]:
            world.settle()
            if item["id"] not in world.state.all(collection):
                return {"gone": True}
            return see(item)

        return Case(kind=kind, native_id=item.get("uuid") or item["id"], before=before, after=after, see=look, **more)

    return make


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


def _release(world: World) -> Case:
    address = world.one("floatingips", floating_ip_address="203.0.113.21")
    address["tags"] = ["env=test"]

    def look() -> dict[str, Any]:
        listed = [(one["floating_network_id"], tuple(one["tags"])) for one in world.state.every("floatingips")]
        return {"gone": address["id"] not in world.state.all("floatingips"), "addresses": sorted(listed)}

    before = {
        "attached": False,
        "public_ip": "203.0.113.21",
        "network": _id("network.vpc", address["floating_network_id"]),
        "tags": {"env": "test"},
    }
    return Case(kind="network.address", native_id=address["id"], before=before, after=None, see=look, undone={"gone": True})


def _disassociate(world: World) -> Case:
    address = world.one("floatingips", floating_ip_address="203.0.113.20")
    return Case(
        kind="network.address",
        native_id=address["id"],
        before={"attached": True, "interface": _id("network.interface", address["port_id"])},
        after={"attached": False, "interface": ""},
        see=lambda: {"port": address["port_id"]},
        wanted={"port": None},
    )


def _rules_of(world: World, group: dict[str, Any]) -> list[Any]:
    names = ("direction", "ethertype", "protocol", "port_range_min", "remote_ip_prefix", "remote_group_id")
    return sorted(
        repr([one[name] for name in names])
        for one in world.state.every("security_group_rules")
        if one["security_group_id"] == group["id"]
    )


def _firewall(world: World, name: str, keep: Callable[[Any], bool], extra: list[Any]) -> Case:
    group = world.one("security_groups", name=name)
    target = _id("network.firewall", group["id"])
    row = world.cloud.refresh([target])[target]
    rules = msgspec.to_builtins(row)["rules"]
    wanted = [rule for rule in rules if keep(rule)] + extra
    start = _rules_of(world, group)
    return Case(
        kind="network.firewall",
        native_id=group["id"],
        before={"rules": rules},
        after={"rules": wanted},
        see=lambda: {"rules": _rules_of(world, group), "changed": _rules_of(world, group) != start},
        wanted={"changed": True},
    )


def _narrow(world: World) -> Case:
    return _firewall(world, "web", lambda rule: rule["from_port"] != 22, [{**RULE, "cidr": "192.0.2.0/24"}])


def _close_peers(world: World) -> Case:
    return _firewall(world, "default", lambda rule: not rule["peer"], [])


def _delete_group(world: World) -> Case:
    group = world.one("security_groups", name="old-vpn")
    return Case(
        kind="network.firewall",
        native_id=group["id"],
        before={"used_by": 0, "is_default": False},
        after=None,
        see=lambda: {"gone": group["id"] not in world.state.all("security_groups")},
    )


def _guard_on(world: World) -> Case:
    port = next(
        one for one in world.state.every("ports") if one["device_owner"] == "compute:nova" and not one["port_security_enabled"]
    )
    return _guard(world, port, {"source_check": False}, {"source_check": True}, {"secured": True})


def _guard(world: World, port: dict[str, Any], before: Any, after: Any, wanted: Any) -> Case:
    return Case(
        kind="network.interface",
        native_id=port["id"],
        before=before,
        after=after,
        see=lambda: {"secured": port["port_security_enabled"], "groups": list(port["security_groups"])},
        wanted=wanted,
    )


def _guard_off(world: World) -> Case:
    server = world.one("servers", name="web-1")
    port = world.one("ports", device_id=server["id"])
    groups = [_id("network.firewall", one) for one in port["security_groups"]]
    bare = [_id("network.firewall", "no-port-security")]
    before, after = {"source_check": True, "firewalls": groups}, {"source_check": False, "firewalls": bare}
    return _guard(world, port, before, after, {"secured": False, "groups": []})


def _group_swap(world: World) -> Case:
    server, group = world.one("servers", name="web-1"), world.one("security_groups", name="database")
    port = world.one("ports", device_id=server["id"])
    before = {"firewalls": [_id("network.firewall", one) for one in port["security_groups"]]}
    return _guard(world, port, before, {"firewalls": [_id("network.firewall", group["id"])]}, {"groups": [group["id"]]})


def _container(
    name: str, before: dict[str, Any], after: dict[str, Any], wanted: dict[str, Any], undone: dict[str, Any] | None = None
) -> Callable[[World], Case]:
    def make(world: World) -> Case:
        item = world.one("containers", name=name)
        return Case(
            kind="storage.bucket",
            native_id=name,
            before=before,
            after=after,
            see=lambda: dict(item["headers"]),
            wanted=wanted,
            undone=undone or {},
        )

    return make


def _image(name: str, before: dict[str, Any], after: dict[str, Any], wanted: dict[str, Any]) -> Callable[[World], Case]:
    def see(image: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in image.items() if key in ("visibility", "protected", "tags", "skywright_was")}

    return _bound("images", "compute.image", before, after, see, find={"name": name}, wanted=wanted)


def _quota(service: str, name: str, key: str) -> Callable[[World], Case]:
    def make(world: World) -> Case:
        def look() -> dict[str, Any]:
            limits = world.state.all("quotas").get(f"{key}:{SHOP}") or world.state.all("quotas")[f"{key}:default"]
            return {"limit": limits[name]}

        start = look()["limit"]
        return Case(
            kind="account.quota",
            native_id=f"{service}.{name}",
            before={"limit_value": float(start)},
            after={"limit_value": 7.0},
            see=look,
            wanted={"limit": 7},
        )

    return make


def _keypair(world: World) -> Case:
    pair = f"{USERS['demo']}:ops"
    key = world.state.all("keypairs")[pair]["public_key"]

    def look() -> dict[str, Any]:
        found = world.state.all("keypairs").get(pair)
        return {"gone": found is None, "key": found and found["public_key"]}

    return Case(kind="compute.keypair", native_id="ops", before={"public_key": key, "type": "ssh"}, after=None, see=look)


def _credential(world: World) -> Case:
    (key,) = world.state.all("app_credentials")
    return Case(
        kind="identity.key",
        native_id=key,
        region="global",
        before={"user_id": f"openstack:{SHOP}:global:identity.user/{USERS['demo']}", "name": "backup"},
        after=None,
        see=lambda: {"gone": key not in world.state.all("app_credentials")},
    )


def _tagged(collection: str, kind: str, find: dict[str, Any], before: dict[str, str]) -> Callable[[World], Case]:
    after = {"owner": "search", "reviewed": ""}
    return _bound(
        collection,
        kind,
        {"tags": before},
        {"tags": after},
        lambda item: {"tags": list(item["tags"])},
        find=find,
        wanted={"tags": ["owner=search", "reviewed"]},
    )


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
    "close or narrow the openings of a security group": _narrow,
    "delete a security group that nothing uses": _delete_group,
    "take a floating address from its server, or give it back": _disassociate,
    "release a floating address that is attached to nothing": _release,
    "switch a card's port security, or change its security groups": _guard_on,
    "make an image private": _image("shop-golden", {"public": True}, {"public": False}, {"visibility": "private"}),
    "protect an image against deletion": _image("shop-golden", {"protected": False}, {"protected": True}, {"protected": True}),
    "change the tags of an image": _image("shop-golden", {"tags": {}}, {"tags": {"owner": "shop"}}, {"tags": ["owner=shop"]}),
    "close a container to everyone": _container(
        "assets", {"public_acl": True}, {"public_acl": False}, {"x-container-read": ".rlistings"}
    ),
    "change the access lists of a container": _container(
        "assets",
        {"read_acl": ".r:*,.rlistings", "write_acl": ""},
        {"read_acl": "", "write_acl": ""},
        {"x-container-read": None},
    ),
    "keep the versions of a container's objects": _container(
        "assets", {"versioning": "off"}, {"versioning": "on"}, {"x-versions-enabled": "true"}, {"x-versions-enabled": "false"}
    ),
    "set the quota of a container": _container(
        "assets", {"quota_bytes": -1}, {"quota_bytes": 1 << 30}, {"x-container-meta-quota-bytes": str(1 << 30)}
    ),
    "change the metadata of a container": _container(
        "backups",
        {"tags": {"owner": "shop"}},
        {"tags": {"team": "x"}},
        {"x-container-meta-team": "x", "x-container-meta-owner": None},
    ),
    "set a quota of a project": _quota("compute", "cores", "compute"),
    "disable a user, or enable it": _bound(
        "users",
        "identity.user",
        {"state": "active"},
        {"state": "disabled"},
        lambda item: {"state": "active" if item["enabled"] else "disabled"},
        find={"name": "reader"},
        account=HOME,
        region="global",
    ),
    "take a hypervisor out of service, or put it back": _bound(
        "hypervisors",
        "compute.host",
        {"state": "up"},
        {"state": "disabled"},
        lambda item: {"state": "disabled" if item["status"] == "disabled" else item["state"]},
        find={"hypervisor_hostname": "compute-1.lab"},
        account=HOME,
    ),
    "change the tags of a project": _bound(
        "projects",
        "account.account",
        {"tags": {"env": "prod"}},
        {"tags": {"env": "test"}},
        lambda item: {"tags": list(item["tags"])},
        find={"name": "shop"},
        region="global",
        wanted={"tags": ["env=test"]},
    ),
    "delete a key pair": _keypair,
    "delete an application credential": _credential,
    "switch a router's source address translation": _bound(
        "routers",
        "network.gateway",
        {"source_nat": True},
        {"source_nat": False},
        lambda item: {"source_nat": item["external_gateway_info"]["enable_snat"]},
        find={"name": "shop-router"},
    ),
    "change the tags of network.vpc": _tagged("networks", "network.vpc", {"name": "shop"}, {"env": "prod", "reviewed": ""}),
    "change the tags of network.subnet": _tagged("subnets", "network.subnet", {"name": "shop-subnet"}, {}),
    "change the tags of network.gateway": _tagged("routers", "network.gateway", {"name": "shop-router"}, {}),
    "change the tags of network.interface": _tagged("ports", "network.interface", {"device_id": ""}, {}),
    "change the tags of network.address": _tagged("floatingips", "network.address", {"floating_ip_address": "203.0.113.20"}, {}),
    "change the tags of network.firewall": _tagged("security_groups", "network.firewall", {"name": "web"}, {}),
}
VARIANTS: dict[str, Callable[[World], Case]] = {
    "resize a stopped server": lambda world: _server(
        world, "old-1", {"type": "m1.small"}, {"type": "m1.medium"}, _type, wanted={"type": "m1.medium", "status": "SHUTOFF"}
    ),
    "close openings to other groups": _close_peers,
    "switch port security off": _guard_off,
    "another group on a card": _group_swap,
    "a quota of volumes": _quota("block-storage", "gigabytes", "volume"),
    "a quota of networks": _quota("network", "router", "network"),
}
ALL = {**CASES, **VARIANTS}
AS_ADMIN = {
    "set a quota of a project",
    "a quota of volumes",
    "a quota of networks",
    "disable a user, or enable it",
    "take a hypervisor out of service, or put it back",
    "change the tags of a project",
    "switch a router's source address translation",
}
"""What only the administrator may do, over all projects."""
