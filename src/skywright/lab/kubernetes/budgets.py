"""Disruption budgets: may this pod be evicted now."""

from skywright.lab.kubernetes.cluster import Cluster
from skywright.lab.kubernetes.fields import Object


def forbids(cluster: Cluster, pod: Object) -> str:
    """The name of the budget that forbids it, or "". Percentages are rounded up, as the disruption controller does."""
    labels = pod["metadata"].get("labels") or {}
    for budget in cluster.all("poddisruptionbudgets.policy", pod["metadata"]["namespace"]):
        wanted = budget["spec"]["selector"].get("matchLabels") or {}
        if any(labels.get(key) != value for key, value in wanted.items()):
            continue
        pods = [
            one
            for one in cluster.all("pods", pod["metadata"]["namespace"])
            if all((one["metadata"].get("labels") or {}).get(key) == value for key, value in wanted.items())
        ]
        ready = sum(one["status"]["phase"] == "Running" and bool(one["spec"].get("nodeName")) for one in pods)
        spec = budget["spec"]
        if "minAvailable" in spec:
            allowed = ready - _count(spec["minAvailable"], len(pods))
        else:
            allowed = _count(spec.get("maxUnavailable", 0), len(pods)) - (len(pods) - ready)
        if allowed < 1:
            return str(budget["metadata"]["name"])
    return ""


def _count(bound: int | str, pods: int) -> int:
    return -(-int(bound.rstrip("%")) * pods // 100) if isinstance(bound, str) else bound
