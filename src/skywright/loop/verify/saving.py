"""What applied changes came to save: the cost of their targets when they were planned, less their cost as they are now."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from skywright.model.kinds import Resource
from skywright.model.money import Money
from skywright.model.plan import Action, Change
from skywright.ports.engine import Overlay

Costs = Callable[[Overlay | None, Sequence[str]], Mapping[str, Money]]
"""What these resources cost a month on the snapshot that the plan was made on, or on its twin; unknown costs are missing."""


def realised(changes: Sequence[Change], fresh: Mapping[str, Resource | None], costs: Costs) -> dict[str, Money]:
    """Change id -> saving a month, from list prices and what was read just now; negative when it costs more.

    A target that could not be read, or whose cost is unknown on either side, has no saving (unknown, never zero). What a safety
    copy costs is not taken off: it is a resource of its own, with its own line in the next snapshot.
    """
    seen = [change for change in changes if change.target in fresh]
    if not seen:
        return {}
    targets = [change.target for change in seen]
    before, after = costs(None, targets), costs(_overlay(fresh), targets)
    saved = {change.id: _saving(change, fresh, before, after) for change in seen}
    return {identifier: saving for identifier, saving in saved.items() if saving is not None}


def _saving(
    change: Change, fresh: Mapping[str, Resource | None], before: Mapping[str, Money], after: Mapping[str, Money]
) -> Money | None:
    gone = fresh[change.target] is None
    known = before.get(change.target) or after.get(change.target)
    if known is None:
        return None
    nothing = known * 0
    old = nothing if change.action is Action.CREATE else before.get(change.target)
    new = nothing if gone else after.get(change.target)
    if old is None or new is None or old.currency != new.currency:
        return None
    return old - new


def _overlay(fresh: Mapping[str, Resource | None]) -> Overlay:
    replaced: dict[str, list[dict[str, object]]] = {}
    for row in fresh.values():
        if row is not None:
            replaced.setdefault(row.KIND, []).append(msgspec.structs.asdict(row))
    return Overlay(replaced, frozenset(target for target, row in fresh.items() if row is None))
