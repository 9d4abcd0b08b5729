"""Changes -> calls and back: what can be done, and the steps to do it."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from skywright.adapters.clouds.kit.ways import Ways
from skywright.model.kinds import parse_id
from skywright.model.plan import Change
from skywright.ports.cloud import Step

if TYPE_CHECKING:
    from skywright.adapters.clouds.kit.actions import Sleep, Way
    from skywright.adapters.clouds.kubernetes.calls import KubeCalls

__all__ = ["WAYS", "actions", "can", "steps"]


def _load() -> "tuple[Way, ...]":
    from skywright.adapters.clouds.kubernetes.write import deletions, drain, settings, workloads

    return (*workloads.WAYS, *drain.WAYS, *settings.WAYS, *deletions.WAYS, *settings.TAGS)


WAYS = Ways("Kubernetes", _load)
actions = WAYS.actions
can = WAYS.can


def steps(calls: "KubeCalls", change: Change, sleep: "Sleep" = time.sleep) -> Sequence[Step]:
    """The steps of a change, in order. Makes no call. Raises AskHuman for a change that ``can`` refuses."""
    from skywright.adapters.clouds.kubernetes.write.base import Target

    return WAYS.steps(Target(calls, parse_id(change.target), sleep), change)
