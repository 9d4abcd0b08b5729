"""Every reader of Azure."""

from skywright.adapters.clouds.azure.read import (
    access,
    balancers,
    containers,
    databases,
    directory,
    disks,
    edge,
    firewalls,
    functions,
    instances,
    messaging,
    network,
    sql,
    storage,
    subscriptions,
    vaults,
    watches,
)
from skywright.adapters.clouds.kit.reading import Reader

READERS: tuple[Reader, ...] = (
    *instances.READERS,
    *disks.READERS,
    *network.READERS,
    *firewalls.READERS,
    *balancers.READERS,
    *storage.READERS,
    *sql.READERS,
    *databases.READERS,
    *containers.READERS,
    *functions.READERS,
    *messaging.READERS,
    *vaults.READERS,
    *watches.READERS,
    *edge.READERS,
    *access.READERS,
    *subscriptions.READERS,
    *directory.READERS,
)
"""Every reader; their names are distinct."""
