"""Gathering by 1, 2 and 4 workers: resources per second from the asking to the snapshot, with workers that are already there.

What is measured is how the work spreads, not how fast a cloud is: the cloud is a fake of 48 regions with 200 volumes each, whose
answer for a region takes one second (as a paged list over a network does) and next to no CPU; each worker reads two regions at a
time. On two cores, scaling ends where writing Parquet and the queue's own steps take them up.
"""

import subprocess
import sys
import tempfile
import time
from typing import Any

from tests.sim import scaling

from bench.measure import measured
from skywright.adapters.stores.sql import SqlStore
from skywright.adapters.workflows.dbos import AskingWorkflow, DbosCrew
from skywright.lab.postgres import PostgresServer
from skywright.loop.gather.shared import GATHER, TURNS

WORKERS = (1, 2, 4)


def run() -> dict[str, Any]:
    """One gathering for each number of workers, each on a database and shelf of its own."""
    server = PostgresServer()
    server.start()
    try:
        with measured(children=True) as figures:
            speeds = {count: _resources_per_s(server, count) for count in WORKERS}
    finally:
        server.remove()
    resources = scaling.REGIONS * scaling.PER_REGION
    return {
        **figures,
        "resources": resources,
        **{f"resources_per_s_{count}": round(resources / seconds) for count, seconds in speeds.items()},
        **{f"seconds_{count}": round(seconds, 2) for count, seconds in speeds.items()},
        "speedup_4": round(speeds[1] / speeds[4], 2),
    }


def _resources_per_s(server: PostgresServer, count: int) -> float:
    url = server.url(server.create())
    with tempfile.TemporaryDirectory() as folder:
        store = SqlStore(url)
        crew = DbosCrew(url, store.leases(15))
        crew.pieces(["none"])
        command = [sys.executable, "-m", "tests.sim.scaling", url, folder]
        workers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for _ in range(count)]
        try:
            for worker in workers:
                assert worker.stdout is not None
                assert "takes work" in worker.stdout.readline()
            began = time.perf_counter()
            outcome = AskingWorkflow(crew, TURNS).start(GATHER, "gather-1", "gather-1", {})
            seconds = time.perf_counter() - began
            snapshot = store.snapshots.get(outcome["value"])
            assert snapshot is not None
            assert sum(row.rows for row in snapshot.coverage) == scaling.REGIONS * scaling.PER_REGION
            return seconds
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.communicate(timeout=60)
            crew.close()
            store.close()
