"""Where the stand-in's pods go: an open node that bears the labels that they ask for and no taint that they do not bear."""

from typing import TYPE_CHECKING

from skywright.lab.kubernetes.fields import Object

if TYPE_CHECKING:
    from skywright.lab.kubernetes.cluster import Cluster


def pick(cluster: "Cluster", spec: Object, number: int) -> str:
    """The name of a node for a pod with this spec, in turn; "" where there is none."""
    fitting = [node["metadata"]["name"] for node in cluster.all("nodes") if _suits(node, spec)]
    return fitting[number % len(fitting)] if fitting else ""


def conditions(cluster: "Cluster", node: str, *, ready: bool) -> list[Object]:
    """What a pod's status says of where it is."""
    found: list[Object] = [{"type": "Ready", "status": str(ready)}]
    if not node:
        nodes = len(cluster.all("nodes"))
        words = f"0/{nodes} nodes are available: {nodes} node(s) were unschedulable or did not suit the pod."
        found.append({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": words})
    return found


def _suits(node: Object, spec: Object) -> bool:
    labels = node["metadata"].get("labels") or {}
    taints = [one for one in node["spec"].get("taints") or () if one["effect"] != "PreferNoSchedule"]
    borne = {one.get("key") for one in spec.get("tolerations") or ()}
    wanted = spec.get("nodeSelector") or {}
    labelled = all(labels.get(key) == value for key, value in wanted.items())
    return not node["spec"].get("unschedulable") and labelled and all(one["key"] in borne for one in taints)
