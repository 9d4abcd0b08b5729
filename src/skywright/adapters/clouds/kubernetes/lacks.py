"""What a cluster does not know of itself: the cloud that runs it tells it, in a row of its own."""

from collections.abc import Mapping

COLUMNS: Mapping[str, frozenset[str]] = {
    "kubernetes.cluster": frozenset({"endpoint_public", "log_types", "public_cidrs", "secrets_encrypted"}),
}
"""Kind -> columns that mean nothing here: NULL in them is not unknown."""

RULES: Mapping[str, str] = {}
"""Rules that make no sense here, and why."""
