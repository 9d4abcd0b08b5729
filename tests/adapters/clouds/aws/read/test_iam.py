"""Identities: what IAM's lists, its credential report and its keys mean together."""

import json
from datetime import datetime

import boto3
import pytest

from skywright.adapters.clouds.aws.read import iam_translate as iam
from skywright.adapters.clouds.aws.read.iam import READERS
from skywright.adapters.clouds.aws.read.place import Place
from skywright.model.errors import Denied
from skywright.model.estate import Relation, Verb

ACCOUNT = "111122223333"
PLACE = Place(ACCOUNT, "global")
IDENTITIES, KEYS, PASSWORDS = READERS
ALL = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
SOME = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
OWN = f"arn:aws:iam::{ACCOUNT}:policy/team/own"
AWS_ALL = "arn:aws:iam::aws:policy/AdministratorAccess"
AWS_SOME = "arn:aws:iam::aws:policy/ReadOnlyAccess"
COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,"
    "access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,"
    "access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,"
    "cert_2_last_rotated"
)
ANN = (
    "ann,arn:aws:iam::111122223333:user/ann,2024-01-01T00:00:00+00:00,true,2026-06-01T10:00:00+00:00,2025-01-01T00:00:00+00:00,"
    "N/A,false,true,2025-03-01T08:00:00+00:00,2026-06-20T09:00:00+00:00,eu-west-1,s3,false,2025-04-01T08:00:00+00:00,N/A,N/A,N/A,"
    "false,N/A,false,N/A"
)
BOT = "bot,arn:x,2024-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
ROOT = (
    "<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,no_information,not_supported,"
    "not_supported,true,true,2021-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
)
REPORT = f"{COLUMNS}\n{ROOT}\n{ANN}\n{BOT}\n"


