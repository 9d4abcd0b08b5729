"""Workloads: how many, from which image, with how much, with which privileges, whether at all."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, known
from skywright.adapters.clouds.kit.translate import at, flag, integer, items, said
from skywright.adapters.clouds.kubernetes.containers import PRIVILEGES, RESOURCES, container, containers, patch
from skywright.adapters.clouds.kubernetes.quantity import UNSET
from skywright.adapters.clouds.kubernetes.read.facts import template
from skywright.adapters.clouds.kubernetes.resources import APIS, WORKLOADS, Address
from skywright.adapters.clouds.kubernetes.write.base import MANAGED_BY, Raw, Rolling, Target
from skywright.adapters.clouds.kubernetes.write.helpers import drop_ours
from skywright.model.errors import AskHuman, NotThere
from skywright.model.kinds.cluster import Container, Workload
from skywright.model.words import t

KIND = Workload.KIND
SCALABLE = ("deployment", "stateful-set", "replica-set")
TEMPLATED = ("deployment", "stateful-set", "daemon-set", "cron-job")
"""Types whose template may be changed: a job's and a bare pod's may not."""


def _calls(types: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{verb} {WORKLOADS[type_]}" for type_ in types for verb in ("patch", "get"))


def _type_in(types: tuple[str, ...]) -> Callable[[Values, Values], bool]:
    """A condition: the type, where it is said, is one of these."""
    return lambda before, after: known(before, after) and before.get("type", types[0]) in types


def _only(target: Target, types: tuple[str, ...]) -> None:
    if target.type not in types:
        raise AskHuman(
            t("{target} is a {type}, of which this cannot be changed.", target=target, type=target.type),
            next_step=t("Drop this change, or make the workload anew."),
        )


def in_template(target: Target, fields: Raw) -> Raw:
    """Fields of a pod's spec, where the workload keeps them."""
    inner: Raw = {"template": {"spec": fields}}
    return {"spec": {"jobTemplate": {"spec": inner}} if target.type == "cron-job" else inner}


def _spec(target: Target) -> Raw:
    return template(target.type, target.read()).spec


def _read_desired(target: Target) -> Values:
    return {"desired": integer(target.read(), "spec", "replicas")}


def _write_desired(target: Target, wanted: Values) -> None:
    _only(target, SCALABLE)
    target.apply({"spec": {"replicas": wanted["desired"]}})


def _not_autoscaled(before: Values, after: Values) -> bool:
    return _type_in(SCALABLE)(before, after) and not before.get("autoscaled") and after["desired"] >= 0


SCALE = Rolling(
    action=Action(
        name="scale a workload",
        kind=KIND,
        columns=("desired",),
        implied=("ready", "updated", "state"),
        calls=_calls(SCALABLE),
        document="Kubernetes documentation: Deployments, Scaling a Deployment",
        note="what copies that end keep in themselves is gone",
    ),
    read=_read_desired,
    write=_write_desired,
    allowed=_not_autoscaled,
)


def _read_containers(target: Target) -> Values:
    return {"containers": msgspec.to_builtins(containers(_spec(target)))}


def _write_containers(target: Target, wanted: Values) -> None:
    _only(target, TEMPLATED)
    spec = _spec(target)
    after = {one.name: one for one in _typed(wanted["containers"])}
    fields: Raw = {}
    for part in ("initContainers", "containers"):
        found = []
        for raw in items(spec, part):
            now = container(raw, spec, init=part == "initContainers")
            if now.name in after and (changed := patch(now, after[now.name])):
                found.append({"name": now.name, **changed})
        if found:
            fields[part] = found
    target.apply(in_template(target, fields))


def _typed(listed: Any) -> list[Container]:
    return [one if isinstance(one, Container) else msgspec.convert(one, Container) for one in listed]


def _changed(before: Values, after: Values) -> set[str] | None:
    """The columns of containers that differ; None where the containers are not the same ones, or one is wanted to be unknown."""
    try:
        old, new = ({one.name: one for one in _typed(values["containers"])} for values in (before, after))
    except (msgspec.ValidationError, TypeError, KeyError):
        return None
    if old.keys() != new.keys() or before.get("type", TEMPLATED[0]) not in TEMPLATED:
        return None
    pairs = [
        (getattr(old[name], column), getattr(new[name], column), column) for name in old for column in Container.__struct_fields__
    ]
    differing = [(was, wanted, column) for was, wanted, column in pairs if was != wanted]
    return None if any(was is None or wanted is None for was, wanted, _ in differing) else {column for _, _, column in differing}


def _within(*columns: str) -> Callable[[Values, Values], bool]:
    """A condition: containers differ in these columns alone, and each stays what the API takes."""

    def fits(before: Values, after: Values) -> bool:
        found = _changed(before, after)
        return found is not None and set() < found <= set(columns) and all(_sound(one) for one in _typed(after["containers"]))

    return fits


def _sound(one: Container) -> bool:
    """The API refuses a request above its limit, and privileges without escalation."""
    pairs = ((one.cpu_request_millis, one.cpu_limit_millis), (one.memory_request_mib, one.memory_limit_mib))
    within = all(request is None or limit in (None, UNSET) or request <= limit for request, limit in pairs)
    positive = all(value is None or value == UNSET or value > 0 for pair in pairs for value in pair)
    return within and positive and bool(one.image) and not (one.privileged and one.privilege_escalation is False)


