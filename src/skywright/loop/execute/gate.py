"""The gate of one wave: a last look before it, and proof after it, from fresh reads and the cloud's own word on health."""

from collections.abc import Sequence
from typing import Any

import msgspec

from skywright.loop.execute.order import Order
from skywright.loop.execute.rooms import Rooms
from skywright.model.plan import Change, Plan
from skywright.model.run import Proof
from skywright.model.words import t
from skywright.ports.cloud import Health
from skywright.ports.other import Steps

PAUSE_MAX_S = 30.0
_MISSES_SHOWN = 3


class Gate:
    """One wave's gate. Reads are durable steps: a replay judges by what was seen then."""

    def __init__(self, steps: Steps, rooms: Rooms, order: Order, name: str, changes: Sequence[Change]) -> None:
        self._steps = steps
        self._rooms = rooms
        self._order = order
        self._name = name
        self._changes = changes
        self._health: list[Health] = []

    def look(self, plan: Plan) -> dict[str, str]:
        """Change id -> why it cannot be done any more. Remembers how well the targets are."""

        def act() -> dict[str, Any]:
            moved = self._rooms.checks.recheck(plan, self._changes, self._rooms.refresh(self._changes))
            return {"moved": dict(moved), "health": self._rooms.health(self._changes)}

        seen = self._steps.run(f"{self._name} look", act)
        self._health = msgspec.convert(seen["health"], list[Health])
        moved: dict[str, str] = seen["moved"]
        return moved

    def prove(self, changes: Sequence[Change], *, back: bool = False, label: str = "prove") -> list[Proof]:
        """One proof a change. A world that is not yet as wanted is looked at again, as often as a step is tried."""
        proofs: list[Proof] = []
        for attempt in range(1, self._order.attempts + 1):
            kept = self._steps.run(f"{self._name} {label} #{attempt}", lambda: self._proofs(changes, back=back))
            proofs = msgspec.convert(kept, list[Proof])
            if not any(proof.missing for proof in proofs):
                break
            if attempt < self._order.attempts:
                self._steps.sleep(min(PAUSE_MAX_S, 2.0**attempt))
        return proofs

    def _proofs(self, changes: Sequence[Change], *, back: bool) -> list[Proof]:
        proofs = self._rooms.checks.prove(changes, self._rooms.refresh(changes), back=back)
        unwell = {} if back else self._rooms.checks.worse(self._health, self._rooms.health(changes))
        return [_with_health(proof, unwell.get(proof.target)) for proof in proofs]


def missed(proofs: Sequence[Proof]) -> str:
    """What is missing, in a sentence or a few; empty when nothing is."""
    said = [proof.missing for proof in proofs if proof.missing]
    more = len(said) - _MISSES_SHOWN
    return " ".join(said[:_MISSES_SHOWN]) + (" " + t("And {more} more.", more=more) if more > 0 else "")


def _with_health(proof: Proof, unwell: str | None) -> Proof:
    if unwell is None:
        return proof
    said = t("{target} was well before and is not now: {reason}.", target=proof.target, reason=unwell)
    return msgspec.structs.replace(proof, missing=f"{proof.missing} {said}".strip())
