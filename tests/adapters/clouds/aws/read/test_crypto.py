"""Keys, secrets, certificates."""

from datetime import datetime

import boto3
import pytest

from skywright.adapters.clouds.aws.read.crypto import READERS, KeyFacts, can_rotate, certificate, kebab, key, secret
from skywright.adapters.clouds.aws.read.place import Place
from skywright.model.errors import Denied, NotThere

PLACE = Place("111122223333", "eu-west-1")
KEYS, SECRETS, CERTIFICATES = READERS
ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
OPEN = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}}'


@pytest.mark.parametrize(
    ("name", "facts", "aliases", "columns"),
    [
        (
            "a customer's key",
            KeyFacts({"KeyManager": "CUSTOMER", "KeyState": "PendingDeletion", "KeySpec": "SYMMETRIC_DEFAULT"}, False, OPEN, {}),
            ["alias/ledger"],
            {"manager": "customer", "state": "pending-deletion", "rotation": False, "public": True, "name": "ledger"},
        ),
        ("a key of AWS", KeyFacts(), ["alias/aws/s3"], {"manager": "provider", "rotation": True, "public": None}),
        ("an unknown key", KeyFacts(), None, {"manager": None, "rotation": None, "aliases": None, "name": None, "tags": None}),
        (
            "types that drift",
            KeyFacts({"KeyState": 3, "CreationDate": "soon", "MultiRegion": "x"}),
            [],
            {"state": None, "multi_region": None},
        ),
    ],
)
def test_key(name, facts, aliases, columns):
    row = key(ID, facts, aliases, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


@pytest.mark.parametrize(
    ("word", "kebabbed"), [("Enabled", "enabled"), ("PendingReplicaDeletion", "pending-replica-deletion"), (None, None)]
)
def test_states_in_our_words(word, kebabbed):
    assert kebab(word) == kebabbed


@pytest.mark.parametrize(
    ("described", "rotates"),
    [
        ({"KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS"}, True),
        ({"CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"}, True),
        ({"KeySpec": "SYMMETRIC_DEFAULT", "Origin": "EXTERNAL"}, False),
        ({"KeySpec": "RSA_2048", "Origin": "AWS_KMS"}, False),
        ({}, False),
    ],
)
def test_which_keys_kms_rotates(described, rotates):
    assert can_rotate(described) is rotates


@pytest.mark.parametrize(
    ("raw", "columns"),
    [
        ({}, {"rotation": False, "key": "", "tags": {}}),
        ({"RotationEnabled": True, "KmsKeyId": ID}, {"rotation": True, "key": f"aws:111122223333:eu-west-1:crypto.key/{ID}"}),
        ({"RotationEnabled": "perhaps", "KmsKeyId": "alias/x"}, {"rotation": None, "key": None}),
        ({"LastAccessedDate": datetime(2026, 6, 1)}, {"last_used_at": datetime(2026, 6, 1)}),
    ],
)
def test_secret(raw, columns):
    row = secret({"Name": "team/db", **raw}, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns
    assert row.id == "aws:111122223333:eu-west-1:crypto.secret/team/db"


@pytest.mark.parametrize(
    ("raw", "described", "columns"),
    [
        (
            {"Type": "AMAZON_ISSUED", "Status": "PENDING_VALIDATION", "RenewalEligibility": "ELIGIBLE", "InUse": True},
            {"Certificate": {"Options": {"CertificateTransparencyLoggingPreference": "DISABLED"}}},
            {
                "state": "pending-validation",
                "imported": False,
                "transparency_logging": False,
                "renewal_eligible": True,
                "in_use": True,
            },
        ),
        ({"Type": "IMPORTED"}, None, {"imported": True, "transparency_logging": None, "in_use": None, "state": None}),
        ({"Type": 4, "NotAfter": "never"}, None, {"imported": None, "expires_at": None}),
    ],
)
def test_certificate(raw, described, columns):
    row = certificate({"CertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/c-1", **raw}, described, None, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns
    assert row.native_id == "c-1"


def test_keys_against_moto(moto, reading):
    kms = boto3.client("kms", region_name="eu-west-1")
    mine = kms.create_key(Tags=[{"TagKey": "team", "TagValue": "search"}])["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/ledger", TargetKeyId=mine)
    kms.enable_key_rotation(KeyId=mine)
    found = reading(moto, KEYS)
    row = next(row for row in found.resources if row.native_id == mine)
    assert (found.failures, found.partials) == ({}, {})
    assert (row.manager, row.rotation, row.public, row.state) == ("customer", True, False, "enabled")
    assert (row.tags, row.aliases) == ({"team": "search"}, ["alias/ledger"])
    assert moto.counter["kms:ListResourceTags"] == 0


def test_a_single_key_is_asked_by_its_id_and_a_gone_one_has_no_row(moto, reading):
    kms = boto3.client("kms", region_name="eu-west-1")
    mine = kms.create_key(Tags=[{"TagKey": "team", "TagValue": "search"}])["KeyMetadata"]["KeyId"]
    found = reading(moto, KEYS, only=[mine, ID])
    assert [(row.native_id, row.tags) for row in found.resources] == [(mine, {"team": "search"})]
    assert (moto.counter["kms:ListKeys"], found.failures, found.partials) == (0, {}, {})


def test_aws_own_keys_cost_no_calls(scripted, reading):
    calls = scripted(
        list_keys={"Keys": [{"KeyId": ID}]},
        list_aliases={"Aliases": [{"AliasName": "alias/aws/ebs", "TargetKeyId": ID}]},
    )
    (row,) = reading(calls, KEYS).resources
    assert (row.manager, row.rotation) == ("provider", True)
    assert [operation for _, _, operation, _ in calls.asked] == ["list_aliases", "list_keys"]


def test_a_denied_policy_leaves_a_column_unknown(scripted, reading):
    def described(**params):
        return {"KeyMetadata": {"KeyManager": "CUSTOMER"}} if params["KeyId"] == ID else NotThere("gone")

    calls = scripted(
        list_keys={"Keys": [{"KeyId": ID}, {"KeyId": "gone"}]},
        list_aliases=Denied("no aliases"),
        describe_key=described,
        get_key_policy=Denied("no policy"),
        get_resources={"ResourceTagMappingList": []},
    )
    found = reading(calls, KEYS)
    (row,) = found.resources
    assert (row.public, row.aliases, row.rotation, row.tags) == (None, None, False, {})
    assert str(found.partials["crypto.key"]) == "no aliases"


def test_a_key_that_cannot_be_described_keeps_its_row(scripted, reading):
    calls = scripted(list_keys={"Keys": [{"KeyId": ID}]}, list_aliases={"Aliases": []}, describe_key=Denied("not this one"))
    found = reading(calls, KEYS)
    assert [(row.native_id, row.state, row.aliases) for row in found.resources] == [(ID, None, [])]
    assert str(found.partials["crypto.key"]) == "not this one"


def test_secrets_and_certificates_against_moto(moto, reading):
    boto3.client("secretsmanager", region_name="eu-west-1").create_secret(
        Name="db", SecretString="hush", Tags=[{"Key": "team", "Value": "search"}]
    )
    acm = boto3.client("acm", region_name="eu-west-1")
    acm.request_certificate(DomainName="example.com", Tags=[{"Key": "team", "Value": "web"}])
    (row,) = reading(moto, SECRETS).resources
    assert (row.name, row.tags, row.rotation) == ("db", {"team": "search"}, False)
    assert "hush" not in str(row)
    found = reading(moto, CERTIFICATES)
    (row,) = found.resources
    assert (row.domain, row.imported, row.transparency_logging, row.key_algorithm) == ("example.com", False, True, "RSA_2048")
    assert (row.tags, found.partials) == ({"team": "web"}, {})
