"""What a reader is, and the desk it works at: ids, rows, relations, gaps. Each cloud adds its own way to say a call."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar, overload

import msgspec

from skywright.adapters.clouds.kit.place import Place
from skywright.adapters.clouds.kit.witness import Witness, present, saw, watched
from skywright.model.errors import AskHuman, SkywrightError
from skywright.model.estate import Relation, Verb
from skywright.model.kinds import Resource
from skywright.model.words import t

DRIFT = (LookupError, TypeError, ValueError, AttributeError)
"""What reading an answer raises when it has not the documented shape."""

Item = TypeVar("Item")
Row = TypeVar("Row", bound=Resource)
Answer = TypeVar("Answer")


def misunderstood(provider: str, what: str, error: Exception) -> AskHuman:
    """An answer of a provider (by its proper name) that has not the documented shape."""
    return AskHuman(
        t(
            "{provider} answered for {what} in a shape that is not understood: {error}.",
            provider=provider,
            what=what,
            error=repr(error),
        ),
        next_step=t("Report this with the versions of Skywright and of the provider's library."),
    )


Links = Iterable[tuple[Verb, str | None]]
"""How a resource relates to others: verb and target id. A target that is None or "" is left out."""


def skipped(service: str) -> str:
    """Why nothing is known of what this service would tell."""
    return t("Service {service} is skipped by the configuration.", service=service)


class Memo:
    """Facts that many readers want, each found out once, whoever asks first; also the failure to find out."""

    def __init__(self) -> None:
        self._facts: dict[object, tuple[Future[Any], Witness]] = {}
        self._lock = threading.Lock()

    def get(self, key: object, fn: Callable[[], Answer]) -> Answer:
        """The kept answer for ``key``, or ``fn()``'s. Others who ask meanwhile wait for it. Raises what ``fn`` raised.

        Whoever asks rests on all that ``fn`` was answered.
        """
        with self._lock:
            first = key not in self._facts
            future, witness = self._facts.setdefault(key, (Future(), Witness()))
        if first:
            with watched(witness):
                try:
                    future.set_result(fn())
                except BaseException as error:  # noqa: BLE001 - kept for everybody who asks
                    future.set_exception(error)
        try:
            answer: Answer = future.result()
        finally:
            if asking := present():
                asking.heard(witness)
        return answer


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What readers of one account share: the calls (the cloud's own client), the time, the threads for details, the memo of
    shared facts."""

    calls: Any
    memo: Memo
    threads: Executor
    now: datetime
    skipped: frozenset[str] = frozenset()  # services that the configuration leaves out