def _containers(name: str, *columns: str, implied: tuple[str, ...] = ()) -> Rolling:
    return Rolling(
        action=Action(
            name=name,
            kind=KIND,
            columns=("containers",),
            implied=(*implied, "ready", "updated", "revision", "state"),
            calls=_calls(TEMPLATED),
            document="Kubernetes documentation: Deployments, Updating a Deployment",
            note="copies are replaced one after the other, as the workload's strategy says",
        ),
        read=_read_containers,
        write=_write_containers,
        allowed=_within(*columns),
    )


IMAGE = _containers("set the images of a workload", "image", implied=("images",))
SIZE = _containers("set requests and limits of a workload", *RESOURCES)
CONFINE = _containers("take privileges from a workload's containers", *PRIVILEGES)
SEVERAL = _containers(
    "set images, sizes and privileges of a workload at once", "image", *RESOURCES, *PRIVILEGES, implied=("images",)
)


def _read_mounts(target: Target) -> Values:
    own = flag(_spec(target), "automountServiceAccountToken")
    if own is not None:
        return {"mounts_token": own}
    account = Address(APIS["serviceaccounts"], target.where.namespace, said(_spec(target), "serviceAccountName") or "default")
    try:
        return {"mounts_token": flag(target.get(account), "automountServiceAccountToken") is not False}
    except NotThere:
        return {"mounts_token": True}


def _write_mounts(target: Target, wanted: Values) -> None:
    """Back to mounting is by saying nothing, unless the identity says otherwise."""
    _only(target, TEMPLATED)
    if wanted["mounts_token"]:
        target.apply(in_template(target, {"automountServiceAccountToken": None}))
        if _read_mounts(target)["mounts_token"]:
            return
    target.apply(in_template(target, {"automountServiceAccountToken": wanted["mounts_token"]}))


TOKEN = Rolling(
    action=Action(
        name="keep the API's token out of a workload",
        kind=KIND,
        columns=("mounts_token",),
        implied=("ready", "updated", "revision", "state"),
        calls=(*_calls(TEMPLATED), "get serviceaccounts"),
        document="Kubernetes documentation: Configure Service Accounts for Pods, Opt out of API credential automounting",
        note="copies are replaced one after the other, as the workload's strategy says",
    ),
    read=_read_mounts,
    write=_write_mounts,
    allowed=_type_in(TEMPLATED),
)


def _read_suspended(target: Target) -> Values:
    return {"suspended": flag(target.read(), "spec", "suspend") is True}


def _write_suspended(target: Target, wanted: Values) -> None:
    _only(target, ("cron-job",))
    target.apply({"spec": {"suspend": wanted["suspended"]}})


SUSPEND = Setting(
    action=Action(
        name="suspend a cron job",
        kind=KIND,
        columns=("suspended",),
        implied=("state",),
        calls=_calls(("cron-job",)),
        document="Kubernetes documentation: CronJob, Schedule suspension",
        note="runs that were due meanwhile may be started late, or not at all",
    ),
    read=_read_suspended,
    write=_write_suspended,
    allowed=_type_in(("cron-job",)),
)


def _budgets(target: Target) -> list[Raw]:
    from skywright.adapters.clouds.kubernetes.selectors import takes

    labels = template(target.type, target.read()).labels
    listed = target.list("poddisruptionbudgets.policy", target.where.namespace)
    return [raw for raw in listed if takes(at(raw, "spec", "selector"), labels)]


def _read_budgeted(target: Target) -> Values:
    return {"budgeted": bool(_budgets(target))}


def _write_budgeted(target: Target, wanted: Values) -> None:
    _only(target, SCALABLE)
    where = Address(APIS["poddisruptionbudgets.policy"], target.where.namespace, f"{target.where.name}-skywright")
    if not wanted["budgeted"]:
        drop_ours(target, where)
        return
    spec: Mapping[str, Any] = {"maxUnavailable": 1, "selector": target.read()["spec"]["selector"]}
    target.create(where, {"metadata": {"labels": MANAGED_BY}, "spec": spec})


def _copies(before: Values, after: Values) -> bool:
    """Of a single copy a budget would guard nothing."""
    return _type_in(SCALABLE)(before, after) and after["budgeted"] is True and (before.get("desired") or 2) > 1


BUDGET = Setting(
    action=Action(
        name="guard a workload by a disruption budget",
        kind=KIND,
        columns=("budgeted",),
        calls=(
            "create poddisruptionbudgets.policy",
            "list poddisruptionbudgets.policy",
            "get poddisruptionbudgets.policy",
            "delete poddisruptionbudgets.policy",
            *(f"get {WORKLOADS[type_]}" for type_ in SCALABLE),
        ),
        document="Kubernetes documentation: Specifying a Disruption Budget for your Application",
    ),
    read=_read_budgeted,
    write=_write_budgeted,
    allowed=_copies,
)

WAYS: tuple[Way, ...] = (SCALE, IMAGE, SIZE, CONFINE, SEVERAL, TOKEN, SUSPEND, BUDGET)
