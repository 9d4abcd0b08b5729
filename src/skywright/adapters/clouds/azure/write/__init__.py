"""Changes -> Azure calls and back: what can be done, and the steps to do it."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from skywright.adapters.clouds.kit.ways import Ways
from skywright.model.kinds import parse_id
from skywright.model.plan import Change
from skywright.ports.cloud import Step

if TYPE_CHECKING:
    from skywright.adapters.clouds.azure.calls import ArmCalls
    from skywright.adapters.clouds.kit.actions import Sleep, Way


def _load() -> "tuple[Way, ...]":
    from skywright.adapters.clouds.azure.write import (
        access,
        databases,
        disks,
        machines,
        network,
        platform,
        ranges,
        rules,
        storage,
        tags,
    )

    rooms = (machines, disks, network, rules, storage, databases, ranges, platform, access, tags)
    return tuple(way for room in rooms for way in room.WAYS)


WAYS = Ways("Azure", _load)


def steps(calls: "ArmCalls", change: Change, sleep: "Sleep" = time.sleep) -> Sequence[Step]:
    """The steps of a change, in order. Makes no call. Raises AskHuman for a change that ``WAYS.can`` refuses."""
    from skywright.adapters.clouds.azure.write.base import Target

    return WAYS.steps(Target(calls, parse_id(change.target), sleep), change)
