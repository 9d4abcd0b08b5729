"""Kinds: one typed class per neutral kind, from which table schemas are derived."""

from skywright.model.kinds.base import Resource, ResourceName, parse_id, resource_id
from skywright.model.kinds.cluster import CLUSTER
from skywright.model.kinds.compute import COMPUTE
from skywright.model.kinds.control import CONTROL
from skywright.model.kinds.network import NETWORK
from skywright.model.kinds.storage import STORAGE

KINDS: tuple[type[Resource], ...] = (*COMPUTE, *CLUSTER, *STORAGE, *NETWORK, *CONTROL)
"""Every kind, in the order in which tables are listed."""

KIND_BY_NAME = {kind.KIND: kind for kind in KINDS}

__all__ = ["KINDS", "KIND_BY_NAME", "Resource", "ResourceName", "parse_id", "resource_id"]
