"""A case for each action on firewall rules, subnets and addresses."""

from typing import Any

from tests.adapters.clouds.gcp.write._cases import COMPUTE, OPEN, case, change
from tests.adapters.clouds.gcp.write._harness import PROJECT, REGION, Case, Place


def _firewall(place: Place, **facts: Any) -> str:
    from skywright.lab.gcp.seed.site import Site
    from skywright.lab.gcp.seed.town import Town

    allowed = facts.pop("allowed", [{"IPProtocol": "tcp", "ports": ["22", "443"]}])
    Site(Town(place.world), PROJECT, REGION).firewall("door", allowed, ["0.0.0.0/0"], **facts)
    return f"{COMPUTE}/global/firewalls/door"


def _line(port: int, cidr: str = "0.0.0.0/0", **more: Any) -> dict[str, Any]:
    return {**OPEN, "from_port": port, "to_port": port, "cidr": cidr, "peer": None, "description": None, "from_ports": None, **more}


@case("open or close ports of a firewall rule")
def _(place: Place) -> Case:
    return change(
        "network.firewall",
        "door",
        _firewall(place),
        {"rules": [_line(22), _line(443)]},
        {"rules": [_line(443)]},
        lambda raw: raw["allowed"] == [{"IPProtocol": "tcp", "ports": ["443"]}] and raw["sourceRanges"] == ["0.0.0.0/0"],
        region="global",
    )


@case("change what a firewall rule refuses")
def _(place: Place) -> Case:
    key = _firewall(place, allowed=None, denied=[{"IPProtocol": "tcp", "ports": ["25"]}])
    place.edit(key, allowed=None)
    before, after = {"denials": [_line(25)]}, {"denials": []}
    return change("network.firewall", "door", key, before, after, lambda raw: raw["disabled"] is True, region="global")


@case("switch a firewall rule on or off")
def _(place: Place) -> Case:
    before, after = {"enabled": True}, {"enabled": False}
    return change("network.firewall", "door", _firewall(place), before, after, lambda raw: raw["disabled"] is True, region="global")


@case("log what a firewall rule does")
def _(place: Place) -> Case:
    key = _firewall(place, logConfig={"enable": False})
    before, after = {"logging": False}, {"logging": True}
    return change("network.firewall", "door", key, before, after, lambda raw: raw["logConfig"]["enable"], region="global")


SUBNET = (f"backbone-{REGION}", f"{COMPUTE}/regions/{REGION}/subnetworks/backbone-{REGION}")


@case("log the flows of a subnet")
def _(_place: Place) -> Case:
    return change(
        "network.subnet", *SUBNET, {"flow_logs": True}, {"flow_logs": False}, lambda raw: raw["logConfig"]["enable"] is False
    )


@case("let a subnet reach Google's services privately")
def _(_place: Place) -> Case:
    before, after = {"private_access": True}, {"private_access": False}
    return change("network.subnet", *SUBNET, before, after, lambda raw: raw["privateIpGoogleAccess"] is False)


@case("release an address")
def _(place: Place) -> Case:
    from skywright.lab.gcp.seed.site import Site
    from skywright.lab.gcp.seed.town import Town
    from skywright.lab.gcp.seed.waste import loose_address

    loose_address(Site(Town(place.world), PROJECT, REGION))
    key = f"{COMPUTE}/regions/{REGION}/addresses/reserved"
    return change("network.address", "reserved", key, {"attached": False}, None, lambda raw: not raw)
