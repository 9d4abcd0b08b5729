"""A pod as it comes -> the part of it that rows are made of. There may be a hundred thousand: what is not kept costs nothing."""

from collections.abc import Mapping
from typing import Any

from skywright.adapters.clouds.kubernetes.keeps import ANNOTATIONS

Raw = dict[str, Any]

_METADATA = ("name", "namespace", "uid", "labels", "creationTimestamp", "ownerReferences", "deletionTimestamp", "generation")
_SPEC = (
    "nodeName", "serviceAccountName", "automountServiceAccountToken", "hostNetwork", "hostPID", "hostIPC", "imagePullSecrets",
    "securityContext", "volumes", "restartPolicy", "topologySpreadConstraints",
)  # fmt: skip
_CONTAINER = (
    "name",
    "image",
    "ports",
    "resources",
    "securityContext",
    "envFrom",
    "readinessProbe",
    "livenessProbe",
    "restartPolicy",
)
_STATUS = ("phase", "podIP", "reason", "message")
_CONTAINER_STATUS = ("name", "ready", "restartCount", "imageID", "image", "state")


def slim_pod(raw: Raw) -> Raw:
    """The part of a pod that is read. Values of variables, commands and arguments are gone."""
    spec, status = raw["spec"], raw.get("status") or {}
    kept = _picked(raw["metadata"].get("annotations") or {}, ANNOTATIONS)
    slim: Raw = {"metadata": _picked(raw["metadata"], _METADATA), "spec": _picked(spec, _SPEC), "status": _picked(status, _STATUS)}
    if kept:
        slim["metadata"]["annotations"] = kept
    slim["spec"]["containers"] = [_container(one) for one in spec["containers"]]
    if spec.get("initContainers"):
        slim["spec"]["initContainers"] = [_container(one) for one in spec["initContainers"]]
    slim["status"]["containerStatuses"] = [_picked(one, _CONTAINER_STATUS) for one in status.get("containerStatuses") or ()]
    slim["status"]["conditions"] = [one for one in status.get("conditions") or () if one.get("type") in ("Ready", "PodScheduled")]
    return slim


def without_values(spec: Raw) -> Raw:
    """A pod's spec without what may be secret: values of variables, commands and arguments."""
    kept = {name: value for name, value in spec.items() if name not in ("containers", "initContainers")}
    return {**kept, **{part: [_nameless(one) for one in spec[part]] for part in ("initContainers", "containers") if spec.get(part)}}


def _nameless(container: Raw) -> Raw:
    kept = {
        name: value
        for name, value in container.items()
        if name not in ("env", "command", "args", "lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
    }
    return {**kept, "env": [one.get("name") for one in container.get("env") or ()]}


def _container(raw: Raw) -> Raw:
    slim = _picked(raw, _CONTAINER)
    for probe in ("readinessProbe", "livenessProbe"):
        if slim.get(probe) is not None:
            slim[probe] = {}
    if raw.get("env"):
        slim["env"] = [_picked(one, ("name", "valueFrom")) for one in raw["env"]]
    return slim


def _picked(raw: Mapping[str, Any], names: tuple[str, ...]) -> Raw:
    return {name: raw[name] for name in names if name in raw}
