"""One case for each action."""

from tests.adapters.clouds.gcp.write import (
    _worlds_access,
    _worlds_buckets,
    _worlds_databases,
    _worlds_labels,
    _worlds_machines,
    _worlds_network,
    _worlds_platform,
)
from tests.adapters.clouds.gcp.write._cases import CASES

from skywright.adapters.clouds.gcp.write import actions

__all__ = ["CASES", "NAMES"]

WORLDS = (
    _worlds_machines,
    _worlds_network,
    _worlds_buckets,
    _worlds_databases,
    _worlds_platform,
    _worlds_access,
    _worlds_labels,
)
"""Each enters its cases when it is imported."""
NAMES = sorted(action.name for action in actions())
