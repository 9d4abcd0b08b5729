"""Changes -> AWS calls and back: what can be done, the steps to do it, and whether the targets are well."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from skywright.adapters.clouds.kit.ways import Ways
from skywright.model.kinds import parse_id
from skywright.model.plan import Change
from skywright.ports.cloud import Health, Step

if TYPE_CHECKING:
    from skywright.adapters.clouds.aws.calls import Calls
    from skywright.adapters.clouds.kit.actions import Sleep, Way

__all__ = ["actions", "can", "health", "steps"]


def _load() -> "tuple[Way, ...]":
    from skywright.adapters.clouds.aws.write import (
        balancers,
        buckets,
        compute,
        control,
        copies,
        databases,
        firewalls,
        identity,
        members,
        messaging,
        network,
        resize,
        serverless,
        tags,
        volumes,
    )

    rooms = (compute, members, copies, volumes, network, firewalls, balancers, buckets, databases)
    more = (serverless, messaging, identity, control)
    return (resize.RESIZE, *(way for room in (*rooms, *more) for way in room.WAYS), *tags.WAYS)


WAYS = Ways("AWS", _load)
actions = WAYS.actions
can = WAYS.can


def steps(calls: "Calls", change: Change, sleep: "Sleep" = time.sleep) -> Sequence[Step]:
    """The steps of a change, in order. Makes no call. Raises AskHuman for a change that ``can`` refuses."""
    from skywright.adapters.clouds.aws.write.base import Target

    return WAYS.steps(Target(calls, parse_id(change.target), sleep), change)


def health(calls: "Calls", targets: Sequence[str]) -> Sequence[Health]:
    """Are these well now, by AWS's own status checks, target health and alarms. In the order of ``targets``."""
    from skywright.adapters.clouds.aws.write.judged import judged

    return judged(calls, targets)
