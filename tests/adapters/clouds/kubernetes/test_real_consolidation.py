"""Nodes done without on a real API server, from gathering to taking it back, by the commands that people use."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import real_kubernetes
from tests.adapters.clouds.kubernetes._real import LIMITS, World, until

from skywright.adapters.clouds.kubernetes.calls import Call
from skywright.adapters.clouds.kubernetes.write.wards import KEY
from skywright.doors.cli.root import run as command

pytestmark = pytest.mark.real

NODES = ("node-0", "node-1", "node-2", "node-3")
MERGE = "application/merge-patch+json"


class Desk(World):
    """A cluster of four nodes of its own, and the commands at work on it."""

    def __init__(self, kubeconfig: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(kubeconfig)
        self.folder, self.capsys = folder, capsys
        self.config = folder / "skywright.yaml"
        self.configure()

    def configure(self, *, local_data: bool = False, wait_s: float = 2) -> None:
        drain = {"wait_s": wait_s, "local_data": local_data}
        clouds = {"kubernetes": {"kubeconfig": self.kubeconfig, "contexts": ["admin"], "drain": drain}}
        self.config.write_text(json.dumps({"clouds": clouds}))

    def command(self, *arguments: str) -> list[str]:
        return ["--config", str(self.config), "--data", str(self.folder / "data"), *arguments]

    def run_(self, *arguments: str) -> tuple[int, str]:
        code = command(self.command(*arguments))
        return code, self.capsys.readouterr().out

    def gathered(self, *arguments: str) -> dict[str, Any]:
        """A fresh look, and what it says can be done without."""
        assert self.run_("gather")[0] == 0
        code, out = self.run_("scaling", "consolidate", "--node-cost", "100", "--json", *arguments)
        assert code == 0
        found: dict[str, Any] = json.loads(out)[0]
        return found

    def plan(self, *arguments: str) -> str:
        path = str(self.folder / "plan.json")
        self.gathered("-o", path, *arguments)
        return path

    def executed(self, plan: str) -> tuple[int, dict[str, Any]]:
        code, out = self.run_("execute", plan, "--yes", "--approve", "Ann", "--json")
        return code, json.loads(out)

    def pods(self, app: str) -> list[Any]:
        call = Call(method="GET", path=f"/api/v1/namespaces/{self.namespace}/pods", permission="list pods")
        return [one for one in self.cloud.calls.make("admin", call)["items"] if one["metadata"]["labels"].get("app") == app]

    def homes(self, app: str) -> list[str]:
        return sorted(one["spec"].get("nodeName", "") for one in self.pods(app))

    def patch(self, path: str, body: Any) -> None:
        self.cloud.calls.make("admin", Call(method="PATCH", path=path, permission="patch it", body=body, content=MERGE))

    def node(self, name: str) -> Any:
        return self.cloud.calls.make("admin", Call(method="GET", path=f"/api/v1/nodes/{name}", permission="get nodes"))

    def pinned(self, app: str, node: str, copies: int = 1, **spec: Any) -> str:
        """Copies that begin on one node, and may go on wherever there is room."""
        for other in NODES:
            self.patch(f"/api/v1/nodes/{other}", {"spec": {"unschedulable": None if other == node else True}})
        target = self.deployment(app, copies, **spec)
        for other in NODES:
            self.patch(f"/api/v1/nodes/{other}", {"spec": {"unschedulable": None}})
        assert self.homes(app) == [node] * copies
        return target

    def pod(self, name: str, node: str, **spec: Any) -> None:
        body = {"containers": [{"name": "a", "image": "registry.example/a:1", "resources": LIMITS}], "nodeName": node, **spec}
        self.put(f"/api/v1/namespaces/{self.namespace}/pods", "Pod", "v1", name, spec=body, labels={"app": name})

    def daemons(self) -> None:
        labels = {"app": "logs"}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "a", "image": "registry.example/logs:1"}]}}
        spec = {"selector": {"matchLabels": labels}, "template": template}
        self.put(f"/apis/apps/v1/namespaces/{self.namespace}/daemonsets", "DaemonSet", "apps/v1", "logs", spec=spec)
        until(lambda: self.homes("logs") == list(NODES))

    def budget(self, app: str, least: int) -> None:
        path = f"/apis/policy/v1beta1/namespaces/{self.namespace}/poddisruptionbudgets"
        spec = {"minAvailable": least, "selector": {"matchLabels": {"app": app}}}
        self.put(path, "PodDisruptionBudget", "policy/v1beta1", app, spec=spec)
        until(
            lambda: self.cloud.calls.make("admin", Call(method="GET", path=f"{path}/{app}", permission="get it"))["status"].get(
                "expectedPods"
            )
        )


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    made = Desk(real_kubernetes.kubeconfig(4, "consolidation"), tmp_path, capsys)
    yield made
    for name in NODES:
        made.patch(f"/api/v1/nodes/{name}", {"spec": {"unschedulable": None, "taints": None}})
    gone = f"/api/v1/namespaces/{made.namespace}"
    for path in (f"/apis/apps/v1/namespaces/{made.namespace}/{kind}" for kind in ("deployments", "daemonsets")):
        made.cloud.calls.make("admin", Call(method="DELETE", path=path, permission="delete them"))
    made.cloud.calls.make("admin", Call(method="DELETE", path=f"{gone}/pods", permission="delete them"))
    made.cloud.calls.make("admin", Call(method="DELETE", path=gone, permission="delete it"))
    until(lambda: not [one for app in ("web", "api", "one", "logs", "lone") for one in made.pods(app)])


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
    assert sum(float(one["promised_monthly"]["amount"]) for one in run["results"]) == 300
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
