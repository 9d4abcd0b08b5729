"""The account, its regions' defaults, budgets and reserved instances."""

from datetime import datetime

import boto3
import pytest

from skywright.adapters.clouds.aws.read.accounts import (
    READERS,
    AccountFacts,
    RegionFacts,
    account,
    account_region,
    budget,
)
from skywright.adapters.clouds.aws.read.commitments import cache_commitment, database_commitment, instance_commitment
from skywright.adapters.clouds.aws.read.place import Place
from skywright.model.errors import AskHuman, Denied

PLACE = Place("111122223333", "eu-west-1")
ACCOUNT, REGION, BUDGETS, COMMITMENTS = READERS
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


def refused(code):
    """An error of ours with AWS's code behind it."""
    error = AskHuman(f"AWS refuses ({code}).")
    error.__cause__ = type("ClientError", (Exception,), {"response": {"Error": {"Code": code}}})()
    return error


@pytest.mark.parametrize(
    ("facts", "columns"),
    [
        (
            AccountFacts(),
            {
                "root_mfa": None,
                "root_access_keys": None,
                "alias": None,
                "organization": None,
                "security_contact": None,
                "public_buckets_blocked": None,
            },
        ),
        (
            AccountFacts(
                summary={"SummaryMap": {"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 1}},
                root={
                    "password_last_used": "2026-05-01T10:00:00+00:00",
                    "access_key_1_last_used_date": "2026-06-01T10:00:00+00:00",
                },
                aliases={"AccountAliases": []},
                organization={},
                contact={},
                bucket_block={},
            ),
            {
                "root_mfa": False,
                "root_access_keys": 1,
                "root_last_used_at": datetime(2026, 6, 1, 10),
                "alias": "",
                "organization": "",
                "security_contact": False,
                "public_buckets_blocked": False,
                "name": "111122223333",
            },
        ),
        (
            AccountFacts(
                summary={"SummaryMap": {"AccountMFAEnabled": 1}},
                root={"password_last_used": "no_information"},
                aliases={"AccountAliases": ["production"]},
                organization={
                    "Organization": {"Id": "o-1", "MasterAccountId": "111122223333", "MasterAccountEmail": "a@example.com"}
                },
                contact={"AlternateContact": {"Name": "Security"}},
                bucket_block={"PublicAccessBlockConfiguration": BLOCKED},
            ),
            {
                "root_mfa": True,
                "root_last_used_at": None,
                "name": "production",
                "organization": "o-1",
                "email": "a@example.com",
                "security_contact": True,
                "public_buckets_blocked": True,
            },
        ),
        (
            AccountFacts(
                organization={"Organization": {"Id": "o-1", "MasterAccountId": "9", "MasterAccountEmail": "a@example.com"}},
                bucket_block={"PublicAccessBlockConfiguration": BLOCKED | {"IgnorePublicAcls": False}},
            ),
            {"email": None, "public_buckets_blocked": False},
        ),
        (
            AccountFacts(bucket_block={"PublicAccessBlockConfiguration": BLOCKED | {"IgnorePublicAcls": "?"}}),
            {"public_buckets_blocked": None},
        ),
    ],
)
def test_account(facts, columns):
    row = account(facts, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


@pytest.mark.parametrize(
    ("facts", "columns"),
    [
        (
            RegionFacts(),
            {
                "volume_encryption_default": None,
                "snapshot_public_access_blocked": None,
                "image_public_access_blocked": None,
                "metadata_token_default": None,
                "threat_detection": None,
                "posture_service": None,
                "access_analyzer": None,
            },
        ),
        (
            RegionFacts(
                encryption={"EbsEncryptionByDefault": False},
                snapshots={"State": "unblocked"},
                images={"ImageBlockPublicAccessState": "unblocked"},
                metadata={"AccountLevel": {}},
                detectors=[],
                hub={},
                analyzers={"analyzers": []},
            ),
            {
                "volume_encryption_default": False,
                "snapshot_public_access_blocked": False,
                "image_public_access_blocked": False,
                "metadata_token_default": False,
                "threat_detection": False,
                "posture_service": False,
                "access_analyzer": False,
            },
        ),
        (
            RegionFacts(
                snapshots={"State": "block-new-sharing"},
                images={"ImageBlockPublicAccessState": "block-new-sharing"},
                metadata={"AccountLevel": {"HttpTokens": "required"}},
                detectors=[{"Status": "DISABLED"}, {"Status": "ENABLED"}],
                hub={"HubArn": "arn:aws:securityhub:eu-west-1:111122223333:hub/default"},
                analyzers={"analyzers": [{"status": "ACTIVE"}]},
            ),
            {
                "snapshot_public_access_blocked": True,
                "image_public_access_blocked": True,
                "metadata_token_default": True,
                "threat_detection": True,
                "posture_service": True,
                "access_analyzer": True,
            },
        ),
        (
            RegionFacts(detectors=[{"Status": "DISABLED"}], encryption={"EbsEncryptionByDefault": 1}),
            {"threat_detection": False, "volume_encryption_default": None},
        ),
    ],
)
def test_region(facts, columns):
    row = account_region(facts, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns
    assert row.id == "aws:111122223333:eu-west-1:account.region/eu-west-1"


@pytest.mark.parametrize(
    ("raw", "columns"),
    [
        (
            {
                "BudgetLimit": {"Amount": "100.50", "Unit": "USD"},
                "TimeUnit": "MONTHLY",
                "CalculatedSpend": {"ActualSpend": {"Amount": "3"}},
            },
            {"limit_amount": 100.5, "limit_currency": "USD", "period": "monthly", "actual_amount": 3.0},
        ),
        ({"BudgetLimit": {"Amount": "much"}}, {"limit_amount": None, "actual_amount": None, "period": None}),
    ],
)
def test_budget(raw, columns):
    row = budget({"BudgetName": "all", **raw}, 2, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


START = datetime(2026, 1, 1)
YEAR_S = 31_536_000


def test_a_reserved_instance_costs_what_recurs_and_its_share_of_what_was_paid_up_front():
    row = instance_commitment(
        {
            "ReservedInstancesId": "r-1",
            "InstanceType": "m5.large",
            "InstanceCount": 3,
            "Start": START,
            "End": datetime(2027, 1, 1),
            "Duration": YEAR_S,
            "FixedPrice": 876.0,
            "RecurringCharges": [{"Amount": 0.05, "Frequency": "Hourly"}],
            "State": "active",
            "OfferingType": "Partial Upfront",
        },
        PLACE,
    )
    assert row.hourly_amount == pytest.approx(3 * (0.05 + 0.1))
    assert (row.resource_type, row.count, row.ends_at, row.state) == ("m5.large", 3, datetime(2027, 1, 1), "active")


@pytest.mark.parametrize(
    ("translate", "raw", "resource_type"),
    [
        (database_commitment, {"ReservedDBInstanceId": "r", "DBInstanceClass": "db.r5.large", "DBInstanceCount": 1}, "db.r5.large"),
        (cache_commitment, {"ReservedCacheNodeId": "r", "CacheNodeType": "cache.r5.large", "CacheNodeCount": 1}, "cache.r5.large"),
    ],
)
def test_reservations_without_an_end_end_with_their_duration(translate, raw, resource_type):
    charges = {"RecurringCharges": [{"RecurringChargeAmount": 0.2, "RecurringChargeFrequency": "Hourly"}], "FixedPrice": 0.0}
    row = translate({**raw, **charges, "StartTime": START, "Duration": YEAR_S}, PLACE)
    assert (row.resource_type, row.ends_at, row.hourly_amount) == (resource_type, datetime(2027, 1, 1), 0.2)


@pytest.mark.parametrize(
    "broken",
    [
        {"FixedPrice": "free"},
        {"Duration": 0},
        {"InstanceCount": None},
        {"RecurringCharges": [{"Amount": "x", "Frequency": "Hourly"}]},
    ],
)
def test_a_price_that_is_not_known_in_full_is_unknown(broken):
    raw = {"ReservedInstancesId": "r", "InstanceCount": 1, "Duration": YEAR_S, "FixedPrice": 1.0, "RecurringCharges": []}
    assert instance_commitment(raw, PLACE).hourly_amount is not None
    assert instance_commitment(raw | broken, PLACE).hourly_amount is None


def test_the_account_against_moto(moto, reading):
    boto3.client("iam").create_account_alias(AccountAlias="production")
    boto3.client("s3control", region_name="us-east-1").put_public_access_block(
        AccountId="123456789012", PublicAccessBlockConfiguration=BLOCKED
    )
    found = reading(moto, ACCOUNT)
    (row,) = found.resources
    assert (row.alias, row.root_mfa, row.root_access_keys, row.public_buckets_blocked) == ("production", False, 0, True)
    assert (row.security_contact, row.organization, found.partials) == (False, "", {})


def test_budgets_against_moto(moto, reading):
    boto3.client("budgets", region_name="us-east-1").create_budget(
        AccountId="123456789012",
        Budget={
            "BudgetName": "all",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "100", "Unit": "USD"},
        },
        NotificationsWithSubscribers=[
            {
                "Notification": {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80},
                "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "a@example.com"}],
            }
        ],
    )
    (row,) = reading(moto, BUDGETS).resources
    assert (row.limit_amount, row.notifications, row.period) == (100.0, 1, "monthly")


def test_a_region_where_little_is_allowed_has_a_row_with_gaps(scripted, reading):
    calls = scripted(
        get_ebs_encryption_by_default={"EbsEncryptionByDefault": True},
        get_snapshot_block_public_access_state=Denied("not allowed"),
        list_detectors={"DetectorIds": ["d-1"]},
        get_detector={"Status": "ENABLED"},
        describe_hub=refused("InvalidAccessException"),
        list_analyzers=refused("404"),
    )
    found = reading(calls, REGION)
    (row,) = found.resources
    assert (row.volume_encryption_default, row.snapshot_public_access_blocked, row.threat_detection) == (True, None, True)
    assert (row.posture_service, row.access_analyzer) == (False, None)
    assert str(found.partials["account.region"]) == "not allowed"


def test_an_account_outside_every_organization(scripted, reading):
    calls = scripted(
        describe_organization=refused("AWSOrganizationsNotInUseException"),
        get_alternate_contact=refused("AccessDeniedException"),
    )
    (row,) = reading(calls, ACCOUNT).resources
    assert (row.organization, row.security_contact) == ("", None)


def test_reservations_of_one_service_do_not_hide_the_others(scripted, reading):
    calls = scripted(
        describe_reserved_instances=Denied("no EC2 reservations"),
        describe_reserved_db_instances={"ReservedDBInstances": [{"ReservedDBInstanceId": "r-db"}]},
        describe_reserved_cache_nodes={"ReservedCacheNodes": [{"ReservedCacheNodeId": "r-cache"}]},
    )
    found = reading(calls, COMMITMENTS)
    assert [row.native_id for row in found.resources] == ["r-db", "r-cache"]
    assert str(found.failures["finance.commitment"]) == "no EC2 reservations"
