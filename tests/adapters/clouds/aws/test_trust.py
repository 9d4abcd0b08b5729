"""Who may assume a role."""

import pytest

from skywright.adapters.clouds.aws.trust import external_id_required, trusts_accounts, trusts_anyone

OWN, FRIEND = "111122223333", "444455556666"
GITHUB = "token.actions.githubusercontent.com"


def trust(principal, *more, **conditions):
    one = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    block = {operator: dict([pair]) for operator, pair in conditions.items()}
    return {"Statement": [{**one, **({"Condition": block} if block else {})}, *more]}


def github(**conditions):
    return trust({"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{GITHUB}"}, **conditions)


@pytest.mark.parametrize(
    ("principal", "accounts"),
    [
        ({"AWS": f"arn:aws:iam::{FRIEND}:root"}, [FRIEND]),
        ({"AWS": [FRIEND, f"arn:aws:iam::{OWN}:role/ci"]}, [OWN, FRIEND]),
        ({"AWS": f"arn:aws:sts::{FRIEND}:assumed-role/ci/session"}, [FRIEND]),
        ({"Service": "ec2.amazonaws.com"}, []),
        ({"AWS": "AROADELETEDROLE"}, []),
        ("*", []),
    ],
)
def test_trusted_accounts(principal, accounts):
    assert trusts_accounts(trust(principal)) == accounts


@pytest.mark.parametrize(
    ("name", "document", "anyone"),
    [
        ("everyone", trust("*"), True),
        ("everyone who knows a word", trust("*", StringEquals=("sts:ExternalId", "secret")), True),
        ("everyone of an organisation", trust("*", StringEquals=("aws:PrincipalOrgID", "o-abc")), False),
        ("an account", trust({"AWS": FRIEND}), False),
        ("any repository", github(StringEquals=(f"{GITHUB}:aud", "sts.amazonaws.com")), True),
        ("any repository, spelled out", github(StringLike=(f"{GITHUB}:sub", "repo:*")), True),
        ("a wildcard", github(StringLike=(f"{GITHUB}:sub", "*")), True),
        ("one of two is a wildcard", github(StringLike=(f"{GITHUB}:sub", ["repo:shop/web:*", "*"])), True),
        ("repositories of an owner", github(StringLike=(f"{GITHUB}:sub", "repo:shop/*")), False),
        (
            "repositories of an owner, any case",
            github(**{"ForAnyValue:StringLike": (f"{GITHUB.upper()}:sub", "repo:shop/web:*")}),
            False,
        ),
        ("all but one repository", github(StringNotEquals=(f"{GITHUB}:sub", "repo:shop/web")), True),
        ("an issuer of one's own", trust({"Federated": f"arn:aws:iam::{OWN}:oidc-provider/login.example.com"}), False),
        ("a SAML provider", trust({"Federated": f"arn:aws:iam::{OWN}:saml-provider/staff"}), False),
        ("any visitor of any app", trust({"Federated": "cognito-identity.amazonaws.com"}), True),
        (
            "the visitors of one app",
            trust({"Federated": "cognito-identity.amazonaws.com"}, StringEquals=("cognito-identity.amazonaws.com:aud", "eu:1")),
            False,
        ),
        ("unreadable", "{", None),
    ],
)
def test_trusts_anyone(name, document, anyone):
    assert trusts_anyone(document) is anyone


SECRET = {"StringEquals": ("sts:ExternalId", "secret")}
UNASKED = {"Effect": "Allow", "Principal": {"AWS": FRIEND}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize(
    ("name", "document", "required"),
    [
        ("asked", trust({"AWS": FRIEND}, **SECRET), True),
        ("not asked", trust({"AWS": FRIEND}), False),
        ("any will do", trust({"AWS": FRIEND}, StringLike=("sts:ExternalId", "*")), False),
        ("asked here, not there", trust({"AWS": FRIEND}, UNASKED, **SECRET), False),
        ("nobody else is trusted", trust({"AWS": OWN}), False),
        ("unreadable", None, None),
    ],
)
def test_external_id(name, document, required):
    assert external_id_required(document, OWN) is required


def test_an_unreadable_policy_trusts_who_knows_whom():
    assert trusts_accounts("nonsense") is None
