"""Worlds for machines, disks, cards, addresses and network security groups: name of the action -> a case."""

from collections.abc import Callable
from typing import Any

import msgspec
from tests.adapters.clouds.azure.write._harness import Case, World

from skywright.adapters.clouds.azure.read.lines import split
from skywright.lab.azure.seed import compute, network
from skywright.lab.azure.store import Record

MACHINE = "Microsoft.Compute/virtualMachines/web"


def subnet(world: World) -> Record:
    net = network.network(world.site, "net", "10.1.0.0/16")
    return network.subnet(world.site, net, "web", "10.1.1.0/24", None)


def machine(world: World, power: str = "running") -> Record:
    card = compute.card(world.site, "web-nic", subnet(world))
    found = compute.machine(world.site, "web", card)
    found.power = power
    return found


def machine_facts(world: World) -> dict[str, Any]:
    found = world.record(MACHINE)
    assert found is not None
    return {"type": found.properties["hardwareProfile"]["vmSize"], "power": found.power, "tags": found.body["tags"]}


def resize(world: World, power: str = "running") -> Case:
    machine(world, power)
    return Case(
        kind="compute.instance",
        native_id="rg/web",
        before={"type": "Standard_D2s_v5", "vcpus": 2},
        after={"type": "Standard_E4s_v5", "vcpus": 4},
        see=lambda: machine_facts(world),
        wanted={"type": "Standard_E4s_v5", "power": power, "tags": world.site.tags()},
    )


def resize_stopped(world: World) -> Case:
    return resize(world, "deallocated")


def stop(world: World) -> Case:
    machine(world)
    return Case(
        kind="compute.instance",
        native_id="rg/web",
        before={"state": "running", "allocated": True},
        after={"state": "stopped", "allocated": False},
        see=lambda: machine_facts(world),
        wanted={"power": "deallocated"},
    )


def start(world: World) -> Case:
    case = stop(world)
    machine(world, "deallocated")
    case.before, case.after, case.wanted = {"state": "stopped"}, {"state": "running"}, {"power": "running"}
    return case


def release(world: World) -> Case:
    machine(world, "stopped")
    return Case(
        kind="compute.instance",
        native_id="rg/web",
        before={"allocated": True, "state": "stopped"},
        after={"allocated": False},
        see=lambda: machine_facts(world),
        wanted={"power": "deallocated"},
    )


def capacity(world: World) -> Case:
    compute.scale_set(world.site, "fleet", subnet(world), 3)
    return Case(
        kind="compute.group",
        native_id="rg/fleet",
        before={"desired": 3},
        after={"desired": 1},
        see=lambda: {"desired": world.record("Microsoft.Compute/virtualMachineScaleSets/fleet").body["sku"]["capacity"]},
    )


def disk_facts(world: World) -> dict[str, Any]:
    found = world.record("Microsoft.Compute/disks/data")
    if found is None:
        return {"gone": True}
    own = found.properties
    return {
        "gone": False,
        "type": found.body["sku"]["name"],
        "size_gib": own["diskSizeGB"],
        "zones": found.body.get("zones"),
        "tags": found.body["tags"],
        "policy": (own["networkAccessPolicy"], own["publicNetworkAccess"]),
        "copies": len(world.store.of_type("microsoft.compute/snapshots")),
    }


def disk_type(world: World) -> Case:
    compute.disk(world.site, "data", 128)
    return Case(
        kind="storage.volume",
        native_id="rg/data",
        before={"type": "Premium_LRS"},
        after={"type": "StandardSSD_LRS"},
        see=lambda: disk_facts(world),
    )


def grow(world: World) -> Case:
    case = disk_type(world)
    case.before, case.after = {"size_gib": 128}, {"size_gib": 256}
    return case


def delete_disk(world: World) -> Case:
    compute.disk(world.site, "data", 200, "StandardSSD_LRS", zone="2")
    return Case(
        kind="storage.volume",
        native_id="rg/data",
        before={"state": "available", "attached": False},
        after=None,
        see=lambda: {**disk_facts(world), "copies": 0},
    )


def delete_snapshot(world: World) -> Case:
    source = compute.disk(world.site, "data", 128)
    compute.snapshot(world.site, "old", source.body["id"])
    return Case(
        kind="storage.snapshot",
        native_id="rg/old",
        before={"state": "available"},
        after=None,
        see=lambda: {"gone": world.record("Microsoft.Compute/snapshots/old") is None},
    )


