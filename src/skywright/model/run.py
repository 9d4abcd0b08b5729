"""A run: a plan being carried out, and what came of it."""

from datetime import datetime
from enum import Enum
from typing import Any

import msgspec

from skywright.model.money import Money
from skywright.model.plan import Signature


class RunState(Enum):
    """Where a run stands."""

    WAITING = "waiting"  # for approval or for a window
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    ROLLED_BACK = "rolled-back"
    PARTIAL = "partial"  # some waves done, the failed one rolled back
    ABORTED = "aborted"
    FAILED = "failed"  # something could be neither done nor undone: a person must look


class ChangeState(Enum):
    """Where one change of a run stands."""

    PENDING = "pending"
    DOING = "doing"
    APPLIED = "applied"
    VERIFIED = "verified"
    UNDONE = "undone"
    SKIPPED = "skipped"
    STUCK = "stuck"

    @property
    def stands(self) -> bool:
        """Whether the change is in force."""
        return self in (ChangeState.APPLIED, ChangeState.VERIFIED)


class StepRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One step that was done or undone, with what it answered (never a secret)."""

    change: str
    index: int
    name: str
    undo: bool
    at: datetime
    outcome: str
    result: dict[str, Any] = {}


class ChangeResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one change. ``observed`` holds the changed columns as they were read again."""

    change: str
    target: str
    state: ChangeState
    reason: str = ""
    observed: dict[str, Any] = {}
    promised_monthly: Money | None = None
    realised_monthly: Money | None = None


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One change held against the world: ``missing`` says what is not as wanted, and is empty when all is. ``observed`` holds
    the changed columns as they were read."""

    change: str
    target: str
    missing: str = ""
    observed: dict[str, Any] = {}


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A plan being carried out. ``undoes`` names the run that this one takes back."""

    id: str
    plan_hash: str
    plan_id: str
    state: RunState
    started_at: datetime
    by: str
    waves: int
    wave: int = 0
    ended_at: datetime | None = None
    reason: str = ""
    approvals: tuple[str, ...] = ()
    results: tuple[ChangeResult, ...] = ()
    resumed: int = 0
    undoes: str = ""


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit log. ``hash`` covers every other field, ``previous`` is the hash of the line before."""

    seq: int
    at: datetime
    who: str
    what: str
    why: str
    target: str = ""
    plan_hash: str = ""
    details: dict[str, Any] = {}
    previous: str = ""
    hash: str = ""


class Mark(msgspec.Struct, frozen=True):
    """A signed word on the log: line ``seq`` had this hash, so that no line up to there can go or change unseen."""

    seq: int
    hash: str
    signature: Signature
