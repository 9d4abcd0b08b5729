"""The contract of ports.other.Workflow, for every adapter and for the fake."""

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from skywright.adapters.stores.sql.database import Database
from skywright.adapters.stores.sql.leases import SqlLeases
from skywright.adapters.workflows.dbos import DbosWorkflow
from skywright.lab.fake.workflow import MemoryWorkflow
from skywright.model.errors import BadInput, PlanAgain
from skywright.ports.other import Steps, Workflow


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where runs are kept: a folder, or the address of a database."""
    return str(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_url")


class Durable(DbosWorkflow):
    """The real adapter in a place; closing it closes the database of its leases too."""

    def __init__(self, place: str) -> None:
        self._database = Database(place) if place.startswith("postgresql") else None
        if self._database:
            super().__init__(place, SqlLeases(self._database))
        else:
            super().__init__(Path(place) / "workflow.db")

    def close(self) -> None:
        super().close()
        if self._database:
            self._database.close()


@pytest.fixture(params=["dbos-sqlite", "dbos-postgresql", "memory"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Workflow]]:
    """Opens the same workflow database in what stands for a new process (the one before is closed)."""
    memory: dict[str, Any] = {}
    opened: list[Workflow] = []
    where = request.getfixturevalue("postgres_url") if request.param == "dbos-postgresql" else str(tmp_path)

    def again() -> Workflow:
        if opened:
            opened.pop().close()
        opened.append(MemoryWorkflow(memory) if request.param == "memory" else Durable(where))
        return opened[-1]

    yield again
    for workflow in opened:
        workflow.close()


class Acts:
    """A body of three steps that counts how often each really ran, and fails where it is told."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.ran: list[str] = []
        self.fail_at = fail_at

    def body(self, steps: Steps, *words: str) -> dict[str, Any]:
        given = [steps.run(f"step-{index}", lambda index=index: self._act(index)) for index in range(3)]
        steps.sleep(0.001)
        return {"words": words, "steps": given}

    def _act(self, index: int) -> dict[str, Any]:
        self.ran.append(f"step-{index}")
        if index == self.fail_at:
            raise PlanAgain("The world moved.", next_step="Plan again.")
        return {"index": index, "text": "é", "none": None, "list": [1, 2.5, True]}


def expected(index: int) -> dict[str, Any]:
    return {"index": index, "text": "é", "none": None, "list": [1, 2.5, True]}


def opened(workflow: Workflow, acts: Acts) -> Workflow:
    workflow.register("act", acts.body)
    return workflow


def test_a_body_runs_to_its_end(opener: Callable[[], Workflow]) -> None:
    acts = Acts()
    given = opened(opener(), acts).start("act", "run-1", "a", "b")
    assert given["steps"] == [expected(0), expected(1), expected(2)]
    assert list(given["words"]) == ["a", "b"]
    assert acts.ran == ["step-0", "step-1", "step-2"]


def test_the_same_id_is_the_same_run(opener: Callable[[], Workflow]) -> None:
    acts = Acts()
    workflow = opened(opener(), acts)
    first = workflow.start("act", "run-1")
    assert workflow.start("act", "run-1") == first
    assert opened(opener(), acts).start("act", "run-1") == first
    assert len(acts.ran) == 3


def test_an_error_leaves_the_run_unfinished_and_keeps_nothing_of_the_step(opener: Callable[[], Workflow]) -> None:
    broken, whole = Acts(fail_at=1), Acts()
    with pytest.raises(PlanAgain) as caught:
        opened(opener(), broken).start("act", "run-1")
    assert str(caught.value) == "The world moved. Plan again."
    assert opened(opener(), whole).recover() == ["run-1"]
    assert whole.ran == ["step-1", "step-2"]
    assert whole_result(opener, "run-1") == [expected(0), expected(1), expected(2)]


def test_an_error_while_recovering_is_raised_and_the_run_stays_unfinished(opener: Callable[[], Workflow]) -> None:
    with pytest.raises(PlanAgain):
        opened(opener(), Acts(fail_at=0)).start("act", "run-1")
    with pytest.raises(PlanAgain):
        opened(opener(), Acts(fail_at=2)).recover()
    last = Acts()
    assert opened(opener(), last).recover() == ["run-1"]
    assert last.ran == ["step-2"]


