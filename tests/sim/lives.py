"""Lives of a run whose process is killed at random moments: ``python -m tests.sim.lives FOLDER FIRST LAST`` plays these seeds and
prints a JSON line for each. Every life is a forked child with a real store, a real durable workflow and a fake cloud on disk.
"""

import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from tests.sim.office import NOON, moved, signed
from tests.sim.plans import broken, world_of

from skywright.adapters.clock import SystemClock
from skywright.adapters.stores.sql import SqlStore
from skywright.adapters.workflows.dbos import DbosWorkflow
from skywright.lab.fake import FakeCloud, World
from skywright.loop.execute import OPEN_STATES, Checks, Executor, Order, Rooms
from skywright.loop.verify import prove, worse
from skywright.model.run import Run, RunState

LIVES_MAX = 4
LIFE_S = 0.2  # about how long a whole run takes: kills fall anywhere in it


def live(folder: Path, seed: int, life: int) -> None:
    """One process: begins the run, or takes it up; may be killed on the way."""
    end = _End(random.Random(seed * 100 + life).uniform(0, LIFE_S) if life < LIVES_MAX - 1 else None)
    if seed % 4 == life:
        end.begin()  # now and then already while the database is being opened
    rows, changes = world_of(seed)
    cloud = FakeCloud(World(folder / "world.db"))
    if seed % 3 == 0:
        cloud.faults.fail_always(f"fake:Set type {rows[-1].id}", "AskHuman")  # so that some runs are killed while unwinding
    store = SqlStore(f"sqlite:///{folder / 'control.db'}")
    checks = Checks(recheck=moved, prove=prove, worse=worse, price=lambda plan, changes, fresh: {})
    rooms = Rooms(store.runs, {"fake": cloud}, SystemClock(), lambda *_, **__: None, checks, tell=lambda *_: end.begin())
    workflow = DbosWorkflow(folder / "workflow.db")
    executor = Executor(rooms, workflow)
    plan = signed(*changes)
    open_runs = [run for run in store.runs.all() if run.state in OPEN_STATES]
    if open_runs and seed % 2:
        executor.resume(open_runs)
    else:
        executor.execute(plan, Order(run="run-1", plan_hash=plan.hash, plan_id="plan-1", by="x", started_at=NOON, attempts=2))
    workflow.close()


def play(folder: Path, seed: int) -> dict[str, Any]:
    """All lives of one seed, and what does not hold in the end."""
    folder.mkdir()
    rows, changes = world_of(seed)
    world = World(folder / "world.db")
    for row in rows:
        world.put(row)
    world.close()
    killed_after = []  # how many effects there were at each kill
    for life in range(LIVES_MAX):
        ended = _child(folder, seed, life)
        if ended == -signal.SIGKILL:
            killed_after.append(_effects(folder))
        if ended == 0:
            break
        if ended != -signal.SIGKILL:
            return {"seed": seed, "broken": [f"life {life} ended with {ended}"]}
    world, store = World(folder / "world.db"), SqlStore(f"sqlite:///{folder / 'control.db'}")
    run = store.runs.get("run-1")
    said = broken(run, changes, {row.id: row for row in rows}, world) if run else ["the run is lost"]
    return {
        "seed": seed,
        "killed_after": killed_after,
        "broken": [*said, *_ended(run, seed)],
        "state": run.state.value if run else "",
    }


def _effects(folder: Path) -> int:
    world = World(folder / "world.db")
    count = len(world.effects())
    world.close()
    return count


def _ended(run: Run | None, seed: int) -> list[str]:
    good = (RunState.DONE,) if seed % 3 else (RunState.DONE, RunState.PARTIAL, RunState.ROLLED_BACK)
    return [] if run and run.state in good else [f"the run is {run and run.state}: {run and run.reason}"]


def _child(folder: Path, seed: int, life: int) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            live(folder, seed, life)
            code = 0
        except BaseException:  # noqa: BLE001 - this is where the child ends
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class _End:
    """Kills this process some time after it was told to begin; never, without a time."""

    def __init__(self, after_s: float | None) -> None:
        self._after_s = after_s

    def begin(self) -> None:
        if self._after_s is not None:
            threading.Thread(target=self._die, args=(self._after_s,), daemon=True).start()
            self._after_s = None

    @staticmethod
    def _die(after_s: float) -> None:
        time.sleep(after_s)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    place, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for number in range(first, last):
        print(json.dumps(play(place / str(number), number)), flush=True)
