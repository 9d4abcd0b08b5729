"""What OpenStack has no equivalent of."""

from collections.abc import Mapping

COLUMNS: Mapping[str, frozenset[str]] = {
    "account.account": frozenset(
        {"public_buckets_blocked", "root_access_keys", "root_last_used_at", "root_mfa", "security_contact"}
    ),
    "compute.instance": frozenset({"metadata_hop_limit", "metadata_token_required"}),
    "identity.key": frozenset({"last_used_at", "rotated_at", "used"}),
    "identity.role": frozenset({"external_id_required", "last_used_at"}),
    "identity.user": frozenset({"password_changed_at", "password_last_used_at"}),
    "network.balancer": frozenset({"access_logging", "deletion_protected", "drops_invalid_headers", "web_acl", "zones"}),
    "network.vpc": frozenset({"flow_logs"}),
    "storage.bucket": frozenset(
        {
            "access_logging",
            "block_public_acls",
            "block_public_policy",
            "encryption",
            "ignore_public_acls",
            "incomplete_uploads_expire",
            "lifecycle_rules",
            "restrict_public_buckets",
            "tls_required",
        }
    ),
}
"""Kind -> columns that mean nothing here: NULL in them is not unknown."""

RULES: Mapping[str, str] = {
    "compute_instance_old_generation": "the operator names the flavors; a name says nothing of the hardware's age",
    "account_account_no_multi_region_trail": "no trail of API calls can be asked for",
    "account_account_without_budget": "it keeps no budgets",
}
"""Rules that make no sense here, and why."""
