"""What the API calls its resources, in which versions we understand them, and under which kind of ours they are kept.

Versions are in order of preference; the cluster's own discovery decides (``discovery``). Sources: the "Deprecated API
Migration Guide" of Kubernetes, and the reference of each release from 1.20 to 1.34.
"""

import msgspec


class Api(msgspec.Struct, frozen=True):
    """One resource of the API. ``group`` "" is the core group."""

    plural: str
    kind: str
    group: str = ""
    versions: tuple[str, ...] = ("v1",)
    namespaced: bool = True

    @property
    def name(self) -> str:
        """As kubectl and RBAC spell it: ``deployments.apps``, ``pods``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def root(self, version: str) -> str:
        """The path under which it is served."""
        return f"/apis/{self.group}/{version}" if self.group else f"/api/{version}"

    def api_version(self, version: str) -> str:
        """What an object says in ``apiVersion``."""
        return f"{self.group}/{version}" if self.group else version


_GATEWAY = ("v1", "v1beta1", "v1alpha2")
_SNAPSHOT = ("v1", "v1beta1")

APIS: dict[str, Api] = {
    api.name: api
    for api in (
        Api("namespaces", "Namespace", namespaced=False),
        Api("nodes", "Node", namespaced=False),
        Api("pods", "Pod"),
        Api("services", "Service"),
        Api("configmaps", "ConfigMap"),
        Api("secrets", "Secret"),
        Api("serviceaccounts", "ServiceAccount"),
        Api("persistentvolumes", "PersistentVolume", namespaced=False),
        Api("persistentvolumeclaims", "PersistentVolumeClaim"),
        Api("resourcequotas", "ResourceQuota"),
        Api("limitranges", "LimitRange"),
        Api("deployments", "Deployment", "apps"),
        Api("statefulsets", "StatefulSet", "apps"),
        Api("daemonsets", "DaemonSet", "apps"),
        Api("replicasets", "ReplicaSet", "apps"),
        Api("jobs", "Job", "batch"),
        Api("cronjobs", "CronJob", "batch", ("v1", "v1beta1")),
        Api("horizontalpodautoscalers", "HorizontalPodAutoscaler", "autoscaling", ("v2", "v2beta2", "v1")),
        Api("verticalpodautoscalers", "VerticalPodAutoscaler", "autoscaling.k8s.io", ("v1", "v1beta2")),
        Api("poddisruptionbudgets", "PodDisruptionBudget", "policy", ("v1", "v1beta1")),
        Api("networkpolicies", "NetworkPolicy", "networking.k8s.io"),
        Api("ingresses", "Ingress", "networking.k8s.io", ("v1", "v1beta1")),
        Api("gateways", "Gateway", "gateway.networking.k8s.io", _GATEWAY),
        Api("httproutes", "HTTPRoute", "gateway.networking.k8s.io", _GATEWAY),
        Api("grpcroutes", "GRPCRoute", "gateway.networking.k8s.io", _GATEWAY),
        Api("tlsroutes", "TLSRoute", "gateway.networking.k8s.io", ("v1", "v1alpha3", "v1alpha2")),
        Api("tcproutes", "TCPRoute", "gateway.networking.k8s.io", ("v1alpha2",)),
        Api("roles", "Role", "rbac.authorization.k8s.io"),
        Api("clusterroles", "ClusterRole", "rbac.authorization.k8s.io", namespaced=False),
        Api("rolebindings", "RoleBinding", "rbac.authorization.k8s.io"),
        Api("clusterrolebindings", "ClusterRoleBinding", "rbac.authorization.k8s.io", namespaced=False),
        Api("customresourcedefinitions", "CustomResourceDefinition", "apiextensions.k8s.io", ("v1", "v1beta1"), namespaced=False),
        Api("network-attachment-definitions", "NetworkAttachmentDefinition", "k8s.cni.cncf.io"),
    )
}
"""Name -> what is read."""

POD_METRICS = Api("pods", "PodMetrics", "metrics.k8s.io", ("v1", "v1beta1"))
NODE_METRICS = Api("nodes", "NodeMetrics", "metrics.k8s.io", ("v1", "v1beta1"), namespaced=False)

WORKLOADS = {
    "deployment": "deployments.apps",
    "stateful-set": "statefulsets.apps",
    "daemon-set": "daemonsets.apps",
    "replica-set": "replicasets.apps",
    "job": "jobs.batch",
    "cron-job": "cronjobs.batch",
    "bare": "pods",
}
"""``container.workload.type`` -> where it is read and written. Native ids are ``<type>/<namespace>/<name>``."""

TYPES = {APIS[name].kind: type_ for type_, name in WORKLOADS.items() if type_ != "bare"}
"""The API's kind -> our type: what an owner reference speaks of."""

PREFIXED = {
    "container.workload": WORKLOADS,
    "container.ingress": {
        "ingress": "ingresses.networking.k8s.io",
        "gateway": "gateways.gateway.networking.k8s.io",
        "http-route": "httproutes.gateway.networking.k8s.io",
        "grpc-route": "grpcroutes.gateway.networking.k8s.io",
        "tls-route": "tlsroutes.gateway.networking.k8s.io",
        "tcp-route": "tcproutes.gateway.networking.k8s.io",
    },
    "container.volume": {"volume": "persistentvolumes", "claim": "persistentvolumeclaims"},
    "container.autoscaler": {
        "horizontal": "horizontalpodautoscalers.autoscaling",
        "vertical": "verticalpodautoscalers.autoscaling.k8s.io",
    },
    "container.quota": {"quota": "resourcequotas", "range": "limitranges"},
}
"""Kind -> the first part of its native ids -> what is read. Native ids go on with ``namespace/name``, or the name alone."""

PLAIN = {
    "container.namespace": "namespaces",
    "container.pod": "pods",
    "container.node": "nodes",
    "container.endpoint": "services",
    "container.config": "configmaps",
    "container.secret": "secrets",
    "container.identity": "serviceaccounts",
    "container.policy": "networkpolicies.networking.k8s.io",
    "container.disruption": "poddisruptionbudgets.policy",
    "container.network": "network-attachment-definitions.k8s.cni.cncf.io",
    "container.definition": "customresourcedefinitions.apiextensions.k8s.io",
}
"""Kind -> what is read; native ids are ``namespace/name``, or the name alone for what belongs to the whole cluster."""

SCOPED = {
    "container.role": ("clusterroles.rbac.authorization.k8s.io", "roles.rbac.authorization.k8s.io"),
    "container.binding": ("clusterrolebindings.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io"),
}
"""Kind -> (what is read where the native id is a bare name, and where it has a namespace)."""


class Address(msgspec.Struct, frozen=True):
    """Where one object stands in the API."""

    api: Api
    namespace: str
    name: str


def address(kind: str, native_id: str) -> Address | None:
    """The object behind a native id of a kind of ours, or None where the kind has none of its own."""
    parts = native_id.split("/")
    if kind in PREFIXED:
        name = PREFIXED[kind].get(parts.pop(0))
    elif kind in SCOPED:
        name = SCOPED[kind][len(parts) > 1]
    else:
        name = PLAIN.get(kind)
    if name is None or not parts or len(parts) > 2:
        return None
    return Address(APIS[name], parts[0] if len(parts) == 2 else "", parts[-1])
