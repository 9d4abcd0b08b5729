"""The same against the real server: nine days of what a kubelet would have told are put into its store and asked for."""

import math
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest

from skywright.adapters.meters.containers import remembered
from skywright.adapters.meters.kept import PrometheusMeter
from skywright.model.errors import BadInput
from skywright.model.kinds.cluster import Pod, Workload
from skywright.model.settings import History
from skywright.ports.other import Keeper

pytestmark = pytest.mark.real

WEB = Keeper("kubernetes:prod:global:container.workload/deployment/shop/web", "prod", "deployment/shop/web")
DAYS, EVERY_S = 9, 60
STEP = timedelta(minutes=5)
PODS = ("web-5d9c7f8b4-aaaaa", "web-5d9c7f8b4-bbbbb")


def end() -> datetime:
    """A whole day that is over: blocks of the head are not asked for here."""
    now = datetime.now(UTC).replace(tzinfo=None)
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def millis(pod: str, at: int) -> float:
    """200, at noon 400; of the second copy half."""
    return (400.0 if at % 86400 // 3600 == 12 else 200.0) / (1 if pod == PODS[0] else 2)


def written(path: Path, until: int) -> None:
    """OpenMetrics: a counter of seconds, a gauge of bytes with one spike that lasts a minute, and what is not a container's."""
    with path.open("w") as file:
        for name, kind in (("container_cpu_usage_seconds", "counter"), ("container_memory_working_set_bytes", "gauge")):
            file.write(f"# TYPE {name} {kind}\n")
            metric = f"{name}_total" if kind == "counter" else name
            for pod in PODS:
                labels = f'namespace="shop",pod="{pod}",container="app",cluster="prod"'
                pause = labels.replace('container="app"', 'container="POD"')
                used = 0.0
                for at in range(until - DAYS * 86400, until, EVERY_S):
                    used += millis(pod, at) / 1000 * EVERY_S
                    memory = 800 * 2**20 if at == until - 2 * 86400 + 60 else 500 * 2**20
                    file.write(f"{metric}{{{labels}}} {used if kind == 'counter' else memory} {at}\n")
                file.write(f"{metric}{{{pause}}} 9e15 {until - EVERY_S}\n")
        graphics(file, until)
        file.write("# EOF\n")


def graphics(file: IO[str], until: int) -> None:
    """As dcgm-exporter tells it, scraped by a Prometheus that keeps its own labels: nothing but one minute, and a
    processor that nobody has."""
    theirs = 'exported_namespace="shop",exported_pod="web-5d9c7f8b4-aaaaa",exported_container="app",'
    ours = 'gpu="0",namespace="gpu",pod="dcgm-exporter-zzzzz",container="exporter",cluster="prod"'
    for metric, value, busy in (("GPU_UTIL", 0, 80), ("FB_USED", 4000, 4000), ("FB_FREE", 12000, 12000)):
        file.write(f"# TYPE DCGM_FI_DEV_{metric} gauge\n")
        for labels in (theirs + ours, ours.replace('"0"', '"1"')):
            for at in range(until - DAYS * 86400, until, EVERY_S):
                told = busy if at == until - 43200 + 60 and "exported" in labels else value
                file.write(f"DCGM_FI_DEV_{metric}{{{labels}}} {told} {at}\n")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    prometheus, promtool = shutil.which("prometheus"), shutil.which("promtool")
    if not (prometheus and promtool):
        pytest.skip("NOT TESTED ON A REAL PROMETHEUS: there is no prometheus and promtool on PATH (Debian: apt install prometheus)")
    folder = tmp_path_factory.mktemp("prometheus")
    written(folder / "history.om", int(end().replace(tzinfo=UTC).timestamp()))
    (folder / "prometheus.yml").write_text("{}\n")
    make = [promtool, "tsdb", "create-blocks-from", "openmetrics", str(folder / "history.om"), str(folder / "data")]
    subprocess.run(make, check=True, capture_output=True, timeout=120)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [prometheus, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
               f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=60d"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/-/ready")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < deadline, "it does not answer"
            time.sleep(0.2)


def test_what_containers_used_is_read_as_it_was(address: str) -> None:
    history = [History(address=address, selector='cluster="prod"')]
    [found] = remembered(history, None, [WEB], (end() - timedelta(days=8), end() - STEP, STEP)).watched
    cpu = [value for value in found.cpu.values if math.isfinite(value)]
    assert len(cpu) == len(found.cpu.values) == 8 * 288
    assert [round(one) for one in (min(cpu), max(cpu))] == [200, 400]  # the busiest copy
    assert 0.03 < sum(value > 300 for value in cpu) / len(cpu) < 0.05  # an hour a day is 4.2 %
    memory = [value for value in found.memory.values if math.isfinite(value)]
    assert (min(memory), max(memory)) == (500.0, 800.0)  # a peak between two steps is not missed
    assert sum(value == 800.0 for value in memory) == 1


HERE = {"cloud": "kubernetes", "account": "prod", "region": "global"}
SEEN = (Workload(id=WEB.id, **HERE, native_id=WEB.native_id),
        *(Pod(id=f"kubernetes:prod:global:container.pod/shop/{pod}", **HERE, native_id=f"shop/{pod}") for pod in PODS))  # fmt: skip


def test_a_gathering_keeps_it_and_asks_only_for_what_is_new(address: str) -> None:
    meter = PrometheusMeter([History(address=address, selector='cluster="prod"')], None)
    window = (end() - timedelta(days=8), end() + timedelta(minutes=15))
    first = meter.measure("prod", ("prod",), SEEN, (), window)
    assert first is not None
    assert first.failure is None
    kept = {row.metric: [value for value in row.kept if value is not None] for row in first.history}
    assert {metric: (len(values), max(values)) for metric, values in kept.items()} == {
        "cpu_millis": (384, 400.0), "memory_mib": (384, 800.0), "gpu_pct": (384, 80.0), "gpu_memory_pct": (384, 25.0),
    }  # fmt: skip
    assert sum(value > 300 for value in kept["cpu_millis"]) == 8 * 8  # each day the twelve of an hour
    used = {(one.resource.rpartition("/")[2], one.metric): one for one in first.usage}
    web = used["web", "cpu_millis"]
    assert (web.p50, web.max, web.samples, web.window_days) == (200.0, 400.0, 192, 8.0)
    assert (used["web", "gpu_pct"].p95, used["web", "gpu_pct"].max) == (0.0, 80.0)
    busy, idle = (used[pod, "cpu_millis"] for pod in PODS)
    assert (round(busy.mean or 0), round(idle.mean or 0), busy.samples) == (208, 104, 24)  # 23 hours of 200 and one of 400
    assert round(used[PODS[0], "gpu_pct"].mean or 0, 2) == round(80 / 1440, 2)
    assert (PODS[1], "gpu_pct") not in used
    again = meter.measure("prod", ("prod",), SEEN, first.history, window)
    assert again is not None
    assert (again.history, again.failure) == (first.history, None)


def test_a_query_that_it_refuses_is_told_in_its_own_words(address: str) -> None:
    with pytest.raises(BadInput, match=r"The metric's query was refused: .*parse error"):
        remembered([History(address=address, selector="cluster=")], None, [WEB], (end() - STEP, end(), STEP))


def test_another_clusters_metrics_are_not_taken(address: str) -> None:
    history = [History(address=address, selector='cluster="test"')]
    assert remembered(history, None, [WEB], (end() - timedelta(days=1), end(), STEP)).watched == ()
