"""What of a pod would be lost, or was asked to be left alone, when it is evicted: the same for who reads it and who evicts it.

Sources: Cluster Autoscaler's FAQ ("What types of pods can prevent CA from removing a node?"), Karpenter's documentation
("Disruption": pod-level controls), ``kubectl drain --delete-emptydir-data``.
"""

from typing import Any

from skywright.adapters.clouds.kit.translate import items, said, text

SAFE = "cluster-autoscaler.kubernetes.io/safe-to-evict"
SAFE_VOLUMES = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
LEAVE = ("karpenter.sh/do-not-disrupt", "karpenter.sh/do-not-evict")

KEPT_ON = ("cluster-autoscaler.kubernetes.io/scale-down-disabled", *LEAVE)
"""Annotations of a node that keep an autoscaler from ending its machine."""

ANNOTATIONS = (SAFE, SAFE_VOLUMES, *LEAVE)
"""The annotations of a pod by which its owners say whether it may be evicted."""


def local_data(pod: Any) -> list[str]:
    """The volumes that live and die with the pod on its node (``emptyDir``), but for those that its annotations give up."""
    if text(pod, "metadata", "annotations", SAFE) == "true":
        return []
    given_up = {name.strip() for name in said(pod, "metadata", "annotations", SAFE_VOLUMES).split(",")}
    found = (said(one, "name") for one in items(pod, "spec", "volumes") if "emptyDir" in one)
    return sorted(name for name in found if name not in given_up)


def left_alone(pod: Any) -> str:
    """The annotation that asks to leave a pod where it is, or nothing."""
    if text(pod, "metadata", "annotations", SAFE) == "false":
        return f"{SAFE}=false"
    return next((f"{name}=true" for name in LEAVE if text(pod, "metadata", "annotations", name) == "true"), "")


def held_on(node: Any) -> str:
    """The annotation by which a node's machine is kept from an autoscaler, or nothing."""
    return next((f"{name}=true" for name in KEPT_ON if text(node, "metadata", "annotations", name) == "true"), "")
