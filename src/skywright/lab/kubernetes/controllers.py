"""What the stand-in's controllers do: defaults, replica sets and pods, roll-outs that proceed with every look, volumes bound.

An image whose tag contains ``bad`` never becomes ready; its roll-out is past its deadline after some looks.
"""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from skywright.lab.kubernetes import budgets, scheduler
from skywright.lab.kubernetes.fields import Object
from skywright.lab.kubernetes.refused import Refused

if TYPE_CHECKING:
    from skywright.lab.kubernetes.cluster import Cluster

LOOKS_UNTIL_READY = 2
LOOKS_UNTIL_LATE = 4
TEMPLATED = ("deployments.apps", "statefulsets.apps", "daemonsets.apps")


def default(cluster: "Cluster", made: Object) -> None:
    """The fields that the server fills in."""
    spec = (
        made.setdefault("spec", {}) if made["kind"] not in ("ConfigMap", "Secret", "ServiceAccount") and "rules" not in made else {}
    )
    match made["kind"]:
        case "Deployment":
            spec.setdefault("replicas", 1)
            spec.setdefault("progressDeadlineSeconds", 600)
            spec.setdefault("strategy", {"type": "RollingUpdate"})
        case "StatefulSet" | "ReplicaSet":
            spec.setdefault("replicas", 1)
        case "CronJob":
            spec.setdefault("suspend", False)
        case "HorizontalPodAutoscaler":
            spec.setdefault("minReplicas", 1)
        case "Service":
            _service(cluster, made, spec)
        case "Namespace":
            made.setdefault("status", {"phase": "Active"})
        case _:
            pass


def _service(cluster: "Cluster", made: Object, spec: Object) -> None:
    type_ = spec.setdefault("type", "ClusterIP")
    spec.setdefault("clusterIP", cluster.address())
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        if type_ in ("NodePort", "LoadBalancer"):
            port.setdefault("nodePort", cluster.port())
        else:
            port.pop("nodePort", None)
    made["status"] = {"loadBalancer": {}}
    if type_ == "LoadBalancer":
        number = int(hashlib.sha256(made["metadata"]["name"].encode()).hexdigest(), 16) % 250 + 1
        made["status"] = {"loadBalancer": {"ingress": [{"ip": f"203.0.113.{number}"}]}}


def validate(made: Object) -> None:
    """What the server refuses (422)."""
    spec = made.get("spec") or {}
    if made["kind"] == "HorizontalPodAutoscaler" and spec["minReplicas"] > spec["maxReplicas"]:
        raise Refused(422, "Invalid", "spec.maxReplicas: Invalid value: must be greater than or equal to `minReplicas`")
    if made["kind"] == "Service" and spec.get("loadBalancerSourceRanges") and spec["type"] != "LoadBalancer":
        raise Refused(422, "Invalid", "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'")
    if isinstance(spec.get("replicas"), int) and spec["replicas"] < 0:
        raise Refused(422, "Invalid", "spec.replicas: Invalid value: must be greater than or equal to 0")


def settle(cluster: "Cluster") -> None:
    """Bring replica sets, pods and bindings in line with what is wanted; nothing becomes ready before it is looked at."""
    for one in cluster.all("deployments.apps"):
        _roll(cluster, one)
    for name in ("statefulsets.apps", "daemonsets.apps"):
        for one in cluster.all(name):
            _pods(cluster, one, one)
            _report(cluster, one)
    for claim in cluster.all("persistentvolumeclaims"):
        _bind(cluster, claim)


def looked(cluster: "Cluster", one: Object) -> None:
    """Somebody reads a workload: time goes on for it."""
    if one["kind"] == "PodDisruptionBudget":
        budgets.report(cluster, one)
    if one["kind"] in ("Deployment", "StatefulSet", "DaemonSet"):
        cluster.looks[one["metadata"]["uid"]] += 1
        _report(cluster, one)


