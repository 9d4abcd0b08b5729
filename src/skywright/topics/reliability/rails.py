"""What a change may take from the estate's ability to work: capacity, the kinds that may need a resource, healthy members."""

from collections.abc import Mapping

CAPACITY: Mapping[str, Mapping[str, str]] = {
    "vcpus": {"compute.instance": "CASE WHEN state IN ('running', 'pending') THEN vcpus ELSE 0 END"},
    "memory_mib": {
        "compute.instance": "CASE WHEN state IN ('running', 'pending') THEN memory_mib ELSE 0 END",
        "function.function": "coalesce(memory_mib * reserved_concurrency, 0)",
    },
    "storage_gib": {
        "storage.volume": "size_gib",
        "database.instance": "storage_gib",
    },
}
"""Measure -> kind -> SQL amount of one resource. Only what is provisioned: the size of buckets and file systems is use."""

DEPENDENTS: Mapping[str, tuple[str, ...]] = {
    "compute.image": ("compute.instance", "compute.template", "compute.group"),
    "compute.instance": ("compute.group", "network.targets", "network.route", "network.address"),
    "compute.keypair": ("compute.instance", "compute.template"),
    "compute.template": ("compute.group",),
    "container.cluster": ("container.service",),
    "crypto.certificate": ("network.balancer", "cdn.distribution"),
    "crypto.key": (
        "storage.volume",
        "storage.snapshot",
        "storage.bucket",
        "storage.filesystem",
        "database.instance",
        "crypto.secret",
        "log.group",
    ),
    "identity.policy": ("identity.user", "identity.group", "identity.role"),
    "identity.role": ("compute.instance", "function.function", "kubernetes.cluster"),
    "network.address": ("compute.instance", "network.interface", "network.gateway"),
    "network.balancer": ("network.targets", "compute.group"),
    "network.firewall": (
        "network.interface",
        "compute.instance",
        "compute.template",
        "network.balancer",
        "database.instance",
        "function.function",
    ),
    "network.gateway": ("network.route",),
    "network.interface": ("compute.instance",),
    "network.subnet": ("network.interface", "compute.instance", "compute.group", "network.balancer", "database.instance"),
    "network.targets": ("network.balancer", "compute.group", "container.service"),
    "network.vpc": ("network.subnet", "network.firewall", "network.gateway", "network.interface"),
    "storage.bucket": ("audit.trail", "network.balancer", "cdn.distribution"),
    "storage.snapshot": ("compute.image",),
    "storage.volume": ("compute.instance",),
}
"""Kind -> the kinds that may need it. Before one is deleted, these must have been looked at completely."""

MEMBERS: Mapping[str, str] = {"compute.group": "instances", "network.targets": "targets"}
"""Kinds that are sets of members -> the column that lists the members' ids. Their column ``healthy`` counts the healthy ones."""
