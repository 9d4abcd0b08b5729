"""Identity: an Ed25519 key of our own, made at first use, and the keys that are trusted here."""

from skywright.adapters.identity.signer import KeySigner

__all__ = ["KeySigner"]
