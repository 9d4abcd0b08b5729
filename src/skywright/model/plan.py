"""A plan: complete, immutable data. Execution decides nothing; every choice was visible to the reviewer."""

from datetime import datetime
from enum import Enum
from typing import Any

import msgspec

from skywright.model.finding import Evidence
from skywright.model.money import Money

CHANGES_PER_PLAN_MAX = 100_000


class Action(Enum):
    """What happens to a resource. ``symbol`` is the sign that a plan shows."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"

    @property
    def symbol(self) -> str:
        """The plan symbol, as infrastructure tools draw it."""
        match self:
            case Action.CREATE:
                return "+"
            case Action.UPDATE:
                return "~"
            case Action.DELETE:
                return "-"

    @property
    def shape(self) -> tuple[bool, bool]:
        """Whether a change of this action has (before, after)."""
        match self:
            case Action.CREATE:
                return (False, True)
            case Action.UPDATE:
                return (True, True)
            case Action.DELETE:
                return (True, False)


class Risk(Enum):
    """The approval class: none needs nobody, low and medium one person, high two different people."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 (none) to 3 (high)."""
        return list(Risk).index(self)


class Reversibility(Enum):
    """How a change is taken back."""

    FULL = "full"  # undo restores the state exactly
    SAFETY_COPY = "safety-copy"  # a copy is made first; undo makes a new resource from it
    NONE = "none"  # cannot be undone


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """One proposer's wish for one resource.

    ``precedence`` is higher for what matters more; ``reasons`` are finding or insight ids. ``needs``: targets that the same plan
    must change before; without such a change it is not planned.
    """

    proposer: str
    target: str
    action: Action
    set: dict[str, Any] = {}
    why: str
    reasons: tuple[str, ...]
    precedence: int
    risk: Risk = Risk.LOW
    saving_monthly: Money | None = None
    evidence: tuple[Evidence, ...] = ()
    confidence: float = 1.0
    needs: tuple[str, ...] = ()


class Rejected(msgspec.Struct, frozen=True):
    """A proposal that lost, or that could not be planned, and why."""

    proposal: Proposal
    reason: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change to one resource. ``before`` and ``after`` hold the changed columns only; ``observed`` is the hash of the
    whole row that the change was planned on (``model.canonical.row_hash``)."""

    id: str
    target: str
    kind: str
    action: Action
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    why: str
    reasons: tuple[str, ...]
    risk: Risk
    reversibility: Reversibility
    observed: str
    wave: int = 0
    name: str | None = None
    saving_monthly: Money | None = None
    undo_cost: str = ""  # in words: what reversing would take
    disruption: str = ""  # in words: what users would notice
    evidence: tuple[Evidence, ...] = ()
    depends_on: tuple[str, ...] = ()  # ids of changes that must be done before

    def __post_init__(self) -> None:
        shape = (self.before is not None, self.after is not None)
        if shape != self.action.shape:
            raise ValueError(f"{self.action.name} with (before, after) present = {shape}; needs {self.action.shape}")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is going to happen, in order of waves. Bound to ``snapshot`` and, per change, to ``observed``."""

    id: str
    created_at: datetime
    snapshot: str
    changes: tuple[Change, ...]
    rejected: tuple[Rejected, ...] = ()
    estate_size: int = 0
    note: str = ""
    format: int = 1

    @property
    def saving_monthly(self) -> Money | None:
        """The sum of the savings that are known, or None when none is."""
        known = [change.saving_monthly for change in self.changes if change.saving_monthly is not None]
        total = None
        for saving in known:
            total = saving if total is None else total + saving
        return total


class Signature(msgspec.Struct, frozen=True):
    """Who vouches for some bytes: Ed25519, ``key`` is the public key and ``value`` the signature, both base64."""

    key: str
    value: str
    algorithm: str = "ed25519"


class SignedPlan(msgspec.Struct, frozen=True):
    """A plan file: the plan, the SHA-256 of its canonical JSON (``sha256:...``), and the signature over that hash."""

    plan: Plan
    hash: str
    signature: Signature
