"""Nova: servers with their states, flavors, key pairs, hypervisors, quotas and usage."""

from collections.abc import Callable
from typing import Any

from skywright.lab.kit import Answer
from skywright.lab.openstack import history
from skywright.lab.openstack.state import Call, Raw, Refusal, paged, shown, stamp

ACCEPTED = 202
POWER = {"os-start": (("SHUTOFF",), "ACTIVE", "powering-on"), "os-stop": (("ACTIVE", "ERROR"), "SHUTOFF", "powering-off")}


def _view(call: Call, item: Raw) -> Raw:
    """A server as its microversion and the caller's role show it."""
    seen = shown(item)
    if call.micro < (2, 26):
        seen.pop("tags", None)
    if call.micro < (2, 9):
        seen.pop("locked", None)
    if call.micro < (2, 47):
        seen["flavor"] = {"id": item["_flavor"], "links": []}
    if not call.is_admin:
        seen = {name: value for name, value in seen.items() if not name.startswith("OS-EXT-SRV-ATTR")}
    seen["addresses"] = _addresses(call, item["id"])
    groups = {group for port in _ports(call, item["id"]) for group in port["security_groups"]}
    seen["security_groups"] = [{"name": call.state.get("security_groups", one)["name"]} for one in sorted(groups)]
    disks = [one for one in call.state.every("volumes") for held in one["attachments"] if held["server_id"] == item["id"]]
    seen["os-extended-volumes:volumes_attached"] = [
        {"id": one["id"], **({"delete_on_termination": one["_fate"]} if call.micro >= (2, 3) else {})} for one in disks
    ]
    return seen


def _ports(call: Call, server: str) -> list[Raw]:
    return [port for port in call.state.every("ports") if port["device_id"] == server]


def _addresses(call: Call, server: str) -> dict[str, list[Raw]]:
    found: dict[str, list[Raw]] = {}
    floating = {one["port_id"]: one["floating_ip_address"] for one in call.state.every("floatingips") if one["port_id"]}
    for port in _ports(call, server):
        network = call.state.get("networks", port["network_id"])["name"]
        for fixed in port["fixed_ips"]:
            version = 6 if ":" in fixed["ip_address"] else 4
            found.setdefault(network, []).append({"addr": fixed["ip_address"], "version": version, "OS-EXT-IPS:type": "fixed"})
        if port["id"] in floating:
            found.setdefault(network, []).append({"addr": floating[port["id"]], "version": 4, "OS-EXT-IPS:type": "floating"})
    return found


def _servers(call: Call) -> Raw:
    wide = call.is_admin and call.query.get("all_tenants") in ("1", "True", "true")
    found = [one for one in call.state.every("servers") if wide or one["tenant_id"] == call.project]
    body = paged(call, found, "servers")
    kept = {str(one["id"]) for one in body["servers"]}
    return {**body, "servers": [_view(call, one) for one in found if one["id"] in kept]}


def _server(call: Call, identifier: str) -> Raw:
    return {"server": _view(call, call.own("servers", identifier, "tenant_id"))}


def _metadata(call: Call, identifier: str) -> Raw:
    call.writes()
    server = _free(call, identifier)
    server["metadata"] = dict(call.body["metadata"])
    return {"metadata": server["metadata"]}


def _tags(call: Call, identifier: str) -> Raw:
    call.writes()
    server = _free(call, identifier)
    server["tags"] = sorted(call.body["tags"])
    return {"tags": server["tags"]}


def _free(call: Call, identifier: str) -> Raw:
    """A server that nothing is being done to, and that is not locked."""
    server = call.own("servers", identifier, "tenant_id")
    if server["locked"] and not call.is_admin:
        raise Refusal(409, f"Instance {identifier} is locked")
    if server["OS-EXT-STS:task_state"]:
        raise Refusal(409, f"Cannot act on instance {identifier} while it is in task_state {server['OS-EXT-STS:task_state']}")
    return server


def _action(call: Call, identifier: str) -> Answer:
    call.writes()
    (name, arguments), *_ = call.body.items()
    if name in ("lock", "unlock"):
        call.own("servers", identifier, "tenant_id")["locked"] = name == "lock"
        history.note(call, identifier, name)
        return Answer(ACCEPTED)
    server = _free(call, identifier)
    ACTIONS[name](call, server, arguments, name)
    history.note(call, identifier, name.removeprefix("os-"))
    return Answer(ACCEPTED)


def _power(call: Call, server: Raw, _arguments: Any, name: str) -> None:
    starts, end, task = POWER[name]
    _in_state(server, name, *starts)
    server["OS-EXT-STS:task_state"] = task
    power = 1 if end == "ACTIVE" else 4
    call.state.later(server, {"status": end, "OS-EXT-STS:task_state": None, "OS-EXT-STS:power_state": power, "updated": stamp(300)})


def _in_state(server: Raw, action: str, *states: str) -> None:
    if server["status"] not in states:
        raise Refusal(409, f"Cannot '{action}' instance {server['id']} while it is in vm_state {server['status'].lower()}")