def test_starting_an_unfinished_run_again_goes_on_with_it(opener: Callable[[], Workflow]) -> None:
    with pytest.raises(PlanAgain):
        opened(opener(), Acts(fail_at=2)).start("act", "run-1")
    acts = Acts()
    assert opened(opener(), acts).start("act", "run-1")["steps"] == [expected(0), expected(1), expected(2)]
    assert acts.ran == ["step-2"]


def test_only_the_named_runs_are_recovered(opener: Callable[[], Workflow]) -> None:
    workflow = opened(opener(), Acts(fail_at=0))
    for name in ("run-1", "run-2"):
        with pytest.raises(PlanAgain):
            workflow.start("act", name)
    assert opened(opener(), Acts()).recover(["run-2"]) == ["run-2"]
    assert opened(opener(), Acts()).recover() == ["run-1"]
    assert opened(opener(), Acts()).recover() == []


def test_a_name_that_nobody_registered(opener: Callable[[], Workflow]) -> None:
    with pytest.raises(BadInput) as caught:
        opener().start("nothing", "run-1")
    assert str(caught.value) == "No workflow is registered as nothing."


def whole_result(opener: Callable[[], Workflow], name: str) -> list[dict[str, Any]]:
    return opened(opener(), Acts()).start("act", name)["steps"]


# --- processes: the real adapter only ---

PROCESS = """
    import os, signal, sys
    from pathlib import Path
    from skywright.adapters.stores.sql.database import Database
    from skywright.adapters.stores.sql.leases import SqlLeases
    from skywright.adapters.workflows.dbos import DbosWorkflow

    folder, place, verb, die_at = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]

    def act(index):
        with open(folder / "ran", "a") as file:
            file.write(f"{index}\\n")
        if str(index) == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return index

    def body(steps):
        return [steps.run(f"step-{index}", lambda index=index: act(index)) for index in range(4)]

    if place.startswith("postgresql"):
        workflow = DbosWorkflow(place, SqlLeases(Database(place), lease_s=2))
    else:
        workflow = DbosWorkflow(Path(place) / "workflow.db")
    workflow.register("act", body)
    if verb == "recover-when-found-dead":
        import time
        while not (given := workflow.recover()):
            time.sleep(0.1)
        print(given)
    else:
        print(workflow.start("act", "run-1") if verb == "start" else workflow.recover())
    workflow.close()
"""


def process(folder: Path, place: str, verb: str, die_at: str = "never") -> subprocess.CompletedProcess[str]:
    script = textwrap.dedent(PROCESS)
    return subprocess.run(
        [sys.executable, "-c", script, str(folder), place, verb, die_at], capture_output=True, text=True, timeout=300, check=False
    )


def test_killed_twice_and_taken_up_by_new_processes(tmp_path: Path, place: str) -> None:
    assert process(tmp_path, place, "start", die_at="1").returncode == -9
    assert process(tmp_path, place, "recover-when-found-dead", die_at="2").returncode == -9
    last = process(tmp_path, place, "recover-when-found-dead")
    assert (last.stdout, last.stderr, last.returncode) == ("['run-1']\n", "", 0)
    assert (tmp_path / "ran").read_text().split() == ["0", "1", "1", "2", "2", "3"]  # the interrupted step runs again
    assert process(tmp_path, place, "recover").stdout == "[]\n"
    assert process(tmp_path, place, "start").stdout == "[0, 1, 2, 3]\n"
    assert list((tmp_path / "workflow.db.executors").glob("*.lock")) == []


def test_a_run_of_a_living_process_is_left_alone(tmp_path: Path, place: str) -> None:
    acts, seen = Acts(), []
    workflow = Durable(place)

    def body(steps: Steps) -> object:
        return steps.run("ask", lambda: seen.append(process(tmp_path, place, "recover").stdout))

    workflow.register("act", acts.body)
    workflow.register("ask", body)
    workflow.start("ask", "run-1")
    workflow.close()
    assert seen == ["[]\n"]
