"""How much power identity policies give."""

import json

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from skywright.adapters.clouds.aws.privilege import administrator, privilege_escalation, wildcard_services


def document(*listed):
    return {"Version": "2012-10-17", "Statement": list(listed)}


def allow(action, resource="*", **parts):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **parts}


def deny(action, resource="*", **parts):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **parts}


MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
OWN_TEAM = {"Condition": {"StringEquals": {"aws:ResourceTag/team": "search"}}}


@pytest.mark.parametrize(
    ("name", "documents", "expected"),
    [
        ("everything", [document(allow("*"))], True),
        ("everything, spelled longer", [document(allow(["s3:Get*", "*:*"]))], True),
        ("everything with a second factor", [document(allow("*", **MFA))], True),
        ("everything of one's own team", [document(allow("*", **OWN_TEAM))], False),
        ("everything on one bucket", [document(allow("*", "arn:aws:s3:::ledger"))], False),
        ("everything on every role", [document(allow("*", "arn:aws:iam::*:role/*"))], False),
        ("one service", [document(allow("s3:*"))], False),
        ("all but identities", [document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})], False),
        ("quarantined", [document(allow("*")), document(deny("*"))], False),
        ("but one service", [document(allow("*"), deny("organizations:*"))], True),
        ("denied without a second factor", [document(allow("*"), deny("*", **MFA))], True),
        ("no policy", [], False),
        ("unreadable", ["{"], None),
        ("unreadable, but the other is enough", ["{", document(allow("*"))], True),
    ],
)
def test_administrator(name, documents, expected):
    assert administrator(documents) is expected


def test_of_aws_own_policies_only_one_makes_an_administrator():
    policies = json.loads(aws_managed_policies_data)
    assert [name for name, one in policies.items() if administrator([one["Document"]])] == ["AdministratorAccess"]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (document(allow(["S3:*", "ec2:*", "sqs:Send*"])), ["ec2", "s3"]),
        (document(allow("*")), ["*"]),
        (document(allow("s3:*", "arn:aws:s3:::ledger/*")), []),
        (document(allow(["s3:*", "kms:*"]), deny("kms:*")), ["s3"]),
        ("nonsense", None),
    ],
)
def test_wildcard_services(one, expected):
    assert wildcard_services(one) == expected


@pytest.mark.parametrize(
    ("name", "one", "expected"),
    [
        ("one action is enough", document(allow("iam:CreatePolicyVersion")), True),
        ("case does not matter", document(allow("IAM:attachuserpolicy")), True),
        ("a wildcard holds it", document(allow("iam:*")), True),
        ("every role of the account", document(allow("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/*")), True),
        ("one's own keys", document(allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}")), False),
        ("half a way", document(allow("iam:PassRole")), False),
        ("both halves", document(allow("iam:PassRole"), allow("ec2:RunInstances")), True),
        (
            "the other half on one role",
            document(allow("iam:PassRole", "arn:aws:iam::1:role/web"), allow("ec2:RunInstances")),
            False,
        ),
        ("taken back", document(allow("iam:*"), deny("iam:*"), allow("s3:*")), False),
        ("all but identities", document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), True),
        (
            "all but these",
            document(
                {
                    "Effect": "Allow",
                    "NotAction": ["iam:*", "lambda:*", "glue:*", "ssm:*", "ec2-instance-connect:*"],
                    "Resource": "*",
                }
            ),
            False,
        ),
        ("reading", document(allow(["iam:Get*", "iam:List*", "s3:*"])), False),
        ("unreadable", 5, None),
    ],
)
def test_privilege_escalation(name, one, expected):
    assert privilege_escalation(one) is expected
