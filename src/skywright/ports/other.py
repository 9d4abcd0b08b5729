"""Small ports: clock, price book, signer, durable workflow."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import msgspec

from skywright.model.errors import SkywrightError
from skywright.model.estate import Usage
from skywright.model.history import UsageHistory
from skywright.model.kinds import Resource
from skywright.model.plan import Signature
from skywright.model.series import Series


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


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """A process that holds a lease. ``seen_s``: seconds since it was last heard of, by the store's clock."""

    executor: str
    host: str
    pid: int
    role: str
    started_at: datetime
    seen_s: float
    alive: bool


class Leases(Protocol):
    """Which process is alive. Being dead is a decision that somebody takes, once, and that everybody then sees: who was only away
    is told by ``check`` (and by the store, which takes nothing more from it)."""

    def hold(self, executor: str, role: str = "") -> None:
        """Say that ``executor`` lives, again and again by itself, until it lets go or dies."""

    def let_go(self, executor: str) -> None:
        """The process ends well: what it left undone can be taken up at once."""

    def check(self, executor: str) -> None:
        """Return when ``executor`` may act, waiting while the store is away. Raises Superseded when it was taken for dead."""

    def alone(self) -> AbstractContextManager[None]:
        """No two processes are inside at once."""

    def of_the_dead(self, executor: str) -> AbstractContextManager[bool]:
        """Whether ``executor`` is dead (if so it stays so). While inside, nobody else can take up what it left."""

    def forget(self, executor: str) -> None:
        """Everything that a dead one left was taken up: ``dead`` names it no more."""

    def dead(self) -> Sequence[str]:
        """Those that are dead, or seem so, whose work nobody has taken up to its end."""

    def workers(self) -> Sequence[Worker]:
        """Everybody who holds a lease, the oldest first."""

    def leads(self, executor: str, duty: str) -> bool:
        """Whether ``executor`` has a duty that one alone may have; it gets it when nobody living has it."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work that was asked for: where it stands, its result when it is done, and what stopped it when it is held."""

    id: str
    state: str  # waiting, doing, done, held
    result: Any = None
    error: str = ""
    executor: str = ""


class Crew(Protocol):
    """Work that any worker may take up, by queue. What is asked for is kept until it is done, whoever dies."""

    def ask(self, queue: str, name: str, identifier: str, *args: Any) -> None:
        """Put a piece of work in a queue: a body that workers have registered by name. The same id again is the same piece."""

    def pieces(self, identifiers: Collection[str], *, results: bool = True) -> Mapping[str, Piece]:
        """Those of them that were asked for; without ``results`` only where they stand."""

    def workers(self) -> Sequence[Worker]:
        """The workers that are alive."""

    def take_up(self, identifiers: Collection[str]) -> Sequence[str]:
        """Put pieces that are held back into their queues; gives their ids."""


class Grant(msgspec.Struct, frozen=True):
    """Calls that may be made: ``calls`` of them. The n-th may be made ``max(0, (n - tokens) / rate)`` seconds from now."""

    calls: int
    tokens: float
    rate: float


class Budgets(Protocol):
    """How many calls a second all workers together may make at a cloud, by bucket (an account, region and service)."""

    def reserve(self, bucket: str, answered: int, start: float) -> Grant:
        """Some calls out of the common bucket, which begins with ``start`` calls a second; ``answered`` were answered since the
        last time, and the rate recovers by them."""

    def throttled(self, bucket: str) -> float:
        """The cloud refused a call for being one too many: everybody slows down. Gives the new rate."""


class Keeper(msgspec.Struct, frozen=True):
    """A workload of a cluster: its id, the cluster (account), and ``type/namespace/name``."""

    id: str
    account: str
    native_id: str


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What one container of a workload used over time: of its copies the one that used most at each step. ``cpu`` in thousandths of
    a processor, ``memory`` in MiB; nan where there is no sample."""

    workload: str
    container: str
    cpu: Series
    memory: Series


class Memory(msgspec.Struct, frozen=True):
    """What is remembered of containers, and what of it is known to be missing, in words."""

    watched: tuple[Watched, ...]
    notes: tuple[str, ...] = ()


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What a meter tells of a place: the history, of it how much was used in all, and what kept it from telling more."""

    history: tuple[UsageHistory, ...] = ()
    usage: tuple[Usage, ...] = ()
    failure: SkywrightError | None = None


class Meter(Protocol):
    """Who keeps what was used over time where the cloud itself does not. Safe to use from many threads."""

    def measure(
        self,
        account: str,
        among: Collection[str],
        resources: Sequence[Resource],
        known: Sequence[UsageHistory],
        window: tuple[datetime, datetime],
    ) -> Measured | None:
        """The history of these resources of one account: what is ``known`` of the window, and what is over since. ``among``: all
        accounts of the cloud that are there, so that none is given what another used. Never raises for what a server answers: that
        is the failure, and of what was not told there is no row. None: nobody watches this account."""
