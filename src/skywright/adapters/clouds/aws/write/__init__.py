"""Changes -> AWS calls and back: what can be done, the steps to do it, and whether the targets are well."""

import time
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from skywright.model.errors import AskHuman
from skywright.model.kinds import parse_id
from skywright.model.plan import Change, Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Health, Step

if TYPE_CHECKING:
    from skywright.adapters.clouds.aws.calls import Calls
    from skywright.adapters.clouds.aws.write.base import Action, Sleep, Values, Way

__all__ = ["actions", "can", "health", "steps"]


def actions() -> "tuple[Action, ...]":
    """The table of everything that can be done, for the documentation and for ``doctor``."""
    return tuple(way.action for way in _ways())


def can(kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> Reversibility | None:
    """How a change of ``kind`` is taken back, or None when no way leads there. ``before`` and ``after`` may be whole rows."""
    wanted = None if after is None else _difference(before, after)
    chosen = _chosen(kind, before, wanted)
    if not chosen:
        return None
    order = list(Reversibility)
    return max((way.reversibility(before, _of(way, wanted)) for way in chosen), key=order.index)


def steps(calls: "Calls", change: Change, sleep: "Sleep" = time.sleep) -> Sequence[Step]:
    """The steps of a change, in order. Makes no call. Raises AskHuman for a change that ``can`` refuses."""
    from skywright.adapters.clouds.aws.write.base import Target

    before = change.before or {}
    wanted = None if change.after is None else _difference(before, change.after)
    chosen = _chosen(change.kind, before, wanted)
    if not chosen:
        raise AskHuman(
            t("AWS offers no way to carry out change {change} of {target}.", change=change.id, target=change.target),
            next_step=t("Drop this change, or make it by hand."),
        )
    target = Target(calls, parse_id(change.target), sleep)
    return tuple(step for way in chosen for step in way.steps(target, change.id, before, _of(way, wanted)))


def health(calls: "Calls", targets: Sequence[str]) -> Sequence[Health]:
    """Are these well now, by AWS's own status checks, target health and alarms. In the order of ``targets``."""
    from skywright.adapters.clouds.aws.write.judged import judged

    return judged(calls, targets)


@lru_cache(maxsize=1)
def _ways() -> "tuple[Way, ...]":
    from skywright.adapters.clouds.aws.write import (
        balancers,
        buckets,
        compute,
        control,
        copies,
        databases,
        firewalls,
        identity,
        messaging,
        network,
        resize,
        serverless,
        tags,
        volumes,
    )

    rooms = (compute, copies, volumes, network, firewalls, balancers, buckets, databases, serverless, messaging, identity, control)
    return (resize.Resize(), *(way for room in rooms for way in room.WAYS), *tags.WAYS)


@cache
def _ways_of(kind: str) -> "tuple[Way, ...]":
    return tuple(way for way in _ways() if way.action.kind == kind)


def _difference(before: "Values", after: "Values") -> dict[str, Any]:
    return {column: value for column, value in after.items() if column not in before or before[column] != value}


def _of(way: "Way", wanted: "Values | None") -> "Values | None":
    """The part of what is wanted that is this way's own."""
    return None if wanted is None else {column: value for column, value in wanted.items() if column in way.action.columns}


def _chosen(kind: str, before: "Values", wanted: "Values | None") -> "tuple[Way, ...]":
    """The ways that together bring about what is wanted; none when a part of it is out of reach."""
    found = tuple(_fitting(kind, before, wanted))
    if wanted is None:
        return found[:1]
    reached = {column for way in found for column in (*way.action.columns, *way.action.implied)}
    return found if wanted.keys() <= reached else ()


def _fitting(kind: str, before: "Values", wanted: "Values | None") -> "Iterator[Way]":
    """At most one way for each column: the first that fits."""
    taken: set[str] = set()
    for way in _ways_of(kind):
        own = _of(way, wanted)
        if own == {} or not taken.isdisjoint(own or ()):
            continue
        if way.fits(before, own):
            taken.update(own or (), way.action.implied)
            yield way
