"""Putting a method in place of one of moto's."""

from typing import Any


def put(owner: Any, name: str, made: Any) -> Any:
    """Put ``made`` in place of ``owner.name``; gives what stood there, or None."""
    before = getattr(owner, name, None)
    setattr(owner, name, made)
    return before
