"""Plain settings: labels, nodes, namespaces, identities, services, autoscalers, quotas, volumes."""

import re
from typing import Any

from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, known, one_of
from skywright.adapters.clouds.kit.translate import at, flag, integer, text, texts
from skywright.adapters.clouds.kubernetes.quantity import UNSET, count, mib, millis, spell_mib, spell_millis
from skywright.adapters.clouds.kubernetes.read.network import TYPES as SERVICE_TYPES
from skywright.adapters.clouds.kubernetes.read.network import type_of
from skywright.adapters.clouds.kubernetes.read.nodes import ENFORCE, LEVELS, denies_all
from skywright.adapters.clouds.kubernetes.read.scaling import HARD
from skywright.adapters.clouds.kubernetes.resources import APIS, PLAIN, PREFIXED, SCOPED, Address
from skywright.adapters.clouds.kubernetes.write.base import MANAGED_BY, Raw, Target
from skywright.adapters.clouds.kubernetes.write.helpers import drop_ours
from skywright.model.errors import AskHuman
from skywright.model.words import t

_LABEL = re.compile(r"^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$")
_VALUE = re.compile(r"^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$")


def _read_tags(target: Target) -> Values:
    return {"tags": dict(at(target.read(), "metadata", "labels") or {})}


def _write_tags(target: Target, wanted: Values) -> None:
    now = at(target.read(), "metadata", "labels") or {}
    labels: Raw = {key: None for key in now if key not in wanted["tags"]}
    labels.update({key: value for key, value in wanted["tags"].items() if now.get(key) != value})
    target.apply({"metadata": {"labels": labels}})


def _labels(before: Values, after: Values) -> bool:
    """Names and values as the API takes them ("Syntax and character set" of labels)."""
    return known(before, after) and all(_LABEL.match(key) and _VALUE.match(str(value)) for key, value in after["tags"].items())


def _names(kind: str) -> tuple[str, ...]:
    if kind in PLAIN:
        return (PLAIN[kind],)
    return tuple(PREFIXED[kind].values()) if kind in PREFIXED else SCOPED[kind]


TAGS = tuple(
    Setting(
        action=Action(
            name=f"change the labels of {kind}",
            kind=kind,
            columns=("tags",),
            calls=tuple(f"{verb} {name}" for name in _names(kind) for verb in ("patch", "get")),
            document="Kubernetes documentation: Labels and Selectors",
            note="selectors that look for a changed label find other objects",
        ),
        read=_read_tags,
        write=_write_tags,
        allowed=_labels,
    )
    for kind in (*PLAIN, *PREFIXED, *SCOPED)
)


def _read_schedulable(target: Target) -> Values:
    return {"schedulable": not flag(target.read(), "spec", "unschedulable")}


def _write_schedulable(target: Target, wanted: Values) -> None:
    target.apply({"spec": {"unschedulable": None if wanted["schedulable"] else True}})


CORDON = Setting(
    action=Action(
        name="let a node take no new pods",
        kind="container.node",
        columns=("schedulable",),
        implied=("availability", "taints"),
        calls=("patch nodes", "get nodes"),
        document="Kubernetes documentation: Safely Drain a Node",
    ),
    read=_read_schedulable,
    write=_write_schedulable,
)


def _read_security(target: Target) -> Values:
    level = text(target.read(), "metadata", "labels", ENFORCE)
    return {"pod_security": level if level in LEVELS else ""}


def _write_security(target: Target, wanted: Values) -> None:
    target.apply({"metadata": {"labels": {ENFORCE: wanted["pod_security"] or None}}})


POD_SECURITY = Setting(
    action=Action(
        name="enforce a pod security standard in a namespace",
        kind="container.namespace",
        columns=("pod_security",),
        implied=("tags",),
        calls=("patch namespaces", "get namespaces"),
        document="Kubernetes documentation: Enforce Pod Security Standards with Namespace Labels",
        note="pods that run already are not touched; new copies that break the standard are refused",
    ),
    read=_read_security,
    write=_write_security,
    allowed=one_of("", *LEVELS),
)

POLICY = "skywright-default-deny"


