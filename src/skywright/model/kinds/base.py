"""What every resource has, whatever its kind and cloud."""

from datetime import datetime
from typing import Any, ClassVar

import msgspec


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in one cloud, as it was seen. Every column that may be unknown is nullable: None means "we do not know".

    ``id`` is ``cloud:account:region:kind/native_id`` (see ``resource_id``); global services use the region ``global``.
    References to other resources (``vpc``, ``role``, ...) hold their full ``id``, so that tables join on it.
    Times are UTC and naive. ``native`` is the provider's own answer, for what we have not named.
    """

    KIND: ClassVar[str]

    id: str
    cloud: str
    account: str
    region: str
    native_id: str
    name: str | None = None
    state: str | None = None
    tags: dict[str, str] | None = None
    created_at: datetime | None = None
    native: dict[str, Any] = {}


def resource_id(cloud: str, account: str, region: str, kind: str, native_id: str) -> str:
    """The stable, readable name of a resource: ``aws:111122223333:eu-west-1:compute.instance/i-0abc``."""
    return f"{cloud}:{account}:{region}:{kind}/{native_id}"


class ResourceName(msgspec.Struct, frozen=True):
    """The parts of a resource id."""

    cloud: str
    account: str
    region: str
    kind: str
    native_id: str


def parse_id(identifier: str) -> ResourceName:
    """Split a resource id into its parts. Raises ValueError when it is not one."""
    head, slash, native = identifier.partition("/")
    parts = head.split(":")
    if not slash or len(parts) != 4 or not native or not all(parts):
        raise ValueError(f"{identifier!r} is not a resource id (cloud:account:region:kind/native-id)")
    cloud, account, region, kind = parts
    return ResourceName(cloud, account, region, kind, native)
