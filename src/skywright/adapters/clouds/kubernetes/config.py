"""What a user may set under ``clouds.kubernetes``. Everything is optional: without it KUBECONFIG's current context decides."""

import msgspec

from skywright.model.settings_base import Strict

TAKE_OVER = ("kubectl", "kubectl-*", "before-first-apply", "OpenAPI-Generator", "curl")
"""Field managers that set a field once and do not come back to set it again: people's tools, no controllers, no GitOps."""


class KubernetesContext(Strict, frozen=True):
    """One context of the kubeconfig, and what its cluster is called in ids (``account``)."""

    context: str
    name: str | None = None


class Drains(Strict, frozen=True):
    """How nodes are emptied. ``wait_s``: how long nothing may move before a drain is given up and undone. ``local_data``: pods that
    keep data on the node (emptyDir) may be evicted; what they keep is lost."""

    wait_s: float = 600.0
    local_data: bool = False


class KubernetesConfig(Strict, frozen=True):
    """The Kubernetes section. Empty: the current context of KUBECONFIG (or ~/.kube/config), else the cluster that we run in."""

    contexts: list[str | KubernetesContext] = []  # empty: the current one; "*": all
    kubeconfig: str | None = None  # a path, or several joined by the system's path separator
    in_cluster: bool = False  # use the service account of the pod that we run in
    name: str | None = None  # what the cluster is called in ids, where no contexts are named
    namespaces: list[str] = []  # empty: all
    skip_namespaces: list[str] = []
    take_over: list[str] = msgspec.field(
        default_factory=lambda: list(TAKE_OVER)
    )  # field managers (globs) whose fields may be taken over when a plan sets them
    drain: Drains = Drains()
    concurrency: int = 8
    timeout_s: float = 60.0
    skip_services: list[str] = []
