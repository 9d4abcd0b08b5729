"""An engine's events -> what was done to a resource, and when. Docker knows nobody by name: who did it stays open.

An engine keeps the last few hundred events in memory, and none over its restart ("docker system events"). Events of a swarm are
seen by its managers.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from skywright.adapters.clouds.kit.reading import misunderstood
from skywright.adapters.clouds.kit.trail import by_account
from skywright.adapters.clouds.kit.translate import integer, said, text, utc
from skywright.adapters.clouds.swarm.calls import EVENTS, Calls
from skywright.adapters.clouds.swarm.place import CONFIG, ENDPOINT, HOST, IMAGE, NETWORK, NODE, POD, SECRET, SERVICE, VOLUME
from skywright.model.kinds import parse_id
from skywright.ports.cloud import Deed

TYPES = {
    HOST: ("daemon",),
    POD: ("container",),
    ENDPOINT: ("container", "service"),
    IMAGE: ("image",),
    VOLUME: ("volume",),
    NETWORK: ("network",),
    NODE: ("node",),
    SERVICE: ("service",),
    SECRET: ("secret",),
    CONFIG: ("config",),
}
"""Kind -> the types of event that are about it (EventMessage.Type)."""

CHANGING = frozenset(
    (
        *(
            "connect",
            "create",
            "delete",
            "destroy",
            "die",
            "disconnect",
            "import",
            "kill",
            "load",
            "oom",
            "pause",
            "pull",
            "reload",
        ),
        *("remove", "rename", "restart", "start", "stop", "tag", "unpause", "untag", "update"),
    )
)
"""Actions that leave something else than there was. Others look into it (exec, top, export), use it (mount) or tell how it is."""

TASK = "com.docker.swarm.task.id"


def deeds(calls: Calls, targets: Sequence[str], since: datetime, until: datetime) -> Iterator[Deed]:
    """One call a host or swarm. ``until`` must not be to come: an engine would wait for it."""

    def ask(account: str, wanted: Sequence[str]) -> Iterator[Deed]:
        names = [(target, parse_id(target)) for target in wanted]
        types = sorted({type_ for _, name in names for type_ in TYPES.get(name.kind, ())})
        if not types or since >= until:
            return
        query = {"since": _seconds(since), "until": _seconds(until), "filters": json.dumps({"type": types})}
        answer = calls.ask(account, EVENTS, query=query)
        for event in _listed(answer):
            when = _when(event)
            type_, action = said(event, "Type"), said(event, "Action").partition(":")[0]
            if when is None or action not in CHANGING:
                continue
            known = _names(event)
            for target, name in names:
                if name.native_id in known and type_ in TYPES.get(name.kind, ()):
                    yield Deed(when, target, "", f"{type_} {action}")

    return by_account(targets, ask)


def _listed(answer: Any) -> list[Any]:
    """One event is no list, and none is nothing."""
    if answer is None or isinstance(answer, dict):
        return [answer] if answer else []
    if not isinstance(answer, list):
        raise misunderstood("Docker", EVENTS, TypeError("events that are no list"))
    return answer


def _names(event: Any) -> set[str]:
    """Under which native ids its object may be known."""
    own, name = said(event, "Actor", "ID"), said(event, "Actor", "Attributes", "name")
    return {own, name, f"{name}@{own[:12]}", said(event, "Actor", "Attributes", TASK)} - {""}


def _when(event: Any) -> datetime | None:
    exact = integer(event, "timeNano")
    return utc(exact / 1e9) if exact else utc(integer(event, "time")) if text(event, "Type") else None


def _seconds(when: datetime) -> str:
    return f"{when.replace(tzinfo=UTC).timestamp():.6f}"
