"""What the stand-in serves: a current cluster (1.34) or an old one (1.20)."""

import msgspec


class Resource(msgspec.Struct, frozen=True):
    """One resource in one version."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """As objects say it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def name(self) -> str:
        """``deployments.apps``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


_CORE = """namespaces Namespace -, nodes Node -, pods Pod, services Service, configmaps ConfigMap, secrets Secret,
serviceaccounts ServiceAccount, persistentvolumes PersistentVolume -, persistentvolumeclaims PersistentVolumeClaim,
resourcequotas ResourceQuota, limitranges LimitRange"""
_BOTH = {
    ("", "v1"): _CORE,
    ("apps", "v1"): "deployments Deployment, statefulsets StatefulSet, daemonsets DaemonSet, replicasets ReplicaSet",
    ("rbac.authorization.k8s.io", "v1"): (
        "roles Role, clusterroles ClusterRole -, rolebindings RoleBinding, clusterrolebindings ClusterRoleBinding -"
    ),
    ("networking.k8s.io", "v1"): "networkpolicies NetworkPolicy, ingresses Ingress",
    ("apiextensions.k8s.io", "v1"): "customresourcedefinitions CustomResourceDefinition -",
    ("metrics.k8s.io", "v1beta1"): "nodes NodeMetrics -, pods PodMetrics",
}
_OLD = {
    ("batch", "v1"): "jobs Job",
    ("batch", "v1beta1"): "cronjobs CronJob",
    ("autoscaling", "v2beta2"): "horizontalpodautoscalers HorizontalPodAutoscaler",
    ("policy", "v1beta1"): "poddisruptionbudgets PodDisruptionBudget",
}
_NEW = {
    ("batch", "v1"): "jobs Job, cronjobs CronJob",
    ("autoscaling", "v2"): "horizontalpodautoscalers HorizontalPodAutoscaler",
    ("policy", "v1"): "poddisruptionbudgets PodDisruptionBudget",
    ("gateway.networking.k8s.io", "v1"): "gateways Gateway, httproutes HTTPRoute",
    ("autoscaling.k8s.io", "v1"): "verticalpodautoscalers VerticalPodAutoscaler",
}


def resources(minor: int) -> tuple[Resource, ...]:
    """Everything that a cluster of version 1.``minor`` serves here."""
    listed = {**_BOTH, **(_NEW if minor >= 25 else _OLD)}
    return tuple(
        Resource(group, version, parts[0], parts[1], len(parts) < 3)
        for (group, version), text in listed.items()
        for parts in (one.split() for one in text.replace("\n", " ").split(","))
    )
