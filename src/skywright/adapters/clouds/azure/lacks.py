"""What Azure has no equivalent of."""

from collections.abc import Mapping

COLUMNS: Mapping[str, frozenset[str]] = {
    "account.account": frozenset({"public_buckets_blocked", "root_access_keys", "root_last_used_at", "root_mfa"}),
    "account.region": frozenset({"access_analyzer"}),
    "audit.trail": frozenset({"log_validation"}),
    "compute.instance": frozenset({"metadata_hop_limit", "metadata_token_required"}),
    "container.cluster": frozenset({"running_tasks"}),
    "container.service": frozenset({"desired", "running"}),
    "crypto.secret": frozenset({"last_used_at", "rotation"}),
    "database.instance": frozenset({"copy_tags"}),
    "database.table": frozenset({"items", "read_units", "write_units"}),
    "dns.zone": frozenset({"query_logging"}),
    "function.function": frozenset({"dead_letter", "environment_encrypted"}),
    "identity.user": frozenset({"attached_policies", "inline_policies"}),
    "network.balancer": frozenset({"drops_invalid_headers"}),
    "registry.repository": frozenset({"scan_on_push", "tags_immutable"}),
}
"""Kind -> columns that mean nothing here: NULL in them is not unknown."""

RULES: Mapping[str, str] = {}
"""Rules that make no sense here, and why."""
