"""Small ports: clock, price book, signer, durable workflow."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from skywright.model.plan import Signature


class Clock(Protocol):
    """Time, so that tests can hold it still. Naive UTC."""

    def now(self) -> datetime:
        """The time."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class PriceBook(Protocol):
    """What things cost, as a table and as SQL over it, so that a million rows and one twin are priced by the same words.

    An unknown price gives no amount (NULL), never zero.
    """

    def table(self) -> Path:
        """A Parquet file of prices with the user's discounts applied: cloud, region, kind, sku, unit (hour, gib-month, ...),
        amount DECIMAL(18,8), currency, source, dated (ISO 8601), and for instance types their shape (model.schema.MADE_TABLES).
        The engine shows it as the table ``price``."""

    def cost_sql(self) -> Mapping[str, str]:
        """Kind -> SELECT over the kind's table and ``price`` that gives resource, hourly, monthly (DECIMAL(18,6) or NULL),
        currency, source, dated, note; one row a resource. The engine shows their union as the table ``cost``."""

    def offers(self, cloud: str, region: str) -> Mapping[str, "TypeOffer"]:
        """Instance types on offer in a region, by name, with shape and price."""


class TypeOffer(Protocol):
    """One instance type in one region."""

    @property
    def name(self) -> str:
        """As the provider spells it: m5.large."""

    @property
    def family(self) -> str:
        """The part of the name that sizes share: m5."""

    @property
    def vcpus(self) -> int:
        """Virtual processors."""

    @property
    def memory_mib(self) -> int:
        """Memory."""

    @property
    def architecture(self) -> str:
        """x86_64 or arm64."""

    @property
    def burstable(self) -> bool:
        """Whether it spends credits above a baseline."""

    @property
    def hourly(self) -> Decimal | None:
        """List price less discounts; None when it is unknown."""


class Signer(Protocol):
    """Signs and checks with Ed25519. The private key never leaves the adapter."""

    def sign(self, data: bytes) -> Signature:
        """Sign with our own key (made at first use)."""

    def check(self, data: bytes, signature: Signature) -> bool:
        """Is this a good signature by a key that is trusted here (ours, or one in the configuration)."""

    def trusts(self, key: str) -> bool:
        """Is this public key trusted here."""


class Workflow(Protocol):
    """Durable execution: a body that survives kill -9 and goes on where it stopped, in a new process."""

    def register(self, name: str, body: Callable[..., Any]) -> None:
        """Make ``body(steps, *args)`` known by name, before ``start`` or ``recover``. Its arguments and results are JSON."""

    def start(self, name: str, identifier: str, *args: Any) -> Any:
        """Run it to the end under this id and give its result. The same id again attaches to the first run. An error that the
        body or a step raises is raised here and leaves the run unfinished: ``recover`` goes on with it. What is to be part of
        the run's story is not raised but given as a result."""

    def recover(self, only: Collection[str] | None = None) -> list[str]:
        """Take up every unfinished run (or those of ``only``) that no living process holds; gives their ids when they are done."""

    def close(self) -> None:
        """Let go of the database."""


class Steps(Protocol):
    """Handed to a workflow's body. A step's result is kept; after a crash a finished step is not run again, and the step that
    was interrupted IS run again: steps must be idempotent."""

    def run(self, name: str, act: Callable[[], Any]) -> Any:
        """Run one step, or give its kept result (JSON). Of a step that raises nothing is kept."""

    def sleep(self, seconds: float) -> None:
        """Wait, durably: time spent dead counts."""
