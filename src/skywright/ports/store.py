"""Control data: what must outlive a process. One conformance suite holds every store to this."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from skywright.model.estate import Snapshot
from skywright.model.finding import Waiver
from skywright.model.plan import Signature, SignedPlan
from skywright.model.run import LogEntry, Mark, Run, StepRecord


class Snapshots(Protocol):
    """Manifests of snapshots."""

    def add(self, snapshot: Snapshot) -> None:
        """Keep a manifest. Adding the same id again changes nothing."""

    def latest(self, at: datetime | None = None) -> Snapshot | None:
        """The newest one, or the newest not after ``at``."""

    def get(self, identifier: str) -> Snapshot | None:
        """By id, or by an unambiguous beginning of it. Raises BadInput when several begin so."""

    def all(self) -> Sequence[Snapshot]:
        """Oldest first."""

    def drop(self, identifiers: Sequence[str]) -> None:
        """Forget manifests (their files are the caller's business)."""


class Runs(Protocol):
    """Plans and their runs."""

    def keep_plan(self, plan: SignedPlan) -> None:
        """Keep a plan by its hash."""

    def plan(self, plan_hash: str) -> SignedPlan | None:
        """A kept plan."""

    def save(self, run: Run) -> None:
        """Insert or replace a run."""

    def get(self, identifier: str) -> Run | None:
        """By id, or by an unambiguous beginning of it. Raises BadInput when several begin so."""

    def all(self) -> Sequence[Run]:
        """Newest first."""

    def record(self, run: str, step: StepRecord) -> None:
        """Append a step record; the same (run, change, index, undo) is kept once."""

    def records(self, run: str) -> Sequence[StepRecord]:
        """In the order of their happening."""

    def claim(self, run: str, targets: Sequence[str], until: datetime) -> Sequence[tuple[str, str]]:
        """Take targets for a run, all or none. Gives (target, other run) for those that another live run holds; empty: taken."""

    def release(self, run: str) -> None:
        """Give back what a run holds."""

    def command(self, run: str, word: str | None) -> None:
        """Leave a word for a running run: pause, resume, abort; None clears it."""

    def commanded(self, run: str) -> str | None:
        """The word left for a run."""


class Log(Protocol):
    """The audit log: append-only, each line chained to the one before."""

    def append(self, entry: LogEntry) -> LogEntry:
        """Chain ``entry`` to the last line (seq, previous and hash are filled in here, in one transaction) and keep it."""

    def entries(self, since: int = 0, limit: int | None = None) -> Sequence[LogEntry]:
        """From ``since`` on, by seq."""

    def checkpoint(self, seq: int, entry_hash: str, signature: Signature, at: datetime) -> None:
        """Keep a signed word that line ``seq`` had this hash."""

    def checkpoints(self) -> Sequence[tuple[int, str, Signature, datetime]]:
        """By seq."""


class Head(Protocol):
    """How far the audit log has come, kept apart from the log, so that lines cut off its end are missed."""

    def read(self) -> Mark | None:
        """The mark, or None when there never was one. A mark that cannot be read is one that no signature fits."""

    def raise_to(self, mark: Mark) -> None:
        """Keep ``mark`` unless one further on is kept already."""


class Waivers(Protocol):
    """Exceptions to findings."""

    def add(self, waiver: Waiver) -> None:
        """Keep one."""

    def remove(self, identifier: str) -> bool:
        """Forget one; False when there was none."""

    def all(self) -> Sequence[Waiver]:
        """Oldest first."""


class Facts(Protocol):
    """Small named values: pointers, last audit, schema version."""

    def get(self, key: str) -> str | None:
        """The value, or None."""

    def put(self, key: str, value: str) -> None:
        """Insert or replace."""


class Store(Protocol):
    """All control data behind one door."""

    snapshots: Snapshots
    runs: Runs
    log: Log
    waivers: Waivers
    facts: Facts
