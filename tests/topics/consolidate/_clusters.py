"""Clusters for tests: nodes of four processors and 16 GiB at 100 a month, pods of a deployment."""

from decimal import Decimal

from skywright.topics.consolidate.nouns import Cluster, Node, Pod, Wants

ANYWHERE = Wants()


def pod(name, cpu=500, memory=1024, **more):
    facts = {"workload": name.partition("-")[0], "wants": ANYWHERE, "budgeted": True, "copies": 3}
    return Pod(id=f"k:c:c:container.pod/{name}", cpu=cpu, memory=memory, **facts | more)


def node(name, *pods, **more):
    facts = {"cpu": 4000, "memory": 16384, "pods_max": 110, "labels": {}, "taints": (), "architecture": "x86_64", "zone": "a"}
    machine = {"machine": f"aws:1:r:compute.instance/i-{name}", "monthly": Decimal(100)}
    return Node(id=f"k:c:c:container.node/{name}", name=name, pods=pods, **facts | machine | more)


def cluster(*nodes):
    return Cluster(name="k:c", currency="USD", nodes=nodes)
