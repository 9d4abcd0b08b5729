"""Kubernetes' case: on the lab's stand-in, and on a real API server."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from tests import real_kubernetes

from skywright.adapters.clouds.kubernetes import KubernetesCloud, KubernetesConfig
from skywright.adapters.clouds.kubernetes.calls import Call
from skywright.lab.kubernetes import start
from skywright.model.errors import AskHuman
from skywright.ports.other import Clock

KINDS = frozenset({"container.config", "container.quota"})
SETTINGS = {
    "kind": "ConfigMap",
    "apiVersion": "v1",
    "metadata": {"name": "old", "labels": {"owner": "search"}},
    "data": {"color": "red"},
}
QUOTA = {"kind": "ResourceQuota", "apiVersion": "v1", "metadata": {"name": "bounds"}, "spec": {"hard": {"pods": "10"}}}


def standin(request: pytest.FixtureRequest, clock: Clock) -> dict[str, Any]:
    lab = start(estate="small")
    request.addfinalizer(lab.stop)
    cloud = KubernetesCloud(KubernetesConfig(kubeconfig=str(lab.kubeconfig), namespaces=["shop"]), clock)
    return _case(request, cloud, "shop", "shop")


def real(request: pytest.FixtureRequest, clock: Clock) -> dict[str, Any]:
    from skywright.adapters.clock import SystemClock

    namespace = f"conformance-{uuid.uuid4().hex[:8]}"
    config = KubernetesConfig(kubeconfig=real_kubernetes.kubeconfig(), namespaces=[namespace])
    cloud = KubernetesCloud(config, SystemClock())
    post(cloud, "admin", "/api/v1/namespaces", {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": namespace}})
    case = _case(request, cloud, "admin", namespace)
    until(lambda: _settled(cloud, namespace), "the quota is counted")
    return case


def _settled(cloud: KubernetesCloud, namespace: str) -> bool:
    quota = cloud.refresh([f"kubernetes:admin:global:container.quota/quota/{namespace}/bounds"])
    config = cloud.refresh([f"kubernetes:admin:global:container.config/{namespace}/kube-root-ca.crt"])
    return all(quota.values()) and all(config.values()) and all(row.pods_used == 0 for row in quota.values())  # type: ignore[union-attr]


def until(look: Callable[[], object], what: str) -> None:
    import time

    deadline = time.monotonic() + 120
    while not look():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def post(cloud: KubernetesCloud, account: str, path: str, body: dict[str, Any]) -> None:
    cloud.calls.make(
        account, Call(method="POST", path=path, permission="create for a test", body=body, query={"fieldManager": "kubectl-create"})
    )


def _case(request: pytest.FixtureRequest, cloud: KubernetesCloud, account: str, namespace: str) -> dict[str, Any]:
    for plural, body in (("configmaps", SETTINGS), ("resourcequotas", {**QUOTA})):
        post(cloud, account, f"/api/v1/namespaces/{namespace}/{plural}", body)
    monkeypatch = request.getfixturevalue("monkeypatch")

    def refuse(*_: object, **__: object) -> None:
        raise AskHuman("Everything is denied.", next_step="Ask for the right.")

    def blind() -> None:
        cloud.calls.forget()
        monkeypatch.setattr(cloud.calls, "make", refuse)

    place = f"kubernetes:{account}:global"
    return {
        "cloud": cloud,
        "updated": f"{place}:container.quota/quota/{namespace}/bounds",
        "after": {"pods_limit": 20},
        "deleted": f"{place}:container.config/{namespace}/old",
        "gone": f"{place}:container.config/{namespace}/never",
        "blind": blind,
        "kinds": KINDS,
    }
