"""Steps within a DBOS workflow, and how an error leaves a run without ending it."""

import threading
from collections.abc import Callable
from typing import Any

import msgspec
from dbos import DBOS


class Stop(BaseException):
    """Carries an error out of a run without ending it: DBOS keeps whatever is an Exception as the run's outcome."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error


class DbosSteps:
    """ports.other.Steps within a DBOS workflow. ``may_act`` is asked before every step; it raises when this process must not."""

    def __init__(self, stopping: threading.Event, may_act: Callable[[], None]) -> None:
        self._stopping = stopping
        self._may_act = may_act

    def run(self, name: str, act: Callable[[], Any]) -> Any:
        """Run one step, or give its kept result."""
        if self._stopping.is_set():
            raise Stop  # the process is closing

        def kept() -> Any:
            try:
                self._may_act()
                return plain(act())
            except Exception as error:  # the boundary to DBOS, which would keep any other error as the step's result
                raise Stop(error) from error

        return DBOS.run_step({"name": name}, kept)

    def sleep(self, seconds: float) -> None:
        """Wait, durably: time spent dead counts."""
        DBOS.sleep(seconds)


def plain(value: Any) -> Any:
    """A value as it will come back from the database, so that the first run and a replay see the same."""
    return msgspec.json.decode(msgspec.json.encode(value))
