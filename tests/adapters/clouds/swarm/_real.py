"""A real Docker Engine with a swarm of one, on a socket of its own, in folders of its own; or the reason why there is none."""

import io
import os
import re
import shutil
import socket
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

START_S = 120.0
FLAGS = (
    *("--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs", "--ip-masq=false", "--ip=127.0.0.1"),
    *("--default-shm-size=1m", "--log-level=error"),
)
IMAGE = "lab/box:1"


class NoDocker(Exception):
    """Why there is no real Docker here."""


class RealDocker:
    """Started by the test itself and ended by it. ``api`` is docker.APIClient."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "docker.sock"
        self.url = f"unix://{self.socket}"
        binary = _binary()
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [
                binary,
                *FLAGS,
                f"--host={self.url}",
                f"--data-root={folder / 'data'}",
                f"--exec-root={folder / 'exec'}",
                f"--pidfile={folder / 'pid'}",
            ],
            stdout=self._log,
            stderr=self._log,
        )
        try:
            self.api = self._connected()
            self._fill()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def container(self, name: str, **more: Any) -> str:
        """A container that is made and does not run; gives its id."""
        made = self.api.create_container(
            IMAGE,
            ["/bin/sleep", "600"],
            name=name,
            host_config=self.api.create_host_config(network_mode="none"),
            stop_signal="SIGKILL",
            **more,
        )
        return str(made["Id"])

    def _connected(self) -> Any:
        import docker

        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            if self.socket.exists():
                try:
                    return docker.APIClient(base_url=self.url, version="1.41", timeout=60)
                except docker.errors.DockerException:
                    pass
            time.sleep(0.1)
        said = (self.folder / "log").read_text(errors="replace").strip().splitlines()
        raise NoDocker(f"dockerd does not start here: {said[-1][-300:] if said else 'it says nothing'}")

    def _fill(self) -> None:
        self.api.import_image_from_data(_root_file_system(), repository="lab/box", tag="1")
        port = _free_port()
        try:
            self.api._result(
                self.api._post_json(
                    self.api._url("/swarm/init"),
                    data={"ListenAddr": f"127.0.0.1:{port}", "AdvertiseAddr": f"127.0.0.1:{port}", "DataPathAddr": "127.0.0.1"},
                )
            )
        except Exception as error:
            raise NoDocker(f"no swarm can be made here: {error}") from error
        spec = {
            "Name": "web",
            "Labels": {"owner": "shop"},
            "TaskTemplate": {
                "ContainerSpec": {"Image": IMAGE, "Command": ["/bin/sleep", "600"], "StopSignal": "SIGKILL"},
                "Resources": {},
                "RestartPolicy": {"Condition": "any"},
            },
            "Mode": {"Replicated": {"Replicas": 1}},
            "UpdateConfig": {"Parallelism": 1, "FailureAction": "pause", "Monitor": 10**9},
            "RollbackConfig": {"Parallelism": 1, "Monitor": 10**9},
        }
        self.api._result(self.api._post_json(self.api._url("/services/create"), data=spec), json=True)


def _binary() -> str:
    found = os.environ.get("SKYWRIGHT_LAB_DOCKERD") or shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not found:
        raise NoDocker("there is no dockerd on this machine (Debian: docker.io; SKYWRIGHT_LAB_DOCKERD may name one)")
    if os.geteuid() != 0:
        raise NoDocker("dockerd needs root")
    return found


def _root_file_system() -> bytes:
    """A tar with `sleep` and what it is linked to."""
    sleep = shutil.which("sleep") or "/bin/sleep"
    linked = re.findall(r"(/\S+)", subprocess.run(["ldd", sleep], capture_output=True, text=True, check=True).stdout)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", dereference=True) as tar:
        for source, name in ((sleep, "bin/sleep"), *((path, path.lstrip("/")) for path in linked)):
            tar.add(os.path.realpath(source), name)
    return buffer.getvalue()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
