"""A standalone Spark cluster on loopback: one master and its workers, each a process of its own, for tests and benchmarks."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from skywright.model.errors import AskHuman
from skywright.model.words import t

START_TIMEOUT_S = 120
WORKERS = 2
CORES = 1
MEMORY_MIB = 640
_MASTER = "org.apache.spark.deploy.master.Master"
_WORKER = "org.apache.spark.deploy.worker.Worker"


def find_spark() -> Path | None:
    """The folder of Spark that ships inside pyspark; None without it or without Java."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None or not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        return None
    return Path(spec.origin).parent


class SparkCluster:
    """A master and ``WORKERS`` workers. Raises AskHuman where Spark or Java is not installed, or does not start."""

    def __init__(self) -> None:
        home = find_spark()
        if home is None:
            raise AskHuman(t("There is no Spark on this machine."), next_step=t("Install skywright[spark] and Java 17."))
        self._home = home
        self.folder = Path(tempfile.mkdtemp(prefix="sky-spark-"))
        self._processes: list[subprocess.Popen[bytes]] = []
        self.master = ""

    def start(self) -> None:
        """Start all of it and wait until every worker is registered."""
        port, page = _free_port(), _free_port()
        self.master = f"spark://127.0.0.1:{port}"
        self._run("master", _MASTER, "--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page))
        self._wait("master", "New state: ALIVE", 1)
        for number in range(WORKERS):
            size = ("--cores", str(CORES), "--memory", f"{MEMORY_MIB}M", "--work-dir", str(self.folder / f"work-{number}"))
            self._run(f"worker-{number}", _WORKER, "--host", "127.0.0.1", "--webui-port", "0", *size, self.master)
        self._wait("master", "Registering worker", WORKERS)

    def conf(self) -> dict[str, str]:
        """Settings of Spark with which an application fits into the cluster."""
        return {
            "spark.executor.memory": "512m",
            "spark.executor.cores": str(CORES),
            "spark.cores.max": str(WORKERS * CORES),
            "spark.driver.memory": "1g",
            "spark.sql.shuffle.partitions": "2",
        }

    def stop(self) -> None:
        """End every process and delete what they wrote."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, name: str, java_class: str, *arguments: str) -> None:
        environment = os.environ | {
            "SPARK_HOME": str(self._home),
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_DAEMON_JAVA_OPTS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
            "SPARK_LOCAL_IP": "127.0.0.1",
        }
        command = [str(self._home / "bin" / "spark-class"), java_class, *arguments]
        with (self.folder / f"{name}.log").open("wb") as log:
            self._processes.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=environment))

    def _wait(self, name: str, word: str, times: int) -> None:
        """Wait until a process has said a word so many times."""
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until:
            said = (self.folder / f"{name}.log").read_text(errors="replace")
            if said.count(word) >= times:
                return
            if any(process.poll() is not None for process in self._processes):
                break
            time.sleep(0.2)
        tail = (self.folder / f"{name}.log").read_text(errors="replace")[-300:]
        raise AskHuman(t("Spark's {name} did not start: {why}", name=name, why=tail))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
