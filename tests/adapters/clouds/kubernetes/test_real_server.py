"""What only a real API server can tell: roll-outs, owners of fields, rights, budgets, defaults. Kubernetes 1.20 at present."""

from typing import Any

import msgspec
import pytest
from tests.adapters.clouds.kubernetes._harness import change_of
from tests.adapters.clouds.kubernetes._real import World, until

from skywright.adapters.clock import SystemClock
from skywright.adapters.clouds.kubernetes.calls import Call
from skywright.model.errors import AskHuman, PlanAgain
from skywright.model.estate import CoverageState
from skywright.model.kinds.cluster import Workload

pytestmark = pytest.mark.real


@pytest.fixture
def world(real_kubeconfig: str) -> World:
    return World(real_kubeconfig)


def with_image(row: Workload, image: str) -> dict[str, Any]:
    changed = [msgspec.structs.replace(one, image=image) for one in row.containers or ()]
    return {"containers": msgspec.to_builtins(changed)}


def test_a_roll_out_is_watched_to_its_end_and_taken_back(world: World):
    target = world.deployment("web")
    row = world.row(target)
    before = {"containers": msgspec.to_builtins(row.containers)}
    steps = world.run(target, before, with_image(row, "registry.example/web:1.1"))
    seen = world.row(target)
    assert (seen.images, seen.ready, seen.updated, seen.state) == (["registry.example/web:1.1"], 2, 2, "running")
    steps[0].do("token")
    steps[0].undo("token", None)
    assert (world.row(target).images, world.row(target).state) == (["registry.example/web:1.0"], "running")


def test_a_roll_out_that_stalls_is_an_error_and_is_undone(world: World):
    target = world.deployment("web")
    row = world.row(target)
    change = change_of(target, {"containers": msgspec.to_builtins(row.containers)}, with_image(row, "registry.example/web:bad"))
    (step,) = world.cloud.steps(change)
    with pytest.raises(PlanAgain) as stopped:
        step.do("token")
    assert "has stopped" in stopped.value.message
    assert world.row(target).state == "failed"
    step.undo("token", None)
    assert (world.row(target).images, world.row(target).state) == (["registry.example/web:1.0"], "running")


def test_two_changes_of_ours_do_not_undo_each_other(world: World):
    """Server-side apply drops what a manager leaves out: the second change must send the first along."""
    target = world.deployment("web")
    world.run(target, {"desired": 2}, {"desired": 3})
    row = world.row(target)
    sized = [msgspec.structs.replace(one, memory_limit_mib=128) for one in row.containers]
    steps = world.run(target, {"containers": msgspec.to_builtins(row.containers)}, {"containers": msgspec.to_builtins(sized)})
    assert (world.row(target).desired, world.row(target).containers[0].memory_limit_mib) == (3, 128)
    steps[0].undo("token", None)
    assert (world.row(target).desired, world.row(target).containers[0].memory_limit_mib) == (3, -1)


def test_what_a_controller_owns_is_left_to_it_and_it_is_named(world: World):
    target = world.deployment("web", manager="argocd-controller")
    with pytest.raises(PlanAgain) as conflict:
        world.run(target, {"desired": 2}, {"desired": 3})
    assert str(conflict.value) == (
        f"spec.replicas of patch deployments.apps in namespace {world.namespace} of cluster admin belongs to argocd-controller. "
        "Change it there, or name the manager under clouds.kubernetes.take_over."
    )
    assert world.row(target).desired == 2
    mine = world.as_user("admin", take_over=["argocd-*"])
    mine.steps(change_of(target, {"desired": 2}, {"desired": 3}))[0].do("token")
    assert world.row(target).desired == 3


def test_labels_of_others_are_taken_away_at_once_with_what_is_set(world: World):
    target = world.deployment("web")
    steps = world.run(target, {"tags": {"app": "web"}}, {"tags": {"team": "front"}})
    assert world.row(target).tags == {"team": "front"}
    steps[0].undo("token", None)
    assert world.row(target).tags == {"app": "web"}


def test_privileges_are_taken_and_given_back(world: World):
    target = world.deployment("web")
    row = world.row(target)
    safe = [
        msgspec.structs.replace(one, runs_as_root=False, privilege_escalation=False, read_only_root=True) for one in row.containers
    ]
    steps = world.run(target, {"containers": msgspec.to_builtins(row.containers)}, {"containers": msgspec.to_builtins(safe)})
    assert world.row(target).containers == safe
    steps[0].undo("token", None)
    assert world.row(target).containers == row.containers


