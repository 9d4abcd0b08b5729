"""Neutron: networks, subnets, ports, routers, floating addresses, security groups and their rules."""

from collections.abc import Callable
from itertools import count
from typing import Any

from skywright.lab.kit import Answer
from skywright.lab.openstack.compute import quota_of, set_quota
from skywright.lab.openstack.state import Call, Raw, Refusal, paged, shown

KINDS = {
    "networks": "network",
    "subnets": "subnet",
    "ports": "port",
    "routers": "router",
    "floatingips": "floatingip",
    "security-groups": "security_group",
    "security-group-rules": "security_group_rule",
}
NO_FILTER = ("limit", "marker", "fields", "sort_key", "sort_dir", "page_reverse")
ADMINS_FIELDS = ("enable_snat",)


def _name(kind: str) -> str:
    return kind.replace("-", "_")


def _sees(call: Call, kind: str, item: Raw) -> bool:
    if kind == "networks":
        return call.sees(item) or item["shared"] or item["router:external"]
    if kind == "subnets":
        return call.sees(item) or _sees(call, "networks", call.state.get("networks", item["network_id"]))
    return call.sees(item)


def _view(call: Call, kind: str, item: Raw) -> Raw:
    seen = shown(item)
    if kind == "security-groups":
        rules = [one for one in call.state.every("security_group_rules") if one["security_group_id"] == item["id"]]
        seen["security_group_rules"] = [shown(one) for one in rules]
    if kind == "floatingips" and item["port_id"]:
        port = call.state.get("ports", item["port_id"])
        seen["port_details"] = {name: port[name] for name in ("device_id", "device_owner", "network_id", "name", "status")}
    return seen


def _list(kind: str) -> Callable[[Call], Raw]:
    name = _name(kind)

    def listed(call: Call) -> Raw:
        wanted = {key: value for key, value in call.query.items() if key not in NO_FILTER}
        found = [
            one
            for one in call.state.every(name)
            if _sees(call, kind, one) and all(str(one.get(key)) == value for key, value in wanted.items())
        ]
        body = paged(call, found, name)
        kept = [one["id"] for one in body[name]]
        return {**body, name: [_view(call, kind, one) for one in found if one["id"] in kept]}

    return listed


def _show(kind: str) -> Callable[[Call, str], Raw]:
    def show(call: Call, identifier: str) -> Raw:
        item = call.state.get(_name(kind), identifier)
        if not _sees(call, kind, item):
            raise Refusal(404, f"{KINDS[kind]} {identifier} could not be found")
        return {KINDS[kind]: _view(call, kind, item)}

    return show


def _owned(call: Call, kind: str, identifier: str) -> Raw:
    call.writes()
    return call.own(_name(kind), identifier)


def _update(kind: str) -> Callable[[Call, str], Raw]:
    def update(call: Call, identifier: str) -> Raw:
        item = _owned(call, kind, identifier)
        wanted = call.body[KINDS[kind]]
        _check(call, kind, item, wanted)
        item.update(wanted)
        item["revision_number"] = item.get("revision_number", 0) + 1
        return {KINDS[kind]: _view(call, kind, item)}

    return update


def _check(call: Call, kind: str, item: Raw, wanted: Raw) -> None:
    """What Neutron refuses."""
    if (said := call.headers.get("if-match")) and said != f"revision_number={item.get('revision_number', 0)}":
        raise Refusal(412, "Constrained to a revision_number that does not match")
    if kind == "ports" and wanted.get("port_security_enabled") is False and wanted.get("security_groups", item["security_groups"]):
        raise Refusal(409, "Port has security group associated. Cannot disable port security until these are removed")
    if kind == "routers" and "enable_snat" in (wanted.get("external_gateway_info") or {}):
        call.admins_only()
    if kind == "floatingips" and wanted.get("port_id"):
        call.own("ports", wanted["port_id"])


def _set_tags(kind: str) -> Callable[[Call, str], Raw]:
    def set_tags(call: Call, identifier: str) -> Raw:
        item = _owned(call, kind, identifier)
        item["tags"] = sorted(call.body["tags"])
        return {"tags": item["tags"]}

    return set_tags


def _delete(kind: str) -> Callable[[Call, str], Answer]:
    def delete(call: Call, identifier: str) -> Answer:
        item = _owned(call, kind, identifier)
        if kind == "security-groups":
            _unused(call, item)
        del call.state.all(_name(kind))[item["id"]]
        return Answer(204)

    return delete


def _unused(call: Call, group: Raw) -> None:
    if group["name"] == "default":
        raise Refusal(409, "Removing default security group not allowed.")
    if any(group["id"] in port["security_groups"] for port in call.state.every("ports")):
        raise Refusal(409, f"Security Group {group['id']} in use.")


SAME = ("security_group_id", "direction", "ethertype", "protocol", "port_range_min", "port_range_max")


