"""The things of the stand-in's estate that a real OpenStack is given for the tests, under the same names."""

import time
from collections.abc import Callable
from typing import Any

from skywright.adapters.clouds.openstack import OpenstackCloud, OpenstackConfig
from skywright.adapters.clouds.openstack.calls import Ask
from skywright.model.errors import SkywrightError

PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKnyAXQ3h6SIiXgi1YkKrrWZtN0mtWbO9p2dVLmDQ3kL town"
REGION = "RegionOne"


class Maker:
    """Says calls as one login."""

    def __init__(self, path: str, name: str, clock: Any) -> None:
        self.cloud = OpenstackCloud(OpenstackConfig(clouds=[name], config_file=path), clock)
        ((self.account, _),) = self.cloud.calls.accounts.find()[0].items()

    def say(self, service: str, verb: str, *ids: str, **more: Any) -> Any:
        return self.cloud.calls.ask(self.account, REGION, Ask(service=service, verb=verb, ids=ids, **more)).body

    def make(self, service: str, path: str, item: str, **facts: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.say(service, f"POST {path}", json={item: facts})[item]
        return made

    def until(self, look: Callable[[], bool], within_s: float = 60.0) -> None:
        ends = time.monotonic() + within_s
        while not look():
            assert time.monotonic() < ends, "not in time"
            time.sleep(0.2)


def build(path: str, clock: Any) -> Maker:
    """Everything, unless it is there already. Gives the member's login."""
    admin, demo = Maker(path, "lab-admin", clock), Maker(path, "lab-demo", clock)
    if any(one["name"] == "shop" for one in demo.say("network", "GET /networks")["networks"]):
        if not demo.say("block-storage", "GET /snapshots")["snapshots"]:
            volumes = demo.say("block-storage", "GET /volumes")["volumes"]
            _snapshot(demo, next(one["id"] for one in volumes if one["name"] == "db-data"))
        return demo
    outer = _ground(admin)
    _network(demo, outer)
    _shop(demo)
    return demo


def _ground(admin: Maker) -> str:
    for name, vcpus, ram in (("m1.small", 1, 512), ("m1.medium", 2, 1024)):
        admin.make("compute", "/flavors", "flavor", name=name, vcpus=vcpus, ram=ram, disk=1)
    for name in ("standard", "fast"):
        try:
            admin.make("block-storage", "/types", "volume_type", name=name)
        except SkywrightError:  # there already
            continue
    outer = admin.make("network", "/networks", "network", name="public", **{"router:external": True})
    admin.make("network", "/subnets", "subnet", network_id=outer["id"], cidr="203.0.113.0/24", ip_version=4, enable_dhcp=False)
    return str(outer["id"])


def _network(demo: Maker, outer: str) -> None:
    router = demo.make("network", "/routers", "router", name="shop-router", external_gateway_info={"network_id": outer})
    for name, cidr in (("shop", "10.20.0.0/24"), ("data", "10.21.0.0/24")):
        net = demo.make("network", "/networks", "network", name=name)
        sub = demo.make("network", "/subnets", "subnet", name=f"{name}-subnet", network_id=net["id"], cidr=cidr, ip_version=4)
        demo.say("network", "PUT /routers/{}/add_router_interface", router["id"], json={"subnet_id": sub["id"]})
    web = demo.make("network", "/security-groups", "security_group", name="web", description="web")
    unused = demo.make("network", "/security-groups", "security_group", name="old-vpn", description="old")
    for group, port, prefix in ((web, 22, "0.0.0.0/0"), (web, 80, None), (unused, 1194, "192.0.2.0/24")):
        rule = {"protocol": "tcp", "port_range_min": port, "port_range_max": port, "remote_ip_prefix": prefix}
        demo.make(
            "network", "/security-group-rules", "security_group_rule", security_group_id=group["id"], direction="ingress", **rule
        )
    demo.make("network", "/floatingips", "floatingip", floating_network_id=outer, description="free")


def _shop(demo: Maker) -> None:
    image = demo.say(
        "image",
        "POST /images",
        json={"name": "shop-golden", "disk_format": "raw", "container_format": "bare", "visibility": "community"},
    )
    octets = {"Content-Type": "application/octet-stream"}
    demo.say("image", "PUT /images/{}/file", image["id"], content=b"\0" * 4096, headers=octets)
    demo.make("compute", "/os-keypairs", "keypair", name="town", public_key=PUBLIC_KEY)
    net = next(one for one in demo.say("network", "GET /networks")["networks"] if one["name"] == "shop")
    flavor = next(one for one in demo.say("compute", "GET /flavors")["flavors"] if one["name"] == "m1.medium")
    server = demo.make(
        "compute",
        "/servers",
        "server",
        name="web-1",
        flavorRef=flavor["id"],
        imageRef=image["id"],
        key_name="town",
        metadata={"owner": "shop"},
        networks=[{"uuid": net["id"]}],
        security_groups=[{"name": "web"}],
    )
    demo.until(lambda: demo.say("compute", "GET /servers/{}", server["id"])["server"]["status"] == "ACTIVE")
    port = demo.say("network", "GET /ports", query={"device_id": server["id"]})["ports"][0]
    outer = next(one for one in demo.say("network", "GET /networks")["networks"] if one["router:external"])
    demo.make("network", "/floatingips", "floatingip", floating_network_id=outer["id"], port_id=port["id"], description="web")
    for name in ("forgotten", "db-data"):
        volume = demo.make(
            "block-storage", "/volumes", "volume", name=name, size=1, volume_type="standard", metadata={"owner": "shop"}
        )
        demo.until(lambda one=volume: demo.say("block-storage", "GET /volumes/{}", one["id"])["volume"]["status"] == "available")
    _snapshot(demo, volume["id"])
    demo.say(
        "compute", "POST /servers/{}/os-volume_attachments", server["id"], json={"volumeAttachment": {"volumeId": volume["id"]}}
    )
    demo.until(lambda: demo.say("block-storage", "GET /volumes/{}", volume["id"])["volume"]["status"] == "in-use")
    demo.say("object-store", "PUT /{}", "assets", headers={"X-Container-Read": ".r:*,.rlistings", "X-Container-Meta-Owner": "shop"})


def _snapshot(demo: Maker, volume: str) -> None:
    made = demo.make("block-storage", "/snapshots", "snapshot", name="db-before-upgrade", volume_id=volume, force=True)
    demo.until(lambda: demo.say("block-storage", "GET /snapshots/{}", made["id"])["snapshot"]["status"] == "available")