def age(cluster: "Cluster") -> None:
    """What is there has been there for long: roll-outs have come to their end, good or bad."""
    for name in TEMPLATED:
        for one in cluster.all(name):
            cluster.looks[one["metadata"]["uid"]] = LOOKS_UNTIL_LATE
    settle(cluster)


def digest(template: Any) -> str:
    """What a template is known by."""
    return hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]


def _roll(cluster: "Cluster", one: Object) -> None:
    """A deployment's replica set of the present template, and its pods."""
    namespace, name = one["metadata"]["namespace"], f"{one['metadata']['name']}-{digest(one['spec']['template'])}"
    owner = _owner(one)
    known = [raw for raw in cluster.all("replicasets.apps", namespace) if raw["metadata"].get("ownerReferences") == [owner]]
    present = next((raw for raw in known if raw["metadata"]["name"] == name), None)
    if present is None:
        cluster.looks[one["metadata"]["uid"]] = 0
        spec = {"replicas": one["spec"]["replicas"], "selector": one["spec"]["selector"], "template": one["spec"]["template"]}
        metadata = {"name": name, "namespace": namespace, "ownerReferences": [owner]}
        cluster.add({"kind": "ReplicaSet", "metadata": metadata, "spec": spec}, manager="")
        return  # settling began anew with it
    for old in known:
        if old is not present:
            cluster.remove("replicasets.apps", (namespace, old["metadata"]["name"]))
            return
    _pods(cluster, one, present)
    _report(cluster, one)


def unfold(cluster: "Cluster", one: Object) -> None:
    """A deployment that was loaded gets its replica set and pods at once, all ready."""
    default(cluster, one)
    name, template = f"{one['metadata']['name']}-{digest(one['spec']['template'])}", one["spec"]["template"]
    metadata = {"name": name, "namespace": one["metadata"]["namespace"], "ownerReferences": [_owner(one)]}
    spec = {"replicas": one["spec"]["replicas"], "selector": one["spec"]["selector"], "template": template}
    keeper = cluster.load({"kind": "ReplicaSet", "metadata": metadata, "spec": spec})
    nodes = [node["metadata"]["name"] for node in cluster.all("nodes")]
    for number in range(one["spec"]["replicas"]):
        cluster.load(_pod(cluster, keeper, template, number, nodes[number % len(nodes)]))
    cluster.looks[one["metadata"]["uid"]] = LOOKS_UNTIL_READY
    _report(cluster, one)


def _owner(one: Object) -> Object:
    return {
        "apiVersion": one["apiVersion"],
        "kind": one["kind"],
        "name": one["metadata"]["name"],
        "uid": one["metadata"]["uid"],
        "controller": True,
    }


def _pods(cluster: "Cluster", workload: Object, keeper: Object) -> None:
    namespace, template = workload["metadata"]["namespace"], workload["spec"]["template"]
    wanted = len(cluster.all("nodes")) if workload["kind"] == "DaemonSet" else workload["spec"]["replicas"]
    uid = keeper["metadata"]["uid"]
    mine = [
        pod
        for pod in cluster.all("pods", namespace)
        if any(owner["uid"] == uid for owner in pod["metadata"].get("ownerReferences") or ())
        and pod["metadata"]["annotations"]["lab/template"] == digest(template)
    ]
    stale = [
        pod
        for pod in cluster.all("pods", namespace)
        if any(owner["uid"] == uid for owner in pod["metadata"].get("ownerReferences") or ()) and pod not in mine
    ]
    for pod in [*stale, *mine[wanted:]]:
        cluster.remove("pods", (namespace, pod["metadata"]["name"]))
        return
    for number in range(len(mine), wanted):
        node = scheduler.pick(cluster, template["spec"], number)
        cluster.add(_pod(cluster, keeper, template, number, node), manager="")
        return  # settling began anew with it
    for number, pod in enumerate(mine):
        if not pod["spec"]["nodeName"] and (node := scheduler.pick(cluster, template["spec"], number)):
            pod |= {key: _pod(cluster, keeper, template, number, node)[key] for key in ("spec", "status")}
            cluster.touch(pod)


