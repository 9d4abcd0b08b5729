"""Reserved instances of EC2, RDS and ElastiCache -> commitments. Pure."""

from datetime import timedelta
from typing import Any

import msgspec

from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.model.kinds.control import Commitment

KIND = Commitment.KIND
SECONDS_PER_HOUR = 3600

Raw = dict[str, Any]


class _Fields(msgspec.Struct, frozen=True):
    """What one service calls the same things."""

    id: str
    type: str
    count: str
    start: str
    amount: str
    frequency: str


_EC2 = _Fields("ReservedInstancesId", "InstanceType", "InstanceCount", "Start", "Amount", "Frequency")
_RDS = _Fields(
    "ReservedDBInstanceId",
    "DBInstanceClass",
    "DBInstanceCount",
    "StartTime",
    "RecurringChargeAmount",
    "RecurringChargeFrequency",
)
_ELASTICACHE = _Fields(
    "ReservedCacheNodeId",
    "CacheNodeType",
    "CacheNodeCount",
    "StartTime",
    "RecurringChargeAmount",
    "RecurringChargeFrequency",
)


def instance_commitment(raw: Raw, place: Place) -> Commitment:
    """One of EC2's DescribeReservedInstances."""
    return _commitment(raw, _EC2, place)


def database_commitment(raw: Raw, place: Place) -> Commitment:
    """One of RDS's DescribeReservedDBInstances."""
    return _commitment(raw, _RDS, place)


def cache_commitment(raw: Raw, place: Place) -> Commitment:
    """One of ElastiCache's DescribeReservedCacheNodes."""
    return _commitment(raw, _ELASTICACHE, place)


def _commitment(raw: Raw, fields: _Fields, place: Place) -> Commitment:
    start, duration_s = tr.moment(raw, fields.start), tr.integer(raw, "Duration")
    computed_end = start + timedelta(seconds=duration_s) if start and duration_s else None
    return Commitment(
        **place.common(KIND, raw[fields.id]),
        name=raw[fields.id],
        state=tr.said(raw, "State").lower() or None,
        tags=tr.tags(raw.get("Tags")),
        created_at=start,
        type="reserved-instance",
        resource_type=tr.text(raw, fields.type),
        count=tr.integer(raw, fields.count),
        starts_at=start,
        ends_at=tr.moment(raw, "End") or computed_end,
        offering=tr.text(raw, "OfferingType"),
        hourly_amount=_hourly(raw, fields),
        native=tr.native(raw),
    )


def _hourly(raw: Raw, fields: _Fields) -> float | None:
    """What the whole reservation costs an hour: what recurs, and the payment up front spread over its duration, for every one
    of its instances. None when a part of it is not known."""
    count, fixed, duration_s = tr.integer(raw, fields.count), tr.number(raw, "FixedPrice"), tr.integer(raw, "Duration")
    if count is None or fixed is None or not duration_s:
        return None
    recurring = [tr.number(one, fields.amount) for one in tr.items(raw, "RecurringCharges") if _is_hourly(one, fields)]
    if None in recurring:
        return None
    return count * (sum(one for one in recurring if one) + fixed / duration_s * SECONDS_PER_HOUR)


def _is_hourly(charge: Raw, fields: _Fields) -> bool:
    return tr.text(charge, fields.frequency) == "Hourly"
