"""Every action's case, by the name of the action: a fresh cluster of the lab, a change, and how it looks from inside."""

from collections.abc import Callable
from typing import Any

import msgspec
from tests.adapters.clouds.kubernetes._harness import ACCOUNT, Case

from skywright.adapters.clouds.kubernetes.containers import containers
from skywright.adapters.clouds.kubernetes.resources import address
from skywright.lab.kubernetes import KubernetesLab
from skywright.lab.kubernetes.estate import Builder
from skywright.lab.kubernetes.fields import Object
from skywright.lab.kubernetes.refused import Refused

WEB = "deployment/shop/web"


def look(lab: KubernetesLab, kind: str, native_id: str) -> Object | None:
    where = address(kind, native_id)
    assert where is not None
    try:
        return lab.clusters[ACCOUNT].get(where.api.name, where.namespace, where.name)
    except Refused:
        return None


def ready(lab: KubernetesLab) -> Builder:
    """The small estate, with its roll-outs complete."""
    cluster = lab.clusters[ACCOUNT]
    for one in cluster.all("deployments.apps"):
        cluster.looks[one["metadata"]["uid"]] = 9
    from skywright.lab.kubernetes import controllers

    controllers.settle(cluster)
    return Builder(cluster)


def _spec(lab: KubernetesLab, native_id: str = WEB) -> Object:
    return look(lab, "container.workload", native_id)["spec"]["template"]["spec"]


def workload(lab: KubernetesLab, before: Any, after: Any, see: Callable[[], dict[str, Any]], goal: Any, **more: Any) -> Case:
    return Case(kind="container.workload", native_id=WEB, before=before, after=after, see=see, goal=goal, **more)


def scale(lab: KubernetesLab) -> Case:
    ready(lab)
    pods = lab.clusters[ACCOUNT]

    def see() -> dict[str, Any]:
        mine = [one for one in pods.all("pods", "shop") if one["metadata"]["labels"].get("app") == "web"]
        return {"replicas": look(lab, "container.workload", WEB)["spec"]["replicas"], "pods": len(mine)}

    return workload(lab, {"desired": 3, "type": "deployment"}, {"desired": 5}, see, {"replicas": 5, "pods": 5})


def _containers(lab: KubernetesLab, **columns: Any) -> Case:
    ready(lab)
    before = containers(_spec(lab))
    after = [msgspec.structs.replace(one, **columns) for one in before]

    def see() -> dict[str, Any]:
        return msgspec.to_builtins(containers(_spec(lab))[0])

    return workload(lab, {"containers": msgspec.to_builtins(before)}, {"containers": msgspec.to_builtins(after)}, see, columns)


def image(lab: KubernetesLab) -> Case:
    return _containers(lab, image="registry.example/web:1.1")


def size(lab: KubernetesLab) -> Case:
    return _containers(lab, cpu_request_millis=200, memory_limit_mib=512)


def unset_limit(lab: KubernetesLab) -> Case:
    return _containers(lab, cpu_limit_millis=-1)


