"""Cost's measures: what is idle, too large, unattached, old, cold, or cheaper elsewhere, each with its evidence.

Absence of data is never evidence: a resource without enough samples gives no row. All thresholds are parameters.
"""

from skywright.topics.cost.graphics import GPUS_IDLE, GPUS_SPARE
from skywright.topics.cost.idle import (
    DRAINED_NODE,
    IDLE_BALANCER,
    IDLE_DATABASE,
    IDLE_GATEWAY,
    IDLE_INSTANCE,
    UNATTACHED_ADDRESS,
    UNATTACHED_VOLUME,
)
from skywright.topics.cost.licences import LICENSED_DATABASE, LICENSED_INSTANCE
from skywright.topics.cost.moves import OTHER_ARCHITECTURE, OTHER_FAMILY, OTHER_REGION
from skywright.topics.cost.requests import REQUESTED_TOO_LITTLE, REQUESTED_TOO_MUCH
from skywright.topics.cost.sizing import OLD_INSTANCE, OVERSIZED_INSTANCE, SCHEDULABLE_DATABASE, SCHEDULABLE_INSTANCE
from skywright.topics.cost.stores import COLD_BUCKET, ORPHANED_SNAPSHOT, OVERSIZED_CACHE, OVERSIZED_DATABASE
from skywright.topics.cost.volumes import OLD_VOLUME, OVERPROVISIONED_IOPS

MEASURES = (
    IDLE_INSTANCE,
    IDLE_DATABASE,
    IDLE_BALANCER,
    IDLE_GATEWAY,
    DRAINED_NODE,
    UNATTACHED_VOLUME,
    UNATTACHED_ADDRESS,
    OVERSIZED_INSTANCE,
    SCHEDULABLE_INSTANCE,
    SCHEDULABLE_DATABASE,
    OTHER_FAMILY,
    OTHER_ARCHITECTURE,
    OTHER_REGION,
    OLD_INSTANCE,
    OLD_VOLUME,
    OVERSIZED_DATABASE,
    OVERSIZED_CACHE,
    ORPHANED_SNAPSHOT,
    COLD_BUCKET,
    OVERPROVISIONED_IOPS,
    REQUESTED_TOO_MUCH,
    REQUESTED_TOO_LITTLE,
    GPUS_IDLE,
    GPUS_SPARE,
    LICENSED_INSTANCE,
    LICENSED_DATABASE,
)
"""Every measure of this topic, in the order in which they are asked."""
