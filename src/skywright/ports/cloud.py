"""A cloud: what it holds, how much of it is used, and how one resource is brought to a desired state and back."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Protocol, runtime_checkable

import msgspec

from skywright.model.commitment import Quote, Ware
from skywright.model.estate import Coverage, Relation, Scope, Usage
from skywright.model.kinds import Resource
from skywright.model.plan import Change, Reversibility


class Batch(msgspec.Struct, frozen=True):
    """What one scope holds. ``coverage`` has one row for each of the scope's kinds; rows of a kind whose coverage is not
    complete are what could be read before the failure, and are never taken for the whole. ``answers`` is a digest of all that the
    cloud answered and of who understood it; "" when that cannot be vouched for (a call failed)."""

    resources: tuple[Resource, ...]
    relations: tuple[Relation, ...]
    coverage: tuple[Coverage, ...]
    answers: str = ""


class Unchanged(msgspec.Struct, frozen=True):
    """A scope of which the cloud answered, to every call, what it had answered before. ``batch`` gives what it holds after all."""

    answers: str
    batch: Callable[[], Batch]


class Permission(msgspec.Struct, frozen=True):
    """One permission that the tool uses, and whether it is there. ``allowed`` None: could not be found out."""

    name: str
    needed_for: str
    allowed: bool | None
    reason: str = ""


class Step(Protocol):
    """One call (or wait) on the way from ``before`` to ``after``, with the way back beside it.

    A step may run again after a crash, so ``do`` and ``undo`` are idempotent: they carry a token or look before they act.
    Raises TryAgain, PlanAgain, AskHuman; anything else is a defect.
    """

    name: str  # the provider's verb: ec2:StopInstances
    text: str  # what it does, in words, for explain
    reversibility: Reversibility

    def do(self, token: str) -> dict[str, Any]:
        """Bring the effect about. ``token`` is the same at every retry. The answer is kept and given to ``undo``."""

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Take the effect back. ``result`` is None when ``do`` may or may not have had its effect (it crashed or failed)."""


class Health(msgspec.Struct, frozen=True):
    """Is a resource well, by the cloud's own word. ``well`` None: the cloud does not say."""

    resource: str
    well: bool | None
    reason: str = ""


class Cloud(Protocol):
    """One provider. Safe to use from many threads. No method but a Step's ``do`` and ``undo`` changes anything."""

    name: str

    def scopes(self) -> tuple[Sequence[Scope], Sequence[Coverage]]:
        """What there is to read, and the accounts or regions that could not even be listed. Global services are one scope of
        region ``global`` per account."""

    def read(self, scope: Scope) -> Batch:
        """Everything in one scope. Never raises for what the cloud answers: a failure is a coverage row with its reason."""

    def usage(self, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
        """Usage of these resources (of one account and region) by hour. A resource without data gives no row."""

    def refresh(self, targets: Sequence[str]) -> dict[str, Resource | None]:
        """These resources as they are now: id -> row, or None when the cloud says that it is gone. An id that could not be read
        is missing from the answer's keys (unknown is not absent)."""

    def can(self, kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> Reversibility | None:
        """Can this cloud bring a resource of ``kind`` from ``before`` to ``after`` (None: deleted), and how is it taken
        back? None: it cannot. Pure: no call is made."""

    def steps(self, change: Change) -> Sequence[Step]:
        """The steps of a change, in order. Explain prints them and execute runs them. Makes no call; the same change gives the
        same steps in every process. Raises AskHuman for a change that ``can`` would refuse."""

    def health(self, targets: Sequence[str]) -> Sequence[Health]:
        """Are these well now: instance status, target health, alarms in state alarm that watch them."""

    def doctor(self) -> Iterator[Permission]:
        """Permission by permission, what the tool needs and whether it has it."""


class Deed(msgspec.Struct, frozen=True, order=True):
    """Somebody changed something, by the cloud's own audit trail. ``at`` is UTC; ``what`` is the provider's verb."""

    at: datetime
    resource: str
    who: str
    what: str


@runtime_checkable
class Historian(Protocol):
    """A cloud that keeps an audit trail of its own which we can ask."""

    def deeds(self, targets: Sequence[str], since: datetime, until: datetime) -> Iterator[Deed]:
        """Who changed these resources, oldest first; ``who`` "" when the trail does not tell. Raises model.errors when a trail
        cannot be read, after all that the others told."""


@runtime_checkable
class Merchant(Protocol):
    """A cloud that says its prices of today. Nothing is bought."""

    @property
    def sells(self) -> str:
        """Globs, with ``|`` between them, over the providers' names in bills whose prices these are."""

    def quotes(self, wanted: Sequence[Ware], today: date) -> Iterator[Quote]:
        """One for each of these machines. Never raises for what the cloud answers: a failure is said in the quote."""


@runtime_checkable
class Hourly(Protocol):
    """A cloud whose usage is of whole hours that are over: asked again in the same hour it says the same."""

    @property
    def usage_by_hour(self) -> bool:
        """Whether it is so."""


@runtime_checkable
class Vouching(Protocol):
    """A cloud that can tell whether a scope is as it was, without understanding its answers once more."""

    def read_again(self, scope: Scope, answers: str) -> Batch | Unchanged:
        """Like Cloud.read: every call is made. Unchanged when every one was answered, and all together are ``answers``, the digest
        of an earlier Batch ("": none is known)."""


Progress = Callable[[str, int, int], None]
"""Called with (what, done, total) as work goes on; from any thread."""
