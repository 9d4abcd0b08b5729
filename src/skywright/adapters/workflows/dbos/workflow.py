"""ports.other.Workflow on DBOS: the result of every step is in the database before the next step begins.

DBOS by itself gives a dead worker's workflows only to a worker of the same name. Here every process has a name of its own and
holds a lock under it; who recovers takes up what the dead have left, into a queue to which it alone listens.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import msgspec
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, SetWorkflowID, WorkflowStatus
from dbos import error as dbos_errors

from skywright.adapters.workflows.dbos.leases import Leases
from skywright.model.errors import AskHuman, BadInput

APPLICATION = "skywright"
BODIES_VERSION = "1"
"""Raise it when a registered body takes other steps than before: an unfinished run must not be replayed by other code."""

_POLL_S = 0.1  # DBOS's own 1 s would make every start and end of a process wait
_UNFINISHED = ("PENDING", "ENQUEUED")
_WRAPPER = "run"


class _Stop(BaseException):
    """Carries an error out of a run without ending it: DBOS keeps whatever is an Exception as the run's outcome."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error


class DbosSteps:
    """ports.other.Steps within a DBOS workflow."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping

    def run(self, name: str, act: Callable[[], Any]) -> Any:
        """Run one step, or give its kept result."""
        if self._stopping.is_set():
            raise _Stop  # the process is closing

        def kept() -> Any:
            try:
                return _plain(act())
            except Exception as error:  # the boundary to DBOS, which would keep any other error as the step's result
                raise _Stop(error) from error

        return DBOS.run_step({"name": name}, kept)

    def sleep(self, seconds: float) -> None:
        """Wait, durably: time spent dead counts."""
        DBOS.sleep(seconds)


class DbosWorkflow:
    """Durable execution in the SQLite file ``path``. Started when first needed; one at a time in a process."""

    _live: ClassVar["DbosWorkflow | None"] = None

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._bodies: dict[str, Callable[..., Any]] = {}
        self._leases = Leases(path.with_name(path.name + ".executors"))
        self._executor = ""  # empty: not started
        self._stopping = threading.Event()
        self._stopped: dict[str, _Stop] = {}  # run -> why it stopped, for runs that were taken up

    def register(self, name: str, body: Callable[..., Any]) -> None:
        """Make ``body(steps, *args)`` known by name."""
        self._bodies[name] = body

    def start(self, name: str, identifier: str, *args: Any) -> Any:
        """Run it to the end under this id and give its result. The same id again attaches to the first run."""
        if name not in self._bodies:
            raise BadInput(f"No workflow is registered as {name}.")
        self._launch()
        if DBOS.get_workflow_status(identifier) is not None:
            return self._awaited(identifier)
        try:
            with SetWorkflowID(identifier):
                return self._run(name, *args)
        except _Stop as stop:
            raise stop.error or KeyboardInterrupt from stop

    def recover(self, only: Collection[str] | None = None) -> list[str]:
        """Take up every unfinished run that no living process holds; gives their ids when they are done."""
        if not self._path.exists():
            return []
        self._launch()
        left = DBOS.list_workflows(status=list(_UNFINISHED), name=_WRAPPER)
        taken = [one.workflow_id for one in left if (only is None or one.workflow_id in only) and self._take_up(one)]
        for identifier in taken:
            self._awaited(identifier)
        return taken

    def close(self) -> None:
        """Let go of the database. A run in hand stops after its step, and can be taken up later."""
        if not self._executor:
            return
        self._stopping.set()
        DBOS.delete_queue(self._executor)
        DBOS.destroy(destroy_registry=True)
        self._leases.let_go(self._executor)
        self._executor = ""
        DbosWorkflow._live = None

    def _launch(self) -> None:
        if self._executor:
            return
        if DbosWorkflow._live is not None:
            raise RuntimeError("another workflow database is open in this process; close it first")
        executor = uuid4().hex
        self._leases.hold(executor)
        try:
            self._begin(executor)
        except BaseException:
            DBOS.destroy(destroy_registry=True)
            self._leases.let_go(executor)
            raise
        self._executor = executor
        DbosWorkflow._live = self

    def _begin(self, executor: str) -> None:
        _quieten()
        self._stopping.clear()
        url = f"sqlite:///{self._path}"
        with self._leases.alone():
            DBOS.migrate(url)  # a process killed on its first day may have left half of the tables
            _use_wal(self._path)
        _announce(url, executor)
        DBOS(config=_config(url, executor))  # type: ignore[arg-type]  # a TypedDict there, plain data here
        DBOS.listen_queues([executor])
        self._run = DBOS.workflow(name=_WRAPPER)(self._body())
        DBOS.launch()

    def _body(self) -> Callable[..., Any]:
        steps = DbosSteps(self._stopping)

        def run(name: str, *args: Any) -> Any:
            try:
                return _plain(self._bodies[name](steps, *args))
            except _Stop as stop:
                raise self._noted(stop) from stop
            except Exception as error:  # the boundary to DBOS: the run stays unfinished, to be resumed
                raise self._noted(_Stop(error)) from error

        return run

    def _noted(self, stop: _Stop) -> _Stop:
        if DBOS.workflow_id:
            self._stopped[DBOS.workflow_id] = stop
        return stop

    def _take_up(self, status: WorkflowStatus) -> bool:
        """Make a run ours whose process is dead."""
        holder = _holder(status)
        with self._leases.of_the_dead(holder) as dead:
            again = DBOS.get_workflow_status(status.workflow_id)
            if not dead or again is None or again.status not in _UNFINISHED or _holder(again) != holder:
                return False
            if again.app_version != BODIES_VERSION:
                raise AskHuman(
                    f"The run {again.workflow_id} was begun by another version of Skywright and cannot be taken up by this one.",
                    next_step="Resume it with the version that began it.",
                )
            DBOS.resume_workflow(status.workflow_id, queue_name=self._executor)
            with suppress(dbos_errors.DBOSException):
                DBOS.delete_queue(holder)  # there is one if the dead process had itself taken up something
            return True

    def _awaited(self, identifier: str) -> Any:
        """Wait for a run that this process has taken up or that another holds; should that one die, take it up."""
        while (status := DBOS.get_workflow_status(identifier)) is not None and status.status in _UNFINISHED:
            if stop := self._stopped.pop(identifier, None):
                raise stop.error or KeyboardInterrupt
            if _holder(status) != self._executor:
                self._take_up(status)
            time.sleep(_POLL_S)
        return DBOS.retrieve_workflow(identifier).get_result()


def _plain(value: Any) -> Any:
    """A value as it will come back from the database, so that the first run and a replay see the same."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _holder(status: WorkflowStatus) -> str:
    """The process that has a run, or into whose queue it was put."""
    name = status.queue_name if status.status == "ENQUEUED" else status.executor_id
    return name or ""


def _quieten() -> None:
    """DBOS writes its log to the console unless its logger has a handler; what matters reaches the user through our own mouth."""
    logger = logging.getLogger("dbos")
    logger.handlers[:] = [logging.NullHandler()]
    logger.propagate = False


def _use_wal(path: Path) -> None:
    """The write-ahead log stays on in the file from then on: one disk write a step in the place of four."""
    connection = sqlite3.connect(path, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _announce(url: str, executor: str) -> None:
    """Make our queue known before DBOS starts: it looks for new ones but once a second."""
    client = DBOSClient(system_database_url=url, application_name=APPLICATION, serializer=DBOSPortableJSONSerializer())
    client.register_queue(executor, polling_interval_sec=_POLL_S)
    client.destroy()


def _config(url: str, executor: str) -> dict[str, Any]:
    return {
        "name": APPLICATION,
        "system_database_url": url,
        "application_version": BODIES_VERSION,
        "executor_id": executor,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "CRITICAL",
        "enable_otlp": False,
        "notification_listener_polling_interval_sec": _POLL_S,
    }
