"""One change: its steps done in order; when one fails, that one and all before it undone in reverse."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from skywright.loop.execute.order import Order, token
from skywright.loop.execute.rooms import Rooms
from skywright.model.errors import NotThere, PlanAgain, SkywrightError, TryAgain
from skywright.model.outcome import opened, sealed
from skywright.model.plan import Change
from skywright.model.redact import scrub
from skywright.model.run import ChangeResult, ChangeState, StepRecord
from skywright.model.words import t
from skywright.ports.cloud import Step
from skywright.ports.other import Steps

PAUSE_MAX_S = 60.0

Done = tuple[int, dict[str, Any] | None]
"""A step that was done: its index, and its result (None: it may or may not have had its effect)."""


class Saga:
    """Does and undoes changes, each step a durable step of its own. ``run`` names the run whose deeds are (un)done: tokens are
    made of it, so that a later run that takes them back finds them again."""

    def __init__(self, steps: Steps, rooms: Rooms, order: Order, run: str) -> None:
        self._steps = steps
        self._rooms = rooms
        self._order = order
        self._run = run

    def apply(self, change: Change, number: int) -> tuple[ChangeResult, list[Done]]:
        """Do one change (the ``number``-th of the run): applied, or undone, skipped or stuck with the reason; and its deeds."""
        done: list[Done] = []
        try:
            for index, step in enumerate(self._rooms.cloud(change.target).steps(change)):
                result, refused, error = self._deed(change, number, index, step)
                if error is not None:
                    failed: Done = (index, None)
                    return self._failed(change, [*done, failed], error, refused=refused), []
                done.append((index, result))
        except SkywrightError as error:  # steps() itself: nothing was done
            return _result(change, ChangeState.SKIPPED, str(error)), []
        return _result(change, ChangeState.APPLIED), done

    def unwind(self, change: Change, done: Sequence[Done], *, refused: bool = False) -> str:
        """Undo these deeds of a change, the last first. Gives what could not be undone, or nothing.

        ``refused``: the last deed looked and declined before it did anything; its undo may find a world that it does not know.
        """
        made = self._rooms.cloud(change.target).steps(change)
        for place, (index, result) in enumerate(reversed(done)):
            error = self._undeed(change, index, made[index], result)
            if error is None or (place == 0 and refused and isinstance(error, (PlanAgain, NotThere))):
                continue
            return t("{step} could not be undone: {error}", step=made[index].name, error=error)
        return ""

    def _failed(self, change: Change, done: Sequence[Done], error: SkywrightError, *, refused: bool) -> ChangeResult:
        if stuck := self.unwind(change, done, refused=refused):
            return _result(change, ChangeState.STUCK, f"{error} {stuck}")
        moved = isinstance(error, (PlanAgain, NotThere))
        return _result(change, ChangeState.SKIPPED if moved else ChangeState.UNDONE, str(error))

    def _deed(self, change: Change, number: int, index: int, step: Step) -> tuple[dict[str, Any], bool, SkywrightError | None]:
        """Do one step: its result, or (refused at the first look, error)."""
        mark = token(self._run, change.id, index)

        def act() -> dict[str, Any]:
            self._rooms.fault.at(number, index, "before")
            outcome = sealed(step.name, lambda: scrub(step.do(mark)))
            if "value" in outcome:
                self._rooms.fault.at(number, index, "after")
                self._record(change, index, step, undo=False, result=outcome["value"])
            return outcome

        result, attempts, error = self._tried(f"{change.id} {index} {step.name}", act)
        return result or {}, attempts == 1 and isinstance(error, (PlanAgain, NotThere)), error

    def _undeed(self, change: Change, index: int, step: Step, result: dict[str, Any] | None) -> SkywrightError | None:
        mark = token(self._run, change.id, index)

        def act() -> dict[str, Any]:
            outcome = sealed(step.name, lambda: step.undo(mark, result))
            if "value" in outcome:
                self._record(change, index, step, undo=True, result={})
            return outcome

        return self._tried(f"{change.id} {index} undo {step.name}", act)[2]

    def _tried(self, name: str, act: Callable[[], dict[str, Any]]) -> tuple[Any, int, SkywrightError | None]:
        """Run a durable step until it is done, or fails for good: (value, attempts, error)."""
        attempt = 1
        while True:
            try:
                return opened(self._steps.run(f"{name} #{attempt}", act)), attempt, None
            except TryAgain as error:
                if attempt >= self._order.attempts:
                    return None, attempt, error
                self._steps.sleep(max(error.after_s or 0.0, min(PAUSE_MAX_S, 2.0**attempt)))
                attempt += 1
            except SkywrightError as error:
                return None, attempt, error

    def _record(self, change: Change, index: int, step: Step, *, undo: bool, result: dict[str, Any]) -> None:
        record = StepRecord(
            change=change.id,
            index=index,
            name=step.name,
            undo=undo,
            at=self._rooms.clock.now(),
            outcome="undone" if undo else "done",
            result=msgspec.to_builtins(result, str_keys=True),
        )
        self._rooms.runs.record(self._order.run, record)


def _result(change: Change, state: ChangeState, reason: str = "") -> ChangeResult:
    return ChangeResult(change=change.id, target=change.target, state=state, reason=reason, promised_monthly=change.saving_monthly)