@pytest.mark.parametrize(
    ("column", "before", "after"), [("mounts_token", True, False), ("budgeted", False, True), ("desired", 2, 4)]
)
def test_settings_of_a_workload_there_and_back(world: World, column: str, before: Any, after: Any):
    target = world.deployment("web")
    assert getattr(world.row(target), column) == before
    steps = world.run(target, {column: before}, {column: after})
    assert getattr(world.row(target), column) == after
    for step in reversed(steps):
        step.undo("token", None)
    assert getattr(world.row(target), column) == before


def test_a_service_is_closed_and_opened_again(world: World):
    spec = {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80, "protocol": "TCP"}]}
    world.put(f"/api/v1/namespaces/{world.namespace}/services", "Service", "v1", "web", spec=spec)
    target = world.id("container.endpoint", f"{world.namespace}/web")
    ranged = world.run(target, {"source_ranges": []}, {"source_ranges": ["192.0.2.0/24"]})
    assert world.row(target).source_ranges == ["192.0.2.0/24"]
    ranged[0].undo("token", None)
    assert world.row(target).source_ranges == []
    steps = world.run(target, {"type": "load-balancer"}, {"type": "cluster-ip"})
    assert (world.row(target).type, world.row(target).public) == ("cluster-ip", False)
    steps[0].undo("token", None)
    assert (world.row(target).type, world.row(target).public) == ("load-balancer", True)


def test_a_claim_and_its_data_survive_its_deletion(world: World):
    name = f"disk-{world.namespace}"
    disk = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Delete",
        "storageClassName": "",
        "hostPath": {"path": "/none"},
        "claimRef": {"namespace": world.namespace, "name": "data"},
    }
    world.put("/api/v1/persistentvolumes", "PersistentVolume", "v1", name, namespaced=False, spec=disk)
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "",
        "volumeName": name,
        "resources": {"requests": {"storage": "1Gi"}},
    }
    path = f"/api/v1/namespaces/{world.namespace}/persistentvolumeclaims"
    world.put(path, "PersistentVolumeClaim", "v1", "data", spec=claim)
    target, volume = world.id("container.volume", f"claim/{world.namespace}/data"), world.id("container.volume", f"volume/{name}")
    until(lambda: world.row(target).bound)
    steps = world.run(target, {"type": "claim", "used": False}, None)
    assert world.row(target) is None
    until(lambda: world.row(volume).state == "released")
    assert world.row(volume).reclaim == "retain"
    for step in reversed(steps):
        step.undo("token", None)
    until(lambda: world.row(target).bound)
    assert (world.row(volume).state, world.row(volume).reclaim) == ("in-use", "delete")


def test_draining_empties_a_node_and_honours_budgets(world: World):
    target = world.deployment("web", copies=4)
    world.run(target, {"budgeted": False}, {"budgeted": True})
    node = world.id("container.node", "node-0")
    steps = world.run(node, {"schedulable": True, "availability": "active"}, {"availability": "drain"})
    try:
        assert (world.row(node).schedulable, world.row(node).availability) == (False, "drain")
    finally:
        for step in reversed(steps):
            step.undo("token", None)
    assert (world.row(node).schedulable, world.row(node).availability) == (True, "active")
    until(lambda: world.row(target).ready == 4)


def test_rights_are_told_apart(world: World):
    viewer = world.as_user("viewer")
    scopes = {scope.reader: scope for scope in viewer.scopes()[0]}
    secrets = viewer.read(scopes["secrets"])
    assert [(row.state, row.reason) for row in secrets.coverage] == [
        (
            CoverageState.DENIED,
            (
                "Kubernetes denies list secrets of cluster viewer. "
                "Allow list secrets to the identity that Skywright uses in cluster viewer."
            ),
        )
    ]
    assert viewer.read(scopes["configs"]).coverage[0].state is CoverageState.COMPLETE
    said = {one.name: one.allowed for one in viewer.doctor()}
    assert (said["list secrets"], said["list pods"], said["list cronjobs.batch"]) == (False, True, True)
    change = change_of("kubernetes:viewer:global:container.namespace/default", {"pod_security": ""}, {"pod_security": "baseline"})
    with pytest.raises(AskHuman) as denied:
        viewer.steps(change)[0].do("token")
    assert "Allow patch namespaces" in denied.value.next_step


