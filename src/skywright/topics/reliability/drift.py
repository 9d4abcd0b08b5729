"""Columns that change by themselves as the estate lives: no one's doing, and no drift."""

from collections.abc import Mapping

ALIVE: Mapping[str, frozenset[str]] = {
    "*": frozenset({"state", "ready", "current", "running", "healthy", "unhealthy", "healthy_targets", "restarts"}),
    "account.account": frozenset({"root_last_used_at"}),
    "account.quota": frozenset({"used_value"}),
    "backup.plan": frozenset({"last_run_at"}),
    "backup.vault": frozenset({"recovery_points"}),
    "compute.group": frozenset({"instances"}),
    "compute.host": frozenset(
        {
            "vcpus_used", "memory_used_mib", "disk_used_gib", "instances", "uptime_s", "disks", "listeners", "daemons",
            "updates_pending", "security_updates_pending", "last_seen_at",
        }
    ),
    "container.autoscaler": frozenset({"desired"}),
    "container.cluster": frozenset({"running_tasks", "instances", "services"}),
    "container.node": frozenset({"pressure"}),
    "container.quota": frozenset({"cpu_used_millis", "memory_used_mib", "pods_used"}),
    "container.workload": frozenset({"updated"}),
    "crypto.secret": frozenset({"last_used_at", "rotated_at", "changed_at"}),
    "database.table": frozenset({"size_bytes", "items"}),
    "finance.budget": frozenset({"actual_amount"}),
    "identity.key": frozenset({"last_used_at", "used"}),
    "identity.role": frozenset({"last_used_at"}),
    "identity.user": frozenset({"last_active_at", "password_last_used_at"}),
    "log.group": frozenset({"stored_bytes"}),
    "messaging.queue": frozenset({"messages"}),
    "network.firewall": frozenset({"used_by"}),
    "network.subnet": frozenset({"free_addresses"}),
    "network.targets": frozenset({"targets"}),
    "storage.bucket": frozenset({"size_gib"}),
    "storage.filesystem": frozenset({"size_gib"}),
}  # fmt: skip
"""Kind (``*``: every kind) -> columns that only say how the resource fares."""
