"""What a rollout and a rollback have in common: targets taken and given back, results settled, the end written down."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from skywright.loop.execute.gate import Gate
from skywright.loop.execute.journal import Journal
from skywright.loop.execute.order import Order
from skywright.loop.execute.rooms import Rooms
from skywright.loop.execute.saga import Done, Saga
from skywright.model.plan import Change, Reversibility
from skywright.model.run import ChangeResult, ChangeState, Proof, RunState
from skywright.model.words import n, t
from skywright.ports.other import Steps

LEASE = timedelta(hours=24)
"""How long a run that nobody takes up again keeps its targets from others."""

POLL_S = 1.0
"""How often a paused run looks for a word."""

ABORT, PAUSE, RESUME = "abort", "pause", "resume"


class Walk:
    """One run. Every decision rests on a kept result, so that a replay takes the same steps."""

    def __init__(self, steps: Steps, rooms: Rooms, order: Order, changes: Sequence[Change], journal: Journal) -> None:
        self._steps = steps
        self._rooms = rooms
        self._order = order
        self._changes = {change.id: change for change in changes}
        self._journal = journal

    def _claim(self) -> str:
        """Take the targets. Gives why not, or nothing."""
        targets = [change.target for change in self._changes.values()]

        def act() -> str:
            held = self._rooms.runs.claim(self._order.run, targets, self._rooms.clock.now() + LEASE)
            if held:
                return _refusal(*held[0])
            self._journal.write("run.started", t("Begun."), approvals=self._order.approvals, by=self._order.by)
            return ""

        return str(self._steps.run("claim", act))

    def _word(self, change: Change) -> str:
        """Before each change: the word that was left for this run, waited out when it is `pause`. Gives `abort` or nothing."""

        def act() -> str:
            word = self._rooms.runs.commanded(self._order.run)
            if word == PAUSE:
                word = self._wait()
            if word != ABORT:
                self._journal.settle([self.result(change, ChangeState.DOING)])
                self._journal.write("", t("{change} is being done.", change=change.id))
            return word or ""

        return str(self._steps.run(f"{change.id} word", act))

    def _wait(self) -> str | None:
        self._journal.set(state=RunState.PAUSED)
        self._journal.write("run.paused", t("Paused by hand."))
        while (word := self._rooms.runs.commanded(self._order.run)) == PAUSE:
            self._rooms.clock.sleep(POLL_S)
        self._rooms.runs.command(self._order.run, None)
        self._journal.set(state=RunState.RUNNING)
        self._journal.write("run.resumed", t("Taken up again."))
        return word

    def _settle(self, name: str, results: Sequence[ChangeResult], text: str) -> None:
        """Put results down, durably."""
        self._journal.settle(results)
        self._steps.run(f"{name} settled", lambda: self._journal.write("", text, results))

    def _unwind(self, saga: Saga, deeds: Sequence[tuple[Change, Sequence[Done]]]) -> None:
        """Undo the deeds of changes, the last change first, and read again whether all is as before."""
        undone = []
        for change, done in reversed(deeds):
            result = self._unwound(saga, change, done)
            self._settle(f"{change.id} unwound", [result], result.reason or t("{change} is undone.", change=change.id))
            if result.state is ChangeState.UNDONE:
                undone.append(change)
        self._prove_undone(undone)

    def _unwound(self, saga: Saga, change: Change, done: Sequence[Done]) -> ChangeResult:
        if change.reversibility is Reversibility.NONE:
            return self.result(change, ChangeState.APPLIED, t("{target}: this cannot be undone.", target=change.target))
        stuck = saga.unwind(change, done)
        return self.result(change, ChangeState.STUCK if stuck else ChangeState.UNDONE, stuck)

    def _prove_undone(self, changes: Sequence[Change]) -> None:
        """Those that are to be exactly as before are read again, and what is not is said. It is no failure: a cloud may know no
        way back to the very same (a bucket's versioning, once on, is suspended and never off again)."""
        exact = [change for change in changes if change.reversibility is Reversibility.FULL]
        if not exact:
            return
        proofs = Gate(self._steps, self._rooms, self._order, "undone", exact).prove(exact, back=True)
        differ = [
            self.result(self._changes[proof.change], ChangeState.UNDONE, t("Undone, but: {missing}", missing=proof.missing), proof)
            for proof in proofs
            if proof.missing
        ]
        if differ:
            self._settle("undone but not as before", differ, t("Not everything is exactly as it was before."))

    def _end(self, state: RunState, reason: str, last: Callable[[], Sequence[ChangeResult]] = tuple) -> dict[str, Any]:
        """The last step: what ``last`` has to say of the results, targets given back, the run written down."""

        def act() -> dict[str, Any]:
            self._journal.settle(self._not_begun())
            self._journal.settle(last())
            self._journal.set(state=state, reason=reason, ended_at=self._rooms.clock.now())
            self._rooms.runs.release(self._order.run)
            self._rooms.runs.command(self._order.run, None)
            self._journal.write("run.ended", reason or t("Done."), state=state.value)
            ended: dict[str, Any] = msgspec.to_builtins(self._journal.run, str_keys=True)
            return ended

        result: dict[str, Any] = self._steps.run("end", act)
        return result

    def _not_begun(self) -> list[ChangeResult]:
        open_states = (ChangeState.PENDING, ChangeState.DOING)
        left = [name for name, state in self.states.items() if state in open_states]
        return [self.result(self._changes[name], ChangeState.SKIPPED, t("The run ended before it began.")) for name in left]

    @property
    def states(self) -> Mapping[str, ChangeState]:
        """Change id -> where it stands."""
        return self._journal.states()

    def stuck(self) -> str:
        """What a person must do, or nothing."""
        stuck = [result for result in self._journal.run.results if result.state is ChangeState.STUCK]
        if not stuck:
            return ""
        return n(
            "{count} change is neither done nor undone, and a person must look: {first}",
            "{count} changes are neither done nor undone, and a person must look. The first: {first}",
            len(stuck),
            first=_with_target(stuck[0]),
        )

    def result(self, change: Change, state: ChangeState, reason: str = "", proof: Proof | None = None) -> ChangeResult:
        """Where a change stands."""
        return ChangeResult(
            change=change.id,
            target=change.target,
            state=state,
            reason=reason,
            observed=proof.observed if proof else {},
            promised_monthly=change.saving_monthly,
        )


def _with_target(result: ChangeResult) -> str:
    return result.reason if result.target in result.reason else f"{result.target}: {result.reason}"


def _refusal(target: str, other: str) -> str:
    return t(
        "{target} is in the hands of run {other}. Wait for it, take it up (`skywright resume {other}`) or stop it "
        "(`skywright abort {other}`).",
        target=target,
        other=other,
    )
