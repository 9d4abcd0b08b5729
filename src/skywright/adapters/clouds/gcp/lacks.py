"""What Google Cloud has no equivalent of."""

from collections.abc import Mapping

COLUMNS: Mapping[str, frozenset[str]] = {
    "account.account": frozenset({"root_access_keys", "root_last_used_at", "root_mfa"}),
    "audit.trail": frozenset({"log_validation"}),
    "compute.instance": frozenset({"metadata_hop_limit"}),
    "container.service": frozenset({"circuit_breaker", "desired", "running"}),
    "crypto.secret": frozenset({"last_used_at"}),
    "database.instance": frozenset({"copy_tags", "master_username"}),
    "function.function": frozenset({"dead_letter", "tracing"}),
    "identity.user": frozenset({"mfa", "password_changed_at", "password_last_used_at"}),
    "network.balancer": frozenset({"deletion_protected", "drops_invalid_headers"}),
    "network.subnet": frozenset({"auto_public_ip"}),
    "storage.bucket": frozenset({"tls_required"}),
}
"""Kind -> columns that mean nothing here: NULL in them is not unknown."""

RULES: Mapping[str, str] = {}
"""Rules that make no sense here, and why."""
