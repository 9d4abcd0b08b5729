"""Botocore made lean: its service models without documentation and unpacked as they are used, its times without dateutil.

Both go through doors of botocore (the loader's ``file_loader``, the parser factory's ``timestamp_parser``). They save a third
of the CPU and much of the memory that gathering a middling estate takes.
"""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

PACKED = ("operations", "shapes")


class LeanFiles:
    """Loads botocore's JSON files; stands in for ``botocore.loaders.JSONFileLoader``."""

    def exists(self, file_path: str) -> bool:
        """Is there such a file (named without its ending)."""
        return any(path.is_file() for path in _candidates(file_path))

    def load_file(self, file_path: str) -> Any:
        """The file's data, documentation dropped; None when there is no such file."""
        for path in _candidates(file_path):
            if path.is_file():
                packed = path.read_bytes()
                text = gzip.decompress(packed) if path.suffix == ".gz" else packed
                return _lean(text) if path.name.startswith("service-2.") else msgspec.json.decode(text)
        return None


def parse_time(value: Any) -> datetime:
    """A time as the wire has it (seconds since 1970, ISO 8601, or an HTTP date) -> an aware datetime.

    Raises ValueError for what is no time; botocore then calls the answer unreadable.
    """
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        from botocore.utils import parse_timestamp

        found = parse_timestamp(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _candidates(file_path: str) -> tuple[Path, Path]:
    return Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")


class Packed(dict[str, Any]):
    """A mapping whose values stay JSON text until they are asked for. Of a model's thousands of shapes a program uses dozens."""

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if isinstance(value, bytes):
            value = msgspec.json.decode(value)
            self[key] = value
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """The value, unpacked."""
        try:
            return self[key]
        except KeyError:
            return default

    def values(self) -> Any:
        """Every value, unpacked."""
        return [self[key] for key in self]

    def items(self) -> Any:
        """Every key with its value, unpacked."""
        return [(key, self[key]) for key in self]


def _lean(text: bytes) -> dict[str, Any]:
    """A service model without its documentation, which is most of its text, and packed. One part is unpacked at a time: EC2's
    whole model would need 25 MiB at once."""
    parts = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    model = {name: msgspec.json.decode(part) for name, part in parts.items() if name not in PACKED}
    for name in PACKED:
        described = msgspec.json.decode(parts.get(name, b"{}"), type=dict[str, msgspec.Raw])
        model[name] = Packed({key: msgspec.json.encode(_undocumented(msgspec.json.decode(one))) for key, one in described.items()})
    return model


def _undocumented(one: dict[str, Any]) -> dict[str, Any]:
    """An operation or a shape without the documentation of itself and of its members."""
    members = one.get("members", {})
    for part in (one, *members.values(), one.get("member", {}), one.get("key", {}), one.get("value", {})):
        part.pop("documentation", None)
    return one
