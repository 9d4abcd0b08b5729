"""The stand-in does what the API's documentation says, as far as it goes."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from skywright.lab.kit import Fault
from skywright.lab.kubernetes import KubernetesLab, start
from skywright.lab.kubernetes.serve import TOKENS

WEB = "/apis/apps/v1/namespaces/shop/deployments/web"
APPLY = "application/apply-patch+yaml"

Ask = Callable[..., tuple[int, Any]]


@pytest.fixture
def lab() -> Iterator[KubernetesLab]:
    lab = start(estate="small")
    yield lab
    lab.stop()


@pytest.fixture
def ask(lab: KubernetesLab) -> Ask:
    def ask(path: str, method: str = "GET", body: Any = None, user: str = "admin", **headers: str) -> tuple[int, Any]:
        token = TOKENS.get(user, user)
        sent = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{lab.server.endpoint}/clusters/shop{path}", data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    return ask


def test_lists_come_in_pages_of_one_time(lab: KubernetesLab, ask: Ask):
    names: list[str] = []
    token = ""
    while True:
        page = ask(f"/api/v1/namespaces?limit=2&continue={token}")[1]
        names += [one["metadata"]["name"] for one in page["items"]]
        if not lab.clusters["shop"].get("namespaces", "", "default").get("late"):
            lab.clusters["shop"].get("namespaces", "", "default")["late"] = True
            lab.clusters["shop"].add({"kind": "Namespace", "metadata": {"name": "aaa"}})
        token = page["metadata"].get("continue", "")
        if not token:
            break
    assert names == ["default", "kube-system", "shop"]
    lab.clusters["shop"].kept.clear()
    assert ask("/api/v1/namespaces?limit=2&continue=1.2")[0] == 410


def test_who_may_what(ask: Ask):
    assert ask("/api/v1/pods", user="nobody")[0] == 403
    assert ask("/api/v1/pods", user="wrong")[0] == 401
    assert ask("/api/v1/secrets", user="viewer")[0] == 403
    assert ask("/api/v1/pods", user="viewer")[0] == 200
    assert ask(WEB, "DELETE", user="viewer")[0] == 403
    assert ask("/api/v1/nothing")[0] == 404


def apply(ask: Ask, manager: str, spec: Any, *, force: str = "false", version: str = "") -> tuple[int, Any]:
    metadata = {"name": "web", **({"resourceVersion": version} if version else {})}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    return ask(f"{WEB}?fieldManager={manager}&force={force}", "PATCH", body, content_type=APPLY)


def test_fields_belong_to_whoever_set_them(ask: Ask):
    code, body = apply(ask, "one", {"replicas": 5})
    assert code == 409
    assert body["details"]["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "kubectl-create" using apps/v1', "field": ".spec.replicas"}
    ]
    assert apply(ask, "one", {"replicas": 5}, force="true")[1]["spec"]["replicas"] == 5
    assert apply(ask, "two", {"replicas": 5})[0] == 200
    assert apply(ask, "two", {"replicas": 6})[0] == 409
    kept = apply(ask, "one", {"minReadySeconds": 3})[1]["spec"]
    assert (kept["replicas"], kept["minReadySeconds"]) == (5, 3)  # two owns it as well
    assert "minReadySeconds" not in apply(ask, "one", {})[1]["spec"]
    assert apply(ask, "one", {}, version="1")[0] == 409


def test_containers_are_merged_by_name(ask: Ask):
    fields = {"template": {"spec": {"containers": [{"name": "app", "image": "registry.example/web:2"}]}}}
    (container,) = apply(ask, "one", fields, force="true")[1]["spec"]["template"]["spec"]["containers"]
    assert (container["image"], container["ports"]) == ("registry.example/web:2", [{"containerPort": 8080, "protocol": "TCP"}])


def test_a_roll_out_proceeds_and_a_bad_one_is_late(ask: Ask):
    fields = {"template": {"spec": {"containers": [{"name": "app", "image": "registry.example/web:bad"}]}}}
    apply(ask, "one", fields, force="true")
    seen = [ask(WEB)[1]["status"]["conditions"][0]["reason"] for _ in range(5)]
    assert seen == [*["NewReplicaSetAvailable"] * 3, *["ProgressDeadlineExceeded"] * 2]
    pods = ask("/api/v1/namespaces/shop/pods")[1]["items"]
    assert {one["status"]["phase"] for one in pods if one["metadata"]["labels"]["app"] == "web"} == {"Pending"}


def test_budgets_forbid_evictions(lab: KubernetesLab, ask: Ask):
    pods = [
        one["metadata"]["name"] for one in lab.clusters["shop"].all("pods", "shop") if one["metadata"]["labels"]["app"] == "web"
    ]
    lab.clusters["shop"].get("poddisruptionbudgets.policy", "shop", "web")["spec"] = {
        "minAvailable": "100%",
        "selector": {"matchLabels": {"app": "web"}},
    }
    code, body = ask(f"/api/v1/namespaces/shop/pods/{pods[0]}/eviction", "POST", {"kind": "Eviction"})
    assert (code, body["details"]["causes"][0]["reason"]) == (429, "DisruptionBudget")


def test_metadata_alone_shows_no_values(lab: KubernetesLab, ask: Ask):
    lab.clusters["shop"].add({"kind": "Secret", "metadata": {"name": "s", "namespace": "shop"}, "data": {"password": "eA=="}})
    accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    answer = ask("/api/v1/secrets", accept=accept)[1]
    assert answer["kind"] == "PartialObjectMetadataList"
    assert "eA==" not in json.dumps(answer)


def test_discovery_is_as_old_as_the_cluster(lab: KubernetesLab, ask: Ask):
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    assert ask("/apis", accept=accept)[1]["kind"] == "APIGroupDiscoveryList"
    lab.clusters["shop"].minor = 20
    assert ask("/apis", accept=accept)[1]["kind"] == "APIGroupList"


def test_faults_come_on_demand(lab: KubernetesLab, ask: Ask):
    lab.server.faults.append(Fault(contains="/pods", status=429, headers={"Retry-After": "3"}, times=1, body={"kind": "Status"}))
    assert [ask("/api/v1/pods")[0] for _ in range(2)] == [429, 200]


def test_the_large_estate_is_large():
    lab = start(estate="large")
    try:
        assert len(lab.clusters["shop"].all("pods")) > 3000
    finally:
        lab.stop()