def _read_denied(target: Target) -> Values:
    return {"default_denied": any(denies_all(raw) for raw in target.list("networkpolicies.networking.k8s.io", target.where.name))}


def _write_denied(target: Target, wanted: Values) -> None:
    where = Address(APIS["networkpolicies.networking.k8s.io"], target.where.name, POLICY)
    if not wanted["default_denied"]:
        drop_ours(target, where)
        return
    target.create(where, {"metadata": {"labels": MANAGED_BY}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}})


DEFAULT_DENY = Setting(
    action=Action(
        name="let nothing into a namespace unless a network policy says so",
        kind="container.namespace",
        columns=("default_denied",),
        calls=(
            "create networkpolicies.networking.k8s.io",
            "list networkpolicies.networking.k8s.io",
            "get networkpolicies.networking.k8s.io",
            "delete networkpolicies.networking.k8s.io",
        ),
        document="Kubernetes documentation: Network Policies, Default deny all ingress traffic",
        note="is enforced only where the cluster's network plugin does so",
    ),
    read=_read_denied,
    write=_write_denied,
    allowed=lambda before, after: before.get("default_denied") is False and after["default_denied"] is True,
)


def _read_account_token(target: Target) -> Values:
    return {"mounts_token": flag(target.read(), "automountServiceAccountToken") is not False}


def _write_account_token(target: Target, wanted: Values) -> None:
    target.apply({"automountServiceAccountToken": None if wanted["mounts_token"] else False})


ACCOUNT_TOKEN = Setting(
    action=Action(
        name="give an identity's token to no pod that does not ask for it",
        kind="container.identity",
        columns=("mounts_token",),
        calls=("patch serviceaccounts", "get serviceaccounts"),
        document="Kubernetes documentation: Configure Service Accounts for Pods, Opt out of API credential automounting",
        note="pods that run already keep theirs",
    ),
    read=_read_account_token,
    write=_write_account_token,
)


def _read_service(target: Target) -> Values:
    spec = target.read()["spec"]
    return {"type": type_of(spec), "source_ranges": sorted(texts(spec, "loadBalancerSourceRanges") or [])}


def _write_service(target: Target, wanted: Values) -> None:
    fields: Raw = {}
    spelled = {ours: theirs for theirs, ours in SERVICE_TYPES.items()}
    if "type" in wanted:
        fields["type"] = spelled[wanted["type"]]
    if "source_ranges" in wanted:
        fields["loadBalancerSourceRanges"] = wanted["source_ranges"] or None
    target.apply({"spec": fields})


def _service_type(before: Values, after: Values) -> bool:
    return known(before, after) and all(
        values["type"] in ("cluster-ip", "node-port", "load-balancer") for values in (before, after)
    )


def _ranges(before: Values, after: Values) -> bool:
    return known(before, after) and before.get("type", "load-balancer") == "load-balancer"


SERVICE_TYPE = Setting(
    action=Action(
        name="set by what a service can be reached",
        kind="container.endpoint",
        columns=("type",),
        implied=("public", "external", "ports", "balancer"),
        calls=("patch services", "get services"),
        document="Kubernetes documentation: Service, Publishing Services",
        note="a balancer's address and a node's port that were given up may not be given back",
    ),
    read=lambda target: {"type": _read_service(target)["type"]},
    write=_write_service,
    allowed=_service_type,
)

SERVICE_RANGES = Setting(
    action=Action(
        name="set who may reach a service's balancer",
        kind="container.endpoint",
        columns=("source_ranges",),
        calls=("patch services", "get services"),
        document="Kubernetes documentation: Service, Type LoadBalancer, loadBalancerSourceRanges",
    ),
    read=lambda target: {"source_ranges": _read_service(target)["source_ranges"]},
    write=_write_service,
    allowed=_ranges,
)


def _read_bounds(target: Target) -> Values:
    raw = target.read()
    return {"min_replicas": integer(raw, "spec", "minReplicas") or 1, "max_replicas": integer(raw, "spec", "maxReplicas")}


def _write_bounds(target: Target, wanted: Values) -> None:
    target.apply({"spec": {"minReplicas": wanted["min_replicas"], "maxReplicas": wanted["max_replicas"]}})


