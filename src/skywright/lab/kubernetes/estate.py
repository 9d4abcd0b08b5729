"""A believable estate with known faults: a shop on a current cluster, an old cluster at the edge."""

import random
from typing import Any

from skywright.lab.kubernetes import controllers
from skywright.lab.kubernetes.cluster import Cluster
from skywright.lab.kubernetes.fields import Object

SAFE: Object = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
PROBES: Object = {
    "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
    "livenessProbe": {"httpGet": {"path": "/live", "port": 8080}},
}
SIZE: Object = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "500m", "memory": "256Mi"}}
LARGE_WORKLOADS = 400
LARGE_COPIES = 8


def build(name: str, seed: int) -> tuple[list[Cluster], list[dict[str, str]]]:
    """The clusters of an estate, and the answer sheet."""
    shop = Cluster("shop", 34, seed)
    builder = Builder(shop)
    builder.ground(nodes=3)
    builder.sound("shop", "web", copies=3)
    if name == "small":
        builder.fault("container_workload_privileged", "container.workload", builder.deployment("shop", "agent", privileged=True))
        controllers.age(shop)
        return [shop], builder.answers
    builder.faults()
    edge = Cluster("edge", 20, seed)
    other = Builder(edge)
    other.ground(nodes=1)
    other.fault("container_workload_single_copy", "container.workload", other.deployment("shop", "till", copies=1))
    other.fault("container_workload_token_mounted", "container.workload", "deployment/shop/till")
    for cluster in (shop, edge):
        controllers.age(cluster)
    if name == "large":
        builder.many(random.Random(seed))  # noqa: S311 - sizes, not secrets
    return [shop, edge], [*builder.answers, *other.answers]


