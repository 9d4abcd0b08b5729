"""Changes that need each other -> who goes first; circles are found and refused.

``source needs target`` (model.estate.Relation): before a target is deleted, what needs it has changed or gone; a target that is
made is there before what needs it.
"""

from collections.abc import Iterable, Mapping

from skywright.loop.plan.settle import Draft
from skywright.model.estate import Relation
from skywright.model.plan import Action

Needs = dict[str, set[str]]
"""Target -> the targets whose changes must be done before."""


def dependencies(drafts: Mapping[str, Draft], relations: Iterable[Relation]) -> Needs:
    """Read the order out of what the drafts' proposals say, and the relations between their targets."""
    needs: Needs = {target: {before for one in draft.proposals for before in one.needs} for target, draft in drafts.items()}
    for relation in relations:
        if relation.source == relation.target or relation.source not in drafts or relation.target not in drafts:
            continue
        match drafts[relation.target].action:
            case Action.DELETE:
                needs[relation.target].add(relation.source)
            case Action.CREATE:
                needs[relation.source].add(relation.target)
            case Action.UPDATE:
                pass
    return needs


def find_circle(needs: Mapping[str, set[str]]) -> list[str]:
    """One circle (each needs the next, the last the first), or nothing. The same needs give the same circle."""
    left = {target: set(before) & needs.keys() for target, before in needs.items()}
    while True:
        free = {target for target, before in left.items() if not before}
        if not free:
            break
        left = {target: before - free for target, before in left.items() if target not in free}
    if not left:
        return []
    path = [min(left)]
    while (following := min(left[path[-1]])) not in path:
        path.append(following)
    return path[path.index(following) :]
