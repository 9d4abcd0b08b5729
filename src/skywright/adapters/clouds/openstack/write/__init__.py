"""Changes -> OpenStack calls and back: what can be done, the steps to do it, and whether the targets are well."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from skywright.adapters.clouds.kit.ways import Ways
from skywright.model.kinds import parse_id
from skywright.model.plan import Change
from skywright.ports.cloud import Health, Step

if TYPE_CHECKING:
    from skywright.adapters.clouds.kit.actions import Sleep, Way
    from skywright.adapters.clouds.openstack.calls import Calls

__all__ = ["WAYS", "actions", "can", "health", "steps"]


def _load() -> "tuple[Way, ...]":
    from skywright.adapters.clouds.openstack.write import (
        containers,
        control,
        copies,
        firewalls,
        images,
        network,
        resize,
        servers,
        volumes,
    )

    rooms = (servers, resize, volumes, copies, firewalls, network, images, containers, control)
    return tuple(way for room in rooms for way in room.WAYS)


WAYS = Ways("OpenStack", _load)
actions = WAYS.actions
can = WAYS.can


def steps(calls: "Calls", change: Change, sleep: "Sleep" = time.sleep) -> Sequence[Step]:
    """The steps of a change, in order. Makes no call. Raises AskHuman for a change that ``can`` refuses."""
    from skywright.adapters.clouds.openstack.write.base import Target

    return WAYS.steps(Target(calls, parse_id(change.target), sleep), change)


def health(calls: "Calls", targets: Sequence[str]) -> Sequence[Health]:
    """Are these well now, by OpenStack's own word. In the order of ``targets``."""
    from skywright.adapters.clouds.openstack.write.judged import judged

    return judged(calls, targets)
