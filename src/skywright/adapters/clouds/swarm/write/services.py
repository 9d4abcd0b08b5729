"""Actions on services. Undo is the swarm's own rollback where its previous spec is the one to go back to."""

import copy
from collections.abc import Callable
from typing import Any

import msgspec

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.actions import MINUTES_S, Action, Setting, SettingStep, Values, Way, known, matches, one_of
from skywright.adapters.clouds.swarm.place import SERVICE
from skywright.adapters.clouds.swarm.read.services import DEFAULT_FAILURE_ACTION, UNSET, published_ports
from skywright.adapters.clouds.swarm.write.base import DOCUMENT, Target
from skywright.model.errors import AskHuman, PlanAgain
from skywright.model.kinds.cluster import Port
from skywright.model.words import t
from skywright.ports.cloud import Step

INSPECT, UPDATE = "GET /services/{id}", "POST /services/{id}/update"
CALLS = (UPDATE, INSPECT)
UNDER_WAY = ("updating", "rollback_started")
MILLI, MIB = 1_000_000, 2**20

Spec = dict[str, Any]


class Part(msgspec.Struct, frozen=True):
    """Some columns in a service's spec: how they are read, and how they are written into a copy of it."""

    get: Callable[[Spec], Values]
    put: Callable[[Spec, Values], None]

    def changed(self, spec: Spec, wanted: Values) -> Spec | None:
        """The spec with the columns as wanted; None when they are."""
        changed = copy.deepcopy(spec)
        self.put(changed, wanted)
        return None if changed == spec else changed


class ServiceSetting(Setting, frozen=True, kw_only=True):
    """A setting of a service."""

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (ServiceStep(target, self, before, after or {}),)


class ServiceStep(SettingStep):
    """Like any setting's, but undo may use the swarm's own rollback."""

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """After -> before."""
        here = self._target
        self._target = here.returning()
        try:
            super().undo(token, result)
        finally:
            self._target = here


def _write(part: Part) -> Callable[[Target, Values], None]:
    def write(target: Target, wanted: Values) -> None:
        if not (target.on_its_way_back and _roll_back(target, part, wanted)):
            target.update(INSPECT, UPDATE, lambda seen: part.changed(seen["Spec"], wanted))
        ended = target.until(t("updated"), lambda: _over(target), MINUTES_S)
        _judge(target, ended, part, wanted)

    return write


def _roll_back(target: Target, part: Part, wanted: Values) -> bool:
    """Let the swarm roll back, if its previous spec is the one to go back to and differs from the present one in these columns
    alone: then the last update was ours."""
    seen = target.call(INSPECT)
    spec, previous = seen["Spec"], seen.get("PreviousSpec")
    if not previous or not matches(part.get(previous), wanted) or part.changed(spec, part.get(previous)) != previous:
        return False
    target.call(UPDATE, query={"version": seen["Version"]["Index"], "rollback": "previous"}, body=spec)
    return True


def _over(target: Target) -> dict[str, Any] | None:
    seen: dict[str, Any] = target.call(INSPECT)
    return None if tr.text(seen, "UpdateStatus", "State") in UNDER_WAY else seen


def _judge(target: Target, seen: dict[str, Any], part: Part, wanted: Values) -> None:
    """An update that the swarm stopped or took back is no success."""
    state, said = tr.text(seen, "UpdateStatus", "State"), tr.said(seen, "UpdateStatus", "Message")
    if state in ("paused", "rollback_paused"):
        raise AskHuman(
            t("Docker paused the update of {target}: {said}.", target=target, said=said.rstrip(".")),
            next_step=t("See `docker service ps {id}` for the tasks that fail.", id=target.id),
        )
    if state == "rollback_completed" and not matches(part.get(seen["Spec"]), wanted):
        raise PlanAgain(
            t("Docker rolled the update of {target} back: {said}.", target=target, said=said.rstrip(".")),
            next_step=t("See `docker service ps {id}` for the tasks that failed, then plan again.", id=target.id),
        )


def _setting(
    name: str, columns: tuple[str, ...], get: Callable[[Spec], Values], put: Callable[[Spec, Values], None], **more: Any
) -> ServiceSetting:
    implied, note, allowed = more.get("implied", ()), more.get("note", ""), more.get("allowed", known)
    document = f"{DOCUMENT}, ServiceUpdate"
    part = Part(get, put)

    def read(target: Target) -> Values | None:
        seen = _over(target)
        return None if seen is None else get(seen["Spec"])

    return ServiceSetting(
        action=Action(name=name, kind=SERVICE, columns=columns, calls=CALLS, document=document, implied=implied, note=note),
        read=read,
        write=_write(part),
        allowed=allowed,
        within_s=MINUTES_S,
    )


def _template(spec: Spec) -> Spec:
    found: Spec = spec.setdefault("TaskTemplate", {})
    return found


def _container(spec: Spec) -> Spec:
    found: Spec = _template(spec).setdefault("ContainerSpec", {})
    return found


def _get_replicas(spec: Spec) -> Values:
    return {"desired": tr.integer(spec, "Mode", "Replicated", "Replicas")}


def _put_replicas(spec: Spec, wanted: Values) -> None:
    if "Replicated" not in spec["Mode"]:
        raise PlanAgain(t("The service runs once on every node: it has no number of replicas."))
    spec["Mode"]["Replicated"]["Replicas"] = wanted["desired"]


