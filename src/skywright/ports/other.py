"""Small ports: clock, price book, signer, durable workflow."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from skywright.model.kinds import Resource
from skywright.model.money import Cost
from skywright.model.plan import Signature


class Clock(Protocol):
    """Time, so that tests can hold it still. Naive UTC."""

    def now(self) -> datetime:
        """The time."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class PriceBook(Protocol):
    """What things cost. An unknown price is None, never zero."""

    def cost(self, resource: Resource) -> Cost:
        """What this resource costs as it stands."""

    def cost_of(self, kind: str, row: Mapping[str, Any]) -> Cost:
        """The same for a plain row (of the twin)."""

    def types(self, cloud: str, region: str) -> Mapping[str, "TypeOffer"]:
        """Instance types on offer in a region with shape and price."""


class TypeOffer(Protocol):
    """One instance type in one region."""

    name: str
    family: str
    vcpus: int
    memory_mib: int
    architecture: str
    hourly_usd: Any  # Decimal, or None when unknown


class Signer(Protocol):
    """Signs and checks with Ed25519. The private key never leaves the adapter."""

    def sign(self, data: bytes) -> Signature:
        """Sign with our own key (made at first use)."""

    def check(self, data: bytes, signature: Signature) -> bool:
        """Is this a good signature by a key that is trusted here (ours, or one in the configuration)."""


class Workflow(Protocol):
    """Durable execution: a body that survives kill -9 and goes on where it stopped, in a new process."""

    def register(self, name: str, body: Callable[..., Any]) -> None:
        """Make ``body(steps, *args)`` known by name, before ``start`` or ``recover``. Its arguments and results are JSON."""

    def start(self, name: str, identifier: str, *args: Any) -> Any:
        """Run it to the end under this id and give its result. The same id again attaches to the first run."""

    def recover(self) -> list[str]:
        """Take up every unfinished run that no living process holds; gives their ids when they are done."""

    def close(self) -> None:
        """Let go of the database."""


class Steps(Protocol):
    """Handed to a workflow's body. A step's result is kept; after a crash a finished step is not run again, and the step that
    was interrupted IS run again: steps must be idempotent."""

    def run(self, name: str, act: Callable[[], Any]) -> Any:
        """Run one step, or give its kept result."""

    def sleep(self, seconds: float) -> None:
        """Wait, durably: time spent dead counts."""
