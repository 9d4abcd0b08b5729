"""Names: what AWS calls a thing (id, ARN, alias) -> the resource id that tables join on."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from skywright.model.kinds import resource_id

if TYPE_CHECKING:
    from skywright.adapters.clouds.aws.read.base import Reading

CLOUD = "aws"
GLOBAL = "global"

_KEY_ID = re.compile(r"(mrk-)?[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Place(msgspec.Struct, frozen=True):
    """The account and region that an answer speaks of: enough to name what is in it."""

    account: str
    region: str

    def id(self, kind: str, native_id: str, region: str | None = None) -> str:
        """The id of a resource of this account, here if no other region is named."""
        return resource_id(CLOUD, self.account, region or self.region, kind, native_id)

    def ref(self, kind: str, native_id: str | None, region: str | None = None) -> str | None:
        """Like ``id``; None (unknown) and "" (known to be none) stay what they are."""
        return self.id(kind, native_id, region) if native_id else native_id

    def refs(self, kind: str, native_ids: Iterable[str | None]) -> list[str]:
        """Ids in order, each once, so that an answer in another order gives the same row."""
        return sorted({self.id(kind, native_id) for native_id in native_ids if native_id})

    def common(self, kind: str, native_id: object) -> dict[str, Any]:
        """The columns that every row has. Raises ValueError for a thing without a name of its own."""
        if not isinstance(native_id, str) or not native_id:
            raise ValueError(f"{kind} without an id")
        return {
            "id": self.id(kind, native_id),
            "cloud": CLOUD,
            "account": self.account,
            "region": self.region,
            "native_id": native_id,
        }

    def key(self, named: str | None) -> str | None:
        """A KMS key as services name it (id, ARN) -> its id. An alias does not say which key it is: None."""
        if not named:
            return None
        if named.startswith("arn:"):
            return arn_id("crypto.key", named) if ":key/" in named else None
        return self.id("crypto.key", named) if _KEY_ID.fullmatch(named) else None


def partition_of(region: str) -> str:
    """The first word but one of every ARN in a region (AWS General Reference, "Amazon Resource Names")."""
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((partition for prefix, partition in prefixes.items() if region.startswith(prefix)), "aws")


def place_of(reading: "Reading") -> Place:
    """Where a reading takes place."""
    return Place(reading.account, reading.region)


def arn_id(kind: str, arn: str | None) -> str | None:
    """An ARN with an account -> the id of what it names (its last word), wherever that is; None when it cannot be told."""
    parts = (arn or "").split(":", 5)
    if len(parts) != 6 or not parts[4].isdigit():
        return None
    native_id = re.split(r"[/:]", parts[5])[-1]
    return resource_id(CLOUD, parts[4], parts[3] or GLOBAL, kind, native_id) if native_id else None
