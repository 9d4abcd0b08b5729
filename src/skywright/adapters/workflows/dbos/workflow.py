"""ports.other.Workflow on DBOS: the result of every step is in the database before the next step begins.

DBOS by itself gives a dead worker's workflows only to a worker of the same name. Here every process has a name of its own and
holds a lease under it; who recovers takes up what the dead have left, into a queue to which it alone listens. A worker
(``serving``) puts what the dead have left back into the common queues instead.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from dbos import DBOS, SetWorkflowID, WorkflowStatus
from dbos import error as dbos_errors
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from skywright.adapters.workflows.dbos.database import BODIES_VERSION, HELD, POLL_S, WRAPPER, announce, config, prepare
from skywright.adapters.workflows.dbos.leases import FileLeases
from skywright.adapters.workflows.dbos.steps import DbosSteps, Stop, plain
from skywright.model.errors import AskHuman, BadInput, Superseded, TryAgain
from skywright.ports.other import Leases

_UNFINISHED = ("PENDING", "ENQUEUED")
_CLOSING_S = 20.0  # how long a closing process waits for the steps in hand
ROUNDS_PER_SWEEP = 6
PASSING = (TryAgain, OperationalError, InterfaceError, InternalError)
"""What passes by itself: our own word for it, and a database that is away, as DBOS lets it through."""

LOCAL_QUEUE = "runs"
"""Where others take up what a process had begun by itself."""


class DbosWorkflow:
    """Durable execution in ``place``: a SQLite file, or the address of a PostgreSQL database (then with its ``leases``). Started
    when first needed; one at a time in a process. ``queues``: what this process takes work from, and how much of it at once."""

    _live: ClassVar["DbosWorkflow | None"] = None

    def __init__(self, place: Path | str, leases: Leases | None = None, queues: Mapping[str, int] | None = None) -> None:
        self._place = place.absolute() if isinstance(place, Path) else place
        self._bodies: dict[str, Callable[..., Any]] = {}
        self._leases = leases or FileLeases(Path(place).with_name(Path(place).name + ".executors"))
        self._queues = dict(queues or {})
        self._executor = ""  # empty: not started
        self._stopping = threading.Event()
        self._stopped: dict[str, Stop] = {}  # run -> why it stopped, for runs that were taken up
        self._hands = _Hands()
        self._rounds = 0
        self._unbegun: set[str] = set()

    @property
    def executor(self) -> str:
        """The name under which this process holds its lease; empty before it is started."""
        return self._executor

    @property
    def busy(self) -> int:
        """How many bodies are in hand."""
        return len(self._hands.ids)

    def register(self, name: str, body: Callable[..., Any]) -> None:
        """Make ``body(steps, *args)`` known by name."""
        self._bodies[name] = body

    def start(self, name: str, identifier: str, *args: Any) -> Any:
        """Run it to the end under this id and give its result. The same id again attaches to the first run."""
        if name not in self._bodies:
            raise BadInput(f"No workflow is registered as {name}.")
        self.launch()
        if DBOS.get_workflow_status(identifier) is not None:
            return self._awaited(identifier)
        try:
            with SetWorkflowID(identifier):
                return self._run(name, *args)
        except Stop as stop:
            raise stop.error or KeyboardInterrupt from stop

    def recover(self, only: Collection[str] | None = None) -> list[str]:
        """Take up every unfinished run that no living process holds; gives their ids when they are done."""
        if isinstance(self._place, Path) and not self._place.exists():
            return []
        self.launch()
        left = DBOS.list_workflows(status=list(_UNFINISHED), name=WRAPPER, load_input=False, load_output=False)
        taken = [one.workflow_id for one in left if (only is None or one.workflow_id in only) and self._take_up(one)]
        for identifier in taken:
            self._awaited(identifier)
        return taken

    def give_back(self) -> list[str]:
        """Put what the dead have left into the queues again, and what stopped here where it belongs; gives their ids."""
        given = []
        for executor in {*self._leases.dead(), *self._unheard_of()}:
            with self._leases.of_the_dead(executor) as dead:
                if dead:
                    given += [one.workflow_id for one in _left_by(executor) if _queue_again(one)]
                    self._leases.forget(executor)
                    with suppress(dbos_errors.DBOSException):
                        DBOS.delete_queue(executor)
        return given + self._settle_stopped()

    def _unheard_of(self) -> set[str]:
        """Holders of work that hold no lease (now and then asked). One that was taken for dead and forgotten may have taken a last
        piece before it knew."""
        self._rounds += 1
        if self._rounds % ROUNDS_PER_SWEEP:
            return set()
        in_hand = DBOS.list_workflows(status="PENDING", name=WRAPPER, load_input=False, load_output=False)
        self._drop_unbegun([one for one in in_hand if one.executor_id == self._executor])
        known = {worker.executor for worker in self._leases.workers()} | {self._executor, ""}
        return {_holder(one) for one in in_hand} - known

    def _drop_unbegun(self, mine: list[WorkflowStatus]) -> None:
        """Pieces that were given to this process and that it never began (the store went away in between), twice in a row."""
        idle = {one.workflow_id: one for one in mine if one.workflow_id not in self._hands.ids}
        for identifier in self._unbegun & set(idle):
            _queue_again(idle.pop(identifier))
        self._unbegun = set(idle)

    def waiting(self) -> bool:
        """Whether anything waits in the queues that this process serves."""
        given: dict[str, Any] = {"name": WRAPPER, "limit": 1, "load_input": False, "load_output": False}
        return bool(self._queues and DBOS.list_workflows(status=list(_UNFINISHED), queue_name=list(self._queues), **given))

    def close(self) -> None:
        """Let go of the database. A run in hand stops after its step, and can be taken up later."""
        if not self._executor:
            return
        self._stopping.set()
        self._hands.wait_empty(_CLOSING_S)
        with suppress(dbos_errors.DBOSException, OSError):
            DBOS.delete_queue(self._executor)
        DBOS.destroy(destroy_registry=True)
        self._leases.let_go(self._executor)
        self._executor = ""
        DbosWorkflow._live = None

    def launch(self) -> None:
        """Begin to run: take a name, hold a lease, serve the queues. Again: nothing."""
        if self._executor:
            return
        if DbosWorkflow._live is not None:
            raise RuntimeError("another workflow database is open in this process; close it first")
        executor = uuid4().hex
        self._leases.hold(executor, "worker" if self._queues else "command")
        try:
            self._begin(executor)
        except BaseException:
            DBOS.destroy(destroy_registry=True)
            self._leases.let_go(executor)
            raise
        self._executor = executor
        DbosWorkflow._live = self

    def _begin(self, executor: str) -> None:
        self._stopping.clear()
        with self._leases.alone():
            prepare(self._place)  # a process killed on its first day may have left half of the tables
        announce(self._place, {executor: None, **self._queues})
        DBOS(config=config(self._place, executor))  # type: ignore[arg-type]  # a TypedDict there, plain data here
        DBOS.listen_queues([executor, *self._queues])
        self._run = DBOS.workflow(name=WRAPPER)(self._body(executor))
        DBOS.launch()

    def _body(self, executor: str) -> Callable[..., Any]:
        steps = DbosSteps(self._stopping, lambda: self._leases.check(executor))

        def run(name: str, *args: Any) -> Any:
            with self._hands.holding(DBOS.workflow_id or ""):
                try:
                    return plain(self._bodies[name](steps, *args))
                except Stop as stop:
                    raise self._noted(stop) from stop
                except Exception as error:  # the boundary to DBOS: the run stays unfinished, to be resumed
                    raise self._noted(Stop(error)) from error

        return run

    def _noted(self, stop: Stop) -> Stop:
        if DBOS.workflow_id:
            self._stopped[DBOS.workflow_id] = stop
        return stop

    def _settle_stopped(self) -> list[str]:
        """What passes is tried again; what needs a person is held back, with the reason."""
        again = []
        for identifier, stop in list(self._stopped.items()):
            status = DBOS.get_workflow_status(identifier)
            ours = status is not None and status.status == "PENDING" and status.executor_id == self._executor
            if stop.error is not None and not isinstance(stop.error, Superseded) and ours and status is not None:
                if isinstance(stop.error, PASSING):
                    again += [identifier] if _queue_again(status) else []
                else:
                    _hold_back(status, stop.error)
            self._stopped.pop(identifier, None)
        return again

    def _take_up(self, status: WorkflowStatus) -> bool:
        """Make a run ours whose process is dead, or that is held back."""
        holder = _holder(status)
        if holder == HELD:
            DBOS.resume_workflow(status.workflow_id, queue_name=self._executor)
            return True
        if status.status == "ENQUEUED" and _is_common(holder):
            return False  # it waits for a worker
        with self._leases.of_the_dead(holder) as dead:
            again = DBOS.get_workflow_status(status.workflow_id)
            if not dead or again is None or again.status not in _UNFINISHED or _holder(again) != holder:
                return False
            _refuse_other_version(again)
            DBOS.resume_workflow(status.workflow_id, queue_name=self._executor)
            if not _left_by(holder):
                self._leases.forget(holder)
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
            time.sleep(POLL_S)
        return DBOS.retrieve_workflow(identifier).get_result()


class _Hands:
    """The bodies in hand."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._changed = threading.Condition()

    @contextmanager
    def holding(self, identifier: str) -> Iterator[None]:
        """One body, while it runs."""
        with self._changed:
            self.ids.append(identifier)
        try:
            yield
        finally:
            with self._changed:
                self.ids.remove(identifier)
                self._changed.notify_all()

    def wait_empty(self, timeout_s: float) -> bool:
        """Wait until nothing is in hand."""
        with self._changed:
            return self._changed.wait_for(lambda: not self.ids, timeout_s)


