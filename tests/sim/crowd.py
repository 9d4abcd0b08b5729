"""Workers that are killed and stopped at random under load: real processes, a real PostgreSQL, a fake cloud with slow calls.

``python -m tests.sim.crowd URL FOLDER LEASE_S`` is one worker. ``Crowd`` starts them, gives them runs and gatherings to do, hurts
them, and tells in the end what was lost or done twice.
"""

import faulthandler
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
from tests.sim.office import NOON, moved, resource, signed
from tests.sim.plans import broken, world_of

from skywright.adapters.clock import SystemClock
from skywright.adapters.engines.duckdb.shelf import ParquetShelf
from skywright.adapters.stores.sql import SqlStore
from skywright.adapters.workflows.dbos import DbosCrew, DbosWorker, DbosWorkflow
from skywright.lab.fake import FakeCloud, Faults, World
from skywright.loop.execute import Checks, Executor, Order, Rooms
from skywright.loop.gather.measuring import Watch
from skywright.loop.gather.shared import GATHER, TURNS, Desk, SharedGathering
from skywright.loop.verify import prove, worse
from skywright.model.canonical import digest, row_hash
from skywright.model.estate import Scope
from skywright.model.kinds import Resource
from skywright.model.plan import Change
from skywright.model.run import RunState
from skywright.ports.cloud import Batch, Unchanged

PATIENCE_S = 600.0
"""How long anything is waited for that comes in seconds on a quiet machine: the wait only ends what hangs."""
CALL_S = 0.02
REGIONS = 10
QUEUES = {"turns": 4, "scopes": 4, "rules": 1, "runs": 6}
ROOT = Path(__file__).parents[2]


class SlowCalls(Faults):
    """Every call takes a while, before its effect and after it, so that kills fall on both sides."""

    @contextmanager
    def around(self, call: str) -> Iterator[None]:
        time.sleep(CALL_S / 2)
        yield
        time.sleep(CALL_S / 2)


class SureCloud(FakeCloud):
    """Says of a scope whether it is as it was."""

    def read(self, scope: Scope) -> Batch:
        batch = super().read(scope)
        return msgspec.structs.replace(batch, answers=digest([row_hash(row) for row in batch.resources]))

    def read_again(self, scope: Scope, answers: str) -> Batch | Unchanged:
        batch = self.read(scope)
        return Unchanged(answers, lambda: batch) if batch.answers == answers else batch


def gathering(store: SqlStore, folder: Path, crew: DbosCrew) -> SharedGathering:
    cloud = SureCloud(World(folder / "estate.db"), SlowCalls(), "estate")
    desk = Desk(
        clouds=lambda: {"estate": cloud},
        shelf=ParquetShelf(folder / "shelf"),
        snapshots=store.snapshots,
        facts=store.facts,
        crew=crew,
        clock=SystemClock(),
        watch=Watch(None, 1),
    )
    return SharedGathering(desk)


def work(url: str, folder: Path, lease_s: float) -> None:
    """One worker, until SIGTERM."""
    stop = Event()
    faulthandler.register(signal.SIGUSR1)  # to see where one stands that stands
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    store = SqlStore(url)
    leases = store.leases(lease_s)
    workflow = DbosWorkflow(url, leases, QUEUES)
    crew = DbosCrew(url, leases)
    checks = Checks(recheck=moved, prove=prove, worse=worse, price=lambda plan, changes, fresh: {})
    cloud = FakeCloud(World(folder / "world.db"), SlowCalls())
    Executor(Rooms(store.runs, {"fake": cloud}, SystemClock(), lambda *_, **__: None, checks), workflow)
    for name, body in gathering(store, folder, crew).bodies().items():
        workflow.register(name, body)
    DbosWorker(workflow, crew, leases, store.facts, [], lambda text: print(text, file=sys.stderr, flush=True)).work(stop)


