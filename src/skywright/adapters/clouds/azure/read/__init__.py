"""Every reader of Azure."""

from skywright.adapters.clouds.azure.read import balancers, disks, firewalls, instances, network
from skywright.adapters.clouds.kit.reading import Reader

READERS: tuple[Reader, ...] = (
    *instances.READERS,
    *disks.READERS,
    *network.READERS,
    *firewalls.READERS,
    *balancers.READERS,
)
"""Every reader; their names are distinct."""
