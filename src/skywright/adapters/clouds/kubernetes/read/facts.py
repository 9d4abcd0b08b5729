"""Facts that many readers want: what runs from which template, who uses what, whom a controller's name stands for."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from skywright.adapters.clouds.kit.translate import at, items, said, text
from skywright.adapters.clouds.kubernetes.containers import used
from skywright.adapters.clouds.kubernetes.place import namespace_of, spaced
from skywright.adapters.clouds.kubernetes.read.base import Raw, Reading
from skywright.adapters.clouds.kubernetes.resources import TYPES, WORKLOADS
from skywright.adapters.clouds.kubernetes.selectors import owner, takes


class Template(msgspec.Struct, frozen=True):
    """What a workload makes its pods from. ``raw`` is the workload itself."""

    type: str
    raw: Raw
    spec: Raw
    labels: dict[str, str]

    @property
    def namespace(self) -> str:
        """Where it is."""
        return namespace_of(self.raw)

    @property
    def native_id(self) -> str:
        """``deployment/shop/web``."""
        return f"{self.type}/{spaced(self.raw)}"


def template(type_: str, raw: Raw) -> Template:
    """The template of a workload of a type. Raises what a raw of another shape raises."""
    if type_ == "bare":
        return Template(type_, raw, raw["spec"], at(raw, "metadata", "labels") or {})
    inner = raw["spec"]["jobTemplate"]["spec"]["template"] if type_ == "cron-job" else raw["spec"]["template"]
    return Template(type_, raw, inner["spec"], at(inner, "metadata", "labels") or {})


def stands_alone(type_: str, raw: Raw) -> bool:
    """Is it a workload of its own: not what another workload of ours makes."""
    if type_ not in ("replica-set", "job", "bare"):
        return True
    found = owner(raw)
    return found is None or found[0] not in TYPES


def templates(reading: Reading) -> list[Template]:
    """Every workload of the namespaces that matter. Raises model.errors: where one list is missing, nothing can be said of use."""
    return [
        template(type_, raw)
        for type_, name in WORKLOADS.items()
        if type_ != "replica-set"
        for raw in reading.all(name)
        if stands_alone(type_, raw)
    ]


def selected(reading: Reading, found: list[Template], namespace: str, selector: Any) -> list[str]:
    """The ids of the workloads in a namespace whose pods a selector takes."""
    return reading.place.refs(
        "container.workload", (one.native_id for one in found if one.namespace == namespace and takes(selector, one.labels))
    )


Uses = dict[tuple[str, str, str], int]
"""(``config``, ``secret``, ``claim`` or ``identity``; namespace; name) -> how many use it."""


def uses(reading: Reading) -> Uses:
    """Who uses what. Of secrets also identities and doors for HTTP do."""
    found: Uses = defaultdict(int)
    for one in templates(reading):
        for what, name in {*used(one.spec), ("identity", said(one.spec, "serviceAccountName") or "default")}:
            found[what, one.namespace, name] += 1
        for what, name in _claimed(one):
            found[what, one.namespace, name] += 1
    for raw in reading.all("serviceaccounts"):
        names = {text(one, "name") for part in ("secrets", "imagePullSecrets") for one in items(raw, part)}
        for name in filter(None, names):
            found["secret", namespace_of(raw), name] += 1
    for namespace, name in _certificates(reading):
        found["secret", namespace, name] += 1
    return found


def _claimed(one: Template) -> Iterator[tuple[str, str]]:
    """The claims that a stateful set made for its copies: ``<template>-<set>-<number>``."""
    if one.type == "stateful-set":
        count = at(one.raw, "spec", "replicas") or 0
        for claim in items(one.raw, "spec", "volumeClaimTemplates"):
            for number in range(count):
                yield "claim", f"{claim['metadata']['name']}-{one.raw['metadata']['name']}-{number}"


def _certificates(reading: Reading) -> Iterator[tuple[str, str]]:
    for raw in reading.all("ingresses.networking.k8s.io"):
        for name in {text(one, "secretName") for one in items(raw, "spec", "tls")}:
            if name:
                yield namespace_of(raw), name
    for raw in reading.all("gateways.gateway.networking.k8s.io", wide=True):
        for listener in items(raw, "spec", "listeners"):
            for one in items(listener, "tls", "certificateRefs"):
                yield text(one, "namespace") or namespace_of(raw), said(one, "name")


def keepers(reading: Reading) -> dict[tuple[str, str, str], tuple[str, str]]:
    """(kind, namespace, name) of a replica set or job -> (kind, name) of what made it."""
    found = {}
    for kind, name in (("ReplicaSet", "replicasets.apps"), ("Job", "jobs.batch")):
        for raw in reading.all(name):
            made_by = owner(raw)
            if made_by is not None:
                found[kind, namespace_of(raw), str(raw["metadata"]["name"])] = made_by
    return found
