"""Backup vaults and plans, warehouses, stacks."""

import json
from datetime import datetime

import boto3
import pytest

from skywright.adapters.clouds.aws.read.backup import (
    READERS,
    PlanFacts,
    WarehouseFacts,
    plan,
    stack,
    vault,
    warehouse,
)
from skywright.adapters.clouds.aws.read.place import Place
from skywright.model.errors import Denied
from skywright.model.estate import Relation, Verb

PLACE = Place("111122223333", "eu-west-1")
VAULTS, PLANS, WAREHOUSES, STACKS = READERS


@pytest.mark.parametrize(
    ("raw", "columns"),
    [
        ({"NumberOfRecoveryPoints": 0, "Locked": False}, {"recovery_points": 0, "locked": False, "key": None}),
        ({"NumberOfRecoveryPoints": "few", "Locked": 1}, {"recovery_points": None, "locked": None}),
    ],
)
def test_vault(raw, columns):
    row = vault({"BackupVaultName": "main", **raw}, None, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


@pytest.mark.parametrize(
    ("facts", "columns"),
    [
        (PlanFacts(), {"rules": None, "retention_days_min": None, "copies_elsewhere": None, "tags": None}),
        (
            PlanFacts({"Rules": [{"Lifecycle": {"DeleteAfterDays": 35}}, {"Lifecycle": {"DeleteAfterDays": 7}}]}),
            {"rules": 2, "retention_days_min": 7, "copies_elsewhere": False},
        ),
        (
            PlanFacts({"Rules": [{"CopyActions": [{"DestinationBackupVaultArn": "x"}]}]}),
            {"rules": 1, "retention_days_min": None, "copies_elsewhere": True},
        ),
    ],
)
def test_plan(facts, columns):
    row = plan({"BackupPlanId": "p-1", "LastExecutionDate": datetime(2026, 6, 1)}, facts, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns
    assert row.last_run_at == datetime(2026, 6, 1)


@pytest.mark.parametrize(
    ("raw", "facts", "columns"),
    [
        (
            {"PubliclyAccessible": True, "NumberOfNodes": 2, "AutomatedSnapshotRetentionPeriod": 1},
            WarehouseFacts(logging=False, tls_required=True),
            {"public": True, "nodes": 2, "snapshot_retention_days": 1, "audit_logging": False, "tls_required": True},
        ),
        ({"PubliclyAccessible": "x"}, WarehouseFacts(), {"public": None, "audit_logging": None, "tls_required": None}),
    ],
)
def test_warehouse(raw, facts, columns):
    row = warehouse({"ClusterIdentifier": "dwh", **raw}, facts, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


@pytest.mark.parametrize(
    ("raw", "columns"),
    [
        ({"StackStatus": "UPDATE_ROLLBACK_COMPLETE"}, {"state": "update-rollback-complete", "drifted": None, "role": ""}),
        ({"DriftInformation": {"StackDriftStatus": "NOT_CHECKED"}}, {"drifted": None}),
        (
            {"DriftInformation": {"StackDriftStatus": "DRIFTED"}, "EnableTerminationProtection": True},
            {"drifted": True, "termination_protected": True},
        ),
        ({"RoleARN": "arn:aws:iam::111122223333:role/deploy"}, {"role": "aws:111122223333:global:identity.role/deploy"}),
    ],
)
def test_stack(raw, columns):
    row = stack({"StackName": "shop", **raw}, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


def test_parameters_and_outputs_of_a_stack_are_not_kept():
    raw = {
        "StackName": "shop",
        "Parameters": [{"ParameterKey": "Password", "ParameterValue": "hush"}],
        "Outputs": [{"OutputValue": "hush"}],
    }
    assert "hush" not in str(stack(raw, PLACE))


def test_backups_against_moto(moto, reading):
    backup = boto3.client("backup", region_name="eu-west-1")
    backup.create_backup_vault(BackupVaultName="main", BackupVaultTags={"team": "ops"})
    rules = [{"RuleName": "daily", "TargetBackupVaultName": "main", "Lifecycle": {"DeleteAfterDays": 35}}]
    backup.create_backup_plan(BackupPlan={"BackupPlanName": "daily", "Rules": rules})
    (row,) = reading(moto, VAULTS).resources
    assert (row.recovery_points, row.locked, row.tags) == (0, False, {"team": "ops"})
    found = reading(moto, PLANS)
    (one,) = found.resources
    assert (one.name, one.rules, one.retention_days_min, found.partials) == ("daily", 1, 35, {})
    assert found.relations == {Relation(one.id, Verb.USES, row.id)}


def test_warehouses_against_moto(moto, reading):
    redshift = boto3.client("redshift", region_name="eu-west-1")
    for name in ("one", "two"):
        redshift.create_cluster(ClusterIdentifier=name, NodeType="ra3.xlplus", MasterUsername="a", MasterUserPassword="Hush123456")
    found = reading(moto, WAREHOUSES)
    assert {row.name: (row.audit_logging, row.tls_required, row.type) for row in found.resources} == {
        "one": (False, False, "ra3.xlplus"),
        "two": (False, False, "ra3.xlplus"),
    }
    assert (found.partials, "Hush123456" in str(found.resources)) == ({}, False)


def test_a_warehouse_says_require_ssl_in_any_of_its_parameter_groups(scripted, reading):
    groups = [{"ParameterGroupName": "plain"}, {"ParameterGroupName": "strict"}]
    calls = scripted(
        describe_clusters={"Clusters": [{"ClusterIdentifier": name, "ClusterParameterGroups": groups} for name in ("one", "two")]},
        describe_logging_status=Denied("no logging status"),
        describe_cluster_parameters=lambda **params: {
            "Parameters": [
                {"ParameterName": "require_ssl", "ParameterValue": str(params["ParameterGroupName"] == "strict").lower()}
            ]
        },
    )
    found = reading(calls, WAREHOUSES)
    assert [(row.tls_required, row.audit_logging) for row in found.resources] == [(True, None), (True, None)]
    assert sum(operation == "describe_cluster_parameters" for _, _, operation, _ in calls.asked) == 2


def test_stacks_against_moto(moto, reading):
    template = json.dumps({"Resources": {"queue": {"Type": "AWS::SQS::Queue"}}})
    boto3.client("cloudformation", region_name="eu-west-1").create_stack(
        StackName="shop", TemplateBody=template, EnableTerminationProtection=True, Tags=[{"Key": "team", "Value": "shop"}]
    )
    (row,) = reading(moto, STACKS).resources
    assert (row.name, row.state, row.termination_protected, row.tags) == ("shop", "create-complete", True, {"team": "shop"})