class Crowd:
    """Some workers and their load, by seed."""

    def __init__(self, url: str, folder: Path, seed: int, *, workers: int = 3, lease_s: float = 3.0) -> None:
        self.url, self.folder, self.lease_s = url, folder, lease_s
        self.chance = random.Random(seed)
        self.store = SqlStore(url)
        self.crew = DbosCrew(url, self.store.leases(lease_s))
        self.world = World(folder / "world.db")
        self.rows: dict[str, list[Resource]] = {}
        self.changes: dict[str, list[Change]] = {}
        self.gatherings: list[str] = []
        self._furnish()
        self.crew.pieces(["nothing"])  # makes the tables, before many want to
        self.workers = [self.start() for _ in range(workers)]

    def _furnish(self) -> None:
        estate = World(self.folder / "estate.db")
        for number in range(REGIONS * 3):
            row = resource("storage.volume", f"v{number}", type="gp3", size_gib=number, state="available")
            region = f"region-{number % REGIONS}"
            identifier = f"estate:1111:{region}:storage.volume/v{number}"
            estate.put(msgspec.structs.replace(row, id=identifier, cloud="estate", region=region))
        estate.close()

    def start(self) -> subprocess.Popen[bytes]:
        """One more worker."""
        command = [sys.executable, "-m", "tests.sim.crowd", self.url, str(self.folder), str(self.lease_s)]
        path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
        with (self.folder / "said").open("ab") as said:
            return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, stdout=said, stderr=said)

    def wait_for_workers(self, count: int, timeout_s: float = PATIENCE_S) -> None:
        """Wait until so many take work."""
        said = self.folder / "said"
        self.until(lambda: said.read_text().count(" takes work.") >= count, timeout_s, f"{count} workers")

    def ask_run(self, number: int) -> str:
        """A run of a plan of eight changes, on resources of its own."""
        name = f"run-{number}"
        rows, changes = [], []
        for row, change in zip(*world_of(number), strict=True):
            target = row.id.replace("/", f"/r{number}-")
            mine = msgspec.structs.replace(row, id=target, native_id=f"r{number}-{row.native_id}")
            rows.append(mine)
            changes.append(msgspec.structs.replace(change, target=target, observed=row_hash(mine)))
        for row in rows:
            self.world.put(row)
        plan = signed(*changes)
        self.store.runs.keep_plan(plan)
        order = Order(run=name, plan_hash=plan.hash, plan_id="plan-1", by="x", started_at=NOON, attempts=3)
        self.crew.ask("runs", "execute", name, msgspec.to_builtins(order))
        self.rows[name], self.changes[name] = rows, changes
        return name

    def ask_gathering(self, number: int) -> str:
        """A gathering of ten regions."""
        name = f"gather-{number}"
        self.crew.ask(TURNS, GATHER, name, name, {})
        self.gatherings.append(name)
        return name

    def in_hand(self, executor: str = "") -> dict[str, str]:
        """Pieces that are being done: id -> executor (of one worker, or of all)."""
        sql = "SELECT workflow_uuid, executor_id FROM dbos.workflow_status WHERE status = 'PENDING'"
        with self.store._database.plain() as connection:
            found = {row[0]: row[1] for row in connection.exec_driver_sql(sql)}
        return {piece: who for piece, who in found.items() if not executor or who == executor}

    def executor_of(self, process: subprocess.Popen[bytes]) -> str:
        """The name under which a worker holds its lease; empty while it has none."""
        return next((one.executor for one in self.crew.workers() if one.pid == process.pid), "")

    def busy(self) -> tuple[subprocess.Popen[bytes], str, list[str]]:
        """A worker chosen at random that has something in hand: process, executor, pieces."""

        def some() -> Any:
            doing = self.in_hand()
            choices = [(one, name) for one in self.workers if (name := self.executor_of(one)) in doing.values() and name]
            if not choices:
                return None
            process, name = self.chance.choice(choices)
            return process, name, [piece for piece, who in doing.items() if who == name]

        return self.until(some, PATIENCE_S, "a busy worker")

    def kill(self) -> float:
        """kill -9 a busy worker and start another; seconds until everything that it had in hand is in other hands, or done."""
        process, executor, _ = self.busy()
        time.sleep(self.chance.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.wait()
        at = time.monotonic()
        pieces = list(self.in_hand(executor))
        self.workers[self.workers.index(process)] = self.start()
        self.until(lambda: not self._orphans(executor, pieces), PATIENCE_S, f"what {executor} had in hand")
        return time.monotonic() - at

    def _orphans(self, executor: str, pieces: list[str]) -> list[str]:
        """Pieces that nobody works on."""
        stand = self.crew.pieces(pieces, results=False)
        return [
            one.id
            for one in stand.values()
            if one.state in ("waiting", "held") or (one.state == "doing" and one.executor == executor)
        ]

    def pause(self) -> None:
        """Stop a busy worker (SIGSTOP) until its work is in other hands, and let it wake then."""
        process, executor, _ = self.busy()
        process.send_signal(signal.SIGSTOP)
        try:
            pieces = list(self.in_hand(executor))
            self.until(lambda: not self._orphans(executor, pieces), PATIENCE_S, f"what {executor} had in hand")
        finally:
            process.send_signal(signal.SIGCONT)

    def finish(self, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        """Wait for all work, stop the workers; what was lost or done twice, in words."""
        names = [*self.rows, *self.gatherings]

        def open_pieces() -> list[str]:
            return [
                f"{one.id} {one.state} {one.error}"
                for one in self.crew.pieces(names, results=False).values()
                if one.state != "done"
            ]

        try:
            self.until(lambda: not open_pieces(), timeout_s, "the end")
        except AssertionError as late:
            raise AssertionError(f"{late}; still open: {open_pieces()}; in hand: {self.in_hand()}") from late
        lost = [*self._runs_lost(), *self._scopes_lost()]
        said = [line for name in self.rows for line in self._broken(name)]
        return {"lost": lost, "duplicated": [line for line in said if "twice" in line], "broken": said}

    def close(self) -> None:
        """End every process."""
        for process in self.workers:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
        self.crew.close()
        self.store.close()
        self.world.close()

    def _broken(self, name: str) -> list[str]:
        run = self.store.runs.get(name)
        assert run is not None
        mine = _Part(self.world, {row.id for row in self.rows[name]})
        return [f"{name}: {line}" for line in broken(run, self.changes[name], {row.id: row for row in self.rows[name]}, mine)]

    def _runs_lost(self) -> list[str]:
        return [name for name in self.rows if (run := self.store.runs.get(name)) is None or run.state is not RunState.DONE]

    def _scopes_lost(self) -> list[str]:
        found = []
        for name, piece in self.crew.pieces(self.gatherings).items():
            snapshot = self.store.snapshots.get(str(piece.result.get("value", "")))
            rows = sum(file.rows for file in snapshot.files) if snapshot else 0
            if rows != REGIONS * 3 or snapshot is None or len({file.region for file in snapshot.files}) != REGIONS:
                found.append(f"{name}: {rows} rows; {piece.result}")
        return found

    def until(self, true: Any, timeout_s: float, what: str) -> Any:
        """Wait for something."""
        end = time.monotonic() + timeout_s
        while not (found := true()):
            if time.monotonic() > end:
                said = (self.folder / "said").read_text(errors="replace")[-3000:]
                raise AssertionError(f"waited {timeout_s} s in vain for {what}; the workers said: {said}")
            time.sleep(0.05)
        return found


class _Part:
    """The part of a world that one run is about."""

    def __init__(self, world: World, ids: set[str]) -> None:
        self._world, self._ids = world, ids

    def all(self) -> list[Resource]:
        return [one for one in self._world.all() if self._is_mine(one.id)]

    def effects(self) -> list[tuple[str, str]]:
        return [(what, target) for what, target in self._world.effects() if self._is_mine(target)]

    def _is_mine(self, identifier: str) -> bool:
        return (
            identifier in self._ids
            or identifier.split(".copy-", maxsplit=1)[0].replace("storage.snapshot", "storage.volume") in self._ids
        )


if __name__ == "__main__":
    work(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