def detach(world: World) -> Case:
    front = network.address(world.site, "front")
    compute.card(world.site, "web-nic", subnet(world), address=front)
    number = front.properties["ipAddress"]

    def see() -> dict[str, Any]:
        spot = world.properties("Microsoft.Network/networkInterfaces/web-nic")["ipConfigurations"][0]["properties"]
        return {"address": (spot.get("publicIPAddress") or {}).get("id", ""), "private": spot["privateIPAddress"]}

    return Case(
        kind="network.interface",
        native_id="rg/web-nic",
        before={"public_ip": number},
        after={"public_ip": ""},
        see=see,
        wanted={"address": ""},
    )


def release_address(world: World) -> Case:
    network.address(world.site, "front")
    return Case(
        kind="network.address",
        native_id="rg/front",
        before={"attached": False},
        after=None,
        see=lambda: {"gone": world.record("Microsoft.Network/publicIPAddresses/front") is None},
    )


def guard(world: World, *rules: dict[str, Any]) -> Record:
    return network.group(world.site, "guard", [network.rule("https", 100, "443"), *rules])


def openings(world: World) -> list[dict[str, Any]]:
    """The rows of the firewall's openings, from what the lab itself holds."""
    own = world.store.of_type("microsoft.network/networksecuritygroups/securityrules")
    group = world.record("Microsoft.Network/networkSecurityGroups/guard")
    allowed, _ = split([*(one.body for one in own), *group.properties["defaultSecurityRules"]], {})
    return msgspec.to_builtins(allowed)


def firewall_case(world: World, keep: Callable[[dict[str, Any]], bool], *rules: dict[str, Any]) -> Case:
    guard(world, *rules)
    before = openings(world)
    after = [rule for rule in before if keep(rule)]
    return Case(
        kind="network.firewall",
        native_id="rg/guard",
        before={"rules": before},
        after={"rules": after},
        see=lambda: {
            "rules": openings(world),
            "text": {one.body["name"]: one.properties.get("description") for one in lines(world)},
        },
        wanted={"rules": after},
    )


def lines(world: World) -> list[Record]:
    return world.store.of_type("microsoft.network/networksecuritygroups/securityrules")


def everywhere(rule: dict[str, Any], port: int) -> bool:
    known = rule["cidr"] in ("0.0.0.0/0", "::/0") and rule["direction"] == "ingress" and rule["protocol"] in ("tcp", "all")
    return known and (rule["from_port"] or 0) <= port <= (rule["to_port"] or 65535)


def close_ssh(world: World) -> Case:
    return firewall_case(world, lambda rule: not everywhere(rule, 22), network.rule("ssh", 300, "22", "*"))


def narrow(world: World) -> Case:
    """SSH and the web in one rule, for everyone and for the office."""
    mixed = network.rule("mixed", 300, "", "")
    mixed["properties"] |= {
        "destinationPortRanges": ["22", "8080-8090"],
        "sourceAddressPrefixes": ["Internet", "10.0.0.0/8"],
        "destinationPortRange": "",
        "sourceAddressPrefix": "",
    }
    return firewall_case(world, lambda rule: rule["from_port"] != 22, mixed)


def close_tcp_of_all(world: World) -> Case:
    """A rule for every protocol: of its port 22 only UDP remains."""
    case = firewall_case(world, lambda rule: not everywhere(rule, 22), network.rule("any", 310, "22", "*", protocol="*"))
    case.undone = {}
    return case


def open_again(world: World) -> Case:
    case = close_ssh(world)
    world.store.remove(world.site.id("Microsoft.Network/networkSecurityGroups/guard/securityRules/ssh").lower())
    case.before, case.after = case.after, case.before
    case.wanted = case.after
    return case


def delete_group(world: World) -> Case:
    guard(world)
    return Case(
        kind="network.firewall",
        native_id="rg/guard",
        before={"used_by": 0},
        after=None,
        see=lambda: {"gone": world.record("Microsoft.Network/networkSecurityGroups/guard") is None},
    )


CASES: dict[str, Callable[[World], Case]] = {
    "resize a machine": resize,
    "stop a machine and give its hardware back (deallocate)": stop,
    "start a machine": start,
    "give back the hardware of a machine that is stopped": release,
    "change how many machines a scale set has": capacity,
    "change the type of a disk": disk_type,
    "make a disk larger": grow,
    "delete a disk that nothing uses, and keep a snapshot": delete_disk,
    "delete a snapshot": delete_snapshot,
    "take the public address off a card": detach,
    "release a public address that nothing uses": release_address,
    "close, open or narrow lines of a network security group": close_ssh,
    "delete a network security group that nothing uses": delete_group,
}
MORE: dict[str, Callable[[World], Case]] = {
    "resize a machine that is stopped": resize_stopped,
    "narrow a rule": narrow,
    "close one protocol of a rule for all": close_tcp_of_all,
    "open a closed line": open_again,
}
