"""Readers: Google Cloud's answers -> rows, one file a subject. ``READERS`` is the order in which a gathering asks."""

from skywright.adapters.clouds.gcp.read import instances
from skywright.adapters.clouds.kit.reading import Reader

READERS: tuple[Reader, ...] = (*instances.READERS,)
"""Every reader; their names are distinct."""
