"""What an engine tells of what was done to it: GET /events. Source: Docker Engine API 1.41, "Monitor events"."""

import time
from typing import TYPE_CHECKING, Any

import msgspec

from skywright.lab.kit import Answer, Request

if TYPE_CHECKING:
    from skywright.lab.swarm.engine import Engine

KEPT = 256
ACTIONS = {
    "POST /containers/create": ("container", "create"),
    "POST /containers/{id}/start": ("container", "start"),
    "POST /containers/{id}/stop": ("container", "stop"),
    "POST /containers/{id}/update": ("container", "update"),
    "DELETE /containers/{id}": ("container", "destroy"),
    "POST /images/{id}/tag": ("image", "tag"),
    "DELETE /images/{id}": ("image", "delete"),
    "DELETE /volumes/{id}": ("volume", "destroy"),
    "POST /networks/create": ("network", "create"),
    "DELETE /networks/{id}": ("network", "destroy"),
    "POST /nodes/{id}/update": ("node", "update"),
    "POST /services/{id}/update": ("service", "update"),
    "DELETE /secrets/{id}": ("secret", "remove"),
    "DELETE /configs/{id}": ("config", "remove"),
}
OF_SWARMS = ("node", "service", "secret", "config")


def note(engine: "Engine", call: str, name: str, said: Any) -> None:
    """Keep what a call did; of a creation the answer names what it made."""
    if call not in ACTIONS or (isinstance(said, Answer) and said.status == 304):
        return
    type_, action = ACTIONS[call]
    made = said.body.get("Id", "") if isinstance(said, Answer) and isinstance(said.body, dict) else ""
    now = time.time_ns()
    shared = type_ in OF_SWARMS
    event = {
        "Type": type_,
        "Action": action,
        "Actor": {"ID": name or made, "Attributes": {}},
        "scope": "swarm" if shared else "local",
        "time": now // 10**9,
        "timeNano": now,
    }
    kept = engine.swarm.events if shared and engine.swarm else engine.machine.events
    kept.append(event)
    del kept[:-KEPT]


def told(engine: "Engine", request: Request) -> Answer:
    """The events between ``since`` and ``until``, a line each. (A real engine waits for an ``until`` that is to come.)"""
    filters = msgspec.json.decode(request.parameter("filters", "{}"))
    since, until = (float(request.parameter(name, "0")) * 1e9 for name in ("since", "until"))
    shared = engine.swarm.events if engine.swarm else []
    found = [
        one
        for one in sorted([*engine.machine.events, *shared], key=lambda one: int(one["timeNano"]))
        if since <= one["timeNano"] <= until and one["Type"] in filters.get("type", [one["Type"]])
    ]
    body = b"".join(msgspec.json.encode(one) + b"\n" for one in found)
    return Answer(200, body, {"Content-Type": "application/json"}, call="GET /events")