def flavor_of(item: Raw) -> Raw:
    """A flavor as servers show it."""
    shape = {name: item[name] for name in ("vcpus", "ram", "disk", "swap")}
    return {**shape, "ephemeral": 0, "original_name": item["name"], "extra_specs": {}}


def _resize(call: Call, server: Raw, arguments: Any, name: str) -> None:
    _in_state(server, name, "ACTIVE", "SHUTOFF")
    wanted = call.state.all("flavors").get(arguments["flavorRef"])
    if wanted is None:
        raise Refusal(400, f"Flavor {arguments['flavorRef']} could not be found.")
    if wanted["id"] == server["_flavor"]:
        raise Refusal(400, "When resizing, instances must change flavor!")
    if wanted["ram"] >= call.state.all("limits").get("largest", {}).get("ram", 1 << 30):
        server["OS-EXT-STS:task_state"] = "resize_prep"
        call.state.later(server, {"OS-EXT-STS:task_state": None})
        return
    server["_was"] = (server["_flavor"], server["flavor"], server["status"])
    server["OS-EXT-STS:task_state"], server["status"] = "resize_migrating", "RESIZE"
    after = {"status": "VERIFY_RESIZE", "OS-EXT-STS:task_state": None, "_flavor": wanted["id"], "flavor": flavor_of(wanted)}
    call.state.later(server, after)


def _confirm(_call: Call, server: Raw, _arguments: Any, name: str) -> None:
    _in_state(server, name, "VERIFY_RESIZE")
    server["status"] = server.pop("_was")[2]


def _revert(call: Call, server: Raw, _arguments: Any, name: str) -> None:
    _in_state(server, name, "VERIFY_RESIZE")
    flavor, shape, status = server.pop("_was")
    server["status"], server["OS-EXT-STS:task_state"] = "REVERT_RESIZE", "resize_reverting"
    call.state.later(server, {"status": status, "OS-EXT-STS:task_state": None, "_flavor": flavor, "flavor": shape})


ACTIONS: dict[str, Callable[[Call, Raw, Any, str], None]] = {
    "os-start": _power,
    "os-stop": _power,
    "resize": _resize,
    "confirmResize": _confirm,
    "revertResize": _revert,
}


def _attach(call: Call, server: str) -> Raw:
    call.writes()
    _free(call, server)
    wanted = call.body["volumeAttachment"]
    volume = call.own("volumes", wanted["volumeId"], "os-vol-tenant-attr:tenant_id")
    if volume["status"] != "available":
        raise Refusal(400, f"Invalid volume: volume {volume['id']} status must be available. Currently in '{volume['status']}'")
    device = wanted.get("device") or "/dev/vdb"
    held = {
        "server_id": server,
        "attachment_id": call.state.new_id(),
        "volume_id": volume["id"],
        "device": device,
        "id": volume["id"],
    }
    volume["attachments"], volume["status"] = [held], "attaching"
    call.state.later(volume, {"status": "in-use"})
    history.note(call, server, "attach_volume")
    return {"volumeAttachment": {"id": volume["id"], "serverId": server, "volumeId": volume["id"], "device": device}}


def _detach(call: Call, server: str, identifier: str) -> Answer:
    call.writes()
    _free(call, server)
    volume = call.own("volumes", identifier, "os-vol-tenant-attr:tenant_id")
    if not any(one["server_id"] == server for one in volume["attachments"]):
        raise Refusal(404, f"volume_id not found: {identifier}")
    volume["status"] = "detaching"
    call.state.later(volume, {"status": "available", "attachments": []})
    history.note(call, server, "detach_volume")
    return Answer(ACCEPTED)


def _flavors(call: Call) -> Raw:
    hidden = call.is_admin and call.query.get("is_public") == "None"
    found = [one for one in call.state.every("flavors") if hidden or one["os-flavor-access:is_public"]]
    return paged(call, found, "flavors")


def _keypairs(call: Call) -> Raw:
    own = [one for one in call.state.every("keypairs") if one["user_id"] == call.user]
    body = paged(call, own, "keypairs")
    return {**body, "keypairs": [{"keypair": _pair(one)} for one in body["keypairs"]]}


def _pair(item: Raw) -> Raw:
    return {key: value for key, value in shown(item).items() if key not in ("id", "user_id")}


def _own_pair(call: Call, name: str) -> Raw:
    return call.state.get("keypairs", f"{call.user}:{name}")


def _keypair(call: Call, name: str) -> Raw:
    return {"keypair": _pair(_own_pair(call, name))}


def _make_keypair(call: Call) -> Answer:
    call.writes()
    wanted = call.body["keypair"]
    identifier = f"{call.user}:{wanted['name']}"
    if identifier in call.state.all("keypairs"):
        raise Refusal(409, f"Key pair '{wanted['name']}' already exists.")
    call.state.put("keypairs", {"id": identifier, "user_id": call.user, "fingerprint": "aa:bb", "type": "ssh", **wanted})
    return Answer(201, {"keypair": wanted})


