"""A process that dies by its own hand at a chosen step, so that demonstrations and tests can show what happens then."""

import os
import signal

from skywright.model.errors import BadInput
from skywright.model.words import t

VARIABLE = "SKYWRIGHT_CRASH_AT"


class CrashAt:
    """Kills this process (SIGKILL: nothing is cleaned up) before or after the deed of one step of one change.

    ``text`` is ``change:step:before`` or ``change:step:after``, counted from 0 in the order of execution. Raises BadInput for
    anything else.
    """

    def __init__(self, text: str) -> None:
        parts = text.split(":")
        if len(parts) != 3 or not parts[0].isdecimal() or not parts[1].isdecimal() or parts[2] not in ("before", "after"):
            raise BadInput(
                t("{text!r} is not change:step:before or change:step:after.", text=text),
                where=VARIABLE,
                next_step=t("For example: {example}.", example="2:0:after"),
            )
        self._place = (int(parts[0]), int(parts[1]), parts[2])

    def at(self, change: int, step: int, when: str) -> None:
        """Die here, if this is the place."""
        if (change, step, when) == self._place:
            os.kill(os.getpid(), signal.SIGKILL)
