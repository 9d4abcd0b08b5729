"""What tests of Kubernetes need: time that passes at once, and changes to try."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from skywright.adapters.clouds.kubernetes import KubernetesCloud, KubernetesConfig
from skywright.adapters.clouds.kubernetes.calls import Call, KubeCalls
from skywright.adapters.clouds.kubernetes.write import steps
from skywright.lab.kubernetes import KubernetesLab
from skywright.model.errors import TryAgain
from skywright.model.kinds import resource_id
from skywright.model.plan import Action, Change, Reversibility, Risk

ACCOUNT = "shop"


class StillClock:
    """Time that stands still; waiting takes none."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def new_cloud(lab: KubernetesLab, **config: Any) -> KubernetesCloud:
    return KubernetesCloud(KubernetesConfig(kubeconfig=str(lab.kubeconfig), **config), StillClock())


def new_calls(lab: KubernetesLab, **config: Any) -> KubeCalls:
    return new_cloud(lab, **config).calls


def rid(kind: str, native_id: str, account: str = ACCOUNT) -> str:
    return resource_id("kubernetes", account, "global", kind, native_id)


def change_of(target: str, before: dict[str, Any], after: dict[str, Any] | None, identifier: str = "change-1") -> Change:
    return Change(
        id=identifier,
        target=target,
        kind=target.split(":")[3].partition("/")[0],
        action=Action.DELETE if after is None else Action.UPDATE,
        before=before,
        after=after,
        why="a test",
        reasons=(),
        risk=Risk.LOW,
        reversibility=Reversibility.FULL,
        observed="sha256:0",
    )


class Case(msgspec.Struct, kw_only=True):
    """A resource, the change to try on it, and a way of looking at it that is not the code under test.

    ``see`` gives facts; those of ``goal`` must come true, all must be as before after undo.
    """

    kind: str
    native_id: str
    before: dict[str, Any]
    after: dict[str, Any] | None
    see: Callable[[], dict[str, Any]]
    goal: dict[str, Any]
    kept: dict[str, Any] = {}  # facts that undo rightly leaves different

    def change(self) -> Change:
        return change_of(rid(self.kind, self.native_id), self.before, self.after)


class Failing:
    """Makes the ``nth`` changing call fail, before its effect or after it. ``nth`` 0: none; all are counted."""

    def __init__(self, calls: KubeCalls, nth: int = 0, *, after: bool = False) -> None:
        self.changes: list[str] = []
        make = calls.make

        def failing(account: str, call: Call) -> Any:
            if call.method == "GET":
                return make(account, call)
            self.changes.append(call.permission)
            fails = len(self.changes) == nth
            if fails and not after:
                raise TryAgain("The line went dead.")
            answer = make(account, call)
            if fails:
                raise TryAgain("The answer got lost.")
            return answer

        calls.make = failing  # type: ignore[method-assign]
        self.calls = calls


class Saga:
    """The steps of a case, done and undone as the executor does it: results kept, undone in reverse, the failed step too."""

    def __init__(self, case: Case, calls: KubeCalls) -> None:
        self.steps = steps(calls, case.change(), lambda _seconds: None)
        self.results: dict[int, dict[str, Any]] = {}

    def do(self, first: int = 0) -> int:
        """All steps from ``first`` on. Gives the index of the step that failed, or -1."""
        for index in range(first, len(self.steps)):
            try:
                self.results[index] = self.steps[index].do(f"token-{index}")
            except TryAgain:
                return index
        return -1

    def undo(self, last: int | None = None) -> None:
        for index in range(len(self.steps) - 1 if last is None else last, -1, -1):
            self.steps[index].undo(f"token-{index}", self.results.get(index))


def holds(seen: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(seen.get(name) == value for name, value in wanted.items())