def _bounds(before: Values, after: Values) -> bool:
    low, high = ({**before, **after}.get(name) for name in ("min_replicas", "max_replicas"))
    ordered = low is None or high is None or 1 <= low <= high
    return (
        known(before, after)
        and before.get("type", "horizontal") == "horizontal"
        and ordered
        and all(value >= 1 for value in after.values())
    )


SCALER_BOUNDS = Setting(
    action=Action(
        name="set between how many copies an autoscaler chooses",
        kind="container.autoscaler",
        columns=("min_replicas", "max_replicas"),
        implied=("limited", "desired", "current"),
        calls=("patch horizontalpodautoscalers.autoscaling", "get horizontalpodautoscalers.autoscaling"),
        document="Kubernetes documentation: Horizontal Pod Autoscaling",
    ),
    read=_read_bounds,
    write=_write_bounds,
    allowed=_bounds,
)

_BOUNDS: dict[str, tuple[str, Any, Any]] = {
    "cpu_limit_millis": ("cpu", millis, spell_millis),
    "memory_limit_mib": ("memory", mib, spell_mib),
    "pods_limit": ("pods", count, str),
}


def _hard(raw: Raw, what: str) -> str | None:
    hard = at(raw, "spec", "hard") or {}
    return next((name for name in HARD[what] if name in hard), None)


def _read_quota(target: Target) -> Values:
    raw = target.read()
    hard = at(raw, "spec", "hard") or {}
    found = {column: (_hard(raw, what), read) for column, (what, read, _) in _BOUNDS.items()}
    return {column: read(hard[name]) if name else UNSET for column, (name, read) in found.items()}


def _write_quota(target: Target, wanted: Values) -> None:
    raw = target.read()
    hard: Raw = {}
    for column, (what, read, spell) in _BOUNDS.items():
        name = _hard(raw, what)
        if name and column in wanted and read(raw["spec"]["hard"][name]) != wanted[column]:
            hard[name] = spell(wanted[column])
    if not hard:
        raise AskHuman(t("{target} bounds nothing of what is to be set.", target=target), next_step=t("Drop this change."))
    target.apply({"spec": {"hard": hard}})


QUOTA = Setting(
    action=Action(
        name="set how much a namespace may use",
        kind="container.quota",
        columns=tuple(_BOUNDS),
        calls=("patch resourcequotas", "get resourcequotas"),
        document="Kubernetes documentation: Resource Quotas",
    ),
    read=_read_quota,
    write=_write_quota,
    allowed=lambda before, after: (
        known(before, after)
        and before.get("type", "quota") == "quota"
        and all(before[name] >= 0 and after[name] >= 0 for name in after)
    ),
)


def _read_reclaim(target: Target) -> Values:
    return {"reclaim": (text(target.read(), "spec", "persistentVolumeReclaimPolicy") or "").lower()}


def _write_reclaim(target: Target, wanted: Values) -> None:
    if target.type != "volume":
        raise AskHuman(
            t("{target} is a claim; its volume says what becomes of the data.", target=target), next_step=t("Drop this change.")
        )
    target.apply({"spec": {"persistentVolumeReclaimPolicy": wanted["reclaim"].capitalize()}})


RECLAIM = Setting(
    action=Action(
        name="keep a volume's data when its claim goes",
        kind="container.volume",
        columns=("reclaim",),
        calls=("patch persistentvolumes", "get persistentvolumes"),
        document="Kubernetes documentation: Change the Reclaim Policy of a PersistentVolume",
    ),
    read=_read_reclaim,
    write=_write_reclaim,
    allowed=lambda before, after: (
        one_of("delete", "retain")({**before, "reclaim": before.get("reclaim")}, after) and before.get("type", "volume") == "volume"
    ),
)

WAYS: tuple[Way, ...] = (
    CORDON,
    POD_SECURITY,
    DEFAULT_DENY,
    ACCOUNT_TOKEN,
    SERVICE_TYPE,
    SERVICE_RANGES,
    SCALER_BOUNDS,
    QUOTA,
    RECLAIM,
)
