"""Nouns of costs that surprise."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

import msgspec

Key = tuple[str, ...]
"""Values of the dimensions from trunk to leaf; a shorter key is a branch."""


class Sort(Enum):
    """What is judged apart: usage day by day; the rest is lumps, held against the lumps of the months before."""

    USAGE = "usage"
    FEE = "fee"
    CREDIT = "credit"
    TAX = "tax"
    ADJUSTMENT = "adjustment"
    CORRECTION = "correction"


class Leaf(msgspec.Struct, frozen=True):
    """Costs of one key: day -> cost, and day -> quantity where the bill counts it in one unit."""

    sort: Sort
    currency: str
    key: Key
    costs: Mapping[date, Decimal]
    quantities: Mapping[date, Decimal] = {}


class Shape(Enum):
    """How a cost surprises."""

    RISE = "rise"
    DROP = "drop"
    NEW = "new"
    GONE = "gone"


class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """A value of a dimension that explains a difference: ``share`` of it (1 is all), and how surprising its part of the whole is
    (Jensen-Shannon divergence, 0 is not at all)."""

    dimension: str
    value: str
    expected: Decimal
    actual: Decimal
    share: float
    surprise: float


class Effects(msgspec.Struct, frozen=True):
    """A difference split into what more units cost at the old price, and what the new price adds."""

    volume: Decimal
    price: Decimal


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened: ``what`` in words, to which resource, between two times (equal where it is known to the second).
    ``source``: run, foreign, scaling, restated. ``sign``: 1 where it makes dearer, -1 where cheaper, 0 where that is not known."""

    source: str
    resource: str
    what: str
    since: datetime
    until: datetime
    who: str = ""
    sign: int = 0


class Explanation(msgspec.Struct, frozen=True):
    """An event that may explain an anomaly. ``sure`` True: it touched one of the resources that cost more (or less), no later than
    the cost moved; False: it is near in time and place, no more."""

    event: Event
    sure: bool
    closeness: float


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """Days on end on which one branch or leaf was not as expected. ``expected``, ``actual`` and ``impact`` (their difference) are
    sums over these days; ``deviations``: how many usual deviations away its worst day is; ``trend``: the days up to it."""

    sort: Sort
    shape: Shape
    dimensions: tuple[str, ...]
    key: Key
    currency: str
    since: date
    until: date
    expected: Decimal
    actual: Decimal
    impact: Decimal
    deviations: float
    trend: tuple[float, ...] = ()
    resources: tuple[str, ...] = ()
    effects: Effects | None = None
    drivers: tuple[Driver, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    offset_by: str = ""
    hour: datetime | None = None
    remarks: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True):
    """The anomalies of a time, the dearest first, and what was not judged and why."""

    anomalies: tuple[Anomaly, ...]
    since: date
    until: date
    leaves: int
    remarks: tuple[str, ...] = ()
