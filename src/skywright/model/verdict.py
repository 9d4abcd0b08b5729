"""What validation says of a plan: objections, and the consequences seen on the twin."""

from enum import Enum

import msgspec

from skywright.model.finding import Finding
from skywright.model.money import Money


class Weight(Enum):
    """BLOCK stops the change; APPROVAL waits for people; WARN is shown."""

    BLOCK = "block"
    APPROVAL = "approval"
    WARN = "warn"


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """A guard rail's word on one target (or on the whole plan when ``target`` is empty)."""

    rail: str
    target: str
    reason: str
    next_step: str
    weight: Weight = Weight.BLOCK
    change: str = ""


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """A number before and after. ``unknown`` counts the resources of which it is not known."""

    before: str
    after: str
    unknown: int = 0


class Opening(msgspec.Struct, frozen=True, order=True):
    """Ports of a resource that the public internet can reach."""

    resource: str
    protocol: str
    from_port: int
    to_port: int


class Consequences(msgspec.Struct, frozen=True, kw_only=True):
    """The difference between the estate and its twin with the plan laid over it."""

    fixed: tuple[Finding, ...] = ()
    introduced: tuple[Finding, ...] = ()
    cost_before: Money | None = None
    cost_after: Money | None = None
    cost_unknown: int = 0
    exposed_before: int = 0
    exposed_after: int = 0
    opened: tuple[Opening, ...] = ()  # what the internet reaches after and did not before
    closed: tuple[Opening, ...] = ()
    vcpus_before: int = 0
    vcpus_after: int = 0
    memory_before_mib: int = 0
    memory_after_mib: int = 0
    storage_before_gib: int = 0
    storage_after_gib: int = 0


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """All objections at once, and the consequences."""

    plan_hash: str
    objections: tuple[Objection, ...]
    consequences: Consequences

    @property
    def blocked(self) -> bool:
        """Whether any objection blocks."""
        return any(objection.weight is Weight.BLOCK for objection in self.objections)
