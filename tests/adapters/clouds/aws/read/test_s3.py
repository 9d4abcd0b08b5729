"""Buckets: what S3's answers mean, and how few calls tell them."""

import json
from collections import Counter
from datetime import datetime

import boto3
import pytest

from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.aws.read.s3 import READERS
from skywright.adapters.clouds.aws.read.s3_translate import bucket
from skywright.model.errors import Denied, NotThere
from skywright.model.estate import Relation, Verb

PLACE = Place("111122223333", "eu-west-1")
RAW = {"Name": "ledger", "CreationDate": datetime(2024, 5, 1)}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OPEN = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}})
(BUCKETS,) = READERS


def gone():
    absent = NotThere("AWS says that it does not exist.")
    absent.__cause__ = type("ClientError", (Exception,), {"response": {"Error": {"Code": "NoSuchBucket"}}})()
    return absent


@pytest.mark.parametrize(
    ("call", "answer", "columns"),
    [
        ("get_public_access_block", None, {"block_public_acls": None, "restrict_public_buckets": None}),
        ("get_public_access_block", {}, {"block_public_acls": False, "restrict_public_buckets": False}),
        (
            "get_public_access_block",
            {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": "odd"}},
            {"block_public_acls": True, "ignore_public_acls": None, "block_public_policy": None},
        ),
        ("get_bucket_policy", None, {"policy": None, "public_policy": None, "tls_required": None}),
        ("get_bucket_policy", {}, {"policy": "", "public_policy": False, "tls_required": False}),
        ("get_bucket_policy", {"Policy": OPEN}, {"policy": OPEN, "public_policy": True, "tls_required": False}),
        ("get_bucket_policy", {"Policy": "{"}, {"policy": "{", "public_policy": None, "tls_required": None}),
        ("get_bucket_encryption", None, {"encryption": None, "key": None}),
        ("get_bucket_encryption", {}, {"encryption": "none", "key": None}),
        ("get_bucket_versioning", {}, {"versioning": "off", "mfa_delete": False}),
        ("get_bucket_versioning", {"Status": "Enabled", "MFADelete": "Enabled"}, {"versioning": "on", "mfa_delete": True}),
        ("get_bucket_versioning", {"Status": "Suspended"}, {"versioning": "suspended"}),
        ("get_bucket_versioning", {"Status": "Quantum"}, {"versioning": None}),
        ("get_bucket_versioning", None, {"versioning": None, "mfa_delete": None}),
        ("get_bucket_logging", {}, {"access_logging": False, "log_bucket": None}),
        ("get_bucket_logging", {"LoggingEnabled": {"TargetBucket": "logs"}}, {"access_logging": True, "log_bucket": "logs"}),
        ("get_bucket_logging", None, {"access_logging": None, "log_bucket": None}),
        ("get_bucket_ownership_controls", {}, {"acls_disabled": False}),
        (
            "get_bucket_ownership_controls",
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
            {"acls_disabled": True},
        ),
        ("get_bucket_acl", {"Grants": []}, {"public_acl": False}),
        ("get_bucket_acl", {"Grants": "?"}, {"public_acl": None}),
        (
            "get_bucket_acl",
            {"Grants": [{"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}}]},
            {"public_acl": True},
        ),
        (
            "get_bucket_acl",
            {"Grants": [{"Grantee": {"URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}}]},
            {"public_acl": False},
        ),
        ("get_bucket_lifecycle_configuration", {}, {"lifecycle_rules": 0, "incomplete_uploads_expire": False}),
        ("get_bucket_lifecycle_configuration", None, {"lifecycle_rules": None, "incomplete_uploads_expire": None}),
        ("get_bucket_lifecycle_configuration", {"Rules": 3}, {"lifecycle_rules": None, "incomplete_uploads_expire": None}),
        (
            "get_bucket_lifecycle_configuration",
            {
                "Rules": [
                    {"Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
                    {"Status": "Disabled"},
                ]
            },
            {"lifecycle_rules": 1, "incomplete_uploads_expire": True},
        ),
        (
            "get_bucket_lifecycle_configuration",
            {"Rules": [{"Status": "Disabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]},
            {"lifecycle_rules": 0, "incomplete_uploads_expire": False},
        ),
        ("get_bucket_tagging", {"TagSet": [{"Key": "owner", "Value": "search"}]}, {"tags": {"owner": "search"}}),
        ("get_bucket_tagging", {}, {"tags": {}}),
        ("get_bucket_tagging", None, {"tags": None}),
        ("get_object_lock_configuration", {}, {"object_lock": False}),
        (
            "get_object_lock_configuration",
            {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
            {"object_lock": True},
        ),
    ],
)
def test_an_answer_becomes_columns(call, answer, columns):
    row = bucket(RAW, {call: answer}, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


@pytest.mark.parametrize(
    ("algorithm", "named", "encryption", "key"),
    [
        ("AES256", None, "provider", None),
        ("aws:kms", None, "key", None),
        ("aws:kms", KEY, "key", "aws:111122223333:eu-west-1:crypto.key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("aws:kms:dsse", KEY.replace("111122223333", "444455556666"), "key", "aws:444455556666:eu-west-1:crypto.key/" + KEY[-36:]),
        ("aws:kms", KEY[-36:], "key", "aws:111122223333:eu-west-1:crypto.key/" + KEY[-36:]),
        ("aws:kms", "alias/ledger", "key", None),
        ("rot13", None, None, None),
    ],
)
def test_encryption(algorithm, named, encryption, key):
    default = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": named} if named else {})}
    rules = {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}}
    row = bucket(RAW, {"get_bucket_encryption": rules}, PLACE)
    assert (row.encryption, row.key) == (encryption, key)


def test_encryption_that_is_not_understood_is_unknown():
    assert bucket(RAW, {"get_bucket_encryption": {"New": 1}}, PLACE).encryption is None


def test_the_row_is_named_in_its_own_region():
    row = bucket(RAW, {}, PLACE)
    assert row.id == "aws:111122223333:eu-west-1:storage.bucket/ledger"
    assert (row.name, row.created_at) == ("ledger", datetime(2024, 5, 1))


def seed():
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="trace")
    s3.create_bucket(Bucket="ledger", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_acl(
        Bucket="ledger",
        AccessControlPolicy={
            "Owner": {"ID": "1"},
            "Grants": [
                {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}, "Permission": permission}
                for permission in ("WRITE", "READ_ACP")
            ],
        },
    )
    s3.put_bucket_logging(Bucket="ledger", BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "ledger", "TargetPrefix": ""}})
    s3.put_bucket_versioning(Bucket="ledger", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_policy(Bucket="ledger", Policy=OPEN)
    s3.put_bucket_tagging(Bucket="ledger", Tagging={"TagSet": [{"Key": "owner", "Value": "search"}]})


def test_against_moto(moto, reading):
    seed()
    found = reading(moto, BUCKETS)
    rows = {row.name: row for row in found.resources}
    assert (found.failures, found.partials) == ({}, {})
    assert {name: row.region for name, row in rows.items()} == {"trace": "us-east-1", "ledger": "eu-west-1"}
    ledger = rows["ledger"]
    assert (ledger.public_policy, ledger.versioning, ledger.tags) == (True, "on", {"owner": "search"})
    assert (rows["trace"].policy, rows["trace"].tags, rows["trace"].object_lock) == ("", {}, False)
    assert found.relations == {Relation(ledger.id, Verb.LOGS_TO, ledger.id)}


def test_a_bucket_costs_at_most_twelve_calls(moto, reading):
    seed()
    reading(moto, BUCKETS)
    assert moto.counter["s3:ListBuckets"] == 1
    assert moto.counter["s3:GetBucketTagging"] == 0
    assert sum(count for call, count in moto.counter.items() if call.startswith("s3:Get")) <= 2 * 12


def test_a_single_bucket_is_read_by_itself_and_its_tags_at_the_source(moto, reading):
    seed()
    found = reading(moto, BUCKETS, only=["ledger"])
    assert [row.name for row in found.resources] == ["ledger"]
    assert found.resources[0].tags == {"owner": "search"}
    assert moto.counter["resourcegroupstaggingapi:GetResources"] == 0


def test_what_is_denied_is_unknown_and_said(scripted, reading):
    calls = scripted(
        list_buckets={"Buckets": [{**RAW, "BucketRegion": "eu-west-1"}]},
        list_metrics={"Metrics": []},
        get_resources=Denied("no tags"),
        get_bucket_policy=Denied("no policies"),
        get_bucket_versioning={"Status": "Enabled"},
    )
    found = reading(calls, BUCKETS)
    (row,) = found.resources
    assert (row.policy, row.public_policy) == (None, None)
    assert (row.encryption, row.versioning, row.tags) == ("none", "on", {})
    assert str(found.partials["storage.bucket"]) == "no policies"
    asked = Counter(operation for _, _, operation, _ in calls.asked)
    assert asked["get_bucket_location"] == 0
    assert asked["get_bucket_tagging"] == 1


def test_settings_that_cannot_be_are_not_asked_for(scripted, reading):
    enforced = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
    calls = scripted(
        list_buckets={"Buckets": [{**RAW, "BucketRegion": "eu-west-1"}]},
        list_metrics={"Metrics": []},
        get_resources={"ResourceTagMappingList": []},
        get_bucket_versioning={},
        get_bucket_ownership_controls=enforced,
    )
    (row,) = reading(calls, BUCKETS).resources
    assert (row.object_lock, row.public_acl) == (False, False)
    asked = {operation for _, _, operation, _ in calls.asked}
    assert not asked & {"get_object_lock_configuration", "get_bucket_acl"}
    assert len(calls.asked) == 10


def test_a_bucket_that_went_away_meanwhile_has_no_row(scripted, reading):
    calls = scripted(
        list_buckets={"Buckets": [{**RAW, "BucketRegion": "eu-west-1"}]},
        list_metrics={"Metrics": []},
        get_public_access_block=gone(),
    )
    found = reading(calls, BUCKETS)
    assert (found.resources, found.partials) == ([], {})


def series(*dimensions):
    return {"Dimensions": [{"Name": name, "Value": value} for name, value in dimensions]}


def test_the_size_of_a_bucket_is_the_latest_over_all_storage_classes(scripted, reading):
    answers = [
        {"Id": "q0", "Values": [2.0 * 2**30, 1.0]},
        {"Id": "q1", "Values": [2**29]},
        {"Id": "q2", "Values": []},
        {"Id": "q3", "Values": [5.0]},
        {"Id": "q9", "Values": [5.0]},
    ]
    calls = scripted(
        list_buckets={"Buckets": [{**RAW, "BucketRegion": "eu-west-1"}, {"Name": "young", "BucketRegion": "eu-west-1"}]},
        list_metrics={
            "Metrics": [
                series(("BucketName", "ledger"), ("StorageType", "StandardStorage")),
                series(("BucketName", "ledger"), ("StorageType", "GlacierStorage")),
                series(("BucketName", "young"), ("StorageType", "StandardStorage")),
                series(("StorageType", "StandardStorage")),
            ]
        },
        get_metric_data={"MetricDataResults": answers},
    )
    assert {row.name: row.size_gib for row in reading(calls, BUCKETS).resources} == {"ledger": 2.5, "young": None}


def test_sizes_that_may_not_be_read_are_unknown(scripted, reading):
    calls = scripted(list_buckets={"Buckets": [{**RAW, "BucketRegion": "eu-west-1"}]}, list_metrics=Denied("no metrics"))
    found = reading(calls, BUCKETS)
    assert ([row.size_gib for row in found.resources], str(found.partials["storage.bucket"])) == ([None], "no metrics")


def test_a_bucket_whose_region_is_not_told_is_a_gap(scripted, reading):
    calls = scripted(list_buckets={"Buckets": [RAW]}, get_bucket_location=Denied("no regions"))
    found = reading(calls, BUCKETS)
    assert (found.resources, str(found.failures["storage.bucket"])) == ([], "no regions")
