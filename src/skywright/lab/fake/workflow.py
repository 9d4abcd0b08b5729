"""ports.other.Workflow in memory: as durable as the dict that it is given."""

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from skywright.model.errors import BadInput


class Crash(BaseException):
    """Raised inside a step to play the death of the process: nothing below may catch it."""


class _Stop(BaseException):
    """Carries an error through the body untouched: a step that raises stops the run, whatever the body would catch."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Kept(msgspec.Struct):
    """A run as it would be on disk: how it was started, what its steps gave, and its result when it has ended."""

    name: str
    args: bytes
    steps: list[tuple[str, bytes]] = []
    result: bytes | None = None


class MemoryWorkflow:
    """Keeps runs in ``memory``. To play a process that died and one that goes on, give the same dict to a second object.

    ``sleep`` is called for every pause (default: no wait, so that tests are quick).
    """

    def __init__(self, memory: dict[str, Kept] | None = None, sleep: Callable[[float], None] = lambda _: None) -> None:
        self._memory = {} if memory is None else memory
        self._sleep = sleep
        self._bodies: dict[str, Callable[..., Any]] = {}

    def register(self, name: str, body: Callable[..., Any]) -> None:
        """Make ``body(steps, *args)`` known by name."""
        self._bodies[name] = body

    def start(self, name: str, identifier: str, *args: Any) -> Any:
        """Run it to the end under this id and give its result. The same id again attaches to the first run."""
        if name not in self._bodies:
            raise BadInput(f"No workflow is registered as {name}.")
        kept = self._memory.setdefault(identifier, Kept(name, msgspec.json.encode(args)))
        return self._finish(kept)

    def recover(self, only: Collection[str] | None = None) -> list[str]:
        """Take up every unfinished run; gives their ids when they are done."""
        left = [name for name, kept in self._memory.items() if kept.result is None and (only is None or name in only)]
        for identifier in left:
            self._finish(self._memory[identifier])
        return left

    def close(self) -> None:
        """Nothing is held."""

    def _finish(self, kept: Kept) -> Any:
        if kept.result is None:
            try:
                result = self._bodies[kept.name](MemorySteps(kept, self._sleep), *msgspec.json.decode(kept.args))
            except _Stop as stop:
                raise stop.error from stop
            kept.result = msgspec.json.encode(result)
        return msgspec.json.decode(kept.result)


class MemorySteps:
    """ports.other.Steps over one kept run."""

    def __init__(self, kept: Kept, sleep: Callable[[float], None]) -> None:
        self._kept = kept
        self._sleep = sleep
        self._position = 0

    def run(self, name: str, act: Callable[[], Any]) -> Any:
        """Run one step, or give its kept result. Raises RuntimeError for a body that takes other steps than before."""
        position = self._position
        self._position += 1
        if position == len(self._kept.steps):
            self._kept.steps.append((name, _done(act)))
        known, result = self._kept.steps[position]
        if known != name:
            raise RuntimeError(f"step {position} was {known} and is now {name}: the body is not deterministic")
        return msgspec.json.decode(result)

    def sleep(self, seconds: float) -> None:
        """Wait once; a wait that is over is not waited again."""
        self.run("sleep", lambda: self._sleep(seconds))


def _done(act: Callable[[], Any]) -> bytes:
    try:
        return msgspec.json.encode(act())
    except Exception as error:  # as in the real one: whatever a step raises leaves the run unfinished
        raise _Stop(error) from error
