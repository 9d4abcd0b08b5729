"""Our key and those we trust."""

import os
import stat
import threading

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from skywright.adapters.identity import KeySigner
from skywright.model.errors import AskHuman, BadInput
from skywright.model.plan import Signature


def test_our_own_signature_is_good_in_a_later_process_too(tmp_path):
    signature = KeySigner(tmp_path).sign(b"plan")
    assert KeySigner(tmp_path).check(b"plan", signature)
    assert not KeySigner(tmp_path).check(b"plan edited", signature)


def test_the_key_is_for_its_owner_alone(tmp_path):
    KeySigner(tmp_path / "new").sign(b"plan")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()] == [0o600]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_that_others_can_read_is_refused(tmp_path, mode):
    KeySigner(tmp_path).sign(b"plan")
    path = tmp_path / "signing.pem"
    path.chmod(mode)
    with pytest.raises(AskHuman) as caught:
        KeySigner(tmp_path).sign(b"plan")
    assert str(caught.value) == (
        f"The signing key {path} can be read by others (mode {mode:04o}), so its signatures prove nothing. "
        f"Run `chmod 600 {path}`, or delete the file to have a new key made if others may have copied it."
    )


def test_a_foreign_signature_is_good_only_when_its_key_is_trusted(tmp_path):
    other = KeySigner(tmp_path / "other")
    signature = other.sign(b"plan")
    assert not KeySigner(tmp_path / "ours").check(b"plan", signature)
    assert KeySigner(tmp_path / "ours", [other.public]).check(b"plan", signature)


def test_checking_makes_no_key(tmp_path):
    signature = KeySigner(tmp_path / "other").sign(b"plan")
    assert not KeySigner(tmp_path / "ours").check(b"plan", signature)
    assert not (tmp_path / "ours").exists()


@pytest.mark.parametrize(
    "signature",
    [
        Signature(key="", value=""),
        Signature(key="not base64 !", value="x"),
        Signature(key="AAAA", value="AAAA"),
    ],
)
def test_rubbish_is_not_a_good_signature(tmp_path, signature):
    assert not KeySigner(tmp_path).check(b"plan", signature)


def test_a_good_key_with_a_rubbish_value_or_algorithm_is_not_good(tmp_path):
    signer = KeySigner(tmp_path)
    good = signer.sign(b"plan")
    assert not signer.check(b"plan", Signature(key=good.key, value="%%%"))
    assert not signer.check(b"plan", Signature(key=good.key, value=good.value, algorithm="none"))


def test_a_trusted_key_that_is_none_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match=r"^trusted_keys: 'abc' is not a public key\. Give the base64 text"):
        KeySigner(tmp_path, ["abc"])


def test_a_broken_key_file_is_told(tmp_path):
    path = tmp_path / "signing.pem"
    path.write_text("nonsense")
    path.chmod(0o600)
    with pytest.raises(AskHuman, match=r"is not a private key in PEM form\. Restore it from a backup"):
        KeySigner(tmp_path).sign(b"plan")


def test_a_key_of_another_sort_is_told(tmp_path):
    path = tmp_path / "signing.pem"
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(generate_private_key(65537, 2048).private_bytes(*form))
    path.chmod(0o600)
    with pytest.raises(AskHuman, match="is not an Ed25519 key"):
        KeySigner(tmp_path).sign(b"plan")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(AskHuman, match="cannot be used"):
        KeySigner(tmp_path).sign(b"plan")


def test_two_at_once_make_one_key(tmp_path):
    keys = []
    threads = [threading.Thread(target=lambda: keys.append(KeySigner(tmp_path).public)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1
