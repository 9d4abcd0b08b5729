"""Canonical JSON and hashes: the same value gives the same bytes on every machine."""

import hashlib
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted", decimal_format="string")


def canonical(value: Any) -> bytes:
    """Any model type, or plain data, as JSON with sorted keys, no blanks and decimals as strings."""
    return _ENCODER.encode(value)


def digest(value: Any) -> str:
    """``sha256:<hex>`` of the canonical JSON of ``value``."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()


def row_hash(row: Any) -> str:
    """The hash of a resource as seen: all its columns but ``native``, whose volatile parts (dates of reading, counters) would
    make every plan stale."""
    plain = msgspec.to_builtins(row, str_keys=True) if isinstance(row, msgspec.Struct) else dict(row)
    return digest({key: value for key, value in plain.items() if key not in ("native", "seen_at")})