def attached(*arns):
    return {"AttachedManagedPolicies": [{"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn} for arn in arns]}


def inline(key, document):
    return {key: [{"PolicyName": "inline", "PolicyDocument": document}]}


def user(**raw):
    groups = {"admins": {"GroupName": "admins", **attached(AWS_ALL)}, "readers": {"GroupName": "readers", **attached(AWS_SOME)}}
    return iam.user({"UserName": "ann", **raw}, PLACE, {OWN: SOME}, groups)


@pytest.mark.parametrize(
    ("name", "raw", "administrator"),
    [
        ("nothing", {}, False),
        ("AWS's own administrator policy", attached(AWS_ALL), True),
        ("another of AWS's", attached(AWS_SOME), False),
        ("one's own policy", attached(OWN), False),
        ("a policy that could not be read", attached(OWN + "2"), None),
        ("an unreadable one beside enough", attached(OWN + "2", AWS_ALL), True),
        ("inline", inline("UserPolicyList", ALL), True),
        ("through a group", {"GroupList": ["admins"]}, True),
        ("through a group of little power", {"GroupList": ["readers"]}, False),
        ("through a group that is not known", {"GroupList": ["ghosts"]}, None),
        (
            "but bounded",
            attached(AWS_ALL) | {"PermissionsBoundary": {"PermissionsBoundaryArn": OWN}},
            False,
        ),
        (
            "bounded by nothing",
            attached(AWS_ALL) | {"PermissionsBoundary": {"PermissionsBoundaryArn": AWS_ALL}},
            True,
        ),
        (
            "bounded by who knows what",
            attached(AWS_ALL) | {"PermissionsBoundary": {"PermissionsBoundaryArn": OWN + "2"}},
            None,
        ),
    ],
)
def test_who_is_an_administrator(name, raw, administrator):
    assert user(**raw).administrator is administrator


def test_a_user_names_groups_and_policies():
    row = user(GroupList=["readers", "admins"], Tags=[{"Key": "team", "Value": "search"}], **attached(OWN, AWS_SOME))
    assert row.id == "aws:111122223333:global:identity.user/ann"
    assert row.groups == [f"aws:111122223333:global:identity.group/{name}" for name in ("admins", "readers")]
    assert row.attached_policies == [AWS_SOME, "aws:111122223333:global:identity.policy/own"]
    assert (row.tags, row.inline_policies) == ({"team": "search"}, [])


def test_fields_of_another_type_are_unknown_and_no_crash():
    row = user(GroupList="admins", CreateDate="soon", Tags=7, AttachedManagedPolicies={"a": 1})
    assert (row.groups, row.created_at, row.tags, row.attached_policies) == ([], None, None, [])


def test_the_report_and_the_keys_complete_a_user():
    report = iam.report_of(REPORT.encode())
    key = iam.access_key(
        {"AccessKeyId": "AKIA1", "UserName": "ann", "Status": "Active"}, PLACE, iam.KeyUse(True, datetime(2026, 6, 20))
    )
    row = iam.with_credentials(user(), report["ann"], [key])
    assert (row.password_enabled, row.mfa, row.access_keys_active) == (True, False, 1)
    assert (row.password_last_used_at, row.password_changed_at) == (datetime(2026, 6, 1, 10), datetime(2025, 1, 1))
    assert row.last_active_at == datetime(2026, 6, 20)


def test_without_report_and_keys_a_users_credentials_are_unknown():
    row = iam.with_credentials(user(), None, None)
    assert (row.password_enabled, row.mfa, row.access_keys_active, row.last_active_at) == (None, None, None, None)


@pytest.mark.parametrize(
    ("born", "use"),
    [
        (datetime(2025, 3, 1, 8), iam.KeyUse(known=True, at=datetime(2026, 6, 20, 9))),
        (datetime(2025, 3, 1, 8, 0, 0, 999_999), iam.KeyUse(known=True, at=datetime(2026, 6, 20, 9))),
        (datetime(2025, 4, 1, 8), iam.KeyUse(known=True, at=None)),
        (datetime(2026, 6, 30), iam.KeyUse(known=False)),
        (None, iam.KeyUse(known=False)),
    ],
)
def test_a_key_is_found_in_the_report_by_its_day_of_birth(born, use):
    assert iam.key_use({"CreateDate": born}, iam.report_of(REPORT)["ann"]) == use


def test_root_keys_have_rows_without_ids_of_aws():
    (key,) = iam.root_keys(iam.report_of(REPORT)[iam.ROOT], PLACE)
    assert (key.native_id, key.root, key.active, key.used, key.rotated_at) == ("root-1", True, True, False, datetime(2021, 1, 1))


@pytest.mark.parametrize("content", [None, b"", b"<html>", 7])
def test_a_report_that_is_none_is_refused(content):
    with pytest.raises(ValueError, match=r"^a credential report begins with its column names$"):
        iam.report_of(content)


def test_who_may_have_keys():
    report = iam.report_of(REPORT)
    assert [iam.may_have_keys(report.get(name)) for name in ("ann", "bot", "younger than the report")] == [True, False, True]


def test_a_role():
    trust = {"Statement": {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}}
    raw = {
        "RoleName": "deploy",
        "Path": "/",
        "AssumeRolePolicyDocument": trust,
        "RoleLastUsed": {"LastUsedDate": datetime(2026, 6, 1)},
        **attached(AWS_ALL),
    }
    row = iam.role(raw, PLACE, {}, 3600)
    assert (row.trusts_anyone, row.trusts_accounts, row.external_id_required) == (False, ["444455556666"], False)
    assert (row.service_linked, row.administrator, row.permissions_boundary, row.max_session_s) == (False, True, "", 3600)
    assert row.last_used_at == datetime(2026, 6, 1)
    assert "RoleLastUsed" not in row.native


def test_a_role_without_a_readable_trust_policy():
    row = iam.role({"RoleName": "odd", "Path": "/aws-service-role/x/"}, PLACE, {})
    assert (row.trusts_anyone, row.trusts_accounts, row.external_id_required, row.service_linked) == (None, None, None, True)


def test_a_policy_is_judged_by_its_version_in_force():
    versions = [
        {"VersionId": "v1", "IsDefaultVersion": False, "Document": ALL},
        {"VersionId": "v2", "IsDefaultVersion": True, "Document": SOME},
    ]
    row = iam.policy({"Arn": OWN, "AttachmentCount": 2, "PolicyVersionList": versions}, PLACE)
    assert (row.name, row.attachments, row.administrator, row.wildcard_services) == ("own", 2, False, ["s3"])
    assert json.loads(row.document) == SOME


def test_a_policy_without_a_document_is_unknown():
    row = iam.policy({"Arn": OWN}, PLACE)
    assert (row.administrator, row.wildcard_services, row.privilege_escalation, row.document) == (None, None, None, None)


@pytest.mark.parametrize(
    ("answer", "columns"),
    [
        (None, {"configured": False, "minimum_length": 0, "require_symbols": False, "reuse_prevention": 0, "max_age_days": 0}),
        (
            {"PasswordPolicy": {"MinimumPasswordLength": 14, "RequireSymbols": True, "PasswordReusePrevention": 24}},
            {"configured": True, "minimum_length": 14, "require_symbols": True, "reuse_prevention": 24, "max_age_days": 0},
        ),
        (
            {"PasswordPolicy": {"MinimumPasswordLength": "long", "RequireSymbols": 1}},
            {"configured": True, "minimum_length": None, "require_symbols": None},
        ),
    ],
)
def test_password_policy(answer, columns):
    row = iam.password_policy(answer, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


@pytest.fixture
def company(moto):
    client = boto3.client("iam")
    client.create_user(UserName="ann", Tags=[{"Key": "team", "Value": "search"}])
    client.create_user(UserName="bot")
    client.create_group(GroupName="ops")
    client.add_user_to_group(GroupName="ops", UserName="ann")
    own = client.create_policy(PolicyName="own", PolicyDocument=json.dumps(ALL | {"Version": "2012-10-17"}))["Policy"]["Arn"]
    client.attach_group_policy(GroupName="ops", PolicyArn=own)
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    client.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust}))
    client.create_login_profile(UserName="ann", Password="correct-horse-1A!")
    keys = [client.create_access_key(UserName=name)["AccessKey"] for name in ("ann", "bot")]
    client.update_access_key(UserName="bot", AccessKeyId=keys[1]["AccessKeyId"], Status="Inactive")
    return moto, {key["UserName"]: key for key in keys}


def by_name(reading, kind):
    return {row.name: row for row in reading.resources if kind == row.KIND}


def test_against_moto(company, reading):
    moto, _ = company
    found = reading(moto, IDENTITIES)
    assert (found.failures, found.partials) == ({}, {})
    ann, bot = by_name(found, "identity.user")["ann"], by_name(found, "identity.user")["bot"]
    assert (ann.password_enabled, ann.mfa, ann.access_keys_active, ann.administrator) == (True, False, 1, True)
    assert (bot.password_enabled, bot.access_keys_active, bot.administrator) == (False, 0, False)
    (ops,), (web,) = by_name(found, "identity.group").values(), by_name(found, "identity.role").values()
    assert (ops.members, ops.administrator, web.trusts_anyone, web.max_session_s) == (1, True, False, 3600)
    (own,) = by_name(found, "identity.policy").values()
    assert (own.administrator, own.attachments) == (True, 1)
    assert found.relations == {Relation(ann.id, Verb.MEMBER_OF, ops.id), Relation(ops.id, Verb.USES, own.id)}


def test_keys_against_moto(company, reading):
    moto, keys = company
    found = reading(moto, KEYS)
    rows = by_name(found, "identity.key")
    assert {name: (row.native_id, row.active, row.state, row.used) for name, row in rows.items()} == {
        "ann": (keys["ann"]["AccessKeyId"], True, "active", False),
        "bot": (keys["bot"]["AccessKeyId"], False, "inactive", False),
    }
    assert all(keys[name]["SecretAccessKey"] not in str(row) for name, row in rows.items())
    assert Relation(rows["ann"].id, Verb.USES, rows["ann"].user_id) in found.relations


def test_one_key_is_read_again_without_the_whole_account(company, reading):
    moto, keys = company
    wanted = keys["bot"]["AccessKeyId"]
    found = reading(moto, KEYS, only=[wanted])
    assert [row.native_id for row in found.resources] == [wanted]
    assert moto.counter["iam:GetAccountAuthorizationDetails"] == 0


def test_a_missing_password_policy_is_a_fact(moto, reading):
    (row,) = reading(moto, PASSWORDS).resources
    assert row.configured is False


DETAILS = {
    "UserDetailList": [{"UserName": "ann", "GroupList": ["ops"], **attached(OWN)}],
    "GroupDetailList": [{"GroupName": "ops"}],
    "RoleDetailList": [{"RoleName": "web"}, {"Nameless": True}],
    "Policies": [{"Arn": OWN}, {"Arn": 7}],
}


def test_every_kind_stands_for_itself(scripted, reading):
    calls = scripted(get_account_authorization_details=DETAILS, generate_credential_report=Denied("no report"))
    found = reading(calls, IDENTITIES)
    assert sorted(row.native_id for row in found.resources) == ["ann", "ops", "own", "web"]
    (ann,) = by_name(found, "identity.user").values()
    assert (ann.mfa, ann.administrator) == (None, None)
    for kind in ("identity.policy", "identity.role"):
        assert str(found.failures[kind]).startswith(f"AWS answered for {kind} in a shape that is not understood")
    assert set(found.failures) == {"identity.policy", "identity.role"}
    assert str(found.partials["identity.user"]) == "no report"


def test_users_whose_keys_cannot_be_listed_are_a_gap(scripted, reading):
    calls = scripted(
        get_account_authorization_details=DETAILS,
        generate_credential_report={},
        get_credential_report={"Content": REPORT.encode()},
        list_access_keys=Denied("no keys for you"),
    )
    found = reading(calls, KEYS)
    assert [row.native_id for row in found.resources] == ["root-1"]
    assert str(found.failures["identity.key"]) == "no keys for you"


def test_the_use_of_a_key_younger_than_the_report_is_asked_for(scripted, reading):
    calls = scripted(
        get_account_authorization_details=DETAILS,
        generate_credential_report={},
        get_credential_report={"Content": REPORT.encode()},
        list_access_keys={"AccessKeyMetadata": [{"AccessKeyId": "AKIA9", "UserName": "ann", "CreateDate": datetime(2026, 6, 30)}]},
        get_access_key_last_used={"UserName": "ann", "AccessKeyLastUsed": {"LastUsedDate": datetime(2026, 7, 1)}},
    )
    row = next(row for row in reading(calls, KEYS).resources if row.native_id == "AKIA9")
    assert (row.used, row.last_used_at, row.active) == (True, datetime(2026, 7, 1), None)
