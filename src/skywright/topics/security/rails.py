"""What counts as exposed: kind -> SQL condition over the kind's columns. NULL, where a part is unknown, is not counted."""

from collections.abc import Mapping

WORLD = "('0.0.0.0/0', '::/0')"

EXPOSED: Mapping[str, str] = {
    "compute.image": "public",
    "compute.instance": "public_ip <> ''",
    "database.instance": "public",
    "database.snapshot": "public",
    "database.warehouse": "public",
    "function.function": "public",
    "kubernetes.cluster": f"endpoint_public AND len(list_filter(public_cidrs, lambda c: c IN {WORLD})) > 0",
    "messaging.queue": "public",
    "messaging.topic": "public",
    "network.balancer": "public",
    "network.firewall": f"len(list_filter(rules, lambda r: r.direction = 'ingress' AND r.cidr IN {WORLD})) > 0",
    "registry.repository": "public",
    "storage.bucket": (
        "(public_policy AND NOT coalesce(restrict_public_buckets, false))"
        " OR (public_acl AND NOT coalesce(ignore_public_acls, false))"
    ),
    "storage.snapshot": "public",
}
"""Public by an attribute of its own. Whether packets would really get there is another question, and not asked here."""
