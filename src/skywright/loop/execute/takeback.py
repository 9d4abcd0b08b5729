"""A finished run taken back: every change that stands is undone with the results that its steps left, the last one first."""

from collections.abc import Sequence
from typing import Any

import msgspec

from skywright.loop.execute.journal import Journal
from skywright.loop.execute.order import Order
from skywright.loop.execute.rooms import Rooms
from skywright.loop.execute.saga import Done, Saga
from skywright.loop.execute.walk import Walk
from skywright.model.plan import Change
from skywright.model.run import ChangeResult, ChangeState, Run, RunState, StepRecord
from skywright.model.words import n
from skywright.ports.other import Steps


class Takeback(Walk):
    """One run that undoes another."""

    def __init__(self, steps: Steps, rooms: Rooms, order: Order, changes: Sequence[Change], undoes: str) -> None:
        super().__init__(steps, rooms, order, changes, Journal(rooms, order, changes, 1, undoes))
        self._undoes = undoes
        self._saga = Saga(steps, rooms, order, undoes)

    def walk(self) -> dict[str, Any]:
        """Undo it all. Gives this run as plain data."""
        if refusal := self._claim():
            return self._end(RunState.ABORTED, refusal)
        records = msgspec.convert(self._steps.run("records", lambda: self._rooms.runs.records(self._undoes)), list[StepRecord])
        self._unwind(self._saga, [(change, self._left(change, records)) for change in self._in_order(records)])
        if stuck := self.stuck():
            return self._end(RunState.FAILED, stuck, self._mark_the_other)
        said = self._not_quite()
        return self._end(RunState.PARTIAL if said else RunState.DONE, said, self._mark_the_other)

    def _not_quite(self) -> str:
        """What was not taken back, or not exactly; nothing when all is as before."""
        results = self._journal.run.results
        if kept := sum(result.state is not ChangeState.UNDONE for result in results):
            return n("{count} change could not be taken back.", "{count} changes could not be taken back.", kept)
        if differ := [result.reason for result in results if result.reason]:
            return n("{count} change is not exactly as before.", "{count} changes are not exactly as before.", len(differ))
        return ""

    def _in_order(self, records: Sequence[StepRecord]) -> list[Change]:
        """The changes in the order in which they were first worked on. One that got stuck at its very first deed has no record of
        it, and was the last in hand."""
        order = dict.fromkeys([*(record.change for record in records if not record.undo), *self._changes])
        return [self._changes[name] for name in order if name in self._changes]

    def _left(self, change: Change, records: Sequence[StepRecord]) -> list[Done]:
        """The deeds of a change that were not undone; for one that got stuck also the step after them, which may have had its
        effect without telling."""
        mine = [record for record in records if record.change == change.id]
        results = {record.index: record.result for record in mine if not record.undo}
        undone = {record.index for record in mine if record.undo}
        count = len(self._rooms.cloud(change.target).steps(change))
        untold = [(len(results), None)] if len(results) < count else []
        return [done for done in [*results.items(), *untold] if done[0] not in undone]

    def _mark_the_other(self) -> list[ChangeResult]:
        """Say on the run that was taken back what became of its changes."""
        other = self._rooms.runs.get(self._undoes)
        if other is not None:
            self._rooms.runs.save(_taken_back(other, self._journal.run))
        return []


def to_take_back(run: Run) -> list[str]:
    """The changes of a run that stand, or are stuck half-way."""
    return [result.change for result in run.results if _to_undo(result)]


def _taken_back(run: Run, by: Run) -> Run:
    undone = {result.change for result in by.results if result.state is ChangeState.UNDONE}
    results = tuple(
        msgspec.structs.replace(result, state=ChangeState.UNDONE, realised_monthly=None) if result.change in undone else result
        for result in run.results
    )
    standing = any(map(_to_undo, results))
    state = RunState.PARTIAL if standing else RunState.ROLLED_BACK
    return msgspec.structs.replace(run, results=results, state=state)


def _to_undo(result: ChangeResult) -> bool:
    return result.state.stands or result.state is ChangeState.STUCK
