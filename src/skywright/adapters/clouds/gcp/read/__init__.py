"""Readers: Google Cloud's answers -> rows, one file a subject. ``READERS`` is the order in which a gathering asks."""

from skywright.adapters.clouds.gcp.read import (
    accounts,
    audit,
    balancers,
    buckets,
    containers,
    crypto,
    databases,
    edge,
    firewalls,
    functions,
    gateways,
    identity,
    instances,
    messaging,
    network,
    recipes,
    stores,
    volumes,
)
from skywright.adapters.clouds.kit.reading import Reader

READERS: tuple[Reader, ...] = (
    *instances.READERS,
    *recipes.READERS,
    *volumes.READERS,
    *network.READERS,
    *firewalls.READERS,
    *gateways.READERS,
    *balancers.READERS,
    *edge.READERS,
    *buckets.READERS,
    *databases.READERS,
    *stores.READERS,
    *containers.READERS,
    *functions.READERS,
    *messaging.READERS,
    *crypto.READERS,
    *identity.READERS,
    *audit.READERS,
    *accounts.READERS,
)
"""Every reader; their names are distinct."""
