"""Disruption budgets: what they report, and whether this pod may be evicted now."""

from typing import TYPE_CHECKING

from skywright.lab.kubernetes.fields import Object

if TYPE_CHECKING:
    from skywright.lab.kubernetes.cluster import Cluster


def forbids(cluster: "Cluster", pod: Object) -> str:
    """The name of the budget that forbids it, or ""."""
    labels = pod["metadata"].get("labels") or {}
    for budget in cluster.all("poddisruptionbudgets.policy", pod["metadata"]["namespace"]):
        if _takes(budget, labels):
            report(cluster, budget)
            if budget["status"]["disruptionsAllowed"] < 1:
                return str(budget["metadata"]["name"])
    return ""


def report(cluster: "Cluster", budget: Object) -> None:
    """Bring its status up to date. Percentages are rounded up, as the disruption controller does."""
    pods = [
        one for one in cluster.all("pods", budget["metadata"]["namespace"]) if _takes(budget, one["metadata"].get("labels") or {})
    ]
    healthy = sum(one["status"]["phase"] == "Running" and bool(one["spec"].get("nodeName")) for one in pods)
    spec = budget["spec"]
    if "minAvailable" in spec:
        desired = _count(spec["minAvailable"], len(pods))
    else:
        desired = len(pods) - _count(spec.get("maxUnavailable", 0), len(pods))
    counts = {"currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": len(pods)}
    budget["status"] = {"disruptionsAllowed": max(0, healthy - desired), **counts}


def _takes(budget: Object, labels: dict[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in (budget["spec"]["selector"].get("matchLabels") or {}).items())


def _count(bound: int | str, pods: int) -> int:
    return -(-int(bound.rstrip("%")) * pods // 100) if isinstance(bound, str) else bound
