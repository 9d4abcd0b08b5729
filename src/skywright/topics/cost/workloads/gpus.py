"""Graphics processors as nodes and pods name them -> how many whole ones that is.

A slice of a processor (MIG) is worth its share of the slices that a whole one has. One that is shared in time is worth its part of
the replicas. Sources: NVIDIA, "MIG User Guide" (profiles: seven slices, or four on smaller models), and "GPU Feature Discovery"
(labels nvidia.com/gpu.replicas, and nvidia.com/gpu.product, which names the slice where all of a node are alike).
"""

import re
from collections.abc import Mapping
from fractions import Fraction

SLICES = 7
FEWER = {"1g.6gb": 4, "2g.12gb": 4, "4g.24gb": 4, "1g.24gb": 4, "2g.48gb": 4, "4g.96gb": 4}
"""Profiles of models whose whole has four slices (A30; RTX PRO 6000)."""

_PROFILE = re.compile(r"mig-(\d+)g\.(\d+)gb", re.IGNORECASE)
REPLICAS, PRODUCT = "nvidia.com/gpu.replicas", "nvidia.com/gpu.product"


def whole(named: Mapping[str, int], labels: Mapping[str, str]) -> Fraction:
    """``nvidia.com/gpu: 2, nvidia.com/mig-1g.5gb: 3`` on a node with these labels -> 2 3/7."""
    return sum((count * _one(name, labels) for name, count in named.items()), Fraction(0))


def _one(name: str, labels: Mapping[str, str]) -> Fraction:
    """What one of a name is."""
    profile = _PROFILE.search(name) or _PROFILE.search(labels.get(PRODUCT, ""))
    part = Fraction(1)
    if profile:
        part = Fraction(int(profile[1]), FEWER.get(f"{profile[1]}g.{profile[2]}gb", SLICES))
    replicas = labels.get(REPLICAS, "")
    return part / max(1, int(replicas)) if replicas.isdecimal() else part
