"""Cost's measures: what is idle, oversized, schedulable, unattached, over-provisioned or old, each with its evidence.

Absence of data is never evidence: a resource without enough samples gives no row. All thresholds are parameters.
"""

from skywright.topics.cost.idle import (
    IDLE_BALANCER,
    IDLE_DATABASE,
    IDLE_GATEWAY,
    IDLE_INSTANCE,
    UNATTACHED_ADDRESS,
    UNATTACHED_VOLUME,
)
from skywright.topics.cost.sizing import OLD_INSTANCE, OVERSIZED_INSTANCE, SCHEDULABLE_INSTANCE
from skywright.topics.cost.volumes import OLD_VOLUME, OVERPROVISIONED_IOPS

MEASURES = (
    IDLE_INSTANCE,
    IDLE_DATABASE,
    IDLE_BALANCER,
    IDLE_GATEWAY,
    UNATTACHED_VOLUME,
    UNATTACHED_ADDRESS,
    OVERSIZED_INSTANCE,
    SCHEDULABLE_INSTANCE,
    OLD_INSTANCE,
    OLD_VOLUME,
    OVERPROVISIONED_IOPS,
)
"""Every measure of this topic, in the order in which they are asked."""