def _left_by(executor: str) -> list[WorkflowStatus]:
    """What a process had in hand, or in the queue of its own."""
    given: dict[str, Any] = {"name": WRAPPER, "load_input": False, "load_output": False}
    in_hand: list[WorkflowStatus] = DBOS.list_workflows(status="PENDING", executor_id=executor, **given)
    waiting: list[WorkflowStatus] = DBOS.list_workflows(status="ENQUEUED", queue_name=executor, **given)
    return in_hand + waiting


def _queue_again(status: WorkflowStatus) -> bool:
    """Put a piece of work back into its queue, unless another version began it."""
    if status.app_version not in (None, BODIES_VERSION):
        return False
    queue = status.queue_name or LOCAL_QUEUE
    DBOS.resume_workflow(status.workflow_id, queue_name=queue if _is_common(queue) else LOCAL_QUEUE)
    return True


def _hold_back(status: WorkflowStatus, error: Exception) -> None:
    queue = status.queue_name or LOCAL_QUEUE
    said = str(error) or type(error).__name__
    DBOS.update_workflow_attributes(status.workflow_id, {"error": said, "queue": queue if _is_common(queue) else LOCAL_QUEUE})
    DBOS.resume_workflow(status.workflow_id, queue_name=HELD)


def _is_common(queue: str) -> bool:
    """Whether a queue is one that many serve; the others bear the names of processes: 32 hexadecimal digits."""
    return len(queue) != 32 or not set(queue) <= set("0123456789abcdef")


def _refuse_other_version(status: WorkflowStatus) -> None:
    if status.app_version != BODIES_VERSION:
        raise AskHuman(
            f"The run {status.workflow_id} was begun by another version of Skywright and cannot be taken up by this one.",
            next_step="Resume it with the version that began it.",
        )


def _holder(status: WorkflowStatus) -> str:
    """The process that has a run, or into whose queue it was put."""
    name = status.queue_name if status.status == "ENQUEUED" else status.executor_id
    return name or ""
