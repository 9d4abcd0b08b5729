"""Plans carried out, taken back, taken up again: the way in for doors."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from skywright.loop.execute.order import Order, chosen
from skywright.loop.execute.rollout import Rollout
from skywright.loop.execute.rooms import Rooms
from skywright.loop.execute.takeback import Takeback, to_take_back
from skywright.loop.execute.walk import ABORT, PAUSE, RESUME
from skywright.model.errors import BadInput
from skywright.model.plan import SignedPlan
from skywright.model.run import Run, RunState
from skywright.model.words import t
from skywright.ports.other import Steps, Workflow

EXECUTE, ROLLBACK = "execute", "rollback"

OPEN_STATES = (RunState.WAITING, RunState.RUNNING, RunState.PAUSED)


class Executor:
    """Runs plans through the durable workflow."""

    def __init__(self, rooms: Rooms, workflow: Workflow) -> None:
        self._rooms = rooms
        self._workflow = workflow
        workflow.register(EXECUTE, self._execute)
        workflow.register(ROLLBACK, self._rollback)

    def execute(self, plan: SignedPlan, order: Order) -> Run:
        """Carry a plan out, to the end of the run. Raises BadInput for an order that does not fit the plan, before anything is
        done; an error of the store or of the credentials leaves the run interrupted, to be resumed."""
        chosen(plan.plan.changes, order.only)
        self._rooms.runs.keep_plan(plan)
        return _run(self._workflow.start(EXECUTE, order.run, msgspec.to_builtins(order)))

    def rollback(self, run: Run, order: Order) -> Run:
        """Take a finished run back, as a run of its own. Raises BadInput when there is nothing to take back, or it goes on."""
        if run.state in OPEN_STATES:
            raise BadInput(
                t("Run {run} is still in hand.", run=run.id),
                next_step=t("`skywright abort {run}` stops it and rolls its wave back.", run=run.id),
            )
        if not to_take_back(run):
            raise BadInput(t("Nothing of run {run} stands: there is nothing to take back.", run=run.id))
        return _run(self._workflow.start(ROLLBACK, order.run, msgspec.to_builtins(order), run.id))

    def resume(self, runs: Sequence[Run]) -> list[str]:
        """Let paused runs go on, and take up to their end those whose process has died. Gives the ids of the latter."""
        for run in runs:
            if run.state is RunState.PAUSED:
                self._rooms.runs.command(run.id, RESUME)
        return self._workflow.recover([run.id for run in runs])

    def pause(self, run: Run) -> None:
        """Let a run wait before its next change. Raises BadInput when it has ended."""
        self._command(run, PAUSE)

    def abort(self, run: Run) -> bool:
        """Stop a run before its next change and roll its wave back; gives whether that was done here and now, because the
        process that had the run is dead. Raises BadInput when the run has ended."""
        self._command(run, ABORT)
        return bool(self._workflow.recover([run.id]))

    def _command(self, run: Run, word: str) -> None:
        if run.state not in OPEN_STATES:
            raise BadInput(t("Run {run} has ended ({state}).", run=run.id, state=run.state.value))
        self._rooms.runs.command(run.id, word)

    def _execute(self, steps: Steps, plain: dict[str, Any]) -> dict[str, Any]:
        order = msgspec.convert(plain, Order)
        return Rollout(steps, self._rooms, order, self._plan(order.plan_hash).plan).walk()

    def _rollback(self, steps: Steps, plain: dict[str, Any], undoes: str) -> dict[str, Any]:
        order = msgspec.convert(plain, Order)
        wanted = steps.run("choose", lambda: to_take_back(self._known(undoes)))
        changes = [change for change in self._plan(order.plan_hash).plan.changes if change.id in wanted]
        return Takeback(steps, self._rooms, order, changes, undoes).walk()

    def _plan(self, plan_hash: str) -> SignedPlan:
        plan = self._rooms.runs.plan(plan_hash)
        if plan is None:
            raise BadInput(t("The plan {hash} is not in the store.", hash=plan_hash))
        return plan

    def _known(self, identifier: str) -> Run:
        run = self._rooms.runs.get(identifier)
        if run is None:
            raise BadInput(t("There is no run {run}.", run=identifier))
        return run


def new_run_id(now: datetime, plan_hash: str) -> str:
    """A name for a run that sorts by time: ``20260301-120000-1f3a9c``."""
    mark = hashlib.sha256(f"{now.isoformat()}{plan_hash}".encode()).hexdigest()[:6]
    return f"{now:%Y%m%d-%H%M%S}-{mark}"


def _run(plain: dict[str, Any]) -> Run:
    return msgspec.convert(plain, Run)
