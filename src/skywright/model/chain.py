"""The audit log's chain: each line carries the hash of the line before, so that no line can be changed, dropped or moved alone."""

import hashlib

import msgspec

from skywright.model.canonical import canonical
from skywright.model.run import LogEntry

GENESIS = "sha256:" + hashlib.sha256(b"skywright audit log").hexdigest()
"""What the first line names as the hash of the line before it."""


def chain(previous: LogEntry | None, entry: LogEntry) -> LogEntry:
    """An entry -> the same entry as the line after ``previous`` (None: as the first line), with seq, previous and hash."""
    linked = msgspec.structs.replace(
        entry,
        seq=previous.seq + 1 if previous else 1,
        previous=previous.hash if previous else GENESIS,
        hash="",
    )
    return msgspec.structs.replace(linked, hash=entry_hash(linked))


def entry_hash(entry: LogEntry) -> str:
    """A line -> ``sha256:<hex>`` over all its fields but the hash itself."""
    return "sha256:" + hashlib.sha256(sealed(entry)).hexdigest()


def sealed(entry: LogEntry) -> bytes:
    """A line -> the bytes that its hash covers."""
    return canonical(msgspec.structs.replace(entry, hash=""))


def link_flaw(previous: LogEntry | None, entry: LogEntry) -> str:
    """What is wrong with ``entry`` as the line after ``previous``; empty when nothing is."""
    expected = previous.seq + 1 if previous else 1
    if entry.seq != expected:
        return f"line {expected} is missing: line {entry.seq} stands in its place"
    if entry.hash != entry_hash(entry):
        return f"line {entry.seq} was changed: its content does not match its hash"
    if entry.previous != (previous.hash if previous else GENESIS):
        return f"line {entry.seq} does not continue line {expected - 1}: the line before it was replaced"
    return ""
