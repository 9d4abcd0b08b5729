"""Start and stop: clusters behind one server on loopback, and a kubeconfig that leads to them."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from skywright.lab.kit import Answer, Request, Server
from skywright.lab.kubernetes import estate as estates
from skywright.lab.kubernetes.api import Api
from skywright.lab.kubernetes.cluster import Cluster

TOKENS = {"admin": "lab-token-of-admin", "viewer": "lab-token-of-viewer", "nobody": "lab-token-of-nobody"}


class KubernetesLab:
    """See lab.kit.Standin. ``clusters`` may be changed while it runs; ``server.faults`` make it fail."""

    name = "kubernetes"

    def __init__(self, clusters: list[Cluster], answers: list[dict[str, str]]) -> None:
        self.apis = {cluster.name: Api(cluster, {token: user for user, token in TOKENS.items()}) for cluster in clusters}
        self._answers = answers
        self._folder = Path(tempfile.mkdtemp(prefix="skywright-kubernetes-"))
        self.kubeconfig = self._folder / "kubeconfig"
        self.server = Server(self._answer)
        self.kubeconfig.write_text(json.dumps(self._kubeconfig()))

    @property
    def clusters(self) -> dict[str, Cluster]:
        """The clusters by name."""
        return {name: api.cluster for name, api in self.apis.items()}

    def environment(self) -> dict[str, str]:
        """See Standin."""
        return {"KUBECONFIG": str(self.kubeconfig)}

    def section(self) -> dict[str, Any]:
        """See Standin."""
        return {"kubeconfig": str(self.kubeconfig), "contexts": sorted(self.apis)}

    def answers(self) -> list[dict[str, str]]:
        """See Standin."""
        return self._answers

    def calls(self) -> dict[str, int]:
        """See Standin."""
        return dict(self.server.counter)

    def stop(self) -> None:
        """See Standin."""
        self.server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answer(self, request: Request) -> Answer:
        _, _, name, rest = request.path.split("/", 3)
        if name not in self.apis:
            return Answer(404, {"kind": "Status", "message": "no such cluster"})
        plain = Request(request.method, f"/{rest}", request.query, request.headers, request.body)
        return self.apis[name].answer(plain)

    def _kubeconfig(self) -> dict[str, Any]:
        """A context for each cluster (as administrator), and one for each cluster and user."""
        names = sorted(self.apis)
        contexts = [{"name": name, "context": {"cluster": name, "user": "admin"}} for name in names]
        contexts += [{"name": f"{name}-{user}", "context": {"cluster": name, "user": user}} for name in names for user in TOKENS]
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": names[0],
            "clusters": [{"name": name, "cluster": {"server": f"{self.server.endpoint}/clusters/{name}"}} for name in names],
            "contexts": contexts,
            "users": [{"name": user, "user": {"token": token}} for user, token in TOKENS.items()],
        }


def start(seed: int = 1, estate: str = "default") -> KubernetesLab:
    """A stand-in with an estate: ``small``, ``default`` or ``large``."""
    clusters, answers = estates.build(estate, seed)
    return KubernetesLab(clusters, answers)
