"""What goes wrong with reading: each is a gap with its reason, never an empty list, and what could be read is kept."""

import base64
import json
from typing import Any

import pytest
from tests.adapters.clouds.kubernetes._harness import new_cloud, rid

from skywright.adapters.clouds.kubernetes import KubernetesCloud
from skywright.lab.kit import Fault
from skywright.lab.kubernetes import KubernetesLab
from skywright.model.estate import Coverage, CoverageState
from skywright.ports.cloud import Batch

STATUS = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}


def read(cloud: KubernetesCloud, reader: str) -> Batch:
    scopes, _ = cloud.scopes()
    return cloud.read(next(scope for scope in scopes if scope.reader == reader))


def only(batch: Batch) -> Coverage:
    (row,) = batch.coverage
    return row


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        (
            Fault(contains="/configmaps", status=403, body={**STATUS, "message": "configmaps is forbidden", "reason": "Forbidden"}),
            CoverageState.DENIED,
            (
                "Kubernetes denies list configmaps of cluster shop. "
                "Allow list configmaps to the identity that Skywright uses in cluster shop."
            ),
        ),
        (
            Fault(contains="/configmaps", status=401, body={**STATUS, "message": "Unauthorized"}),
            CoverageState.DENIED,
            (
                "The credentials for cluster shop are not valid: Unauthorized. "
                "Sign in again (`kubectl get namespaces` shows whether it works), or renew the token in the kubeconfig."
            ),
        ),
        (
            Fault(contains="/configmaps", status=429, headers={"Retry-After": "1"}, body=STATUS),
            CoverageState.THROTTLED,
            "Kubernetes throttles list configmaps of cluster shop.",
        ),
        (
            Fault(contains="/configmaps", status=500, body=b"<html>"),
            CoverageState.FAILED,
            "The API server could not answer list configmaps of cluster shop (500).",
        ),
        (
            Fault(contains="/configmaps", status=200, body=b'{"kind": "ConfigMapList", "items": ['),
            CoverageState.FAILED,
            "The answer to list configmaps of cluster shop is garbled.",
        ),
        (
            Fault(contains="/configmaps", status=200, body={"kind": "ConfigMapList", "items": {"a": 1}}),
            CoverageState.FAILED,
            "The answer to list configmaps of cluster shop is garbled.",
        ),
        (
            Fault(contains="/configmaps", status=200, body={"kind": "ConfigMapList"}),
            CoverageState.FAILED,
            "The answer to list configmaps of cluster shop is garbled.",
        ),
    ],
    ids=["denied", "credentials expired", "throttled", "server's error", "cut", "wrong type", "list missing"],
)
def test_a_refused_or_broken_list_is_a_gap(lab: KubernetesLab, fault: Fault, state: CoverageState, reason: str):
    cloud = new_cloud(lab)
    lab.server.faults.append(fault)
    row = only(read(cloud, "configs"))
    assert (row.state, row.reason, row.rows) == (state, reason, 0)


def test_a_connection_that_is_cut_is_a_gap(lab: KubernetesLab):
    cloud = new_cloud(lab)
    lab.server.faults.append(Fault(contains="/configmaps", cut=True))
    row = only(read(cloud, "configs"))
    assert row.state is CoverageState.FAILED
    assert row.reason.startswith("No answer to list configmaps of cluster shop: ")


def test_a_throttled_call_waits_as_long_as_it_is_told_and_goes_on(lab: KubernetesLab):
    cloud = new_cloud(lab)
    lab.server.faults.append(Fault(contains="/configmaps", status=429, headers={"Retry-After": "7"}, times=2, body=STATUS))
    row = only(read(cloud, "configs"))
    assert (row.state, row.rows) == (CoverageState.COMPLETE, 1)
    assert cloud._clock.slept >= 14


def test_a_dead_endpoint_is_one_gap_for_the_whole_cluster(lab: KubernetesLab):
    cloud = new_cloud(lab)
    lab.server.stop()
    scopes, (gap,) = cloud.scopes()
    assert scopes == []
    assert (gap.account, gap.region, gap.kind, gap.state) == ("shop", "*", "*", CoverageState.FAILED)
    assert gap.reason.startswith("No answer to discover of cluster shop: ")
    assert cloud.refresh([rid("container.config", "shop/web-settings")]) == {}