class Reading:
    """One reader over one place: asks the cloud and collects rows. Safe to use from the threads of ``each``.

    Each cloud subclasses it with the shortest way to say a call.
    """

    def __init__(self, desk: Desk, place: Place, service: str, only: frozenset[str] | None = None) -> None:
        self.place = place
        self.only = only  # native ids that are wanted (refresh); None: all. Narrow the calls where the API can, else read all
        self.resources: list[Resource] = []
        self.relations: set[Relation] = set()
        self._failures: dict[str, SkywrightError] = {}  # kind -> why its rows are not all there
        self._partials: dict[str, SkywrightError] = {}  # kind -> why some columns are NULL
        self.notes: dict[str, str] = {}  # kind -> how it was read, where that is worth knowing
        self.patient = False  # answers are translated when somebody looks at the rows, or all in the end
        self._waiting: deque[Rows[Any]] = deque()
        self._desk = desk
        self._service = service

    @property
    def account(self) -> str:
        """Whose account is read."""
        return self.place.account

    @property
    def region(self) -> str:
        """The region that is read, or ``global``."""
        return self.place.region

    @property
    def failures(self) -> dict[str, SkywrightError]:
        """Kind -> why its rows are not all there. Whoever asks wants all translated that was taken so far."""
        self.settle()
        return self._failures

    @property
    def partials(self) -> dict[str, SkywrightError]:
        """Kind -> why some of its columns are NULL."""
        self.settle()
        return self._partials

    @property
    def whole(self) -> bool:
        """Was every call answered, and all understood that was translated so far."""
        return not (self._failures or self._partials)

    @property
    def now(self) -> datetime:
        """The time of the gathering (naive UTC). What rests on it is never the same again."""
        saw("now", self._desk.now.isoformat().encode())
        return self._desk.now

    def allowed(self, service: str | None = None) -> str:
        """The service to ask. Raises AskHuman for one that the configuration leaves out: what it would tell is unknown."""
        name = service or self._service
        if name in self._desk.skipped:
            raise AskHuman(skipped(name))
        return name

    def id(self, kind: str, native_id: str, region: str | None = None) -> str:
        """The id of a resource of this account, in this region if no other is named."""
        return self.place.id(kind, native_id, region)

    def add(self, resource: Resource) -> None:
        """Keep a row."""
        self.resources.append(resource)

    def relate(self, source: str, verb: Verb, target: str | None) -> None:
        """Keep ``source verb target`` (full ids): ``source`` needs ``target``. A target that is None is left out."""
        if target:
            self.relations.add(Relation(source, verb, target))

    def each(
        self, kind: str, items: Iterable[Item], fn: Callable[[Item], Answer], *, needed: bool = False
    ) -> list[tuple[Item, Answer | None]]:
        """``fn`` of every item, many at a time, in the order of the items.

        Where it raised one of model.errors the answer is None: the columns stay NULL and the coverage of ``kind`` says that it is
        partial, and why. ``needed``: without its answer there is no row, so that a failure is a gap. ``fn`` must not call ``each``.
        """
        listed = list(items)
        futures = [self._desk.threads.submit(copy_context().run, fn, item) for item in listed]
        answers: list[tuple[Item, Answer | None]] = []
        for item, future in zip(listed, futures, strict=True):
            try:
                answers.append((item, future.result()))
            except SkywrightError as error:
                (self.gap if needed else self.partial)(kind, error)
                answers.append((item, None))
        return answers

    def gap(self, kind: str, error: SkywrightError) -> None:
        """Rows of ``kind`` are missing, and why. The first reason is kept."""
        self._failures.setdefault(kind, error)

    def partial(self, kind: str, error: SkywrightError) -> None:
        """All rows of ``kind`` are there, but some columns could not be read. The first reason is kept."""
        self._partials.setdefault(kind, error)

    def note(self, kind: str, text: str) -> None:
        """All is well with ``kind``; its coverage tells ``text`` besides. The first is kept."""
        self.notes.setdefault(kind, text)

    def take(
        self,
        kind: str,
        raws: Iterable[Item],
        translate: Callable[[Item], Row | None],
        links: Callable[[Row], Links] | None = None,
    ) -> "Sequence[Row]":
        """Translate, keep and relate each; None is left out. An item that has not the documented shape is a gap of ``kind``,
        and the others are kept."""
        if not self.patient:
            return self._taken(kind, raws, translate, links)
        listed: list[Item] = []
        later = isinstance(raws, Later)
        rows = Rows(self, kind, lambda: self._taken(kind, raws if later else listed, translate, links))
        self._waiting.append(rows)
        if not later:
            listed.extend(raws)  # what was listed before a failure is kept
        return rows

    def settle(self, last: "Rows[Any] | None" = None) -> None:
        """Translate what waits, in the order in which it was taken; up to ``last`` or all. A failure is a gap."""
        while self._waiting:
            rows = self._waiting.popleft()
            try:
                rows.make()
            except SkywrightError as error:
                self.gap(rows.kind, error)
            except DRIFT as error:
                self.gap(rows.kind, misunderstood(self.place.PROVIDER, rows.kind, error))
            if rows is last:
                return

    def _taken(
        self, kind: str, raws: Iterable[Item], translate: Callable[[Item], Row | None], links: Callable[[Row], Links] | None
    ) -> list[Row]:
        rows: list[Row] = []
        for raw in raws:
            try:
                row = translate(raw)
            except DRIFT as error:
                self.gap(kind, misunderstood(self.place.PROVIDER, kind, error))
                continue
            if row is not None:
                rows.append(row)
                self.add(row)
                for verb, target in links(row) if links else ():
                    self.relate(row.id, verb, target)
        return rows

    @contextmanager
    def part(self, *kinds: str) -> Iterator[None]:
        """A failure inside is a gap of these kinds only; the reader goes on with its other kinds."""
        try:
            yield
        except SkywrightError as error:
            for kind in kinds:
                self.gap(kind, error)

    @contextmanager
    def columns(self, *kinds: str) -> Iterator[None]:
        """A failure inside leaves columns of these kinds NULL; their coverage says partial."""
        try:
            yield
        except SkywrightError as error:
            for kind in kinds:
                self.partial(kind, error)

    def shared(self, key: str, fn: Callable[[], Answer]) -> Answer:
        """A fact that many readers of this account want: computed once per gathering, also when it failed."""
        return self._desk.memo.get((self.account, key), fn)

    def wants(self, native_id: str) -> bool:
        """Is this resource asked for."""
        return self.only is None or native_id in self.only


class Later(Sequence[Item]):
    """Items that are made when somebody looks at them: of what is taken as it was before, nobody does."""

    def __init__(self, count: int, make: Callable[[], list[Item]]) -> None:
        self._count = count
        self._make = make

    @cached_property
    def _made(self) -> list[Item]:
        return self._make()

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        return self._made[index]

    def __iter__(self) -> Iterator[Item]:
        return iter(self._made)

    def __len__(self) -> int:
        return self._count


class Rows(Sequence[Row]):
    """Rows that are made when somebody looks at them; see Reading.settle."""

    def __init__(self, reading: Reading, kind: str, taken: Callable[[], list[Row]]) -> None:
        self.kind = kind
        self._reading = reading
        self._taken = taken
        self._rows: list[Row] | None = None

    def make(self) -> None:
        """Make them."""
        self._rows = []
        self._rows = self._taken()

    def _made(self) -> list[Row]:
        if self._rows is None:
            self._reading.settle(self)
        return self._rows or []

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return self._made()[index]

    def __len__(self) -> int:
        return len(self._made())


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Reads some kinds of one service. ``permissions`` are those that it uses, as the provider spells them
    (``ec2:DescribeVolumes``).

    ``read`` raises one of model.errors when none of its kinds could be read (to its end).
    """

    name: str
    service: str
    kinds: tuple[str, ...]
    read: Callable[[Any], None]
    permissions: tuple[str, ...] = ()
    is_global: bool = False  # one scope of region ``global`` per account
