"""Sign and check with Ed25519. The private key lives in one file that only its owner can read."""

import base64
import binascii
import os
import stat
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from skywright.model.errors import AskHuman, BadInput
from skywright.model.plan import Signature

KEY_FILE = "signing.pem"
OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeySigner:
    """Signs with the key in ``folder`` (made at first use, mode 0600); accepts its own signatures and those of ``trusted``
    public keys (base64 of the raw 32 bytes)."""

    def __init__(self, folder: Path, trusted: Sequence[str] = ()) -> None:
        self._path = folder / KEY_FILE
        self._trusted = frozenset(_checked(key) for key in trusted)

    @property
    def public(self) -> str:
        """Our public key, base64: what others put into their ``trusted_keys``. Makes the key when there is none."""
        return _text(self._key.public_key())

    def sign(self, data: bytes) -> Signature:
        """Sign with our own key. Raises AskHuman when the key file is readable by others, or cannot be made or read."""
        return Signature(key=self.public, value=base64.b64encode(self._key.sign(data)).decode())

    def check(self, data: bytes, signature: Signature) -> bool:
        """Is this a good signature by our key or a trusted one. Anything that is not a signature is not a good one."""
        if signature.algorithm != "ed25519" or not self.trusts(signature.key):
            return False
        try:
            value = base64.b64decode(signature.value, validate=True)
            Ed25519PublicKey.from_public_bytes(base64.b64decode(signature.key)).verify(value, data)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    def trusts(self, key: str) -> bool:
        """Is this public key ours or a trusted one."""
        return key in self._trusted or (self._path.exists() and key == self.public)

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        try:
            if not self._path.exists():
                _make(self._path)
            return _load(self._path)
        except OSError as error:
            raise AskHuman(
                f"The signing key {self._path} cannot be used: {error.strerror or error}.",
                next_step="See that the folder can be written and the file read by you.",
            ) from error


def _make(path: Path) -> None:
    """A new key, whole or not at all; when two processes race, the first one's key stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600 from birth
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()


def _load(path: Path) -> Ed25519PrivateKey:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & OTHERS:
        raise AskHuman(
            f"The signing key {path} can be read by others (mode {mode:04o}), so its signatures prove nothing.",
            next_step=f"Run `chmod 600 {path}`, or delete the file to have a new key made if others may have copied it.",
        )
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as error:
        raise AskHuman(
            f"The signing key {path} is not a private key in PEM form.",
            next_step="Restore it from a backup, or delete it to have a new one made and list the old public key in trusted_keys.",
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise AskHuman(f"The signing key {path} is not an Ed25519 key.", next_step="Delete it to have one made.")
    return key


def _checked(key: str) -> str:
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadInput(
            f"{key!r} is not a public key.",
            where="trusted_keys",
            next_step="Give the base64 text that the other side's plan file shows.",
        ) from error
    return key


def _text(key: Ed25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)).decode()
