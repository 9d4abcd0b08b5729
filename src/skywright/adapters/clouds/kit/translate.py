"""Small readers of a provider's answer: a field that is missing or of another type than documented gives None, never a crash."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec


def at(raw: Any, *path: str) -> Any:
    """What stands at ``path``, or None."""
    for key in path:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw


def text(raw: Any, *path: str) -> str | None:
    """A string."""
    found = at(raw, *path)
    return found if isinstance(found, str) and found else None


def said(raw: Any, *path: str) -> str:
    """A string that the API leaves out when there is none: then "" (known to be none)."""
    return text(raw, *path) or ""


def integer(raw: Any, *path: str) -> int | None:
    """A whole number, also when it comes as digits."""
    found = at(raw, *path)
    if isinstance(found, str) and found.lstrip("-").isascii() and found.lstrip("-").isdigit():
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def number(raw: Any, *path: str) -> float | None:
    """A number."""
    found = at(raw, *path)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def flag(raw: Any, *path: str) -> bool | None:
    """A boolean, also when it comes as ``true`` or ``false``."""
    found = at(raw, *path)
    if isinstance(found, str) and found.lower() in ("true", "false"):
        return found.lower() == "true"
    return found if isinstance(found, bool) else None


def moment(raw: Any, *path: str) -> datetime | None:
    """A time as naive UTC."""
    return utc(at(raw, *path))


def items(raw: Any, *path: str) -> list[Any]:
    """A list; empty when there is none."""
    found = at(raw, *path)
    return found if isinstance(found, list) else []


def texts(raw: Any, *path: str) -> list[str] | None:
    """A list of strings; None when there is no list."""
    found = at(raw, *path)
    return [value for value in found if isinstance(value, str)] if isinstance(found, list) else None


def utc(when: Any) -> datetime | None:
    """A datetime, an ISO 8601 string or seconds since 1970 -> naive UTC."""
    if isinstance(when, str):
        try:
            when = datetime.fromisoformat(when)
        except ValueError:
            return None
    if isinstance(when, int | float) and not isinstance(when, bool):
        when = datetime.fromtimestamp(when, UTC)
    if not isinstance(when, datetime):
        return None
    return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when


def tags(listed: Any, key: str = "Key", value: str = "Value") -> dict[str, str] | None:
    """A list of key and value (or a plain mapping) -> tags. No list: no tags; something else: unknown (None)."""
    if listed is None:
        return {}
    if isinstance(listed, dict):
        return {str(name): str(text or "") for name, text in listed.items()}
    if not isinstance(listed, list):
        return None
    return {str(tag[key]): str(tag.get(value) or "") for tag in listed if isinstance(tag, dict) and key in tag}


def native(raw: Any, *drop: str) -> dict[str, Any]:
    """The provider's answer as plain JSON data, without the fields in ``drop`` (secrets, and what changes at every reading)."""
    kept = {name: value for name, value in raw.items() if name not in drop and name != "ResponseMetadata"}
    plain: dict[str, Any] = msgspec.to_builtins(kept, str_keys=True)
    return plain


def tail(arn: str | None, separator: str = "/") -> str | None:
    """The last part of an ARN or path."""
    return arn.rsplit(separator, 1)[-1] if arn else None


def sorted_texts(values: Iterable[str | None]) -> list[str]:
    """Distinct strings in order, so that an answer in another order is the same row."""
    return sorted({value for value in values if value})


def chunks(values: Iterable[str | None], size: int) -> Iterator[list[str]]:
    """Distinct strings in order, ``size`` at a time, for calls that take only so many."""
    ordered = sorted_texts(values)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