def test_usage_and_health_are_of_now(world: World):
    from datetime import timedelta

    target = world.deployment("web")
    scopes = {scope.reader: scope for scope in world.cloud.scopes()[0]}
    rows = [row for name in ("pods", "workloads", "nodes") for row in world.cloud.read(scopes[name]).resources]
    now = SystemClock().now()
    found = {(one.resource, one.metric): one for one in world.cloud.usage(rows, now - timedelta(days=14), now)}
    assert found[target, "cpu_millis"].max == 50.0  # the lab's simulator uses half of what is asked for
    assert found[target, "cpu_pct"].p95 == 50.0
    assert found[world.id("container.node", "node-0"), "memory_mib"].samples == 1
    assert list(world.cloud.usage(rows, now - timedelta(days=14), now - timedelta(days=7))) == []
    assert [one.well for one in world.cloud.health([target, world.id("container.node", "node-1")])] == [True, True]


def test_everything_is_read_from_an_old_version(world: World):
    world.deployment("web")
    job = {"template": {"spec": {"containers": [{"name": "app", "image": "registry.example/report:1"}], "restartPolicy": "Never"}}}
    path = f"/apis/batch/v1beta1/namespaces/{world.namespace}/cronjobs"
    world.put(path, "CronJob", "batch/v1beta1", "report", spec={"schedule": "0 3 * * *", "jobTemplate": {"spec": job}})
    bounds = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 4}
    path = f"/apis/autoscaling/v1/namespaces/{world.namespace}/horizontalpodautoscalers"
    world.put(
        path,
        "HorizontalPodAutoscaler",
        "autoscaling/v1",
        "web",
        spec=bounds,
    )
    scopes, gaps = world.cloud.scopes()
    batches = [world.cloud.read(scope) for scope in scopes]
    assert list(gaps) == []
    assert [row for batch in batches for row in batch.coverage if row.state is not CoverageState.COMPLETE or row.partial] == []
    kinds = {row.KIND for batch in batches for row in batch.resources}
    assert {"container.workload", "container.autoscaler", "container.pod", "kubernetes.cluster"} <= kinds
    pods = [row for batch in batches for row in batch.resources if row.KIND == "container.pod" and row.namespace == world.namespace]
    assert {row.workload for row in pods} == {world.id("container.workload", f"deployment/{world.namespace}/web")}
    scaler = world.id("container.autoscaler", f"horizontal/{world.namespace}/web")
    steps = world.run(scaler, {"max_replicas": 4}, {"max_replicas": 6})
    assert world.row(scaler).max_replicas == 6
    steps[0].undo("token", None)
    assert world.row(scaler).max_replicas == 4
    cron = world.id("container.workload", f"cron-job/{world.namespace}/report")
    steps = world.run(cron, {"suspended": False, "type": "cron-job"}, {"suspended": True})
    assert (world.row(cron).suspended, world.row(cron).state) == (True, "suspended")
    steps[0].undo("token", None)
    assert world.row(cron).suspended is False


def test_a_secrets_values_never_travel(world: World, monkeypatch: pytest.MonkeyPatch):
    """Reading it, changing its labels and deleting it: the server sends its metadata alone."""
    path = f"/api/v1/namespaces/{world.namespace}/secrets"
    world.put(path, "Secret", "v1", "old", data={"password": "ZG8tbm90LXRlbGw="})
    heard: list[str] = []
    make = world.cloud.calls.make

    def listening(account: str, call: Call) -> Any:
        answer = make(account, call)
        heard.append(str(answer))
        return answer

    monkeypatch.setattr(world.cloud.calls, "make", listening)
    target = world.id("container.secret", f"{world.namespace}/old")
    steps = world.run(target, {"tags": {}}, {"tags": {"owner": "shop"}})
    assert world.row(target).tags == {"owner": "shop"}
    steps[0].undo("token", None)
    assert world.row(target).tags == {}
    world.run(target, {"used_by": 0}, None)
    assert world.row(target) is None
    assert any("old" in one for one in heard)
    assert not any("ZG8tbm90LXRlbGw=" in one for one in heard)
