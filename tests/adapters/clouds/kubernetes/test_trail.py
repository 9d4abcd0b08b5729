"""Which program changed an object, by the API server's book of managers."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from tests.adapters.clouds.kubernetes._harness import ACCOUNT, new_calls, rid

from skywright.adapters.clock import SystemClock
from skywright.adapters.clouds.kubernetes import KubernetesCloud, KubernetesConfig
from skywright.adapters.clouds.kubernetes.calls import Call
from skywright.adapters.clouds.kubernetes.trail import deeds
from skywright.lab.kit import Fault
from skywright.lab.kubernetes import KubernetesLab
from skywright.model.errors import Denied
from skywright.ports.cloud import Deed, Historian

WEB = "kubernetes:shop:global:container.workload/deployment/front/web"
API = "kubernetes:shop:global:container.workload/deployment/front/api"
SINCE, UNTIL = datetime(2026, 7, 1), datetime(2026, 7, 2)
AT = datetime(2026, 7, 1, 8, 30)


class Server:
    """Answers lists of metadata, and keeps what was asked."""

    def __init__(self, **objects: list[Any]) -> None:
        self.objects_of = objects
        self.asked: list[Any] = []

    def objects(self, account: str, api: Any, namespace: str, **how: Any) -> list[Any]:
        self.asked.append((account, api.name, namespace, how["metadata_only"], how["query"]))
        return [how["trim"]({"metadata": {"name": name, "managedFields": book}}) for name, book in self.objects_of.items()]


def entry(manager: Any = "kubectl-edit", time: str = "2026-07-01T08:30:00Z", **more: Any) -> dict[str, Any]:
    return {"manager": manager, "operation": "Update", "time": time, "apiVersion": "apps/v1", "fieldsV1": {}, **more}


def told(server: Server, *targets: str) -> list[Deed]:
    return list(deeds(server, targets, SINCE, UNTIL))  # type: ignore[arg-type]


def test_managers_are_told_oldest_first_with_what_they_did() -> None:
    applied = entry("argocd", "2026-07-01T07:00:00Z", operation="Apply", newer="field")
    scaled = entry("kubectl", "2026-07-01T09:00:00Z", subresource="scale")
    observed = entry("kube-controller-manager", "2026-07-01T10:00:00Z", subresource="status")
    assert told(Server(web=[scaled, entry(), observed, applied]), WEB) == [
        Deed(datetime(2026, 7, 1, 7), WEB, "argocd", "apply deployments.apps"),
        Deed(AT, WEB, "kubectl-edit", "update deployments.apps"),
        Deed(datetime(2026, 7, 1, 9), WEB, "kubectl", "update deployments.apps/scale"),
    ]


def test_what_a_controller_observed_is_told_where_nobody_else_did_anything() -> None:
    observed = entry("kubelet", subresource="status")
    assert told(Server(web=[observed, entry(time="2026-06-01T08:30:00Z")]), WEB) == [
        Deed(AT, WEB, "kubelet", "update deployments.apps/status")
    ]


@pytest.mark.parametrize(
    "book",
    [
        [entry(time="2026-06-30T23:59:59Z")],
        [entry(time="2026-07-02T00:00:01Z")],
        [entry(time="soon")],
        [entry(manager=None)],
        [entry(manager=7)],
        ["text"],
        "text",
        [],
    ],
)
def test_what_is_of_another_time_or_says_too_little_is_left_out(book: Any) -> None:
    assert told(Server(web=book), WEB) == []


def test_one_list_for_each_resource_and_namespace_and_never_of_values() -> None:
    server = Server(web=[entry()], api=[entry()], other=[entry()])
    secret = "kubernetes:shop:global:container.secret/front/password"
    found = told(server, WEB, API, secret, "kubernetes:shop:global:container.cluster/shop")
    assert [one.resource for one in found] == [API, WEB]
    assert server.asked == [
        ("shop", "deployments.apps", "front", True, None),
        ("shop", "secrets", "front", True, {"fieldSelector": "metadata.name=password"}),
    ]


# --- through the stand-in ---


def test_the_stand_in_tells_who_changed_a_workload_and_since_when(lab: KubernetesLab, cloud: KubernetesCloud) -> None:
    rows = [row for scope in cloud.scopes()[0] for row in cloud.read(scope).resources]
    mine, other = [row for row in rows if row.KIND == "container.workload" and row.native_id.startswith("deployment/")][:2]
    _, namespace, name = mine.native_id.split("/")
    calls = new_calls(lab)
    patch = Call(
        method="PATCH",
        path=f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
        permission="patch deployments.apps",
        query={"fieldManager": "kubectl-patch"},
        content="application/merge-patch+json",
        body={"metadata": {"annotations": {"who": "nobody"}}},
    )
    calls.make(ACCOUNT, patch)
    calls.make(ACCOUNT, msgspec.structs.replace(patch, query={"fieldManager": "idle"}))  # it changes nothing
    now = datetime.now(UTC).replace(tzinfo=None)
    assert isinstance(cloud, Historian)
    found = list(cloud.deeds([mine.id, other.id], now - timedelta(minutes=5), now + timedelta(minutes=5)))
    assert [(one.resource, one.who, one.what) for one in found] == [(mine.id, "kubectl-patch", "update deployments.apps")]
    assert list(cloud.deeds([rid("container.workload", "deployment/front/gone")], SINCE, now)) == []


def test_a_book_that_may_not_be_read_is_said_to_be_so(lab: KubernetesLab, cloud: KubernetesCloud) -> None:
    body = {"kind": "Status", "status": "Failure", "reason": "Forbidden", "code": 403, "message": "forbidden"}
    lab.server.faults.append(Fault(contains="/deployments", status=403, body=body))
    with pytest.raises(Denied):
        list(cloud.deeds([rid("container.workload", "deployment/front/web")], SINCE, UNTIL))


# --- on a real server ---


@pytest.mark.real
def test_a_real_server_tells_the_same(real_kubeconfig: str) -> None:
    cloud = KubernetesCloud(KubernetesConfig(kubeconfig=real_kubeconfig, contexts=["admin"]), SystemClock())
    path, name = "/api/v1/namespaces/default/configmaps", f"trail-{uuid4().hex[:8]}"
    content = "application/merge-patch+json"

    def make(method: str, where: str, manager: str, body: Any) -> None:
        sort = content if method == "PATCH" else "application/json"
        query = {"fieldManager": manager} if manager else {}
        cloud.calls.make("admin", Call(method=method, path=where, permission="x configmaps", body=body, content=sort, query=query))

    since = SystemClock().now()
    make("POST", path, "first", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}})
    make("PATCH", f"{path}/{name}", "second", {"data": {"b": "2"}})
    target = rid("container.config", f"default/{name}", "admin")
    found = list(cloud.deeds([target], since, SystemClock().now()))
    make("DELETE", f"{path}/{name}", "", None)
    assert {(one.who, one.what) for one in found} == {("first", "update configmaps"), ("second", "update configmaps")}
    assert list(cloud.deeds([target], since, SystemClock().now())) == []
