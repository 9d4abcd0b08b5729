"""A plan carried out: wave by wave, each gated by proof; what fails is undone. Runs inside a durable workflow."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from skywright.loop.execute.gate import Gate, missed
from skywright.loop.execute.journal import Journal
from skywright.loop.execute.order import Order, chosen, in_waves
from skywright.loop.execute.rooms import Rooms
from skywright.loop.execute.saga import Done, Saga
from skywright.loop.execute.walk import ABORT, Walk
from skywright.model.money import Money
from skywright.model.plan import Action, Change, Plan
from skywright.model.run import ChangeResult, ChangeState, Proof, RunState
from skywright.model.words import n, t
from skywright.ports.other import Steps


class Failure(msgspec.Struct, frozen=True):
    """Why a wave is rolled back."""

    reason: str
    aborted: bool = False


class Rollout(Walk):
    """One run of one plan."""

    def __init__(self, steps: Steps, rooms: Rooms, order: Order, plan: Plan) -> None:
        changes = chosen(plan.changes, order.only)
        self._plan = plan
        self._waves = in_waves(changes, order.canary, order.wave_size)
        super().__init__(steps, rooms, order, changes, Journal(rooms, order, changes, len(self._waves)))
        self._saga = Saga(steps, rooms, order, order.run)
        self._numbers = {change.id: number for number, change in enumerate(change for wave in self._waves for change in wave)}
        self._deeds: list[tuple[Change, list[Done]]] = []  # what was applied, in its order

    def walk(self) -> dict[str, Any]:
        """All waves, or up to the one that fails and back. Gives the run as plain data."""
        if refusal := self._claim():
            return self._end(RunState.ABORTED, refusal)
        for number, wave in enumerate(self._waves):
            if failure := self._wave(number, wave):
                return self._back(wave, failure)
        skipped = sum(state is ChangeState.SKIPPED for state in self.states.values())
        if not skipped:
            return self._end(RunState.DONE, "", self._last_look)
        said = n("{count} change was skipped. Plan again.", "{count} changes were skipped. Plan again.", skipped)
        return self._end(RunState.PARTIAL, said, self._last_look)

    def _wave(self, number: int, wave: Sequence[Change]) -> Failure | None:
        """Look, do, prove, soak, prove again. Gives why the wave must be rolled back, or None."""
        self._journal.set(wave=number)
        gate = Gate(self._steps, self._rooms, self._order, f"wave {number}", wave)
        moved = gate.look(self._plan)
        for change in wave:
            if failure := self._change(change, moved.get(change.id, "")):
                return failure
        applied = [change for change in wave if self.states[change.id] is ChangeState.APPLIED]
        return self._gated(number, gate, applied) if applied else None

    def _change(self, change: Change, moved: str) -> Failure | None:
        if self._word(change) == ABORT:
            return Failure(t("Stopped by hand."), aborted=True)
        if skip := moved or self._leans_on_undone(change):
            self._settle(change.id, [self.result(change, ChangeState.SKIPPED, skip)], skip)
            return None
        result, done = self._saga.apply(change, self._numbers[change.id])
        if result.state is ChangeState.APPLIED:
            self._deeds.append((change, done))
        self._settle(change.id, [result], result.reason or t("{change} is applied.", change=change.id))
        failed = result.state in (ChangeState.UNDONE, ChangeState.STUCK)
        return Failure(result.reason) if failed else None

    def _leans_on_undone(self, change: Change) -> str:
        for other in change.depends_on:
            if other in self.states and not self.states[other].stands:
                return t("It needs {other}, which was not done.", other=other)
        return ""

    def _gated(self, number: int, gate: Gate, applied: Sequence[Change]) -> Failure | None:
        proofs = gate.prove(applied)
        if not missed(proofs) and self._order.soak_s:
            self._steps.sleep(self._order.soak_s)
            proofs = gate.prove(applied, label="prove after soak")
        if missing := missed(proofs):
            return Failure(missing)
        verified = [self.result(self._changes[proof.change], ChangeState.VERIFIED, "", proof) for proof in proofs]
        self._settle(f"wave {number}", verified, t("Wave {wave} is proven.", wave=number + 1))
        return None

    def _back(self, wave: Sequence[Change], failure: Failure) -> dict[str, Any]:
        """Roll the wave back (or all, when that was asked), the last change first."""
        names = {change.id for change in wave}
        deeds = [(change, done) for change, done in self._deeds if self._order.rollback_all or change.id in names]
        self._prove_undone([change for change in wave if self.states[change.id] is ChangeState.UNDONE])
        self._unwind(self._saga, deeds)
        if stuck := self.stuck():
            said = stuck if failure.reason in stuck else f"{failure.reason} {stuck}"
            return self._end(RunState.FAILED, said, self._last_look)
        if failure.aborted:
            return self._end(RunState.ABORTED, failure.reason, self._last_look)
        standing = any(state.stands for state in self.states.values())
        return self._end(RunState.PARTIAL if standing else RunState.ROLLED_BACK, failure.reason, self._last_look)

    def _last_look(self) -> list[ChangeResult]:
        """Everything that stands is read once more, and what it came to save is reckoned from what is there now; but not what was
        changed only so that something else could go (a node that was emptied goes with its machine)."""
        done = [self._changes[name] for name, state in self.states.items() if state is ChangeState.VERIFIED]
        over = {name for change in done if change.action is Action.DELETE for name in change.depends_on}
        changes = [change for change in done if change.id not in over or change.action is Action.DELETE]
        if not changes:
            return []
        fresh = self._rooms.refresh(changes)
        saved = self._rooms.checks.price(self._plan, changes, fresh)
        proofs = self._rooms.checks.prove(changes, fresh)
        return [self._final(self._changes[proof.change], proof, saved) for proof in proofs]

    def _final(self, change: Change, proof: Proof, saved: Mapping[str, Money]) -> ChangeResult:
        """What was proven after its wave stays proven; what has changed since is said."""
        state = ChangeState.APPLIED if proof.missing else ChangeState.VERIFIED
        said = t("Proven after its wave, but at the end of the run: {missing}", missing=proof.missing) if proof.missing else ""
        return msgspec.structs.replace(self.result(change, state, said, proof), realised_monthly=saved.get(change.id))
