"""Octavia: load balancers, listeners, pools and members, to be read."""

from collections.abc import Callable
from typing import Any

from skywright.lab.openstack.state import Call, Raw, paged, shown

BASE = "/v2.0/lbaas"
ITEMS = {
    "loadbalancers": "loadbalancer",
    "listeners": "listener",
    "pools": "pool",
    "healthmonitors": "healthmonitor",
    "l7policies": "l7policy",
}


def _list(name: str) -> Callable[[Call], Raw]:
    def listed(call: Call) -> Raw:
        owner = call.query.get("project_id")
        found = [one for one in call.state.every(name) if call.sees(one) and owner in (None, one["project_id"])]
        return paged(call, found, name)

    return listed


def _show(name: str) -> Callable[[Call, str], Raw]:
    def show(call: Call, identifier: str) -> Raw:
        return {ITEMS[name]: shown(call.own(name, identifier))}

    return show


def _set(name: str) -> Callable[[Call, str], Raw]:
    def change(call: Call, identifier: str) -> Raw:
        call.writes()
        item = call.own(name, identifier)
        item.update(call.body[ITEMS[name]])
        return {ITEMS[name]: shown(item)}

    return change


def _members(call: Call, pool: str) -> Raw:
    call.own("pools", pool)
    return {"members": [shown(one) for one in call.state.every("members") if one["_pool"] == pool]}


ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    *(("GET", f"{BASE}/{name}", _list(name)) for name in ITEMS),
    *(("GET", f"{BASE}/{name}/{{}}", _show(name)) for name in ITEMS),
    *(("PUT", f"{BASE}/{name}/{{}}", _set(name)) for name in ITEMS),
    ("GET", f"{BASE}/pools/{{}}/members", _members),
)
