"""A run as others see it while it goes on: where it stands, kept in the store, told to whoever watches, noted in the log."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from skywright.loop.execute.order import Order
from skywright.loop.execute.rooms import Rooms
from skywright.model.plan import Change
from skywright.model.run import ChangeResult, ChangeState, Run, RunState

LOGGED = frozenset({ChangeState.APPLIED, ChangeState.UNDONE, ChangeState.STUCK, ChangeState.SKIPPED, ChangeState.VERIFIED})


class Journal:
    """Holds the run in memory, so that a replay builds it again from kept results; writes it only inside durable steps."""

    def __init__(self, rooms: Rooms, order: Order, changes: Sequence[Change], waves: int, undoes: str = "") -> None:
        self._rooms = rooms
        before = rooms.runs.get(order.run)  # only to count how often the run was taken up; nothing is decided on it
        self.run = Run(
            id=order.run,
            plan_hash=order.plan_hash,
            plan_id=order.plan_id,
            state=RunState.RUNNING,
            started_at=order.started_at,
            by=order.by,
            waves=waves,
            approvals=order.approvals,
            results=tuple(_pending(change) for change in changes),
            resumed=before.resumed + 1 if before else 0,
            undoes=undoes,
        )

    def set(self, **fields: Any) -> None:
        """Lay fields over the run."""
        self.run = msgspec.structs.replace(self.run, **fields)

    def settle(self, results: Iterable[ChangeResult]) -> None:
        """Put new results in the place of those of the same changes."""
        new = {result.change: result for result in results}
        self.set(results=tuple(new.get(result.change, result) for result in self.run.results))

    def states(self) -> Mapping[str, ChangeState]:
        """Change id -> where it stands."""
        return {result.change: result.state for result in self.run.results}

    def write(self, what: str, text: str, results: Iterable[ChangeResult] = (), **details: object) -> None:
        """Keep the run, tell the watcher, and log ``what`` (one line a result, or one for the run). Call inside a step."""
        self._rooms.runs.save(self.run)
        self._rooms.tell(self.run, text)
        common: dict[str, Any] = {"run": self.run.id, **details}
        logged = [result for result in results if result.state in LOGGED]
        for result in logged:
            said = {**common, "change": result.change, "observed": result.observed}
            self._note(f"change.{result.state.value}", result.reason or text, said, result.target)
        if what:
            self._note(what, text, common)

    def _note(self, what: str, why: str, details: dict[str, Any], target: str = "") -> None:
        self._rooms.note(what, target=target, why=why, plan_hash=self.run.plan_hash, details=details)


def _pending(change: Change) -> ChangeResult:
    return ChangeResult(change=change.id, target=change.target, state=ChangeState.PENDING, promised_monthly=change.saving_monthly)
