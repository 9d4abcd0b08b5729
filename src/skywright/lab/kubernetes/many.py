"""Thousands of workloads and pods at once, without the controllers' patience."""

import random

from skywright.lab.kubernetes import controllers
from skywright.lab.kubernetes.cluster import Cluster


def fill(cluster: Cluster, workloads: int, copies: int, chance: random.Random) -> None:
    """Add deployments with their replica sets and pods."""
    for number in range(workloads):
        cluster.load(_deployment(number, copies, chance.choice(("50m", "100m", "250m", "500m"))))
    for one in cluster.all("deployments.apps"):
        if one["metadata"]["name"].startswith("part-"):
            controllers.unfold(cluster, one)


def _deployment(number: int, copies: int, cpu: str) -> dict[str, object]:
    name = f"part-{number:05d}"
    labels = {"app": name}
    container = {
        "name": "app",
        "image": f"registry.example/{name}:1.{number % 7}",
        "resources": {"requests": {"cpu": cpu, "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": copies, "selector": {"matchLabels": labels}, "template": template}
    return {"kind": "Deployment", "metadata": {"name": name, "namespace": "shop", "labels": labels}, "spec": spec}
