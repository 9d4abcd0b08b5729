"""Every reader of Azure."""

from skywright.adapters.clouds.azure.read import disks
from skywright.adapters.clouds.kit.reading import Reader

READERS: tuple[Reader, ...] = (*disks.READERS,)
"""Every reader; their names are distinct."""