def _pod(cluster: "Cluster", keeper: Object, template: Object, number: int, node: str) -> Object:
    version = next(cluster.versions)
    metadata = {
        "name": f"{keeper['metadata']['name']}-{version:x}",
        "namespace": keeper["metadata"]["namespace"],
        "labels": template["metadata"].get("labels") or {},
        "annotations": {"lab/template": digest(template)},
        "ownerReferences": [_owner(keeper)],
    }
    bad = any("bad" in one["image"].rpartition(":")[2] for one in template["spec"]["containers"])
    ready = not bad and bool(node)
    state: Object = {"running": {}} if ready else {"waiting": {"reason": "ImagePullBackOff" if node else "Unschedulable"}}
    statuses = [
        {"name": one["name"], "image": one["image"], "imageID": "", "ready": ready, "restartCount": 0, "state": state}
        for one in template["spec"]["containers"]
    ]
    status = {
        "phase": "Running" if ready else "Pending",
        "podIP": f"10.244.{number % 250}.{version % 250 + 1}",
        "conditions": scheduler.conditions(cluster, node, ready=ready),
        "containerStatuses": statuses,
    }
    return {"kind": "Pod", "metadata": metadata, "spec": {**template["spec"], "nodeName": node}, "status": status}


def _report(cluster: "Cluster", one: Object) -> None:
    """A workload's status: what is wanted is ready after some looks, unless its image is bad."""
    looks = cluster.looks[one["metadata"]["uid"]]
    images = [container["image"] for container in one["spec"]["template"]["spec"]["containers"]]
    bad = any("bad" in image.rpartition(":")[2] for image in images)
    wanted = len(cluster.all("nodes")) if one["kind"] == "DaemonSet" else one["spec"]["replicas"]
    ready = wanted if looks >= LOOKS_UNTIL_READY and not bad else 0
    generation = one["metadata"].get("generation", 1)
    seen = generation if looks >= 1 else generation - 1
    late = bad and looks >= LOOKS_UNTIL_LATE
    condition = {
        "type": "Progressing",
        "status": "False" if late else "True",
        "reason": "ProgressDeadlineExceeded" if late else "NewReplicaSetAvailable",
        "message": f'ReplicaSet "{one["metadata"]["name"]}" has timed out progressing.' if late else "",
    }
    status: Object
    if one["kind"] == "DaemonSet":
        status = {"desiredNumberScheduled": wanted, "numberReady": ready, "updatedNumberScheduled": wanted}
    else:
        status = {"replicas": wanted, "readyReplicas": ready, "updatedReplicas": wanted, "availableReplicas": ready}
    status |= {"observedGeneration": seen, "conditions": [condition] if one["kind"] == "Deployment" else []}
    if one.get("status") != status:
        one["status"] = status
        cluster.touch(one)


def _bind(cluster: "Cluster", claim: Object) -> None:
    name = claim["spec"].get("volumeName")
    volume = next((one for one in cluster.all("persistentvolumes") if one["metadata"]["name"] == name), None)
    if volume is None:
        claim["status"] = {"phase": "Pending"}
        return
    reference = volume["spec"].get("claimRef") or {}
    if reference.get("uid") in (None, claim["metadata"]["uid"]):
        where = {"namespace": claim["metadata"]["namespace"], "name": claim["metadata"]["name"], "uid": claim["metadata"]["uid"]}
        volume["spec"]["claimRef"] = where
        volume["status"] = {"phase": "Bound"}
        claim["status"] = {"phase": "Bound", "capacity": volume["spec"]["capacity"]}


def removed(cluster: "Cluster", gone: Object) -> None:
    """What follows when an object goes: its claim gone, a volume is released, or goes too when it is to be deleted."""
    if gone["kind"] != "PersistentVolumeClaim":
        return
    for volume in cluster.all("persistentvolumes"):
        if (volume["spec"].get("claimRef") or {}).get("uid") == gone["metadata"]["uid"]:
            volume["status"] = {"phase": "Released"}
            if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
                cluster.remove("persistentvolumes", ("", volume["metadata"]["name"]))
