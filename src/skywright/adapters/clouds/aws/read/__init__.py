"""Readers: AWS answers -> rows, one file a subject. ``READERS`` is the order in which a gathering asks."""

from skywright.adapters.clouds.aws.read import (
    balancers,
    containers,
    databases,
    functions,
    gateways,
    guards,
    instances,
    network,
    recipes,
    s3,
    stores,
    volumes,
)
from skywright.adapters.clouds.aws.read.base import Reader

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
)
"""Every reader; their names are distinct."""
