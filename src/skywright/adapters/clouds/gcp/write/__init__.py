"""Changes -> Google Cloud calls and back: what can be done, and the steps to do it."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from skywright.adapters.clouds.kit.ways import Ways
from skywright.model.kinds import parse_id
from skywright.model.plan import Change
from skywright.ports.cloud import Step

if TYPE_CHECKING:
    from skywright.adapters.clouds.gcp.calls import Calls
    from skywright.adapters.clouds.kit.actions import Sleep, Way


def _load() -> "tuple[Way, ...]":
    from skywright.adapters.clouds.gcp.write import access, buckets, copies, databases, labels, machines, network, platform

    rooms = (machines, copies, network, buckets, databases, platform, access, labels)
    return tuple(way for room in rooms for way in room.WAYS)


WAYS = Ways("Google Cloud", _load)
actions = WAYS.actions
can = WAYS.can


def steps(calls: "Calls", change: Change, sleep: "Sleep" = time.sleep) -> Sequence[Step]:
    """The steps of a change, in order. Makes no call. Raises AskHuman for a change that ``can`` refuses."""
    from skywright.adapters.clouds.gcp.write.base import Target

    return WAYS.steps(Target(calls, parse_id(change.target), sleep), change)
