"""The answer sheet: which faults were planted, and which rules or insights count as finding them.

An entry is written at the moment a fault is planted, by the hand that plants it; it is never derived from our rules. Recall and
precision are defined in ``score``.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

# Fault -> what counts as finding it: rule ids, or ``insight:<measure>``. The only place where the lab knows our rules by name.
ACCEPTED: dict[str, tuple[str, ...]] = {
    # exposure
    "ssh-open-to-world": ("network_firewall_ssh_open_to_internet",),
    "remote-desktop-open-to-world": ("network_firewall_rdp_open_to_internet",),
    "postgresql-open-to-world": ("network_firewall_postgresql_open_to_internet",),
    "mysql-open-to-world": ("network_firewall_mysql_open_to_internet",),
    "sqlserver-open-to-world": ("network_firewall_sqlserver_open_to_internet",),
    "everything-open-to-world": (
        "network_firewall_all_open_to_internet",
        # every port is open, so these say the truth about the same group
        "network_firewall_ssh_open_to_internet",
        "network_firewall_rdp_open_to_internet",
        "network_firewall_postgresql_open_to_internet",
        "network_firewall_mysql_open_to_internet",
        "network_firewall_sqlserver_open_to_internet",
    ),
    "bucket-public": ("storage_bucket_public",),
    "bucket-without-public-block": ("storage_bucket_public_access_not_blocked",),
    "snapshot-public": ("storage_snapshot_public",),
    "database-public": ("database_instance_public",),
    "queue-public": ("messaging_queue_public",),
    "role-trusts-anyone": ("identity_role_trusts_anyone",),
    # encryption
    "volume-unencrypted": ("storage_volume_unencrypted",),
    "database-unencrypted": ("database_instance_unencrypted",),
    "filesystem-unencrypted": ("storage_filesystem_unencrypted",),
    "queue-unencrypted": ("messaging_queue_unencrypted",),
    "topic-unencrypted": ("messaging_topic_unencrypted",),
    "bucket-allows-http": ("storage_bucket_tls_not_required",),
    "key-not-rotated": ("crypto_key_rotation_off",),
    "secret-not-rotated": ("crypto_secret_rotation_off",),
    "certificate-expiring": ("crypto_certificate_expiring",),
    "region-volumes-plain-by-default": ("account_region_volume_encryption_default_off",),
    # identity
    "user-without-second-factor": ("identity_user_console_without_mfa",),
    "access-key-old": ("identity_key_not_rotated",),
    "access-key-unused": ("identity_key_unused",),
    "policy-allows-everything": ("identity_policy_administrator",),
    "password-policy-weak": ("identity_password_policy_too_short",),
    "instance-metadata-v1": ("compute_instance_metadata_without_token",),
    # what is written down, and kept
    "trail-not-logging": ("audit_trail_not_logging",),
    "recorder-stopped": ("audit_recorder_off",),
    "network-without-flow-logs": ("network_vpc_flow_logs_off",),
    "log-group-without-retention": ("log_group_without_retention",),
    "database-without-backup": ("database_instance_without_backup",),
    "table-without-recovery": ("database_table_without_recovery",),
    "bucket-without-versions": ("storage_bucket_versioning_off",),
    # lifecycle and order
    "function-runtime-deprecated": ("function_function_runtime_ended",),
    "repository-without-scan": ("registry_repository_scan_off",),
    "instance-without-owner": ("compute_instance_without_owner", "compute_instance_without_environment"),
    # waste
    "instance-idle": ("compute_instance_idle", "insight:compute_instance_idle"),
    "instance-oversized": ("insight:compute_instance_oversized",),
    "instance-stopped-long": ("compute_instance_stopped_with_storage",),
    "volume-unattached": ("storage_volume_unattached", "insight:storage_volume_unattached"),
    "volume-old-type": ("storage_volume_gp2", "insight:storage_volume_old_generation"),
    "snapshot-old": ("storage_snapshot_old",),
    "address-unattached": ("network_address_unattached", "insight:network_address_unattached"),
    "balancer-without-targets": ("network_balancer_idle",),
    "nat-gateway-unused": ("network_gateway_nat_unused", "insight:network_gateway_idle"),
}


class Planted(msgspec.Struct, frozen=True, order=True):
    """One planted fault. ``fault`` is a neutral name; ``native_id`` is its name as the estate has it."""

    fault: str
    kind: str
    account: str
    region: str
    native_id: str


class Sheet:
    """Everything that was planted."""

    def __init__(self) -> None:
        self._planted: set[Planted] = set()

    def plant(self, planted: Planted) -> None:
        """Write down one fault."""
        self._planted.add(planted)

    def entries(self) -> list[dict[str, Any]]:
        """In order of fault, kind and place."""
        return [msgspec.to_builtins(planted) for planted in sorted(self._planted)]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How well an audit did. ``missed`` and ``extra`` name what is between it and 1.0."""

    planted: int
    found: int
    claimed: int
    right: int
    missed: tuple[dict[str, str], ...] = ()
    extra: tuple[dict[str, str], ...] = ()

    @property
    def recall(self) -> float:
        """Planted faults that were found / planted faults."""
        return self.found / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        """Claims that are right / claims."""
        return self.right / self.claimed if self.claimed else 1.0


def score(
    answers: Iterable[Mapping[str, str]],
    claims: Iterable[Mapping[str, str]],
    accepted: Mapping[str, tuple[str, ...]] = MappingProxyType(ACCEPTED),
) -> Score:
    """Answer sheet x claims -> Score. ``accepted``: fault -> what counts as finding it.

    A claim is a finding with verdict fail (``rule`` is its rule id), or an insight (``rule`` is ``insight:<measure>``), with
    ``account, region, kind, native_id``. Only claims of rules that ``ACCEPTED`` names are looked at: the sheet says nothing about
    the others, which may be as right. Recall: the share of the planted faults for which at least one accepted rule made a claim
    about that resource. Precision: the share of the claims looked at whose resource was planted with a fault that accepts the
    rule. A true weakness of the estate that nobody planted counts against precision: it is a lower bound.
    """
    kinds = {rule for rules in accepted.values() for rule in rules}
    made = {(claim["rule"], _where(claim)) for claim in claims if claim["rule"] in kinds}
    sheet = list(answers)
    missed = [entry for entry in sheet if not any((rule, _where(entry)) in made for rule in accepted[entry["fault"]])]
    right = {(rule, _where(entry)) for entry in sheet for rule in accepted[entry["fault"]]} & made
    extra = [{"rule": rule, "resource": ":".join(where)} for rule, where in sorted(made - right)]
    return Score(
        planted=len(sheet),
        found=len(sheet) - len(missed),
        claimed=len(made),
        right=len(right),
        missed=tuple(dict(entry) for entry in missed),
        extra=tuple(extra),
    )


def _where(entry: Mapping[str, str]) -> tuple[str, str, str, str]:
    return (entry["account"], entry["region"], entry["kind"], entry["native_id"])
