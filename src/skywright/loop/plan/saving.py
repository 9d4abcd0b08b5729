"""What a plan saves: the cost of its targets on the snapshot, less their cost on the twin; two questions, however many changes."""

from collections.abc import Iterable, Mapping

from skywright.loop.plan.settle import Draft
from skywright.loop.plan.world import Costs
from skywright.model.kinds import parse_id
from skywright.model.money import Money
from skywright.model.plan import Action
from skywright.ports.engine import Overlay


def savings(drafts: Mapping[str, Draft], costs: Costs) -> dict[str, Money]:
    """Target -> saving a month, negative when it will cost more. Of what has no cost of its own (a node, a workload), what its one
    proposer promises. Unknown costs give no saving, not one of zero."""
    if not drafts:
        return {}
    ids = sorted(drafts)
    before, after = costs(None, ids), costs(overlay_of(drafts.values()), ids)
    found: dict[str, Money] = {}
    for target, draft in drafts.items():
        known = before.get(target) or after.get(target)
        if known is None:
            promised = [one.saving_monthly for one in draft.proposals if one.saving_monthly is not None]
            if len(promised) == 1:
                found[target] = promised[0]
            continue
        nothing = known * 0
        old = nothing if draft.action is Action.CREATE else before.get(target)
        new = nothing if draft.action is Action.DELETE else after.get(target)
        if old is not None and new is not None and old.currency == new.currency:
            found[target] = old - new
    return found


def overlay_of(drafts: Iterable[Draft]) -> Overlay:
    """The rows as they will be, laid over the snapshot."""
    replaced: dict[str, list[dict[str, object]]] = {}
    removed = set()
    for draft in drafts:
        if draft.action is Action.DELETE:
            removed.add(draft.target)
        else:
            replaced.setdefault(parse_id(draft.target).kind, []).append(_row(draft))
    return Overlay(replaced, frozenset(removed))


def _row(draft: Draft) -> dict[str, object]:
    name = parse_id(draft.target)
    identity = {"cloud": name.cloud, "account": name.account, "region": name.region, "native_id": name.native_id}
    return {**identity, **draft.row, **draft.wanted}
