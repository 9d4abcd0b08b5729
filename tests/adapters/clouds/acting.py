"""What tests of actions share on every cloud: a change, calls that fail on order, steps done and undone as the executor does."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from skywright.model.errors import TryAgain
from skywright.model.kinds import parse_id
from skywright.model.plan import Action, Change, Reversibility, Risk
from skywright.ports.cloud import Step

T = TypeVar("T")


def change_of(target: str, before: dict[str, Any], after: dict[str, Any] | None, identifier: str = "change-1") -> Change:
    """A change of one resource; without an ``after`` its deletion."""
    return Change(
        id=identifier,
        target=target,
        kind=parse_id(target).kind,
        action=Action.DELETE if after is None else Action.UPDATE,
        before=before,
        after=after,
        why="a test",
        reasons=(),
        risk=Risk.LOW,
        reversibility=Reversibility.FULL,
        observed="sha256:0",
    )


def token(index: int) -> str:
    """The token of a step."""
    return f"run-1-change-1-{index}"


class Nth:
    """Changes of which the ``nth`` fails, before its effect or after it. ``nth`` 0: none; all are counted."""

    FAILURE: ClassVar[type[Exception]] = TryAgain

    def __init__(self, nth: int = 0, *, after: bool = False) -> None:
        self._nth = nth
        self._after = after
        self.changes: list[str] = []

    def make(self, name: str, call: Callable[[], T]) -> T:
        """Make one change, or fail."""
        self.changes.append(name)
        fails = len(self.changes) == self._nth
        if fails and not self._after:
            raise self.FAILURE("The line went dead.")
        answer = call()
        if fails:
            raise self.FAILURE("The answer got lost.")
        return answer


class Doing:
    """Steps, done and undone as the executor does it: results kept, undone in reverse, the failed step too."""

    FAILURE: ClassVar[type[Exception]] = TryAgain

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self.results: dict[int, Mapping[str, Any]] = {}

    def do(self, first: int = 0) -> int:
        """All steps from ``first`` on. Gives the index of the step that failed, or -1."""
        for index in range(first, len(self.steps)):
            try:
                self.results[index] = self.steps[index].do(token(index))
            except self.FAILURE:
                return index
        return -1

    def undo(self, last: int | None = None) -> None:
        """All steps from ``last`` back."""
        for index in range(len(self.steps) - 1 if last is None else last, -1, -1):
            self.steps[index].undo(token(index), self.results.get(index))


def holds(seen: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Is everything wanted seen? Lists in any order."""
    return all(plain(seen.get(name)) == plain(value) for name, value in wanted.items())


def plain(value: Any) -> Any:
    """A list in one order, anything else as it is."""
    return sorted(value, key=repr) if isinstance(value, list) else value
