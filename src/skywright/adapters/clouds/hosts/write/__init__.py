"""Changes -> scripts and back: what can be done to a host, and the steps to do it."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from skywright.adapters.clouds.kit.ways import Ways
from skywright.model.kinds import parse_id
from skywright.model.plan import Change
from skywright.ports.cloud import Step

if TYPE_CHECKING:
    from skywright.adapters.clouds.hosts.calls import Calls
    from skywright.adapters.clouds.kit.actions import Sleep, Way

__all__ = ["WAYS", "steps"]


def _load() -> "tuple[Way, ...]":
    from skywright.adapters.clouds.hosts.write import files, reboot, software, ssh

    return (*software.WAYS, *files.WAYS, *ssh.WAYS, *reboot.WAYS)


WAYS = Ways("SSH", _load)


def steps(calls: "Calls", change: Change, sleep: "Sleep" = time.sleep) -> Sequence[Step]:
    """The steps of a change, in order. Makes no call. Raises AskHuman for a change that ``can`` refuses."""
    from skywright.adapters.clouds.hosts.write.base import Patient, Target

    target = Target(calls, parse_id(change.target), sleep)
    return tuple(Patient(step, target) for step in WAYS.steps(target, change))