def confine(lab: KubernetesLab) -> Case:
    case = _containers(lab, read_only_root=False)
    spec = _spec(lab)
    assert spec["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    return case


def unprivileged(lab: KubernetesLab) -> Case:
    ready(lab)
    before = containers(_spec(lab, "deployment/shop/agent"))
    after = [msgspec.structs.replace(one, privileged=False, privilege_escalation=False, runs_as_root=False) for one in before]

    def see() -> dict[str, Any]:
        return {"security": _spec(lab, "deployment/shop/agent")["containers"][0].get("securityContext")}

    return Case(
        kind="container.workload",
        native_id="deployment/shop/agent",
        before={"containers": msgspec.to_builtins(before)},
        after={"containers": msgspec.to_builtins(after)},
        see=see,
        goal={"security": {"allowPrivilegeEscalation": False, "runAsNonRoot": True}},
    )


def several(lab: KubernetesLab) -> Case:
    return _containers(lab, image="registry.example/web:1.1", memory_request_mib=64, read_only_root=False)


def token(lab: KubernetesLab) -> Case:
    builder = ready(lab)
    builder.deployment("shop", "crawl", automountServiceAccountToken=True)
    ready(lab)
    return Case(
        kind="container.workload",
        native_id="deployment/shop/crawl",
        before={"mounts_token": True, "type": "deployment"},
        after={"mounts_token": False},
        see=lambda: {"token": _spec(lab, "deployment/shop/crawl").get("automountServiceAccountToken")},
        goal={"token": False},
    )


def suspend(lab: KubernetesLab) -> Case:
    builder = ready(lab)
    job = {"template": {"spec": {"containers": [{"name": "app", "image": "registry.example/report:1"}], "restartPolicy": "Never"}}}
    builder.put("CronJob", "report", "shop", spec={"schedule": "0 3 * * *", "jobTemplate": {"spec": job}})
    return Case(
        kind="container.workload",
        native_id="cron-job/shop/report",
        before={"suspended": False, "type": "cron-job"},
        after={"suspended": True},
        see=lambda: {"suspend": look(lab, "container.workload", "cron-job/shop/report")["spec"]["suspend"]},
        goal={"suspend": True},
    )


def budget(lab: KubernetesLab) -> Case:
    ready(lab)

    def see() -> dict[str, Any]:
        found = look(lab, "container.disruption", "shop/agent-skywright")
        return {"spec": found and found["spec"]}

    goal = {"spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "agent"}}}}
    return Case(
        kind="container.workload",
        native_id="deployment/shop/agent",
        before={"budgeted": False, "desired": 2},
        after={"budgeted": True},
        see=see,
        goal=goal,
    )


def drain(lab: KubernetesLab) -> Case:
    ready(lab)
    cluster = lab.clusters[ACCOUNT]

    def see() -> dict[str, Any]:
        node = cluster.get("nodes", "", "shop-node-0")
        return {"unschedulable": bool(node["spec"].get("unschedulable"))}

    return Case(
        kind="container.node",
        native_id="shop-node-0",
        before={"schedulable": True, "availability": "active"},
        after={"availability": "drain"},
        see=see,
        goal={"unschedulable": True},
    )


def plain(
    kind: str, native_id: str, before: Any, after: Any, path: tuple[str, ...], goal: Any, prepare: Any = None
) -> Callable[..., Case]:
    """A case whose change shows in one field of the object."""

    def make(lab: KubernetesLab) -> Case:
        builder = ready(lab)
        if prepare:
            prepare(builder)

        def see() -> dict[str, Any]:
            found: Any = look(lab, kind, native_id)
            for part in path:
                found = found.get(part) if found else None
            return {"seen": None if found == {} else found}

        return Case(kind=kind, native_id=native_id, before=before, after=after, see=see, goal={"seen": goal})

    return make


def deny(lab: KubernetesLab) -> Case:
    builder = ready(lab)
    builder.put("Namespace", "lab")

    def see() -> dict[str, Any]:
        found = look(lab, "container.policy", "lab/skywright-default-deny")
        return {"spec": found and found["spec"]}

    return Case(
        kind="container.namespace",
        native_id="lab",
        before={"default_denied": False},
        after={"default_denied": True},
        see=see,
        goal={"spec": {"podSelector": {}, "policyTypes": ["Ingress"]}},
    )


def deleted(kind: str, native_id: str, prepare: Callable[[Builder], object]) -> Callable[[KubernetesLab], Case]:
    def make(lab: KubernetesLab) -> Case:
        prepare(ready(lab))

        def see() -> dict[str, Any]:
            found = look(lab, kind, native_id)
            if found is None:
                return {"gone": True}
            return {"gone": False, "labels": found["metadata"].get("labels"), "data": found.get("data"), "spec": found.get("spec")}

        return Case(kind=kind, native_id=native_id, before={"state": "available"}, after=None, see=see, goal={"gone": True})

    return make


def claim(lab: KubernetesLab) -> Case:
    builder = ready(lab)
    disk = {
        "capacity": {"storage": "20Gi"},
        "persistentVolumeReclaimPolicy": "Delete",
        "csi": {"driver": "d", "volumeHandle": "vol-0a"},
    }
    builder.put("PersistentVolume", "disk", spec=disk)
    spec = {"volumeName": "disk", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}}
    builder.put("PersistentVolumeClaim", "data", "shop", spec=spec)

    def see() -> dict[str, Any]:
        found, volume = look(lab, "container.volume", "claim/shop/data"), look(lab, "container.volume", "volume/disk")
        return {
            "claim": found and found["status"]["phase"],
            "data": volume is not None,
            "policy": volume and volume["spec"]["persistentVolumeReclaimPolicy"],
        }

    before = {"type": "claim", "bound": True, "used": False}
    goal = {"claim": None, "data": True, "policy": "Retain"}
    return Case(kind="container.volume", native_id="claim/shop/data", before=before, after=None, see=see, goal=goal)


def _scaler(builder: Builder) -> None:
    target = {"kind": "Deployment", "name": "agent", "apiVersion": "apps/v1"}
    builder.put("HorizontalPodAutoscaler", "agent", "shop", spec={"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 4})


def _front(builder: Builder) -> None:
    ports = [{"port": 443, "targetPort": 8080}]
    builder.put("Service", "front", "shop", spec={"type": "LoadBalancer", "selector": {"app": "web"}, "ports": ports})


def _disk(builder: Builder) -> None:
    builder.put("PersistentVolume", "disk", spec={"capacity": {"storage": "20Gi"}, "persistentVolumeReclaimPolicy": "Delete"})


LABELS = ("metadata", "labels")
OLD = {"app": "web", "owner": "shop"}
NEW = {"app": "web", "team": "front"}

SETTINGS: dict[str, Callable[[KubernetesLab], Case]] = {
    "let a node take no new pods": plain(
        "container.node", "shop-node-1", {"schedulable": True}, {"schedulable": False}, ("spec", "unschedulable"), True
    ),
    "enforce a pod security standard in a namespace": plain(
        "container.namespace",
        "default",
        {"pod_security": ""},
        {"pod_security": "baseline"},
        LABELS,
        {"pod-security.kubernetes.io/enforce": "baseline"},
    ),
    "give an identity's token to no pod that does not ask for it": plain(
        "container.identity",
        "shop/open",
        {"mounts_token": True},
        {"mounts_token": False},
        ("automountServiceAccountToken",),
        False,
        lambda builder: builder.put("ServiceAccount", "open", "shop"),
    ),
    "set by what a service can be reached": plain(
        "container.endpoint", "shop/front", {"type": "load-balancer"}, {"type": "cluster-ip"}, ("spec", "type"), "ClusterIP", _front
    ),
    "set who may reach a service's balancer": plain(
        "container.endpoint",
        "shop/front",
        {"source_ranges": []},
        {"source_ranges": ["192.0.2.0/24"]},
        ("spec", "loadBalancerSourceRanges"),
        ["192.0.2.0/24"],
        _front,
    ),
    "set between how many copies an autoscaler chooses": plain(
        "container.autoscaler",
        "horizontal/shop/agent",
        {"max_replicas": 4},
        {"max_replicas": 8},
        ("spec", "maxReplicas"),
        8,
        _scaler,
    ),
    "set how much a namespace may use": plain(
        "container.quota", "quota/shop/shop", {"pods_limit": 100}, {"pods_limit": 50}, ("spec", "hard", "pods"), "50"
    ),
    "keep a volume's data when its claim goes": plain(
        "container.volume",
        "volume/disk",
        {"reclaim": "delete", "type": "volume"},
        {"reclaim": "retain"},
        ("spec", "persistentVolumeReclaimPolicy"),
        "Retain",
        _disk,
    ),
}

CASES: dict[str, Callable[[KubernetesLab], Case]] = {
    "scale a workload": scale,
    "set the images of a workload": image,
    "set requests and limits of a workload": size,
    "take privileges from a workload's containers": confine,
    "set images, sizes and privileges of a workload at once": several,
    "keep the API's token out of a workload": token,
    "suspend a cron job": suspend,
    "guard a workload by a disruption budget": budget,
    "drain a node": drain,
    "let nothing into a namespace unless a network policy says so": deny,
    **SETTINGS,
    "delete a config": deleted(
        "container.config", "shop/old", lambda b: b.put("ConfigMap", "old", "shop", labels={"a": "b"}, data={"x": "1", "y": "2"})
    ),
    "delete a claim": claim,
    "delete a service": deleted("container.endpoint", "shop/front", _front),
    "delete a network policy": deleted("container.policy", "shop/nothing-in", lambda b: None),
    "delete a disruption budget": deleted("container.disruption", "shop/web", lambda b: None),
    "delete an autoscaler": deleted("container.autoscaler", "horizontal/shop/agent", _scaler),
    "delete a secret": deleted("container.secret", "shop/old", lambda b: b.put("Secret", "old", "shop", data={"password": "eA=="})),
    "change the labels of container.workload": plain("container.workload", WEB, {"tags": OLD}, {"tags": NEW}, LABELS, NEW),
    "change the labels of container.namespace": plain(
        "container.namespace", "default", {"tags": {}}, {"tags": {"owner": "ops"}}, LABELS, {"owner": "ops"}
    ),
}

VARIANTS: dict[str, Callable[[KubernetesLab], Case]] = {
    "take a limit away": unset_limit,
    "take privileged away": unprivileged,
}
ALL = {**CASES, **VARIANTS}
SAME_CALLS = "change the labels of "
"""Labels of every kind go through the same code: two kinds are enough."""
