"""Readers: OpenStack's answers -> rows, one file a subject. ``READERS`` is the order in which a gathering asks."""

from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.openstack.read import (
    balancers,
    containers,
    groups,
    hosts,
    identity,
    images,
    networks,
    ports,
    quotas,
    servers,
    volumes,
)

READERS: tuple[Reader, ...] = (
    *servers.READERS,
    *volumes.READERS,
    *images.READERS,
    *networks.READERS,
    *ports.READERS,
    *groups.READERS,
    *balancers.READERS,
    *containers.READERS,
    *hosts.READERS,
    *identity.READERS,
    *quotas.READERS,
)
"""Every reader; their names are distinct."""

OF_THE_CLOUD = frozenset({"hypervisors", "flavors", "keypairs", "zones", "domains", "users", "groups", "roles", "credentials"})
"""Readers of what belongs to the cloud or to the login: they are run with the login's own project only."""
