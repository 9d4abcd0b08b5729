"""Readers: Kubernetes' answers -> rows, one file a subject. ``READERS`` is the order in which a gathering asks."""

from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.kubernetes.read import access, config, network, nodes, scaling, workloads

READERS: tuple[Reader, ...] = (
    *nodes.READERS,
    *workloads.READERS,
    *network.READERS,
    *config.READERS,
    *access.READERS,
    *scaling.READERS,
)
"""Every reader; their names are distinct."""
