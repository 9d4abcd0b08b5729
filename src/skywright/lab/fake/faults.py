"""When a fake cloud's calls fail: the nth, a share of them, before or after they had their effect."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from skywright.model.errors import AskHuman, PlanAgain, SkywrightError, TryAgain

_KINDS: dict[str, Callable[[str], SkywrightError]] = {
    "TryAgain": lambda call: TryAgain(f"{call} was throttled.", throttled=True),
    "AskHuman": lambda call: AskHuman(f"{call} was refused.", next_step="Grant the permission."),
    "PlanAgain": lambda call: PlanAgain(f"{call} found another world."),
}


class Faults:
    """Counts calls and decides which fail. Nothing fails unless it was asked for: ``share`` of all calls (0 to 1), before or
    after their effect, with one of ``errors`` (names of classes)."""

    def __init__(self, seed: int = 0, share: float = 0.0, errors: Sequence[str] = ("TryAgain",)) -> None:
        self._random = random.Random(seed)  # noqa: S311 - faults, not secrets
        self._share = share
        self._errors = errors
        self._nth: dict[int, tuple[str, str]] = {}
        self._always: dict[str, str] = {}
        self.calls: list[str] = []

    def fail_nth(self, number: int, when: str, error: str) -> None:
        """Let call ``number`` (from 0) fail ``before`` or ``after`` its effect with an error named by its class."""
        self._nth[number] = (when, error)

    def fail_always(self, beginning: str, error: str) -> None:
        """Let every call whose name begins so fail before its effect."""
        self._always[beginning] = error

    def clear(self) -> None:
        """From here on nothing fails."""
        self._nth.clear()
        self._always.clear()
        self._share = 0.0

    @contextmanager
    def around(self, call: str) -> Iterator[None]:
        """One call: raises before or after what is inside, or not at all."""
        when, error = self._chosen(call)
        self.calls.append(call)
        if when == "before":
            raise _KINDS[error](call)
        yield
        if when == "after":
            raise _KINDS[error](call)

    def _chosen(self, call: str) -> tuple[str, str]:
        for beginning, error in self._always.items():
            if call.startswith(beginning):
                return "before", error
        if len(self.calls) in self._nth:
            return self._nth[len(self.calls)]
        if self._share and self._random.random() < self._share:
            return self._random.choice(("before", "after")), self._random.choice(self._errors)
        return "", ""
