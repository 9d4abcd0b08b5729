"""Secrets are taken out; everything else stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.model.redact import HIDDEN, scrub, scrub_log

KEY = "AKIA" + "ABCDEFGH12345678"


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "MasterUserPassword",
        "db_password",
        "secret",
        "SecretAccessKey",
        "aws_secret_access_key",
        "client-secret",
        "token",
        "ClientToken",
        "sessionToken",
        "api_key",
        "ApiKey",
        "PrivateKey",
        "UserData",
        "Authorization",
        "credentials",
    ],
)
def test_texts_under_secret_names_are_hidden(name: str) -> None:
    assert scrub({"deep": [{name: "hunter2"}]}) == {"deep": [{name: HIDDEN}]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("metadata_token_required", True),
        ("secret_id", "arn:aws:secretsmanager:eu-west-1:1:secret:x"),
        ("PasswordPolicy", {"MinimumLength": 14}),
        ("password_min_length", 14),
        ("key", "environment"),
        ("token", ""),
        ("password", None),
    ],
)
def test_what_is_no_secret_stays(name: str, value: object) -> None:
    assert scrub({name: value}) == {name: value}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abcdefghijklmnop1234", f"Authorization: Bearer {HIDDEN}"),
        ("postgres://joe:pass@host/db", f"postgres://{HIDDEN}@host/db"),
        ("login failed: password=hunter2, user=joe", f"login failed: password={HIDDEN}, user=joe"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", HIDDEN),
        ("-----BEGIN PRIVATE KEY-----\ncut off", HIDDEN),
        ("nothing to hide: the secret of success", "nothing to hide: the secret of success"),
    ],
)
def test_secrets_inside_texts_are_hidden(text: str, expected: str) -> None:
    assert scrub({"message": text}) == {"message": expected}


def test_access_key_ids_stay_in_results_and_are_cut_in_the_log() -> None:
    assert scrub({"id": KEY}) == {"id": KEY}
    assert scrub_log({"list": [f"key {KEY} is old"]}) == {"list": ["key AKIA…5678 is old"]}


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(PLAIN)
def test_it_is_done_once(value: object) -> None:
    assert scrub(scrub(value)) == scrub(value)


@given(st.text(alphabet="abcdefghijk0123456789", min_size=8))
def test_a_secret_is_nowhere_in_what_is_kept(secret: str) -> None:
    kept = repr(scrub_log({"a": [{"MasterPassword": secret}], "b": {"secret": secret}}))
    assert secret not in kept.replace(HIDDEN, "")
