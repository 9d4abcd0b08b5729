"""Whom a resource policy lets in, and whether it insists on TLS."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.adapters.clouds.aws.policy import grants_everyone, matches, statements, tls_required

BUCKET = "arn:aws:s3:::ledger"


def policy(*listed, **one):
    return json.dumps({"Version": "2012-10-17", "Statement": list(listed) or [one]})


def allow(**parts):
    return {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*", **parts}


def deny(**parts):
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"], **parts}


def when(operator, key, value):
    return {"Condition": {operator: {key: value}}}


PUBLIC = [
    ("star principal", allow()),
    ("AWS star principal", allow(Principal={"AWS": "*"})),
    ("star among others", allow(Principal={"AWS": ["arn:aws:iam::111122223333:root", "*"]})),
    ("everyone but one", {key: value for key, value in allow(NotPrincipal={"AWS": "1"}).items() if key != "Principal"}),
    ("half the internet", allow(**when("IpAddress", "aws:SourceIp", "0.0.0.0/1"))),
    ("whole internet", allow(**when("IpAddress", "aws:SourceIp", "::/0"))),
    ("one wide among narrow", allow(**when("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "0.0.0.0/0"]))),
    ("broken address", allow(**when("IpAddress", "aws:SourceIp", "office"))),
    ("any organisation", allow(**when("StringLike", "aws:PrincipalOrgID", "o-*"))),
    ("policy variable", allow(**when("StringEquals", "aws:PrincipalAccount", "${aws:PrincipalTag/account}"))),
    ("only if the key exists", allow(**when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-abc"))),
    ("for all values of none", allow(**when("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-abc"))),
    ("everyone but an account", allow(**when("StringNotEquals", "aws:PrincipalAccount", "111122223333"))),
    ("referer can be forged", allow(**when("StringLike", "aws:Referer", "https://example.com/*"))),
    ("TLS is not a caller", allow(**when("Bool", "aws:SecureTransport", "true"))),
    ("any account's topics", allow(**when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:orders"))),
]

CLOSED = [
    ("one account", allow(Principal={"AWS": "arn:aws:iam::111122223333:root"})),
    ("a service", allow(Principal={"Service": "cloudtrail.amazonaws.com"})),
    ("a network", allow(**when("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "10.0.0.0/8"]))),
    ("an organisation", allow(**when("StringEquals", "aws:PrincipalOrgID", "o-abc"))),
    ("an organisation's part", allow(**when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-abc/r-1/*"))),
    ("an endpoint", allow(**when("StringEquals", "AWS:SourceVpce", "vpce-1"))),
    ("a bucket's events", allow(**when("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:uploads"))),
    ("an account's topics", allow(**when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:111122223333:*"))),
    ("a role's sessions", allow(**when("StringLike", "aws:userid", "AROAEXAMPLE:*"))),
    ("only a denial", deny()),
]


@pytest.mark.parametrize(("name", "statement"), PUBLIC, ids=[name for name, _ in PUBLIC])
def test_public(name, statement):
    assert grants_everyone(policy(statement)) is True


@pytest.mark.parametrize(("name", "statement"), CLOSED, ids=[name for name, _ in CLOSED])
def test_closed(name, statement):
    assert grants_everyone(policy(statement)) is False


PERIMETER = {
    "Condition": {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-abc"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
}


@pytest.mark.parametrize(
    ("name", "denial", "public"),
    [
        ("deny all", deny(), False),
        ("deny outside the endpoint", deny(**when("StringNotEquals", "aws:SourceVpce", "vpce-1")), False),
        ("deny outside the network", deny(**when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24")), False),
        ("data perimeter", deny(**PERIMETER), False),
        ("deny all but one", {**deny(NotPrincipal={"AWS": "arn:aws:iam::1:root"}), "Principal": None}, False),
        ("deny plain http", deny(**when("Bool", "aws:SecureTransport", "false")), True),
        ("deny another action", deny(Action="s3:PutObject"), True),
        ("deny another case of the action", deny(Action="S3:getobject"), False),
        ("deny other objects", deny(Resource=f"{BUCKET}/private/*"), True),
        ("deny all but reading", {**deny(NotAction="s3:GetObject"), "Action": None}, True),
        ("deny one account", deny(Principal={"AWS": "arn:aws:iam::1:root"}), True),
        ("deny outside everything", deny(**when("NotIpAddress", "aws:SourceIp", "0.0.0.0/0")), True),
    ],
)
def test_denials_that_close_a_public_grant(name, denial, public):
    assert grants_everyone(policy(allow(), denial)) is public


def test_a_denial_of_some_actions_does_not_close_a_grant_of_all_but_some():
    grant = {key: value for key, value in allow(NotAction="s3:DeleteObject").items() if key != "Action"}
    assert grants_everyone(policy(grant, deny(Action=["s3:Get*", "s3:Put*"]))) is True
    assert grants_everyone(policy(grant, deny(Action="*"))) is False


@pytest.mark.parametrize(
    ("name", "statement", "required"),
    [
        ("as recommended", deny(**when("Bool", "aws:SecureTransport", "false")), True),
        ("as a JSON boolean", deny(**when("Bool", "aws:SecureTransport", False)), True),
        ("every resource", deny(Resource="*", **when("Bool", "aws:SecureTransport", "false")), True),
        ("objects only", deny(Resource=f"{BUCKET}/*", **when("Bool", "aws:SecureTransport", "false")), False),
        ("reading only", deny(Action="s3:GetObject", **when("Bool", "aws:SecureTransport", "false")), False),
        ("one account only", deny(Principal={"AWS": "1"}, **when("Bool", "aws:SecureTransport", "false")), False),
        ("another bucket", deny(Resource="arn:aws:s3:::other*", **when("Bool", "aws:SecureTransport", "false")), False),
        ("the wrong way round", deny(**when("Bool", "aws:SecureTransport", "true")), False),
        (
            "only from one network",
            deny(Condition={"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
            False,
        ),
        ("an allowance binds nobody", allow(Action="s3:*", **when("Bool", "aws:SecureTransport", "true")), False),
    ],
)
def test_tls_required(name, statement, required):
    assert tls_required(policy(statement), BUCKET) is required


@pytest.mark.parametrize(
    "document",
    [
        None,
        7,
        "",
        "not json",
        "[]",
        policy("text"),
        policy({"Effect": "Maybe"}),
        '{"Statement": 3}',
    ],
)
def test_an_unreadable_policy_is_unknown(document):
    assert statements(document) is None
    assert grants_everyone(document) is None
    assert tls_required(document, BUCKET) is None


def test_percent_encoded_documents_are_read():
    assert grants_everyone("%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22%2A%22%7D%7D") is True


def test_no_statements_grant_nothing():
    assert grants_everyone({"Version": "2012-10-17"}) is False


@given(st.text(alphabet="ab[]!-.^$\\", max_size=8))
def test_a_pattern_without_wildcards_matches_itself_only(text):
    assert matches(text, text)
    assert not matches(text, text + "x")


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_a_star_matches_anything(before, middle, after):
    plain = before.replace("*", "").replace("?", ""), after.replace("*", "").replace("?", "")
    assert matches(f"{plain[0]}*{plain[1]}", f"{plain[0]}{middle}{plain[1]}")
