"""Nodes done without on a real API server, from gathering to taking it back, by the commands that people use."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests import real_kubernetes
from tests.adapters.clouds.kubernetes._desk import NODES, Desk
from tests.adapters.clouds.kubernetes._real import LIMITS, until

from skywright.adapters.clouds.kubernetes.calls import Call
from skywright.adapters.clouds.kubernetes.write.wards import KEY

pytestmark = pytest.mark.real


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    made = Desk(real_kubernetes.kubeconfig(4, "consolidation"), tmp_path, capsys)
    yield made
    made.cleared()


def test_the_whole_way_there_and_back(desk: Desk) -> None:
    """Gather, say what can go, plan, see the consequences, execute in waves, verify, take it back."""
    desk.daemons()
    desk.pinned("web", "node-0", 3)
    desk.budget("web", 2)
    desk.pinned("api", "node-1", 2)
    desk.pinned("one", "node-2", 1)
    found = desk.gathered()
    levels = {
        name: (len(one["drained"]), len(one["moves"]), one["only_copies"], one["budgets"]) for name, one in found["levels"].items()
    }
    assert levels == {"none": (1, 0, 0, 0), "low": (3, 5, 0, 1), "any": (3, 3, 1, 0)}
    plan = desk.plan()
    code, seen = desk.run_("validate", plan, "--approve", "Ann", "--json")
    assert (code, json.loads(seen)["blocked"]) == (0, False)
    code, run = desk.executed(plan)
    assert (code, run["state"], [one["state"] for one in run["results"]]) == (0, "done", ["verified"] * 3)
    assert [one["promised_monthly"] for one in run["results"]] == [None] * 3  # nobody is known to end the machines
    assert run["waves"] == 2
    assert (set(desk.homes("web") + desk.homes("api")), desk.homes("logs")) == ({"node-2"}, list(NODES))
    after = desk.gathered()
    assert sorted(after["kept"]) == list(NODES)
    assert after["kept"]["node-0"] == "it is drained already, and costs until its machine is let go of"
    assert desk.run_("rollback", run["id"], "--yes")[0] == 0
    assert [desk.node(name)["spec"].get("unschedulable") for name in NODES] == [None] * 4
    assert KEY not in str([desk.node(name)["metadata"].get("annotations") for name in NODES])


def test_what_stays_is_seen_beforehand(desk: Desk) -> None:
    desk.pinned("web", "node-0", 2)
    desk.budget("web", 2)
    desk.pod("lone", "node-1")
    scratch = {"volumes": [{"name": "scratch", "emptyDir": {}}]}
    path = f"/apis/apps/v1/namespaces/{desk.namespace}/deployments"
    for name, more in (("api", scratch), ("one", {"nodeSelector": {"kubernetes.io/hostname": "node-3"}})):
        labels = {"app": name}
        pinned = {"nodeSelector": {"kubernetes.io/hostname": "node-2"}} | more
        spec = {"containers": [{"name": "a", "image": "registry.example/a:1", "resources": LIMITS}], **pinned}
        body = {"replicas": 2, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}}
        desk.put(path, "Deployment", "apps/v1", name, spec=body)
    until(lambda: desk.homes("api") + desk.homes("one") == ["node-2"] * 2 + ["node-3"] * 2)
    kept = {node: why.replace(f"{desk.namespace}/", "") for node, why in desk.gathered()["kept"].items()}
    assert kept["node-0"].startswith("the disruption budget of web-")
    assert kept["node-1"] == "nothing would bring back lone"
    assert kept["node-2"].startswith("api-")
    assert kept["node-2"].endswith(" keeps data on the node (emptyDir) that would be lost")
    assert kept["node-3"] == "its pods find no room elsewhere"


def test_a_budget_closed_meanwhile_stops_the_drain_and_it_is_undone(desk: Desk) -> None:
    desk.pinned("web", "node-0", 2)
    desk.budget("web", 1)
    desk.pinned("one", "node-1", 1)
    plan = desk.plan("--max-moves", "2")
    path = f"/apis/policy/v1beta1/namespaces/{desk.namespace}/poddisruptionbudgets/web"
    desk.patch(path, {"spec": {"minAvailable": 2}})
    until(
        lambda: (
            desk.cloud.calls.make("admin", Call(method="GET", path=path, permission="get it"))["status"]["disruptionsAllowed"] == 0
        )
    )
    code, run = desk.executed(plan)
    reasons = " ".join(one["reason"] for one in run["results"])
    assert code != 0
    assert f"The disruption budget {desk.namespace}/web does not let {desk.namespace}/web-" in reasons
    assert "2 pods are well, and 2 must be." in reasons
    assert desk.homes("web") == ["node-0"] * 2
    assert desk.node("node-0")["spec"].get("unschedulable") is None


def test_no_room_at_run_time_stops_the_drain_and_the_pod_comes_back(desk: Desk) -> None:
    desk.pinned("api", "node-0", 2)
    desk.pinned("one", "node-1", 1)
    plan = desk.plan("--max-moves", "2")
    for name in NODES[1:]:
        desk.patch(f"/api/v1/nodes/{name}", {"spec": {"taints": [{"key": "kept", "value": "yes", "effect": "NoSchedule"}]}})
    code, run = desk.executed(plan)
    stopped = [one for one in run["results"] if "node-0" in one["target"]]
    assert (code != 0, [one["state"] for one in stopped]) == (True, ["undone"])
    assert "finds no node: 0/4 nodes are available" in stopped[0]["reason"]
    until(lambda: desk.homes("api") == ["node-0"] * 2)


def test_a_pod_that_came_meanwhile_and_has_no_keeper_stops_it_before_it_begins(desk: Desk) -> None:
    desk.pinned("api", "node-0", 2)
    desk.pinned("one", "node-1", 1)
    plan = desk.plan("--max-moves", "2")
    desk.pod("lone", "node-0")
    code, run = desk.executed(plan)
    stopped = [one["reason"] for one in run["results"] if "node-0" in one["target"]]
    assert code != 0
    assert " ".join(stopped) == (
        f"Nothing would bring back {desk.namespace}/lone after they leave kubernetes:admin:global:container.node/node-0. "
        "Give them a workload, or delete them by hand."
    )
    assert desk.homes("api") == ["node-0"] * 2


def test_killed_in_the_middle_and_taken_up_again(desk: Desk) -> None:
    """kill -9 once the first pod has left; the rest goes on where it stood, and nothing is left behind."""
    desk.configure(wait_s=60)
    slow = {"labels": {"app": "api"}, "annotations": {"kube-lab/ready-delay": "1"}}
    box = {"name": "app", "image": "registry.example/api:1", "resources": LIMITS}
    desk.pinned("api", "node-0", 3, template={"metadata": slow, "spec": {"containers": [box]}})
    desk.pinned("one", "node-1", 1)
    plan = desk.plan("--max-moves", "4", "--worth", "0")
    process = subprocess.Popen(
        [sys.executable, "-m", "skywright", *desk.command("execute", plan, "--yes", "--approve", "Ann")],
        env={**os.environ, "PYTHONPATH": "src"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: 0 < desk.homes("api").count("node-0") < 3, within_s=40)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert KEY in desk.node("node-0")["metadata"]["annotations"]
    time.sleep(0.5)
    code, out = desk.run_("resume", "--json")
    [run] = json.loads(out)
    assert (code, run["state"], run["resumed"]) == (0, "done", 1)
    assert "node-0" not in desk.homes("api")
    assert len(desk.homes("api")) == 3
    assert KEY not in (desk.node("node-0")["metadata"].get("annotations") or {})


def test_requests_are_set_by_what_was_used_and_set_back(desk: Desk) -> None:
    """Eight days of a file of usage; the plan rolls the new requests out, and the rollback the old ones."""
    target = desk.pinned("web", "node-0", 2)
    lines = ["time,namespace,workload,container,cpu_millis,memory_mib"]
    for step in range(8 * 96):
        at = (datetime(2026, 8, 1) + timedelta(minutes=15 * step)).isoformat()
        lines.append(f"{at},{desk.namespace},deployment/web,app,20,100")
    usage, plan = desk.folder / "usage.csv", str(desk.folder / "requests.json")
    usage.write_text("\n".join(lines))
    assert desk.run_("gather")[0] == 0
    assert desk.run_("scaling", "requests", "--usage", str(usage), "-o", plan)[0] == 0
    code, run = desk.executed(plan)
    [box] = desk.row(target).containers
    assert (code, run["state"], box.memory_request_mib) == (0, "done", 120)
    assert 20 <= box.cpu_request_millis < 25
    assert desk.run_("rollback", run["id"], "--yes")[0] == 0
    [box] = desk.row(target).containers
    assert (box.cpu_request_millis, box.memory_request_mib, desk.row(target).state) == (100, 64, "running")
