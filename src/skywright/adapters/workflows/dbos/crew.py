"""Asking workers for work: ports.other.Crew as a client of DBOS, and the Workflow of a process that lets workers do it."""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from dbos import DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions, WorkflowStatus

from skywright.adapters.workflows.dbos.database import APPLICATION, BODIES_VERSION, HELD, WRAPPER, prepare, quieten
from skywright.adapters.workflows.dbos.workflow import LOCAL_QUEUE
from skywright.model.errors import AskHuman
from skywright.model.words import t
from skywright.ports.other import Leases, Piece, Worker

POLL_S = 0.2
_IDS_PER_QUERY = 500
_STATES = {"ENQUEUED": "waiting", "DELAYED": "waiting", "PENDING": "doing", "SUCCESS": "done"}


class DbosCrew:
    """ports.other.Crew over the database at ``url``. Safe from many threads; opened when first asked."""

    def __init__(self, url: str, leases: Leases) -> None:
        self._url = url
        self._leases = leases
        self._client: DBOSClient | None = None
        self._lock = threading.Lock()

    def ask(self, queue: str, name: str, identifier: str, *args: Any) -> None:
        """See ports.other.Crew."""
        options: EnqueueOptions = {
            "workflow_name": WRAPPER,
            "queue_name": queue,
            "workflow_id": identifier,
            "app_version": BODIES_VERSION,
        }
        self._opened().enqueue(options, name, *args)

    def pieces(self, identifiers: Collection[str], *, results: bool = True) -> Mapping[str, Piece]:
        """See ports.other.Crew. Without ``results`` only where they stand."""
        found: dict[str, Piece] = {}
        for part in _parts(sorted(identifiers)):
            rows = self._opened().list_workflows(workflow_ids=part, load_input=False, load_output=results)
            found.update({row.workflow_id: _piece(row) for row in rows})
        return found

    def workers(self) -> Sequence[Worker]:
        """See ports.other.Crew."""
        self._opened()  # the tables are there
        return [worker for worker in self._leases.workers() if worker.alive and worker.role == "worker"]

    def take_up(self, identifiers: Collection[str]) -> Sequence[str]:
        """See ports.other.Crew."""
        client = self._opened()
        taken = []
        for part in _parts(sorted(identifiers)):
            for row in client.list_workflows(workflow_ids=part, queue_name=HELD, status="ENQUEUED", load_input=False):
                queue = (row.attributes or {}).get("queue") or LOCAL_QUEUE
                client.update_workflow_attributes(row.workflow_id, None)
                client.resume_workflow(row.workflow_id, queue_name=queue)
                taken.append(row.workflow_id)
        return taken

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            if self._client is not None:
                self._client.destroy()
                self._client = None

    def _opened(self) -> DBOSClient:
        with self._lock:
            if self._client is None:
                quieten()
                with self._leases.alone():
                    prepare(self._url)
                self._client = DBOSClient(
                    system_database_url=self._url, application_name=APPLICATION, serializer=DBOSPortableJSONSerializer()
                )
            return self._client


class AskingWorkflow:
    """ports.other.Workflow that leaves the work to workers and waits for it. ``queue``: where runs are put; ``watch`` is called
    with a run's id while it is waited for."""

    def __init__(self, crew: DbosCrew, queue: str = LOCAL_QUEUE, watch: Callable[[str], None] = lambda _run: None) -> None:
        self._crew = crew
        self._queue = queue
        self._watch = watch

    def register(self, name: str, body: Callable[..., Any]) -> None:
        """Nothing: the workers know their bodies."""

    def start(self, name: str, identifier: str, *args: Any) -> Any:
        """Ask for it, wait for it, and give its result. Raises AskHuman when nobody is there to do it, or when it is held back."""
        if not self._crew.pieces([identifier], results=False):
            if not self._crew.workers():
                raise no_worker()
            self._crew.ask(self._queue, name, identifier, *args)
        return self._result(identifier)

    def recover(self, only: Collection[str] | None = None) -> list[str]:
        """Let what was held back go on, and wait for it; gives the ids. What a dead worker left is taken up by the living
        without being asked."""
        taken = list(self._crew.take_up(only or []))
        if taken and not self._crew.workers():
            raise no_worker()
        for identifier in taken:
            self._result(identifier)
        return taken

    def close(self) -> None:
        """Let go of the database."""
        self._crew.close()

    def _result(self, identifier: str) -> Any:
        while True:
            piece = self._crew.pieces([identifier], results=False).get(identifier)
            self._watch(identifier)
            if piece is None:
                raise AskHuman(t("{id} is not known to the workers.", id=identifier), next_step=t("Start it again."))
            if piece.state == "done":
                return self._crew.pieces([identifier])[identifier].result
            if piece.state == "held":
                raise AskHuman(piece.error, next_step=t("Then let it go on: `skywright resume {id}`.", id=identifier))
            time.sleep(POLL_S)


def no_worker() -> AskHuman:
    """Nobody would do it."""
    return AskHuman(
        t("No worker is alive, so nothing was begun."),
        next_step=t("Start one with `skywright worker`, on any machine with this configuration, or do it here with --local."),
    )


def _parts(identifiers: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(identifiers), _IDS_PER_QUERY):
        yield list(identifiers[start : start + _IDS_PER_QUERY])


def _piece(row: WorkflowStatus) -> Piece:
    said = str((row.attributes or {}).get("error", ""))
    if row.queue_name == HELD and row.status == "ENQUEUED":
        return Piece(id=row.workflow_id, state="held", error=said)
    state = _STATES.get(row.status, "held")
    return Piece(
        id=row.workflow_id,
        state=state,
        result=row.output if state == "done" else None,
        error=said or str(row.error or row.status) if state == "held" else "",
        executor=row.executor_id or "",
    )
