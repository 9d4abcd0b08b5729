"""A real cluster of four simulated nodes of its own, and the commands at work on it, as people use them."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.clouds.kubernetes._real import LIMITS, World, until

from skywright.adapters.clouds.kubernetes.calls import Call
from skywright.doors.cli.root import run as command

NODES = ("node-0", "node-1", "node-2", "node-3")
MERGE = "application/merge-patch+json"


class Desk(World):
    """A cluster of four nodes of its own, and the commands at work on it."""

    def __init__(self, kubeconfig: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(kubeconfig)
        self.folder, self.capsys = folder, capsys
        self.config = folder / "skywright.yaml"
        self.configure()

    def configure(self, *, local_data: bool = False, wait_s: float = 10) -> None:
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

    def cleared(self) -> None:
        """Open every node and take everything away."""
        for name in NODES:
            self.patch(f"/api/v1/nodes/{name}", {"spec": {"unschedulable": None, "taints": None}})
        gone = f"/api/v1/namespaces/{self.namespace}"
        for path in (f"/apis/apps/v1/namespaces/{self.namespace}/{kind}" for kind in ("deployments", "daemonsets")):
            self.cloud.calls.make("admin", Call(method="DELETE", path=path, permission="delete them"))
        self.cloud.calls.make("admin", Call(method="DELETE", path=f"{gone}/pods", permission="delete them"))
        self.cloud.calls.make("admin", Call(method="DELETE", path=gone, permission="delete it"))
        until(lambda: not [one for app in ("web", "api", "one", "logs", "lone") for one in self.pods(app)])
