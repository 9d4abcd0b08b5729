"""Asking and working: a command that waits, a worker that works, and what stands between them."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from skywright.adapters.stores.sql import SqlStore
from skywright.adapters.workflows.dbos import AskingWorkflow, DbosCrew, DbosWorker, DbosWorkflow
from skywright.model.errors import AskHuman, PlanAgain, TryAgain
from skywright.ports.other import Steps


@pytest.fixture
def shop(postgres_url: str) -> Iterator[SimpleNamespace]:
    """A store, a crew, and a worker in a thread when it is asked for."""
    store = SqlStore(postgres_url)
    leases = store.leases(3)
    workflow = DbosWorkflow(postgres_url, leases, {"runs": 2})
    crew = DbosCrew(postgres_url, leases)
    stop, said, threads = threading.Event(), [], []

    def begin(**options: Any) -> threading.Thread:
        worker = DbosWorker(workflow, DbosCrew(postgres_url, leases), leases, store.facts, [], said.append)
        threads.append(threading.Thread(target=worker.work, args=(stop,), kwargs=options))
        threads[-1].start()
        while not said:
            threads[-1].join(0.02)
        return threads[-1]

    yield SimpleNamespace(store=store, leases=leases, workflow=workflow, crew=crew, begin=begin, said=said, stop=stop)
    stop.set()
    for thread in threads:
        thread.join(60)
    crew.close()
    store.close()


def test_a_worker_does_what_is_asked(shop: SimpleNamespace) -> None:
    shop.workflow.register("add", lambda steps, one, two: steps.run("add", lambda: one + two))
    shop.begin()
    seen: list[str] = []
    asking = AskingWorkflow(shop.crew, watch=seen.append)
    assert asking.start("add", "run-1", 1, 2) == 3
    assert asking.start("add", "run-1", 5, 5) == 3  # the same id is the same piece
    assert set(seen) == {"run-1"}
    [worker] = shop.crew.workers()
    assert (worker.role, worker.alive) == ("worker", True)


def test_nothing_is_begun_when_nobody_is_there(shop: SimpleNamespace) -> None:
    with pytest.raises(AskHuman) as error:
        AskingWorkflow(shop.crew).start("add", "run-1", 1, 2)
    assert str(error.value).startswith("No worker is alive, so nothing was begun. Start one with `skywright worker`")
    assert shop.crew.pieces(["run-1"]) == {}


def test_what_needs_a_person_is_held_back_and_let_go_on(shop: SimpleNamespace) -> None:
    errors: list[Exception] = [PlanAgain("The world moved.", next_step="Plan again.")]

    def body(steps: Steps) -> str:
        steps.run("first", lambda: shop.said.append("first"))

        def act() -> str:
            if errors:
                raise errors.pop()
            return "done"

        return steps.run("second", act)

    shop.workflow.register("act", body)
    shop.begin()
    asking = AskingWorkflow(shop.crew)
    with pytest.raises(AskHuman) as error:
        asking.start("act", "run-1")
    assert str(error.value) == "The world moved. Plan again. Then let it go on: `skywright resume run-1`."
    assert asking.recover(["run-1", "run-2"]) == ["run-1"]
    assert asking.start("act", "run-1") == "done"
    assert shop.said.count("first") == 1
    assert asking.recover(["run-1"]) == []


def test_what_passes_is_tried_again_without_a_person(shop: SimpleNamespace) -> None:
    errors = [TryAgain("The store does not answer.")]

    def act() -> str:
        if errors:
            raise errors.pop()
        return "done"

    shop.workflow.register("act", lambda steps: steps.run("act", act))
    shop.begin()
    assert AskingWorkflow(shop.crew).start("act", "run-1") == "done"


def test_once_ends_when_nothing_is_left(shop: SimpleNamespace) -> None:
    shop.workflow.register("add", lambda steps, one: one + 1)
    for number in range(3):
        shop.crew.ask("runs", "add", f"run-{number}", number)
    thread = shop.begin(once=True)
    thread.join(60)
    assert not thread.is_alive()
    assert [piece.result for piece in shop.crew.pieces([f"run-{n}" for n in range(3)]).values()] == [1, 2, 3]
