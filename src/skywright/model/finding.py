"""What audit and analysis say about a resource: findings and insights."""

import hashlib
from datetime import date, datetime
from enum import Enum

import msgspec

from skywright.model.money import Money


class Severity(Enum):
    """How bad, in the words of OCSF."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (info) to 4 (critical)."""
        return list(Severity).index(self)


def finding_id(rule: str, resource: str) -> str:
    """The id of a rule's word on a resource, the same in every audit: ``f-`` and 16 hex digits."""
    return "f-" + hashlib.md5(f"{rule}|{resource}".encode(), usedforsecurity=False).hexdigest()[:16]


class RuleVerdict(Enum):
    """What a rule says of one resource."""

    FAIL = "fail"
    PASS = "pass"  # noqa: S105 - the verdict, not a password
    UNKNOWN = "unknown"


class FindingState(Enum):
    """Where a finding stands."""

    OPEN = "open"
    RESOLVED = "resolved"
    EXCEPTED = "excepted"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's word on one resource. ``id`` is the same in every audit. ``verdict`` is fail or unknown; passes are counted."""

    id: str
    rule: str
    verdict: RuleVerdict
    severity: Severity
    kind: str
    resource: str
    native_id: str
    cloud: str
    account: str
    region: str
    first_seen: datetime
    last_seen: datetime
    name: str | None = None
    state: FindingState = FindingState.OPEN
    resolved_at: datetime | None = None
    reason: str = ""  # what could not be read: for unknown, and for what failed and cannot be seen now (its last_seen is old)
    exception: str | None = None


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """An exception: this finding (or rule on resources like these) is accepted, by whom, why, until when."""

    id: str
    rule: str
    resource: str  # a resource id, or a glob over resource ids
    owner: str
    reason: str
    expires: date
    created_at: datetime


class InsightType(Enum):
    """What analysis found."""

    IDLE = "idle"
    OVERSIZED = "oversized"
    SCHEDULABLE = "schedulable"
    UNATTACHED = "unattached"
    OVERPROVISIONED_IOPS = "overprovisioned-iops"
    OLD_GENERATION = "old-generation"
    CHEAPER_FAMILY = "cheaper-family"
    CHEAPER_ELSEWHERE = "cheaper-elsewhere"
    COLD = "cold"
    UNDERSIZED = "undersized"
    LICENSED = "licensed"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured: ``statistic`` (p99, max, count...) of ``metric`` over ``window_days`` days and ``samples`` hours."""

    metric: str
    statistic: str
    value: float | None
    window_days: float
    samples: int
    threshold: float | None = None


class Insight(msgspec.Struct, frozen=True, kw_only=True):
    """Something worth doing about a resource, with its evidence. ``confidence`` 0..1; ``set`` is the desired state."""

    id: str
    type: InsightType
    resource: str
    kind: str
    title: str
    evidence: tuple[Evidence, ...]
    confidence: float
    saving_monthly: Money | None = None
    delete: bool = False
    set: dict[str, object] = {}
    note: str = ""
