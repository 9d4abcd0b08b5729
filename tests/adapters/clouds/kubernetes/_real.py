"""A namespace of its own on a real API server, and patience."""

import time
import uuid
from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.kubernetes._harness import change_of

from skywright.adapters.clock import SystemClock
from skywright.adapters.clouds.kubernetes import KubernetesCloud, KubernetesConfig
from skywright.adapters.clouds.kubernetes.calls import Call

LIMITS = {"requests": {"cpu": "100m", "memory": "64Mi"}}


class World:
    """A namespace of its own on a real server."""

    def __init__(self, kubeconfig: str) -> None:
        self.namespace = f"test-{uuid.uuid4().hex[:8]}"
        self.kubeconfig = kubeconfig
        self.cloud = self.as_user("admin")
        self.put("/api/v1/namespaces", "Namespace", "v1", self.namespace, namespaced=False)

    def as_user(self, context: str, **config: Any) -> KubernetesCloud:
        return KubernetesCloud(KubernetesConfig(kubeconfig=self.kubeconfig, contexts=[context], **config), SystemClock())

    def put(
        self,
        path: str,
        kind: str,
        version: str,
        name: str,
        *,
        namespaced: bool = True,
        manager: str = "kubectl-create",
        **parts: Any,
    ) -> None:
        metadata: dict[str, Any] = {"name": name, "labels": parts.pop("labels", {})}
        if namespaced:
            metadata["namespace"] = self.namespace
        body = {"apiVersion": version, "kind": kind, "metadata": metadata, **parts}
        call = Call(method="POST", path=path, permission=f"create {kind}", body=body, query={"fieldManager": manager})
        self.cloud.calls.make("admin", call)

    def deployment(
        self, name: str, copies: int = 2, image: str = "registry.example/web:1.0", manager: str = "kubectl-create", **spec: Any
    ) -> str:
        labels = {"app": name}
        containers = [{"name": "app", "image": image, "resources": LIMITS, "ports": [{"containerPort": 80, "protocol": "TCP"}]}]
        template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
        body = {"replicas": copies, "progressDeadlineSeconds": 3, "selector": {"matchLabels": labels}, "template": template, **spec}
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments"
        self.put(path, "Deployment", "apps/v1", name, manager=manager, spec=body, labels=labels)
        target = self.id("container.workload", f"deployment/{self.namespace}/{name}")
        if "bad" not in image:
            until(lambda: self.row(target).state == "running")
        return target

    def id(self, kind: str, native_id: str) -> str:
        return f"kubernetes:admin:global:{kind}/{native_id}"

    def row(self, target: str) -> Any:
        return self.cloud.refresh([target])[target]

    def run(self, target: str, before: dict[str, Any], after: dict[str, Any] | None) -> list[Any]:
        steps = list(self.cloud.steps(change_of(target, before, after, f"c-{uuid.uuid4().hex}")))
        for step in steps:
            step.do("token")
        return steps


def until(look: Callable[[], object], within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while not look():
        assert time.monotonic() < deadline, "it does not come about"
        time.sleep(0.1)
