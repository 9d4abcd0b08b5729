"""Kubernetes: every cluster of a kubeconfig, or the one we run in."""

from skywright.adapters.clouds.kubernetes.cloud import KubernetesCloud
from skywright.adapters.clouds.kubernetes.config import KubernetesConfig

__all__ = ["Cloud", "Config", "KubernetesCloud", "KubernetesConfig"]

Cloud, Config = KubernetesCloud, KubernetesConfig