@pytest.mark.parametrize("body", [{}, {"groups": None}, [], "x", {"kind": "APIGroupDiscoveryList"}])
def test_a_server_that_says_nothing_of_what_it_serves_does_not_serve_nothing(lab: KubernetesLab, body: Any):
    cloud = new_cloud(lab)
    lab.server.faults.append(Fault(contains="/apis", status=200, body=body))
    scopes, (gap,) = cloud.scopes()
    assert (scopes, gap.reason) == ([], "The API server's answer about what it serves is garbled.")


def config(name: str, **parts: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "shop"}, "data": {"a": "b"}, **parts}


def page(items: list[Any], token: str = "") -> dict[str, Any]:
    return {"kind": "ConfigMapList", "metadata": {"continue": token} if token else {}, "items": items}


def test_an_item_of_another_shape_is_a_gap_and_the_others_are_kept(lab: KubernetesLab):
    cloud = new_cloud(lab)
    strange = [config("fine", unknownField={"x": 1}), {"data": {}}, config("broken", data=["a"]), config("worse", metadata="x")]
    lab.server.faults.append(Fault(contains="/configmaps", status=200, body=page(strange)))
    batch = read(cloud, "configs")
    assert only(batch).state is CoverageState.FAILED
    assert only(batch).reason.startswith("Kubernetes answered for ")
    assert "in a shape that is not understood" in only(batch).reason


def test_unknown_fields_do_no_harm(lab: KubernetesLab):
    cloud = new_cloud(lab)
    lab.server.faults.append(Fault(contains="/configmaps", status=200, body=page([config("fine", newField=[{"x": 1}])])))
    batch = read(cloud, "configs")
    assert (only(batch).state, [row.name for row in batch.resources]) == (CoverageState.COMPLETE, ["fine"])


def test_pages_that_go_in_a_circle_are_a_gap(lab: KubernetesLab):
    cloud = new_cloud(lab)
    lab.server.faults.append(Fault(contains="/configmaps", status=200, body=page([config("a")], "again")))
    row = only(read(cloud, "configs"))
    assert (row.state, row.reason) == (CoverageState.FAILED, "The pages of list configmaps of cluster shop go in a circle.")