def make_rule(call_state: Any, wanted: Raw, project: str) -> Raw:
    """Keep a rule of a security group. Raises Refusal 409 for one that is there already."""
    rule = {
        "ethertype": "IPv4",
        "protocol": None,
        "port_range_min": None,
        "port_range_max": None,
        "remote_ip_prefix": None,
        "remote_group_id": None,
        "description": "",
        **wanted,
        "project_id": project,
    }
    alike = (*SAME, "remote_ip_prefix", "remote_group_id")
    for one in call_state.every("security_group_rules"):
        if all(one[name] == rule[name] for name in alike):
            raise Refusal(409, f"Security group rule already exists. Rule id is {one['id']}.")
    made: Raw = call_state.put("security_group_rules", {"id": call_state.new_id("rule"), **rule})
    return made


def _make_rule(call: Call) -> Answer:
    call.writes()
    wanted = call.body["security_group_rule"]
    group = call.own("security_groups", wanted["security_group_id"])
    return Answer(201, {"security_group_rule": shown(make_rule(call.state, wanted, group["project_id"]))})


def _make_group(call: Call) -> Answer:
    call.writes()
    wanted = call.body["security_group"]
    group = {
        "id": call.state.new_id("group"),
        "description": "",
        "stateful": True,
        "tags": [],
        **wanted,
        "project_id": call.project,
    }
    call.state.put("security_groups", group)
    for family in ("IPv4", "IPv6"):
        make_rule(call.state, {"security_group_id": group["id"], "direction": "egress", "ethertype": family}, call.project)
    return Answer(201, {"security_group": _view(call, "security-groups", group)})


def _make_address(call: Call) -> Answer:
    call.writes()
    wanted = call.body["floatingip"]
    taken = {one["floating_ip_address"] for one in call.state.every("floatingips")}
    address = wanted.get("floating_ip_address")
    if address:
        call.admins_only()
    if address in taken:
        raise Refusal(409, f"Unable to complete operation for network. The IP address {address} is in use.")
    free = address or next(one for number in count(100) if (one := f"203.0.113.{number}") not in taken)
    made = {
        "id": call.state.new_id("address"),
        "port_id": None,
        "fixed_ip_address": None,
        "status": "DOWN",
        "description": "",
        "tags": [],
        "router_id": None,
        **wanted,
        "floating_ip_address": free,
        "project_id": wanted.get("project_id", call.project),
    }
    return Answer(201, {"floatingip": shown(call.state.put("floatingips", made))})


def _availability(call: Call) -> Raw:
    call.admins_only()
    used: dict[str, int] = {}
    for port in call.state.every("ports"):
        for fixed in port["fixed_ips"]:
            used[fixed["subnet_id"]] = used.get(fixed["subnet_id"], 0) + 1
    found = [
        {
            "network_id": one["id"],
            "subnet_ip_availability": [
                {"subnet_id": sub["id"], "total_ips": sub["_addresses"], "used_ips": used.get(sub["id"], 0)}
                for sub in call.state.every("subnets")
                if sub["network_id"] == one["id"]
            ],
        }
        for one in call.state.every("networks")
    ]
    return {"network_ip_availabilities": found}


COUNTED = {
    "network": "networks",
    "subnet": "subnets",
    "port": "ports",
    "router": "routers",
    "floatingip": "floatingips",
    "security_group": "security_groups",
    "security_group_rule": "security_group_rules",
}


def _quota(call: Call, project: str) -> Raw:
    limits = quota_of(call, "network", project)
    used = {name: sum(one["project_id"] == project for one in call.state.every(kind)) for name, kind in COUNTED.items()}
    return {"quota": {name: {"limit": limit, "used": used.get(name, 0), "reserved": 0} for name, limit in limits.items()}}


def _set_quota(call: Call, project: str) -> Raw:
    return {"quota": set_quota(call, "network", project, call.body["quota"])}


V2 = "/v2.0"
ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    *((("GET", f"{V2}/{kind}", _list(kind))) for kind in KINDS),
    *((("GET", f"{V2}/{kind}/{{}}", _show(kind))) for kind in KINDS),
    *((("PUT", f"{V2}/{kind}/{{}}", _update(kind))) for kind in KINDS if kind != "security-group-rules"),
    *((("PUT", f"{V2}/{kind}/{{}}/tags", _set_tags(kind))) for kind in KINDS),
    *((("DELETE", f"{V2}/{kind}/{{}}", _delete(kind))) for kind in ("floatingips", "security-groups", "security-group-rules")),
    ("POST", f"{V2}/security-group-rules", _make_rule),
    ("POST", f"{V2}/security-groups", _make_group),
    ("POST", f"{V2}/floatingips", _make_address),
    ("GET", f"{V2}/network-ip-availabilities", _availability),
    ("GET", f"{V2}/quotas/{{}}/details.json", _quota),
    ("PUT", f"{V2}/quotas/{{}}", _set_quota),
)
