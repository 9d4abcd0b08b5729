"""Nodes that are to be drained -> how their machines go, and by whom: what draining saves is saved only then.

A group that is only made smaller picks a machine by rules of its own, and one whose machine is only ended makes a new one; so the
words name the call that does both. Sources: Cluster Autoscaler's FAQ ("How does scale-down work?", ``scale-down-disabled``);
Karpenter, "Disruption"; and the providers' references of the calls that are named.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from skywright.model.words import t
from skywright.topics.consolidate.nouns import Cluster, Exit, Node, Point

KARPENTER = ("karpenter.sh/nodepool", "karpenter.sh/provisioner-name")
"""Labels of nodes that Karpenter made."""

BY_HAND = {
    "eks.amazonaws.com/nodegroup":
        "aws autoscaling terminate-instance-in-auto-scaling-group --instance-id {machine} --should-decrement-desired-capacity",
    "cloud.google.com/gke-nodepool":
        "gcloud compute instance-groups managed delete-instances {group} --instances {machine}",
    "kubernetes.azure.com/agentpool":
        "az aks nodepool delete-machines --nodepool-name {pool} --machine-names {node}",
}  # fmt: skip
"""Label of a node's pool -> the command that ends this very machine and has its pool smaller by one."""

POOLS = (*KARPENTER, *BY_HAND, "kops.k8s.io/instancegroup")


class By(StrEnum):
    """Who ends the machine of a drained node: an autoscaler that is there, the plan, or people."""

    AUTOSCALER = "autoscaler"
    PLAN = "plan"
    PEOPLE = "people"


class Leave(msgspec.Struct, frozen=True, kw_only=True):
    """How the machine of a drained node goes."""

    node: str
    machine: str
    by: By
    how: str


Able = Callable[[Node], bool]
"""Can the cloud of a node's machine take this very one out of its group."""


def never(_node: Node) -> bool:
    """No cloud is asked."""
    return False


def leaving(cluster: Cluster, point: Point, able: Able = never) -> Iterator[Leave]:
    """One a drained node, in order. Where an autoscaler is, machines are left to it."""
    taken: Counter[str] = Counter()
    for node in cluster.nodes:
        if node.name in point.drained:
            taken[node.exit.group] += 1
            full = node.exit.spare is not None and taken[node.exit.group] > node.exit.spare
            by = _by(node, able, full=full)
            yield Leave(node=node.name, machine=node.machine, by=by, how=" ".join(_words(node, by, full=full)))


def _by(node: Node, able: Able, *, full: bool) -> By:
    exit_ = node.exit
    if full or exit_.held:
        return By.PEOPLE
    if exit_.scaler:
        return By.AUTOSCALER
    known = bool(node.machine and exit_.group) and exit_.spare is not None and not exit_.used
    return By.PLAN if known and able(node) else By.PEOPLE


def _words(node: Node, by: By, *, full: bool) -> Iterator[str]:
    exit_, machine = node.exit, _last(node.machine)
    if by is By.PLAN:
        yield t("The plan ends its machine {machine} once it is empty, and has group {group} smaller by it.",
                machine=machine, group=_last(exit_.group))  # fmt: skip
        return
    if exit_.used:
        yield t("{source} still uses its machine.", source=exit_.used)
    if full:
        yield t("Its group {group} is at its smallest size then: lower that first.", group=_last(exit_.group))
    if exit_.held:
        yield t("Its annotation {annotation} keeps the autoscaler from ending its machine: take it off.", annotation=exit_.held)
    if exit_.scaler:
        yield t("{scaler} ends its machine once it is empty, if its pool is set to shrink.", scaler=exit_.scaler)
        return
    command = BY_HAND.get(exit_.pool.partition("=")[0], "")
    if machine and command:
        asked = {
            "machine": machine,
            "node": node.name,
            "pool": exit_.pool.partition("=")[2],
            "group": _last(exit_.group) or "GROUP",
        }
        yield t("End its machine and have its pool smaller in one step: `{command}`.", command=command.format(**asked))
    elif exit_.group:
        yield t("Take machine {machine} out of its group {group} so that the group gets smaller by this very one.",
                machine=machine, group=_last(exit_.group))  # fmt: skip
    elif machine:
        yield t("End its machine {machine}; where it is of a pool, one smaller by this very machine.", machine=machine)
    else:
        yield t("Which machine it is is not known: gather its cloud, or end it by hand.")


def _last(identifier: str) -> str:
    """The provider's own name in an id."""
    return identifier.rpartition("/")[2]


def pool_of(labels: dict[str, str]) -> str:
    """``label=pool`` of a node; nothing where no label that is known tells."""
    return next((f"{key}={labels[key]}" for key in POOLS if labels.get(key)), "")


def exit_of(labels: dict[str, str], row: Mapping[str, Any]) -> Exit:
    """What is known of the way out. An autoscaler runs in the cluster; Karpenter is known by its nodes."""
    pool = pool_of(labels)
    scaler = "Karpenter" if pool.partition("=")[0] in KARPENTER else row["scaler"] or ""
    group, held, used = (row[name] or "" for name in ("of_group", "held", "used"))
    return Exit(pool=pool, group=group, spare=row["spare"], held=held, scaler=scaler, used=used)
