"""Readers: AWS answers -> rows, one file a subject. ``READERS`` is the order in which a gathering asks."""

from skywright.adapters.clouds.aws.read import (
    accounts,
    audit,
    backup,
    balancers,
    containers,
    crypto,
    databases,
    edge,
    functions,
    gateways,
    guards,
    iam,
    instances,
    messaging,
    network,
    recipes,
    s3,
    stores,
    volumes,
)
from skywright.adapters.clouds.kit.reading import Reader

READERS: tuple[Reader, ...] = (
    *instances.READERS,
    *recipes.READERS,
    *volumes.READERS,
    *network.READERS,
    *gateways.READERS,
    *guards.READERS,
    *balancers.READERS,
    *databases.READERS,
    *stores.READERS,
    *functions.READERS,
    *containers.READERS,
    *s3.READERS,
    *iam.READERS,
    *crypto.READERS,
    *audit.READERS,
    *edge.READERS,
    *messaging.READERS,
    *backup.READERS,
    *accounts.READERS,
)
"""Every reader; their names are distinct."""