def _get_image(spec: Spec) -> Values:
    return {"image": tr.text(spec, "TaskTemplate", "ContainerSpec", "Image")}


def _put_image(spec: Spec, wanted: Values) -> None:
    _container(spec)["Image"] = wanted["image"]


_RESOURCES = {
    "cpu_limit_millis": ("Limits", "NanoCPUs", MILLI),
    "memory_limit_mib": ("Limits", "MemoryBytes", MIB),
    "cpu_reserved_millis": ("Reservations", "NanoCPUs", MILLI),
    "memory_reserved_mib": ("Reservations", "MemoryBytes", MIB),
}
"""Column -> where it stands, and its unit there."""


def _get_resources(spec: Spec) -> Values:
    found = {}
    for column, (part, key, unit) in _RESOURCES.items():
        size = (tr.integer(spec, "TaskTemplate", "Resources", part, key) or 0) // unit
        found[column] = size or (UNSET if part == "Limits" else 0)
    return found


def _put_resources(spec: Spec, wanted: Values) -> None:
    resources = _template(spec).setdefault("Resources", {})
    for column, (part, key, unit) in _RESOURCES.items():
        if column not in wanted:
            continue
        into = resources.setdefault(part, {})
        if wanted[column] in (UNSET, 0, None):
            into.pop(key, None)
        elif (into.get(key) or 0) // unit != wanted[column]:  # what is no whole unit stays as it is
            into[key] = wanted[column] * unit


def _get_tags(spec: Spec) -> Values:
    return {"tags": dict(spec.get("Labels") or {})}


def _put_tags(spec: Spec, wanted: Values) -> None:
    spec["Labels"] = dict(wanted["tags"])


def _get_failure(spec: Spec) -> Values:
    return {"update_failure_action": tr.text(spec, "UpdateConfig", "FailureAction") or DEFAULT_FAILURE_ACTION}


def _put_failure(spec: Spec, wanted: Values) -> None:
    if _get_failure(spec) != wanted:
        spec["UpdateConfig"] = {
            **_update_defaults(),
            **(spec.get("UpdateConfig") or {}),
            "FailureAction": wanted["update_failure_action"],
        }


def _update_defaults() -> Spec:
    """What holds where there is no UpdateConfig (Docker documentation, `docker service create`): one at a time."""
    return {"Parallelism": 1, "Order": "stop-first"}


def _get_breaker(spec: Spec) -> Values:
    return {"circuit_breaker": _get_failure(spec)["update_failure_action"] == "rollback"}


def _put_breaker(spec: Spec, wanted: Values) -> None:
    if _get_breaker(spec) != wanted:
        _put_failure(spec, {"update_failure_action": "rollback" if wanted["circuit_breaker"] else DEFAULT_FAILURE_ACTION})


def _get_root(spec: Spec) -> Values:
    return {"read_only_root": tr.flag(spec, "TaskTemplate", "ContainerSpec", "ReadOnly") or False}


def _put_root(spec: Spec, wanted: Values) -> None:
    if _get_root(spec) != wanted:
        _container(spec)["ReadOnly"] = wanted["read_only_root"]


def _get_ports(spec: Spec) -> Values:
    return {"ports": published_ports(tr.items(spec, "EndpointSpec", "Ports"))}


def _put_ports(spec: Spec, wanted: Values) -> None:
    ports = [msgspec.convert(msgspec.to_builtins(one), Port) for one in wanted["ports"]]
    if published_ports(tr.items(spec, "EndpointSpec", "Ports")) != sorted(ports, key=repr):
        spec.setdefault("EndpointSpec", {"Mode": "vip"})["Ports"] = [_as_asked(port) for port in ports]


def _as_asked(port: Port) -> Spec:
    asked = {"Protocol": port.protocol, "TargetPort": port.port, "PublishMode": port.mode or "ingress"}
    return asked | ({"PublishedPort": port.node_port} if port.node_port else {})


def _counts(before: Values, after: Values) -> bool:
    """Numbers on both sides, and none below nothing."""
    return known(before, after) and all(isinstance(value, int) and value >= 0 for value in after.values())


def _sizes(before: Values, after: Values) -> bool:
    """Whole sizes, or none set."""
    return known(before, after) and all(isinstance(value, int) and value >= UNSET for value in after.values())


WAYS: tuple[Way, ...] = (
    _setting("scale a service", ("desired",), _get_replicas, _put_replicas, allowed=_counts),
    _setting("change the image of a service", ("image",), _get_image, _put_image),
    _setting("limit and reserve CPU and memory", tuple(_RESOURCES), _get_resources, _put_resources, allowed=_sizes),
    _setting("change the labels of a service", ("tags",), _get_tags, _put_tags),
    _setting(
        "say what a failed update leads to",
        ("update_failure_action",),
        _get_failure,
        _put_failure,
        implied=("circuit_breaker",),
        allowed=one_of("pause", "continue", "rollback"),
    ),
    _setting(
        "roll failed updates back",
        ("circuit_breaker",),
        _get_breaker,
        _put_breaker,
        implied=("update_failure_action",),
        note="`continue` comes back as `pause` where the swarm has forgotten its previous spec",
    ),
    _setting("make the root file system read-only", ("read_only_root",), _get_root, _put_root),
    _setting("publish other ports, or none", ("ports",), _get_ports, _put_ports),
)
"""What can be done to a service."""
