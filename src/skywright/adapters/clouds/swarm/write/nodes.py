"""Actions on nodes, and on the swarm itself."""

import copy
from collections.abc import Callable
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, known, one_of
from skywright.adapters.clouds.swarm.place import CLUSTER, NODE
from skywright.adapters.clouds.swarm.read.swarms import NANOS_PER_DAY, ROLES
from skywright.adapters.clouds.swarm.write.base import DOCUMENT, Target

NODE_CALLS = ("POST /nodes/{id}/update", "GET /nodes/{id}")
SWARM_CALLS = ("POST /swarm/update", "GET /swarm")
ROLE_NAMES = {ours: theirs for theirs, ours in ROLES.items()}
HOUR_DAYS = 1  # swarmkit refuses certificates that are valid for less than an hour; ours are whole days

Get = Callable[[dict[str, Any]], Values]
Put = Callable[[dict[str, Any], Values], None]


def _setting(name: str, kind: str, columns: tuple[str, ...], get: Get, put: Put, **more: Any) -> Setting:
    """A setting in the Spec of a node or of the swarm."""
    write_call, read_call = NODE_CALLS if kind == NODE else SWARM_CALLS

    def read(target: Target) -> Values:
        seen: dict[str, Any] = target.call(read_call)
        return get(seen["Spec"])

    def write(target: Target, wanted: Values) -> None:
        def change(seen: dict[str, Any]) -> dict[str, Any]:
            spec: dict[str, Any] = copy.deepcopy(seen["Spec"])
            put(spec, wanted)
            return spec

        target.update(read_call, write_call, change)

    action = Action(
        name=name,
        kind=kind,
        columns=columns,
        calls=(write_call, read_call),
        document=f"{DOCUMENT}, {'NodeUpdate' if kind == NODE else 'SwarmUpdate'}",
        implied=more.get("implied", ()),
        note=more.get("note", ""),
    )
    return Setting(action=action, read=read, write=write, allowed=more.get("allowed", known))


def _get_availability(spec: dict[str, Any]) -> Values:
    return {"availability": spec["Availability"]}


def _put_availability(spec: dict[str, Any], wanted: Values) -> None:
    spec["Availability"] = wanted["availability"]


def _get_schedulable(spec: dict[str, Any]) -> Values:
    return {"schedulable": spec["Availability"] == "active"}


def _put_schedulable(spec: dict[str, Any], wanted: Values) -> None:
    if _get_schedulable(spec) != wanted:  # a node that is drained is not set to pause
        spec["Availability"] = "active" if wanted["schedulable"] else "pause"


def _get_role(spec: dict[str, Any]) -> Values:
    return {"role": ROLES[spec["Role"]]}


def _put_role(spec: dict[str, Any], wanted: Values) -> None:
    spec["Role"] = ROLE_NAMES[wanted["role"]]


def _get_tags(spec: dict[str, Any]) -> Values:
    return {"tags": dict(spec.get("Labels") or {})}


def _put_tags(spec: dict[str, Any], wanted: Values) -> None:
    spec["Labels"] = dict(wanted["tags"])


def _get_lock(spec: dict[str, Any]) -> Values:
    return {"autolock": tr.flag(spec, "EncryptionConfig", "AutoLockManagers") or False}


def _put_lock(spec: dict[str, Any], wanted: Values) -> None:
    spec["EncryptionConfig"] = {**(spec.get("EncryptionConfig") or {}), "AutoLockManagers": wanted["autolock"]}


def _get_days(spec: dict[str, Any]) -> Values:
    return {"certificate_days": spec["CAConfig"]["NodeCertExpiry"] // NANOS_PER_DAY}


def _put_days(spec: dict[str, Any], wanted: Values) -> None:
    if _get_days(spec) != wanted:
        spec["CAConfig"]["NodeCertExpiry"] = wanted["certificate_days"] * NANOS_PER_DAY


def _whole_days(before: Values, after: Values) -> bool:
    return known(before, after) and all(isinstance(days, int) and days >= HOUR_DAYS for days in (*before.values(), *after.values())
                                        if not isinstance(days, bool | str | dict | list))  # fmt: skip


def _opened(before: Values, after: Values) -> bool:
    """Only a node that is active or paused comes back exactly: whether it was drained is not told by this column."""
    return known(before, after) and before.get("availability") in (None, "active", "pause")


WAYS: tuple[Way, ...] = (
    _setting(
        "drain, pause or activate a node",
        NODE,
        ("availability",),
        _get_availability,
        _put_availability,
        implied=("schedulable",),
        allowed=one_of("active", "pause", "drain"),
    ),
    _setting(
        "let a node take tasks, or not",
        NODE,
        ("schedulable",),
        _get_schedulable,
        _put_schedulable,
        implied=("availability",),
        allowed=_opened,
        note="a node that was drained comes back paused",
    ),
    _setting("make a node a manager or a worker", NODE, ("role",), _get_role, _put_role, allowed=one_of("control-plane", "worker")),
    _setting("change the labels of a node", NODE, ("tags",), _get_tags, _put_tags),
    _setting(
        "lock the managers' keys",
        CLUSTER,
        ("autolock",),
        _get_lock,
        _put_lock,
        note="keep the key that `docker swarm unlock-key` shows: a manager that restarts needs it",
    ),
    _setting(
        "change how long certificates of nodes are valid", CLUSTER, ("certificate_days",), _get_days, _put_days, allowed=_whole_days
    ),
)
"""What can be done to nodes and to the swarm."""
