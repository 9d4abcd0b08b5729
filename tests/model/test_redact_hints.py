"""Passing plain texts by quickly must not pass a secret by."""

import re

import pytest

from skywright.model import redact


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
        "Authorization: BEARER abcdefghijklmnopqrstuvwxyz",
        "HTTPS://me:mine@host/",
        "PassWord = hunter2",
        "pa\u017f\u017fword=hunter2",  # (?i) takes the long s for an s
        "to\u212aen: abc",  # and the Kelvin sign for a k
        "SECRET_ACCESS_KEY=abc",
        "passwd:abc",
    ],
)
def test_every_pattern_is_behind_a_hint(text):
    assert redact.scrub(text) != text
    assert any(pattern.search(text) for pattern in redact._SECRET_TEXT)


def test_plain_text_stays():
    text = "arn:aws:iam::111122223333:role/machine"
    assert redact.scrub(text) == text
    assert not any(re.search(pattern, text) for pattern in redact._SECRET_TEXT)
