"""Readers: Docker's answers -> rows. ``READERS`` is the order in which a gathering asks."""

from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.swarm.read import containers, engines, services, swarms

READERS: tuple[Reader, ...] = (*engines.READERS, *containers.READERS, *swarms.READERS, *services.READERS)
"""Every reader; their names are distinct."""
