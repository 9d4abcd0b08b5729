"""Backups, warehouses, stacks: AWS Backup, Redshift, CloudFormation.

calls                                                 for
list_backup_vaults                                    vaults
list_backup_plans; get_backup_plan                    each plan
describe_clusters; describe_logging_status            each warehouse
describe_cluster_parameters                           require_ssl, once for each parameter group in use
describe_stacks                                       stacks
"""

from typing import Any

import msgspec

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.details import details
from skywright.adapters.clouds.aws.read.place import Place, arn_id
from skywright.adapters.clouds.aws.read.tagged import Tags
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.control import Stack
from skywright.model.kinds.storage import BackupPlan, BackupVault, Warehouse

VAULT, PLAN, WAREHOUSE, STACK = BackupVault.KIND, BackupPlan.KIND, Warehouse.KIND, Stack.KIND

Raw = dict[str, Any]


def vault(raw: Raw, tags: Tags | None, place: Place) -> BackupVault:
    """One of ListBackupVaults."""
    return BackupVault(
        **place.common(VAULT, raw["BackupVaultName"]),
        name=raw["BackupVaultName"],
        state=(tr.text(raw, "VaultState") or "").lower() or None,
        tags=tags,
        created_at=tr.moment(raw, "CreationDate"),
        recovery_points=tr.integer(raw, "NumberOfRecoveryPoints"),
        locked=tr.flag(raw, "Locked"),
        key=place.key(tr.text(raw, "EncryptionKeyArn")),
        native=tr.native(raw, "NumberOfRecoveryPoints"),
    )


class PlanFacts(msgspec.Struct, frozen=True):
    """What ListBackupPlans does not tell. None: not known."""

    plan: Raw | None = None
    tags: Tags | None = None


def plan(raw: Raw, facts: PlanFacts, place: Place) -> BackupPlan:
    """One of ListBackupPlans with its GetBackupPlan. ``retention_days_min`` None: a rule keeps for ever, or is not known."""
    rules = tr.items(facts.plan, "Rules")
    days = [tr.integer(rule, "Lifecycle", "DeleteAfterDays") for rule in rules]
    limited = [one for one in days if one is not None]
    return BackupPlan(
        **place.common(PLAN, raw["BackupPlanId"]),
        name=tr.text(raw, "BackupPlanName"),
        tags=facts.tags,
        created_at=tr.moment(raw, "CreationDate"),
        rules=None if facts.plan is None else len(rules),
        retention_days_min=min(limited, default=None),
        copies_elsewhere=None if facts.plan is None else any(tr.items(rule, "CopyActions") for rule in rules),
        last_run_at=tr.moment(raw, "LastExecutionDate"),
        native=tr.native(raw, "LastExecutionDate") | ({"BackupPlan": tr.native(facts.plan)} if facts.plan else {}),
    )


class WarehouseFacts(msgspec.Struct, frozen=True):
    """What DescribeClusters does not tell. None: not known."""

    logging: bool | None = None
    tls_required: bool | None = None


def warehouse(raw: Raw, facts: WarehouseFacts, place: Place) -> Warehouse:
    """One of Redshift's DescribeClusters."""
    return Warehouse(
        **place.common(WAREHOUSE, raw["ClusterIdentifier"]),
        name=raw["ClusterIdentifier"],
        state=tr.text(raw, "ClusterStatus"),
        tags=tr.tags(raw.get("Tags")),
        created_at=tr.moment(raw, "ClusterCreateTime"),
        type=tr.text(raw, "NodeType"),
        nodes=tr.integer(raw, "NumberOfNodes"),
        public=tr.flag(raw, "PubliclyAccessible"),
        encrypted=tr.flag(raw, "Encrypted"),
        snapshot_retention_days=tr.integer(raw, "AutomatedSnapshotRetentionPeriod"),
        version_upgrades=tr.flag(raw, "AllowVersionUpgrade"),
        audit_logging=facts.logging,
        tls_required=facts.tls_required,
        native=tr.native(raw, "PendingModifiedValues"),
    )


def stack(raw: Raw, place: Place) -> Stack:
    """One of DescribeStacks. Its id carries a random end, its name is unique while it lives. Parameters may hold secrets."""
    drift = tr.text(raw, "DriftInformation", "StackDriftStatus")
    return Stack(
        **place.common(STACK, raw["StackName"]),
        name=raw["StackName"],
        state=tr.said(raw, "StackStatus").lower().replace("_", "-") or None,
        tags=tr.tags(raw.get("Tags")),
        created_at=tr.moment(raw, "CreationTime"),
        drifted={"DRIFTED": True, "IN_SYNC": False}.get(drift or ""),
        termination_protected=tr.flag(raw, "EnableTerminationProtection"),
        role=arn_id("identity.role", tr.text(raw, "RoleARN")) if "RoleARN" in raw else "",
        native=tr.native(raw, "Parameters", "Outputs"),
    )