def _drop_keypair(call: Call, name: str) -> Answer:
    call.writes()
    del call.state.all("keypairs")[_own_pair(call, name)["id"]]
    return Answer(204)


def _admin_list(name: str, key: str) -> Callable[[Call], Raw]:
    def listed(call: Call) -> Raw:
        call.admins_only()
        return {key: [shown(one) for one in call.state.every(name)]}

    return listed


def _set_service(call: Call, identifier: str) -> Raw:
    call.admins_only()
    service = call.state.get("services", identifier)
    service["status"] = call.body["status"]
    for one in call.state.every("hypervisors"):
        if one["service"]["host"] == service["host"]:
            one["status"] = service["status"]
    return {"service": shown(service)}


def _hypervisor(call: Call, identifier: str) -> Raw:
    call.admins_only()
    return {"hypervisor": shown(call.state.get("hypervisors", identifier))}


def _zones(_call: Call) -> Raw:
    return {"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}, "hosts": None}]}


def _zones_detail(call: Call) -> Raw:
    call.admins_only()
    hosts: Raw = {one["host"]: {} for one in call.state.every("services")}
    return {"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}, "hosts": hosts}]}


def quota_of(call: Call, service: str, project: str) -> Raw:
    """The limits of a project, of one service."""
    if project != call.project:
        call.admins_only()
    limits = call.state.all("quotas").get(f"{service}:{project}") or call.state.get("quotas", f"{service}:default")
    return {name: value for name, value in limits.items() if name != "id"}


def set_quota(call: Call, service: str, project: str, wanted: Raw) -> Raw:
    """New limits of a project."""
    call.admins_only()
    limits = {**quota_of(call, service, project), **wanted, "id": f"{service}:{project}"}
    call.state.put("quotas", limits)
    return {name: value for name, value in limits.items() if name != "id"}


def _quota(call: Call, project: str) -> Raw:
    servers = [one for one in call.state.every("servers") if one["tenant_id"] == project]
    used = {
        "instances": len(servers),
        "cores": sum(one["flavor"]["vcpus"] for one in servers),
        "ram": sum(one["flavor"]["ram"] for one in servers),
    }
    limits = quota_of(call, "compute", project)
    return {
        "quota_set": {
            "id": project,
            **{name: {"limit": limit, "in_use": used.get(name, 0), "reserved": 0} for name, limit in limits.items()},
        }
    }


def _set_quota(call: Call, project: str) -> Raw:
    wanted = {name: value for name, value in call.body["quota_set"].items() if name != "force"}
    return {"quota_set": set_quota(call, "compute", project, wanted)}


def _diagnostics(call: Call, identifier: str) -> Raw:
    call.admins_only()
    server = call.state.get("servers", identifier)
    if server["status"] != "ACTIVE":
        raise Refusal(409, f"Cannot 'get_diagnostics' instance {identifier} while it is in vm_state stopped")
    return dict(server["_diagnostics"])


def _usage(call: Call, project: str) -> Raw:
    if project != call.project:
        call.admins_only()
    hours = 24.0
    usages = [
        {
            "instance_id": one["id"],
            "hours": hours,
            "vcpus": one["flavor"]["vcpus"],
            "memory_mb": one["flavor"]["ram"],
            "uptime": 86400,
        }
        for one in call.state.every("servers")
        if one["tenant_id"] == project
    ]
    return {"tenant_usage": {"tenant_id": project, "server_usages": usages}}


ROUTES = (
    ("GET", "/servers/detail", _servers),
    ("GET", "/servers/{}", _server),
    ("PUT", "/servers/{}/metadata", _metadata),
    ("PUT", "/servers/{}/tags", _tags),
    ("POST", "/servers/{}/action", _action),
    ("POST", "/servers/{}/os-volume_attachments", _attach),
    ("DELETE", "/servers/{}/os-volume_attachments/{}", _detach),
    ("GET", "/servers/{}/diagnostics", _diagnostics),
    ("GET", "/servers/{}/os-instance-actions", history.listed),
    ("GET", "/flavors/detail", _flavors),
    ("GET", "/os-keypairs", _keypairs),
    ("GET", "/os-keypairs/{}", _keypair),
    ("POST", "/os-keypairs", _make_keypair),
    ("DELETE", "/os-keypairs/{}", _drop_keypair),
    ("GET", "/os-hypervisors/detail", _admin_list("hypervisors", "hypervisors")),
    ("GET", "/os-hypervisors/{}", _hypervisor),
    ("GET", "/os-services", _admin_list("services", "services")),
    ("PUT", "/os-services/{}", _set_service),
    ("GET", "/os-aggregates", _admin_list("aggregates", "aggregates")),
    ("GET", "/os-availability-zone", _zones),
    ("GET", "/os-availability-zone/detail", _zones_detail),
    ("GET", "/os-quota-sets/{}/detail", _quota),
    ("PUT", "/os-quota-sets/{}", _set_quota),
    ("GET", "/os-simple-tenant-usage/{}", _usage),
)