class Builder:
    """Fills one cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.answers: list[dict[str, str]] = []

    def fault(self, rule: str, kind: str, native_id: str) -> None:
        """Note what a perfect audit would find."""
        self.answers.append({"fault": rule, "kind": kind, "account": self.cluster.name, "region": "global", "native_id": native_id})

    def put(self, kind: str, name: str, namespace: str = "", *, labels: dict[str, str] | None = None, **parts: Any) -> Object:
        """Make an object."""
        metadata: Object = {"name": name, "labels": labels or {}}
        if namespace:
            metadata["namespace"] = namespace
        return self.cluster.add({"kind": kind, "metadata": metadata, **parts})

    def ground(self, nodes: int) -> None:
        """Namespaces, nodes, identities, the roles that every cluster has."""
        for namespace in ("default", "kube-system", "shop"):
            level = {"pod-security.kubernetes.io/enforce": "restricted"} if namespace == "shop" else {}
            self.put("Namespace", namespace, labels=level)
            self.put("ServiceAccount", "default", namespace, automountServiceAccountToken=False)
        for rule_id in ("container_namespace_without_pod_security", "container_namespace_open_network"):
            self.fault(rule_id, "container.namespace", "default")
        for number in range(nodes):
            self.node(f"{self.cluster.name}-node-{number}", zone="abc"[number % 3])
        self.put("NetworkPolicy", "nothing-in", "shop", spec={"podSelector": {}, "policyTypes": ["Ingress"]})
        self.put("ResourceQuota", "shop", "shop", spec={"hard": {"limits.cpu": "40", "limits.memory": "64Gi", "pods": "100"}})
        built_in = {"kubernetes.io/bootstrapping": "rbac-defaults"}
        every = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
        self.put("ClusterRole", "cluster-admin", labels=built_in, rules=every)
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
        masters = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:masters"}]
        self.put("ClusterRoleBinding", "cluster-admin", labels=built_in, roleRef=reference, subjects=masters)

    def node(self, name: str, zone: str, *, ready: bool = True, pressure: str = "") -> Object:
        """A node of 4 processors and 16 GiB."""
        conditions = [{"type": "Ready", "status": str(ready)}, *([{"type": pressure, "status": "True"}] if pressure else [])]
        size = {"cpu": "4", "memory": "16Gi", "pods": "110"}
        info = {"kubeletVersion": f"v1.{self.cluster.minor}.0", "osImage": "Linux", "architecture": "amd64"}
        labels = {"topology.kubernetes.io/zone": f"eu-west-1{zone}", "node.kubernetes.io/instance-type": "m5.xlarge"}
        spec = {"providerID": f"aws:///eu-west-1{zone}/i-{self.cluster.name}{name[-1]}"}
        status = {"conditions": conditions, "allocatable": size, "capacity": size, "nodeInfo": info, "addresses": []}
        return self.put("Node", name, labels=labels, spec=spec, status=status)

    def deployment(
        self, namespace: str, name: str, copies: int = 2, *, privileged: bool = False, container: Object | None = None, **pod: Any
    ) -> str:
        """A deployment that is sound but for what is said; gives its native id."""
        security = {"privileged": True} if privileged else SAFE
        inside = {
            "name": "app",
            "image": f"registry.example/{name}:1.0",
            "ports": [{"containerPort": 8080, "protocol": "TCP"}],
            "resources": SIZE,
            "securityContext": security,
            **PROBES,
            **(container or {}),
        }
        labels = {"app": name}
        terms = [{"topologyKey": "kubernetes.io/hostname", "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway"}]
        spec = {"containers": [inside], "serviceAccountName": "web", "topologySpreadConstraints": terms, **pod}
        template = {"metadata": {"labels": labels}, "spec": spec}
        body = {"replicas": copies, "selector": {"matchLabels": labels}, "template": template}
        self.put("Deployment", name, namespace, labels={**labels, "owner": "shop"}, spec=body)
        return f"deployment/{namespace}/{name}"

    def sound(self, namespace: str, name: str, copies: int) -> None:
        """A workload as it should be, with its service, budget and settings."""
        self.put("ServiceAccount", "web", namespace, automountServiceAccountToken=False)
        self.deployment(namespace, name, copies, volumes=[{"name": "settings", "configMap": {"name": f"{name}-settings"}}])
        self.put("ConfigMap", f"{name}-settings", namespace, data={"color": "blue"})
        selector = {"matchLabels": {"app": name}}
        self.put("PodDisruptionBudget", name, namespace, spec={"maxUnavailable": 1, "selector": selector})
        self.put("Service", name, namespace, spec={"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]})

    def faults(self) -> None:
        """Everything that is wrong in the shop."""
        workload = "container.workload"
        self.fault("container_workload_privileged", workload, self.deployment("shop", "agent", privileged=True))
        self.fault(
            "container_workload_latest_image",
            workload,
            self.deployment("shop", "blog", container={"image": "registry.example/blog"}),
        )
        self.fault("container_workload_without_limits", workload, self.deployment("shop", "jobs", container={"resources": {}}))
        self.fault("container_workload_single_copy", workload, self.deployment("shop", "cart", copies=1))
        self.fault("container_workload_runs_as_root", workload, "deployment/shop/agent")
        root = {"securityContext": {**SAFE, "runAsNonRoot": False}}
        self.fault("container_workload_runs_as_root", workload, self.deployment("shop", "mail", container=root))
        paths = [{"name": "host", "hostPath": {"path": "/var/run"}}]
        self.fault("container_workload_host_path", workload, self.deployment("shop", "logs", volumes=paths))
        self.fault("container_workload_host_network", workload, self.deployment("shop", "probe", hostNetwork=True))
        token = self.deployment("shop", "crawl", automountServiceAccountToken=True)
        self.fault("container_workload_token_mounted", workload, token)
        stalled = self.deployment("shop", "beta", container={"image": "registry.example/beta:bad"})
        self.fault("container_workload_stalled", workload, stalled)
        for name in ("agent", "beta", "blog", "crawl", "jobs", "logs", "mail", "probe"):  # several copies, and nothing keeps one up
            self.fault("container_workload_without_budget", workload, f"deployment/shop/{name}")
        for _ in range(controllers.LOOKS_UNTIL_LATE):  # it was rolled out long ago
            controllers.looked(self.cluster, self.cluster.get("deployments.apps", "shop", "beta"))
        self._network()
        self._rest()

    def _network(self) -> None:
        ports = [{"port": 443, "targetPort": 8080}]
        self.put("Service", "front", "shop", spec={"type": "LoadBalancer", "selector": {"app": "web"}, "ports": ports})
        self.fault("container_endpoint_open_to_all", "container.endpoint", "shop/front")
        self.put("Service", "debug", "shop", spec={"type": "NodePort", "selector": {"app": "agent"}, "ports": ports})
        self.fault("container_endpoint_node_port", "container.endpoint", "shop/debug")
        backend = {"service": {"name": "web", "port": {"number": 80}}}
        rule = {"host": "shop.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
        self.put("Ingress", "shop", "shop", spec={"rules": [rule]})
        self.fault("container_ingress_without_tls", "container.ingress", "ingress/shop/shop")
        self.put("Namespace", "lab")
        self.put("ServiceAccount", "default", "lab")
        for rule_id in ("container_namespace_without_pod_security", "container_namespace_open_network"):
            self.fault(rule_id, "container.namespace", "lab")
        self.fault("container_identity_default_token", "container.identity", "lab/default")

    def _rest(self) -> None:
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
        account = [{"kind": "ServiceAccount", "name": "web", "namespace": "shop"}]
        self.put("ClusterRoleBinding", "web-may-all", roleRef=reference, subjects=account)
        self.fault("container_binding_administrator", "container.binding", "web-may-all")
        self.put("ConfigMap", "old-settings", "shop", data={"color": "red"})
        self.fault("container_config_unused", "container.config", "shop/old-settings")
        self.put("Secret", "old-password", "shop", data={"password": "bm90LXNlZW4="}, type="Opaque")
        self.fault("container_secret_unused", "container.secret", "shop/old-password")
        capacity = {"storage": "20Gi"}
        disk = {
            "capacity": capacity,
            "persistentVolumeReclaimPolicy": "Delete",
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-0a"},
        }
        self.put("PersistentVolume", "disk", spec=disk)
        claim = {"volumeName": "disk", "accessModes": ["ReadWriteOnce"], "resources": {"requests": capacity}}
        self.put("PersistentVolumeClaim", "old-data", "shop", spec=claim)
        self.fault("container_volume_claim_unused", "container.volume", "claim/shop/old-data")
        self.node("shop-node-9", zone="a", ready=False)
        self.fault("container_node_not_ready", "container.node", "shop-node-9")
        scaled = {"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"}
        full = [{"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas"}]
        status = {"currentReplicas": 3, "desiredReplicas": 3, "conditions": full}
        self.put(
            "HorizontalPodAutoscaler",
            "web",
            "shop",
            spec={"scaleTargetRef": scaled, "minReplicas": 2, "maxReplicas": 3},
            status=status,
        )
        self.fault("container_autoscaler_at_maximum", "container.autoscaler", "horizontal/shop/web")
        job = {
            "template": {"spec": {"containers": [{"name": "app", "image": "registry.example/report:1"}], "restartPolicy": "Never"}}
        }
        self.put("CronJob", "report", "shop", spec={"schedule": "0 3 * * *", "jobTemplate": {"spec": job}})
        for rule_id in ("container_workload_runs_as_root", "container_workload_without_limits"):
            self.fault(rule_id, "container.workload", "cron-job/shop/report")

    def many(self, chance: random.Random) -> None:
        """A large cluster, written straight into the store: what it is made of was made by controllers long ago."""
        from skywright.lab.kubernetes.many import fill

        fill(self.cluster, LARGE_WORKLOADS, LARGE_COPIES, chance)
