"""``python -m tests.sim.scaling URL FOLDER``: one worker that gathers a fake cloud of slow answers, until SIGTERM."""

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from threading import Event

from skywright.adapters.clock import SystemClock
from skywright.adapters.engines.duckdb.shelf import ParquetShelf
from skywright.adapters.stores.sql import SqlStore
from skywright.adapters.workflows.dbos import DbosCrew, DbosWorker, DbosWorkflow
from skywright.lab.fake import FakeCloud
from skywright.loop.gather.measuring import Watch
from skywright.loop.gather.shared import Desk, SharedGathering
from skywright.model.estate import Coverage, CoverageState, Scope, Usage
from skywright.model.kinds import Resource
from skywright.model.kinds.storage import Volume
from skywright.ports.cloud import Batch

REGIONS, PER_REGION, ANSWER_S, AT_ONCE = 48, 200, 1.0, 2
KIND = "storage.volume"


class SlowCloud(FakeCloud):
    """Many regions, each of which takes its time."""

    def scopes(self) -> tuple[Sequence[Scope], Sequence[Coverage]]:
        return [Scope("slow", "1", f"region-{number}", "volumes", (KIND,)) for number in range(REGIONS)], []

    def read(self, scope: Scope) -> Batch:
        time.sleep(ANSWER_S)
        base = {"cloud": "slow", "account": "1", "region": scope.region}
        rows = tuple(
            Volume(id=f"slow:1:{scope.region}:{KIND}/v{number}", native_id=f"v{number}", size_gib=number, **base)
            for number in range(PER_REGION)
        )
        seen = Coverage("slow", "1", scope.region, KIND, CoverageState.COMPLETE, datetime(2026, 3, 1), rows=len(rows))
        return Batch(rows, (), (seen,))

    def usage(self, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
        return iter(())


def work(url: str, folder: Path) -> None:
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    store = SqlStore(url)
    leases = store.leases(15)
    workflow = DbosWorkflow(url, leases, {"turns": 1, "scopes": AT_ONCE})
    crew = DbosCrew(url, leases)
    cloud = SlowCloud(name="slow")
    desk = Desk(
        clouds=lambda: {"slow": cloud},
        shelf=ParquetShelf(folder),
        snapshots=store.snapshots,
        facts=store.facts,
        crew=crew,
        clock=SystemClock(),
        watch=Watch(None, 1),
    )
    for name, body in SharedGathering(desk).bodies().items():
        workflow.register(name, body)
    DbosWorker(workflow, crew, leases, store.facts, [], lambda text: print(text, flush=True)).work(stop)
    store.close()


if __name__ == "__main__":
    work(sys.argv[1], Path(sys.argv[2]))