def _tags(reading: Reading, kind: str, arn: str) -> Tags | None:
    with reading.columns(kind):
        return tr.tags(reading.call("list_tags", ResourceArn=arn).get("Tags"))
    return None


def _read_vaults(reading: Reading) -> None:
    listed = [
        raw for raw in reading.pages("list_backup_vaults", "BackupVaultList") if reading.wants(tr.said(raw, "BackupVaultName"))
    ]

    def links(row: BackupVault) -> Links:
        yield Verb.ENCRYPTED_BY, row.key

    found = details(reading, VAULT, listed, lambda raw: _tags(reading, VAULT, raw["BackupVaultArn"]))
    reading.take(VAULT, found, lambda one: vault(*one, reading.place), links)


def _read_plans(reading: Reading) -> None:
    listed = [raw for raw in reading.pages("list_backup_plans", "BackupPlansList") if reading.wants(tr.said(raw, "BackupPlanId"))]

    def ask(raw: Raw) -> PlanFacts:
        answer = reading.call("get_backup_plan", BackupPlanId=raw["BackupPlanId"])
        return PlanFacts(tr.at(answer, "BackupPlan"), _tags(reading, PLAN, raw["BackupPlanArn"]))

    def links(row: BackupPlan) -> Links:
        for rule in tr.items(row.native, "BackupPlan", "Rules"):
            yield Verb.USES, reading.place.ref(VAULT, tr.text(rule, "TargetBackupVaultName"))

    found = details(reading, PLAN, listed, ask)
    reading.take(PLAN, found, lambda one: plan(one[0], one[1] or PlanFacts(), reading.place), links)


def _read_warehouses(reading: Reading) -> None:
    listed = [raw for raw in reading.pages("describe_clusters", "Clusters") if reading.wants(tr.said(raw, "ClusterIdentifier"))]

    def ask(raw: Raw) -> WarehouseFacts:
        logging: bool | None = None
        with reading.columns(WAREHOUSE):
            logging = tr.flag(reading.call("describe_logging_status", ClusterIdentifier=raw["ClusterIdentifier"]), "LoggingEnabled")
        return WarehouseFacts(logging, _tls_required(reading, raw))

    def links(row: Warehouse) -> Links:
        yield Verb.ENCRYPTED_BY, reading.place.key(tr.text(row.native, "KmsKeyId"))
        for group in tr.items(row.native, "VpcSecurityGroups"):
            yield Verb.GUARDED_BY, reading.place.ref("network.firewall", tr.text(group, "VpcSecurityGroupId"))

    found = details(reading, WAREHOUSE, listed, ask)
    reading.take(WAREHOUSE, found, lambda one: warehouse(one[0], one[1] or WarehouseFacts(), reading.place), links)


def _tls_required(reading: Reading, raw: Raw) -> bool | None:
    """Do the cluster's parameter groups say require_ssl."""
    groups = [tr.said(group, "ParameterGroupName") for group in tr.items(raw, "ClusterParameterGroups")]
    with reading.columns(WAREHOUSE):
        return any(_parameters(reading, group).get("require_ssl") == "true" for group in groups)
    return None


def _parameters(reading: Reading, group: str) -> dict[str, str]:
    def ask() -> dict[str, str]:
        listed = reading.pages("describe_cluster_parameters", "Parameters", ParameterGroupName=group)
        return {tr.said(one, "ParameterName"): tr.said(one, "ParameterValue") for one in listed}

    return reading.shared(f"redshift {reading.region} {group}", ask)


def _read_stacks(reading: Reading) -> None:
    listed = (raw for raw in reading.pages("describe_stacks", "Stacks") if reading.wants(tr.said(raw, "StackName")))

    def links(row: Stack) -> Links:
        yield Verb.ACTS_AS, row.role

    reading.take(STACK, listed, lambda raw: stack(raw, reading.place), links)


READERS: tuple[Reader, ...] = (
    Reader(
        name="backup-vaults",
        service="backup",
        kinds=(VAULT,),
        read=_read_vaults,
        permissions=("backup:ListBackupVaults", "backup:ListTags"),
    ),
    Reader(
        name="backup-plans",
        service="backup",
        kinds=(PLAN,),
        read=_read_plans,
        permissions=("backup:ListBackupPlans", "backup:GetBackupPlan", "backup:ListTags"),
    ),
    Reader(
        name="warehouses",
        service="redshift",
        kinds=(WAREHOUSE,),
        read=_read_warehouses,
        permissions=("redshift:DescribeClusters", "redshift:DescribeLoggingStatus", "redshift:DescribeClusterParameters"),
    ),
    Reader(
        name="stacks",
        service="cloudformation",
        kinds=(STACK,),
        read=_read_stacks,
        permissions=("cloudformation:DescribeStacks",),
    ),
)