def test_a_page_lost_in_the_middle_is_a_gap(lab: KubernetesLab, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("skywright.adapters.clouds.kubernetes.calls.PAGE", 2)
    for number in range(5):
        lab.clusters["shop"].add({"kind": "ConfigMap", "metadata": {"name": f"c{number}", "namespace": "shop"}})
    cloud = new_cloud(lab)
    assert only(read(cloud, "configs")).rows == 6
    lab.server.faults.append(Fault(contains="configmaps?limit=2&continue", status=502))
    row = only(read(cloud, "configs"))
    assert (row.state, row.rows) == (CoverageState.FAILED, 0)


def test_a_list_that_expired_is_begun_again(lab: KubernetesLab, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("skywright.adapters.clouds.kubernetes.calls.PAGE", 2)
    for number in range(5):
        lab.clusters["shop"].add({"kind": "ConfigMap", "metadata": {"name": f"c{number}", "namespace": "shop"}})
    cloud = new_cloud(lab)
    gone = {**STATUS, "reason": "Expired", "message": "too old"}
    lab.server.faults.append(Fault(contains="configmaps?limit=2&continue", status=410, times=1, body=gone))
    batch = read(cloud, "configs")
    assert (only(batch).state, len(batch.resources)) == (CoverageState.COMPLETE, 6)
    lab.server.faults.append(Fault(contains="configmaps?limit=2&continue", status=410, body=gone))
    assert only(read(cloud, "configs")).state is CoverageState.FAILED


def test_what_cannot_be_told_without_a_list_is_null_and_its_coverage_partial(lab: KubernetesLab):
    cloud = new_cloud(lab)
    lab.server.faults.append(Fault(contains="/statefulsets", status=403, body=STATUS))
    batch = read(cloud, "configs")
    assert [row.used_by for row in batch.resources] == [None]
    assert (only(batch).state, only(batch).partial) == (CoverageState.COMPLETE, True)
    assert read(cloud, "secrets").coverage[0].partial
    assert not read(cloud, "roles").coverage[0].partial


@pytest.mark.parametrize(
    ("path", "reader", "column"),
    [
        ("/serviceaccounts", "workloads", "mounts_token"),
        ("/poddisruptionbudgets", "workloads", "budgeted"),
        ("/horizontalpodautoscalers", "workloads", "autoscaled"),
        ("/networkpolicies", "namespaces", "default_denied"),
        ("/jobs", "services", "workloads"),
        ("/replicasets", "pods", "workload"),
    ],
)
def test_an_unread_neighbour_leaves_its_columns_unknown(lab: KubernetesLab, path: str, reader: str, column: str):
    cloud = new_cloud(lab)
    lab.server.faults.append(Fault(contains=path, status=403, body=STATUS))
    batch = read(cloud, reader)
    assert batch.resources
    assert {getattr(row, column) for row in batch.resources if column != "mounts_token"} <= {None}
    if reader == "workloads" and column == "mounts_token":
        assert {row.mounts_token for row in batch.resources} == {None}
    assert all(row.partial or row.state is not CoverageState.COMPLETE for row in batch.coverage)


def test_a_cordoned_node_whose_pods_are_unread_is_neither_empty_nor_full(lab: KubernetesLab):
    lab.clusters["shop"].get("nodes", "", "shop-node-0")["spec"]["unschedulable"] = True
    cloud = new_cloud(lab)
    lab.server.faults.append(Fault(contains="/pods", status=403, body=STATUS))
    seen = {row.name: row.availability for row in read(cloud, "nodes").resources}
    assert seen == {"shop-node-0": None, "shop-node-1": "active", "shop-node-2": "active"}


def test_what_is_deleted_while_it_is_read_is_gone_and_no_error(lab: KubernetesLab):
    cloud = new_cloud(lab)
    target = rid("container.workload", "deployment/shop/web")
    assert cloud.refresh([target])[target] is not None
    lab.clusters["shop"].remove("deployments.apps", ("shop", "web"))
    assert cloud.refresh([target]) == {target: None}


def test_an_api_that_is_not_served_holds_nothing(lab: KubernetesLab):
    cloud = new_cloud(lab)
    assert only(read(cloud, "networks")).state is CoverageState.COMPLETE
    assert cloud.refresh([rid("container.network", "shop/second")]) == {rid("container.network", "shop/second"): None}


def test_whole_secrets_are_not_taken_where_metadata_was_asked_for(lab: KubernetesLab):
    cloud = new_cloud(lab)
    full = {
        "kind": "SecretList",
        "metadata": {},
        "items": [{"metadata": {"name": "s", "namespace": "shop"}, "data": {"p": "c2VjcmV0"}}],
    }
    lab.server.faults.append(Fault(contains="/secrets", status=200, body=full))
    row = only(read(cloud, "secrets"))
    assert (row.state, row.rows) == (CoverageState.FAILED, 0)
    assert "sends whole objects where list secrets of cluster shop asks for their metadata alone" in row.reason


def test_no_secret_reaches_a_row(lab: KubernetesLab):
    """Values of secrets, settings, variables, commands and kubectl's own copy of the object."""
    hidden = "do-not-tell"
    put = lab.clusters["shop"].add
    put(
        {
            "kind": "Secret",
            "metadata": {"name": "s", "namespace": "shop"},
            "data": {"p": base64.b64encode(hidden.encode()).decode()},
        }
    )
    put({"kind": "ConfigMap", "metadata": {"name": "c", "namespace": "shop"}, "data": {"p": hidden}})
    notes = {"kubectl.kubernetes.io/last-applied-configuration": hidden, "team/password": hidden}
    container = {
        "name": "a",
        "image": "a:1",
        "env": [{"name": "P", "value": hidden}],
        "args": [f"--password={hidden}"],
        "command": [hidden],
    }
    spec = {"containers": [container], "initContainers": [container]}
    put(
        {
            "kind": "Pod",
            "metadata": {"name": "lonely", "namespace": "shop", "annotations": notes},
            "spec": spec,
            "status": {"phase": "Running"},
        }
    )
    labels = {"app": "d"}
    template = {"metadata": {"labels": labels}, "spec": spec}
    body = {"selector": {"matchLabels": labels}, "template": template}
    put({"kind": "Deployment", "metadata": {"name": "d", "namespace": "shop", "annotations": notes}, "spec": body})
    cloud = new_cloud(lab)
    rows = [row for scope in cloud.scopes()[0] for row in cloud.read(scope).resources]
    assert {"lonely", "d", "c", "s"} <= {row.name for row in rows}
    told = json.dumps([str(row) for row in rows])
    assert hidden not in told
    assert base64.b64encode(hidden.encode()).decode() not in told
