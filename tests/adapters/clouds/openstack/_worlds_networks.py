"""A case for each action on networks, routers, cards, security groups and floating addresses."""

from collections.abc import Callable
from typing import Any

import msgspec
from tests.adapters.clouds.openstack._bound import _bound, _id, _tagged
from tests.adapters.clouds.openstack._harness import Case, World

RULE = {"direction": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0"}


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


CASES: dict[str, Callable[[World], Case]] = {
    "close or narrow the openings of a security group": _narrow,
    "delete a security group that nothing uses": _delete_group,
    "take a floating address from its server, or give it back": _disassociate,
    "release a floating address that is attached to nothing": _release,
    "switch a card's port security, or change its security groups": _guard_on,
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
    "close openings to other groups": _close_peers,
    "switch port security off": _guard_off,
    "another group on a card": _group_swap,
}
