"""What execution is handed: other rooms' work as plain callables, and the ports."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from skywright.model.errors import TryAgain
from skywright.model.kinds import Resource, parse_id
from skywright.model.money import Money
from skywright.model.plan import Change, Plan
from skywright.model.run import Proof, Run
from skywright.ports.cloud import Cloud, Health
from skywright.ports.other import Clock
from skywright.ports.store import Runs

Fresh = Mapping[str, Resource | None]
"""Rows read again; None is gone, a missing key could not be read."""


class Recheck(Protocol):
    """The last look before a wave."""

    def __call__(self, plan: Plan, changes: Sequence[Change], fresh: Fresh) -> Mapping[str, str]:
        """Change id -> why it cannot be done any more (moved, gone, unreadable)."""


class Prove(Protocol):
    """Verification of changes against rows read again."""

    def __call__(self, changes: Sequence[Change], fresh: Fresh, *, back: bool = False) -> Sequence[Proof]:
        """One proof a change."""


class Price(Protocol):
    """What changes came to save."""

    def __call__(self, plan: Plan, changes: Sequence[Change], fresh: Fresh) -> Mapping[str, Money]:
        """Change id -> realised monthly saving, for those where it is known."""


class Note(Protocol):
    """The audit log."""

    def __call__(self, what: str, *, target: str = "", why: str = "", plan_hash: str = "", details: dict[str, Any]) -> object:
        """Keep one line."""


class Fault(Protocol):
    """Where a test may break in."""

    def at(self, change: int, step: int, when: str) -> None:
        """Called ``before`` and ``after`` the deed of every step; counts from 0 in the order of execution."""


class NoFault:
    """Nothing breaks in."""

    def at(self, change: int, step: int, when: str) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Checks:
    """The judgements of other stages."""

    recheck: Recheck
    prove: Prove
    worse: Callable[[Sequence[Health], Sequence[Health]], Mapping[str, str]]
    price: Price


@dataclass(frozen=True, slots=True)
class Rooms:
    """Everything that carrying out a plan needs from outside. ``tell`` is called with the run and a sentence as it goes on."""

    runs: Runs
    clouds: Mapping[str, Cloud]
    clock: Clock
    note: Note
    checks: Checks
    tell: Callable[[Run, str], None] = lambda _run, _text: None
    fault: Fault = field(default_factory=NoFault)

    def cloud(self, target: str) -> Cloud:
        """The cloud that holds a target."""
        return self.clouds[parse_id(target).cloud]

    def refresh(self, changes: Sequence[Change]) -> dict[str, Resource | None]:
        """The targets as they are now, one call a cloud. What a cloud that is throttled does not say is missing: unknown."""
        fresh: dict[str, Resource | None] = {}
        for cloud, targets in self._by_cloud(changes):
            with suppress(TryAgain):
                fresh.update(cloud.refresh(targets))
        return fresh

    def health(self, changes: Sequence[Change]) -> list[Health]:
        """How well the targets are, one call a cloud; nothing is said of those of a cloud that is throttled."""
        said: list[Health] = []
        for cloud, targets in self._by_cloud(changes):
            with suppress(TryAgain):
                said.extend(cloud.health(targets))
        return said

    def _by_cloud(self, changes: Sequence[Change]) -> list[tuple[Cloud, list[str]]]:
        names: dict[str, list[str]] = {}
        for change in changes:
            names.setdefault(parse_id(change.target).cloud, []).append(change.target)
        return [(self.clouds[name], targets) for name, targets in names.items()]
