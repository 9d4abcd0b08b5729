"""A real OpenStack for tests marked ``real``: made and started once a session, destroyed at its end; without one, skipped loudly.

Its packages (700 MB) are installed once, into a folder of the user's cache; its databases live in a folder of their own that
PostgreSQL's account can reach.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("SKYWRIGHT_LAB_OPENSTACK") or Path(__file__).parents[2] / "shared" / "labs" / "openstack")
PORTS = 11  # in a row
INSTALL_S, START_S = 1200, 420
AT_END = ExitStack()
"""What the session's end undoes."""


def clouds_yaml() -> str:
    """The path of a clouds.yaml with lab-admin and lab-demo. Skips the test where there is no server."""
    path, reason = _started()
    if reason:
        pytest.skip(f"NOT TESTED ON A REAL OPENSTACK: {reason}")
    return path


@cache
def _started() -> tuple[str, str]:
    if running := os.environ.get("SKYWRIGHT_REAL_OPENSTACK"):
        return running, ""
    script = FOLDER / "openstack_lab.py"
    if os.environ.get("SKYWRIGHT_REAL") != "1":
        return "", "it takes more than a minute to start; set SKYWRIGHT_REAL=1, or run `make test-real`"
    if not script.is_file():
        return "", f"there is no {script}; set SKYWRIGHT_LAB_OPENSTACK to the lab's folder"
    if not (shutil.which("pg_ctl") or list(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))):
        return "", "it needs the programs of a PostgreSQL server"
    try:
        return _start(script), ""
    except subprocess.SubprocessError as error:
        said = getattr(error, "stderr", b"") or b""
        return "", f"the lab does not start: {error} {said[-300:]!r}"


def _start(script: Path) -> str:
    cached = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "skywright" / "openstack-lab"
    cached.mkdir(parents=True, exist_ok=True)
    _run(script, "install", cached, INSTALL_S)
    home = Path(tempfile.mkdtemp(prefix="skywright-real-openstack-"))
    home.chmod(0o755)  # PostgreSQL runs under an account of its own
    (home / "venv").symlink_to(cached / "venv")
    AT_END.callback(shutil.rmtree, home, ignore_errors=True)
    AT_END.callback(_run, script, "destroy", home, START_S, check=False)
    _run(script, "init", home, START_S, "--with-cinder", "--port-base", str(_free_ports()))
    _run(script, "start", home, START_S)
    return str(home / "clouds.yaml")


def _run(script: Path, verb: str, home: Path, limit_s: int, *more: str, check: bool = True) -> None:
    command = [sys.executable, str(script), verb, "--home", str(home), "--timeout", str(limit_s), *more]
    subprocess.run(command, capture_output=True, timeout=limit_s + 30, check=check)


def _free_ports() -> int:
    """The first of ``PORTS`` free ports in a row."""
    for first in range(21000 + os.getpid() % 977 * 13, 60000, PORTS):
        if all(_is_free(port) for port in range(first, first + PORTS)):
            return first
    raise RuntimeError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
