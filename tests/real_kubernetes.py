"""A real Kubernetes API server for tests marked ``real``: started once a session, stopped at its end, skipped loudly where there is
none."""

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("SKYWRIGHT_LAB_KUBERNETES") or Path(__file__).parents[2] / "shared" / "labs" / "kubernetes")
AT_END = ExitStack()
"""What the session's end undoes."""


def kubeconfig(nodes: int = 3, whose: str = "everyone") -> str:
    """The path of a kubeconfig that leads to it, as its administrator. Skips the test where there is none. ``whose``: a cluster of
    their own, for tests that look at all its nodes."""
    path, reason = _started(nodes, whose)
    if reason:
        pytest.skip(f"NOT TESTED ON A REAL KUBERNETES: {reason}")
    return path


@cache
def _started(nodes: int, _whose: str) -> tuple[str, str]:
    script = FOLDER / "kube_lab.py"
    if not script.is_file():
        return "", f"there is no {script}; set SKYWRIGHT_LAB_KUBERNETES to the lab's folder"
    home = tempfile.mkdtemp(prefix="skywright-real-kubernetes-")
    command = [sys.executable, str(script)]
    start = [*command, "start", "--home", home, "--ttl", "900", "--nodes", str(nodes)]
    started = subprocess.run(start, capture_output=True, text=True, timeout=280, check=False)
    if started.returncode:
        return "", f"the lab does not start: {started.stderr[-300:]}"
    AT_END.callback(subprocess.run, [*command, "stop", "--home", home], capture_output=True, timeout=60, check=False)
    return f"{home}/kubeconfig", ""
